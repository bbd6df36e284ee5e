"""Walks every case as far as it can go, each phase as a notebook through papermill (M29, M30, M37, S13, S15)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from consolidation.engagement import Engagement
from consolidation.evidence.archive import Archive
from consolidation.executors import Executor
from consolidation.executors.threads import Threads
from consolidation.interlocks import set_up_only
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.journal.leases import SECONDS as LEASE_SECONDS
from consolidation.kernels.provisioner import kill_kernels
from consolidation.outcomes import CASE_PHASES, latest_outcome
from consolidation.population import CaseName, recorded_population
from consolidation.runner import is_of_run, runner_id
from consolidation.sealing import seal_archive
from consolidation.stopping import Stop
from consolidation.walking import Answer, Errand, Walk

PATIENCE_SECONDS = LEASE_SECONDS + 15
"""How long a run waits for a customer that another one has: a dead one has lost it by then."""

WORKER_DIED = "The worker that had this customer is gone."


class Progress(Protocol):
    """Watches a run, for a progress bar."""

    def stage(self, name: str, cases: int) -> None:
        """Begin a stage of the run, with so many cases."""

    def notebook(self, title: str, phase: str) -> None:
        """Show that a notebook begins."""

    def ended(self, answer: Answer, cases: int) -> None:
        """Count cases of the stage that have ended, with this answer."""


@dataclass(frozen=True)
class Options:
    """What a run is asked to do.

    Attributes:
        phases: Phases named with `--phase`: they run again even when done; empty for the whole walk.
        chosen: Tells whether a case takes part.
        workers: Notebooks executed at the same time, by threads.
        notebooks: Folder of the notebooks.
        dask: Address of a dask scheduler whose workers execute the notebooks; empty for threads of this process.
    """

    notebooks: Path
    phases: tuple[str, ...] = ()
    chosen: Callable[[CaseName], bool] = lambda _case: True
    workers: int = 2
    dask: str = ""


@dataclass
class Report:
    """What a run did: notebooks executed, effects by action, and what it had to leave to another runner."""

    executed: int = 0
    effects: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    manifest: str = ""

    @property
    def sentence(self) -> str:
        """Say in one line what was written to the tenants."""
        if not self.effects:
            nothing = "Nothing was written to any tenant: no cart, no order, no PATCH."
            return f"{self.executed} notebooks were executed. {nothing}"
        counted = ", ".join(f"{count} × {action}" for action, count in sorted(self.effects.items()))
        return f"{self.executed} notebooks were executed. Written to the tenants: {counted}."


class Batch:
    """One run over the cases of an engagement.

    Args:
        engagement: Loaded and checked.
        journal: Its journal.
        options: What to do.
        progress: Told what goes on.
        stop: Looked at between two notebooks.

    Raises:
        EngagementError: The workers of `options.dask` cannot be used.
    """

    def __init__(
        self, engagement: Engagement, journal: Journal, options: Options, progress: Progress, stop: Stop
    ) -> None:
        self._engagement = engagement
        self._journal = journal
        self._options = options
        self._progress = progress
        self._stop = stop
        self._here = Walk(engagement, journal, options.notebooks, options.phases, progress.notebook, stop)
        self._executor = self._open_executor()
        self._report = Report()
        self._unprepared: set[CaseName] = set()
        self._lost_a_worker = False
        self._before = journal.every.heads()

    def run(self) -> Report:
        """Run: connect, prepare every case, finish what is set up, walk the others, portfolio, evidence.

        Asked to stop, it begins no case any more, brings those in hand to a safe point, and still writes portfolio and
        evidence. Asked again, it ends what is in hand, and still writes down that this has failed.
        """
        started = datetime.now(UTC)
        self._engagement_notebook("00_connect")
        cases = [case for case in recorded_population(self._journal) if self._options.chosen(case)]
        connected = latest_outcome(self._journal, ENGAGEMENT_CHAIN, "00_connect")
        try:
            if connected and connected.outcome == "done" and self._asks_for_cases:
                self._prepare_and_walk(cases)
        finally:
            self._executor.close()
        if not self._stop.at_once:
            self._engagement_notebook("90_portfolio")
        if not self._stop.asked:
            self._engagement_notebook("91_activity_log")
        self._count_effects()
        if self._report.executed:
            archive = Archive(self._engagement.archive_folder)
            seal = seal_archive(self._engagement, self._journal, archive, started=started)
            self._report.manifest = seal.manifest
            self._report.left += [seal.lacking] if seal.lacking else []
        return self._report

    @property
    def _asks_for_cases(self) -> bool:
        """Whether a phase of a case is wanted: a look at the whole alone takes no customer's lease."""
        return not self._options.phases or not set(CASE_PHASES).isdisjoint(self._options.phases)

    def _open_executor(self) -> Executor:
        if not self._options.dask:
            return Threads(self._here, self._options.workers)
        # Dask is an extra, and takes a second to import.
        from consolidation.executors.dask_workers import DaskWorkers

        return DaskWorkers(self._options.dask, self._engagement, self._options.notebooks, self._options.phases)

    def _prepare_and_walk(self, cases: Sequence[CaseName]) -> None:
        self._unprepared = {case for case in cases if self._here.agenda.is_due(case, "01_prepare")}
        self._each_customer("01_prepare", [case for case in cases if case in self._unprepared], patience=0)
        unfinished = set_up_only(self._journal, cases)
        first = set(unfinished)
        others = [case for case in cases if case not in first]
        self._report.left = self._each_customer("walk", [*unfinished, *others], patience=PATIENCE_SECONDS)

    def _each_customer(self, stage: str, cases: Sequence[CaseName], *, patience: float) -> list[str]:
        """Work on the cases, several customers at a time; both cases of one customer share a lease, so one by one.

        A customer that another runner has is tried again after the others, for some seconds: that runner may have died
        in the middle of a cut-over, and then its lease runs out. Nobody else waits for it. Returned is who was left to
        the other runner, and why.
        """
        self._progress.stage(stage, len(cases))
        groups: dict[str, list[CaseName]] = {}
        for case in cases:
            groups.setdefault(case.customer, []).append(case)
        onward = stage == "walk"
        waiting = list(groups.values())
        patience_ends = 0.0
        while waiting and not self._stop.asked:
            left = self._round(waiting, onward=onward)
            # Its lease outlives a worker that died; nobody else takes over what it had in hand.
            longest = PATIENCE_SECONDS if self._lost_a_worker else patience
            patience_ends = patience_ends or time.monotonic() + longest
            waiting = [list(answer.left) for answer in left]
            if waiting and time.monotonic() >= patience_ends:
                return [f"{answer.left[0].company}: {answer.why}" for answer in left]
            if waiting:
                self._progress.notebook(waiting[0][0].company, "waits for another run")
                self._stop.wait(1.0)
        return []

    def _round(self, groups: Iterable[list[CaseName]], *, onward: bool) -> list[Answer]:
        """Work on each customer once and return the answers that left something.

        No more is given out than can be worked on at once: memory does not grow with the number of cases, and after
        somebody asked to stop nothing begins any more. The first fault of ours lets nothing begin either.
        """
        todo, under_way, left = deque(groups), dict[Future[Answer], Errand](), list[Answer]()
        try:
            while under_way or (todo and not self._stop.asked):
                free = self._executor.slots - len(under_way)
                while todo and free > 0 and not self._stop.asked:
                    errand = self._errand(todo.popleft(), onward=onward)
                    under_way[self._executor.submit(errand)] = errand
                    free -= 1
                if not under_way:  # the cluster has no worker at the moment
                    self._progress.notebook(self._engagement.name, "waits for workers")
                    self._stop.wait(1.0)
                # With a time limit: on Windows a wait without one hears no ^C, and a kernel may only just have started.
                if self._stop.at_once:
                    self._executor.stop_at_once()
                for future in wait(under_way, timeout=1.0, return_when=FIRST_COMPLETED).done:
                    answer = self._answer(future, under_way.pop(future))
                    left += [answer] if answer.left else []
        except Exception:  # a failed case never gets here: a fault of ours, or the journal is gone
            wait(under_way)
            raise
        return left

    def _errand(self, cases: list[CaseName], *, onward: bool) -> Errand:
        return Errand(tuple(cases), frozenset(self._unprepared.intersection(cases)), onward)

    def _answer(self, future: Future[Answer], errand: Errand) -> Answer:
        """Take an answer; a worker that is gone left everything."""
        error = None if future.cancelled() else future.exception()
        if future.cancelled() or (error is not None and self._executor.lost(error)):
            self._lost_a_worker = True
            answer = Answer(left=errand.cases, why=WORKER_DIED)
        else:
            answer = future.result()
        ended = [case for case in errand.cases if case not in answer.left]
        self._unprepared.difference_update(ended)
        self._report.executed += len(answer.executed)
        self._progress.ended(answer, len(ended))
        return answer

    def _engagement_notebook(self, phase: str) -> None:
        """Run a notebook of the engagement itself, in a thread: in the main one papermill would take our signals."""
        if not self._here.agenda.engagement_phase_is_due(phase, executed=self._report.executed):
            return
        self._progress.notebook(self._engagement.name, phase)
        thread = ThreadPoolExecutor(max_workers=1)
        try:
            future = thread.submit(self._here.runs.run_engagement_phase, phase)
            while not wait([future], timeout=1.0).done:  # with a time limit, as above
                if self._stop.at_once:
                    kill_kernels()
        finally:  # stopped at once: what is at work dies with this process
            thread.shutdown(wait=False)
        future.result()
        self._report.executed += 1

    def _count_effects(self) -> None:
        for entry in self._journal.every.entries({"intended", "retried"}):
            if entry.number > self._before.get(entry.chain, 0) and is_of_run(entry.runner, runner_id()):
                action = str(entry.body.get("action", "repeat of an earlier call"))
                self._report.effects[action] = self._report.effects.get(action, 0) + 1
