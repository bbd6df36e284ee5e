"""Run All in JupyterLab: the notebook waits for the person and goes on after the click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect
from world import FABRIKAM, World

from consolidation.confirmations import confirmation
from consolidation.outcomes import latest_outcome

if TYPE_CHECKING:
    from conftest import Lab

PATIENCE = 60_000
"""Milliseconds; a kernel has to start and to import."""


def test_run_all_waits_for_the_acknowledgement_and_goes_on_after_the_click(lab: Lab) -> None:
    """M3: Run All stops at the form until a person acknowledges; the click is evidence and the notebook ends done."""
    lab.open("00_connect")
    lab.run_all()
    who = lab.page.get_by_label("Who says so")
    who.wait_for(timeout=PATIENCE)
    lab.picture("00_connect-form", who)
    assert latest_outcome(lab.world.journal, "engagement", "00_connect") is None
    who.fill("Ana, on the phone with Contoso")
    lab.page.get_by_role("button", name="Confirm").click()
    done = lab.page.get_by_text("00_connect: Done")
    expect(done).to_be_visible(timeout=PATIENCE)
    lab.picture("00_connect-done", done)
    said = confirmation(lab.world.journal, "engagement", "irreversible")
    assert said is not None
    assert said.body["by"].startswith("Ana, on the phone with Contoso, recorded by ")


def test_a_plan_is_approved_by_a_click_and_applied_as_shown(lab: Lab) -> None:
    """M27: in 04_recreate Run All shows the rows, waits, and buys exactly what was approved."""
    world: World = lab.world
    ready_by_hand(world)
    set_customer(world, "04_recreate", FABRIKAM)
    lab.open("04_recreate")
    lab.run_all()
    approve = lab.page.get_by_role("button", name="Approve these rows")
    approve.wait_for(timeout=PATIENCE)
    lab.picture("04_recreate-plan", approve)
    assert not [write for write in world.writes("api") if (write["effect"] or {}).get("ordered")]
    approve.click()
    done = lab.page.get_by_text("04_recreate: Done")
    expect(done).to_be_visible(timeout=PATIENCE)
    lab.picture("04_recreate-done", done)
    ordered = [item for write in world.writes("api") for item in (write["effect"] or {}).get("ordered", [])]
    assert len(ordered) == 3


def ready_by_hand(world: World) -> None:
    """Bring the first customer up to the cut-over with a person's confirmations and approval."""
    from walk.test_safety import confirmed_by_hand

    confirmed_by_hand(world, FABRIKAM)


def set_customer(world: World, phase: str, customer: str) -> None:
    """Write the customer into the notebook's parameters, as a person would before Run All."""
    path = world.path.parent.parent / "notebooks" / f"{phase}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert '"customer = ' in text
    lines = [
        line if '"customer = ' not in line else f'    "customer = \\"{customer}\\"\\n",' for line in text.split("\n")
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
