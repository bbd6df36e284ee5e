"""What a notebook cell shows besides tables: boxes that say how something stands, and pages of several parts.

A box reads without colour: the state is a word and a sign, and it is announced to a screen reader.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from consolidation.tables import NO_MATHEMATICS, Table, single_line
from partner_center.errors import AnswerUnknown, Unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["done", "waiting", "held", "failed", "note", "not_applicable"]


@dataclass(frozen=True)
class _Look:
    sign: str
    word: str
    border: str


# The border differs in its line too, so that a black-and-white print tells the states apart.
_LOOKS: dict[State, _Look] = {
    "done": _Look("✓", "Done", "4px solid #107c10"),
    "waiting": _Look("…", "Waiting", "4px dotted #0f6cbd"),
    "held": _Look("!", "Held", "6px double #bc4b09"),
    "failed": _Look("✗", "Failed", "8px solid #b10e1c"),
    "note": _Look("i", "Note", "2px solid #616161"),
    "not_applicable": _Look("–", "Not applicable", "4px dashed #8a8a8a"),
}


@runtime_checkable
class Showable(Protocol):
    """Anything that shows itself as HTML in a notebook."""

    def _repr_html_(self) -> str: ...


@dataclass(frozen=True, repr=False)
class Box:
    """One state with its title, sentences, facts and table.

    Attributes:
        kind: an outcome of a phase (`DESIGN.md`, Words), or a note.
        title: one short sentence.
        lines: further sentences, each a paragraph of its own.
        table: rows that belong to it.
        details: facts by name, such as the correlation id.
    """

    kind: State
    title: str
    lines: tuple[str, ...] = ()
    table: Table | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        lines = [f"[{_LOOKS[self.kind].word.upper()}] {single_line(self.title)}"]
        lines += [f"  {single_line(line)}" for line in self.lines]
        lines += [f"  {single_line(name)}: {single_line(value)}" for name, value in self.details.items()]
        if self.table is not None:
            lines.append(repr(self.table))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        look = _LOOKS[self.kind]
        title = html.escape(single_line(self.title))
        # A failure interrupts a screen reader; everything else waits for its turn.
        role = "alert" if self.kind == "failed" else "status"
        body = "".join(f'<p style="margin: 0.3em 0">{_isolated(line)}</p>' for line in self.lines)
        if self.details:
            pairs = (f"{_isolated(name)}: <code>{_isolated(value)}</code>" for name, value in self.details.items())
            body += f'<p style="margin: 0.3em 0; font-size: 90%">{"<br>".join(pairs)}</p>'
        if self.table is not None:
            body += self.table._repr_html_()  # how IPython asks for it, and so do we
        return (
            f'<div role="{role}" aria-label="{look.word}: {title}" class="{NO_MATHEMATICS}" style="border: 1px solid '
            f"#8a8a8a; border-left: {look.border}; padding: 0.5em 1em; margin: 0.5em 0; overflow-wrap: anywhere; "
            f'break-inside: avoid-page"><p style="margin: 0.2em 0"><strong><span aria-hidden="true">{look.sign}</span> '
            f"{look.word}: <bdi>{title}</bdi></strong></p>{body}</div>"
        )


class Page:
    """Several parts, one under the other: boxes, tables, other pages, and sentences as plain text."""

    def __init__(self, *parts: Showable | str) -> None:
        self.parts = parts

    def __repr__(self) -> str:
        return "\n\n".join(single_line(part) if isinstance(part, str) else repr(part) for part in self.parts)

    def _repr_html_(self) -> str:
        shown = (
            f'<p class="{NO_MATHEMATICS}">{_isolated(part)}</p>' if isinstance(part, str) else part._repr_html_()
            for part in self.parts
        )
        return "\n".join(shown)


def error_box(error: Exception) -> Box:
    """Return an error as a person needs it: what happened, what it means, what to do next.

    Args:
        error: any exception. Where it has them, `operation`, `status` (HTTP), `code` (Microsoft's), `correlation_id`
            (what Microsoft's support asks for) and `next_step` are shown.
    """
    facts = {
        "Operation": getattr(error, "operation", None),
        "HTTP status": getattr(error, "status", None),
        "Microsoft's error code": getattr(error, "code", None),
        "Correlation id": getattr(error, "correlation_id", None),
    }
    # An error that knows its next step carries it in its text as well; `message` is what happened and no more.
    message = getattr(error, "message", None) or str(error)
    happened = [line for line in str(message).splitlines() if line.strip()] or [type(error).__name__]
    meaning, advice = _meaning(error, facts["HTTP status"])
    return Box(
        "failed",
        happened[0],
        (*happened[1:], f"What it means: {meaning}", f"What to do next: {getattr(error, 'next_step', None) or advice}"),
        details={name: str(fact) for name, fact in facts.items() if fact not in (None, "")},
    )


_MEANINGS: dict[int, tuple[str, str]] = {
    401: (
        "Partner Center did not accept the sign-in.",
        "Sign in again with 00_connect, with multifactor authentication, and run this step again.",
    ),
    403: (
        "The signed-in account may not do this, or the customer has no relationship with the signed-in partner tenant.",
        "Check the account's roles in Partner Center and whether the customer has accepted the invitation.",
    ),
    404: (
        "Partner Center does not know what was asked for, or not yet: what was just made can take minutes to appear.",
        "Check the ids, wait a few minutes and run this step again.",
    ),
    409: (
        "It was changed by someone else, or is being changed, since it was read.",
        "Run this step again: it reads anew and shows what differs.",
    ),
    429: (
        "Microsoft's limit for the number of calls is reached.",
        "Wait a few minutes and run this step again; requests_per_minute in the engagement file sets the pace.",
    ),
}
_MEANINGS[412] = _MEANINGS[409]


def _meaning(error: Exception, status: object) -> tuple[str, str]:
    again = "What is already done is found by reading and left alone."
    if isinstance(error, AnswerUnknown):
        return (
            "The request was sent and no usable answer came: it is not known whether Microsoft carried it out.",
            "Run this step again: it reads first, and repeats only what is safe to repeat.",
        )
    if isinstance(error, Unreachable):
        return (
            "Partner Center could not be reached, and this call changed nothing.",
            f"Check the network and the endpoint in the engagement file, then run this step again. {again}",
        )
    if isinstance(status, int) and status in _MEANINGS:
        return _MEANINGS[status]
    if isinstance(status, int) and status >= 500:
        return (
            "The fault is on Microsoft's side, and it is not certain that the request had no effect.",
            f"Run this step again in a while. {again} If it stays, give Microsoft's support the correlation id.",
        )
    if isinstance(status, int) and status >= 400:
        return ("Partner Center refused what was asked.", f"Correct what the message names and run again. {again}")
    if isinstance(error, TimeoutError | ConnectionError):
        return (
            "No answer came, so it is not known whether the request arrived.",
            f"Check the network and the endpoint in the engagement file, then run this step again. {again}",
        )
    return ("The step stopped before its end.", f"Correct what the message names and run this step again. {again}")


def _isolated(text: str) -> str:
    return f"<bdi>{html.escape(single_line(text))}</bdi>"
