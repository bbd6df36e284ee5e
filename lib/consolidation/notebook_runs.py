"""Executes one notebook, sees that its outcome is written, and archives it with its HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from consolidation.engagement import Engagement
from consolidation.evidence.archive import Archive
from consolidation.evidence.static_html import Banner, render
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.kernels.execution import Execution, execute, with_banner
from consolidation.outcomes import Outcome, outcome_of, record_outcome
from consolidation.population import CaseName
from consolidation.runner import operating_system_user, runner_id

ENDED_AT_ONCE = (
    "Somebody stopped the run at once while this notebook ran: run it again, it settles first what was open."
)


_STARTS = 3
"""Kernels that are started for a notebook when they end before its first cell."""


class NotebookRuns:
    """The notebooks of one run.

    Args:
        engagement: Loaded and checked.
        journal: Its journal.
        archive: Its archive.
        notebooks: Folder of the notebooks.
        ended_at_once: Tells whether a notebook that stopped did so because the run was stopped at once.
    """

    def __init__(
        self,
        engagement: Engagement,
        journal: Journal,
        archive: Archive,
        notebooks: Path,
        *,
        ended_at_once: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engagement = engagement
        self._journal = journal
        self._archive = archive
        self._notebooks = notebooks
        self._ended_at_once = ended_at_once

    def run_engagement_phase(self, phase: str) -> None:
        """Execute a notebook of the engagement itself."""
        self._run(ENGAGEMENT_CHAIN, phase, {}, self._archive.engagement_folder(), self._engagement.name)

    def run_phase(self, case: CaseName, phase: str) -> None:
        """Execute a notebook of a case."""
        parameters = {"customer": case.customer, "source": case.source}
        folder = self._archive.case_folder(case.source, case.customer, case.company)
        self._run(case.chain, phase, parameters, folder, case.company)

    def _run(self, chain: str, phase: str, parameters: Mapping[str, str], folder: Path, title: str) -> None:
        before, _ = self._journal.head(chain)
        started = datetime.now(UTC)
        source = self._notebooks / f"{phase}.ipynb"
        source_digest = hashlib.sha256(source.read_bytes()).hexdigest()
        every = {"engagement": str(self._engagement.path), **parameters}
        execution = self._execute(source, every)
        if execution.stopped_by and self._ended_at_once():
            execution = replace(execution, stopped_by=ENDED_AT_ONCE)
        finished = datetime.now(UTC)
        outcome, notebook = self._outcome(chain, phase, before, execution)
        text, page = _text(notebook), self._page(notebook, outcome, title, parameters, started)
        path = self._archive.write_notebook(folder, phase, started, text, page)
        relative = path.relative_to(self._archive.root).as_posix()
        body = {
            "notebook": relative,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "source_sha256": source_digest,
            "parameters": every,
            "started": started.isoformat(timespec="milliseconds"),
            "finished": finished.isoformat(timespec="milliseconds"),
            "outcome": outcome.outcome,
        }
        self._journal.append(chain, "archived", body, phase=phase)

    def _execute(self, source: Path, parameters: Mapping[str, str]) -> Execution:
        """Execute a notebook; in place of a kernel that ended before the first cell another one is started.

        Its ports are chosen before it listens on them: with thousands of kernels some other program takes one in
        between, now and then, and a cut-over is not to stop half-way for that.
        """
        execution = execute(source, parameters)
        for _ in range(_STARTS - 1):
            if execution.began or self._ended_at_once():
                break
            execution = execute(source, parameters)
        return execution

    def _outcome(
        self, chain: str, phase: str, before: int, execution: Execution
    ) -> tuple[Outcome, Mapping[str, object]]:
        """Return the outcome that this notebook wrote, or write that it failed; another run's outcome is not its."""
        entries = self._journal.entries(chain, after=before, kinds={"outcome"}, phase=phase)
        written = [entry for entry in entries if entry.runner == runner_id()]
        if written and not execution.stopped_by:
            return outcome_of(written[-1]), execution.notebook
        self._journal.check(chain)  # a notebook that found its journal altered writes nothing into it, nor do we
        reason = execution.stopped_by or "The notebook ended without an outcome: look at its cells in the archive."
        failed = record_outcome(self._journal, chain, Outcome(phase, "failed", (reason,)))
        return outcome_of(failed), with_banner(execution.notebook, reason)

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


def _text(notebook: Mapping[str, object]) -> str:
    import nbformat

    return str(nbformat.writes(notebook))
