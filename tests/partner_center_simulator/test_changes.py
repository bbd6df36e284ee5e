"""Changing subscriptions: what is allowed, what goes along, what a careless body costs."""

from uuid import uuid4

import pytest

from partner_center_simulator.portfolios.catalogue import EXCHANGE_ONLINE_ARCHIVING, NEW_COMMERCE_BUSINESS_BASIC


@pytest.fixture
def source(world):
    """Return a client of the source."""
    return world.api("contoso-france")


@pytest.fixture
def fabrikam(world):
    """Return the path of the customer's subscriptions."""
    return f"/customers/{world.customer('Fabrikam')}/subscriptions"


def held(world, source, fabrikam):
    """Return base, add-on and the lone subscription of the customer."""
    return world.read(source.get(fabrikam))["items"]


def change(source, fabrikam, subscription, **changes):
    """Send the full resource with some changes."""
    return source.patch(f"{fabrikam}/{subscription['id']}", json={**subscription, **changes})


def new_commerce(world, customer):
    """Add a new-commerce subscription by hand and return it."""
    request = {
        "tenant": "contoso-france",
        "customer": customer,
        "offer": NEW_COMMERCE_BUSINESS_BASIC,
        "quantity": 15,
    }
    return world.control("POST", "portal", request)


def test_legacy_bodies_look_like_the_contract(world, source, fabrikam):
    """Legacy ids are upper case, there is no product type, an etag is present, an add-on names its base."""
    base, add_on, _ = held(world, source, fabrikam)
    assert base["id"] == base["id"].upper()
    assert "productType" not in base
    assert base["attributes"]["etag"]
    assert add_on["parentSubscriptionId"] == base["id"]
    assert world.read(source.get(f"{fabrikam}/{base['id'].lower()}/addons"))["items"] == [add_on]
    assert source.get(f"{fabrikam}/{uuid4()}").status_code == 404
    assert world.read(source.get(fabrikam, params={"order_id": base["orderId"]}))["items"] == [base, add_on]


def test_suspending_a_base_suspends_its_add_ons(world, source, fabrikam):
    """A legacy base takes its active add-ons with it, and every etag changes (S1)."""
    base, add_on, other = held(world, source, fabrikam)
    answer = change(source, fabrikam, base, status="suspended")
    assert answer.status_code == 200
    assert world.read(answer)["suspensionReasons"] == ["Customer cancellation"]
    after = held(world, source, fabrikam)
    assert [one["status"] for one in after] == ["suspended", "suspended", "active"]
    assert after[0]["attributes"]["etag"] != base["attributes"]["etag"]
    assert after[1]["attributes"]["etag"] != add_on["attributes"]["etag"]
    assert after[2] == other


def test_add_on_comes_back_after_its_base_only(world, source, fabrikam):
    """Reactivating an add-on under a suspended base is 409 / 27009; base first, then add-on, works."""
    base, add_on, _ = held(world, source, fabrikam)
    change(source, fabrikam, base, status="suspended")
    refused = change(source, fabrikam, add_on, status="active")
    assert (refused.status_code, world.read(refused)["code"]) == (409, 27009)
    assert world.read(change(source, fabrikam, base, status="active"))["status"] == "active"
    assert held(world, source, fabrikam)[1]["status"] == "suspended"
    assert world.read(change(source, fabrikam, add_on, status="active"))["status"] == "active"


def test_partial_body_is_accepted_and_punished(world, source, fabrikam):
    """A body with the status alone is accepted, and auto-renew and next-term instructions are gone after it."""
    base = held(world, source, fabrikam)[0]
    planned = change(source, fabrikam, base, scheduledNextTermInstructions={"quantity": 9})
    assert world.read(planned)["scheduledNextTermInstructions"] == {"quantity": 9}
    punished = world.read(source.patch(f"{fabrikam}/{base['id']}", json={"status": "suspended"}))
    assert (punished["status"], punished["autoRenewEnabled"], punished["quantity"]) == ("suspended", False, 25)
    assert "scheduledNextTermInstructions" not in punished
    effect = world.writes()[-1]["effect"]
    assert effect["auto_renew"] == {"id": base["id"], "to": False}
    assert effect["lost_instructions"] == ["scheduledNextTermInstructions"]


def test_stale_etag_is_refused(world, source, fabrikam):
    """If-Match with an old etag is 400 / 2055; the present one, or none, is taken."""
    base = held(world, source, fabrikam)[0]
    stale = {"If-Match": f'"{base["attributes"]["etag"]}"'}
    path = f"{fabrikam}/{base['id']}"
    assert source.patch(path, json={**base, "quantity": 26}, headers=stale).status_code == 200
    refused = source.patch(path, json={**base, "status": "suspended"}, headers=stale)
    assert (refused.status_code, world.read(refused)["code"]) == (400, 2055)
    assert held(world, source, fabrikam)[0]["status"] == "active"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"quantity": 0}, 400, 2002),
        ({"quantity": 10_000_001}, 400, 2002),
        ({"quantity": "12"}, 400, 800002),
        ({"billingCycle": "annual"}, 400, 2054),
        ({"status": "deleted"}, 400, 800096),
        ({"status": "expired"}, 400, 800040),
        ({"offerId": EXCHANGE_ONLINE_ARCHIVING}, 400, 800002),
    ],
)
def test_changes_that_legacy_refuses(world, source, fabrikam, changes, status, code):
    """Each forbidden change of a legacy subscription is refused with its code and changes nothing."""
    base = held(world, source, fabrikam)[0]
    answer = change(source, fabrikam, base, **changes)
    assert (answer.status_code, world.read(answer)["code"]) == (status, code)
    assert held(world, source, fabrikam)[0] == base


