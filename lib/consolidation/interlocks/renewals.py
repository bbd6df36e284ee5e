"""The interlock before auto-renew of new commerce is switched off."""

from __future__ import annotations

from datetime import datetime, timedelta

from consolidation.endings.rows import ENDING_ROUTES, RENEWAL_OFF
from consolidation.inventory import ACTIVE
from consolidation.plan import Plan, PlanRow
from consolidation.routes.terms import term_end
from partner_center.models import Subscription, same_id


def renewal_may_be_switched_off(
    plan: Plan, row: PlanRow, source: Subscription, *, now: datetime, read_apart: timedelta
) -> list[str]:
    """S2, S4 and S6 for one PATCH: seats of new commerce that the approved plan lets end, and that still renew.

    Args:
        plan: The approved plan.
        row: What is to end with its term.
        source: Its source subscription as just read by id: the PATCH body.
        now: Partner Center's clock, UTC.
        read_apart: Time since that read.
    """
    if row.route not in ENDING_ROUTES or row.source_action != RENEWAL_OFF or plan.row(row.subscription) != row:
        return [f"{row.product} has route {row.route}: that it ends was not approved (S6)."]
    if row.kind not in {"new-commerce seats", "trial"}:
        return [f"{row.product} is {row.kind}: only new commerce ends with its term (S4)."]
    if not same_id(source.id, row.subscription):
        return [f"{row.product}: another subscription was read than the plan names (S6)."]
    if source.status.casefold() != ACTIVE:
        return [f"{row.product} is {source.status or 'without a status'} in the source, not active (S7)."]
    reasons = []
    if read_apart > timedelta(seconds=60):
        reasons.append("More than 60 seconds passed since it was read: run again.")
    if source.quantity != row.seats:
        reasons.append(f"{row.product}: {row.seats} seats were approved, the source has {source.quantity} now (S6).")
    end = term_end(source)
    if end is not None and end <= now:
        reasons.append(
            f"{row.product}: its term ended at {end:%Y-%m-%d %H:%M} UTC and its renewal may be running: run again a "
            "day later, and choose again if it was renewed."
        )
    return reasons
