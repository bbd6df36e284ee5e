"""The rate budget that all kernels share (M37): judged by what it would wait, never by a clock of the test."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from consolidation.journal import Journal
from consolidation.journal.budget import BURST

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
    budget = journal.rate_budget(requests_per_minute=1)
    for _ in range(BURST):
        budget.take(TARGET)
    assert waits == []
    budget.take(TARGET)
    budget.take(TARGET)
    first, second = waits
    assert 0 < first <= 60 < second <= 120


def test_all_processes_draw_on_one_budget(journal: Journal, url: str, waits: list[float]) -> None:
    """M37: what one kernel has used is not there for another one on the same journal."""
    journal.rate_budget(1).take(TARGET)
    other = Journal(url)
    for _ in range(BURST):
        other.rate_budget(1).take(TARGET)
    other.close()
    assert len(waits) == 1


def test_each_call_is_stored_before_it_is_sent(journal: Journal, database: Engine, waits: list[float]) -> None:
    """M37: one row per tenant holds when the calls granted so far are earned; each call adds its share."""
    budget = journal.rate_budget(requests_per_minute=6)
    budget.take(TARGET)
    before = earned(database, TARGET)
    budget.take(TARGET)
    assert earned(database, TARGET) == pytest.approx(before + 10)
    assert waits == []


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
    assert 900 < waits[0] <= 1001
