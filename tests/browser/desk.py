"""What the browser tests do as an operator does it: open, run, click, write, and look."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from world import World

PATIENCE = 90_000
"""Milliseconds; a kernel has to start and to import, on a computer that does other things as well."""


_FOCUSED = """() => {
    const focused = document.activeElement;
    const label = focused.labels && focused.labels.length ? focused.labels[0] : focused;
    return (label.innerText || "").trim();
}"""


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

    def tab_to(self, label: str) -> None:
        """Reach a control with the keyboard alone, from wherever the focus is."""
        for _ in range(200):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(_FOCUSED) == label:
                return
        raise AssertionError(f"No key leads to {label!r}.")

    def pick_with_keys(self, label: str, down: int) -> None:
        """Reach a list with the keyboard, open it, go down so many options and take the one there."""
        self.tab_to(label)
        for key in ("Space", *["ArrowDown"] * down, "Enter"):
            self.page.keyboard.press(key)

    def sees(self, text: str) -> Locator:
        """Wait until a text is on the screen; the same words in a panel that is shut are passed over."""
        found = self.page.get_by_text(text).filter(visible=True).first
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


VIEW = {"width": 1500, "height": 1000}
HOSTILE = '<img src=x onerror="window.ran=1"><script>window.ran=1</script> $x^2$ & Söhne'
"""The name of a company that nobody should have; in every browser test it is Northwind's (S11)."""
