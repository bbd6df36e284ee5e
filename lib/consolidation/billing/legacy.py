"""The credit that suspending legacy seats gives (M17, M34).

Source: "Common legacy monthly billing scenarios", "Common legacy annual billing scenarios in Partner Center", "Billing
basics".
"""

from __future__ import annotations

from datetime import date

from consolidation.billing.money import Range
from consolidation.billing.proration import READINGS, Charge, charged, prorated

WHOLE_PERIOD_DAYS = 30
"""Suspended before so many days have passed since the purchase, the running period is credited as a whole."""


def legacy_credit(charge: Charge, suspended_on: date, purchased_on: date) -> Range:
    """Return the credit for suspending legacy seats, negative or zero, in the partner tenant's currency.

    The days from the suspension day to the end of the charge period are credited, both included, with the seats of
    the suspension day. Before 30 days have passed since the purchase, the whole period is credited. On the 30th day
    either may be so, because the hour is not known to count.

    Args:
        charge: The charge of the running period.
        suspended_on: UTC day.
        purchased_on: UTC day of the order.

    Raises:
        ValueError: The suspension day lies outside the period.
    """
    if not charge.period.first <= suspended_on <= charge.period.last:
        message = f"{suspended_on} is no day of the period {charge.period.first} to {charge.period.last}."
        raise ValueError(message)
    held = (suspended_on - purchased_on).days
    possible = []
    if held <= WHOLE_PERIOD_DAYS:
        possible.append(-charged(charge))
    if held >= WHOLE_PERIOD_DAYS:
        possible.append(-_unused(charge, suspended_on))
    return Range.hull(possible)


def _unused(charge: Charge, suspended_on: date) -> Range:
    days, seats = charge.period.unused_days(suspended_on), charge.seats_on(suspended_on)
    return Range.spanning([prorated(charge, days, seats, reading) for reading in READINGS], charge.currency)
