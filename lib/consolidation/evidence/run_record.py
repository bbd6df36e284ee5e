"""What happened since the manifest before, gathered from the journal's entries while they are archived."""

from __future__ import annotations

from typing import Any

from consolidation.journal.entries import Entry

_CALLS = frozenset({"intended", "retried", "done", "refused"})
_OF_A_CALL = ("action", "intended", "request_id", "correlation_id")


class RunRecord:
    """Executed notebooks and calls that changed something, in the order in which the chains are archived.

    Attributes:
        notebooks: Of each archived notebook: where it lies, its SHA-256 and its source's, parameters, times, outcome.
        calls: Of each announced, repeated and answered effect: where it stands in the journal, and Microsoft's ids.
    """

    def __init__(self) -> None:
        self.notebooks: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []

    def add(self, entry: Entry) -> None:
        """Take one archived entry."""
        stands = {"chain": entry.chain, "number": entry.number, "phase": entry.phase, "at": entry.at}
        if entry.kind == "archived":
            self.notebooks.append({**entry.body, **stands, "runner": entry.runner})
        elif entry.kind in _CALLS:
            of_the_call = {name: entry.body[name] for name in _OF_A_CALL if name in entry.body}
            self.calls.append({**of_the_call, **stands, "kind": entry.kind})
