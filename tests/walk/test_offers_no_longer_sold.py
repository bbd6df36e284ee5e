"""An offer that is no longer sold: a person picks what is bought in its place, and the case goes through (M26)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from walk.test_cut_over import effects
from world import EUROPE, FABRIKAM, FRANCE, World, engagement_text

from consolidation.approvals import ASSUMED
from consolidation.limits import PICK_ANOTHER
from consolidation.offer_map import COLUMNS, read_offer_map
from consolidation.plan import Plan, PlanRow, frozen_plan
from consolidation.replacements import Pick, Replacement, record_pick
from partner_center.models import identity
from partner_center_simulator.portfolios import catalogue, new_commerce

PLAN_1, ITEM = "Exchange Online (Plan 1)", "CFQ7TTC0LH16:0001"
HEADER = ",".join(COLUMNS)
PRICES = f"offer,unit_price,currency,billing_cycle,term\n{ITEM},3.89,EUR,monthly,P1Y\n"

Gone = Callable[..., World]


@pytest.fixture
def gone(world: World) -> Gone:
    """Return the world in which Fabrikam's Exchange Online (Plan 1) is no longer sold, with files of the engagement."""

    def set_up(*mapped: str, prices: str = PRICES, **changes: object) -> World:
        folder = world.path.parent
        folder.joinpath("offers.csv").write_text("\n".join([HEADER, *mapped]), encoding="utf-8")
        folder.joinpath("prices.csv").write_text(prices, encoding="utf-8")
        text = engagement_text(world.server, offer_map="offers.csv", prices="prices.csv", **changes)
        world.path.write_text(text, encoding="utf-8")
        world.ready_to_move(FABRIKAM)
        world.control("POST", "offers", {"offer": catalogue.EXCHANGE_ONLINE_PLAN_1, "isAvailableForPurchase": False})
        return world

    return set_up


def planned(world: World) -> tuple[Plan, PlanRow]:
    """Return the newest plan, and its row of what is no longer sold."""
    plan = frozen_plan(world.journal, world.case(FABRIKAM), "04_recreate")
    assert plan is not None
    return plan, next(row for row in plan.rows if row.product == PLAN_1)


def offers_file(world: World) -> Path:
    """Return the offer map of the engagement."""
    return world.path.parent / "offers.csv"


def test_what_was_picked_is_bought_and_the_old_one_suspended(gone: Gone) -> None:
    """M26: bought as new commerce in the picked term, read back, then the legacy subscription is suspended (M11)."""
    world = gone()
    shown = world.run("04_recreate", FABRIKAM).shown
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"
    _, row = planned(world)
    assert (row.target_offer, row.target_term, row.price_ceiling) == (ITEM, "P1Y", "3.89 EUR")
    bought = next(item for item in world.subscriptions(EUROPE, FABRIKAM).values() if ":" in item["offerId"])
    assert (bought["offerId"], bought["quantity"]) == (new_commerce.EXCHANGE_ONLINE_PLAN_1, row.seats)
    assert (bought["termDuration"], bought["billingCycle"]) == ("P1Y", "monthly")
    said = "\n".join(map(repr, shown))
    assert "Price difference to the source, each month: +4.90 EUR." in said
    assert ASSUMED in row.reason
    world.run("05_suspend", FABRIKAM)
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"
    assert world.subscriptions(FRANCE, FABRIKAM)[PLAN_1]["status"] == "suspended"
    # The pick is kept for the next customer, with who and why.
    (kept,) = read_offer_map(offers_file(world)).values()
    assert (kept.product_sku, kept.term, kept.billing_cycle, kept.who) == (ITEM, "P1Y", "monthly", ASSUMED)
    assert kept.old_offer.casefold() == identity(catalogue.EXCHANGE_ONLINE_PLAN_1)
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"
    assert len(effects(world, "ordered")) == 2  # one cart per base, and none again


def test_nothing_is_bought_that_nobody_picked(gone: Gone) -> None:
    """M26: without a pick the case is held with what may be bought, nothing is ordered, and the offer map stays."""
    world = gone(approvals={"required": 1, "self_approval": True})
    before = offers_file(world).read_bytes()
    world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert any("cannot buy this offer any more" in reason for reason in held.reasons)
    plan, row = planned(world)
    assert (row.target_offer, row.candidates[0]) == (row.offer, f"{ITEM} P1Y monthly")
    assert any("may be bought as Exchange Online (Plan 1)" in note and "3.89 EUR" in note for note in plan.notes)
    assert effects(world, "ordered") == []
    assert offers_file(world).read_bytes() == before


