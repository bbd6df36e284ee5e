"""Choices that only a person may make: which target subscription stands for a row, or that one is bought all the same.

A choice is an entry of the journal; the next plan is made with it, has a new digest, and is approved like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

from consolidation.journal import Entry, Journal
from consolidation.plan import Plan, PlanRow

BUY = "buy"
"""Chosen instead of a target subscription: buy one for this row although one with the same offer and seats stands."""


def open_choices(plan: Plan) -> tuple[PlanRow, ...]:
    """Return the rows of a plan for which somebody has to pick."""
    return tuple(row for row in plan.rows if row.candidates)


def record_choice(journal: Journal, plan: Plan, row: PlanRow, choice: str, *, by: str, how: str) -> Entry:
    """Write what a person picked for a row.

    Args:
        journal: The engagement's journal.
        plan: The plan that showed the candidates.
        row: One of its `open_choices`.
        choice: One of the row's candidates, or `BUY` for a row that is to be bought.
        by: Who picked.
        how: `notebook` or `automatic`.

    Raises:
        ValueError: The choice is not offered.
    """
    if choice not in (*row.candidates, *((BUY,) if row.target_action == "order" else ())):
        message = f"{choice} is not offered for {row.product}."
        raise ValueError(message)
    body = {"row": row.subscription, "choice": choice, "by": by, "how": how, "plan": plan.digest}
    return journal.append(plan.case.chain, "chosen", body, phase=plan.phase)


def choices(journal: Journal, chain: str) -> Mapping[str, str]:
    """Return source subscription id -> what was picked for it, the newest choice of each."""
    return {str(entry.body["row"]): str(entry.body["choice"]) for entry in journal.entries(chain, kinds={"chosen"})}
