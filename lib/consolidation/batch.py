"""Walks every case as far as it can go, each phase as a notebook through papermill (M29, M30, S13, S15)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from consolidation.agenda import Agenda
from consolidation.clients import Clients
from consolidation.engagement import Engagement
from consolidation.errors import LeaseLost
from consolidation.evidence.archive import Archive
from consolidation.front_end import SignInNotice
from consolidation.interlocks import is_set_up_only
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.journal.leases import SECONDS as LEASE_SECONDS
from consolidation.notebook_runs import NotebookRuns
from consolidation.outcomes import CASE_PHASES, latest_outcome
from consolidation.population import CaseName, recorded_population
from consolidation.runner import runner_id
from consolidation.sealing import seal_archive
from consolidation.stopping import Stop

CUT_OVER = ("04_recreate", "05_suspend")
"""What goes on although somebody asked to stop, once a case is set up: the way to its safe point."""

PATIENCE_SECONDS = LEASE_SECONDS + 15
"""How long a run waits for a customer that another one has: a dead one has lost it by then."""

Work = Callable[[CaseName], None]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Options:
    """What a run is asked to do.

    Attributes:
        phases: Phases named with `--phase`: they run again even when done; empty for the whole walk.
        chosen: Tells whether a case takes part.
        workers: Notebooks executed at the same time.
        notebooks: Folder of the notebooks.
    """

    notebooks: Path
    phases: tuple[str, ...] = ()
    chosen: Callable[[CaseName], bool] = lambda _case: True
    workers: int = 2


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
        tell: Takes (customer, phase) when a notebook begins, for the progress bar.
        stop: Looked at between two notebooks.
    """

    def __init__(
        self,
        engagement: Engagement,
        journal: Journal,
        options: Options,
        tell: Callable[[str, str], None],
        stop: Stop,
    ) -> None:
        self._engagement = engagement
        self._journal = journal
        self._options = options
        self._tell = tell
        self._stop = stop
        self._archive = Archive(engagement.archive_folder)
        self._agenda = Agenda(engagement, journal, Clients(engagement, journal, SignInNotice().show), options.phases)
        self._notebooks = NotebookRuns(engagement, journal, self._archive, options.notebooks)
        self._report = Report()
        self._unprepared: set[CaseName] = set()
        self._before = {chain: journal.head(chain)[0] for chain in journal.chains()}

    def run(self) -> Report:
        """Run: connect, prepare every case, finish what is set up, walk the others, portfolio, evidence.

        Asked to stop, it begins no case any more, brings those in hand to a safe point, and still writes portfolio and
        evidence.
        """
        started = datetime.now(UTC)
        self._engagement_notebook("00_connect")
        cases = [case for case in recorded_population(self._journal) if self._options.chosen(case)]
        connected = latest_outcome(self._journal, ENGAGEMENT_CHAIN, "00_connect")
        if connected and connected.outcome == "done":
            self._unprepared = {case for case in cases if self._agenda.is_due(case, "01_prepare")}
            self._each_customer([case for case in cases if case in self._unprepared], self._prepare, patience=0)
            unfinished = [case for case in cases if is_set_up_only(self._journal, case)]
            others = [case for case in cases if case not in unfinished]
            self._report.left = self._each_customer([*unfinished, *others], self._walk, patience=PATIENCE_SECONDS)
        self._engagement_notebook("90_portfolio")
        if not self._stop.asked:
            self._engagement_notebook("91_activity_log")
        self._report.executed = self._notebooks.executed
        self._count_effects()
        if self._report.executed:
            seal = seal_archive(self._engagement, self._journal, self._archive, started=started)
            self._report.manifest = seal.manifest
            self._report.left += [seal.lacking] if seal.lacking else []
        return self._report

    def _each_customer(self, cases: Sequence[CaseName], work: Work, *, patience: float) -> list[str]:
        """Work on the cases, several customers at a time; both cases of one customer share a lease, so one by one.

        A customer that another runner has is tried again after the others, for some seconds: that runner may have died
        in the middle of a cut-over, and then its lease runs out. Nobody else waits for it. Returned is who was left to
        the other runner, and why.
        """
        groups: dict[str, list[CaseName]] = {}
        for case in cases:
            groups.setdefault(case.customer, []).append(case)
        waiting = list(groups.values())
        patience_ends = 0.0
        while waiting and not self._stop.asked:
            tasks = [partial(self._with_lease, group, work) for group in waiting]
            refused = [answer for answer in _in_threads(tasks, self._options.workers) if answer is not None]
            waiting = [group for group, _ in refused]
            patience_ends = patience_ends or time.monotonic() + patience
            if waiting and time.monotonic() >= patience_ends:
                return [f"{group[0].company}: {error}" for group, error in refused]
            if waiting:
                self._tell(waiting[0][0].company, "waits for another run")
                self._stop.wait(1.0)
        return []

    def _with_lease(self, cases: list[CaseName], work: Work) -> tuple[list[CaseName], LeaseLost] | None:
        """Work on a customer's cases one by one; return what another runner keeps us from, and why."""
        for place, case in enumerate(cases):
            if self._stop.asked:
                return None
            try:
                self._journal.leases.take(case.customer)
                work(case)
            except LeaseLost as error:
                return cases[place:], error
            finally:
                self._journal.leases.free(case.customer)
        return None

    def _prepare(self, case: CaseName) -> None:
        self._unprepared.discard(case)
        self._step(case, "01_prepare")

    def _walk(self, case: CaseName) -> None:
        """Run the phases of a case in order, cut-over back to back, as far as it can go."""
        if case in self._unprepared:  # another runner had the customer then
            self._prepare(case)
        ran = False
        for phase in CASE_PHASES[1:]:
            ran = self._step(case, phase, ran=ran) or ran
            if phase == "05_suspend" and self._agenda.drifted_since(case):
                # The plan is made anew at once: every day until it is approved is billed twice.
                for again in CUT_OVER:
                    self._step(case, again)

    def _step(self, case: CaseName, phase: str, *, ran: bool = False) -> bool:
        """Run a phase of a case if it is due and may begin; tell whether it ran.

        Raises:
            LeaseLost: The customer is another runner's by now.
        """
        if self._stop.asked and not (phase in CUT_OVER and is_set_up_only(self._journal, case)):
            return False
        if not self._agenda.is_due(case, phase, ran=ran):
            return False
        self._journal.leases.renew(case.customer)
        self._tell(case.company, phase)
        self._notebooks.run_phase(case, phase)
        return True

    def _engagement_notebook(self, phase: str) -> None:
        executed = self._notebooks.executed
        if self._agenda.engagement_phase_is_due(phase, executed=executed):
            self._tell(self._engagement.name, phase)
            _in_threads([partial(self._notebooks.run_engagement_phase, phase)], 1)

    def _count_effects(self) -> None:
        for chain in self._journal.chains():
            for entry in self._journal.entries(chain, after=self._before.get(chain, 0), kinds={"intended", "retried"}):
                if entry.runner == runner_id():
                    action = str(entry.body.get("action", "repeat of an earlier call"))
                    self._report.effects[action] = self._report.effects.get(action, 0) + 1


def _in_threads(tasks: Sequence[Callable[[], Answer]], workers: int) -> list[Answer]:
    """Do the tasks in threads and return their answers in order; the first error ends those that have not begun.

    Notebooks run in a thread even where there is one only: in the main thread the library that executes them would take
    the signals that ask to stop.
    """
    pool = ThreadPoolExecutor(max_workers=workers)
    futures = [pool.submit(task) for task in tasks]
    pending = set(futures)
    try:
        while pending:
            # With a time limit: on Windows a wait without one hears no ^C.
            done, pending = wait(pending, timeout=1.0, return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
    except Exception:  # a failed case never gets here: a fault of ours, or the journal is gone
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    except BaseException:  # stopped at once: what is at work dies with this process
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return [future.result() for future in futures]
