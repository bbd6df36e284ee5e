"""How the command starts: quick where nothing is run, and as one runner with its kernels where something is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from demo_run import consolidate
from offline import write_engagement
from world import World

SLOW = ("pandas", "matplotlib", "papermill", "nbconvert", "dask", "distributed")

MEASURE = """
import sys
from consolidation.cli import main
try:
    main()
finally:
    print("LOADED", *sorted(set(sys.argv[0].split(",")) & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("command", [("--help",), ("status",), ("status", "--json"), ("run", "--help")])
def test_nothing_slow_is_imported_to_look(tmp_path: Path, command: tuple[str, ...]) -> None:
    """M37: `--help` and `status` stay quick: they load neither pandas nor matplotlib, papermill, nbconvert or dask."""
    arguments = (command[0], str(write_engagement(tmp_path)), *command[1:]) if command[0] == "status" else command
    script = f"import sys; sys.argv = [{','.join(SLOW)!r}, *sys.argv[1:]]\n{MEASURE}"
    ended = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr.strip().splitlines()[-1] == "LOADED"


def test_a_first_run_is_one_runner_and_says_whom_it_did_not_find(world: World) -> None:
    """S3: a first run and its kernels write under one id; a customer that turns out to be nobody's ends with code 2."""
    arguments = ("--phase", "00_connect", "--customers", "nobody.example", "--json")
    ended = consolidate(world.path.parent, "run", str(world.path), *arguments)
    assert ended.returncode == 2, ended.stderr
    assert "No source tenant has 'nobody.example'" in ended.stderr
    document = json.loads(ended.stdout)
    assert document["totals"] == {"not_started": len(document["cases"])}
    runners = {entry.runner for entry in world.journal.entries("engagement")}
    assert len(runners) == 1
    assert runners.pop().startswith("run-")


def test_the_id_of_a_runner_is_inherited(tmp_path: Path) -> None:
    """A run that is given an id keeps it; an empty one counts as none."""
    script = "from consolidation import runner; runner.begin_run(); print(runner.runner_id(), runner.started_by_run())"
    for given, kept in (("run-of-mine", True), ("", False)):
        environment = {**os.environ, "CONSOLIDATION_RUNNER": given}
        command = [sys.executable, "-c", script]
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
        identifier, started = said.split()
        assert identifier == given if kept else identifier.startswith("run-2")
        assert started == "True"
