"""Whole runs: the real command as a process of its own, watched through the simulator, stopped at a chosen call."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest
from demo_run import CONSOLIDATE
from world import World

from partner_center_simulator.strikes import FaultsOnRequest

Found = TypeVar("Found")

WRONG_CLOCK = Path(__file__).resolve().parent / "wrong_clock"


def eventually(look: Callable[[], Found], what: str) -> Found:
    """Return what a look gives as soon as it gives something; fail after two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"it did not happen within two minutes: {what}")


class Gate:
    """Holds one call at the door of Partner Center until it is opened: an event instead of a sleep.

    Args:
        world: Its simulator runs in this process.
        patch: Undoes what is changed in the simulator.
        method: Of the call.
        path: Regular expression in the call's path.
        nth: Which of these calls is held.
    """

    def __init__(self, world: World, patch: pytest.MonkeyPatch, method: str, path: str, *, nth: int = 1) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()
        whatever = FaultsOnRequest._aside

        async def held(strikes: FaultsOnRequest, rule: Any, scope: Any) -> None:
            if rule.kind != "latency":
                await whatever(strikes, rule, scope)
                return
            self._reached.set()
            await asyncio.to_thread(self._opened.wait, 120)

        patch.setattr(FaultsOnRequest, "_aside", held)
        world.faults({"method": method, "path": path, "nth": nth, "kind": "latency"})

    def wait_until_reached(self) -> None:
        """Wait until the call is held."""
        assert self._reached.wait(120), "the call never came"

    def open(self) -> None:
        """Let the call go on."""
        self._opened.set()


class WholeRun:
    """`consolidate run` on a world, in a process group of its own, as a terminal starts it.

    Args:
        world: Whose engagement.
        options: Of the command.
        clock_ahead: Seconds by which the computer's clock is wrong.
    """

    def __init__(self, world: World, *options: str, clock_ahead: float = 0) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "CONSOLIDATION_RUNNER"}
        if clock_ahead:
            path = os.pathsep.join(filter(None, (str(WRONG_CLOCK), environment.get("PYTHONPATH", ""))))
            environment |= {"PYTHONPATH": path, "CLOCK_AHEAD_SECONDS": str(clock_ahead)}
        self._process = subprocess.Popen(
            [CONSOLIDATE, "run", str(world.path), "--json", *options],
            cwd=world.path.parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def kill(self) -> None:
        """End it as a crash would: without a chance to tidy up."""
        self._process.kill()
        self._process.wait()

    def interrupt(self) -> None:
        """Press ^C: everything in the terminal's foreground hears it."""
        os.killpg(self._process.pid, signal.SIGINT)

    def terminate(self) -> None:
        """Stop it as a scheduler does that knows all processes of a job: each is sent SIGTERM, kernels too."""
        for process in (self._process.pid, *descendants(self._process.pid)):
            os.kill(process, signal.SIGTERM)

    def said(self, words: str) -> None:
        """Wait until it prints a line with these words to stderr."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}")

    def end(self) -> tuple[int, dict[str, Any] | None, str]:
        """Wait for its end; return exit code, the document on stdout if there is one, and what is left of stderr."""
        printed, told = self._process.communicate(timeout=300)
        return self._process.returncode, json.loads(printed) if printed else None, told


def descendants(process: int) -> Iterator[int]:
    """Yield the processes below one, in Linux's process table."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parent = int((folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            except OSError:  # it has ended since
                continue
            if parent == process:
                yield from (int(folder.name), *descendants(int(folder.name)))
