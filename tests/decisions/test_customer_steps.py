"""What happens outside: what Partner Center shows stands beside what people say, each with its time (M7, M8, M15)."""

from __future__ import annotations

from typing import Any

import pytest
from decisions.test_forms import clicked, used
from world import FABRIKAM, NORTHWIND, World

from consolidation.case import Case
from consolidation.confirmations import STEPS, record_confirmation
from consolidation.customer_steps import checklist, seen
from consolidation.forms import confirmation_form


def opened(world: World, phase: str, customer: str = FABRIKAM) -> Case:
    """Return a case as a notebook opens it."""
    return Case(world.engagement, world.journal, world.clients, world.case(customer), phase)


def test_the_checklist_has_both_sides_of_each_step(world: World) -> None:
    """M7, M8: before the acceptance Partner Center shows nothing and people say something; afterwards it shows it."""
    world.prepare_all()
    case = opened(world, "02_invite")
    facts = {"told": "by phone"}
    record_confirmation(
        case.journal, case.chain, "customer_accepted", by="Margaux", how="notebook", ticket="T-7", facts=facts
    )
    sent, accepted, agreed = checklist(case, "02_invite").rows
    assert (sent["shows"], sent["by"]) == ("not under the target", "nobody yet")
    assert (accepted["by"], accepted["told"], accepted["ticket"]) == ("Margaux", "by phone", "T-7")
    assert accepted["seen"] == case.relationship.read_at  # type: ignore[union-attr]
    assert agreed["shows"] == "cannot be seen before the acceptance"
    world.accept(FABRIKAM)
    assert seen(case, "customer_accepted").is_so is False  # type: ignore[union-attr]
    assert seen(case, "customer_accepted", anew=True).is_so  # type: ignore[union-attr]
    assert checklist(case, "02_invite").rows[0]["shows"] == "under the target, reseller"


def test_the_notebook_shows_the_checklist_where_something_happens_outside(world: World) -> None:
    """M15: 02_invite and 06_azure end in it; a customer without Azure has no steps there."""
    world.ready_to_move(NORTHWIND)
    world.accept(FABRIKAM)
    assert "azure_moved: " in str(world.run("06_azure", NORTHWIND).shown[-2])
    assert "azure_moved: " not in str(world.run("06_azure", FABRIKAM).shown[-2])
    assert "agreement_accepted: " in str(world.run("02_invite", FABRIKAM).shown[-2])


def test_the_form_looks_again_and_ends_when_it_is_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """M7: with the customer on the phone the operator looks again; what Partner Center shows needs nobody's word."""
    world.prepare_all()
    case = opened(world, "02_invite")

    async def look(parts: dict[str, Any]) -> None:
        again = parts["Look again in Partner Center"]
        await clicked(again)
        world.accept(FABRIKAM)
        again.click()

    step = STEPS["customer_accepted"]
    form = lambda: confirmation_form(case.engagement, case.journal, case.chain, step, "02_invite", case)  # noqa: E731 - as `used` takes it
    used(monkeypatch, form, look)
    assert not [
        entry for entry in case.journal.entries(case.chain, kinds={"confirmed"}) if entry.body["step"] == step.name
    ]
    assert seen(case, step.name).is_so  # type: ignore[union-attr]


def test_how_it_was_told_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """M7, M32: who said so, how, and the ticket are one record."""
    world.prepare_all()
    case = opened(world, "02_invite")

    async def say(parts: dict[str, Any]) -> None:
        parts["Who says so"].value = "Margaux"
        parts["How"].value = "by phone"
        parts["Ticket"].value = "T-7"
        parts["Confirm"].click()

    step = STEPS["customer_accepted"]
    used(
        monkeypatch,
        lambda: confirmation_form(case.engagement, case.journal, case.chain, step, "02_invite", case),
        say,
    )
    (said,) = case.journal.entries(case.chain, kinds={"confirmed"})
    assert (said.body["facts"], said.body["ticket"]) == ({"told": "by phone"}, "T-7")
