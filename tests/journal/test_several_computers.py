"""A run whose notebooks are executed by processes of a cluster, some of which are killed at work (M37, S3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from clusters import Cluster
from database_server import DatabaseServer
from demo_run import consolidate
from moved_once import assert_moved_once, notebooks_of
from sqlalchemy import create_engine, text
from whole_runs import Gate, WholeRun
from world import ALPINE, FABRIKAM, NORTHWIND, World, engagement_text

from consolidation.journal.database import database_url
from consolidation.outcomes import CASE_PHASES, case_outcomes
from consolidation.population import recorded_population
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
    with Cluster(tmp_path, workers=0, allowed_failures=3) as cluster:
        ended = consolidate(world.path.parent, "run", str(world.path), "--executor", f"dask:{cluster.address}")
    assert ended.returncode == 2
    assert "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=0" in ended.stderr


def test_a_worker_that_sees_another_archive_is_refused(world: World, tmp_path: Path) -> None:
    """M37, M32: what a worker would archive where nobody looks is never done: the run says what the worker lacks."""
    world.run("00_connect")
    with Cluster(tmp_path, workers=1) as cluster:
        address = f"dask:{cluster.address}"
        with WholeRun(world, "--executor", address, "--phase", "00_connect") as first:
            assert first.end()[0] == 0
        for page in world.engagement.archive_folder.rglob("00_connect-*"):
            page.unlink()
        with WholeRun(world, "--executor", address, "--phase", "01_prepare") as run:
            code, _, told = run.end()
    assert code == 2
    assert "is not there" in told
    for case in recorded_population(world.journal):
        assert not case_outcomes(world.journal, case)
