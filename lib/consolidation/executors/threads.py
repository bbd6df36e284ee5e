"""Threads of this process: one computer, as many notebooks at the same time as `--workers` says."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from consolidation.kernels.provisioner import kill_kernels
from consolidation.walking import Answer, Errand, Walk


class Threads:
    """Works on customers in threads.

    Args:
        walk: What works on one of them.
        workers: How many at the same time.

    Attributes:
        slots: The same number.
    """

    def __init__(self, walk: Walk, workers: int) -> None:
        self.slots = workers
        self._walk = walk
        self._pool = ThreadPoolExecutor(max_workers=workers)

    def submit(self, errand: Errand) -> Future[Answer]:
        """Begin an errand."""
        return self._pool.submit(self._walk.work_on, errand)

    def lost(self, error: BaseException) -> bool:  # noqa: ARG002 - threads end with their process alone
        """Return False: a thread is never lost without the run."""
        return False

    def stop_at_once(self) -> None:
        """Kill the kernels at work: their notebooks fail, and say so."""
        kill_kernels()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False)
