"""Run All in JupyterLab: the notebook waits for the person and goes on after the click, whatever happens meanwhile."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import nbformat
from browser.desk import PATIENCE
from browser.pictures import keep_picture, output_of
from click.testing import CliRunner
from playwright.sync_api import expect
from world import EUROPE, FABRIKAM, FRANCE, World

from consolidation.approvals import decision_on
from consolidation.cli import cli
from consolidation.confirmations import confirmation
from consolidation.kernels.provisioner import NAME as WARM
from consolidation.outcomes import latest_outcome
from consolidation.plan import Plan, frozen_plan

if TYPE_CHECKING:
    from browser.desk import Desk, Lab

APPROVE = "Approve these rows"
NAME = "Customer's name"
COMPANY = "Fabrikam Boulangerie"
RECREATE = "04_recreate"


def test_run_all_waits_for_the_acknowledgement_and_goes_on_after_the_click(lab: Lab) -> None:
    """M3: Run All stops at the form until a person acknowledges; the click is evidence and the notebook ends done."""
    lab.open("00_connect")
    lab.run_all()
    who = lab.sees("Who says so")
    keep_picture("acknowledgement", output_of(who))
    assert latest_outcome(lab.world.journal, "engagement", "00_connect") is None
    lab.write("Who says so", "Ana, on the phone with Contoso")
    lab.click("Confirm")
    lab.sees("00_connect: Done")
    said = confirmation(lab.world.journal, "engagement", "irreversible")
    assert said is not None
    assert said.body["by"].startswith("Ana, on the phone with Contoso, recorded by ")


def test_a_plan_is_approved_by_a_click_and_applied_as_shown(
    lab: Lab, record_property: Callable[[str, object], None]
) -> None:
    """M27: Run All shows rows and consequences, waits for the typed name, and buys exactly what was approved.

    An ordinary customer's cut-over takes the operator four clicks and one name, and no more than that.
    """
    open_plan(lab, lab)
    lab.sees("+60 more")
    lab.sees("no: the runbook never cancels an order")
    keep_picture("approval", output_of(lab.page.get_by_role("button", name=APPROVE)))
    # The table alone: what the suspension comes to in money is said in other words on other days.
    keep_picture("plan", lab.page.locator("table", has_text="every source subscription once").first)
    lab.click(APPROVE)
    lab.sees("What is approved here cannot be undone, and 'no name' is not this customer.")
    assert not ordered(lab.world)
    lab.clicks, lab.strokes, started = 2, 0, time.monotonic()  # Run All was two; the click in vain was the test's
    lab.write(NAME, COMPANY)
    lab.click(APPROVE)
    lab.sees("04_recreate: Done")
    waited = time.monotonic() - started
    assert len(ordered(lab.world)) == 3
    lab.sees("Approved by ")
    assert (lab.clicks, lab.strokes) == (4, len(COMPANY)), "Run All, the field, Approve"
    record_property("seconds from the name to the end", round(waited, 1))


def test_the_warm_kernel_serves_jupyterlab_too(lab: Lab) -> None:
    """M37: the kernel that `run` forks can be chosen in JupyterLab: forms, a restart and an interruption work."""
    path = lab.project / "notebooks" / "00_connect.ipynb"
    written = nbformat.read(path, as_version=4)
    written.metadata.kernelspec = {"name": WARM, "display_name": "warm", "language": "python"}
    look = nbformat.v4.new_code_cell("import sys\n'as it was forked' if 'msal' in sys.modules else ''")
    written.cells.insert(0, look)
    nbformat.write(written, path)
    lab.open("00_connect")
    lab.run_all()
    lab.sees("as it was forked")
    lab.sees("Who says so")
    lab.menu("Kernel", "Interrupt Kernel")
    lab.sees("CancelledError")  # what IPython makes of it in a cell that waits
    lab.restart_kernel()
    lab.run_all()
    lab.write("Who says so", "Ana")
    lab.click("Confirm")
    lab.sees("00_connect: Done")


def test_a_restarted_kernel_and_a_closed_tab_lose_nothing(lab: Lab) -> None:
    """M27, M29: after a restart the same plan waits; closed tab or not, it goes on once it is approved elsewhere."""
    open_plan(lab, lab)
    before = plan_of(lab.world)
    lab.restart_kernel()
    lab.run_all()
    lab.page.get_by_role("button", name=APPROVE).wait_for(timeout=PATIENCE)
    assert plan_of(lab.world) == before
    lab.page.close()
    approve_elsewhere(lab.world, before)
    lab.page = lab.contexts[0].new_page()
    lab.open(RECREATE)
    lab.run_all()
    lab.sees("04_recreate: Done")
    expect(lab.page.get_by_role("button", name=APPROVE)).to_have_count(0)
    assert len(ordered(lab.world)) == 3


def test_two_operators_at_once_buy_once(lab: Lab) -> None:
    """S3, M27: two people have the same plan open, each with a kernel; one approves, both go on, it is bought once."""
    other = lab.another_operator()
    open_plan(lab, lab)
    open_plan(lab, other, ready=True)
    other.write(NAME, COMPANY)
    other.click(APPROVE)
    for desk in (lab, other):
        desk.sees("Approved by ")
        expect(desk.page.get_by_role("button", name=APPROVE)).to_have_count(0)
        # The lease lets one of them buy; the other one finds it bought, or is told who works on it.
        expect(desk.page.get_by_text(re.compile("^04_recreate: (Done|Held)"))).to_be_visible(timeout=PATIENCE)
    assert len(ordered(lab.world)) == 3
    assert {item["status"] for item in lab.world.subscriptions(EUROPE, FABRIKAM).values()} == {"active"}


def test_a_plan_that_is_replaced_is_looked_at_again(lab: Lab) -> None:
    """S6, M28: a newer plan ends the form and buys nothing; the new one is rejected with a reason, which is kept."""
    open_plan(lab, lab)
    old = plan_of(lab.world)
    seats = next(item for item in lab.world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)
    lab.world.portal(FRANCE, FABRIKAM, subscription=seats["id"], quantity=11)
    lab.world.run(RECREATE, FABRIKAM)
    lab.sees("A newer plan took the place")
    lab.sees("04_recreate: Held for us")
    lab.run_all()
    lab.sees("+61 more")
    lab.write("Reason", "eleven seats are wrong")
    lab.click("Reject")
    lab.sees("eleven seats are wrong.")
    new = plan_of(lab.world)
    assert new.digest != old.digest
    assert not decision_on(lab.world.engagement, lab.world.journal, new).approved
    assert not ordered(lab.world)


def test_rows_are_picked_and_taken_out_and_a_refusal_is_a_short_box(lab: Lab) -> None:
    """M27, M31: a twin is picked, a row taken out by keyboard with a reason; a refusal tells what to do, and its id."""
    lab.world.run("00_connect")
    lab.world.accept(FABRIKAM)
    single = next(item for item in lab.world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)
    twin = lab.world.portal(EUROPE, FABRIKAM, offer=single["offerId"], quantity=10)
    ready_by_hand(lab.world)
    set_customer(lab, lab, RECREATE, FABRIKAM)
    lab.open(RECREATE)
    lab.run_all()
    lab.page.get_by_label("Exchange Online (Plan 1), 10 seats").select_option(
        label=f"{twin['id'].lower()} stands for this row", timeout=PATIENCE
    )
    lab.click("Plan with these choices")
    lab.page.get_by_role("button", name=APPROVE).wait_for(timeout=PATIENCE)
    assert "adopt" in {row.target_action for row in plan_of(lab.world).rows}

    lab.page.get_by_role("button", name=APPROVE).focus()
    lab.tab_to("Another route for a row, or take it out; the plan is then made anew")
    lab.page.keyboard.press("Space")
    expect(lab.page.get_by_label("Because")).to_be_visible(timeout=PATIENCE)
    lab.tab_to("Row")
    expect(lab.page.locator("select:focus")).to_contain_text("Exchange Online (Plan 1), 10 seats")
    lab.pick_with_keys("Route", down=2)
    expect(lab.page.locator("select:focus")).to_have_value("manual: take the row out, a person does it in the portals")
    lab.tab_to("Because")
    lab.page.keyboard.type("somebody does it in the portal")
    lab.tab_to("Choose this route")
    lab.page.keyboard.press("Space")
    lab.sees("Another route was chosen: run make_plan and what follows again.")

    lab.world.faults({"method": "POST", "path": "/carts$", "kind": "business_error", "code": 800069})
    lab.run_all()
    lab.write(NAME, COMPANY)
    lab.click(APPROVE)
    box = lab.page.get_by_role("alert").first
    expect(box).to_contain_text("800069", timeout=PATIENCE)
    expect(box).to_contain_text("Correlation id")
    assert lab.page.get_by_text("Traceback").count() == 0
    assert not ordered(lab.world)
    routes = {row.product: row.route for row in plan_of(lab.world).rows}
    assert routes["Exchange Online (Plan 1)"] == "manual"


def open_plan(lab: Lab, desk: Desk, *, ready: bool = False) -> None:
    """Bring the first customer up to the cut-over, open its notebook, run all and wait for the form."""
    if not ready:
        ready_by_hand(lab.world)
    set_customer(lab, desk, RECREATE, FABRIKAM)
    desk.open(RECREATE)
    desk.run_all()
    desk.page.get_by_role("button", name=APPROVE).wait_for(timeout=PATIENCE)


def plan_of(world: World) -> Plan:
    """Return the newest frozen plan of the cut-over."""
    plan = frozen_plan(world.journal, world.case(FABRIKAM), RECREATE)
    assert plan is not None
    return plan


def approve_elsewhere(world: World, plan: Plan) -> None:
    """Approve a plan with the command line."""
    given = ["approve", str(world.path), "--customer", FABRIKAM, "--phase", RECREATE, "--digest", plan.digest]
    done = CliRunner().invoke(cli, given)
    assert done.exit_code == 0, done.output


def ordered(world: World) -> list[str]:
    """Return every subscription that was ordered in the target, by the simulator's own log."""
    return [item for write in world.writes("api") for item in (write["effect"] or {}).get("ordered", [])]


def ready_by_hand(world: World) -> None:
    """Bring the first customer up to the cut-over with a person's confirmations and approval."""
    from walk.test_safety import confirmed_by_hand

    confirmed_by_hand(world, FABRIKAM)


def set_customer(lab: Lab, desk: Desk, phase: str, customer: str) -> None:
    """Write the customer into the notebook's parameters, as a person would before Run All."""
    path = lab.project.parent / desk.folder / f"{phase}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert '"customer = ' in text
    lines = [
        line if '"customer = ' not in line else f'    "customer = \\"{customer}\\"\\n",' for line in text.split("\n")
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
