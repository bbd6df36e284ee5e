"""Workers of a dask.distributed cluster: `--executor dask:ADDRESS`, the extra `dask` (M37).

The scheduler hands out customers; that no two work on one is the business of the lease in the shared journal. A worker
that dies is noticed by its scheduler, which must not try again by itself (`allowed-failures` 0): the run does, once
the dead one's lease has ended.
Source: "Configuration Reference" of Dask (distributed.scheduler.allowed-failures).
"""

from __future__ import annotations

from concurrent.futures import CancelledError, Future
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError, EngagementError
from consolidation.executors.dask_errands import Assignment, digest_of, work_on
from consolidation.journal.database import database_url
from consolidation.runner import operating_system_user, runner_id
from consolidation.walking import Answer, Errand

if TYPE_CHECKING:
    from distributed import Client, Scheduler

CONNECT_SECONDS = 15


class DaskWorkers:
    """Has customers worked on by the workers of a cluster.

    Args:
        address: Of the scheduler, for example `tcp://10.0.0.5:8786`.
        engagement: Loaded and checked; its journal is on PostgreSQL, its file and archive on shared storage.
        notebooks: Folder of the notebooks, on shared storage.
        phases: Phases named with `--phase`.

    Raises:
        EngagementError: The extra is not installed, the journal cannot be shared, or the cluster cannot be used.
    """

    def __init__(self, address: str, engagement: Engagement, notebooks: Path, phases: tuple[str, ...]) -> None:
        require_shared_journal(engagement)
        self._address = address
        self._client = _connect(address)
        self._executor = self._client.get_executor(pure=False, retries=0)
        self._assignment = Assignment(
            run=runner_id(),
            started_by=operating_system_user(),
            engagement=str(engagement.path),
            digest=digest_of(engagement.path),
            notebooks=str(notebooks),
            phases=phases,
            version=version("tenant-consolidation"),
        )

    @property
    def slots(self) -> int:
        """How many threads all workers have together, now."""
        try:
            return sum(self._client.nthreads().values())
        except (OSError, TimeoutError) as error:
            raise ConsolidationError(
                f"The scheduler {self._address} does not answer any more.",
                next_step="Start it again, then run the same command once more: what is done is not done again.",
            ) from error

    def submit(self, errand: Errand) -> Future[Answer]:
        """Give an errand to the worker that the scheduler picks."""
        future: Future[Answer] = self._executor.submit(work_on, self._assignment, errand)
        return future

    def lost(self, error: BaseException) -> bool:
        """Tell whether the worker died, or was taken out of the cluster, while it worked."""
        from distributed import KilledWorker

        return isinstance(error, KilledWorker | CancelledError)

    def stop_at_once(self) -> None:
        """Leave the cluster: its workers are other runners, and end the notebook that they have."""
        self._client.close()

    def close(self) -> None:
        """Leave the cluster; it goes on without us."""
        self._client.close()


def require_shared_journal(engagement: Engagement) -> None:
    """Refuse a journal that other computers cannot reach.

    Raises:
        EngagementError: It is a SQLite file.
    """
    if database_url(engagement.journal_url).get_backend_name() != "postgresql":
        raise EngagementError(
            ["Workers on several computers share journal, leases and rate budget, and a SQLite file cannot be shared."],
            next_step="Write the URL of a PostgreSQL database under 'journal', or use --executor threads.",
        )


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise EngagementError(
            ["--executor dask:ADDRESS needs dask.distributed, which is not installed."],
            next_step='Install it here and on every worker: pip install "tenant-consolidation[dask]".',
        ) from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise EngagementError(
            [f"No dask scheduler answers at {address}."],
            next_step="Give the address that 'dask scheduler' prints, for example dask:tcp://10.0.0.5:8786.",
        ) from error
    if client.run_on_scheduler(_allowed_failures) != 0:
        client.close()
        raise EngagementError(
            [f"The scheduler at {address} gives the work of a dead worker to others by itself."],
            next_step="Start it with DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0: the run does that, by leases.",
        )
    return client


def _allowed_failures(dask_scheduler: Scheduler) -> int:
    return int(dask_scheduler.allowed_failures)
