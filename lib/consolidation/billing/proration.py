"""What some days of a charge period cost, in every reading of the rounding rule.

The published scenarios round the price of a day first (0.143 a month, 0.13 a year) and then multiply; the amounts of
other published lines are those of exact arithmetic. Which one an invoice follows is not said, so both are computed.
A leap year's annual price is printed as 48.00 / 365 only: the year of 366 days has two readings as well. Source:
"Common legacy monthly billing scenarios", "Common legacy annual billing scenarios in Partner Center".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from consolidation.billing.money import Range, to_minor_units
from consolidation.billing.periods import ChargePeriod


@dataclass(frozen=True)
class Reading:
    """One reading of the rule.

    Attributes:
        daily_price_rounded: Whether the price of a day is rounded before it is multiplied.
        years_of_365: Whether a year with a leap day is divided by 365 all the same.
    """

    daily_price_rounded: bool
    years_of_365: bool


READINGS = tuple(Reading(rounded, years) for rounded in (False, True) for years in (False, True))

_LONGEST_MONTH = 31
_PLACES_OF_A_MONTH = Decimal("0.001")
_PLACES_OF_A_YEAR = Decimal("0.01")
_LEAP_YEAR, _YEAR = 366, 365


@dataclass(frozen=True)
class SeatChange:
    """From this UTC day on there are so many seats."""

    day: date
    seats: int


@dataclass(frozen=True)
class Charge:
    """What one subscription is charged for one period, ahead.

    Attributes:
        period: The running period.
        seats: Seats on the first charged day.
        unit_prices: Price of one seat for a whole period; two where the telco part is a line of its own ("Partner
            Center billing scenarios for one-time and select recurring purchases").
        currency: ISO 4217, that of the partner tenant.
        changes: Changes of seats inside the period, in the order of their days.

    Raises:
        ValueError: A price or seats below zero, or changes outside the period or out of order.
    """

    period: ChargePeriod
    seats: int
    unit_prices: tuple[Decimal, ...]
    currency: str
    changes: tuple[SeatChange, ...] = ()

    def __post_init__(self) -> None:
        days = [change.day for change in self.changes]
        inside = all(self.period.begun < day <= self.period.last for day in days)
        if not inside or days != sorted(set(days)):
            message = "Changes of seats lie inside the period, each on its own day, in their order."
            raise ValueError(message)
        if min(self.unit_prices) < 0 or min(self.seats, *(change.seats for change in self.changes), 0) < 0:
            message = "Seats and prices are not negative."
            raise ValueError(message)

    def seats_on(self, day: date) -> int:
        """Return the seats of a day of the period."""
        return next((change.seats for change in reversed(self.changes) if change.day <= day), self.seats)

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Return (days, seats) of each part of the period with the same seats: one line each on the invoice."""
        first, seats = self.period.begun, self.seats
        for change in self.changes:
            yield (change.day - first).days, seats
            first, seats = change.day, change.seats
        yield (self.period.last - first + timedelta(days=1)).days, seats


def prorated(charge: Charge, days: int, seats: int, reading: Reading) -> Decimal:
    """Return what so many seats cost for so many days of the period, never more than the whole period's price."""
    return sum((_line(charge, price, days, seats, reading) for price in charge.unit_prices), Decimal(0))


def _line(charge: Charge, unit_price: Decimal, days: int, seats: int, reading: Reading) -> Decimal:
    whole = charge.period.days
    if days >= whole:
        return to_minor_units(unit_price * seats, charge.currency)
    divisor = _YEAR if whole == _LEAP_YEAR and reading.years_of_365 else whole
    per_seat = unit_price * days / divisor
    if reading.daily_price_rounded:
        places = _PLACES_OF_A_MONTH if whole <= _LONGEST_MONTH else _PLACES_OF_A_YEAR
        per_seat = (unit_price / divisor).quantize(places, rounding=ROUND_HALF_UP) * days
    return to_minor_units(min(per_seat, unit_price) * seats, charge.currency)


def charged(charge: Charge) -> Range:
    """Return what the period costs in all, net of what a change of seats reverses and charges anew."""
    return Range.spanning(readings_of(charge), charge.currency)


def readings_of(charge: Charge) -> Sequence[Decimal]:
    """Return what the period costs in all, once for each of `READINGS`."""
    return [
        sum((prorated(charge, days, seats, reading) for days, seats in charge.pieces()), Decimal(0))
        for reading in READINGS
    ]
