"""07_close: nothing active is left in the source, and what is still to come is named (M16, M17, M18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from consolidation.case import Case
from consolidation.choices import rows_of
from consolidation.confirmations import confirmation
from consolidation.display import Box, Page, Showable
from consolidation.drift import suspended_by_us
from consolidation.inventory import ACTIVE, DELETED, SUSPENDED, baseline
from consolidation.outcomes import FINISHED, Outcome, case_outcomes
from consolidation.phases.phase import Phase, both_sides, observe_both_sides, observed
from consolidation.plan import CUT_OVER, PlanRow, frozen_plan
from consolidation.routes import BY_HAND
from consolidation.routes.terms import last_day, term_end
from consolidation.tables import counted
from consolidation.transfers.record import transferred_rows
from partner_center.models import Subscription, identity

EXPECTED = (
    "One final invoice of the source with a credit for the unused days from the suspension to the end of the billing "
    "period (M17): compare it by hand.",
    "No invoice of the source for this customer after that (M17).",
    "The customer stays in the source's list; nobody adds subscriptions there again (M16).",
)

REACTIVATED = (
    "this runbook suspended it, somebody reactivated it since, and both partners may be billed (M16). Find out who and "
    "why in 91_activity_log; while its counterpart in the target is active, suspend it in the source's portal and run "
    "07_close again."
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
        found = _look(case)
        body = {"left": list(found.left), "ending": list(found.ending), "staying": list(found.staying)}
        case.journal.append(case.chain, "verified", body, phase=case.phase)
        title = (
            "Nothing is left to do in the source."
            if not found.left
            else f"Left in the source: {counted(len(found.left), 'row')}."
        )
        lines = (*found.left, *found.ending, *found.staying)
        return Page(
            Box("done" if not found.left else "held", title, lines=lines, table=both_sides(case)),
            Box("note", "What is still to come", lines=EXPECTED),
        )

    def outcome(self, case: Case) -> Outcome:
        """Done when nothing in the source makes charges any more and every earlier phase has ended."""
        ended = case_outcomes(case.journal, case.name)
        prepared = ended.get("01_prepare")
        if prepared is None or prepared.outcome != "done":
            return Outcome(self.name, "held", ("The case is not prepared: run 01_prepare.",))
        unfinished = [each for each in ended.values() if each.outcome not in FINISHED and each.phase != self.name]
        waiting = [each for each in unfinished if each.outcome == "waiting"]
        found = _look(case)
        left = found.left
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
        said = confirmation(case.journal, case.chain, "manual_done")
        if found.ending and said is not None:
            reasons = (*found.ending, "Run 07_close again after that day.")
            return Outcome(self.name, "waiting", reasons, waiting_on="Microsoft", since=said.at)
        if found.staying:
            return Outcome(self.name, "done", (*found.staying, EXPECTED[0]))
        return Outcome(self.name, "done", ("Nothing active is left in the source.", EXPECTED[0]))


@dataclass(frozen=True)
class _Found:
    """What still shows in the source, one sentence for each row.

    Attributes:
        left: What a person has to end, or has to decide on.
        ending: What a person has set to end, and runs until its term is over.
        staying: What a person decided to leave with the source.
    """

    left: tuple[str, ...]
    ending: tuple[str, ...]
    staying: tuple[str, ...]


def _look(case: Case) -> _Found:
    """Name every row of the source that still makes charges or that nobody recorded (S8)."""
    source, _ = observed(case)
    record = baseline(case.journal, case.chain)
    recorded = record[0].by_id() if record else {}
    live = source.by_id()
    moved = transferred_rows(case.journal, case.chain)
    plan = frozen_plan(case.journal, case.name, CUT_OVER)
    suspended = suspended_by_us(case.journal, plan) if plan else set()
    left, ending, staying = [], [], []
    for row in rows_of(case.journal, case.chain, source):
        item = live[row.subscription]
        words = f"{row.product} is {item.status} in the source"
        if item.status.casefold() in {SUSPENDED, DELETED}:
            continue
        if row.subscription in moved and item.status.casefold() != ACTIVE:
            continue  # a transfer took it, and the source still lists the rest
        if row.subscription in suspended and item.status.casefold() == ACTIVE:
            left.append(f"{words} again: {REACTIVATED}")
            continue
        if row.subscription not in recorded:
            left.append(f"{words}: it was added after the case was prepared (M16).")
        elif row.route == "leave":  # a trial, what had ended before, or what a person decided to leave
            staying += [f"{words}. {row.reason}"] if row.is_chosen else []
        elif row.route in BY_HAND:
            said = _said_done(case, row)
            if said and _ends_by_itself(row, item, source.read_at):
                ending.append(f"{words} and ends by itself with {last_day(item):%Y-%m-%d}, as {said} confirmed.")
            else:
                still = (
                    f" {said} confirmed that it is done, and it still shows: look at it in the portal." if said else ""
                )
                left.append(f"{words}: its route is {row.route}.{still} {row.reason}")
        else:
            unknown = (
                "its status says nothing we know, " if row.route is None and item.status.casefold() != ACTIVE else ""
            )
            left.append(f"{words}: {unknown}its route is {row.route or 'undecided'}.")
    return _Found(tuple(left), tuple(ending), tuple(staying))


def _said_done(case: Case, row: PlanRow) -> str:
    """Return who confirmed that what is done by hand was done, since the route of the row was last chosen."""
    said = confirmation(case.journal, case.chain, "manual_done")
    chosen = [
        entry.number
        for entry in case.journal.entries(case.chain, kinds={"chosen"})
        if identity(entry.body.get("subscription")) == row.subscription
    ]
    return str(said.body["by"]) if said is not None and said.number > max(chosen, default=0) else ""


def _ends_by_itself(row: PlanRow, item: Subscription, now: datetime) -> bool:
    """Tell whether a person has set the end of the term as the end, and it is still to come."""
    end = term_end(item)
    at_the_end = row.route == "run_out" or (row.route == "retire" and row.kind != "legacy seats")
    return at_the_end and end is not None and end > now
