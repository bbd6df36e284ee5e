"""Rules of the boxes and pages that a notebook shows besides tables."""

from __future__ import annotations

import pytest

from consolidation.display import Box, Page, error_box
from consolidation.errors import EngagementError
from consolidation.tables import Column, Table
from partner_center.errors import AnswerUnknown, Forbidden, Unreachable

WORDS = {
    "done": "Done",
    "waiting": "Waiting",
    "held": "Held",
    "failed": "Failed",
    "note": "Note",
    "not_applicable": "Not applicable",
}
HOSTILE = "<img src=x onerror=alert(1)> \x1b[31m\u202e"


@pytest.mark.parametrize("kind", WORDS)
def test_a_box_reads_without_colour(kind):
    """The state is a word, for the eye, for a screen reader and for a terminal."""
    box = Box(kind, "The title")
    shown = box._repr_html_()
    assert f"{WORDS[kind]}: <bdi>The title</bdi>" in shown
    assert f'aria-label="{WORDS[kind]}: The title"' in shown
    assert repr(box) == f"[{WORDS[kind].upper()}] The title"


def test_each_state_has_a_border_of_its_own():
    """A black-and-white print tells the states apart by the line itself."""
    borders = {Box(kind, "t")._repr_html_().split("border-left: ")[1].split(" #")[0] for kind in WORDS}
    assert len(borders) == len(WORDS)


def test_only_a_failure_interrupts_a_screen_reader():
    """A failure is an alert; every other state waits for its turn."""
    assert 'role="alert"' in Box("failed", "t")._repr_html_()
    assert 'role="status"' in Box("held", "t")._repr_html_()


def test_everything_in_a_box_and_a_page_is_escaped():
    """Titles, sentences, facts, tables and bare sentences are data (S11)."""
    table = Table((Column("a", "A"),), ({"a": HOSTILE},))
    page = Page(HOSTILE, Box("held", HOSTILE + '"', (HOSTILE,), table, {HOSTILE: HOSTILE}))
    shown = page._repr_html_()
    assert "<img" not in shown
    assert shown.count("&lt;img") == 7
    for form in (shown, repr(page)):
        assert not {"\x1b", "\u202e"} & set(form)


def test_a_page_shows_its_parts_one_under_the_other():
    """Parts keep their order, in a notebook and in a terminal, pages within pages too."""
    page = Page("first", Page(Box("note", "second"), "third"))
    for form in (page._repr_html_(), repr(page)):
        assert form.index("first") < form.index("second") < form.index("third")


def test_an_error_says_what_happened_what_it_means_and_what_to_do():
    """A refusal of Microsoft's is shown with its code, its correlation id and the next step, each once."""
    error = Forbidden(
        "Access denied.",
        code="3000",
        status=403,
        correlation_id="11111111-2222-3333-4444-555555555555",
        operation="read the customer",
        next_step="Ask the customer.",
    )
    box = error_box(error)
    assert (box.kind, box.title) == ("failed", "Access denied.")
    assert box.lines[0].startswith("What it means: The signed-in account may not do this")
    assert box.lines[1] == "What to do next: Ask the customer."
    assert box.details == {
        "Operation": "read the customer",
        "HTTP status": "403",
        "Microsoft's error code": "3000",
        "Correlation id": "11111111-2222-3333-4444-555555555555",
    }
    assert repr(box).count("Ask the customer.") == 1


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (AnswerUnknown("Sent.", status=502), "not known whether Microsoft carried it out"),
        (Unreachable("No route."), "changed nothing"),
        (TimeoutError(), "not known whether the request arrived"),
        (EngagementError(["Unknown key."]), "stopped before its end"),
        (KeyError("x"), "stopped before its end"),
    ],
)
def test_an_error_never_claims_more_than_is_known(error, meaning):
    """After a lost answer nobody is told that nothing happened (S3), and every error has a next step."""
    box = error_box(error)
    assert box.title
    assert meaning in box.lines[-2]
    assert len(box.lines[-1]) > len("What to do next: ")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 418, 429, 500, 503])
def test_every_refusal_has_a_meaning_and_a_next_step(status):
    """Whatever status an answer has, known or not, the box says what to do (S7)."""
    error = RuntimeError("refused")
    error.status = status
    lines = error_box(error).lines
    assert lines[0].startswith("What it means: ")
    assert lines[1].startswith("What to do next: ")
    assert "stopped before its end" not in lines[0]


def test_an_error_of_several_lines_keeps_them():
    """A list of faults is shown whole, a line each."""
    box = error_box(ValueError("first\n\nsecond"))
    assert (box.title, box.lines[0]) == ("first", "second")
