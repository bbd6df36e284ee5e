"""A notebook works on its own, through papermill, from the root and from its folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from world import FABRIKAM, NOTEBOOKS, ROOT, World, engagement_text

from partner_center_simulator.server import Server

PAPERMILL = str(Path(sys.executable).with_name("papermill"))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[World]:
    """A project folder whose parameters/demo.yaml names a running simulator."""
    shutil.copytree(NOTEBOOKS, tmp_path / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "parameters" / "demo.yaml"
    path.parent.mkdir()
    with Server(tmp_path / "simulator", portfolio="first") as server:
        path.write_text(engagement_text(server), encoding="utf-8")
        yield World(server, path)


@pytest.mark.parametrize("folder", [".", "notebooks"])
def test_papermill_runs_the_cut_over_notebook_alone(project: World, folder: str) -> None:
    """M29: `papermill 04_recreate.ipynb` buys what the plan names, from the root as from notebooks/."""
    project.ready_to_move(FABRIKAM)
    root = project.path.parent.parent
    notebook = root / "notebooks" / "04_recreate.ipynb"
    command = [
        PAPERMILL,
        str(notebook),
        "out.ipynb",
        "-p",
        "engagement",
        "parameters/demo.yaml",
        "-p",
        "customer",
        FABRIKAM,
    ]
    done = subprocess.run(command, cwd=root / folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    executed = nbformat.read(root / folder / "out.ipynb", as_version=4)
    assert "04_recreate: Done" in str(executed.cells[-1].outputs)
    assert project.outcome("04_recreate", FABRIKAM).outcome == "done"


def test_a_simulator_that_is_down_ends_the_notebook_failed_with_the_next_step(project: World) -> None:
    """M31: without an answer from Partner Center a notebook still runs to its last cell and says what to check."""
    project.prepare_all()
    project.server.close()
    ended = project.run("01_prepare", FABRIKAM)
    assert project.outcome("01_prepare", FABRIKAM).outcome == "failed"
    assert "Check that the service is up" in repr(ended.shown[-1])
