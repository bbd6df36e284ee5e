"""05_suspend: the source is suspended, row by row, after each row is proven safe (M11, M12, M13, M14).

What ends with its term is not suspended: its renewal is switched off (M23).
"""

from __future__ import annotations

from typing import ClassVar

from consolidation import interlocks
from consolidation.activity_log.foreign import ForeignChange, acting_rows, changes_in_target, foreign_changes
from consolidation.approvals import Decision
from consolidation.billing.overlap import overlap
from consolidation.case import Case
from consolidation.display import Box, Showable
from consolidation.drift import drift
from consolidation.effects import nothing_open
from consolidation.endings.rows import takes_service
from consolidation.endings.switching import rows_to_end, settle_renewals, still_renewing, switch_renewals_off
from consolidation.errors import Held
from consolidation.inventory import SUSPENDED, Snapshot, read_snapshot
from consolidation.outcomes import FINISHED, Outcome, latest_outcome
from consolidation.phases.phase import Phase, Progress, observe_both_sides, observed
from consolidation.phases.recreate import compare
from consolidation.plan import Plan, PlanRow, frozen_plan
from consolidation.planning import hold_for_drift
from consolidation.replacing.cancelling import (
    cancel_rows,
    cancelled_words,
    not_cancelled,
    rows_to_cancel,
    settle_cancellations,
)
from consolidation.replacing.rows import CANCEL
from consolidation.suspension import settle_suspensions, suspend_rows
from consolidation.tables import Column, Table, counted
from partner_center import PartnerCenterError


class Suspend(Phase):
    """Apply the second half of the plan that `04_recreate` had approved; it asks nothing again."""

    name: ClassVar[str] = "05_suspend"

    def observe(self, case: Case) -> Showable:
        """Read and keep both sides."""
        return observe_both_sides(case)

    def plan(self, case: Case) -> Plan:
        """Return the frozen plan of `04_recreate`; it is never recomputed here.

        Raises:
            Held: There is none.
        """
        plan = frozen_plan(case.journal, case.name, "04_recreate")
        if plan is None:
            raise Held(["There is no plan of the cut-over: run 04_recreate first."])
        return plan

    def apply(self, case: Case, plan: Plan, decision: Decision, progress: Progress) -> None:
        """Settle what is open, check that every row stands in the target (M11), suspend base by base, end renewals.

        Raises:
            Held: An interlock or drift says no; a suspension that is held keeps no renewal from being switched off.
            CustomerWithoutService: The counterpart is not active after a suspension.
        """
        if not _rows_to_change(plan):
            return
        case.journal.leases.take(case.customer)  # before anything is read that an effect will rest on
        reasons = interlocks.ready_for_writes(case.journal)
        reasons += interlocks.approved_as_shown(case, plan, decision)
        if reasons:
            raise Held(reasons)
        for line in (
            *settle_suspensions(case, plan),
            *settle_cancellations(case, plan),
            *settle_renewals(case, plan),
        ):
            progress(line)
        nothing_open(case)
        source, target = observed(case)
        changes = drift(case.engagement, case.journal, plan, source, target)
        foreign = _changed_by_others(case, plan, source, progress)
        if changes or foreign:
            hold_for_drift(case, plan, changes, foreign=foreign)
        held: list[str] = []
        for carry_out in (_suspend_all, _cancel_all, switch_renewals_off):
            try:
                carry_out(case, plan, progress)
            except Held as error:
                held += error.reasons
        if held:
            raise Held(held)

    def verify(self, case: Case) -> Showable:
        """Read the source again: each suspended row shows suspended (M13)."""
        plan = frozen_plan(case.journal, case.name, "04_recreate")
        if plan is None or not _rows_to_change(plan):
            return Box("not_applicable", "No subscription of this customer is suspended by the runbook.")
        case.source_snapshot = read_snapshot(case.source, case.customer, "source")
        still, renewing = still_active(plan, case.source_snapshot), still_renewing(plan, case.source_snapshot)
        body = {
            "source": case.source_snapshot.body(),
            "still_active": [row.subscription for row in still],
            "still_renewing": [row.subscription for row in renewing],
        }
        case.journal.append(case.chain, "verified", body, phase=case.phase)
        uncancelled = not_cancelled(plan, case.source_snapshot)
        if not still and not uncancelled:
            _record_overlap(case)
        left = [f"Not suspended yet: {counted(len(still), 'row')}."] if still else []
        left += [f"Not cancelled yet: {counted(len(uncancelled), 'row')}."] if uncancelled else []
        left += [f"Still renewing: {counted(len(renewing), 'row')}."] if renewing else []
        shown = ["Every row shows suspended in the source."] if rows_to_suspend(plan) else []
        shown += cancelled_words(case, plan)
        shown += ["What ends with its term renews no more."] if rows_to_end(plan) else []
        table = _table(case, plan, case.source_snapshot)
        return Box("held" if left else "done", " ".join(left or shown), table=table)

    def outcome(self, case: Case) -> Outcome:
        """Done when every row shows suspended; an overlap of days is said with it (M12)."""
        plan = frozen_plan(case.journal, case.name, "04_recreate")
        recreated = latest_outcome(case.journal, case.chain, "04_recreate")
        if plan is not None and not _rows_to_change(plan):
            return Outcome(self.name, "not_applicable", ("No subscription of this customer is suspended.",))
        if plan is None or recreated is None or recreated.outcome not in FINISHED:
            return Outcome(self.name, "held", ("Not every row stands in the target yet (M11): see 04_recreate.",))
        source, _ = observed(case)
        left = {
            "Not suspended in the source yet": still_active(plan, source),
            "Not cancelled in the source yet": not_cancelled(plan, source),
            "Still renewing in the source": still_renewing(plan, source),
        }
        reasons = tuple(
            f"{words}: {', '.join(row.product for row in rows)}. Run 05_suspend again."
            for words, rows in left.items()
            if rows
        )
        return Outcome(self.name, "held", reasons) if reasons else self._done(case, plan)

    def _done(self, case: Case, plan: Plan) -> Outcome:
        """Say what is suspended, what is cancelled with which refund, and what renews no more."""
        _, target = observed(case)
        suspended, ending = rows_to_suspend(plan), rows_to_end(plan)
        reasons = [f"Renewing no more: {counted(len(ending), 'row')}, to the end of the term."] if ending else []
        reasons = [*cancelled_words(case, plan), *reasons]
        if suspended or rows_to_cancel(plan):
            reasons = [overlap(case.journal, case.name, target).sentence, *reasons]
        if suspended:
            reasons = [f"Shown as suspended: {counted(len(suspended), 'row')}.", *reasons]
        return Outcome(self.name, "done", tuple(reasons))


