"""The other end of `--executor dask:ADDRESS`: what a worker process does with an errand that it is given.

Each process of a cluster is a runner of its own, so that the lease keeps a customer with one of them, whatever the
scheduler believes: it may give a task to a second worker while the first, whose connection was lost, still works.
"""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from consolidation.engagement import load_engagement
from consolidation.errors import EngagementError
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.runner import STARTED_BY, VARIABLE
from consolidation.session import open_journal
from consolidation.walking import Answer, Errand, Walk


@dataclass(frozen=True)
class Assignment:
    """For which run a worker works.

    Attributes:
        run: Its runner id.
        started_by: Who started it: that person applies, whatever account the worker runs under.
        engagement: Path of the engagement file, on storage that all computers share.
        digest: SHA-256 of that file.
        notebooks: Folder of the notebooks, likewise.
        phases: Phases named with `--phase`.
        version: Of the runbook.
    """

    run: str
    started_by: str
    engagement: str
    digest: str
    notebooks: str
    phases: tuple[str, ...]
    version: str


class NeverAsked:
    """A worker is not asked to stop: the run gives it no more errands, and it ends the one that it has."""

    asked = at_once = False


class _Work:
    """What this process works on: one run at a time, for leases belong to the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._assignment: Assignment | None = None
        self._walk: Walk | None = None
        self._at_work = 0

    def begin(self, assignment: Assignment) -> Walk | None:
        """Return what works on a customer of this run; None while this process still works for another run."""
        with self._lock:
            if self._walk is None or assignment != self._assignment:
                if self._at_work:
                    return None
                self._open(assignment)
            self._at_work += 1
            return self._walk

    def end(self) -> None:
        """One errand less."""
        with self._lock:
            self._at_work -= 1

    def _open(self, assignment: Assignment) -> None:
        if self._walk is not None:
            self._walk.journal.close()
        self._walk = self._assignment = None
        os.environ[VARIABLE] = f"{assignment.run}/{uuid.uuid4().hex[:8]}"
        os.environ[STARTED_BY] = assignment.started_by
        self._walk = _open_walk(assignment)
        self._assignment = assignment


_WORK = _Work()


def work_on(assignment: Assignment, errand: Errand) -> Answer:
    """Work on a customer for a run, in this worker process.

    Raises:
        EngagementError: This computer does not see what the run sees; the message says what.
        partner_center.errors.CredentialsMissing: This computer has no credentials for a tenant.
    """
    walk = _WORK.begin(assignment)
    if walk is None:
        return Answer(left=errand.cases, why=f"The worker on {socket.gethostname()} still works for another run.")
    try:
        return walk.work_on(errand)
    finally:
        _WORK.end()


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _open_walk(assignment: Assignment) -> Walk:
    path, notebooks = Path(assignment.engagement), Path(assignment.notebooks)
    missing = [str(place) for place in (path, notebooks / "01_prepare.ipynb") if not place.is_file()]
    problems = [f"It does not see {place}." for place in missing]
    if not missing and digest_of(path) != assignment.digest:
        problems.append(f"Its {path} is another one than that of the run.")
    if version("tenant-consolidation") != assignment.version:
        problems.append(f"Its runbook is version {version('tenant-consolidation')}, the run's {assignment.version}.")
    if problems:
        raise _unfit(problems)
    engagement = load_engagement(str(path))
    for tenant in (*engagement.sources, engagement.target):
        engagement.find_credentials(tenant)
    journal = open_journal(engagement)
    if not _sees_archive(journal, engagement.archive_folder):
        journal.close()
        raise _unfit([f"What lies in the archive {engagement.archive_folder} is not there."])
    return Walk(engagement, journal, notebooks, assignment.phases, lambda _company, _phase: None, NeverAsked())


def _sees_archive(journal: Journal, archive: Path) -> bool:
    """Tell whether the archive here is the run's: the newest notebook that the journal knows of lies in it."""
    newest = journal.last(ENGAGEMENT_CHAIN, "archived")
    return newest is not None and (archive / str(newest.body["notebook"])).is_file()


def _unfit(problems: list[str]) -> EngagementError:
    return EngagementError(
        [f"The worker on {socket.gethostname()} cannot work for this run.", *problems],
        next_step="Engagement file, notebooks and archive lie on storage that all computers see under the same path.",
    )
