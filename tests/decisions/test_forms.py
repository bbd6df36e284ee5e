"""The forms in which a person chooses a route: what is offered, what is refused, and when they end (M23, M27)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from offline import make_case_name, make_engagement, make_plan, make_row

from consolidation.approvals import decision_on
from consolidation.choices import chosen_routes
from consolidation.engagement import Engagement
from consolidation.forms import approval_form, choice_form, route_form
from consolidation.forms.frame import button, field
from consolidation.journal import Journal
from consolidation.limits.offers import NOT_SOLD
from consolidation.plan import Plan, freeze
from consolidation.replacements import picks

CHAIN = make_case_name().chain


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement on loopback, where the user of the computer stands in."""
    return make_engagement(tmp_path, approvals={"required": 1, "self_approval": True})


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return Journal(engagement.journal_url)


@pytest.fixture
def plan(engagement: Engagement, journal: Journal) -> Plan:
    """A frozen plan with a decided row, an undecided one, and one for which nothing is allowed."""
    rows = (
        make_row("base", allowed=("retire", "manual")),
        make_row("odd", product="Odd", route=None, target_action="none", source_action="none", allowed=("leave",)),
        make_row("add", product="Extra", parent="base", source_action="goes with its base"),
    )
    return freeze(journal, make_plan(engagement, *rows))


def used(monkeypatch: pytest.MonkeyPatch, form: Any, person: Callable[[dict[str, Any]], Any]) -> Any:
    """Show a form, let a person use its widgets by their descriptions, and return what the form gives back."""
    shown: list[widgets.Widget] = []
    monkeypatch.setattr("consolidation.forms.frame.display", shown.append)

    async def both() -> Any:
        waiting = asyncio.create_task(form())
        await asyncio.sleep(0)
        await person({widget.description: widget for widget in inside(shown[0]) if getattr(widget, "description", "")})
        return await asyncio.wait_for(waiting, 30)

    # In a thread of its own: the browser tests have an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, both()).result()


def inside(widget: widgets.Widget) -> list[widgets.Widget]:
    """Return a widget and all that it holds."""
    return [widget, *(each for child in getattr(widget, "children", ()) for each in inside(child))]


def offered(parts: dict[str, Any]) -> list[str]:
    """Return the routes that can be chosen now."""
    return [route for _, route in parts["Route"].options if route]


def test_an_undecided_row_comes_first_and_its_choice_ends_the_form(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal, plan: Plan
) -> None:
    """S7: the form offers only what is allowed, the undecided row first; the click is a record with the reason."""

    async def choose(parts: dict[str, Any]) -> None:
        assert [label for label, _ in parts["Row"].options] == [
            "Odd, 10 seats: undecided",
            "Office 365 E3, 10 seats: recreate",
        ]
        assert offered(parts) == ["leave"]
        parts["Row"].value = 1
        assert offered(parts) == ["retire", "manual"]
        parts["Row"].value = 0
        parts["Route"].value = "leave"
        parts["Because"].value = "the customer keeps it"
        parts["Choose this route"].click()

    assert used(monkeypatch, lambda: route_form(engagement, journal, plan), choose) is True
    (chosen,) = chosen_routes(journal, CHAIN).values()
    assert (chosen.route, chosen.reason) == ("leave", "the customer keeps it")
    assert "not signed in (loopback)" in chosen.by


@pytest.mark.parametrize(("route", "reason"), [("leave", " "), ("", "because")])
def test_half_a_choice_is_refused_and_the_form_stays(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal, plan: Plan, route: str, reason: str
) -> None:
    """M23: no route or no reason, no choice: the form says so and waits; "Decide later" goes on without."""

    async def try_and_leave(parts: dict[str, Any]) -> None:
        button = parts["Choose this route"]
        parts["Route"].value = route
        parts["Because"].value = reason
        await clicked(button)
        parts["Decide later"].click()

    assert used(monkeypatch, lambda: route_form(engagement, journal, plan), try_and_leave) is False
    assert chosen_routes(journal, CHAIN) == {}


def test_the_form_of_the_approval_holds_the_choice_folded(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal
) -> None:
    """M27: a route chosen under the approval ends the form without an approval: the plan has to be made anew."""
    plan = freeze(journal, make_plan(engagement, make_row("base", allowed=("retire", "manual"))))

    async def choose(parts: dict[str, Any]) -> None:
        (title,) = (each for each in parts if each.startswith("Another route for a row"))
        parts[title].value = True
        parts["Because"].value = "nobody uses it"
        parts["Route"].value = "retire"
        parts["Choose this route"].click()

    decision = used(monkeypatch, lambda: approval_form(engagement, journal, plan), choose)
    assert not decision.approved
    assert chosen_routes(journal, CHAIN)["base"].route == "retire"


