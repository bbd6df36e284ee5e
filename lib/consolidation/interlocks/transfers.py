"""The interlock before the source accepts a transfer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from consolidation.inventory import ACTIVE
from consolidation.plan import Plan, PlanRow
from consolidation.transfers.stages import MOST_ITEMS, TRANSFER_ROUTES, stage_of
from partner_center.models import Subscription, Transfer, same_id


def transfer_may_be_accepted(
    plan: Plan,
    rows: Sequence[PlanRow],
    sources: Sequence[Subscription],
    transfer: Transfer,
    *,
    now: datetime,
    read_apart: timedelta,
) -> list[str]:
    """S2, S4 and S6 for one acceptance, which cannot be undone: our own open request, and just the approved rows.

    Args:
        plan: The approved plan; its header names the three tenants.
        rows: What is selected.
        sources: The source's subscriptions of these rows as just read by id.
        transfer: The request as the source just read it.
        now: Partner Center's clock, UTC.
        read_apart: Time since the first of these reads.
    """
    reasons = []
    if read_apart > timedelta(seconds=60):
        reasons.append("More than 60 seconds passed since the first read: run again.")
    if stage_of(transfer) != "pending":
        reasons.append(f"Transfer {transfer.id} is {transfer.status or 'without a status'}, not pending.")
    if transfer.expiration_time is not None and transfer.expiration_time <= now:
        reasons.append(f"Transfer {transfer.id} expired at {transfer.expiration_time:%Y-%m-%d %H:%M} UTC.")
    ends = (transfer.source_partner_tenant_id, transfer.target_partner_tenant_id, transfer.customer_tenant_id)
    ours = (plan.header["source"], plan.header["target"], plan.header["customer"])
    if not all(same_id(found, own) for found, own in zip(ends, ours, strict=True)):
        reasons.append(f"Transfer {transfer.id} is not one of this customer from our source to our target (S4).")
    if len(rows) > MOST_ITEMS:
        reasons.append(f"{len(rows)} subscriptions are selected, a request takes {MOST_ITEMS}.")
    for row, source in zip(rows, sources, strict=True):
        if row.route not in TRANSFER_ROUTES or plan.row(row.subscription) != row:
            reasons.append(f"{row.product} has route {row.route}: its transfer was not approved (S6).")
        elif not same_id(source.id, row.subscription):
            reasons.append(f"{row.product}: another subscription was read than the plan names (S6).")
        elif source.status.casefold() != ACTIVE:
            reasons.append(
                f"{row.product} is {source.status or 'without a status'} in the source: only what is active can be "
                "transferred (S2). Reactivate it in the source's portal, then run again."
            )
        elif source.quantity != row.seats:
            reasons.append(
                f"{row.product}: {row.seats} seats were approved, the source has {source.quantity} now (S6)."
            )
    return reasons
