"""A run whose notebooks are executed by processes of a cluster, some of which are killed at work (M37, S3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

import pytest
from clusters import Cluster
from database_server import DatabaseServer
from moved_once import assert_moved_once, notebooks_of
from sqlalchemy import create_engine, text
from whole_runs import Gate, WholeRun
from world import ALPINE, FABRIKAM, NORTHWIND, NOTEBOOKS, World, engagement_text

from consolidation.errors import EngagementError
from consolidation.executors.dask_errands import Assignment, digest_of, work_on
from consolidation.executors.dask_workers import DaskWorkers
from consolidation.journal.database import database_url
from consolidation.outcomes import CASE_PHASES, case_outcomes
from consolidation.population import recorded_population
from consolidation.walking import Errand
from partner_center_simulator.server import Server


@pytest.fixture
def world(tmp_path: Path, postgresql: DatabaseServer) -> Iterator[World]:
    """The first portfolio with its journal on PostgreSQL; two customers have accepted, nothing has run."""
    with Server(tmp_path / "simulator", portfolio="first") as server:
        path = tmp_path / "engagement.yaml"
        url = postgresql.url(postgresql.create())
        path.write_text(engagement_text(server, journal=url), encoding="utf-8")
        world = World(server, path)
        world.run("00_connect")
        for customer in (FABRIKAM, NORTHWIND):
            world.accept(customer)
        yield world


def let_leases_expire(world: World) -> set[str]:
    """Let the leases of dead workers have run out, as five minutes would, and return whose they were."""
    engine = create_engine(database_url(world.engagement.journal_url))
    with engine.begin() as connection:
        dead = set(connection.execute(text("SELECT owner FROM leases")).scalars())
        connection.execute(text("UPDATE leases SET expires = 0"))
    engine.dispose()
    return dead


def test_workers_that_are_killed_at_work_lose_and_repeat_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """M37, S3, M29: all workers are killed in a checkout, and the next ones too: each case ends, and none twice."""
    dead: set[str] = set()
    with Cluster(tmp_path, workers=2) as cluster, WholeRun(world, "--executor", f"dask:{cluster.address}") as run:
        for nth in (1, 2):
            gate = Gate(world, monkeypatch, "POST", "checkout", nth=nth)
            gate.wait_until_reached()
            cluster.kill_workers()  # their kernels die with them
            gate.open()  # the order takes effect, and nobody hears the answer
            world.faults()
            dead |= let_leases_expire(world)
            cluster.add_workers(2)
        code, _, told = run.end()
    assert code == 0, told
    assert_moved_once(world)
    assert len(dead) >= 2
    assert len({runner.partition("/")[0] for runner in dead}) == 1  # of one run
    for case in recorded_population(world.journal):
        assert set(case_outcomes(world.journal, case)) == set(CASE_PHASES) or case.domain == ALPINE
        archived = Counter(entry.phase for entry in world.journal.entries(case.chain, kinds={"archived"}))
        assert set(archived.values()) == {1}, f"{case.company}: {archived}"
        for number, runners in notebooks_of(world, case.domain):
            in_turn = [runner for runner, _ in groupby(runners)]
            assert len(in_turn) == len(set(in_turn)), f"two had {case.company} at once, before entry {number}"
            assert set(in_turn[:-1]) <= dead


def test_a_scheduler_that_repeats_by_itself_is_refused(world: World, tmp_path: Path) -> None:
    """M37: allowed-failures is 0, or the run ends with code 2 and says how to start the scheduler."""
    with Cluster(tmp_path, workers=0, allowed_failures=3) as cluster, pytest.raises(EngagementError) as refused:
        DaskWorkers(cluster.address, world.engagement, NOTEBOOKS, ())
    assert "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0" in str(refused.value)


def test_a_computer_that_does_not_see_what_the_run_sees_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M37, M32: another engagement file or archive than the run's ends the run: no evidence where nobody looks."""
    monkeypatch.setenv("CONSOLIDATION_RUNNER", "")  # what a worker sets in its process ends with this test
    monkeypatch.setenv("CONSOLIDATION_STARTED_BY", "")
    case = world.case(FABRIKAM)
    errand = Errand((case,), frozenset({case}), onward=False)
    good = Assignment(
        run="run-of-a-test",
        started_by="ana@laptop-17",
        engagement=str(world.path),
        digest=digest_of(world.path),
        notebooks=str(NOTEBOOKS),
        phases=(),
        version=version("tenant-consolidation"),
    )
    for change, words in (
        ({"digest": "0" * 64}, "another one than that of the run"),
        ({"notebooks": str(world.path.parent)}, "It does not see"),
        ({"version": "0.0.0"}, "the run's 0.0.0"),
        ({}, "is not there"),  # 00_connect was run by hand: nothing of it lies in this archive
    ):
        with pytest.raises(EngagementError, match="cannot work for this run") as refused:
            work_on(replace(good, **change), errand)
        assert words in str(refused.value)
    assert not case_outcomes(world.journal, case)
