"""One real run of the demo: the command of `make demo`, in a project folder of its own, judged by many tests."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from world import ROOT

CONSOLIDATE = str(Path(sys.executable).with_name("consolidate"))


@dataclass
class DemoRun:
    """A project folder in which the demo was run.

    Attributes:
        project: Holds notebooks/, parameters/ and what the demo made in demo/.
        first: What `consolidate demo` printed.
        second: What it printed when it was started once more.
        writes: The simulator's log of writes after the first and after the second run.
    """

    project: Path
    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]
    writes: tuple[list[dict[str, Any]], list[dict[str, Any]]]

    @property
    def archive(self) -> Path:
        """The evidence."""
        return self.project / "demo" / "archive" / "contoso-demo"

    def consolidate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project folder."""
        return consolidate(self.project, *arguments)

    def status(self) -> dict[str, Any]:
        """Return what `consolidate status --json` prints."""
        document: dict[str, Any] = json.loads(self.consolidate("status", "parameters/demo.yaml", "--json").stdout)
        return document


def consolidate(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder and return what it printed."""
    return subprocess.run([CONSOLIDATE, *arguments], cwd=project, capture_output=True, text=True, check=False)


def make_project(folder: Path) -> Path:
    """Copy what a user's clone has and a run needs; the simulator gets a port that is free here."""
    for name in ("notebooks", "parameters"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    engagement = folder / "parameters" / "demo.yaml"
    engagement.write_text(engagement.read_text(encoding="utf-8").replace("47443", str(port)), encoding="utf-8")
    return folder


def run_demo(folder: Path) -> DemoRun:
    """Run the demo twice in a project folder of its own."""
    project = make_project(folder)
    first = consolidate(project, "demo")
    after_first = _writes(project)
    second = consolidate(project, "demo")
    return DemoRun(project, first, second, (after_first, _writes(project)))


def _writes(project: Path) -> list[dict[str, Any]]:
    """Read the simulator's log of writes from its state: the demo stops the simulator that it started."""
    from partner_center_simulator.server import Server

    with Server(project / "demo" / "simulator") as server:
        return list(server.state.documents.scope("write", "").values())