@pytest.mark.parametrize("typed", ["Fabrikam Boulangerie", " fabrikam  boulangerie", "fabrikam.onmicrosoft.com"])
def test_what_cannot_be_undone_is_approved_with_the_name_typed(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal, typed: str
) -> None:
    """M27: Approve alone does nothing; the customer's name, or its domain, has to be typed, however it is spaced."""
    frozen = freeze(journal, make_plan(engagement))

    async def approve(parts: dict[str, Any]) -> None:
        for wrong in ("", "Northwind Traders", "Fabrikam"):
            parts["Customer's name"].value = wrong
            await clicked(parts["Approve these rows"])
            assert not decision_on(engagement, journal, frozen).by
        parts["Customer's name"].value = typed
        parts["Approve these rows"].click()

    assert used(monkeypatch, lambda: approval_form(engagement, journal, frozen), approve).approved


def test_a_form_ends_when_a_newer_plan_stands(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal
) -> None:
    """S6: while a form is open the plan is made anew elsewhere: the form goes, and says that the rows changed."""
    old = freeze(journal, make_plan(engagement))

    async def replaced(_parts: dict[str, Any]) -> None:
        freeze(journal, make_plan(engagement, make_row(seats=11)))

    found = used(monkeypatch, lambda: approval_form(engagement, journal, old), replaced)
    assert not found.approved
    assert "A newer plan took the place" in found.lacking[0]


def test_a_rejection_needs_its_reason_and_ends_the_form(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal
) -> None:
    """M28: a rejection is a decision with a reason: without one the form stays, with one it ends and is kept."""
    frozen = freeze(journal, make_plan(engagement))

    async def reject(parts: dict[str, Any]) -> None:
        await clicked(parts["Reject"])
        assert journal.entries(CHAIN, kinds={"decided"}) == []
        parts["Reason"].value = "the customer wants 12 seats"
        parts["Reject"].click()

    (sentence,) = used(monkeypatch, lambda: approval_form(engagement, journal, frozen), reject).lacking
    assert sentence.endswith("the customer wants 12 seats.")


def test_a_product_is_picked_with_a_reason(
    engagement: Engagement, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M26: what is known of a product is read in the form, nothing is chosen beforehand, and a pick needs a reason."""
    candidate, words = "CFQ7TTC0LF8R:0001 P1Y monthly", "Office 365 E3: likely the same licence"
    row = make_row("gone", problems=(NOT_SOLD,), candidates=(candidate,), candidate_words={candidate: words})
    plan = freeze(journal, make_plan(engagement, row))

    async def pick(parts: dict[str, Any]) -> None:
        picker = parts["Office 365 E3, 10 seats"]
        assert picker.options == (("please choose", ""), (words, candidate))  # nothing else can be bought for it
        picker.value = candidate
        await clicked(parts["Plan with these choices"])
        assert picks(journal, CHAIN) == {}
        parts["Because"].value = "same plans"
        parts["Plan with these choices"].click()

    assert used(monkeypatch, lambda: choice_form(engagement, journal, plan), pick)
    assert str(picks(journal, CHAIN)["gone"].replacement) == candidate


async def clicked(button: Any) -> None:
    """Click a button and wait until what it does has ended."""
    enabled_again = asyncio.Event()
    button.observe(lambda change: None if change["new"] else enabled_again.set(), names="disabled")
    button.click()
    await enabled_again.wait()


def test_nothing_is_offered_where_nothing_is_allowed(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal
) -> None:
    """M23: a plan whose rows have no alternative shows the approval alone."""
    plan = freeze(journal, make_plan(engagement))

    async def look(parts: dict[str, Any]) -> None:
        assert "Choose this route" not in parts
        parts["Decide later"].click()

    assert not used(monkeypatch, lambda: approval_form(engagement, journal, plan), look).approved


def test_what_runs_out_asks_for_its_purchase(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal
) -> None:
    """M23: the form asks who buys what runs out, and when, for that route alone; the record has both."""
    plan = freeze(journal, make_plan(engagement, make_row("base", allowed=("retire", "run_out"))))

    async def choose(parts: dict[str, Any]) -> None:
        parts["Because"].value = "no transfer"
        parts["Route"].value = "run_out"
        parts["Bought on"].value = "2026-05-20"
        parts["Bought by"].value = "Ben of sales"
        parts["Choose this route"].click()

    assert used(monkeypatch, lambda: route_form(engagement, journal, plan), choose) is True
    (chosen,) = chosen_routes(journal, CHAIN).values()
    assert (chosen.route, chosen.purchase_on, chosen.owner) == ("run_out", "2026-05-20", "Ben of sales")


def test_no_part_of_a_form_hides_another() -> None:
    """M27: each part has a layout of its own: one that is hidden takes no other button or field with it."""
    one, other = button("One"), button("Other")
    one.layout.display = field("A").layout.display = "none"
    assert (other.layout.display, field("B").layout.display) == (None, None)
