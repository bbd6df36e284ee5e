"""What the overlaps of an engagement come to: per case, per source, in all, and day by day (M12)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from billing_facts import BOUGHT
from hypothesis import given, settings
from hypothesis import strategies as st
from offline import FRANCE, GERMANY, make_case_name, run_command
from world import FABRIKAM, World

from consolidation.billing.course import SEAT_DAYS, courses
from consolidation.billing.lost import DAYS_AHEAD, CaseCost, case_costs, cost_table, forecast_table
from consolidation.billing.money import Amount
from consolidation.billing.overlap_cost import BilledTwice
from consolidation.billing.prices import Prices, UnitPrice
from consolidation.plots import plot_progress
from consolidation.portfolio import CaseStatus

TODAY = date(2026, 2, 10)


def billed(seats: int, currency: str, since: int, suspended: int | None) -> BilledTwice:
    """Return a row that was set up so many days ago, and suspended so many days later; no currency, no price."""
    set_up = TODAY - timedelta(days=since)
    price = UnitPrice(Decimal("20.60"), currency, "order") if currency else None
    end = min(set_up + timedelta(days=suspended), TODAY) if suspended is not None else None
    return BilledTwice("row", "E3", seats, "monthly", set_up, end, (BOUGHT,), price, BOUGHT)


ROWS = st.builds(
    billed,
    st.integers(1, 50),
    st.sampled_from(["EUR", "CHF", ""]),
    st.integers(0, 40),
    st.none() | st.integers(0, 20),
)
COSTS = st.builds(
    lambda source, rows: CaseCost(make_case_name(source), tuple(rows), TODAY),
    st.sampled_from([FRANCE, GERMANY]),
    st.lists(ROWS, min_size=1, max_size=3),
)


@settings(deadline=None)  # each example sums many days: a busy machine takes its time
@given(costs=st.lists(COSTS, max_size=4))
def test_tables_forecast_and_course_say_the_same(costs: list[CaseCost]) -> None:
    """M12, S8: each case stands once, sums are the sums of the cases, and forecast and course agree with them today."""
    table, ahead = cost_table(costs, sources=2), forecast_table(costs)
    total = Amount.total(cost.so_far for cost in costs)
    assert sum(row["company"] != "all cases" for row in table.rows) == len(costs)
    if costs:
        assert table.rows[-1]["so_far"] == str(total)
    running = any(cost.is_running for cost in costs)
    assert len(ahead.rows) == (DAYS_AHEAD + 1 if running else 0)
    if running:
        assert ahead.rows[0]["cost"] == str(total)
    sums = {unit: (one.low, one.high) for one in total.ranges for unit in [one.currency]}
    for unit in {course.unit for course in courses(costs)} - {SEAT_DAYS}:
        last = [course.past[-1] for course in courses(costs) if course.unit == unit]
        low, high = sum(point.low for point in last), sum(point.high for point in last)
        assert (low, high) == sums.get(unit, (0, 0))
    unknown = sum(course.past[-1].high for course in courses(costs) if course.unit == SEAT_DAYS)
    assert unknown == total.unknown_seat_days


@given(costs=st.lists(COSTS, min_size=1, max_size=4))
def test_what_is_lost_never_comes_back(costs: list[CaseCost]) -> None:
    """M12: a course never falls, begins where nothing was lost yet, and goes on from today without a jump."""
    for course in courses(costs):
        assert course.past[-1] == course.ahead[0]
        highs = [point.high for point in (*course.past, *course.ahead)]
        assert highs == sorted(highs)
        assert course.past[0].high == 0 or len(course.past) > 1


@pytest.mark.parametrize("currency", ["EUR", ""])
def test_the_plot_says_its_sums_in_words(currency: str) -> None:
    """M12: whoever cannot see the picture reads the same sums beside it; without an overlap nothing is added to it."""
    cost = CaseCost(make_case_name(), (billed(10, currency, 7, None),), TODAY)
    cases = [CaseStatus(cost.case, {}, {}, None)]
    shown = plot_progress(cases, [cost])
    assert len(shown.figure.axes) == 3
    assert str(cost.so_far) in repr(shown)
    assert str(cost.next_day) in repr(shown)
    assert len(plot_progress(cases).figure.axes) == 2


def test_status_and_portfolio_say_what_an_overlap_costs(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M12: loss so far and cost of each day stand in status, as text and JSON, and on the page of the portfolio."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    world.control("POST", "clock", {"advance_seconds": 2 * 86_400})
    world.faults({"method": "PATCH", "path": "/subscriptions/", "times": 0, "kind": "business_error", "code": 800002})
    world.run("05_suspend", FABRIKAM)
    (cost,) = case_costs(world.journal, [world.case(FABRIKAM)], Prices())
    assert cost.so_far.is_known
    assert [one.currency for one in cost.so_far.ranges] == ["EUR"]
    for options in ([], ["--json"]):
        said = " ".join(run_command(capsys, monkeypatch, "status", str(world.path), *options).out.split())
        assert f"Lost so far: {cost.so_far}; each day more: {cost.next_day}." in said
    page = repr(world.run("90_portfolio").shown)
    assert "NOT SUSPENDED" in page
    assert str(cost.so_far) in page
