"""A real JupyterLab, driven by the system's Chromium: one server for all tests, a project folder for each."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
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
PATIENCE = 90_000
"""Milliseconds; a kernel has to start and to import, on a computer that does other things as well."""


@dataclass
class Desk:
    """One operator's browser tab on one project."""

    url: str
    folder: str
    page: Page
    clicks: int = 0
    strokes: int = 0

    def open(self, notebook: str) -> None:
        """Open a notebook and wait until its kernel is ready."""
        self.page.goto(f"{self.url}/lab/tree/{self.folder}/{notebook}.ipynb?reset")
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").wait_for(timeout=PATIENCE)
        self.page.get_by_text("| Idle").first.wait_for(timeout=PATIENCE)

    def run_all(self) -> None:
        """Run every cell by the menu, as a person does."""
        self.menu("Run", "Run All Cells")

    def menu(self, title: str, item: str) -> None:
        """Choose something from JupyterLab's menu."""
        self.page.get_by_role("menuitem", name=title, exact=True).click()
        self.page.locator(".lm-Menu").get_by_text(item, exact=True).click()
        self.clicks += 2

    def restart_kernel(self) -> None:
        """Restart the kernel by the menu and wait until it is ready; what it had in memory is gone."""
        self.menu("Kernel", "Restart Kernel…")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.clicks += 1
        expect(self.page.get_by_text("| Idle").first).to_be_visible(timeout=PATIENCE)

    def click(self, button: str) -> None:
        """Click a button."""
        self.page.get_by_role("button", name=button).click(timeout=PATIENCE)
        self.clicks += 1

    def write(self, label: str, text: str) -> None:
        """Write into a field that is found by its label."""
        self.page.get_by_label(label).fill(text, timeout=PATIENCE)
        self.clicks += 1
        self.strokes += len(text)

    def sees(self, text: str) -> Locator:
        """Wait until a text is on the screen."""
        found = self.page.get_by_text(text).first
        expect(found).to_be_visible(timeout=PATIENCE)
        return found


@dataclass
class Lab(Desk):
    """A project with its notebooks and a simulator behind it, and the browser of the first operator."""

    world: World = field(kw_only=True)
    browser: Browser = field(kw_only=True)
    project: Path = field(kw_only=True)
    contexts: list[BrowserContext] = field(default_factory=list, kw_only=True)

    def another_operator(self) -> Desk:
        """Return a browser of its own, on copies of the notebooks, so that it has kernels of its own as well."""
        copies = self.project / "of-somebody-else"
        shutil.copytree(self.project / "notebooks", copies, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        context = self.browser.new_context(viewport=VIEW)
        self.contexts.append(context)
        return Desk(self.url, f"{self.project.name}/{copies.name}", context.new_page())

    def picture(self, name: str, at: Locator) -> None:
        """Keep a screenshot for people to look at, scrolled to the part that matters."""
        at.evaluate("element => element.scrollIntoView({block: 'end'})")
        self.page.screenshot(path=self.project / f"{name}.png")


VIEW = {"width": 1400, "height": 1000}


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
    with Server(tmp_path / "simulator", portfolio="first") as server:
        path = project / "parameters" / "demo.yaml"
        path.parent.mkdir()
        path.write_text(engagement_text(server, approvals={"required": 1, "self_approval": True}), encoding="utf-8")
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
            "--ServerApp.root_dir": self._root,
            "--ServerApp.port": port,
            "--IdentityProvider.token": "",
            "--ServerApp.disable_check_xsrf": True,
            "--ServerApp.open_browser": False,
            "--ServerApp.allow_root": True,
            "--LabApp.news_url": "",
            "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
        command = [sys.executable, "-m", "jupyterlab", *(f"{name}={value}" for name, value in options.items())]
        environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(self._root / ".jupyter")}
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
        self._process.wait(timeout=30)
        self._log.close()
