"""What a cut-over comes to in money: the credit to expect in the source, and the price of each day's delay (M12, M34).

It stands beside the plan and is no part of it: it changes with every day, and the digest does not cover it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from consolidation.billing.legacy import legacy_credit
from consolidation.billing.money import Amount, Range
from consolidation.billing.new_commerce import window_refund
from consolidation.billing.overlap_cost import BilledTwice, cost_of_one_day, overlap_cost
from consolidation.billing.periods import (
    MONTHS,
    ChargePeriod,
    anchors_before,
    charge_period,
    period_anchors,
    purchase_day,
    utc_day,
)
from consolidation.billing.prices import Prices, UnitPrice
from consolidation.billing.proration import Charge
from consolidation.display import Box
from consolidation.endings.rows import takes_service
from consolidation.inventory import ACTIVE, Snapshot
from consolidation.plan import Plan, PlanRow, money_text
from consolidation.replacing.rows import CANCEL
from consolidation.tables import Column, Table, counted
from partner_center.models import Subscription


@dataclass(frozen=True)
class CutOverRow:
    """One row that will be suspended, or cancelled inside its window.

    Attributes:
        row: Of the plan.
        price: Of one seat for one billing period, None when it is unknown.
        unused_days: Fewest and most unused days of the charge period, the suspension day included; None when its
            start or its billing cycle is unknown.
        credit: The credit to expect, negative or zero. Without a price the most seat-days that it can be for, without
            the unused days the fewest: the suspension day is credited at least.
        day_of_overlap: What one day costs that both tenants bill.
    """

    row: PlanRow
    price: UnitPrice | None
    unused_days: tuple[int, int] | None
    credit: Amount
    day_of_overlap: Amount


def expected_credits(plan: Plan, source: Snapshot, prices: Prices, suspended_on: date) -> tuple[CutOverRow, ...]:
    """Return what each active row of the plan that is to be suspended gives back when it is suspended on a day.

    What is cancelled inside its window gets the refund of new commerce instead (`window_refund`).

    Source: "Common legacy monthly billing scenarios", "Common legacy annual billing scenarios in Partner Center".

    Args:
        plan: The cut-over.
        source: What the source says now: the terms that the charge periods follow.
        prices: What is known of prices in the source tenant.
        suspended_on: UTC day.
    """
    found = source.by_id()
    read_at = source.read_at
    moment = read_at if utc_day(read_at) == suspended_on else datetime.combine(suspended_on, time.max, UTC)
    return tuple(
        cut_over_row(row, found[row.subscription], found.get(row.parent), prices, moment)
        for row in plan.rows
        if takes_service(row) and row.subscription in found and found[row.subscription].status.casefold() == ACTIVE
    )


def cut_over_row(
    row: PlanRow, subscription: Subscription, base: Subscription | None, prices: Prices, moment: datetime
) -> CutOverRow:
    """Return what ending one row at a moment gives back.

    Args:
        row: Of the plan.
        subscription: As the source said it last before the end.
        base: The base of an add-on.
        prices: What is known of prices in the source tenant.
        moment: UTC; of what is suspended its day alone counts.
    """
    day = utc_day(moment)
    price = prices.of(row)
    anchors = period_anchors(subscription, base)
    purchased_on = purchase_day(subscription)
    billed = BilledTwice(
        row.subscription, row.product, row.seats, row.billing_cycle, day, None, anchors, price, purchased_on
    )
    overlap = cost_of_one_day([billed], day)
    periods = charge_periods(row, subscription, anchors, day)
    if not periods or purchased_on is None:
        return CutOverRow(row, price, None, Amount(unknown_seat_days=row.seats), overlap)
    unused = [period.unused_days(day) for period in periods]
    days = (min(unused), max(unused))
    if price is None:
        return CutOverRow(row, None, days, Amount(unknown_seat_days=row.seats * days[1]), overlap)
    charges = [Charge(period, row.seats, (price.amount,), price.currency) for period in periods]
    start = subscription.effective_start_date or subscription.creation_date
    if row.source_action == CANCEL and start is not None:
        credit = Range.hull(window_refund(charge, start, max(moment, start)) for charge in charges)
    else:
        credit = Range.hull(legacy_credit(charge, day, purchased_on) for charge in charges)
    return CutOverRow(row, price, days, Amount((credit,)), overlap)


def charge_periods(
    row: PlanRow, subscription: Subscription, anchors: tuple[date, ...], day: date
) -> list[ChargePeriod]:
    """Return the charge periods that the UTC day may lie in; none when billing cycle or start are unknown."""
    months = MONTHS.get(row.billing_cycle.casefold())
    start = subscription.effective_start_date or subscription.creation_date
    if months is None or start is None:
        return []
    possible = anchors_before(anchors, day)
    return [charge_period(anchor, months, day, begun=min(utc_day(start), day)) for anchor in possible]


def cut_over_box(plan: Plan, source: Snapshot, prices: Prices, billed: Sequence[BilledTwice] = ()) -> Box | None:
    """Show what suspending today gives back and what a day's delay costs; None when nothing active is to be suspended.

    Every row of the plan stands in the table once (S8). Today is the UTC day on which the source was read, by Partner
    Center's clock.

    Args:
        plan: The cut-over.
        source: What the source says now.
        prices: What is known of prices in the source tenant.
        billed: The rows that stand in the target already: their overlap so far is said first.
    """
    today = utc_day(source.read_at)
    rows = expected_credits(plan, source, prices, today)
    if not rows:
        return None
    credit = -Amount.total(row.credit for row in rows)
    overlap = Amount.total(row.day_of_overlap for row in rows)
    so_far = overlap_cost(billed, today)
    alarm = f"OVERLAP so far: {counted(so_far.days, 'day')}, {so_far.cost} lost; credits will be denied (M12)."
    return Box(
        "note",
        f"Suspended today, {today} UTC: a credit of {credit}. Each day later: {overlap} lost.",
        (
            *(() if so_far.cost.is_nothing else (alarm,)),
            "The credit is an estimate, before tax, in the currency of the source's tenant. A range means that "
            "Microsoft's pages do not say which rule holds; an unknown price is never guessed.",
            "What both tenants bill from the set-up on until the suspension, Microsoft does not credit (M12).",
        ),
        table=_table(plan, {row.row.subscription: row for row in rows}),
    )


def _table(plan: Plan, rows: dict[str, CutOverRow]) -> Table:
    return Table(
        columns=(
            Column("product", "Product"),
            Column("seats", "Seats", "number"),
            Column("price", "Price of a seat"),
            Column("unused", "Unused days"),
            Column("credit", "Expected credit in the source"),
            Column("overlap", "Each day of overlap"),
        ),
        rows=tuple(_shown(row, rows.get(row.subscription)) for row in plan.rows),
        caption=f"{plan.case.company}: what the suspension comes to in money",
        indent="addon",
    )


def _shown(row: PlanRow, money: CutOverRow | None) -> dict[str, object]:
    shown: dict[str, object] = {"product": row.product, "seats": row.seats, "addon": bool(row.parent)}
    if money is None:
        return {**shown, "credit": "not active" if takes_service(row) else "not suspended by this plan"}
    fewest, most = money.unused_days or (None, None)
    unused = "unknown" if fewest is None else str(fewest) if fewest == most else f"{fewest} to {most}"
    price = money.price
    return {
        **shown,
        "price": f"{money_text(price.amount, price.currency)} {row.billing_cycle} ({price.origin})"
        if price
        else "unknown",
        "unused": unused,
        "credit": str(-money.credit),
        "overlap": str(money.day_of_overlap),
    }
