"""Walking the steps of a scenario, in processes that may be killed: the cells in a fork, or notebooks by papermill."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from faults.grid_gate import ORDERS, Called, Gate, Orders, to_environment
from faults.grid_scenarios import Scenario, Step
from faults.grid_stage import FORK, Stage
from world import NOTEBOOKS, World

from consolidation.errors import JournalError
from consolidation.journal import ENGAGEMENT_CHAIN
from consolidation.outcomes import Outcome, latest_outcome, record_outcome
from consolidation.population import find_case, recorded_population
from consolidation.runner import VARIABLE

MOST_SECONDS = 120.0
"""How long a walk may take before it counts as hung; the longest takes a few seconds."""

TESTS = Path(__file__).resolve().parent.parent


@dataclass
class Walked:
    """How far a walk came.

    Attributes:
        reached: The first step that has not ended as it should; the number of steps when all have.
        struck: The call that was struck.
        calls: All calls, where the process lived to tell.
        outcomes: Outcome of each step that is a notebook, by the place of the step.
        trouble: A traceback, or that the walk hung; empty for a walk that ended, was held or was killed.
        killed: The process died.
    """

    reached: int
    struck: Called | None = None
    calls: tuple[Called, ...] = ()
    outcomes: dict[int, str] = field(default_factory=dict)
    trouble: str = ""
    killed: bool = False


class Walker(Protocol):
    """Walks in a process of its own."""

    def walk(self, stage: Stage, start: int, *, expected: Sequence[str], orders: Orders, runner: str) -> Walked:
        """Walk from a step on, until one does not end as expected."""


class Cells:
    """Runs the cells of the notebooks in a fork of this process, one for each walk."""

    def walk(self, stage: Stage, start: int, *, expected: Sequence[str], orders: Orders, runner: str) -> Walked:
        """Walk from a step on, until one does not end as expected."""
        return self._fork(stage.world, stage.scenario.steps, start, expected, orders, runner)

    def record(self, stage: Stage, place: int, orders: Orders) -> Walked:
        """Walk one step, whatever it ends with."""
        return self._fork(stage.world, stage.scenario.steps[: place + 1], place, (), orders, "run-fault-free")

    def _fork(
        self, world: World, steps: Sequence[Step], start: int, expected: Sequence[str], orders: Orders, runner: str
    ) -> Walked:
        ours, theirs = FORK.Pipe()
        arguments = (world, steps, start, tuple(expected), orders, runner, theirs)
        process = FORK.Process(target=_walk_cells, args=arguments, name="walk")
        process.start()
        theirs.close()
        walked = Walked(start)
        while ours.poll(MOST_SECONDS):
            try:
                _hear(walked, ours.recv())
            except EOFError:
                break
        else:
            walked.trouble = f"The walk hung for {MOST_SECONDS:.0f} s."
            process.kill()
        process.join()
        ours.close()
        walked.killed = process.exitcode == -9
        return walked


def _hear(walked: Walked, said: tuple[str, Any]) -> None:
    kind, what = said
    if kind == "reached":
        walked.reached = what
    elif kind == "struck":
        walked.struck = what
    elif kind == "calls":
        walked.calls = what
    elif kind == "outcome":
        walked.outcomes[what[0]] = what[1]
    else:
        walked.trouble = what


def _walk_cells(
    world: World,
    steps: Sequence[Step],
    start: int,
    expected: Sequence[str],
    orders: Orders,
    runner: str,
    watcher: Connection,
) -> None:
    """Be the process that walks."""
    os.environ[VARIABLE] = runner
    # Nothing is written to a file that a full disk would refuse: what went wrong is told to the watcher.
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    gate = Gate(orders, lambda call: watcher.send(("struck", call)))
    gate.install()
    try:
        for place, step in list(enumerate(steps))[start:]:
            gate.begin(step.name)
            if step.people is not None:
                step.people(world)
            else:
                world.run(step.notebook, step.customer)
                outcome = _seen_outcome(world, step)
                watcher.send(("outcome", (place, outcome)))
                if expected and outcome != expected[place]:
                    break
            watcher.send(("reached", place + 1))
        watcher.send(("calls", tuple(gate.calls)))
    except Exception:  # noqa: BLE001 - a notebook never ends in a traceback, so each kind is told
        watcher.send(("trouble", traceback.format_exc()))


def _seen_outcome(world: World, step: Step) -> str:
    """Return the outcome as far as the journal can be read: its disk may be full, its database gone."""
    try:
        return outcome_of(world, step)
    except JournalError:
        return "unknown"


def outcome_of(world: World, step: Step) -> str:
    """Return the newest outcome of a step's notebook; empty when it has none."""
    with closing(world.journal) as journal:
        chain = find_case(recorded_population(journal), step.customer, "").chain if step.customer else ENGAGEMENT_CHAIN
        found = latest_outcome(journal, chain, step.notebook)
    return found.outcome if found else ""


