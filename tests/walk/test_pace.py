"""How a run gives out its cases, and what it says of the time that is left (M37)."""

from __future__ import annotations

import gc
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import write_engagement

from consolidation.batch import Batch, Options
from consolidation.cli.bar import Bar
from consolidation.engagement import load_engagement
from consolidation.journal import Journal
from consolidation.outcomes import Outcome, record_outcome
from consolidation.pace import Pace
from consolidation.population import CaseName, record_population
from consolidation.sealing import Seal
from consolidation.session import open_journal
from consolidation.stopping import Stop
from consolidation.walking import Answer, Errand

CASES = [
    CaseName("contoso-france", f"{number:08d}-0000-4000-8000-000000000000", f"Company {number}", f"c{number}.example")
    for number in range(3000)
]


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    st.lists(st.tuples(st.integers(1, 5), st.floats(0.1, 100), st.booleans()), min_size=1, max_size=30),
    st.integers(0, 50),
)
def test_the_estimate_is_right_when_all_cases_take_as_long_and_late_when_some_take_none(
    ended: list[tuple[int, float, bool]], more: int
) -> None:
    """M37: cases that were done already say nothing of the others; before one that took work there is no figure."""
    clock = Clock()
    pace = Pace(sum(cases for cases, _, _ in ended) + more, clock)
    worked = 0
    for cases, each, took_work in ended:
        clock.now += cases * each if took_work else 0
        worked += cases if took_work else 0
        pace.ended(cases, worked=took_work)
    if not more:
        assert pace.seconds_left == 0
    elif not worked:
        assert pace.seconds_left is None
        assert pace.words == "time left unknown"
    else:
        assert pace.seconds_left == pytest.approx(clock.now / worked * more)


class Workers:
    """Does nothing, and notes how many errands it was given at once and how many objects were alive meanwhile."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.done: list[str] = []
        self.alive: list[int] = []
        self._open: list[Future[Answer]] = []

    def submit(self, errand: Errand) -> Future[Answer]:
        """End the errand at once; the third customer's fails, as a worker that dies."""
        assert sum(not future.done() for future in self._open) < self.slots
        future: Future[Answer] = Future()
        if errand.cases[0] == CASES[2] and not any(name == "died" for name in self.done):
            self.done.append("died")
            future.set_exception(EOFError("the worker is gone"))
        else:
            self.done.append(errand.cases[0].company)
            future.set_result(Answer(((errand.cases[0].company, "01_prepare"),)))
        self._open = [future]
        if len(self.done) % 1000 == 0:
            gc.collect()
            self.alive.append(sum(isinstance(item, Future) for item in gc.get_objects()))
        return future

    def lost(self, error: BaseException) -> bool:
        """Tell whether the worker died."""
        return isinstance(error, EOFError)

    def stop_at_once(self) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing to let go of."""


def test_the_memory_of_a_run_does_not_grow_with_its_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """M37, M30: cases are given out as they can be worked on, none is kept, and one that fails stops no other."""
    workers = Workers(2)
    batch = offline_batch(tmp_path, monkeypatch, workers)
    report = batch.run()
    prepared = workers.done[: len(CASES) + 1]
    assert sorted(name for name in prepared if name != "died") == sorted(case.company for case in CASES)
    assert prepared.count("died") == 1
    assert not report.left
    assert max(workers.alive) <= min(workers.alive) + 2


def offline_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: Workers) -> Batch:
    """Return a run over many cases that opens no notebook: who works on them is the test's own."""
    monkeypatch.setenv("CONSOLIDATION_RUNNER", "run-of-a-test")
    for variable in ("CONTOSO-FRANCE", "CONTOSO-GERMANY", "CONTOSO-EUROPE"):
        monkeypatch.setenv(f"{variable}_CLIENT_ID", "app")
    engagement = load_engagement(str(write_engagement(tmp_path)))
    journal: Journal = open_journal(engagement)
    record_population(journal, CASES, phase="00_connect")
    record_outcome(journal, "engagement", Outcome("00_connect", "done"))
    monkeypatch.setattr("consolidation.agenda.Agenda.engagement_phase_is_due", lambda _self, _phase, **_named: False)
    monkeypatch.setattr("consolidation.agenda.Agenda.is_due", lambda _self, _case, phase: phase == "01_prepare")
    monkeypatch.setattr("consolidation.batch.seal_archive", lambda *_given, **_named: Seal("", ""))
    monkeypatch.setattr("consolidation.batch.Threads", lambda _walk, _workers: workers)
    return Batch(engagement, journal, Options(tmp_path), Bar("test", quiet=True), Stop())
