"""Charge periods: every day lies in exactly one, whatever the month, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import make_subscription

from consolidation.billing.periods import (
    MONTHS,
    ChargePeriod,
    charge_period,
    period_anchors,
    purchase_day,
    utc_day,
)

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("anchor", "cycle", "day", "first", "last"),
    [
        ("2018-01-13", "monthly", "2018-03-01", "2018-02-13", "2018-03-12"),
        ("2018-01-13", "monthly", "2018-02-12", "2018-01-13", "2018-02-12"),
        ("2018-01-13", "annual", "2018-03-01", "2018-01-13", "2019-01-12"),
        ("2018-01-31", "monthly", "2018-02-28", "2018-02-28", "2018-03-30"),
        ("2018-01-31", "monthly", "2018-03-31", "2018-03-31", "2018-04-29"),
        ("2020-01-31", "monthly", "2020-02-28", "2020-01-31", "2020-02-28"),
        ("2020-02-29", "annual", "2021-02-28", "2021-02-28", "2022-02-27"),
        ("2020-02-29", "annual", "2024-02-29", "2024-02-29", "2025-02-27"),
        ("2018-12-05", "monthly", "2019-01-04", "2018-12-05", "2019-01-04"),
        ("2024-05-01", "triennial", "2026-12-31", "2024-05-01", "2027-04-30"),
    ],
)
def test_a_period_runs_from_its_day_to_the_day_before(anchor: str, cycle: str, day: str, first: str, last: str) -> None:
    """M17: from day d to day d-1 of the next month or year; a month too short begins on its last day."""
    found = charge_period(date.fromisoformat(anchor), MONTHS[cycle], date.fromisoformat(day))
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@given(anchor=days, day=days, months=st.sampled_from(sorted(MONTHS.values())))
def test_periods_tile_the_calendar(anchor: date, day: date, months: int) -> None:
    """M17: each day lies in one period, the next begins the day after it ends, and used and unused days add up."""
    period = charge_period(anchor, months, day)
    assert period.first <= day <= period.last
    assert charge_period(anchor, months, period.first) == charge_period(anchor, months, period.last) == period
    after = charge_period(anchor, months, period.last + timedelta(days=1))
    assert after.first == period.last + timedelta(days=1)
    assert (day - period.first).days + period.unused_days(day) == period.days == period.charged_days
    assert {1: 28, 12: 365, 36: 1095}[months] <= period.days <= {1: 31, 12: 366, 36: 1096}[months]


@given(anchor=days, day=days, begun=days)
def test_an_addon_is_charged_from_its_purchase_on(anchor: date, day: date, begun: date) -> None:
    """M17: a period that had begun before an add-on was bought is charged from the purchase on, and only that one."""
    period = charge_period(anchor, 1, day, begun=begun)
    inside = period.first <= begun <= period.last
    assert period.begun == (begun if inside else period.first)
    assert period.unused_days(period.first) == period.charged_days <= period.days


def test_an_addon_of_the_last_day_is_charged_for_it_alone() -> None:
    """M17: what is bought on the last day of its base's period is charged for one day of it."""
    last = date(2018, 2, 12)
    assert charge_period(date(2018, 1, 13), 1, last, begun=last).charged_days == 1


def test_a_day_is_a_utc_day() -> None:
    """M12: what happens at 00:30 in Paris belongs to the UTC day before."""
    paris = timezone(timedelta(hours=1))
    assert utc_day(datetime(2026, 3, 1, 0, 30, tzinfo=paris)) == date(2026, 2, 28)
    assert utc_day(datetime(2026, 3, 1, 0, 30, tzinfo=UTC)) == date(2026, 3, 1)


def test_the_start_day_has_two_readings() -> None:
    """M17: the order day or the day after it; for an add-on its own or its base's. Without a date there is none."""
    base = make_subscription("BASE", effectiveStartDate="2026-01-05T00:00:00Z", creationDate="2025-01-05T08:00:00Z")
    addon = make_subscription("ADDON", effectiveStartDate="2026-02-09T23:59:00Z", parentSubscriptionId="BASE")
    assert period_anchors(base) == (date(2026, 1, 5), date(2026, 1, 6))
    assert period_anchors(addon, base) == (date(2026, 1, 5), date(2026, 1, 6), date(2026, 2, 9), date(2026, 2, 10))
    assert purchase_day(base) == date(2025, 1, 5)
    assert period_anchors(make_subscription()) == ()
    assert purchase_day(make_subscription()) is None


def test_days_in_another_order_are_no_period() -> None:
    """S7: a period that begins after it ends is refused."""
    with pytest.raises(ValueError, match="no charge period"):
        ChargePeriod(date(2026, 2, 1), date(2026, 1, 31), date(2026, 2, 1))