def test_what_was_picked_before_is_offered_first(gone: Gone) -> None:
    """M26: the line of the offer map goes before every likeness of names, and its reason is shown."""
    line = f"{catalogue.EXCHANGE_ONLINE_PLAN_1},CFQ7TTC0LH1P:0001,P1Y,annual,ana@contoso.example,2026-02-01,shared mail"
    world = gone(line, approvals={"required": 1, "self_approval": True})
    world.run("04_recreate", FABRIKAM)
    _, row = planned(world)
    assert row.candidates[0] == "CFQ7TTC0LH1P:0001 P1Y annual"
    assert row.likely[:2] == ("CFQ7TTC0LH1P:0001 P1Y annual", f"{ITEM} P1Y monthly")
    words = row.candidate_words[row.candidates[0]]
    assert "picked before by ana@contoso.example on 2026-02-01 because shared mail; price unknown" in words


def test_a_guess_is_assumed_nowhere(gone: Gone) -> None:
    """M26: on loopback too a similar name waits for a person; what the person picks then goes through as an add-on."""
    world = gone()
    for offer in (catalogue.EXCHANGE_ONLINE_ARCHIVING, catalogue.OFFICE_365_E3):
        world.control("POST", "offers", {"offer": offer, "isAvailableForPurchase": False})
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "held"
    plan, row = planned(world)
    assert row.target_offer == ITEM  # the other rows' picks were assumed
    add_on = next(row for row in plan.rows if row.parent)
    assert add_on.candidates
    assert (add_on.likely, add_on.target_offer) == ((), add_on.offer)
    assert effects(world, "ordered") == []

    pick = Pick(Replacement.parse(*add_on.candidates[0].split()), "Ana", "same plans")
    record_pick(world.engagement, world.journal, plan, add_on, pick, how="command line", phase=None)
    for phase in ("04_recreate", "05_suspend"):
        world.run(phase, FABRIKAM)
        assert world.outcome(phase, FABRIKAM).outcome == "done", world.outcome(phase, FABRIKAM)
    bought = world.subscriptions(EUROPE, FABRIKAM).values()
    assert sorted(item["quantity"] for item in bought if ":" in item["offerId"]) == [10, 25, 25]
    assert {item["status"] for item in world.subscriptions(FRANCE, FABRIKAM).values()} == {"suspended"}


def test_a_pick_that_cannot_be_bought_is_picked_for_anew(gone: Gone) -> None:
    """M26: an add-on is offered last while its product is missing; picked all the same, the row asks again."""
    world = gone(approvals={"required": 1, "self_approval": True})
    for offer, sold in ((catalogue.EXCHANGE_ONLINE_PLAN_1, True), (catalogue.EXCHANGE_ONLINE_ARCHIVING, False)):
        world.control("POST", "offers", {"offer": offer, "isAvailableForPurchase": sold})

    def add_on() -> PlanRow:
        world.run("04_recreate", FABRIKAM)
        return next(row for row in planned(world)[0].rows if row.parent)

    row = add_on()
    words = row.candidate_words[row.candidates[-1]]
    assert "the customer holds none of the products that it needs" in words
    assert row.likely == ()
    pick = Pick(Replacement.parse(*row.candidates[-1].split()), "Ana", "the same name")
    record_pick(world.engagement, world.journal, planned(world)[0], row, pick, how="command line", phase=None)
    again = add_on()
    assert PICK_ANOTHER in again.problems
    assert set(again.candidates) == set(row.candidates)
    assert any("cannot be bought" in reason for reason in world.outcome("04_recreate", FABRIKAM).reasons)
    # Once the offer itself is sold again, the row is as it was, and the plan asks for an approval like any other.
    world.control("POST", "offers", {"offer": catalogue.EXCHANGE_ONLINE_ARCHIVING, "isAvailableForPurchase": True})
    sold = add_on()
    assert (sold.target_offer, sold.target_term, sold.problems) == (sold.offer, "", ())
    assert "What Ana picked for it" in sold.reason
    assert effects(world, "ordered") == []


def test_what_only_the_cart_refuses_may_be_picked_for_too(gone: Gone) -> None:
    """M26, S14: an offer that the catalogue still shows and the cart refuses is bought as what a person picks then."""
    world = gone()
    world.control("POST", "offers", {"offer": catalogue.EXCHANGE_ONLINE_PLAN_1, "isAvailableForPurchase": True})
    world.faults({"method": "POST", "path": "/carts$", "nth": 1, "kind": "cart_line_error", "code": 400041})
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "held"
    plan, row = planned(world)
    pick = Pick(Replacement(ITEM, "P1Y", "monthly"), "Ana", "the cart refuses the old one")
    record_pick(world.engagement, world.journal, plan, row, pick, how="command line", phase=None)
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"
    assert planned(world)[1].target_offer == ITEM


def test_a_cart_that_costs_more_than_the_list_is_not_checked_out(gone: Gone) -> None:
    """S14: the ceiling of a picked product is its price in the list, not what the old offer cost."""
    world = gone(prices=PRICES.replace("3.89", "3.80"))
    world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert any("approved were at most 3.80 EUR" in reason for reason in held.reasons), held.reasons
    assert not any(":" in item["offerId"] for item in world.subscriptions(EUROPE, FABRIKAM).values())
