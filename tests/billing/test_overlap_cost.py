"""What an overlap costs: days by seats by price, so far and from day to day (M12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.billing.money import Amount
from consolidation.billing.overlap_cost import BilledTwice, cost_of_one_day, forecast, overlap_cost
from consolidation.billing.prices import UnitPrice

SET_UP = date(2026, 2, 3)
SIX_EUROS = UnitPrice(Decimal("5.60"), "EUR", "order")  # 0.20 a day in a period of 28 days
ROW = BilledTwice("aaaa0001", "Office 365 E3", 10, "monthly", SET_UP, None, (SET_UP,), SIX_EUROS)


@pytest.mark.parametrize(
    ("today", "suspended_on", "days", "cost"),
    [
        (SET_UP, None, 0, "nothing"),
        (SET_UP, SET_UP, 0, "nothing"),
        (date(2026, 2, 4), None, 1, "2.00 EUR"),
        (date(2026, 2, 10), None, 7, "14.00 EUR"),
        (date(2026, 2, 10), date(2026, 2, 4), 1, "2.00 EUR"),
        (date(2026, 3, 3), None, 28, "56.00 EUR"),
        (date(2026, 3, 4), None, 29, "57.81 EUR"),  # the second period has 31 days
        (date(2026, 2, 2), None, 0, "nothing"),
    ],
)
def test_the_suspension_day_is_credited(today: date, suspended_on: date | None, days: int, cost: str) -> None:
    """M12: set-up and suspension on one UTC day cost nothing, each day between them costs what the source bills."""
    overlap = overlap_cost([replace(ROW, suspended_on=suspended_on)], today)
    assert (overlap.days, overlap.seat_days, str(overlap.cost)) == (days, days * 10, cost)


@pytest.mark.parametrize("change", [{"unit_price": None}, {"billing_cycle": "none"}, {"anchors": ()}])
def test_what_cannot_be_priced_is_counted_in_seat_days(change: dict[str, object]) -> None:
    """M12: without price, period or start day the row says for how many seats and days; the sum says both."""
    unknown = replace(ROW, **change)
    overlap = overlap_cost([ROW, unknown], date(2026, 2, 7))
    assert [str(row.cost) for row in overlap.rows] == ["8.00 EUR", "unknown: 40 seat-days"]
    assert str(overlap.cost) == "8.00 EUR, and unknown: 40 seat-days"


@pytest.mark.parametrize(("held", "cost"), [(29, "nothing"), (30, "0.00 to 8.00 EUR"), (31, "8.00 EUR")])
def test_what_is_credited_as_a_whole_costs_no_overlap(held: int, cost: str) -> None:
    """M12: suspended before 30 days have passed since the purchase, the days of the overlap come back as well."""
    today = date(2026, 2, 7)
    young = replace(ROW, purchased_on=today - timedelta(days=held))
    assert str(overlap_cost([young], today).cost) == cost
    assert str(overlap_cost([replace(young, suspended_on=today)], date(2026, 9, 1)).cost) == cost


def test_the_forecast_begins_with_the_cost_so_far() -> None:
    """M12: for each day on which the suspension may follow it says what the overlap will have cost."""
    done = replace(ROW, suspended_on=date(2026, 2, 4))
    days = forecast([ROW, done], date(2026, 2, 5), date(2026, 2, 8))
    assert [(day.until.day, str(day.cost)) for day in days] == [
        (5, "6.00 EUR"), (6, "8.00 EUR"), (7, "10.00 EUR"), (8, "12.00 EUR"),
    ]  # fmt: skip
    assert str(cost_of_one_day([ROW, done], date(2026, 2, 5))) == "2.00 EUR"
    each = [str(cost_of_one_day([done], date(2026, 2, day))) for day in (2, 3, 4, 5)]
    assert each == ["nothing", "2.00 EUR", "nothing", "nothing"]
    assert overlap_cost([], SET_UP).cost == Amount()


@given(
    days=st.integers(0, 500),
    more=st.integers(0, 40),
    anchor=st.dates(date(2023, 1, 1), date(2026, 12, 31)),
    price=st.decimals("0", "500", places=2),
    seats=st.integers(1, 3_000),
    cycle=st.sampled_from(["monthly", "annual"]),
)
def test_a_longer_overlap_never_costs_less(
    days: int, more: int, anchor: date, price: Decimal, seats: int, cycle: str
) -> None:
    """M12: each day adds to the cost or leaves it, and no overlap costs more than its whole periods."""
    unit_price = UnitPrice(price, "EUR", "order")
    row = BilledTwice("a", "A", seats, cycle, SET_UP, None, (anchor, anchor + timedelta(days=1)), unit_price)
    shorter, longer = (overlap_cost([row], SET_UP + timedelta(days=number)) for number in (days, days + more))
    low, high = ([part for one in overlap.cost.ranges for part in (one.low, one.high)] for overlap in (shorter, longer))
    assert not low or (low[0] <= high[0] and low[1] <= high[1])
    periods = (days + more) // {"monthly": 28, "annual": 365}[cycle] + 2
    assert not high or high[1] <= price * seats * periods
