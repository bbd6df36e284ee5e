"""A notebook that stopped half-way: failed, with the reason, alike in notebook, page, journal and status."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from world import World, engagement_text

from consolidation.cli import cli
from consolidation.evidence.archive import Archive
from consolidation.journal import Journal
from consolidation.kernels import execution
from consolidation.notebook_runs import NotebookRuns
from consolidation.outcomes import latest_outcome
from consolidation.population import CaseName, record_population
from partner_center_simulator.server import Server

CASE = CaseName(
    "contoso-france", "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11", "Adatum <b>GmbH</b>", "adatum.onmicrosoft.com"
)
PHASE = "01_prepare"

STOPPED = {
    "a cell that takes too long": ("import time\ntime.sleep(600)", "CellTimeoutError: A cell timed out"),
    "a dead kernel": ("import os\nos._exit(3)", "DeadKernelError"),
    "a killed kernel": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "DeadKernelError"),
    "^C": ("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nsignal.pause()", "KeyboardInterrupt"),
    "sys.exit": ("import sys\nsys.exit(0)", r"raised SystemExit: 0; cells that never ran: 1\."),
    # The next cell may still be taken, and is then given up by a kernel that is about to end.
    "exit()": ("exit()", "DeadKernelError|ended without an outcome"),
    "an error of an unknown kind": ("{}['no such thing']", "KeyError: 'no such thing'"),
    "no outcome": ("print('nothing is recorded')", "The notebook ended without an outcome"),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An engagement with one case; nothing is called."""
    with Server(tmp_path / "simulator", portfolio="first") as server:
        path = tmp_path / "engagement.yaml"
        path.write_text(engagement_text(server), encoding="utf-8")
        made = World(server, path)
        record_population(made.journal, [CASE], phase="00_connect")
        yield made


def notebooks(folder: Path, cell: str) -> Path:
    """Write a phase whose second cell stops, and a third that would record that all is done."""
    done = "Outcome('01_prepare', 'done')"
    recorded = (
        "from consolidation.engagement import load_engagement\nfrom consolidation.session import open_journal\n"
        "from consolidation.outcomes import Outcome, record_outcome\n"
        f"record_outcome(open_journal(load_engagement(engagement)), {CASE.chain!r}, {done})"
    )
    cells = ["engagement = customer = source = ''", "print('the first cell ran')", cell]
    cells += [] if "nothing is recorded" in cell else [recorded]
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    made.cells[0].metadata["tags"] = ["parameters"]
    made.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    folder.mkdir()
    nbformat.write(made, folder / f"{PHASE}.ipynb")
    return folder


def entry(journal: Journal, kind: str) -> dict[str, object]:
    """Return the body of the newest entry of a kind."""
    return journal.entries(CASE.chain, kinds={kind})[-1].body


@pytest.mark.parametrize("how", STOPPED)
def test_a_stopped_notebook_is_failed_everywhere_alike(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """M32: however a notebook stops, it has failed for the same reason in notebook, page, journal and status."""
    cell, words = STOPPED[how]
    if "time.sleep" in cell:
        monkeypatch.setattr(execution, "CELL_TIMEOUT_SECONDS", 2)
    archive, journal = Archive(world.engagement.archive_folder), world.journal
    NotebookRuns(world.engagement, journal, archive, notebooks(tmp_path / "notebooks", cell)).run_phase(CASE, PHASE)

    outcome = latest_outcome(journal, CASE.chain, PHASE)
    assert outcome is not None
    (reason,) = outcome.reasons
    assert outcome.outcome == "failed"
    assert re.search(words, reason), reason
    assert entry(journal, "archived")["outcome"] == "failed"

    (path,) = archive.root.rglob("*.ipynb")
    executed = nbformat.read(path, as_version=4)
    assert executed.cells[0].source == f"> **Failed.** {reason}"
    assert "the first cell ran" in str(executed.cells)

    page = path.with_suffix(".html").read_text(encoding="utf-8")
    assert "Failed" in page
    assert re.search(words.partition(":")[0], page)
    assert "the first cell ran" in page

    printed = CliRunner().invoke(cli, ["status", str(world.path), "--json"])
    (case,) = json.loads(printed.stdout)["cases"]
    shown = case["phases"][PHASE]
    assert (shown["outcome"], shown["reasons"]) == ("failed", [reason])
    assert shown["notebook"] == path.relative_to(archive.root).as_posix()


def test_done_and_then_dead_is_failed(world: World, tmp_path: Path) -> None:
    """M32: a kernel that dies after the outcome was written has not shown its last cells: that is not done."""
    archive, journal = Archive(world.engagement.archive_folder), world.journal
    folder = notebooks(tmp_path / "notebooks", "pass")
    made = nbformat.read(folder / f"{PHASE}.ipynb", as_version=4)
    made.cells.append(nbformat.v4.new_code_cell("import os\nos._exit(0)"))
    nbformat.write(made, folder / f"{PHASE}.ipynb")
    NotebookRuns(world.engagement, journal, archive, folder).run_phase(CASE, PHASE)
    outcomes = [entry.body["outcome"] for entry in journal.entries(CASE.chain, kinds={"outcome"})]
    assert outcomes == ["done", "failed"]


@pytest.fixture
def dying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file: as long as it has lines, each kernel takes one away and dies before its first cell."""
    left = tmp_path / "dying"
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    lines = (
        "import os, pathlib",
        f"left = pathlib.Path({str(left)!r})",
        "lines = left.read_text().splitlines()",
        "left.write_text('\\n'.join(lines[1:]))",
        "if lines: os._exit(1)",
    )
    (startup / "00-dies.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("CONSOLIDATION_RUNNER", "run-of-a-test")
    return left


@pytest.mark.parametrize(
    ("deaths", "stopped", "started", "ended"), [(2, False, 3, "done"), (9, False, 3, "failed"), (9, True, 1, "failed")]
)
def test_a_kernel_that_dies_before_its_first_cell_is_replaced(
    world: World, tmp_path: Path, dying: Path, *, deaths: int, stopped: bool, started: int, ended: str
) -> None:
    """M12, M29: it has done nothing, so another one is started, three in all, and none after a stop at once."""
    dying.write_text("\n".join("x" * deaths), encoding="utf-8")
    archive, journal = Archive(world.engagement.archive_folder), world.journal
    folder = notebooks(tmp_path / "notebooks", "pass")
    runs = NotebookRuns(world.engagement, journal, archive, folder, ended_at_once=lambda: stopped)
    runs.run_phase(CASE, PHASE)
    outcome = latest_outcome(journal, CASE.chain, PHASE)
    assert outcome is not None
    assert outcome.outcome == ended
    assert len(dying.read_text(encoding="utf-8").split()) == max(deaths - started, 0)
    assert len(list(archive.root.rglob("*.ipynb"))) == 1
