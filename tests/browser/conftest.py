"""A real JupyterLab, driven by the system's Chromium: one server for all tests, a project folder for each."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser.desk import HOSTILE, VIEW, Lab
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from world import NORTHWIND, NOTEBOOKS, ROOT, World, engagement_text

from consolidation.cli.try_out import lab_command, lab_environment
from partner_center_simulator.portfolios.first import PORTFOLIO
from partner_center_simulator.portfolios.model import Portfolio
from partner_center_simulator.server import Server

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OFFLINE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found, "The browser tests need Chromium: install it and put 'chromium' on the PATH ('make test' does)."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OFFLINE)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """JupyterLab for all tests: its address and the folder that it serves."""
    root = tmp_path_factory.mktemp("lab")
    with _jupyter(root) as url:
        yield url, root


@pytest.fixture
def lab(chromium: Browser, jupyter: tuple[str, Path], tmp_path: Path) -> Iterator[Lab]:
    """A project folder of its own in the JupyterLab of all; approvals and confirmations are given by hand."""
    url, root = jupyter
    project = root / f"project-{len(list(root.glob('project-*'))) + 1}"
    shutil.copytree(NOTEBOOKS, project / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "pyproject.toml", project)
    with Server(tmp_path / "simulator", portfolio=_hostile_portfolio()) as server:
        path = project / "parameters" / "demo.yaml"
        path.parent.mkdir()
        by_hand = {"required": 1, "self_approval": True}
        path.write_text(engagement_text(server, name="contoso-europe", approvals=by_hand), encoding="utf-8")
        context = chromium.new_context(viewport=VIEW)
        opened = Lab(
            url,
            f"{project.name}/notebooks",
            context.new_page(),
            world=World(server, path),
            browser=chromium,
            project=project,
            contexts=[context],
        )
        yield opened
        for each in opened.contexts:
            _end_kernels(each, url)
            each.close()


def _hostile_portfolio() -> Portfolio:
    customers = [replace(each, company=HOSTILE) if each.domain == NORTHWIND else each for each in PORTFOLIO.customers]
    return replace(PORTFOLIO, customers=tuple(customers))


def _end_kernels(context: BrowserContext, url: str) -> None:
    """End the kernels of a test, so that those of the next have the computer for themselves."""
    for session in context.request.get(f"{url}/api/sessions").json():
        context.request.delete(f"{url}/api/sessions/{session['id']}")


class _jupyter:  # noqa: N801 - used as a context manager, read as a verb
    """Runs JupyterLab on a free port, without a token: only this machine reaches it, for the time of the tests."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __enter__(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = {
            "--ServerApp.port": port,
            "--IdentityProvider.token": "",
            "--ServerApp.disable_check_xsrf": True,
            "--ServerApp.open_browser": False,
            "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
        command = [*lab_command(self._root), *(f"{name}={value}" for name, value in options.items())]
        own = {"JUPYTER_CONFIG_DIR": str(self._root / ".jupyter"), **lab_environment(self._root / ".lab")}
        environment = {**os.environ, **own}
        self._log = (self._root / "jupyter.log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT, env=environment)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return f"http://localhost:{port}"
            time.sleep(0.1)
        raise AssertionError((self._root / "jupyter.log").read_text(encoding="utf-8"))

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:  # asked while a page was still being served, it waits for a thread for ever
            self._process.kill()
            self._process.wait()
        self._log.close()
