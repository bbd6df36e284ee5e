"""The credit of a suspension, on the check values of Microsoft's billing scenarios and as properties."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from billing_facts import BOUGHT, charge_on
from hypothesis import given
from hypothesis import strategies as st

from consolidation.billing.legacy import legacy_credit
from consolidation.billing.periods import MONTHS, charge_period
from consolidation.billing.proration import Charge, SeatChange, charged

FIRST_OF_MARCH, FIRST_OF_FEBRUARY = date(2018, 3, 1), date(2018, 2, 1)


@pytest.mark.parametrize(
    ("cycle", "price", "suspended_on", "credit"),
    [
        ("monthly", "4.00", FIRST_OF_MARCH, "-1.72 to -1.71 USD"),  # 12 of 28 days at 0.143, or exactly
        ("annual", "48.00", FIRST_OF_MARCH, "-41.82 to -41.34 USD"),  # 318 of 365 days exactly, or at 0.13
        ("monthly", "4.00", FIRST_OF_FEBRUARY, "-4.00 USD"),
        ("annual", "48.00", FIRST_OF_FEBRUARY, "-48.00 USD"),
    ],
)
def test_the_published_check_values(cycle: str, price: str, suspended_on: date, credit: str) -> None:
    """M34: the scenarios of Microsoft's pages, in the printed rounding and in exact arithmetic."""
    assert str(legacy_credit(charge_on(suspended_on, cycle, price), suspended_on, BOUGHT)) == credit


@pytest.mark.parametrize(
    ("cycle", "price", "printed"),
    [("monthly", "4.00", "5.55"), ("annual", "48.00", "92.43")],  # 2.45 + 3.10, and 2.47 + 89.96
)
def test_a_change_of_seats_inside_a_period(cycle: str, price: str, printed: str) -> None:
    """M34: one seat becomes two on 1 February; the net of the printed lines lies in the range."""
    charge = charge_on(FIRST_OF_FEBRUARY, cycle, price, changes=(SeatChange(FIRST_OF_FEBRUARY, 2),))
    assert Decimal(printed) in charged(charge)


def test_the_credit_counts_the_seats_of_the_suspension_day() -> None:
    """M34: after a change of seats the credit is for the seats that were left, not for those of the first day."""
    charge = charge_on(FIRST_OF_MARCH, "monthly", "4.00", seats=5, changes=(SeatChange(date(2018, 2, 20), 1),))
    assert str(legacy_credit(charge, FIRST_OF_MARCH, BOUGHT)) == "-1.72 to -1.71 USD"
    assert str(legacy_credit(charge, date(2018, 2, 19), BOUGHT)).startswith("-15.73 to -15.71")  # 22 days, 5 seats


def test_before_thirty_days_everything_charged_is_credited() -> None:
    """M34: a seat added meanwhile is credited too, and the day on which thirty days end may count either way."""
    charge = charge_on(FIRST_OF_FEBRUARY, "monthly", "4.00", changes=(SeatChange(date(2018, 1, 20), 3),))
    assert legacy_credit(charge, FIRST_OF_FEBRUARY, BOUGHT) == -charged(charge)
    thirtieth = BOUGHT + timedelta(days=30)
    credit = legacy_credit(charge_on(thirtieth, "monthly", "4.00"), thirtieth, BOUGHT)
    assert str(credit) == "-4.00 to -0.13 USD"
    day_after = thirtieth + timedelta(days=1)
    assert str(legacy_credit(charge_on(day_after, "monthly", "4.00"), day_after, BOUGHT)) == "-4.00 USD"  # new period


def test_a_telco_part_is_a_line_of_its_own() -> None:
    """M34: a product in two lines is prorated and rounded line by line."""
    whole = legacy_credit(charge_on(FIRST_OF_MARCH, "monthly", "2.71", "1.29"), FIRST_OF_MARCH, BOUGHT)
    parts = [
        legacy_credit(charge_on(FIRST_OF_MARCH, "monthly", one), FIRST_OF_MARCH, BOUGHT) for one in ("2.71", "1.29")
    ]
    assert whole.low >= sum(part.low for part in parts)
    assert whole.high <= sum(part.high for part in parts)
    assert Decimal("-1.71") in whole