def _changed_by_others(case: Case, plan: Plan, source: Snapshot, progress: Progress) -> tuple[ForeignChange, ...]:
    """Return what others did to the rows that are still to be ended, as the log shows it.

    A log that cannot be read keeps nothing from being suspended: both tenants are billed meanwhile, and each row is
    read by id in both of them before it is touched (S1, S9).
    """
    left = [*still_active(plan, source), *not_cancelled(plan, source), *still_renewing(plan, source)]
    rows = [row for row in acting_rows(plan) if row in left]
    try:
        return foreign_changes(case, plan, rows)
    except PartnerCenterError as error:
        progress(f"The activity log could not be read, so it was not asked who else changed anything: {error}")
        return ()


def _suspend_all(case: Case, plan: Plan, progress: Progress) -> None:
    """Suspend what the plan names, when every row of the customer stands in the target.

    Raises:
        Held: One does not (M11), or an interlock says no.
        CustomerWithoutService: The counterpart is not active after a suspension.
    """
    if rows_to_suspend(plan):
        _require_everything_stands(case, plan)
        suspend_rows(case, plan, progress)


def _cancel_all(case: Case, plan: Plan, progress: Progress) -> None:
    """Cancel what the plan replaces inside its window, when every row of the customer stands in the target.

    Raises:
        Held: One does not (M11), or an interlock or Microsoft says no.
        CustomerWithoutService: The counterpart is not active after a cancellation.
    """
    if rows_to_cancel(plan):
        _require_everything_stands(case, plan)
        cancel_rows(case, plan, progress)


def _require_everything_stands(case: Case, plan: Plan) -> None:
    missing = [(row, text) for row, _, text in compare(case, plan) if text]
    if missing:
        who = _who_changed(case, plan, [row for row, _ in missing])
        raise Held(
            [
                *(text for _, text in missing),
                *who,
                "Nothing is ended before every row of the customer stands in the target (M11).",
            ]
        )


def _who_changed(case: Case, plan: Plan, rows: list[PlanRow]) -> tuple[str, ...]:
    try:
        return changes_in_target(case, plan, rows)
    except PartnerCenterError as error:
        return (f"Who changed it in the target is not known: the activity log could not be read ({error}).",)


def _rows_to_change(plan: Plan) -> list[PlanRow]:
    """Return the rows whose source this phase changes."""
    return [*rows_to_suspend(plan), *rows_to_cancel(plan), *rows_to_end(plan)]


def rows_to_suspend(plan: Plan) -> list[PlanRow]:
    """Return the rows whose second half is a suspension, add-ons that go with their base included; no cancellation."""
    return [row for row in plan.rows if takes_service(row) and row.source_action != CANCEL]


def still_active(plan: Plan, source: Snapshot) -> list[PlanRow]:
    """Return the rows that should show suspended in the source and do not."""
    now = source.by_id()
    return [
        row
        for row in rows_to_suspend(plan)
        if row.subscription not in now or now[row.subscription].status.casefold() != SUSPENDED
    ]


def _record_overlap(case: Case) -> None:
    """Write down what a suspension that came on a later day than the set-up costs, once (S9, M12)."""
    _, target = observed(case)
    billed = overlap(case.journal, case.name, target)
    last = case.journal.last(case.chain, "overlap", phase=case.phase)
    if billed.days and (last is None or last.body != billed.body()):
        case.journal.append(case.chain, "overlap", billed.body(), phase=case.phase)


def _table(case: Case, plan: Plan, source: Snapshot) -> Table:
    now = source.by_id()
    rows = [
        {
            "product": row.product,
            "seats": row.seats,
            "before": row.status,
            "now": now[row.subscription].status if row.subscription in now else "not listed",
            "action": "no change" if row.source_action == "none" else row.source_action,
            "reason": row.reason,
            "addon": bool(row.parent),
        }
        for row in plan.rows
    ]
    return Table(
        columns=(
            Column("product", "Product"),
            Column("seats", "Seats", "number"),
            Column("before", "Status when planned"),
            Column("now", "Status in source now"),
            Column("action", "Planned for the source"),
            Column("reason", "Why"),
        ),
        rows=tuple(rows),
        caption=f"{case.name.company}: the source after the cut-over, as read at {source.read_at:%H:%M} UTC",
        indent="addon",
    )
