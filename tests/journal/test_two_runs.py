"""Whole runs on one engagement: two at once, one that dies, clocks that differ; on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from moved_once import assert_moved_once, notebooks_of, ordered
from sqlalchemy import create_engine, text
from whole_runs import Gate, WholeRun, eventually
from world import FABRIKAM, NORTHWIND, World, engagement_text

from consolidation.journal.database import database_url
from partner_center_simulator.server import Server

HOURS = 3600.0


@pytest.fixture
def world(tmp_path: Path, url: str) -> Iterator[World]:
    """The first portfolio, with the journal in either database; two customers have accepted, nothing has run."""
    with Server(tmp_path / "simulator", portfolio="first") as server:
        path = tmp_path / "engagement.yaml"
        path.write_text(engagement_text(server, journal=url), encoding="utf-8")
        world = World(server, path)
        world.run("00_connect")
        for customer in (FABRIKAM, NORTHWIND):
            world.accept(customer)
        yield world


def test_two_runs_at_once_share_the_customers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3, M29: of two runs on one engagement each customer belongs to one at a time, and all ends as in one run."""
    gate = Gate(world, monkeypatch, "POST", "checkout")
    with WholeRun(world, "--workers", "1") as one, WholeRun(world, "--workers", "1") as two:
        gate.wait_until_reached()
        # The one that is held keeps its customer; the other one meanwhile works on the next.
        eventually(lambda: ordered(world), "the other run orders for another customer")
        gate.open()
        codes = [one.end()[0], two.end()[0]]
    assert codes == [0, 0]
    assert_moved_once(world)
    effects = {
        customer: {entry.runner for entry in world.journal.entries(world.case(customer).chain, kinds={"intended"})}
        for customer in (FABRIKAM, NORTHWIND)
    }
    assert all(len(runners) == 1 for runners in effects.values())
    assert effects[FABRIKAM] != effects[NORTHWIND]
    for customer in (FABRIKAM, NORTHWIND):
        for number, runners in notebooks_of(world, customer):
            assert len(set(runners)) == 1, f"two runs worked on {customer} at once, before entry {number}"


def behind_partner_center(world: World) -> float:
    """Return by how many seconds this computer is behind the simulator's clock."""
    told = datetime.fromisoformat(world.control("GET", "clock")["now"])
    return (told - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_run_that_dies_in_a_cut_over_is_finished_by_the_next_whatever_their_clocks_say(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M29, S3: a run three hours fast is killed between two orders; one three hours slow takes its lease, ends it."""
    day = world.control("GET", "clock")["now"][:10]
    world.control("POST", "clock", {"set": f"{day}T22:30:00Z"})  # on the first computer it is tomorrow already
    gate = Gate(world, monkeypatch, "POST", "checkout", nth=2)
    with WholeRun(world, "--workers", "1", clock_ahead=behind_partner_center(world) + 3 * HOURS) as dying:
        gate.wait_until_reached()
        dying.kill()
    gate.open()  # its order takes effect, and nobody hears the answer
    world.faults()
    with WholeRun(world, "--workers", "1", clock_ahead=behind_partner_center(world) - 3 * HOURS) as next_run:
        engine = create_engine(database_url(world.engagement.journal_url))
        with engine.begin() as connection:  # as five minutes would, by the database's clock
            connection.execute(text("UPDATE leases SET expires = 0 WHERE owner LIKE 'run-%'"))
        engine.dispose()
        code, _, told = next_run.end()
    assert code == 0, told
    assert_moved_once(world)
    assert "no day is billed twice" in " ".join(world.outcome("05_suspend", FABRIKAM).reasons)
    pages = [path.read_text(encoding="utf-8") for path in world.engagement.archive_folder.rglob("*.html")]
    for words in ("180 minutes ahead of Partner Center", "180 minutes behind Partner Center"):
        assert any(words in page for page in pages), words
