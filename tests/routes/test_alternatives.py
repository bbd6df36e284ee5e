"""What a person may choose instead of the rules, and what is never offered (M23, S2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from offline import NOON
from routes.looked_at import AZURE_PLAN, LEGACY_AZURE, SEATS, SOFTWARE, base, look
from routes.test_rules import AFTER, NOT_RENEWED, ROWS, UNDER_BASE

IN_WINDOW = {**SEATS, "effectiveStartDate": "2026-01-27T13:00:00Z"}
AFTER_WINDOW = {**SEATS, "effectiveStartDate": "2026-01-27T11:00:00Z"}

ALLOWED = {
    "legacy seats": ({}, {"retire", "manual"}),
    "seats in hour 167": (IN_WINDOW, {"replace_in_window", "run_out", "retire", "leave", "manual"}),
    "seats in hour 169": (AFTER_WINDOW, {"run_out", "retire", "leave", "manual"}),
    "an Azure plan": (AZURE_PLAN, {"manual"}),
    "legacy Azure": (LEGACY_AZURE, {"manual"}),
    "a reservation": ({**AZURE_PLAN, "termDuration": "P1Y"}, {"manual"}),
    "software with a term": ({**SOFTWARE, "termDuration": "P1Y"}, {"leave"}),
    "perpetual software": (SOFTWARE, {"manual"}),
    "a trial that becomes paid": ({**SEATS, "isTrial": True}, {"run_out", "retire"}),
    "a status that nobody knows": ({"status": "hibernating"}, {"leave", "manual"}),
    "a product that nobody knows": ({"productType": {"id": "Hologram"}}, {"leave", "manual"}),
    "suspended before": ({"status": "suspended"}, set()),
    "expired before": ({**SEATS, "status": "expired"}, {"manual"}),
    "still being provisioned": ({"status": "pending"}, set()),
    "an add-on without its base": (UNDER_BASE, {"retire", "manual"}),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_may_be_chosen(name: str) -> None:
    """M23: only what is safe for this subscription now is offered; the window is open in hour 167 and shut in 169."""
    fields, routes = ALLOWED[name]
    assert set(look(fields).allowed) == routes


def test_an_addon_cannot_be_taken_from_a_base_that_is_recreated() -> None:
    """S1: the suspension of the base would take the add-on along, so no other way is offered for it."""
    assert look(UNDER_BASE, base()).allowed == ()
    assert look({**UNDER_BASE, "isTrial": True}, base()).allowed == ()


def test_seats_that_end_too_soon_may_be_transferred_bought_or_given_up() -> None:
    """M23: with three days left and no renewal a person decides; to leave them would bill them on."""
    found = look(NOT_RENEWED, now=AFTER - timedelta(days=2))
    assert found.route is None
    assert set(found.allowed) == {"transfer", "run_out", "retire", "manual"}


def test_nothing_forbidden_is_ever_offered() -> None:
    """S2: no route is offered that suspends new commerce or Azure, none is offered twice, nor the one that is."""
    for row in ROWS.values():
        found = look(row.fields, *row.siblings, now=row.now)
        assert "recreate" not in found.allowed
        assert found.route not in found.allowed
        assert len(set(found.allowed)) == len(found.allowed)
        if "Azure" in found.kind or found.kind in {"reservation", "savings plan"}:
            assert "retire" not in found.allowed
        assert found.route != "retire"  # never a default


def test_a_choice_is_shown_with_who_and_why_and_what_to_do() -> None:
    """M23: a chosen route names the person, the reason, the deadline in hours, and what the rules would do."""
    found = look(IN_WINDOW, chosen="replace_in_window")
    assert found.route == "replace_in_window"
    assert found.reason.startswith("Chosen by ana because the customer asked: 04_recreate buys 10 seats")
    assert "before 2026-02-03 13:00 UTC" in found.reason
    assert "By the rules: New commerce goes on billing" in found.reason
    assert "transfer" in found.allowed  # the way back
    assert found.chosen is not None


@pytest.mark.parametrize("route", ["replace_in_window", "recreate", "azure_support", "nonsense"])
def test_a_choice_that_is_not_possible_leaves_the_row_undecided(route: str) -> None:
    """S7: when the window has closed, neither the choice nor the rule wins in silence: a person chooses again."""
    found = look(AFTER_WINDOW, chosen=route)
    assert found.route is None
    assert f"ana chose {route}, which is not possible any more" in found.reason
    assert "transfer" in found.allowed


def test_what_has_ended_needs_no_choice_any_more() -> None:
    """M29: a choice that was carried out, so that the subscription is gone, leaves nothing undecided."""
    for status in ("suspended", "deleted"):
        assert look({"status": status}, chosen="retire").route == "leave"


def test_the_route_of_the_rules_may_be_chosen_back() -> None:
    """M27: choosing what the rules say is the same as no choice, and gives the same digest again."""
    assert look(SEATS, chosen="transfer") == look(SEATS)


def test_an_addon_follows_the_choice_for_its_base() -> None:
    """M25: when a person takes the base out, its add-on is undecided until they say what happens to it."""
    from offline import make_subscription

    from consolidation.routes import ChosenRoute, classify

    addon = make_subscription("ADD", parentSubscriptionId="BASE")
    every = {"base": base(), "add": addon}
    chosen = {"base": ChosenRoute("retire", "nobody uses it", "ana")}
    found = classify(addon, every, NOON, chosen)
    assert (found.route, set(found.allowed)) == (None, {"retire", "manual"})
    assert "(retire)" in found.reason
    both = {**chosen, "add": ChosenRoute("retire", "nobody uses it", "ana")}
    assert classify(addon, every, NOON, both).route == "retire"
