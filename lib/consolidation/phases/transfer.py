"""03_transfer: new-commerce seats and Azure plans go from partner to partner (M23, M24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from consolidation import interlocks
from consolidation.activity_log.foreign import acting_rows, foreign_changes
from consolidation.approvals import Decision, decision_on
from consolidation.case import Case
from consolidation.display import Box, Page, Showable, State
from consolidation.drift import drift
from consolidation.effects import nothing_open
from consolidation.errors import Held, Waiting
from consolidation.outcomes import Outcome, latest_outcome
from consolidation.phases.phase import Phase, Progress, kept_text, observe_both_sides, observed
from consolidation.plan import Plan, PlanRow, frozen_plan, plan_header
from consolidation.planning import changes_before, frozen_or_new, hold_for_drift, waiting_for_approval
from consolidation.tables import Column, Table, counted
from consolidation.transfers.matching import Match, claim_found, matches
from consolidation.transfers.planning import changes_since, transfer_plan, transfer_rows
from consolidation.transfers.reading import read_transfers, transfers_of
from consolidation.transfers.record import PHASE, requests_of, transferred_rows
from consolidation.transfers.result import Result, moved_against_choice, read_result, result_table
from consolidation.transfers.role_assignments import role_assignment_text
from consolidation.transfers.sending import carry_out, settle_transfers
from consolidation.transfers.stages import stage_of
from consolidation.transfers.standing import WITHDRAW, Standing, standings

NOTHING = "Nothing of this customer is transferred."
ROLE_ASSIGNMENTS = "role-assignments.txt"


@dataclass(frozen=True)
class _Seen:
    """What both tenants say of the rows of a plan."""

    standing: list[Standing]
    found: list[Match]


class Transfer(Phase):
    """The target requests, the source selects and accepts, both sides are read back; nothing is suspended (S2)."""

    name: ClassVar[str] = PHASE

    def observe(self, case: Case) -> Showable:
        """Read and keep both sides, and the transfers where there is something to transfer; claim what has moved."""
        shown = observe_both_sides(case)
        plan = frozen_plan(case.journal, case.name, self.name)
        if plan is None and not _concerned(case):
            return shown
        transfers = read_transfers(case)
        told = claim_found(case, _seen(case, plan).found) if plan is not None else []
        return Page(shown, _transfers_table(case), *told) if transfers else shown

    def plan(self, case: Case) -> Plan:
        """Return the frozen plan of requests and acceptances, with what a person has to pick.

        Raises:
            Held: An effect of this customer is open.
            Waiting: The customer has no relationship with the target yet.
        """
        source, target = observed(case)
        if not _concerned(case):
            return Plan(self.name, case.name, plan_header(case.engagement, case.name), ())
        if not target.related:
            invited = latest_outcome(case.journal, case.chain, "02_invite")
            since = (invited.since if invited else None) or source.read_at.isoformat()
            reason = "A transfer needs the customer's relationship with the target: see 02_invite."
            raise Waiting([reason], on="customer", since=since)
        transfers = transfers_of(case)
        plan = frozen_or_new(
            case,
            source,
            target,
            lambda: transfer_plan(case, source, target, transfers),
            lambda frozen: changes_since(case, frozen, source, transfers),
        )
        picks = {match.standing.row.subscription: match.candidates for match in _seen(case, plan).found}
        # What a person picks is not part of what was approved: it says what stands in the target, and changes nothing.
        rows = tuple(replace(row, candidates=picks.get(row.subscription, ())) for row in plan.rows)
        return replace(plan, rows=rows)

    def apply(self, case: Case, plan: Plan, decision: Decision, progress: Progress) -> None:
        """Settle what is open, pass the interlocks, withdraw, request, accept where the engagement says so, claim.

        Raises:
            Held: An interlock, drift or Partner Center says no.
            AnswerUnknown: A call stayed without answer; the next run settles it first.
        """
        if plan.has_actions:
            case.journal.leases.take(case.customer)  # before anything is read that an effect will rest on
            reasons = interlocks.ready_for_writes(case.journal)
            reasons += interlocks.approved_as_shown(case, plan, decision)
            reasons += interlocks.routes_as_planned(case, plan)
            if reasons:
                raise Held(reasons)
            for line in settle_transfers(case, plan):
                progress(line)
            nothing_open(case)
            observe_both_sides(case)  # between the look at the rows and the approval, hours may have passed
            source, target = observed(case)
            changes = drift(case.engagement, case.journal, plan, source, target)
            transfers = read_transfers(case)
            changes += changes_since(case, plan, source, transfers)
            moved = transferred_rows(case.journal, case.chain)
            foreign = foreign_changes(case, plan, [row for row in acting_rows(plan) if row.subscription not in moved])
            if changes or foreign:
                hold_for_drift(case, plan, changes, lambda: transfer_plan(case, source, target, transfers), foreign)
            carry_out(case, plan, progress)
            observe_both_sides(case)
        if plan.rows:
            read_transfers(case)
            for line in claim_found(case, _seen(case, plan).found):
                progress(line)

    def verify(self, case: Case) -> Showable:
        """Read both sides and the transfers again: what moved left the source and is active in the target."""
        plan = frozen_plan(case.journal, case.name, self.name)
        if plan is None or not plan.rows:
            return Box("not_applicable", NOTHING)
        observe_both_sides(case)
        read_transfers(case)
        seen, result = _read_back(case, plan)
        case.journal.append(
            case.chain, "verified", {"rows": result.words, "transferred": result.done}, phase=case.phase
        )
        left = len(seen.standing) - len(result.done)
        title = f"Transferred: {counted(len(result.done), 'subscription')}."
        if left:
            title = f"Not transferred yet: {counted(left, 'subscription')}. {title}"
        state: State = "held" if result.held else "waiting"
        lines = (*result.held, *result.waiting, *([result.billing] if result.billing else []))
        return Box(state if left else "done", title, lines, table=result_table(case, plan, seen.found, result))

    def outcome(self, case: Case) -> Outcome:
        """Done when each row has left the source and stands in the target, active with its seats."""
        if not _concerned(case):
            return Outcome(self.name, "not_applicable", (NOTHING,))
        plan = frozen_plan(case.journal, case.name, self.name)
        if plan is None:
            return Outcome(self.name, "held", ("There is no plan yet: run 03_transfer again.",))
        if plan.problems:
            return Outcome(self.name, "held", plan.problems)
        seen, result = _read_back(case, plan)
        decision = decision_on(case.engagement, case.journal, plan)
        withdrawn = {row.details["transfer"] for row in plan.rows if row.target_action == WITHDRAW}
        open_requests = [key for key in withdrawn if stage_of(transfers_of(case)[key]) == "pending"]
        if not decision.approved and (open_requests or len(result.done) < len(seen.standing)):
            changes = changes_before(case.journal, plan)
            return Outcome(self.name, "held", waiting_for_approval(case, plan, changes))
        if result.held:
            return Outcome(self.name, "held", (*result.held, *result.waiting))
        if result.waiting:
            return Outcome(self.name, "waiting", tuple(result.waiting), waiting_on="Microsoft", since=result.since)
        if not seen.standing:
            return Outcome(self.name, "not_applicable", (NOTHING,))
        words = f"Transferred, and read back on both sides: {counted(len(result.done), 'subscription')}."
        more = (*([result.billing] if result.billing else []), *moved_against_choice(case))
        return Outcome(self.name, "done", (words, *more))

    def hand_over(self, case: Case) -> Showable:
        """Write for the customer which rights in Azure do not move; it is sent like the invitation."""
        text = role_assignment_text(case, _rows(case))
        if not text:
            return Box("not_applicable", "This customer has no Azure to be transferred: no rights are lost.")
        return kept_text(case, ROLE_ASSIGNMENTS, text, "For the customer: rights in Azure do not move by themselves")


def _rows(case: Case) -> Sequence[PlanRow]:
    return transfer_rows(case, observed(case)[0])


def _concerned(case: Case) -> bool:
    """Tell whether something is to be transferred, or was asked for: a request that nobody needs is withdrawn."""
    return bool(_rows(case) or requests_of(case.journal, case.chain))


def _seen(case: Case, plan: Plan) -> _Seen:
    source, target = observed(case)
    standing = standings(case, plan.rows, source, transfers_of(case))
    return _Seen(standing, matches(case, standing, target))


def _read_back(case: Case, plan: Plan) -> tuple[_Seen, Result]:
    source, _ = observed(case)
    seen = _seen(case, plan)
    return seen, read_result(case, seen.standing, seen.found, source, now=case.target.server_time())


def _transfers_table(case: Case) -> Table:
    rows = [
        {
            "id": transfer.id,
            "status": transfer.status.replace("_", " "),
            "types": ", ".join(transfer.target_product_types) or "everything",
            "lines": len(transfer.line_items),
            "created": transfer.created_time,
            "expires": transfer.expiration_time,
            "completed": transfer.completed_time,
        }
        for transfer in transfers_of(case).values()
    ]
    return Table(
        columns=(
            Column("id", "Transfer"),
            Column("status", "Status"),
            Column("types", "Asks for"),
            Column("lines", "Selected", "number"),
            Column("created", "Requested", "datetime"),
            Column("expires", "Expires", "datetime"),
            Column("completed", "Complete", "datetime"),
        ),
        rows=tuple(rows),
        caption=f"Transfers from {case.name.source} to {case.engagement.target.name}, as both tenants show them",
    )
