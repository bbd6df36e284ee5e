"""Workers: warm processes, each with laboratories of its own, that run points side by side."""

from __future__ import annotations

import gc
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from multiprocessing.util import Finalize
from pathlib import Path
from types import TracebackType
from typing import Self

from database_server import DatabaseServer
from faults.grid_points import Laboratory, Point, Reference, Result
from faults.grid_scenarios import SCENARIOS


class Workers:
    """Some warm processes; a context manager.

    Args:
        count: As many as there are cores.
    """

    def __init__(self, count: int = 2) -> None:
        # A walk writes to the journal some 150 times, and waiting for a disk proves nothing here.
        memory = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it
        there = str(memory) if os.access(memory, os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="fault-grid-", dir=there))
        self._pool = ProcessPoolExecutor(
            max_workers=count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self._folder,),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def reference(self, scenario: str) -> Reference:
        """Walk a scenario without a fault."""
        return self._pool.submit(_reference, scenario).result()

    def run(self, points: Iterable[Point]) -> Iterator[Result]:
        """Run points, and yield each result as soon as there is one.

        A point that the laboratory itself stumbles over has failed, and the others go on.
        """
        submitted = {self._pool.submit(_run, point): point for point in points}
        for future in as_completed(submitted):
            stumbled = future.exception()
            if stumbled is None:
                yield future.result()
            else:
                yield Result(submitted[future], (f"{type(stumbled).__name__}: {stumbled}",), 0, 0, 0, 0.0)


class _Bench:
    """The laboratories of one worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / str(os.getpid())
        self._stack = ExitStack()
        self._laboratories: dict[tuple[str, bool], Laboratory] = {}

    def laboratory(self, scenario: str, *, on_database: bool) -> Laboratory:
        """Return the laboratory of a scenario; a database is started when the first one needs it."""
        key = (scenario, on_database)
        if key not in self._laboratories:
            database = self._stack.enter_context(DatabaseServer()) if on_database else None
            folder = self._folder / f"{scenario}{'-on-database' if on_database else ''}"
            found = Laboratory(folder, SCENARIOS[scenario], database)
            self._stack.callback(found.close)
            self._laboratories[key] = found
        return self._laboratories[key]

    def close(self) -> None:
        """Stop all that was started."""
        self._stack.close()


_benches: list[_Bench] = []
"""The bench of this process; empty in the process that has the workers."""


def _begin(folder: Path) -> None:
    """Warm up: what the notebooks import is imported once, and every walk is a fork."""
    import consolidation.kernels.warm

    assert consolidation.kernels.warm
    bench = _Bench(folder)
    _benches.append(bench)
    Finalize(None, bench.close, exitpriority=100)
    gc.freeze()


def _reference(scenario: str) -> Reference:
    return _benches[0].laboratory(scenario, on_database=False).reference


def _run(point: Point) -> Result:
    return _benches[0].laboratory(point.scenario, on_database=point.on_database).run(point)
