"""Works on one customer: takes the lease and runs the phases of its cases in order, as far as they can go (M29, S3).

The same code works in a thread of the run and in a process on another computer: an errand says what to do, its answer
what became of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from consolidation.agenda import Agenda
from consolidation.clients import Clients
from consolidation.engagement import Engagement
from consolidation.errors import LeaseLost
from consolidation.evidence.archive import Archive
from consolidation.front_end import SignInNotice
from consolidation.interlocks import begin_cut_over, is_set_up_only
from consolidation.journal import Journal
from consolidation.notebook_runs import NotebookRuns
from consolidation.outcomes import CASE_PHASES
from consolidation.population import CaseName, recorded_population

CUT_OVER = ("04_recreate", "05_suspend")
"""What goes on although somebody asked to stop, once a case is set up: the way to its safe point."""

_LOOKS_AGAIN_SECONDS = 1.0
"""How often a case that waits for others looks whether it may begin; a cut-over takes some seconds at least."""

Tell = Callable[[str, str], None]
"""Takes (company, phase) when a notebook begins."""


class Asked(Protocol):
    """Tells whether somebody asked to stop."""

    @property
    def asked(self) -> bool:
        """Whether somebody asked."""

    @property
    def at_once(self) -> bool:
        """Whether what is in hand is not to go on to a safe point either."""


@dataclass(frozen=True)
class Errand:
    """What to do for one customer; both cases of a customer share a lease, so one works on them, one by one.

    Attributes:
        cases: The customer's cases.
        prepare: Those whose `01_prepare` is due.
        onward: Whether to walk on through the other phases.
    """

    cases: tuple[CaseName, ...]
    prepare: frozenset[CaseName]
    onward: bool


@dataclass(frozen=True)
class Answer:
    """What became of an errand.

    Attributes:
        executed: Company and phase of each notebook that was executed, in order.
        left: Cases that were left to another runner.
        why: Why they were left, one sentence; empty when none was.
    """

    executed: tuple[tuple[str, str], ...] = ()
    left: tuple[CaseName, ...] = ()
    why: str = ""


@dataclass
class Walk:
    """What a process needs to work on the customers of a run.

    Args:
        engagement: Loaded and checked.
        journal: Its journal.
        notebooks: Folder of the notebooks.
        phases: Phases named with `--phase`; empty for the whole walk.
        tell: Called when a notebook begins.
        stop: Looked at between two notebooks.
    """

    engagement: Engagement
    journal: Journal
    notebooks: Path
    phases: tuple[str, ...]
    tell: Tell
    stop: Asked
    agenda: Agenda = field(init=False)
    runs: NotebookRuns = field(init=False)

    def __post_init__(self) -> None:
        clients = Clients(self.engagement, self.journal, SignInNotice().show)
        self.agenda = Agenda(self.engagement, self.journal, clients, self.phases)
        archive = Archive(self.engagement.archive_folder)
        self.runs = NotebookRuns(
            self.engagement, self.journal, archive, self.notebooks, ended_at_once=lambda: self.stop.at_once
        )

    def work_on(self, errand: Errand) -> Answer:
        """Work on a customer's cases one by one, each under the lease; leave those that another runner has."""
        executed: list[tuple[str, str]] = []
        for place, case in enumerate(errand.cases):
            if self.stop.asked:
                break
            try:
                self.journal.leases.take(case.customer)
                if case in errand.prepare:
                    self._step(case, "01_prepare", executed)
                if errand.onward:
                    self._walk(case, executed)
            except LeaseLost as error:
                return Answer(tuple(executed), errand.cases[place:], str(error))
            finally:
                self.journal.leases.free(case.customer)
        return Answer(tuple(executed))

    def _walk(self, case: CaseName, executed: list[tuple[str, str]]) -> None:
        """Run the phases of a case in order, cut-over back to back, as far as it can go."""
        ran = False
        for phase in CASE_PHASES[1:]:
            ran = self._step(case, phase, executed, ran=ran) or ran
            if phase == "05_suspend":
                if self.agenda.drifted_since(case):
                    # The plan is made anew at once: every day until it is approved is billed twice.
                    for again in CUT_OVER:
                        self._step(case, again, executed)
                self.journal.cut_overs.end(case.chain)

    def _step(self, case: CaseName, phase: str, executed: list[tuple[str, str]], *, ran: bool = False) -> bool:
        """Run a phase of a case if it is due and may begin; tell whether it ran.

        Raises:
            LeaseLost: The customer is another runner's by now.
        """
        if self.stop.at_once:
            return False
        if self.stop.asked and not (phase in CUT_OVER and is_set_up_only(self.journal, case)):
            return False
        if not self.agenda.is_due(case, phase, ran=ran):
            return False
        if phase == "04_recreate" and self.agenda.may_begin_cut_over(case) and not self._begin_cut_over(case):
            return False
        self.journal.leases.renew(case.customer)
        self.tell(case.company, phase)
        self.runs.run_phase(case, phase)
        executed.append((case.company, phase))
        return True

    def _begin_cut_over(self, case: CaseName) -> bool:
        """Wait until a cut-over may begin beside the others that are in hand (S13); tell whether it was worth it.

        What is set up and nobody works on is not waited for: `04_recreate` runs, is held and names it.

        Raises:
            LeaseLost: The customer is another runner's by now.
        """
        told, population = False, recorded_population(self.journal)
        while True:
            under_way = self.journal.cut_overs.under_way()
            others = begin_cut_over(self.journal, case, population)
            if others.isdisjoint(self.journal.cut_overs.under_way()):
                return True
            if not told:
                self.tell(case.company, "waits for other cut-overs")
                told = True
            while self.journal.cut_overs.under_way() == under_way:  # until one has ended, every case is as it was
                self.journal.leases.renew(case.customer)
                time.sleep(_LOOKS_AGAIN_SECONDS)
                if self.stop.asked:
                    return False
