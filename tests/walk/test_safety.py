"""The safety rules, judged by the simulator's own log of writes."""

from __future__ import annotations

from typing import Any

import pytest
from world import ALPINE, EUROPE, FABRIKAM, FRANCE, NORTHWIND, TENANTS, World, engagement_text

from consolidation.approvals import record_decision
from consolidation.journal import Journal
from consolidation.plan import frozen_plan
from partner_center import Person


def move(world: World, *customers: str) -> None:
    """Take customers from the invitation to the suspension."""
    world.ready_to_move(*customers)
    for customer in customers:
        world.run("04_recreate", customer)
        world.run("05_suspend", customer)


def suspensions(world: World) -> list[dict[str, Any]]:
    """Return the API's suspensions in the order in which they took effect."""
    return [write for write in world.writes("api") if (write["effect"] or {}).get("suspended")]


def test_every_suspension_had_its_counterpart_at_that_instant(world: World) -> None:
    """S1: at the instant of each suspension an active target subscription of the same offer and seats stood."""
    move(world, FABRIKAM, NORTHWIND)
    assert len(suspensions(world)) == 3  # two bases and Northwind's seats; the add-on went with its base
    for write in suspensions(world):
        gone = {*write["effect"]["suspended"], *write["effect"].get("suspended_with_base", [])}
        before = write["before"]
        leaving = [item for item in before if item["id"] in gone]
        for item in leaving:
            standing = [
                other
                for other in before
                if other["tenant"] == EUROPE or other["tenant"] == TENANTS[EUROPE]
                if other["offerId"] == item["offerId"] and other["status"] == "active"
            ]
            assert sum(other["quantity"] for other in standing) >= item["quantity"]


def test_an_addon_goes_with_its_base_and_is_never_patched(world: World) -> None:
    """S1: the add-on of a suspended base is read back as done and never written to."""
    move(world, FABRIKAM)
    addon = next(item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item.get("parentSubscriptionId"))
    assert addon["status"] == "suspended"
    assert not [write for write in world.writes("api") if addon["id"].casefold() in write["path"].casefold()]


def test_a_missing_counterpart_holds_the_suspension(world: World) -> None:
    """S1: a target subscription that somebody suspended in the portal keeps its source row from being suspended."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    standing = next(iter(world.subscriptions(EUROPE, FABRIKAM).values()))
    world.portal(EUROPE, FABRIKAM, subscription=standing["id"], status="suspended")
    world.run("05_suspend", FABRIKAM)
    assert world.outcome("05_suspend", FABRIKAM).outcome == "held"
    assert not suspensions(world)


def test_azure_is_never_suspended_by_us(world: World) -> None:
    """S2: usage-based Azure stays untouched by every phase; only support's move suspends it."""
    move(world, NORTHWIND)
    world.run("06_azure", NORTHWIND)
    azure = next(item for item in world.subscriptions(FRANCE, NORTHWIND).values() if item["billingType"] == "usage")
    assert azure["status"] == "active"
    assert not [write for write in world.writes("api") if azure["id"].casefold() in write["path"].casefold()]


@pytest.mark.parametrize("kind", ["drop_after", "error_500_after", "drop_before", "error_500_before"])
def test_a_lost_answer_never_leads_to_two_orders(world: World, kind: str) -> None:
    """S3: whatever happens to the answer of a checkout, each source subscription is bought exactly once."""
    world.ready_to_move(FABRIKAM)
    world.faults({"method": "POST", "path": "checkout", "nth": 1, "kind": kind})
    world.run("04_recreate", FABRIKAM)
    world.faults()
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"
    ordered = [item for write in world.writes("api") for item in (write["effect"] or {}).get("ordered", [])]
    assert len(ordered) == len(set(ordered)) == 3


