"""Rows that a person settles by hand: a later choice is planned, approved and looked after by the next run (M23)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nbformat
import pytest
from ending_rows import choose
from world import FRANCE, NORTHWIND, NOTEBOOKS, World, run_cells

from consolidation.batch import Batch, Options
from consolidation.cli.bar import Bar
from consolidation.kernels.execution import Execution
from consolidation.plan import frozen_plan
from consolidation.stopping import Stop


def run(world: World, customer: str) -> None:
    """Walk one customer as `consolidate run` does."""
    options = Options(NOTEBOOKS, chosen=lambda case: case.domain == customer)
    Batch(world.engagement, world.journal, options, Bar("test", quiet=True), Stop()).run()


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run execute the notebooks' cells in this process: a kernel for each would take a minute."""

    def execute(notebook: Path, parameters: Mapping[str, str]) -> Execution:
        run_cells(notebook.stem, dict(parameters))
        return Execution(nbformat.v4.new_notebook(), "", began=True)

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
