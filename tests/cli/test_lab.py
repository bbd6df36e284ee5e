"""`consolidate lab` as it is: the command, JupyterLab with the project's defaults, and a kernel in it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from demo_run import CONSOLIDATE, make_project
from jupyter_client.blocking import BlockingKernelClient

from consolidation.kernels.provisioner import can_fork

PATIENCE_SECONDS = 90


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Path]:
    """The folder in which the JupyterLab that the command opened tells its address, and its kernels theirs."""
    project, runtime = make_project(tmp_path / "project"), tmp_path / "runtime"
    own = {"BROWSER": "true %s", "JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    command = subprocess.Popen([CONSOLIDATE, "lab"], cwd=project, env={**os.environ, **own}, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not list(runtime.glob("jpserver-*.json")):
            assert command.poll() is None, "the command has ended"
            assert time.monotonic() < deadline, "JupyterLab did not come up"
            time.sleep(0.1)
        yield runtime
    finally:
        (server,) = runtime.glob("jpserver-*.json")
        os.kill(json.loads(server.read_text(encoding="utf-8"))["pid"], 15)
        assert command.wait(timeout=PATIENCE_SECONDS) == 0  # with JupyterLab ends the command, and its simulator


def test_the_lab_has_the_projects_defaults_and_its_kernels_are_warm(runtime: Path) -> None:
    """M37: what the browser tests show is what `make lab` opens, on the start page; notebooks there need not import."""
    (server,) = runtime.glob("jpserver-*.json")
    told = json.loads(server.read_text(encoding="utf-8"))
    headers = {"Authorization": f"token {told['token']}"}
    with httpx.Client(base_url=told["url"], headers=headers, trust_env=False, timeout=PATIENCE_SECONDS) as lab:
        assert urlsplit(lab.get("").headers["location"]).path == "/lab/tree/demo/start.md"
        assert lab.get("api/contents/demo/start.md").status_code == 200
        for plugin, key, value in (
            ("docmanager-extension:plugin", "defaultViewers", {"markdown": "Markdown Preview"}),
            ("notebook-extension:tracker", "windowingMode", "defer"),
        ):
            schema = lab.get(f"lab/api/settings/@jupyterlab/{plugin}").json()["schema"]
            assert schema["properties"][key]["default"] == value
        kernel = lab.post("api/kernels", json={"name": "python3"}).json()["id"]
        assert said_by(runtime / f"kernel-{kernel}.json") == ("warm" if can_fork() else "cold")


def said_by(connection_file: Path) -> str:
    """Ask a kernel whether it has what notebooks need although nothing was imported in it."""
    client = BlockingKernelClient(connection_file=str(connection_file))
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE_SECONDS)
        texts: list[str] = []
        look = "import sys; print('warm' if 'msal' in sys.modules else 'cold')"
        client.execute_interactive(look, output_hook=lambda message: texts.append(message["content"].get("text", "")))
        return "".join(texts).strip()
    finally:
        client.stop_channels()
