"""The outcome of a phase, written by the last cell of its notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from consolidation.journal import ENGAGEMENT_CHAIN, Entry, Journal
from consolidation.population import CaseName

OutcomeName = Literal["done", "waiting", "held", "failed", "not_applicable"]

ENGAGEMENT_PHASES = ("00_connect", "90_portfolio", "91_activity_log")
CASE_PHASES = ("01_prepare", "02_invite", "03_transfer", "04_recreate", "05_suspend", "06_azure", "07_close")

FINISHED = frozenset({"done", "not_applicable"})
"""Outcomes after which a phase runs again only when it is asked for."""


@dataclass(frozen=True)
class Outcome:
    """How a phase ended.

    Attributes:
        phase: The notebook.
        outcome: done, waiting, held, failed or not_applicable.
        reasons: Why, one sentence each, with the next step.
        waiting_on: `customer` or `Microsoft` when waiting.
        since: When the wait began, ISO 8601 UTC.
    """

    phase: str
    outcome: OutcomeName
    reasons: tuple[str, ...] = ()
    waiting_on: str | None = None
    since: str | None = None

    def body(self) -> dict[str, Any]:
        """Return the journal's form."""
        return {
            "outcome": self.outcome,
            "reasons": list(self.reasons),
            "waiting_on": self.waiting_on,
            "since": self.since,
        }


def record_outcome(journal: Journal, chain: str, outcome: Outcome, **more: object) -> Entry:
    """Write the outcome of a phase into a chain; the wait of an unchanged wait goes on."""
    body = outcome.body()
    before = latest_outcome(journal, chain, outcome.phase)
    if before and before.outcome == outcome.outcome == "waiting" and before.waiting_on == outcome.waiting_on:
        body["since"] = before.since or outcome.since
    return journal.append(chain, "outcome", {**body, **more}, phase=outcome.phase)


def latest_outcome(journal: Journal, chain: str, phase: str) -> Outcome | None:
    """Return the newest outcome of a phase, or None when it was never run to its end."""
    return outcomes_of(journal, chain).get(phase)


def outcomes_of(journal: Journal, chain: str) -> dict[str, Outcome]:
    """Return phase -> newest outcome for one chain."""
    return {str(entry.phase): outcome_of(entry) for entry in journal.entries(chain, kinds={"outcome"})}


def case_outcomes(journal: Journal, case: CaseName) -> dict[str, Outcome]:
    """Return phase -> newest outcome of a case."""
    return outcomes_of(journal, case.chain)


def engagement_outcomes(journal: Journal) -> dict[str, Outcome]:
    """Return phase -> newest outcome of the engagement's own notebooks."""
    return outcomes_of(journal, ENGAGEMENT_CHAIN)


def outcome_of(entry: Entry) -> Outcome:
    """Return the outcome that an entry holds."""
    body = entry.body
    return Outcome(str(entry.phase), body["outcome"], tuple(body["reasons"]), body["waiting_on"], body["since"])
