"""A real JupyterLab, driven by the system's Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from world import NOTEBOOKS, ROOT, World, engagement_text

from partner_center_simulator.server import Server

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OFFLINE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Lab:
    """A JupyterLab on the project's notebooks, with a simulator behind it."""

    url: str
    world: World
    page: Page
    pictures: Path

    def open(self, notebook: str) -> None:
        """Open a notebook and wait until its kernel is ready."""
        self.page.goto(f"{self.url}/lab/tree/notebooks/{notebook}.ipynb?reset")
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").wait_for(timeout=60_000)
        self.page.get_by_text("| Idle").first.wait_for(timeout=60_000)

    def run_all(self) -> None:
        """Run every cell by the menu, as a person does."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def picture(self, name: str, at: Locator) -> None:
        """Keep a screenshot for people to look at, scrolled to the part that matters."""
        at.evaluate("element => element.scrollIntoView({block: 'end'})")
        self.page.screenshot(path=self.pictures / f"{name}.png")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found, "The browser tests need Chromium: install it and put 'chromium' on the PATH ('make test' does)."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OFFLINE)
        yield browser
        browser.close()


@pytest.fixture
def lab(chromium: Browser, tmp_path: Path) -> Iterator[Lab]:
    """JupyterLab in a project folder of its own; approvals and confirmations are given by hand."""
    project = tmp_path / "project"
    shutil.copytree(NOTEBOOKS, project / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "pyproject.toml", project)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    with Server(tmp_path / "simulator", portfolio="first") as server:
        path = project / "parameters" / "demo.yaml"
        path.parent.mkdir()
        path.write_text(engagement_text(server, approvals={"required": 1, "self_approval": True}), encoding="utf-8")
        world = World(server, path)
        with _jupyter(project) as url, chromium.new_context(viewport={"width": 1400, "height": 1000}) as context:
            yield Lab(url, world, context.new_page(), pictures)


class _jupyter:  # noqa: N801 - used as a context manager, read as a verb
    """Runs JupyterLab on a free port, without a token: only this machine reaches it, for the time of a test."""

    def __init__(self, project: Path) -> None:
        self._project = project

    def __enter__(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = {
            "--ServerApp.root_dir": self._project,
            "--ServerApp.port": port,
            "--IdentityProvider.token": "",
            "--ServerApp.open_browser": False,
            "--ServerApp.allow_root": True,
            "--LabApp.news_url": "",
            "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
        command = [sys.executable, "-m", "jupyterlab", *(f"{name}={value}" for name, value in options.items())]
        environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(self._project / ".jupyter")}
        self._log = (self._project / "jupyter.log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT, env=environment)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://localhost:{port}"
            time.sleep(0.1)
        raise AssertionError((self._project / "jupyter.log").read_text(encoding="utf-8"))

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._log.close()