class Papermill:
    """Executes the notebooks by papermill in warm kernels, the gate in the kernel of the struck one.

    It uses threads, so this is not a process to fork from: it forks one that lives as long as it does.
    """

    def __init__(self) -> None:
        self._ours, theirs = FORK.Pipe()
        self._process = FORK.Process(target=_serve_papermill, args=(theirs, self._ours), name="papermill")
        self._process.start()
        theirs.close()

    def walk(self, stage: Stage, start: int, *, expected: Sequence[str], orders: Orders, runner: str) -> Walked:
        """Walk from a step on, until one does not end as expected."""
        self._ours.send((stage.world, stage.scenario.name, start, tuple(expected), orders, runner))
        if not self._ours.poll(MOST_SECONDS):
            self._process.kill()
            return Walked(start, trouble=f"Papermill hung for {MOST_SECONDS:.0f} s.")
        walked: Walked = self._ours.recv()
        return walked

    def close(self) -> None:
        """End the process."""
        if self._process.is_alive():
            self._ours.send(None)
        self._process.join()
        self._ours.close()


def _serve_papermill(watcher: Connection, other_end: Connection) -> None:
    """Be the process that runs papermill, until nobody asks any more."""
    from faults.grid_scenarios import SCENARIOS

    other_end.close()  # a fork inherits it, and would wait for itself
    with tempfile.TemporaryDirectory(prefix="grid-kernels-") as folder, suppress(EOFError):
        os.environ["IPYTHONDIR"] = folder
        startup = Path(folder) / "profile_default" / "startup"
        startup.mkdir(parents=True)
        lines = (
            "import sys",
            f"sys.path.insert(0, {str(TESTS)!r})",
            "from faults.grid_gate import install_from_environment",
            "install_from_environment()",
        )
        (startup / "00-gate.py").write_text("\n".join(lines), encoding="utf-8")
        told = Path(folder) / "struck.json"
        while (asked := watcher.recv()) is not None:
            world, name, start, expected, orders, runner = asked
            os.environ[VARIABLE] = runner
            watcher.send(_walk_papermill(world, SCENARIOS[name], start, expected, orders, told))


def _walk_papermill(
    world: World, scenario: Scenario, start: int, expected: Sequence[str], orders: Orders, told: Path
) -> Walked:
    walked = Walked(start)
    told.unlink(missing_ok=True)
    try:
        for place in range(start, len(scenario.steps)):
            step = scenario.steps[place]
            if step.people is not None:
                step.people(world)
            else:
                walked.outcomes[place] = _execute(world, step, orders, told)
                if walked.outcomes[place] != expected[place]:
                    break
            walked.reached = place + 1
    except Exception:  # noqa: BLE001 - as above
        walked.trouble = traceback.format_exc()
    if told.exists():
        walked.struck = Called(**json.loads(told.read_text(encoding="utf-8")))
    return walked


def _execute(world: World, step: Step, orders: Orders, told: Path) -> str:
    """Execute one notebook as `consolidate run` does, and see that its outcome is written."""
    from consolidation.kernels.execution import execute

    if orders.call is not None and orders.call.step == step.name:
        os.environ[ORDERS] = to_environment(orders, step.name, told)
    parameters = {"engagement": str(world.path)}
    journal = world.journal
    try:
        chain = ENGAGEMENT_CHAIN
        if step.customer:
            case = world.case(step.customer)
            chain, parameters = case.chain, {**parameters, "customer": case.customer, "source": case.source}
        before, _ = journal.head(chain)
        execution = execute(NOTEBOOKS / f"{step.notebook}.ipynb", parameters)
        written = journal.entries(chain, after=before, kinds={"outcome"}, phase=step.notebook)
        if not written or execution.stopped_by:
            record_outcome(journal, chain, Outcome(step.notebook, "failed", (execution.stopped_by,)))
    finally:
        os.environ.pop(ORDERS, None)
        journal.close()
    return outcome_of(world, step)
