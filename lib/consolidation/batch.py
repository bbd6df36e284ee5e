"""Walks every case as far as it can go, each phase as a notebook through papermill (M30, S13, S15)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from consolidation.case import Case
from consolidation.clients import Clients
from consolidation.engagement import Engagement
from consolidation.errors import LeaseLost
from consolidation.evidence.archive import Archive
from consolidation.evidence.static_html import Banner, render
from consolidation.front_end import SignInNotice
from consolidation.interlocks import is_set_up_only
from consolidation.journal import ENGAGEMENT_CHAIN, Journal, case_chain
from consolidation.kernels.execution import execute, with_banner
from consolidation.outcomes import (
    CASE_PHASES,
    FINISHED,
    Outcome,
    latest_outcome,
    record_outcome,
)
from consolidation.phases.azure import something_moved
from consolidation.population import CaseName, recorded_population
from consolidation.runner import operating_system_user
from consolidation.sealing import seal_archive
from partner_center.models import identity

ROUTED_PHASES = frozenset({"03_transfer", "04_recreate", "06_azure", "07_close"})
"""Phases that look at the routes of the rows: a choice makes them run again although they had ended."""


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
    """

    def __init__(
        self, engagement: Engagement, journal: Journal, options: Options, tell: Callable[[str, str], None]
    ) -> None:
        self._engagement = engagement
        self._journal = journal
        self._options = options
        self._tell = tell
        self._clients = Clients(engagement, journal, SignInNotice().show)
        self._archive = Archive(engagement.archive_folder)
        self._report = Report()
        self._lock = threading.Lock()
        self._accepted: set[str] | None = None
        self._before = {chain: journal.head(chain)[0] for chain in journal.chains()}

    def run(self) -> Report:
        """Run: connect, prepare every case, finish what is set up, walk the others, portfolio, evidence."""
        started = datetime.now(UTC)
        self._engagement_notebook("00_connect")
        cases = [case for case in recorded_population(self._journal) if self._options.chosen(case)]
        connected = latest_outcome(self._journal, ENGAGEMENT_CHAIN, "00_connect")
        if connected and connected.outcome == "done":
            self._each_customer(cases, self._prepare)
            unfinished = [case for case in cases if is_set_up_only(self._journal, case)]
            self._each_customer(unfinished, self._walk)
            self._each_customer([case for case in cases if case not in unfinished], self._walk)
        for phase in ("90_portfolio", "91_activity_log"):
            self._engagement_notebook(phase)
        self._count_effects()
        if self._report.executed:
            self._report.manifest = seal_archive(self._engagement, self._journal, self._archive, started=started)
        return self._report

    def _each_customer(self, cases: Sequence[CaseName], work: Callable[[CaseName], None]) -> None:
        """Work on the cases, several customers at a time; both cases of one customer share a lease, so one by one."""
        groups: dict[str, list[CaseName]] = {}
        for case in cases:
            groups.setdefault(case.customer, []).append(case)
        with ThreadPoolExecutor(max_workers=self._options.workers) as pool:
            futures = [pool.submit(self._with_lease, group, work) for group in groups.values()]
            try:
                for future in futures:
                    future.result()
            except (
                BaseException
            ):  # a failed case never gets here; ^C and faults of ours end the run after those at work
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _with_lease(self, cases: Iterable[CaseName], work: Callable[[CaseName], None]) -> None:
        for case in cases:
            try:
                self._journal.leases.take(case.customer)
            except LeaseLost as error:
                with self._lock:
                    self._report.left.append(f"{case.company}: {error}")
                continue
            try:
                work(case)
            finally:
                self._journal.leases.free(case.customer)

    def _prepare(self, case: CaseName) -> None:
        if self._asked_for("01_prepare") and self._has_to_run(case, "01_prepare"):
            self._case_notebook(case, "01_prepare")

    def _walk(self, case: CaseName) -> None:
        """Run the phases of a case in order, cut-over back to back, as far as it can go."""
        ran = False
        for phase in CASE_PHASES[1:]:
            if not self._asked_for(phase) or not self._within_reach(case, phase):
                continue
            if self._has_to_run(case, phase) or (phase == "07_close" and ran and not self._finished(case, phase)):
                self._case_notebook(case, phase)
                ran = True

    def _asked_for(self, phase: str) -> bool:
        return not self._options.phases or phase in self._options.phases

    def _finished(self, case: CaseName, phase: str) -> bool:
        outcome = latest_outcome(self._journal, case.chain, phase)
        return outcome is not None and outcome.outcome in FINISHED

    def _within_reach(self, case: CaseName, phase: str) -> bool:
        """Tell whether the phases that this one builds on have come far enough; one that is named runs anyway."""
        if phase in self._options.phases:
            return True
        if phase == "02_invite":
            return self._finished(case, "01_prepare")
        if phase == "05_suspend":
            return self._finished(case, "04_recreate")
        if phase == "07_close":
            return all(
                latest_outcome(self._journal, case.chain, earlier)
                for earlier in ("02_invite", "04_recreate", "06_azure")
            )
        return self._finished(case, "02_invite")

    def _has_to_run(self, case: CaseName, phase: str) -> bool:
        """Tell whether a phase runs now: never ran, held, failed, or waiting and something changed."""
        outcome = latest_outcome(self._journal, case.chain, phase)
        if outcome is None or phase in self._options.phases:
            return True
        if outcome.outcome in FINISHED:
            return self._by_hand_only(case.chain, phase) or self._rerouted(case, phase)
        if outcome.outcome != "waiting":
            return True
        return self._news(case, phase) or self._has_changed(case, phase)

    def _rerouted(self, case: CaseName, phase: str) -> bool:
        """Tell whether somebody chose another route since a phase that plans by routes ended.

        A cut-over that has begun is finished first: its plan holds for what was bought, and both tenants are billed.
        """
        ended = self._journal.last(case.chain, "outcome", phase=phase)
        if ended is None or phase not in ROUTED_PHASES or is_set_up_only(self._journal, case):
            return False
        chosen = self._journal.entries(case.chain, after=ended.number, kinds={"chosen"})
        return any("route" in entry.body for entry in chosen)

    def _by_hand_only(self, chain: str, phase: str) -> bool:
        """Tell whether a phase was last run by hand: that is provisional, and is run once more to be archived."""
        ended = self._journal.last(chain, "outcome", phase=phase)
        archived = self._journal.last(chain, "archived", phase=phase)
        return ended is not None and (archived is None or archived.number < ended.number)

    def _news(self, case: CaseName, phase: str) -> bool:
        """Tell whether somebody decided or confirmed something since the phase's outcome."""
        ended = self._journal.last(case.chain, "outcome", phase=phase)
        since = ended.number if ended else 0
        return bool(self._journal.entries(case.chain, after=since, kinds={"decided", "confirmed", "chosen"}))

    def _has_changed(self, case: CaseName, phase: str) -> bool:
        """Ask Partner Center, with as few reads as there are, whether what we wait for has happened."""
        if phase == "02_invite":
            return identity(case.customer) in self._accepted_customers()
        if phase == "06_azure":
            return something_moved(Case(self._engagement, self._journal, self._clients, case, phase))
        return phase != "07_close"

    def _accepted_customers(self) -> set[str]:
        """Return the customers of the target, by one list read for the whole run."""
        with self._lock:
            if self._accepted is None:
                self._accepted = {identity(customer.id) for customer in self._clients.target.customers()}
            return self._accepted

    def _engagement_notebook(self, phase: str) -> None:
        named = phase in self._options.phases
        outcome = latest_outcome(self._journal, ENGAGEMENT_CHAIN, phase)
        if phase == "00_connect":
            by_hand = self._by_hand_only(ENGAGEMENT_CHAIN, phase)
            needed = outcome is None or outcome.outcome not in FINISHED or by_hand
        else:
            needed = not self._options.phases and (outcome is None or self._report.executed > 0)
        if named or needed:
            self._notebook(ENGAGEMENT_CHAIN, phase, {}, self._archive.engagement_folder(), self._engagement.name)

    def _case_notebook(self, case: CaseName, phase: str) -> None:
        parameters = {"customer": case.customer, "source": case.source}
        folder = self._archive.case_folder(case.source, case.customer, case.company)
        self._notebook(case_chain(case.source, case.customer), phase, parameters, folder, case.company)

    def _notebook(self, chain: str, phase: str, parameters: Mapping[str, str], folder: Path, title: str) -> None:
        """Execute one notebook, see that its outcome is written, archive it with its HTML."""
        self._tell(title, phase)
        before, _ = self._journal.head(chain)
        started = datetime.now(UTC)
        every = {"engagement": str(self._engagement.path), **parameters}
        execution = execute(self._options.notebooks / f"{phase}.ipynb", every)
        notebook = execution.notebook
        written = self._journal.entries(chain, after=before, kinds={"outcome"}, phase=phase)
        if not written or execution.stopped_by:
            reason = execution.stopped_by or "The notebook ended without an outcome: look at its cells in the archive."
            record_outcome(self._journal, chain, Outcome(phase, "failed", (reason,)))
            notebook = with_banner(notebook, reason)
        outcome = latest_outcome(self._journal, chain, phase)
        assert outcome is not None  # noqa: S101 - written just above at the latest
        text, page = _text(notebook), self._page(notebook, outcome, title, parameters, started)
        with self._lock:  # two notebooks of one second must not want the same name
            path = self._archive.notebook_path(folder, phase, started)
            self._archive.write(path, text)
            self._archive.write(path.with_suffix(".html"), page)
            self._report.executed += 1
        relative = path.relative_to(self._archive.root).as_posix()
        self._journal.append(chain, "archived", {"notebook": relative}, phase=phase)

    def _page(
        self,
        notebook: Mapping[str, object],
        outcome: Outcome,
        title: str,
        parameters: Mapping[str, str],
        started: datetime,
    ) -> str:
        banner = Banner(
            engagement=self._engagement.name,
            phase=outcome.phase,
            outcome=outcome.outcome,
            case=title,
            reasons=outcome.reasons,
            facts={
                **{name.capitalize(): value for name, value in parameters.items()},
                "Executed": f"{started:%Y-%m-%d %H:%M:%S} UTC",
                "Started by": operating_system_user(),
            },
        )
        return render(notebook, f"{outcome.phase} {title}", banner)

    def _count_effects(self) -> None:
        for chain in self._journal.chains():
            for entry in self._journal.entries(chain, after=self._before.get(chain, 0), kinds={"intended", "retried"}):
                action = str(entry.body.get("action", "repeat of an earlier call"))
                self._report.effects[action] = self._report.effects.get(action, 0) + 1


def _text(notebook: Mapping[str, object]) -> str:
    import nbformat

    return str(nbformat.writes(notebook))
