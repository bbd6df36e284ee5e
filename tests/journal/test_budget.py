"""The rate budget that all kernels share (M37): judged by what it would wait, never by a clock of the test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, text

from consolidation.journal import Journal
from consolidation.journal.budget import SharedBudget

SOURCE, TARGET = "1111", "3333"


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited, in order; nobody really waits."""
    seconds: list[float] = []
    monkeypatch.setattr("consolidation.journal.budget.time.sleep", seconds.append)
    return seconds


def earned(database: Engine, tenant: str) -> float:
    """Return what is stored for a tenant."""
    with database.begin() as connection:
        row = connection.execute(text("SELECT earned FROM budget WHERE tenant = :tenant"), {"tenant": tenant})
        return float(row.scalar_one())


def test_a_burst_is_free_and_the_rest_is_paced(journal: Journal, waits: list[float]) -> None:
    """M37: after a pause a burst goes at once; then each call waits for its minute, one longer than the other."""
    budget = journal.rate_budget(requests_per_minute=20)
    for _ in range(budget.burst):
        budget.take(TARGET)
    assert waits == []
    budget.take(TARGET)
    budget.take(TARGET)
    first, second = waits
    share = 60 / 19
    assert 0 < first <= share < second <= 2 * share


@given(rate=st.integers(1, 100_000))
def test_no_minute_holds_more_calls_than_allowed(rate: int) -> None:
    """M37: burst and pace together stay within the rate in every window of a minute, wherever it begins."""
    budget = SharedBudget(create_engine("sqlite://"), rate)
    paced = 60 / budget._interval
    assert budget.burst >= 1
    assert paced + budget.burst <= max(rate, 2) + 1e-6


def test_all_processes_draw_on_one_budget(journal: Journal, url: str, waits: list[float]) -> None:
    """M37: what one kernel has used is not there for another one on the same journal."""
    journal.rate_budget(1).take(TARGET)
    other = Journal(url)
    other.rate_budget(1).take(TARGET)
    other.close()
    assert len(waits) == 1


def test_each_call_is_stored_before_it_is_sent(journal: Journal, database: Engine, waits: list[float]) -> None:
    """M37: one row per tenant holds when the calls granted so far are earned; each call adds its share."""
    budget = journal.rate_budget(requests_per_minute=6)
    budget.take(TARGET)
    before = earned(database, TARGET)
    budget.take(TARGET)
    assert earned(database, TARGET) == pytest.approx(before + 12)
    assert len(waits) == 1


def test_a_pause_stops_everybody_for_that_tenant(
    journal: Journal, url: str, database: Engine, waits: list[float]
) -> None:
    """M37: `Retry-After` of one call stops the calls of all kernels to that tenant, and to no other."""
    budget = journal.rate_budget(requests_per_minute=60)
    budget.pause(TARGET, 1000)
    stored = earned(database, TARGET)
    budget.pause(TARGET, 10)
    assert earned(database, TARGET) == stored  # a shorter pause does not end a longer one
    budget.take(SOURCE)
    assert waits == []
    other = Journal(url)
    other.rate_budget(60).take(TARGET)
    other.close()
    assert 900 < waits[0] <= 1002