def test_a_cart_that_was_ordered_in_part_is_never_followed_by_a_second_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3: after a checkout with an order error no further cart is made for its rows until a new plan is approved."""
    from consolidation import interlocks

    world.ready_to_move(FABRIKAM)
    offer = next(item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)["offerId"]
    looked_at = interlocks.cart_as_approved

    def gone_meanwhile(*arguments: Any) -> list[str]:
        world.control("POST", "offers", {"offer": offer, "isAvailableForPurchase": False})
        return looked_at(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(interlocks, "cart_as_approved", gone_meanwhile)
        world.run("04_recreate", FABRIKAM)
    assert "was not ordered" in " ".join(world.outcome("04_recreate", FABRIKAM).reasons)
    world.control("POST", "offers", {"offer": offer, "isAvailableForPurchase": True})
    carts = len([write for write in world.writes("api") if (write["effect"] or {}).get("cart")])
    world.run("04_recreate", FABRIKAM)
    again = world.outcome("04_recreate", FABRIKAM)
    assert again.outcome == "held"
    assert "buy there what is missing" in " ".join(again.reasons)
    assert len([write for write in world.writes("api") if (write["effect"] or {}).get("cart")]) == carts


@pytest.mark.parametrize(
    "second", [{"kind": "token_expired"}, {"kind": "throttle_429"}, {"kind": "business_error", "code": 800060}]
)
def test_a_repeat_that_was_not_worked_on_leaves_the_checkout_open(world: World, second: dict[str, object]) -> None:
    """S3: a lost checkout stays open while its repeats are turned away at the door; the cart is never made again."""
    world.ready_to_move(FABRIKAM)
    world.control("POST", "settings", {"provisioning_seconds": 3600})
    checkout = {"method": "POST", "path": "checkout", "retry_after": 0}
    world.faults({**checkout, "kind": "drop_after"}, {**checkout, **second, "times": 0})
    world.run("04_recreate", FABRIKAM)
    chain = world.case(FABRIKAM).chain
    assert [one.action for one in world.journal.open_intentions(chain)] == ["checkout"]
    world.faults()
    world.control("POST", "settings", {"provisioning_seconds": 0})
    world.control("POST", "clock", {"advance_seconds": 7200})
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"
    made = [write for write in world.writes("api") if (write["effect"] or {}).get("cart")]
    assert len(made) == 2
    assert len([item for write in world.writes("api") for item in (write["effect"] or {}).get("ordered", [])]) == 3


def test_a_refused_repeat_of_a_lost_checkout_is_never_followed_by_a_second_cart(world: World) -> None:
    """S3: when the repeat of an unanswered checkout is refused, a person looks; no cart is made for its rows."""
    world.ready_to_move(FABRIKAM)
    world.control("POST", "settings", {"provisioning_seconds": 3600})
    checkout = {"method": "POST", "path": "checkout"}
    world.faults({**checkout, "kind": "drop_after"}, {**checkout, "nth": 2, "kind": "business_error", "code": 800065})
    for _ in range(2):
        world.run("04_recreate", FABRIKAM)
        world.faults()
        assert world.outcome("04_recreate", FABRIKAM).outcome == "held"
    assert len([write for write in world.writes("api") if (write["effect"] or {}).get("cart")]) == 1
    assert "its repeat was refused" in " ".join(world.outcome("04_recreate", FABRIKAM).reasons)


def test_a_price_that_could_not_be_read_is_not_an_unknown_price(world: World) -> None:
    """S14: when a source order cannot be read for want of a token, no plan without its price ceiling is made."""
    world.ready_to_move(FABRIKAM)
    world.faults({"method": "GET", "path": "/orders/", "kind": "token_expired", "times": 0})
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "failed"
    assert frozen_plan(world.journal, world.case(FABRIKAM), "04_recreate") is None
    world.faults()
    world.run("04_recreate", FABRIKAM)
    plan = frozen_plan(world.journal, world.case(FABRIKAM), "04_recreate")
    assert plan is not None
    assert all(row.price_ceiling for row in plan.rows)


@pytest.mark.parametrize("kind", ["drop_after", "error_500_after", "drop_before", "error_500_before"])
def test_a_lost_answer_never_loses_a_suspension(world: World, kind: str) -> None:
    """M29: whatever happens to the answer of a suspension, the next run ends with everything suspended."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    world.faults({"method": "PATCH", "path": "subscriptions", "nth": 1, "kind": kind})
    world.run("05_suspend", FABRIKAM)
    world.faults()
    world.run("05_suspend", FABRIKAM)
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"
    assert {item["status"] for item in world.subscriptions(FRANCE, FABRIKAM).values()} == {"suspended"}


def test_the_tool_writes_only_what_its_side_may(world: World) -> None:
    """S4: sources are only suspended; in the target only agreements, carts and checkouts are written."""
    move(world, FABRIKAM, NORTHWIND)
    for write in world.writes("api"):
        if write["tenant"] == EUROPE:
            assert set(write["effect"] or {}) <= {"attested", "cart", "ordered"}
            assert write["method"] == "POST"
        else:
            assert set(write["effect"] or {}) <= {"suspended", "suspended_with_base"}
            assert write["method"] == "PATCH"


def test_a_sign_in_to_another_tenant_holds_before_the_first_write(world: World) -> None:
    """S5: credentials that belong to another tenant than the engagement names stop everything before a write."""
    swapped = {"name": EUROPE, "tenant": TENANTS[EUROPE], "credentials": str(world.server.home / f"{FRANCE}.env")}
    world.path.write_text(engagement_text(world.server, target=swapped), encoding="utf-8")
    world.run("00_connect")
    assert not world.writes("api")
    connected = world.journal.last("engagement", "outcome")
    assert connected is not None
    assert connected.body["outcome"] in {"held", "failed"}


