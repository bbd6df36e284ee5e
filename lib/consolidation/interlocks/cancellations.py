"""The interlocks of a replacement inside the window: before it is bought again, and before the old one is cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from consolidation.inventory import ACTIVE
from consolidation.plan import Plan, PlanRow
from consolidation.replacing.rows import CANCEL, ROUTE, halfway_words
from consolidation.routes.terms import window_end
from partner_center.models import Subscription, same_id

TIME_TO_REPLACE = timedelta(hours=1)
"""What has to be left of the window before seats are bought again: provisioning, read-back and cancellation."""

TIME_TO_CANCEL = timedelta(minutes=5)
"""What has to be left of the window for the cancellation itself."""


def windows_are_open(
    plan: Plan, claims: Mapping[str, str], sources: Mapping[str, Subscription], now: datetime
) -> list[str]:
    """M23: nothing is bought again whose counterpart in the source can no longer be cancelled in time.

    Args:
        plan: The approved plan.
        claims: Source subscription -> what stands for it in the target already.
        sources: Source subscriptions as just read, by id.
        now: Partner Center's clock, UTC.
    """
    reasons = []
    for row in plan.rows:
        if row.source_action != CANCEL or row.subscription in claims or row.subscription not in sources:
            continue
        end = window_end(sources[row.subscription])
        if end is None or end - now < TIME_TO_REPLACE:
            reasons.append(
                f"{row.product}: its window {_ended(end)}, and buying it again and cancelling it takes up to an hour: "
                f"nothing was bought. Choose another route: {', '.join(_others(row)) or 'manual'}."
            )
    return reasons


def cancellation_is_safe(
    plan: Plan,
    row: PlanRow,
    source: Subscription,
    counterpart: Subscription | None,
    *,
    now: datetime,
    read_apart: timedelta,
) -> list[str]:
    """S1, S2, S4 and S6 for one cancellation: its own target subscription is active, and the window is still open.

    Args:
        plan: The approved plan.
        row: What is cancelled.
        source: Its source subscription as just read by id: the PATCH body.
        counterpart: The claimed target subscription as just read by id, None where there is no claim.
        now: Partner Center's clock, UTC.
        read_apart: Time since the first of these reads.
    """
    if row.route != ROUTE or row.source_action != CANCEL or plan.row(row.subscription) != row:
        return [f"{row.product} has route {row.route}: that it is cancelled was not approved (S6)."]
    if row.kind != "new-commerce seats":
        return [f"{row.product} is {row.kind}: it is never cancelled by us (S2)."]
    if not same_id(source.id, row.subscription):
        return [f"{row.product}: another subscription was read than the plan names (S1)."]
    if source.status.casefold() != ACTIVE:
        return [f"{row.product} is {source.status or 'without a status'} in the source, not active (S7)."]
    reasons = _counterpart_reasons(row, source, counterpart)
    if read_apart > timedelta(seconds=60):
        reasons.append("More than 60 seconds passed since the first read (S1): run again.")
    if source.quantity != row.seats:
        reasons.append(f"{row.product}: {row.seats} seats were approved, the source has {source.quantity} now (S6).")
    end = window_end(source)
    if end is None or end - now < TIME_TO_CANCEL:
        standing = halfway_words(counterpart.id) if counterpart else "Choose another route."
        reasons.append(f"{row.product}: its window {_ended(end)} (M23). {standing}")
    return reasons


def _counterpart_reasons(row: PlanRow, source: Subscription, counterpart: Subscription | None) -> list[str]:
    if counterpart is None:
        return [f"{row.product} has no subscription of its own in the target (S1)."]
    if counterpart.status.casefold() != ACTIVE:
        return [f"{row.product}: its target subscription {counterpart.id} is {counterpart.status}, not active (S1)."]
    if source.quantity is None:
        return [f"{row.product}: the source printed no seat count: look at it in the portal (S7)."]
    if (counterpart.quantity or 0) < source.quantity:
        return [
            f"{row.product}: the target has {counterpart.quantity} seats, the source {source.quantity} (S1): set "
            f"{source.quantity} seats on {counterpart.id} in the target's portal."
        ]
    return []


def _others(row: PlanRow) -> list[str]:
    return [route for route in row.allowed if route != ROUTE]


def _ended(end: datetime | None) -> str:
    return f"ends at {end:%Y-%m-%d %H:%M} UTC" if end else "is not known"
