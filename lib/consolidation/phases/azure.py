"""06_azure: usage-based Azure is moved by Microsoft's support; both sides are read back (M15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from consolidation.approvals import Decision
from consolidation.azure_support import azure_rows, case_text, late_sentence
from consolidation.case import Case
from consolidation.confirmations import confirmation
from consolidation.display import Box, Showable
from consolidation.inventory import ACTIVE, SUSPENDED, Snapshot
from consolidation.outcomes import Outcome, latest_outcome
from consolidation.phases.phase import Phase, Progress, both_sides, kept_text, observe_both_sides, observed
from consolidation.plan import Plan, PlanRow, plan_header
from consolidation.tables import counted
from partner_center.models import Subscription, identity

PENDING = "pending"
"""What the target may show while Microsoft is still at it."""


class AzureBySupport(Phase):
    """Hand the company name to Microsoft, wait for its notice, read both sides; never suspend Azure ourselves (S2)."""

    name: ClassVar[str] = "06_azure"

    def observe(self, case: Case) -> Showable:
        """Read and keep both sides."""
        return observe_both_sides(case)

    def plan(self, case: Case) -> Plan:
        """Show the rows that support moves; nothing in them is done by us."""
        return Plan(self.name, case.name, plan_header(case.engagement, case.name), azure_rows(case))

    def apply(self, case: Case, plan: Plan, decision: Decision, progress: Progress) -> None:  # noqa: ARG002 - nothing is written
        """Claim the moved subscription as the counterpart of its row, once the target shows it active."""
        for row, counterpart in moved(case, plan.rows).items():
            if counterpart is not None and row not in case.journal.claims(case.chain):
                case.journal.claim(case.chain, {row: counterpart.id}, {"how": "moved by support"}, phase=case.phase)
                progress(f"The target shows the Azure subscription as {counterpart.id}.")

    def verify(self, case: Case) -> Showable:
        """Show both sides as read."""
        rows = azure_rows(case)
        if not rows:
            return Box("not_applicable", "This customer has no usage-based Azure.")
        left = _not_moved(case, rows)
        if not left:
            return Box("done", "Source shows suspended and target shows active.", table=both_sides(case))
        without = _without_service(case, rows)
        title = f"Not as it has to be: {', '.join(left)}"
        return Box("held" if without else "waiting", title, tuple(without), table=both_sides(case))

    def hand_over(self, case: Case) -> Showable:
        """Write the case's lines of the text for Microsoft; nothing to hand over for a customer without Azure."""
        if not azure_rows(case):
            return Box("not_applicable", "This customer has no usage-based Azure: nothing to hand over.")
        return kept_text(case, "azure-hand-over.txt", case_text(case), "For Microsoft's Azure support")

    def outcome(self, case: Case) -> Outcome:
        """Done when each row shows suspended in the source and active in the target; the proof is what both say."""
        rows = azure_rows(case)
        if not rows:
            return Outcome(self.name, "not_applicable", ("This customer has no usage-based Azure.",))
        _, target = observed(case)
        if not target.related:
            return Outcome(
                self.name,
                "waiting",
                ("Microsoft moves Azure only for customers who accepted: see 02_invite.",),
                waiting_on="customer",
                since=target.read_at.isoformat(),
            )
        left = _not_moved(case, rows)
        if not left:
            return Outcome(
                self.name,
                "done",
                (f"{counted(len(rows), 'Azure subscription')}: suspended in source, active in target.",),
            )
        without = _without_service(case, rows)
        if without:
            return Outcome(self.name, "held", tuple(without))
        notified = confirmation(case.journal, case.chain, "microsoft_notified")
        if notified is None:
            return Outcome(
                self.name,
                "held",
                ("Give the hand-over text to Microsoft's Azure support, then confirm the step microsoft_notified.",),
            )
        said = confirmation(case.journal, case.chain, "azure_moved")
        reasons = [f"Microsoft moves: {', '.join(left)}."]
        late = late_sentence(notified, target.read_at)
        if said is not None:
            reasons.append("Microsoft's notice was confirmed and Partner Center does not show the move: ask support.")
        elif late:
            reasons.append(late)
        return Outcome(self.name, "waiting", tuple(reasons), waiting_on="Microsoft", since=notified.at)


def moved(case: Case, rows: Iterable[PlanRow]) -> dict[str, Subscription | None]:
    """Return source subscription id -> active target subscription with the same Azure subscription (entitlement) id."""
    found = _counterparts(case, rows)
    return {key: item if item is not None and _is(item, ACTIVE) else None for key, item in found.items()}


def _counterparts(case: Case, rows: Iterable[PlanRow]) -> dict[str, Subscription | None]:
    """Return source subscription id -> what the target has of the same Azure subscription, an active one first."""
    source, target = observed(case)
    before = source.by_id()
    return {row.subscription: _counterpart(before.get(row.subscription), target) for row in rows}


def _counterpart(source: Subscription | None, target: Snapshot) -> Subscription | None:
    if source is None or not source.entitlement_id:
        return None
    same = [
        item for item in target.subscriptions if identity(item.entitlement_id or "") == identity(source.entitlement_id)
    ]
    return next((item for item in same if _is(item, ACTIVE)), same[0] if same else None)


def _is(item: Subscription, *statuses: str) -> bool:
    return item.status.casefold() in statuses


def _not_moved(case: Case, rows: tuple[PlanRow, ...]) -> list[str]:
    """Say of each row what is still missing: both sides must be as Microsoft's page describes them."""
    left = []
    for row, status, counterpart in _both_sides(case, rows):
        if status.casefold() != SUSPENDED or counterpart is None or not _is(counterpart, ACTIVE):
            shown = counterpart.status if counterpart else "not there yet"
            left.append(f"{row.product} (source {status}, target {shown})")
    return left


def _without_service(case: Case, rows: tuple[PlanRow, ...]) -> list[str]:
    """Say which rows Microsoft moved and somebody ended in the target since: they run in neither tenant (M14)."""
    return [
        f"CUSTOMER WITHOUT SERVICE: {row.product} is {status} in the source and {counterpart.status} in the target. "
        "Microsoft moved it already: reactivate it in the target's portal at once."
        for row, status, counterpart in _both_sides(case, rows)
        if status.casefold() != ACTIVE and counterpart is not None and not _is(counterpart, ACTIVE, PENDING)
    ]


def _both_sides(case: Case, rows: tuple[PlanRow, ...]) -> Iterator[tuple[PlanRow, str, Subscription | None]]:
    """Yield each row with its status in the source and what the target has of it."""
    now, counterparts = observed(case)[0].by_id(), _counterparts(case, rows)
    for row in rows:
        item = now.get(row.subscription)
        yield row, item.status if item else "not listed", counterparts[row.subscription]


def something_moved(case: Case) -> bool:
    """Tell whether the phase would end with other words now: a row moved, or Microsoft became late."""
    before = latest_outcome(case.journal, case.chain, AzureBySupport.name)
    return before is None or AzureBySupport().outcome(case).reasons != before.reasons
