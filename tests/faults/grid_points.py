"""The points of the grid: one call, one fault; and what becomes of the case when it strikes."""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from database_server import DatabaseServer
from faults.grid_ending import Ending, differences, effects_lost, orders_doubled, read_ending
from faults.grid_faults import API, AT_THE_REPEAT, DATABASE_GONE, FAULTS, UNANSWERED, Fault, applies
from faults.grid_gate import ANY, Called, Orders
from faults.grid_scenarios import SCENARIOS, Scenario
from faults.grid_stage import Stage
from faults.grid_walk import Cells, Papermill, Walked, Walker

MOST_ROUNDS = 3
"""How often a case may be run again after a fault; what needs more is a failure."""

MOST_ROOM = 40_000
"""Bytes that a file can still grow on a disk that is all but full: several entries of the journal, or half of one."""


@dataclass(frozen=True)
class Point:
    """One call of a scenario and the fault that strikes it.

    Attributes:
        scenario: Its name.
        call: The call that is struck.
        fault: What strikes it.
        then: What strikes the same call of the next run, for a write that stayed without answer.
        papermill: Whether the notebooks run through papermill.
    """

    scenario: str
    call: Called
    fault: Fault
    then: Fault | None = None
    papermill: bool = False

    @property
    def id(self) -> str:
        """Names the point; `python -m faults.grid --only ID` runs it alone."""
        step = self.call.step.replace(" ", "_")
        way = "/papermill" if self.papermill else ""
        then = f"+{self.then.name}" if self.then else ""
        return f"{self.scenario}/{step}/{self.call.number}/{self.fault.name}{then}{way}"

    @property
    def on_database(self) -> bool:
        """Whether its journal lies on PostgreSQL."""
        return self.fault.kind in DATABASE_GONE


@dataclass(frozen=True)
class Result:
    """What became of a case.

    Attributes:
        point: Which one.
        failures: What differs from the end without a fault; empty when the case survived.
        reruns: How often it was run again.
        doubled: Orders that were placed more often than without a fault.
        lost: Steps that were done without a fault and not here.
        seconds: How long it took.
    """

    point: Point
    failures: tuple[str, ...]
    reruns: int
    doubled: int
    lost: int
    seconds: float


@dataclass(frozen=True)
class Reference:
    """The walk without a fault: the measure of all others."""

    calls: tuple[Called, ...]
    expected: tuple[str, ...]
    ending: Ending


def all_points(scenario: Scenario, reference: Reference) -> Iterator[Point]:
    """Return every call of the scenario with every fault that can strike it."""
    struck = {step.name for step in scenario.steps if step.struck}
    with_customer = {step.name for step in scenario.steps if step.customer}
    for call in reference.calls:
        if call.step in struck:
            faults = [fault for fault in FAULTS if applies(fault, call.method, call.path)]
            # The engagement's own notebooks work on no customer whose lease could be lost.
            faults = [fault for fault in faults if fault.kind != "lease-lost" or call.step in with_customer]
            yield from (Point(scenario.name, call, fault) for fault in faults)
            if is_write(call):
                yield from (Point(scenario.name, call, one, then) for one in UNANSWERED for then in AT_THE_REPEAT)


def database_points(scenario: Scenario, reference: Reference, steps: Sequence[str]) -> Iterator[Point]:
    """Return every call of some steps with the faults of a database that is gone."""
    for call in reference.calls:
        if call.step in steps:
            yield from (Point(scenario.name, call, Fault(kind)) for kind in DATABASE_GONE)


def is_write(call: Called) -> bool:
    """Tell whether a call writes to a tenant: a checkout, a suspension, an attestation."""
    return call.method != "GET" and call.path.startswith(API)


def counts(call: Called) -> bool:
    """Tell whether a call buys, suspends or moves something: a write, but no cart, which buys nothing by itself."""
    return is_write(call) and not call.path.endswith(("/carts", "/agreements"))


