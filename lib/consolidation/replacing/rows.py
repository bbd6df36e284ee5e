"""Rows that are bought again and cancelled inside the window: what the plan says of them (M23, S3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from consolidation.inventory import ACTIVE, Snapshot
from consolidation.plan import PlanRow
from consolidation.product_names import product_and_sku
from consolidation.routes.terms import window_end
from partner_center.models import Subscription

ROUTE = "replace_in_window"
"""The route, which only a person chooses."""

CANCEL = "cancel in the window"
"""What is done in the source: the service ends at once, and what is left of the first days is paid back."""


def with_replacements(
    rows: Sequence[PlanRow], source: Snapshot, claims: Mapping[str, str], cancelled: Collection[str]
) -> list[PlanRow]:
    """Give the rows that are replaced inside their window both halves, and say what stops a replacement half done.

    Args:
        rows: Of a plan, with their routes.
        source: What the source says now, and when.
        claims: Source subscription -> what stands for it in the target.
        cancelled: Source subscriptions that we suspended or cancelled.
    """
    found = source.by_id()
    return [
        _with_both_halves(row, found[row.subscription], source.read_at, claims.get(row.subscription, ""))
        if row.route == ROUTE and row.subscription not in cancelled
        else _left_halfway(row, claims.get(row.subscription, ""))
        for row in rows
    ]


def refund_words(subscription: Subscription, moment: datetime) -> str:
    """Return what a cancellation gets back at a moment (UTC), in words; what is not printed is not guessed.

    Source: "NCE cancellation policy".
    """
    option = subscription.refund_at(moment)
    if option is None:
        return "Partner Center names no refund: by Microsoft's policy the first day is paid back, then the days left"
    return f"{option.type or 'unnamed'} refund when cancelled until {option.expires_at:%Y-%m-%d %H:%M} UTC"


def _with_both_halves(row: PlanRow, subscription: Subscription, now: datetime, claimed: str) -> PlanRow:
    end = window_end(subscription)
    row = replace(
        row,
        source_action=CANCEL,
        target_offer=product_and_sku(row.offer),
        details={**row.details, "window_ends": f"{end:%Y-%m-%d %H:%M} UTC" if end else ""},
        reason=f"{row.reason} In the source: {refund_words(subscription, now)}.",
    )
    if subscription.quantity is None:
        problem = "Partner Center printed no seat count for it: look at it in the portal (S7)."
        return replace(row, problems=(*row.problems, problem))
    if claimed:
        return replace(row, target_action="adopt", adopted=claimed)
    return replace(row, target_action="order", target_seats=row.seats)


def _left_halfway(row: PlanRow, claimed: str) -> PlanRow:
    """Hold a row that was bought again and was not cancelled in time: a transfer would bill the same seats twice."""
    halfway = claimed and row.kind == "new-commerce seats" and row.status.casefold() == ACTIVE
    if not halfway or row.route in {"run_out", "recreate", ROUTE}:
        return row
    return replace(row, route=None, problems=(*row.problems, halfway_words(claimed)))


def halfway_words(claimed: str) -> str:
    """Say what a purchase that stands beside an uncancelled source subscription costs, and what can be done.

    Args:
        claimed: Target subscription that was bought for it.
    """
    return (
        f"It was bought again as {claimed} and cannot be cancelled in the source any more: both tenants bill its seats "
        f"until its term ends. Choose run_out, which keeps {claimed}; or cancel {claimed} in the target's portal "
        "within the seven days from its own purchase, and settle the row by hand."
    )
