"""How the loss of overlaps grew, day by day for each source, and how it goes on until somebody suspends (M12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from consolidation.billing.lost import DAYS_AHEAD, CaseCost
from consolidation.billing.money import Amount
from consolidation.billing.overlap_cost import overlap_cost

SEAT_DAYS = "seat-days"
"""The unit of what nobody knows the price of."""

MOST_DAYS = 60
"""Days that a course looks back at most."""


@dataclass(frozen=True)
class Point:
    """What was lost by a UTC day: between two bounds, which are equal where the rule is known."""

    day: date
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Course:
    """What the overlaps under one source come to over the days, in one unit.

    Attributes:
        source: Name of the source tenant.
        unit: ISO 4217 code of its currency, or `seat-days`.
        past: From the first set-up to today, both included.
        ahead: From today on, if nothing is suspended; today alone where everything is.
    """

    source: str
    unit: str
    past: tuple[Point, ...]
    ahead: tuple[Point, ...]


def courses(costs: Sequence[CaseCost]) -> tuple[Course, ...]:
    """Return the course of each source and unit in which something was lost, or is about to be.

    Args:
        costs: The cases with an overlap.
    """
    found = []
    for source in sorted({cost.case.source for cost in costs}):
        own = [cost for cost in costs if cost.case.source == source]
        today = max(cost.today for cost in own)
        first = max(min(row.set_up_on for cost in own for row in cost.rows), today - timedelta(days=MOST_DAYS))
        reach = DAYS_AHEAD if any(cost.is_running for cost in own) else 0
        past = {day: _lost_by(own, day) for day in _days(min(first, today), today)}
        ahead = {day: _lost_by(own, day) for day in _days(today, today + timedelta(days=reach))}
        every = [*past.values(), *ahead.values()]
        units = sorted({one.currency for amount in every for one in amount.ranges})
        if any(amount.unknown_seat_days for amount in every):
            units.append(SEAT_DAYS)
        found += [Course(source, unit, _points(past.items(), unit), _points(ahead.items(), unit)) for unit in units]
    return tuple(found)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _lost_by(costs: Iterable[CaseCost], day: date) -> Amount:
    """Return what was lost by a day: a later suspension had not happened yet."""
    rows = [
        replace(row, suspended_on=None) if row.suspended_on is not None and row.suspended_on > day else row
        for cost in costs
        for row in cost.rows
    ]
    return overlap_cost(rows, day).cost


def _points(amounts: Iterable[tuple[date, Amount]], unit: str) -> tuple[Point, ...]:
    return tuple(Point(day, *_bounds(amount, unit)) for day, amount in amounts)


def _bounds(amount: Amount, unit: str) -> tuple[Decimal, Decimal]:
    if unit == SEAT_DAYS:
        return Decimal(amount.unknown_seat_days), Decimal(amount.unknown_seat_days)
    return next(((one.low, one.high) for one in amount.ranges if one.currency == unit), (Decimal(0), Decimal(0)))
