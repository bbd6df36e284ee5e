"""The cut-over on one day: target before source, every row, and what happens around midnight."""

from __future__ import annotations

from world import EUROPE, FABRIKAM, FRANCE, NORTHWIND, World


def effects(world: World, kind: str) -> list[dict[str, object]]:
    """Return the API's writes that had an effect of this kind, in their order."""
    return [write for write in world.writes("api") if (write["effect"] or {}).get(kind)]


def test_what_stands_in_the_target_is_compared_row_by_row(world: World) -> None:
    """M10: seats that somebody changed in the target after the purchase hold the case, with the number to set."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    bought = next(item for item in world.subscriptions(EUROPE, FABRIKAM).values() if item["quantity"] == 10)
    world.portal(EUROPE, FABRIKAM, subscription=bought["id"], quantity=7)
    world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert any("the target has 7 seats, the source 10" in reason for reason in held.reasons)
    assert len(effects(world, "ordered")) == 2  # one cart per base, none bought again


def test_no_row_is_suspended_before_all_stand(world: World) -> None:
    """M11: one row that does not stand in the target keeps every other row of the customer from being suspended."""
    world.ready_to_move(FABRIKAM)
    # The second cart and every repeat of its checkout fail.
    kind = {"method": "POST", "path": "checkout", "kind": "error_500_before"}
    world.faults(*({**kind, "nth": nth} for nth in range(2, 9)))
    world.run("04_recreate", FABRIKAM)
    world.run("05_suspend", FABRIKAM)
    assert world.outcome("05_suspend", FABRIKAM).outcome == "held"
    assert not effects(world, "suspended")
    world.faults()
    world.run("04_recreate", FABRIKAM)
    world.run("05_suspend", FABRIKAM)
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"


def test_the_target_is_active_before_the_source_is_touched(world: World) -> None:
    """M14: for each customer every purchase comes before the first suspension."""
    world.ready_to_move(FABRIKAM, NORTHWIND)
    for customer in (FABRIKAM, NORTHWIND):
        world.run("04_recreate", customer)
        world.run("05_suspend", customer)
        identifier = world.case(customer).customer
        bought = [write["sequence"] for write in effects(world, "ordered") if write["customer"] == identifier]
        suspended = [write["sequence"] for write in effects(world, "suspended") if write["customer"] == identifier]
        assert bought
        assert max(bought) < min(suspended)


def test_a_cut_over_does_not_start_late_in_the_day(world: World) -> None:
    """S9: ten minutes before midnight UTC nothing is bought, and the reason says to start tomorrow."""
    world.ready_to_move(FABRIKAM)
    day = world.control("GET", "clock")["now"][:10]
    world.control("POST", "clock", {"set": f"{day}T23:50:00Z"})
    world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert any("S9" in reason and "tomorrow" in reason for reason in held.reasons)
    assert not effects(world, "cart")


def test_after_midnight_the_suspension_goes_at_once_and_the_overlap_is_said(world: World) -> None:
    """S9, M12: a suspension that comes a day late goes at once; days and seats stand in outcome and journal, once."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    world.control("POST", "clock", {"advance_seconds": 86_400})
    world.run("05_suspend", FABRIKAM)
    ended = world.outcome("05_suspend", FABRIKAM)
    assert ended.outcome == "done"
    assert any("OVERLAP" in reason and "1 day, 60 seats" in reason for reason in ended.reasons)
    cost = world.journal.last(world.case(FABRIKAM).chain, "overlap", phase="05_suspend")
    assert cost is not None
    assert (cost.body["days"], cost.body["seats"], cost.body["seat_days"], len(cost.body["rows"])) == (1, 60, 60, 3)
    world.run("05_suspend", FABRIKAM)
    assert len(world.journal.entries(world.case(FABRIKAM).chain, kinds={"overlap"})) == 1


def test_a_subscription_added_to_the_source_later_is_found(world: World) -> None:
    """M16: somebody who buys for the customer in the source again makes 07_close hold and name it."""
    world.ready_to_move(FABRIKAM)
    for phase in ("03_transfer", "04_recreate", "05_suspend", "06_azure", "07_close"):
        world.run(phase, FABRIKAM)
    closed = world.outcome("07_close", FABRIKAM)
    assert (closed.outcome, closed.waiting_on) == ("waiting", "Microsoft")  # for the invoice alone (M17)
    offer = next(iter(world.subscriptions(FRANCE, FABRIKAM).values()))["offerId"]
    world.portal(FRANCE, FABRIKAM, offer=offer, quantity=3)
    world.run("07_close", FABRIKAM)
    held = world.outcome("07_close", FABRIKAM)
    assert held.outcome == "held"
    assert any("added after the case was prepared" in reason for reason in held.reasons)


def test_what_was_suspended_and_is_reactivated_holds_with_what_to_do(world: World) -> None:
    """M16, S6: what we suspended and somebody reactivated is not suspended again by itself: a person looks."""
    world.ready_to_move(NORTHWIND)
    for phase in ("04_recreate", "05_suspend"):
        world.run(phase, NORTHWIND)
    (row,) = [one for one in world.subscriptions(FRANCE, NORTHWIND).values() if one["status"] == "suspended"]
    (moved,) = [one for one in world.subscriptions(EUROPE, NORTHWIND).values() if one["billingType"] == "license"]
    world.portal(EUROPE, NORTHWIND, subscription=moved["id"], status="suspended")
    world.portal(FRANCE, NORTHWIND, subscription=row["id"], status="active")
    for status in ("suspended", "active"):
        world.portal(EUROPE, NORTHWIND, subscription=moved["id"], status=status)
        for phase in ("04_recreate", "05_suspend", "07_close"):
            world.run(phase, NORTHWIND)
        held = world.outcome("07_close", NORTHWIND)
        assert held.outcome == "held"
        assert any("is active in the source again: this runbook suspended it" in reason for reason in held.reasons), (
            held
        )
    assert len(effects(world, "suspended")) == 1
    world.portal(FRANCE, NORTHWIND, subscription=row["id"], status="suspended")
    world.run("07_close", NORTHWIND)
    assert not any("again" in reason for reason in world.outcome("07_close", NORTHWIND).reasons)


def test_a_base_with_the_same_add_on_several_times_is_moved(world: World) -> None:
    """S8: add-ons of one offer under one base, alike or not, are bought once each and go with their base."""
    world.ready_to_move(FABRIKAM)
    base, addon = (world.subscriptions(FRANCE, FABRIKAM)[name] for name in ("Office 365 E3", ARCHIVING))
    for seats in (addon["quantity"], 3):
        world.portal(FRANCE, FABRIKAM, offer=addon["offerId"], quantity=seats, parent=base["id"])
    world.run("04_recreate", FABRIKAM)
    world.run("05_suspend", FABRIKAM)
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"
    claims = world.journal.claims(world.case(FABRIKAM).chain)
    assert len(claims) == len(set(claims.values())) == 5
    assert sum(len(write["effect"]["ordered"]) for write in effects(world, "ordered")) == 5  # type: ignore[index, arg-type]


ARCHIVING = "Exchange Online Archiving for Exchange Online"
