"""07_close: nothing active is left in the source, and what is still to come is named (M16, M17, M18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from consolidation.billing.invoices.final_invoice import look_at_invoices
from consolidation.billing.invoices.record import body_of
from consolidation.billing.invoices.view import invoice_page
from consolidation.case import Case
from consolidation.choices import chosen_routes, rows_of
from consolidation.confirmations import confirmation
from consolidation.display import Box, Page, Showable
from consolidation.drift import suspended_by_us
from consolidation.endings.purchases import claim_purchases, purchases_to_come
from consolidation.endings.rows import ENDING_ROUTES
from consolidation.endings.standing import approved_end
from consolidation.inventory import ACTIVE, DELETED, SUSPENDED, baseline, read_snapshot
from consolidation.outcomes import FINISHED, Outcome, case_outcomes, latest_outcome
from consolidation.phases.final_invoice import invoiced_outcome
from consolidation.phases.phase import Phase, both_sides, observe_both_sides, observed
from consolidation.plan import CUT_OVER, PlanRow, frozen_plan
from consolidation.routes import BY_HAND
from consolidation.routes.terms import last_day, may_be_extended, term_end
from consolidation.tables import counted
from consolidation.transfers.record import transferred_rows
from consolidation.transfers.result import moved_against_choice
from partner_center.models import Subscription, identity

EXPECTED = (
    "One final invoice of the source with a credit for the unused days from the suspension to the end of the billing "
    "period, and no invoice for this customer after that (M17).",
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
        claim_purchases(case, observed(case)[1])
        found = _look(case)
        invoices = look_at_invoices(case)
        body: dict[str, Any] = {
            "left": list(found.left),
            "ending": list(found.ending),
            "staying": list(found.staying),
            "invoices": body_of(invoices) if invoices else None,
        }
        case.journal.append(case.chain, "verified", body, phase=case.phase)
        title = (
            "Nothing is left to do in the source."
            if not found.left
            else f"Left in the source: {counted(len(found.left), 'row')}."
        )
        lines = (*found.left, *found.ending, *found.staying)
        return Page(
            Box("done" if not found.left else "held", title, lines=lines, table=both_sides(case)),
            *([invoice_page(invoices, case.name.company)] if invoices else []),
            Box("note", "What belongs to the end", lines=EXPECTED),
        )

    def outcome(self, case: Case) -> Outcome:
        """Done when nothing in the source makes charges any more, every earlier phase has ended, and invoices agree."""
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
        if found.ending:
            said = confirmation(case.journal, case.chain, "manual_done")
            since = said.at if said else observed(case)[0].read_at.isoformat()
            reasons = (*found.ending, "'consolidate run' looks at it again.")
            return Outcome(self.name, "waiting", reasons, waiting_on="Microsoft", since=since)
        return invoiced_outcome(case, found.staying or ("Nothing active is left in the source.",))


@dataclass(frozen=True)
class _Found:
    """What still shows in the source, one sentence for each row.

    Attributes:
        left: What a person has to end, or has to decide on.
        ending: What renews no more, and runs until its term is over.
        staying: What a person decided to leave with the source, and what moved against a person's choice.
    """

    left: tuple[str, ...]
    ending: tuple[str, ...]
    staying: tuple[str, ...]


def _look(case: Case) -> _Found:
    """Name every row of the source that still makes charges or that nobody recorded (S8)."""
    source, target = observed(case)
    record = baseline(case.journal, case.chain)
    recorded = record[0].by_id() if record else {}
    live = source.by_id()
    moved = transferred_rows(case.journal, case.chain)
    plan = frozen_plan(case.journal, case.name, CUT_OVER)
    suspended = suspended_by_us(case.journal, plan) if plan else set()
    left: list[str] = []
    ending: list[str] = []
    staying: list[str] = []
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
        elif row.route in ENDING_ROUTES and row.kind != "legacy seats":
            sentence, ends = _ending_with_its_term(case, row, item, source.read_at)
            (ending if ends else left).append(f"{words}{sentence}")
        elif row.route in BY_HAND:
            said = _said_done(case, row)
            still = f" {said} confirmed that it is done, and it still shows: look at it in the portal." if said else ""
            left.append(f"{words}: its route is {row.route}.{still} {row.reason}")
        else:
            unknown = (
                "its status says nothing we know, " if row.route is None and item.status.casefold() != ACTIVE else ""
            )
            left.append(f"{words}: {unknown}its route is {row.route or 'undecided'}.")
    staying += moved_against_choice(case)
    left += purchases_to_come(case, source.read_at, target)
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


def _ending_with_its_term(case: Case, row: PlanRow, item: Subscription, now: datetime) -> tuple[str, bool]:
    """Say how something stands that ends with its term, and whether it ends by itself as far as can be known."""
    end, approved = term_end(item), approved_end(case.journal, case.name, row.subscription)
    day = f"{last_day(item):%Y-%m-%d}" if end else "an unknown day"
    if item.auto_renew_enabled is not False:
        return f" and renews after {day}: its route is {row.route}. Run 05_suspend. {row.reason}", False
    if approved and approved < f"{now:%Y-%m-%d}":
        # What is billed on shows a new term; the approved end tells that the old one is over.
        return (
            f" although its term ended with {approved}: it is billed on, as in the extended service term. Cancel it in "
            "the source's portal, which is possible on any day then.",
            False,
        )
    if end is None or end <= now:
        return f" and its term is over: its route is {row.route}. Look at it in the portal.", False
    said = _said_done(case, row)
    if may_be_extended(item) and not said:
        return f": its route is {row.route}. {row.reason}", False
    return f" and ends by itself with {day}{f', as {said} confirmed' if said else ''}.", True


def something_ended(case: Case) -> bool:
    """Tell whether a close that waits for the end of a term would end with other words now.

    One list read of each side tells; a case in which nothing ends with its term waits for an earlier step, and is not
    read for that.
    """
    routes = {each.route for each in chosen_routes(case.journal, case.chain).values()}
    before = latest_outcome(case.journal, case.chain, Close.name)
    if before is None or routes.isdisjoint(ENDING_ROUTES):
        return False
    case.source_snapshot = read_snapshot(case.source, case.customer, "source")
    case.target_snapshot = read_snapshot(case.target, case.customer, "target")
    return Close().outcome(case).reasons != before.reasons