class Laboratory:
    """Walks one scenario on a stage of its own: once without a fault, then with one at each point that it is given.

    Args:
        folder: Its own, empty.
        scenario: The case.
        database: Where the journal lies; None for SQLite.
    """

    def __init__(self, folder: Path, scenario: Scenario, database: DatabaseServer | None = None) -> None:
        self._scenario = scenario
        self._database = database
        self._cells = Cells()
        self._papermill: Papermill | None = None
        self._stage = Stage(folder, scenario, database)
        self.reference = self._record()

    def close(self) -> None:
        """Stop what was started."""
        if self._papermill is not None:
            self._papermill.close()
        self._stage.close()

    def run(self, point: Point) -> Result:
        """Let the fault strike, end it, run the case again until it ends, and compare."""
        began = time.monotonic()
        place = next(n for n, step in enumerate(self._scenario.steps) if step.name == point.call.step)
        self._stage.put_back(str(place))
        walker = self._walker(point)
        walked = self._walk(walker, place, self._orders(point), "run-struck")
        failures = list(self._after_the_strike(point, walked))
        reruns = 0
        while walked.reached < len(self._scenario.steps) and reruns < MOST_ROUNDS:
            reruns += 1
            self._stage.end_fault()
            orders = self._next_orders(point) if point.then and reruns == 1 else self._quiet()
            walked = self._walk(walker, walked.reached, orders, f"run-again-{reruns}")
            if walked.trouble:
                failures.append(walked.trouble)
        self._stage.end_fault()
        if walked.reached < len(self._scenario.steps):
            step = self._scenario.steps[walked.reached]
            failures.append(
                f"After {reruns} more runs {step.name} is {walked.outcomes.get(walked.reached, 'unknown')}."
            )
        ending = read_ending(self._stage)
        failures += differences(self.reference.ending, ending)
        return Result(
            point,
            tuple(failures),
            reruns,
            orders_doubled(self.reference.ending, ending),
            effects_lost(self.reference.ending, ending).total(),
            time.monotonic() - began,
        )

    def _record(self) -> Reference:
        """Walk step by step without a fault, keep the moment before each, and note what is called and how it ends."""
        calls: list[Called] = []
        outcomes: dict[int, str] = {}
        for place, _ in enumerate(self._scenario.steps):
            self._stage.keep(str(place))
            walked = self._cells.record(self._stage, place, self._quiet())
            if walked.trouble or walked.reached != place + 1:
                raise RuntimeError(f"{self._scenario.name} does not end without a fault: {walked.trouble}")
            calls += walked.calls
            outcomes |= walked.outcomes
            self._stage.end_fault()
        expected = tuple(outcomes.get(place, "") for place, _ in enumerate(self._scenario.steps))
        return Reference(tuple(calls), expected, read_ending(self._stage))

    def _walk(self, walker: Walker, start: int, orders: Orders, runner: str) -> Walked:
        return walker.walk(self._stage, start, expected=self.reference.expected, orders=orders, runner=runner)

    def _walker(self, point: Point) -> Walker:
        if not point.papermill:
            return self._cells
        self._papermill = self._papermill or Papermill()
        return self._papermill

    def _quiet(self) -> Orders:
        return Orders(str(self._stage.home), self._stage.world.engagement.journal_url)

    def _orders(self, point: Point) -> Orders:
        # Where on a full disk a write stops depends on the point alone, so that it can be run again.
        room = zlib.crc32(point.id.encode()) % MOST_ROOM
        lost = "lease-lost" in {point.fault.kind, point.then.kind if point.then else ""}
        customer = self._stage.world.case(self._scenario.customer).customer if lost else ""
        orders = replace(self._quiet(), customer=customer, call=point.call, fault=point.fault.name, room=room)
        if self._database is None:
            return orders
        return replace(orders, stop_database=self._database.stopping, user=self._database.user or "")

    def _next_orders(self, point: Point) -> Orders:
        """Return orders to strike the same call once more, whichever of the next run it is."""
        call = replace(point.call, number=ANY)
        return replace(self._orders(point), call=call, fault=point.then.name if point.then else "")

    def _after_the_strike(self, point: Point, walked: Walked) -> Iterator[str]:
        """Look at the run that was struck, before anything is run again."""
        if walked.struck != point.call:
            yield f"Not the call that was to be struck: {walked.struck}."
        if walked.trouble:
            yield walked.trouble
        if point.fault.kind.startswith("killed") and not point.papermill and not walked.killed:
            yield "The process lived on."
        if point.fault.kind == "lease-lost":
            yield from self._wrote_on(point)

    def _wrote_on(self, point: Point) -> Iterator[str]:
        """S3: a runner that lost its lease stops before its next effect; the call under way is its last."""
        until = self.reference.calls[: self.reference.calls.index(point.call) + 1]
        may = Counter(call.method for call in until if is_write(call))
        written = Counter(one["method"] for one in self._stage.control("GET", "writes") if one["actor"] == "api")
        if written - may:
            yield f"After the lease was lost it still sent {dict(written - may)}."


def scenarios(names: Sequence[str]) -> list[Scenario]:
    """Return the scenarios of these names, all of them when none is named."""
    return [SCENARIOS[name] for name in names or SCENARIOS]
