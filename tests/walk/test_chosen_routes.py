"""Rows that a person settles by hand: nothing is bought or suspended for them, and the close waits for them (M23)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from world import EUROPE, FABRIKAM, FRANCE, NORTHWIND, NOTEBOOKS, World, run_cells

from consolidation.batch import Batch, Options
from consolidation.choices import record_route, rows_to_choose_for
from consolidation.confirmations import record_confirmation
from consolidation.kernels.execution import Execution
from consolidation.plan import frozen_plan
from consolidation.stopping import Stop


def choose(world: World, customer: str, subscription: dict[str, Any], route: str) -> None:
    """Let a person choose a route for a subscription of the source."""
    case, journal = world.case(customer), world.journal
    rows = {row.subscription: row for row in rows_to_choose_for(journal, case)}
    row = rows[subscription["id"].casefold()]
    record_route(journal, case, row, route, reason="the shop has closed", by="ana", how="command line", phase=None)


def seats_of(world: World, customer: str, seats: int) -> dict[str, Any]:
    """Return the customer's source subscription with so many seats."""
    return next(item for item in world.subscriptions(FRANCE, customer).values() if item["quantity"] == seats)


def test_what_is_retired_is_neither_bought_nor_suspended_by_the_runbook(world: World) -> None:
    """M11, M23, S4: the tool leaves a retired row alone and moves the others; the close names it until it has ended."""
    world.ready_to_move(FABRIKAM)
    retired = seats_of(world, FABRIKAM, 10)
    choose(world, FABRIKAM, retired, "retire")
    for phase in ("04_recreate", "05_suspend", "07_close"):
        world.run(phase, FABRIKAM)
    assert sorted(item["quantity"] for item in world.subscriptions(EUROPE, FABRIKAM).values()) == [25, 25]
    assert not [write for write in world.writes("api") if retired["id"].casefold() in write["path"].casefold()]
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"
    held = world.outcome("07_close", FABRIKAM)
    assert held.outcome == "held"
    assert "its route is retire" in held.reasons[0]
    assert "suspends it in the source's portal after 05_suspend" in held.reasons[0]

    record_confirmation(world.journal, world.case(FABRIKAM).chain, "manual_done", by="ana", how="command line")
    world.run("07_close", FABRIKAM)
    assert "ana confirmed that it is done, and it still shows" in world.outcome("07_close", FABRIKAM).reasons[0]
    world.portal(FRANCE, FABRIKAM, subscription=retired["id"], status="suspended")
    world.run("07_close", FABRIKAM)
    assert world.outcome("07_close", FABRIKAM).outcome == "done"


def run(world: World, customer: str) -> None:
    """Walk one customer as `consolidate run` does."""
    options = Options(NOTEBOOKS, chosen=lambda case: case.domain == customer)
    Batch(world.engagement, world.journal, options, lambda _company, _phase: None, Stop()).run()


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run execute the notebooks' cells in this process: a kernel for each would take a minute."""

    def execute(notebook: Path, parameters: Mapping[str, str]) -> Execution:
        run_cells(notebook.stem, dict(parameters))
        return Execution(nbformat.v4.new_notebook(), "")

    monkeypatch.setattr("consolidation.notebook_runs.execute", execute)
    monkeypatch.setenv("CONSOLIDATION_RUNNER", "run-of-a-test")


@pytest.mark.usefixtures("in_this_process")
def test_a_choice_makes_finished_phases_run_again(world: World) -> None:
    """M27: a route that is chosen when a case seems done is planned, approved and looked after by the next run."""
    world.ready_to_move(NORTHWIND)
    run(world, NORTHWIND)
    case = world.case(NORTHWIND)
    before = frozen_plan(world.journal, case, "04_recreate")
    azure = next(item for item in world.subscriptions(FRANCE, NORTHWIND).values() if item["billingType"] == "usage")
    choose(world, NORTHWIND, azure, "manual")
    run(world, NORTHWIND)
    after = frozen_plan(world.journal, case, "04_recreate")
    assert before is not None
    assert after is not None
    assert after.digest != before.digest
    assert world.outcome("04_recreate", NORTHWIND).outcome == "done"
    assert world.outcome("06_azure", NORTHWIND).outcome == "not_applicable"
    assert "its route is manual" in world.outcome("07_close", NORTHWIND).reasons[0]
    entries = len(world.journal.entries(case.chain, kinds={"planned"}))
    run(world, NORTHWIND)
    assert len(world.journal.entries(case.chain, kinds={"planned"})) == entries  # planned once, not at every run
