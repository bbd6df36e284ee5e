"""The fault grid: every call of every case, every fault (M29); `make faults` runs all of it.

    PYTHONPATH=tests .venv/bin/python -m faults.grid [--scenario NAME]… [--only ID]… [--sample N] [--seed S]

Each point starts from the moment before its step, is struck, is run again until the case ends, and is compared with the
walk without a fault. Points do not depend on each other: ``--only`` runs a failed one again. The report goes to
``build/faults``; the exit code is 1 when a point failed.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path

from faults.grid_faults import DATABASE_GONE, named
from faults.grid_points import Point, Result, all_points, database_points, is_write
from faults.grid_report import sentence, summary, write
from faults.grid_scenarios import SCENARIOS, Scenario
from faults.grid_workers import Workers
from tqdm import tqdm
from world import ROOT

REPORT = ROOT / "build" / "faults"
BY_PAPERMILL = ceil(10 / len(SCENARIOS))
"""Points of each scenario that run through papermill: ten over all of them at least."""


def every_point(workers: Workers, scenario: Scenario, generator: random.Random) -> list[Point]:
    """Return all points of a scenario, some of its writes by papermill too."""
    reference = workers.reference(scenario.name)
    points = list(all_points(scenario, reference))
    return [
        *points,
        *by_papermill(points, generator),
        *database_points(scenario, reference, cut_over(scenario)),
    ]


def by_papermill(points: Sequence[Point], generator: random.Random) -> list[Point]:
    """Return some points that strike a write, to be run through papermill."""
    chosen = [point for point in points if is_write(point.call) and not point.fault.kind.startswith("disk-full")]
    return [replace(point, papermill=True) for point in generator.sample(chosen, BY_PAPERMILL)]


def cut_over(scenario: Scenario) -> list[str]:
    """Return the steps in which a journal's database goes away: those that buy, suspend and transfer."""
    moving = {"03_transfer", "04_recreate", "05_suspend"}
    return [step.name for step in scenario.steps if step.struck and step.notebook in moving]


def named_points(workers: Workers, identifiers: Sequence[str]) -> list[Point]:
    """Return the points of these ids.

    Raises:
        SystemExit: There is no such point.
    """
    found = []
    for identifier in identifiers:
        scenario, step, number, fault, *way = identifier.split("/")
        calls = workers.reference(scenario).calls if scenario in SCENARIOS else ()
        call = [one for one in calls if (one.step.replace(" ", "_"), str(one.number)) == (step, number)]
        if not call:
            raise SystemExit(f"There is no point {identifier}.")
        first, _, then = fault.partition("+")
        found.append(
            Point(scenario, call[0], named(first), named(then) if then else None, papermill=way == ["papermill"])
        )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the grid; return the exit code."""
    parser = argparse.ArgumentParser(description="The fault grid: every call of every case, every fault.")
    parser.add_argument("--scenario", action="append", choices=sorted(SCENARIOS), help="only this one; may be repeated")
    parser.add_argument("--only", action="append", metavar="ID", help="only this point; may be repeated")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many points, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1, help="of whatever is chosen")
    parser.add_argument("--workers", type=int, default=2, help="processes side by side")
    parser.add_argument("--report", type=Path, default=REPORT, help="folder of the report")
    options = parser.parse_args(arguments)
    generator = random.Random(options.seed)  # noqa: S311 - chooses points, keeps no secret
    began = time.monotonic()
    results: list[Result] = []
    # Whoever ends it before its time still gets the report of what was tried, and no process stays behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Workers(options.workers) as workers:
        points = _chosen(workers, options, generator)
        try:
            _run(workers, points, results)
        except KeyboardInterrupt:
            print(f"Interrupted: {len(points) - len(results)} points were not tried.")  # noqa: T201 - as below
    report = summary(results, planned=len(points), seed=options.seed, seconds=time.monotonic() - began)
    write(options.report, report)
    print(sentence(report))  # noqa: T201 - a program for the command line
    return 1 if report["failed"] or len(results) < len(points) else 0


def _chosen(workers: Workers, options: argparse.Namespace, generator: random.Random) -> list[Point]:
    if options.only:
        points = named_points(workers, options.only)
    else:
        scenarios = [SCENARIOS[name] for name in options.scenario or SCENARIOS]
        points = [point for scenario in scenarios for point in every_point(workers, scenario, generator)]
    if options.sample:
        points = generator.sample(points, min(options.sample, len(points)))
    # Last what needs a database or papermill's kernels: each worker starts its own, and keeps them.
    return sorted(points, key=lambda point: (point.fault.kind in DATABASE_GONE, point.papermill))


def _run(workers: Workers, points: Sequence[Point], results: list[Result]) -> None:
    pace = 0.1 if sys.stderr.isatty() else 60.0
    for result in tqdm(workers.run(points), total=len(points), unit="point", mininterval=pace):
        results.append(result)
        if result.failures:
            tqdm.write(f"FAILED {result.point.id}: {' '.join(result.failures[0].split())[-300:]}")


if __name__ == "__main__":
    sys.exit(main())
