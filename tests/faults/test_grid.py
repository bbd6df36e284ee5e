"""Each purchase and suspension of a case with each fault, and a sample of the rest: it ends as without one (M29)."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from faults.grid import BY_PAPERMILL, by_papermill, cut_over
from faults.grid_faults import Fault
from faults.grid_points import Point, Reference, Result, all_points, counts, database_points, is_write
from faults.grid_report import sentence, summary
from faults.grid_scenarios import SCENARIOS, Scenario
from faults.grid_workers import Workers

SEED = 20261122
SAMPLE = 4


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """Two warm processes with a laboratory each."""
    with Workers(2) as started:
        yield started


@pytest.fixture(scope="module", params=SCENARIOS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """Each case that the grid walks."""
    return SCENARIOS[request.param]


@pytest.fixture(scope="module")
def reference(workers: Workers, scenario: Scenario) -> Reference:
    """Its walk without a fault."""
    return workers.reference(scenario.name)


@pytest.fixture(scope="module")
def points(scenario: Scenario, reference: Reference) -> list[Point]:
    """All its points."""
    return list(all_points(scenario, reference))


def survive(workers: Workers, points: list[Point]) -> list[Result]:
    """Run points; each must survive."""
    results = list(workers.run(points))
    failed = {result.point.id: result.failures for result in results if result.failures}
    assert not failed
    report = summary(results, planned=len(points), seed=SEED, seconds=0)
    assert (report["orders_doubled"], report["steps_lost"]) == (0, 0), sentence(report)
    return results


def test_the_walk_without_a_fault_is_a_whole_case(reference: Reference, scenario: Scenario) -> None:
    """M29: what all points are compared with is a case whose every phase is finished, with nothing that must not be.

    What is then still to come is the source's invoice, at the end of the month (M17).
    """
    last = {step.notebook: outcome for step, outcome in zip(scenario.steps, reference.expected, strict=True)}
    assert last.pop("07_close") in {"done", "waiting"}
    assert {outcome for notebook, outcome in last.items() if notebook} <= {"done", "not_applicable"}
    assert reference.ending.faults == ()
    assert reference.ending.claims


def test_every_fault_at_every_purchase_and_suspension(
    workers: Workers, scenario: Scenario, points: list[Point]
) -> None:
    """M29: whatever strikes a checkout, a suspension or a transfer, nothing is lost and nothing is done twice."""
    struck = [point for point in points if counts(point.call) and point.then is None]
    assert "PATCH" in {point.call.method for point in struck}
    if not scenario.whole:
        struck = random.Random(SEED).sample(struck, SAMPLE)  # noqa: S311 - chooses points, keeps no secret
    survive(workers, struck)


def test_a_sample_of_the_other_calls_and_of_two_faults_in_a_row(workers: Workers, points: list[Point]) -> None:
    """M29: reads, sign-ins and carts are struck too, and so is the repeat of a write that stayed without answer."""
    generator = random.Random(SEED)  # noqa: S311 - chooses points, keeps no secret
    others = [point for point in points if not counts(point.call) and point.then is None]
    twice = [point for point in points if point.then is not None]
    survive(workers, [*generator.sample(others, SAMPLE // 2), *generator.sample(twice, SAMPLE // 2)])


def test_some_points_through_papermill(workers: Workers, points: list[Point]) -> None:
    """M29: the same holds for notebooks that papermill executes in kernels of their own: ten points at least."""
    generator = random.Random(SEED)  # noqa: S311 - as above
    assert len(survive(workers, by_papermill(points, generator))) == BY_PAPERMILL


def test_the_journal_disk_is_full_at_some_moments_of_the_cut_over(
    workers: Workers, points: list[Point], scenario: Scenario
) -> None:
    """S3: on a full disk nothing is sent without its intention, no notebook ends in a traceback, and the case ends."""
    generator = random.Random(SEED)  # noqa: S311 - as above
    full = [point for point in points if point.fault.kind.startswith("disk-full")]
    survive(workers, generator.sample([point for point in full if point.call.step in cut_over(scenario)], 4))


def test_the_database_is_gone_at_some_moments_of_the_cut_over(
    workers: Workers, reference: Reference, scenario: Scenario
) -> None:
    """S3: while PostgreSQL is stopped nothing is sent without its intention, and the case ends when it is back."""
    generator = random.Random(SEED)  # noqa: S311 - as above
    gone = list(database_points(scenario, reference, cut_over(scenario)))
    writes = [point for point in gone if is_write(point.call)]
    survive(workers, [*generator.sample(gone, 2), *generator.sample(writes, 2)])


def test_a_point_that_is_never_reached_fails(workers: Workers, scenario: Scenario, reference: Reference) -> None:
    """The grid can fail: a call that the case does not make is no point survived."""
    call = reference.calls[-1]
    missing = Point(scenario.name, type(call)(call.step, 99, call.method, call.path), Fault("killed-before"))
    (result,) = workers.run([missing])
    assert "Not the call that was to be struck" in result.failures[0]
