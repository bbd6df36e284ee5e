"""The desk in a browser: the start page, the portfolio with its filters, and the queue, by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from browser.desk import HOSTILE, PATIENCE
from browser.pictures import keep_picture, output_of
from playwright.sync_api import CDPSession, Locator, Page, expect
from world import FABRIKAM, NORTHWIND, World

from consolidation.cli.try_out import START_PAGE, lab_command
from consolidation.confirmations import record_confirmation
from consolidation.start_page import write_start_page

if TYPE_CHECKING:
    from browser.desk import Lab

CONTROLS = {"button", "textbox", "combobox", "listbox", "checkbox", "spinbutton", "slider", "switch", "tab", "link"}


def fits(table: Locator, output: Locator, *, width: int) -> bool:
    """Tell whether a table ends within its cell's output in a window of so many pixels."""
    view = table.page.viewport_size
    table.page.set_viewport_size({"width": width, "height": 900})
    ends = [part.evaluate("part => part.getBoundingClientRect().right") for part in (table, output)]
    table.page.set_viewport_size(view or {"width": width, "height": 900})
    return bool(ends[0] <= ends[1])


def test_the_start_page_leads_to_the_phases(lab: Lab) -> None:
    """JupyterLab opens on a page to read: the engagement, each phase with its state, and a link that opens it."""
    world = lab.world
    page = lab.project / START_PAGE
    write_start_page(world.engagement, world.journal, page, lab.project / "notebooks")
    opens = next(word for word in lab_command(lab.project) if "default_url" in word).partition("=")[2]
    lab.page.goto(f"{lab.url}{opens.replace('/lab/tree/', f'/lab/tree/{lab.project.name}/')}?reset")
    lab.sees("Nothing has run yet.")
    keep_picture("start", lab.page.locator(".jp-RenderedMarkdown"))
    lab.page.get_by_role("link", name="00_connect").last.click()
    lab.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").wait_for(timeout=PATIENCE)
    expect(lab.page.get_by_role("heading", name="Connect", exact=True)).to_be_visible(timeout=PATIENCE)


def test_the_queue_is_worked_by_keyboard_and_a_name_runs_nowhere(lab: Lab) -> None:
    """M27, S11: two alike plans are approved together without a mouse; every control is labelled; markup stays text."""
    two_agreements_wait(lab.world)
    lab.open("90_portfolio")
    lab.page.keyboard.press("Control+Shift+C")
    lab.page.keyboard.type("Run All Cells")
    lab.page.keyboard.press("Enter")
    lab.sees("2 plans to decide on.")
    expect(lab.page.get_by_text("3 of 3 cases fit, 3 are shown.")).to_be_attached()
    lab.page.get_by_role("button", name="Leave the queue").wait_for(timeout=PATIENCE)
    assert unlabelled(lab.page) == []
    keep_picture("queue", output_of(lab.page.get_by_role("button", name="Approve and go on")))
    cases = output_of(lab.page.get_by_label("Outcome"))
    keep_picture("cases", cases)
    assert fits(cases.locator("table").last, cases, width=1400)
    assert lab.page.get_by_text(HOSTILE).count() > 1
    lab.page.get_by_label("Outcome").focus()
    lab.tab_to("Customer's name")
    lab.page.keyboard.type("2 customers")
    lab.tab_to("Approve and go on")
    lab.page.keyboard.press("Space")  # Enter belongs to JupyterLab: it edits the cell
    lab.sees("No plan waits for an approval.")
    lab.sees("90_portfolio: Done")
    assert lab.page.evaluate("window.ran") is None
    journal = lab.world.journal
    for customer in (FABRIKAM, NORTHWIND):
        (decided,) = journal.entries(lab.world.case(customer).chain, kinds={"decided"})
        assert decided.body["approved"]


def two_agreements_wait(world: World) -> None:
    """Let two customers have accepted, so that the statement of their agreement waits for an approval."""
    record_confirmation(world.journal, "engagement", "irreversible", by="ana", how="command line")
    world.prepare_all()
    for customer in (FABRIKAM, NORTHWIND):
        world.accept(customer)
        facts = {"name": "Margaux Delorme", "email": "margaux@fabrikam.example", "date": "2026-02-03"}
        chain = world.case(customer).chain
        record_confirmation(world.journal, chain, "agreement_accepted", by="ana", how="command line", facts=facts)
        world.run("02_invite", customer)


def unlabelled(page: Page) -> list[str]:
    """Return the controls in the outputs of cells that Chromium's accessibility tree has no name for."""
    tree: CDPSession = page.context.new_cdp_session(page)
    root = tree.send("DOM.getDocument")["root"]["nodeId"]
    found = tree.send("DOM.querySelectorAll", {"nodeId": root, "selector": ".jp-OutputArea-output"})["nodeIds"]
    nodes = [
        node for each in found for node in tree.send("Accessibility.queryAXTree", {"nodeId": each}).get("nodes", ())
    ]
    controls = [node for node in nodes if not node.get("ignored") and node.get("role", {}).get("value") in CONTROLS]
    assert len(controls) > 8, [node.get("name") for node in controls]
    return [node["role"]["value"] for node in controls if not node.get("name", {}).get("value", "").strip()]
