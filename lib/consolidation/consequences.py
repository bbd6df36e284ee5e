"""What applying a plan changes in which tenant, in a sentence for whoever approves it."""

from __future__ import annotations

from consolidation.endings.rows import RENEWAL_OFF, takes_service
from consolidation.plan import Plan
from consolidation.replacing.rows import CANCEL
from consolidation.tables import counted
from consolidation.transfers.planning import requested_together
from consolidation.transfers.standing import REQUEST


def consequence(plan: Plan, target: str) -> str:
    """Return what is changed in the target and in the source when this plan is applied, and that it stays so.

    Args:
        plan: As it is shown for approval.
        target: Name of the target.
    """
    source = plan.case.source
    if plan.phase == "02_invite":
        return f"In {target}: a legal statement is filed. It cannot be taken back."
    if plan.phase == "03_transfer":
        requests = len(requested_together(plan.rows))
        rows = sum(row.target_action == REQUEST for row in plan.rows)
        return (
            f"In {target}: {counted(requests, 'request')} for {counted(rows, 'subscription')}. In {source}: exactly "
            "these rows are accepted, as the column says. What is accepted cannot be taken back."
        )
    bought = sum(row.target_seats for row in plan.rows)
    adopted = sum(row.target_action == "adopt" for row in plan.rows)
    cancelled = sum(row.source_action == CANCEL for row in plan.rows)
    suspended = sum(takes_service(row) for row in plan.rows) - cancelled
    ending = sum(row.source_action == RENEWAL_OFF for row in plan.rows)
    gone = f", {counted(cancelled, 'row')} cancelled for good" if cancelled else ""
    ends = f", and {counted(ending, 'row')} will not renew" if ending else ""
    return (
        f"In {target}: {bought} seats are bought and {adopted} rows adopted. In {source}: {suspended} rows are "
        f"suspended{gone}{ends}. Neither can be undone by this tool."
    )
