"""The credits of new-commerce seats: cancelled inside the window, or transferred to another partner (M23, M24, M34).

Suspending them credits nothing: billing goes on to the end of the term ("Subscription lifecycle states").
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from consolidation.billing.money import Range
from consolidation.billing.periods import utc_day
from consolidation.billing.proration import Charge

WINDOW = timedelta(days=7)
"""How long after purchase or renewal new commerce can be cancelled ("New commerce cancellation policy")."""

FULL_REFUND = timedelta(hours=24)
"""In one reading, how long the whole charge is refunded ("Billing basics")."""

_PLACES = Decimal("0.01")


def window_refund(charge: Charge, purchased_at: datetime, cancelled_at: datetime) -> Range:
    """Return the refund for cancelling inside the window, negative; zero after it, in the partner tenant's currency.

    Microsoft's pages disagree: everything is refunded for 24 hours and the unused days after that ("Billing basics"),
    or the unused days from the start ("New commerce cancellation policy"). Whether the day of the cancellation counts
    as used is not said. The range holds every reading.

    Args:
        charge: What was charged at purchase or renewal.
        purchased_at: Moment of purchase or renewal, UTC.
        cancelled_at: Moment of the cancellation, UTC.

    Raises:
        ValueError: Cancelled before it was purchased.
    """
    elapsed = cancelled_at - purchased_at
    if elapsed < timedelta(0):
        message = f"Cancelled at {cancelled_at:%Y-%m-%d %H:%M} UTC, before the purchase."
        raise ValueError(message)
    if elapsed > WINDOW:
        return _credit(charge, [0])
    day = utc_day(cancelled_at)
    readings = [_days_from(charge, day), _days_from(charge, day + timedelta(days=1))]
    return _credit(charge, [charge.period.days, *readings] if elapsed <= FULL_REFUND else readings)


def transfer_credit(charge: Charge, transferred_on: date) -> Range:
    """Return what the source gets back when seats are transferred, negative, in its tenant's currency.

    It is the unused part of what was charged ahead. The source pays up to the day before the transfer ("Transfer
    new-commerce license-based subscriptions"), or, as practitioners saw it, the day of the transfer too. The range
    holds both.

    Args:
        charge: What the source was charged ahead, for the period in which the transfer falls.
        transferred_on: UTC day on which the billing ownership changes.

    Raises:
        ValueError: The day lies outside the period.
    """
    if not charge.period.first <= transferred_on <= charge.period.last:
        message = f"{transferred_on} is no day of the period {charge.period.first} to {charge.period.last}."
        raise ValueError(message)
    return _credit(charge, [_days_from(charge, transferred_on), _days_from(charge, transferred_on + timedelta(days=1))])


def _days_from(charge: Charge, day: date) -> int:
    return charge.period.unused_days(day)


def _credit(charge: Charge, readings: Iterable[int]) -> Range:
    """Prorate to so many days, in both roundings of the price of a seat.

    It is rounded down and then multiplied by the seats ("Learn how to read new commerce invoice reconciliation files
    in Partner Center"); the printed 3.87 for 29 of 30 days of 4.00 is rounded half up ("Partner Center billing
    scenarios for one-time and select recurring purchases").
    """
    seats = charge.seats_on(charge.period.last)
    amounts = []
    for days in readings:
        exact = [price * days / charge.period.days for price in charge.unit_prices]
        for rounding in (ROUND_DOWN, ROUND_HALF_UP):
            each = sum((price.quantize(_PLACES, rounding=rounding) for price in exact), Decimal(0))
            amounts.append(0 - each * seats)
    return Range.spanning(amounts, charge.currency)