def test_seats_of_a_suspended_subscription_are_fixed(world, source, fabrikam):
    """Changing seats while suspended is 400 / 2001."""
    base = world.read(change(source, fabrikam, held(world, source, fabrikam)[0], status="suspended"))
    answer = change(source, fabrikam, base, quantity=3)
    assert (answer.status_code, world.read(answer)["code"]) == (400, 2001)


def test_suspending_new_commerce_ends_the_renewal_only(world, source, fabrikam):
    """New commerce, suspended, loses auto-renew and next-term instructions; a deleted one cannot be changed."""
    subscription = new_commerce(world, world.customer("Fabrikam"))
    assert "etag" not in subscription["attributes"]
    assert subscription["id"] == subscription["id"].lower()
    after = world.read(change(source, fabrikam, subscription, status="suspended"))
    assert (after["status"], after["autoRenewEnabled"]) == ("suspended", False)
    assert world.read(change(source, fabrikam, subscription, status="deleted"))["status"] == "deleted"
    assert world.read(change(source, fabrikam, subscription, status="active"))["code"] == 2011


def test_new_commerce_is_cancelled_inside_the_window_only(world, source, fabrikam):
    """After seven days of Partner Center's clock neither cancelling nor fewer seats are possible (M23)."""
    subscription = new_commerce(world, world.customer("Fabrikam"))
    fewer = world.read(change(source, fabrikam, subscription, quantity=10))
    assert fewer["quantity"] == 10
    world.control("POST", "clock", {"advance_seconds": 7 * 86400 + 60})
    assert world.read(change(source, fabrikam, fewer, status="deleted"))["code"] == 900213
    assert world.read(change(source, fabrikam, fewer, quantity=9))["code"] == 800090


def test_write_log_holds_what_a_judge_of_s1_needs(world, source, fabrikam):
    """A suspension is logged with the customer's subscriptions in all tenants before it (S1)."""
    api, customer = world.ready_to_buy()
    base, add_on, _ = held(world, source, fabrikam)
    line = {"catalogItemId": base["offerId"], "quantity": 25, "billingCycle": "monthly"}
    cart = world.read(api.post(f"/customers/{customer}/carts", json={"lineItems": [line]}))
    api.post(f"/customers/{customer}/carts/{cart['id']}/checkout")
    source.headers["MS-CorrelationId"] = "0a1b2c3d-0000-4000-8000-000000000001"
    change(source, fabrikam, base, status="suspended")
    entry = world.writes()[-1]
    assert (entry["tenant"], entry["actor"], entry["method"], entry["status"]) == (
        "contoso-france",
        "api",
        "PATCH",
        200,
    )
    assert entry["correlation_id"] == "0a1b2c3d-0000-4000-8000-000000000001"
    assert entry["body"]["quantity"] == 25
    assert entry["effect"] == {"suspended": [base["id"]], "suspended_with_base": [add_on["id"]]}
    before = {(row["tenant"], row["offerId"], row["status"], row["quantity"]) for row in entry["before"]}
    assert ("contoso-europe", base["offerId"], "active", 25) in before
    assert ("contoso-france", base["offerId"], "active", 25) in before


def test_unchanged_resource_has_no_effect(world, source, fabrikam):
    """Sending back what was read changes nothing and is logged without an effect."""
    base = held(world, source, fabrikam)[0]
    assert world.read(change(source, fabrikam, base)) == base
    assert world.writes()[-1]["effect"] is None
    assert world.read(source.get("/auditrecords"))["items"] == []


def test_person_in_the_portal_is_somebody_else(world, source, fabrikam):
    """A change by hand shows in the log of the tenant with another person and no correlation id (M33)."""
    base = held(world, source, fabrikam)[0]
    request = {"tenant": "contoso-france", "customer": world.customer("Fabrikam"), "subscription": base["id"]}
    changed = world.control("POST", "portal", {**request, "quantity": 31, "user": "dora@contoso.example"})
    assert (changed["quantity"], changed["autoRenewEnabled"]) == (31, True)
    assert held(world, source, fabrikam)[0]["attributes"]["etag"] != base["attributes"]["etag"]
    record = world.read(source.get("/auditrecords"))["items"][0]
    assert (record["userPrincipalName"], record["originalCorrelationId"]) == ("dora@contoso.example", None)
    assert world.writes()[-1]["actor"] == "portal"
    with world.browser() as browser:
        refused = browser.post("/simulator/portal", json={**request, "quantity": 0})
    assert refused.json()["code"] == 2002