def test_a_leap_year_has_two_readings() -> None:
    """M34: the page divides a year's price by 365; a period of 366 days is divided by either."""
    bought, suspended_on = date(2020, 1, 1), date(2020, 7, 1)
    charge = charge_on(suspended_on, "annual", "366.00", anchor=bought)
    assert charge.period.days == 366
    assert str(legacy_credit(charge, suspended_on, bought)) == "-184.50 to -184.00 USD"


def test_an_addon_bought_late_is_credited_at_most_what_it_was_charged() -> None:
    """M34: the period of its base had begun before it, and only the days from its purchase on were charged."""
    period = charge_period(BOUGHT, 12, FIRST_OF_MARCH, begun=date(2018, 2, 20))
    charge = Charge(period, 2, (Decimal("36.50"),), "USD")
    assert legacy_credit(charge, FIRST_OF_MARCH, date(2018, 2, 20)) == -charged(charge)
    assert Decimal("65.40") in charged(charge)  # 327 days of 0.10 for two seats


def test_a_rounded_daily_price_never_exceeds_the_price() -> None:
    """M34: 27 days of 0.001 would be more than the 0.02 that the month cost: the credit ends at what was charged."""
    day = date(2018, 2, 14)
    assert str(legacy_credit(charge_on(day, "monthly", "0.02"), day, date(2018, 1, 1))) == "-0.02 USD"


def test_another_period_is_refused() -> None:
    """S7: the charge of another period says nothing about this suspension."""
    with pytest.raises(ValueError, match="no day of the period"):
        legacy_credit(charge_on(BOUGHT, "monthly", "4.00"), FIRST_OF_MARCH, BOUGHT)


@pytest.mark.parametrize("day", [BOUGHT, date(2018, 3, 13)])
def test_seats_change_inside_their_period(day: date) -> None:
    """S7: a change on the first day of the period or after its end is no change inside it."""
    with pytest.raises(ValueError, match="inside the period"):
        charge_on(BOUGHT, "monthly", "4.00", changes=(SeatChange(day, 2),))


days = st.dates(date(2019, 1, 1), date(2029, 12, 31))
prices = st.decimals("0", "900", places=2)


@given(
    anchor=days,
    day=days,
    cycle=st.sampled_from(["monthly", "annual"]),
    price=prices,
    seats=st.integers(0, 5_000),
    held=st.integers(0, 400),
)
def test_a_credit_never_exceeds_the_charge(
    anchor: date, day: date, cycle: str, price: Decimal, seats: int, held: int
) -> None:
    """M34: whatever the reading, nobody gets back more than was charged, and a later suspension never gives more."""
    period = charge_period(anchor, MONTHS[cycle], day)
    charge = Charge(period, seats, (price,), "EUR")
    credit = legacy_credit(charge, day, day - timedelta(days=held))
    assert -charged(charge).high <= credit.low <= credit.high <= 0
    if held > 30 and day < period.last:
        later = legacy_credit(charge, day + timedelta(days=1), day - timedelta(days=held))
        assert credit.low <= later.low
        assert credit.high <= later.high


@given(
    anchor=days, day=days, price=prices, seats=st.integers(1, 300), added=st.integers(0, 300), offset=st.integers(1, 27)
)
def test_a_change_of_seats_keeps_the_charge_between_its_seats(
    anchor: date, day: date, price: Decimal, seats: int, added: int, offset: int
) -> None:
    """M34: the period costs what its seat-days cost, rounding of the daily price aside, and the credit stays below."""
    period = charge_period(anchor, 1, day)
    changed_on = period.first + timedelta(days=offset)
    charge = Charge(period, seats, (price,), "EUR", (SeatChange(changed_on, seats + added),))
    tolerance = Decimal("0.0005") * period.days * (seats + added) + Decimal("0.01")
    assert price * seats - tolerance <= charged(charge).low
    assert charged(charge).high <= price * (seats + added) + tolerance
    assert -legacy_credit(charge, period.last, period.first - timedelta(days=40)).low <= charged(charge).high