def approved_cut_over(world: World) -> Person:
    """Let Fabrikam's cut-over be planned and approved by a person."""
    world.path.write_text(engagement_text(world.server, approvals=NEEDS_ONE), encoding="utf-8")
    person = confirmed_by_hand(world, FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    approve(world, person)
    return person


def approve(world: World, person: Person) -> str:
    """Let a person approve the newest plan of Fabrikam's cut-over; return its digest."""
    plan = frozen_plan(world.journal, world.case(FABRIKAM), "04_recreate")
    assert plan is not None
    record_decision(world.journal, plan, person, approved=True, how="command line")
    return plan.digest


def test_drift_after_the_approval_holds_with_the_new_plan(world: World) -> None:
    """S6: seats that change after the approval hold the case; one step names row, field and the digest to approve."""
    person = approved_cut_over(world)
    source = next(item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)
    world.portal(FRANCE, FABRIKAM, subscription=source["id"], quantity=11)
    ran = world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert "seats was 10 when planned, is 11 now" in held.reasons[0]
    assert any("seats was 10 when planned, is 11 now" in repr(shown) for shown in ran.shown[:-1])
    assert not [write for write in world.writes("api") if (write["effect"] or {}).get("ordered")]
    assert f"--digest {approve(world, person)}" in held.reasons[-1]
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"


def test_without_people_drift_holds_for_one_run(world: World) -> None:
    """S6, S12: automatic approval does not approve in the same breath what drift has changed; the next run does."""
    world.ready_to_move(FABRIKAM)
    world.faults({"method": "POST", "path": "/carts$", "kind": "business_error", "code": 800069})
    world.run("04_recreate", FABRIKAM)  # planned and approved; the first cart is refused
    source = next(item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)
    world.portal(FRANCE, FABRIKAM, subscription=source["id"], quantity=11)
    world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert "is 11 now" in held.reasons[0]
    assert "the next run approves it by itself" in held.reasons[-1]
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"


NEEDS_ONE = {"required": 1, "self_approval": True}


def confirmed_by_hand(world: World, customer: str) -> Person:
    """Bring a customer up to the cut-over with a person's confirmations, and return that person."""
    from consolidation.confirmations import record_confirmation

    person = Person("local:ana", "ana (not signed in, loopback)", "ana")
    journal: Journal = world.journal
    record_confirmation(journal, "engagement", "irreversible", by="ana", how="command line")
    world.prepare_all()
    world.accept(customer)
    facts = {"name": "Margaux Delorme", "email": "margaux@fabrikam.example", "date": "2026-02-03"}
    chain = world.case(customer).chain
    record_confirmation(journal, chain, "agreement_accepted", by="ana", how="command line", facts=facts)
    world.run("02_invite", customer)
    attestation = frozen_plan(journal, world.case(customer), "02_invite")
    assert attestation is not None
    record_decision(journal, attestation, person, approved=True, how="command line")
    world.run("02_invite", customer)
    assert world.outcome("02_invite", customer).outcome == "done"
    return person


def test_nothing_is_applied_without_an_approval(world: World) -> None:
    """S6: a plan without its approval changes nothing, and the notebook says so."""
    world.path.write_text(engagement_text(world.server, approvals=NEEDS_ONE), encoding="utf-8")
    confirmed_by_hand(world, FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert "consolidate approve" in held.reasons[0]
    assert not [write for write in world.writes("api") if (write["effect"] or {}).get("cart")]


def test_nothing_is_written_before_every_case_is_prepared(world: World) -> None:
    """S15: with one case of the engagement unprepared no agreement, cart or suspension is sent for any other."""
    world.run("00_connect")
    world.run("01_prepare", FABRIKAM)
    world.accept(FABRIKAM)
    for phase in ("02_invite", "04_recreate", "05_suspend"):
        world.run(phase, FABRIKAM)
    assert not world.writes("api")
    assert any("S15" in reason for reason in world.outcome("02_invite", FABRIKAM).reasons)


def test_automatic_approval_is_checked_again_at_apply(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S12: a proxy that appears after the engagement was loaded ends automatic approval before anything is written."""
    world.ready_to_move(FABRIKAM)
    before = len(world.writes("api"))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    world.run("04_recreate", FABRIKAM)
    assert len(world.writes("api")) == before


def test_a_case_stops_while_another_runner_holds_its_customer(world: World) -> None:
    """S3: a customer whose lease another runner holds is not written to."""
    from sqlalchemy import create_engine, text

    world.ready_to_move(FABRIKAM)
    before = len(world.writes("api"))
    engine = create_engine(world.engagement.journal_url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO leases (customer, owner, expires) VALUES (:customer, 'other', 1e12)"),
            {"customer": world.case(FABRIKAM).customer},
        )
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "held"
    assert len(world.writes("api")) == before


def test_no_customer_waits_or_never_accepts_is_touched(world: World) -> None:
    """M7: a customer who has not accepted is waited for, and nothing is written for it."""
    world.prepare_all()
    world.run("02_invite", ALPINE)
    world.run("04_recreate", ALPINE)
    assert world.outcome("02_invite", ALPINE).outcome == "waiting"
    assert world.outcome("04_recreate", ALPINE).waiting_on == "customer"
    assert not world.writes("api")
