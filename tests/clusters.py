"""A dask.distributed cluster of processes of their own: a scheduler and workers that come, go and are killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from whole_runs import eventually


class Cluster:
    """A scheduler with its workers; a context manager.

    Args:
        folder: For the scheduler's file and its log.
        workers: How many to start, each with one thread.
        allowed_failures: What the scheduler is started with; the run wants 0.
    """

    def __init__(self, folder: Path, workers: int, *, allowed_failures: int = 0) -> None:
        self._file = folder / "scheduler.json"
        self._log = (folder / "cluster.log").open("ab")
        environment = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures)}
        self._environment = {name: value for name, value in environment.items() if name != "CONSOLIDATION_RUNNER"}
        self._scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show")
        self._workers: list[subprocess.Popen[bytes]] = []
        self.add_workers(workers)

    @property
    def address(self) -> str:
        """The scheduler's address."""
        written = eventually(lambda: self._file.exists() and self._file.read_text(encoding="utf-8"), "a scheduler")
        return str(json.loads(written)["address"])

    def add_workers(self, count: int) -> None:
        """Start workers."""
        options = ("--no-nanny", "--nthreads", "1", "--no-dashboard")
        self._workers += [self._start("dask_worker", *options) for _ in range(count)]

    def kill_workers(self) -> None:
        """End all workers as a power cut would."""
        for process in self._workers:
            process.kill()
            process.wait()
        self._workers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill_workers()
        self._scheduler.kill()
        self._scheduler.wait()
        self._log.close()

    def _start(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(self._file), *options]
        return subprocess.Popen(
            command, env=self._environment, cwd=self._file.parent, stdout=self._log, stderr=self._log
        )
