"""07_close: nothing active is left in the source, and what is still to come is named (M16, M17, M18)."""

from __future__ import annotations

from typing import ClassVar

from consolidation.case import Case
from consolidation.display import Box, Page, Showable
from consolidation.inventory import ACTIVE, baseline, product_name
from consolidation.outcomes import FINISHED, Outcome, case_outcomes
from consolidation.phases.phase import Phase, both_sides, observe_both_sides, observed
from consolidation.plan import subscription_row
from consolidation.tables import counted
from consolidation.transfers.record import transferred_rows
from partner_center.models import identity

EXPECTED = (
    "One final invoice of the source with a credit for the unused days from the suspension to the end of the billing "
    "period (M17): compare it by hand.",
    "No invoice of the source for this customer after that (M17).",
    "The customer stays in the source's list; nobody adds subscriptions there again (M16).",
)

MOST_NAMED = 5
"""So many rows are named in the outcome; all of them stand in the notebook."""


class Close(Phase):
    """Compare the source with its record: each row ended the way its route says."""

    name: ClassVar[str] = "07_close"

    def observe(self, case: Case) -> Showable:
        """Read and keep both sides."""
        return observe_both_sides(case)

    def verify(self, case: Case) -> Showable:
        """Show what is left and what is still expected from Microsoft."""
        left = self._left(case)
        case.journal.append(case.chain, "verified", {"left": left}, phase=case.phase)
        title = (
            "Nothing active is left in the source." if not left else f"Left in the source: {counted(len(left), 'row')}."
        )
        return Page(
            Box("done" if not left else "held", title, lines=tuple(left), table=both_sides(case)),
            Box("note", "What is still to come", lines=EXPECTED),
        )

    def _left(self, case: Case) -> list[str]:
        """Name every row of the source that still makes charges or that nobody recorded, one sentence each."""
        source, _ = observed(case)
        record = baseline(case.journal, case.chain)
        recorded = record[0].by_id() if record else {}
        moved = transferred_rows(case.journal, case.chain)
        left = []
        for item in source.subscriptions:
            if item.status.casefold() in {"suspended", "deleted"}:
                continue
            known = identity(item.id) in recorded
            route = subscription_row(item).route or "undecided"
            if identity(item.id) in moved and item.status.casefold() != ACTIVE:
                continue  # a transfer took it, and the source still lists the rest
            if known and route == "leave":  # a trial, or what had ended before: there was nothing to move
                continue
            words = f"its route is {route}" if known else "it was added after the case was prepared (M16)"
            if item.status.casefold() != ACTIVE:
                words = f"its status says nothing we know, {words}" if route == "undecided" else words
            left.append(f"{product_name(item)} is {item.status} in the source: {words}.")
        return left

    def outcome(self, case: Case) -> Outcome:
        """Done when nothing in the source makes charges any more and every earlier phase has ended."""
        ended = case_outcomes(case.journal, case.name)
        prepared = ended.get("01_prepare")
        if prepared is None or prepared.outcome != "done":
            return Outcome(self.name, "held", ("The case is not prepared: run 01_prepare.",))
        unfinished = [each for each in ended.values() if each.outcome not in FINISHED and each.phase != self.name]
        waiting = [each for each in unfinished if each.outcome == "waiting"]
        left = self._left(case)
        more = (f"And {len(left) - MOST_NAMED} more.",) if len(left) > MOST_NAMED else ()
        reasons = (*left[:MOST_NAMED], *more)
        if not reasons and unfinished:  # what was transferred leaves the source before it is found in the target
            reasons = ("Nothing active is left in the source, and not every step before has ended.",)
        if waiting and reasons:
            first = waiting[0]
            reasons = (*reasons, f"See {first.phase}.")
            return Outcome(self.name, "waiting", reasons, waiting_on=first.waiting_on, since=first.since)
        if reasons:
            see = () if left else tuple(f"See {each.phase}." for each in unfinished)
            return Outcome(self.name, "held", (*reasons, *see))
        return Outcome(self.name, "done", ("Nothing active is left in the source.", EXPECTED[0]))
