"""Carts, checkout and orders."""

from uuid import uuid4

import pytest

from partner_center_simulator.commerce import portal
from partner_center_simulator.portfolios.catalogue import (
    AUDIO_CONFERENCING,
    AZURE,
    BUSINESS_BASIC,
    EXCHANGE_ONLINE_ARCHIVING,
    EXCHANGE_ONLINE_PLAN_1,
    EXCHANGE_ONLINE_PLAN_2,
    NEW_COMMERCE_BUSINESS_BASIC,
    OFFICE_365_E3,
)
from partner_center_simulator.refusals import Refusal


def line(offer, quantity=5, **more):
    """Return a line of a cart."""
    return {"catalogItemId": offer, "quantity": quantity, "billingCycle": "monthly", **more}


def make_cart(world, api, customer, *lines):
    """Make a cart and return it."""
    answer = api.post(f"/customers/{customer}/carts", json={"lineItems": list(lines)})
    assert answer.status_code == 201, answer.text
    return world.read(answer)


def checkout(api, customer, cart, **headers):
    """Buy a cart."""
    return api.post(f"/customers/{customer}/carts/{cart['id']}/checkout", headers=headers)


def held(world, api, customer):
    """Return the customer's subscriptions under the tenant of the client."""
    return world.read(api.get(f"/customers/{customer}/subscriptions"))["items"]


def test_cart_needs_relationship_then_agreement(world, cart_body):
    """A cart is refused without a relationship (20002) and then without an agreement (13605)."""
    api = world.api("contoso-europe")
    path = f"/customers/{world.customer('Fabrikam')}/carts"
    assert world.read(api.post(path, json=cart_body))["code"] == 20002
    world.accept("Fabrikam")
    refused = api.post(path, json=cart_body)
    assert (refused.status_code, world.read(refused)["code"]) == (403, 13605)


def test_checkout_needs_the_agreement_too(world):
    """The agreement is asked for at checkout again, not only when the cart is made (M8)."""
    api, customer = world.ready_to_buy()
    cart = make_cart(world, api, customer, line(OFFICE_365_E3))
    scope = f"{world.state.partner('contoso-europe')['tenant']}/{customer}"
    filed = world.state.documents.get("agreement", scope, "000001")
    with world.state.transaction():
        world.state.documents.put("agreement", scope, "000001", {**filed, "type": "MicrosoftCloudAgreement"})
    assert world.read(checkout(api, customer, cart))["code"] == 13605


def test_cart_is_priced_in_the_currency_of_the_tenant(world, cart_body):
    """Each line, add-ons too, carries its price for one billing cycle and the currency (S14)."""
    api, customer = world.ready_to_buy()
    cart = world.read(api.post(f"/customers/{customer}/carts", json=cart_body))
    base = cart["lineItems"][0]
    assert (base["currencyCode"], base["pricing"]["listPrice"], base["pricing"]["extendedPrice"]) == ("EUR", 20.6, 515)
    assert base["addonItems"][0]["pricing"]["extendedPrice"] == 62.5
    annual = make_cart(world, api, customer, line(OFFICE_365_E3, 10, billingCycle="annual"))
    assert annual["lineItems"][0]["pricing"]["extendedPrice"] == 2472


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (line("00000000-0000-0000-0000-000000000000"), 10001),
        (line(BUSINESS_BASIC, 301), 10015),
        (line(AZURE, 1), 10006),
        (line(EXCHANGE_ONLINE_ARCHIVING), 10007),
        (line(EXCHANGE_ONLINE_ARCHIVING, provisioningContext={"ParentSubscriptionId": str(uuid4())}), 10007),
        (line(OFFICE_365_E3, billingCycle="triennial"), 10010),
    ],
)
def test_bad_line_is_an_error_on_the_line(world, wanted, code):
    """A bad line does not fail the cart: 201, and the error stands on the line (S14)."""
    api, customer = world.ready_to_buy()
    cart = make_cart(world, api, customer, wanted)
    assert cart["lineItems"][0]["error"]["errorCode"] == code
    answer = checkout(api, customer, cart)
    result = world.read(answer)
    assert (answer.status_code, result["orders"], len(result["orderErrors"])) == (201, [], 1)
    assert held(world, api, customer) == []


def test_add_on_must_fit_its_base(world):
    """An add-on under a base that is not among its prerequisites is an error on the add-on's line."""
    api, customer = world.ready_to_buy()
    cart = make_cart(world, api, customer, line(EXCHANGE_ONLINE_PLAN_2, addonItems=[line(EXCHANGE_ONLINE_ARCHIVING)]))
    assert cart["lineItems"][0]["addonItems"][0]["error"]["errorCode"] == 10010
    assert "error" not in cart["lineItems"][0]


def test_checkout_buys_base_and_add_on(world, cart_body):
    """Checkout makes one order and active subscriptions of today, the add-on under its base (M9)."""
    api, customer = world.ready_to_buy()
    cart = world.read(api.post(f"/customers/{customer}/carts", json=cart_body))
    result = world.read(checkout(api, customer, cart))
    assert result["orderErrors"] == []
    order = result["orders"][0]
    base, add_on = held(world, api, customer)
    assert [one["subscriptionId"] for one in order["lineItems"]] == [base["id"], add_on["id"]]
    assert add_on["parentSubscriptionId"] == base["id"]
    assert base["creationDate"].startswith("2026-11-22T09:00")
    assert {base["status"], add_on["status"]} == {"active"}
    assert world.read(api.get(f"/customers/{customer}/carts/{cart['id']}"))["status"] == "Ordered"
    assert world.writes()[-1]["effect"] == {"ordered": [base["id"], add_on["id"]]}
    record = world.read(api.get("/auditrecords"))["items"][-1]
    facts = {fact["key"]: fact["value"] for fact in record["customizedData"]}
    assert (record["operationType"], facts["SubscriptionId-1"], facts["Quantity-0"]) == (
        "create_order",
        add_on["id"],
        "25",
    )


def test_repeated_checkout_gives_the_first_result(world, cart_body):
    """Checkout of a bought cart, with a new request id, buys nothing and answers as before (S3)."""
    api, customer = world.ready_to_buy()
    cart = world.read(api.post(f"/customers/{customer}/carts", json=cart_body))
    first = world.read(checkout(api, customer, cart, **{"MS-RequestId": str(uuid4())}))
    again = checkout(api, customer, cart, **{"MS-RequestId": str(uuid4())})
    assert (again.status_code, world.read(again)) == (201, first)
    assert len(held(world, api, customer)) == 2
    assert world.writes()[-1]["effect"] is None
    refused = api.put(f"/customers/{customer}/carts/{cart['id']}", json=cart_body)
    assert (refused.status_code, world.read(refused)["code"]) == (400, 800065)


def test_failed_order_is_tried_again_on_the_same_cart(world):
    """When one order of a cart fails the others stand, and a repeat tries the failed one again (S3)."""
    api, customer = world.ready_to_buy()
    monthly, annual = line(OFFICE_365_E3), line(EXCHANGE_ONLINE_PLAN_1, billingCycle="annual")
    cart = make_cart(world, api, customer, monthly, annual)
    world.control("POST", "offers", {"offer": EXCHANGE_ONLINE_PLAN_1, "isAvailableForPurchase": False})
    partly = world.read(checkout(api, customer, cart))
    assert len(partly["orders"]) == 1
    assert [error["code"] for error in partly["orderErrors"]] == [2085]
    assert world.read(api.get(f"/customers/{customer}/carts/{cart['id']}"))["status"] == "Active"
    world.control("POST", "offers", {"offer": EXCHANGE_ONLINE_PLAN_1, "isAvailableForPurchase": True})
    whole = world.read(checkout(api, customer, cart))
    assert (len(whole["orders"]), whole["orderErrors"]) == (2, [])
    assert whole["orders"][0] == partly["orders"][0]
    assert len(held(world, api, customer)) == 2


def test_add_on_for_an_existing_base(world):
    """An add-on is bought for a base that exists through the provisioning context, while that base is active."""
    api, customer = world.ready_to_buy()
    checkout(api, customer, make_cart(world, api, customer, line(OFFICE_365_E3)))
    base = held(world, api, customer)[0]
    add_on = line(EXCHANGE_ONLINE_ARCHIVING, provisioningContext={"ParentSubscriptionId": base["id"]})
    cart = make_cart(world, api, customer, add_on)
    assert "error" not in cart["lineItems"][0]
    checkout(api, customer, cart)
    assert held(world, api, customer)[1]["parentSubscriptionId"] == base["id"]
    api.patch(f"/customers/{customer}/subscriptions/{base['id']}", json={**base, "status": "suspended"})
    assert make_cart(world, api, customer, add_on)["lineItems"][0]["error"]["errorCode"] == 10007


def test_cart_lives_seven_days(world, cart_body):
    """A cart that was not bought is gone after seven days of Partner Center's clock; a bought one stays."""
    api, customer = world.ready_to_buy()
    open_cart = world.read(api.post(f"/customers/{customer}/carts", json=cart_body))
    bought = world.read(api.post(f"/customers/{customer}/carts", json=cart_body))
    checkout(api, customer, bought)
    world.control("POST", "clock", {"advance_seconds": 7 * 86400 + 60})
    assert api.get(f"/customers/{customer}/carts/{open_cart['id']}").status_code == 404
    assert checkout(api, customer, open_cart).status_code == 404
    assert api.get(f"/customers/{customer}/carts/{bought['id']}").status_code == 200


def test_lines_of_an_open_cart_can_be_replaced(world, cart_body):
    """PUT replaces the lines of an open cart and prices them anew."""
    api, customer = world.ready_to_buy()
    cart = world.read(api.post(f"/customers/{customer}/carts", json=cart_body))
    changed = world.read(
        api.put(f"/customers/{customer}/carts/{cart['id']}", json={**cart, "lineItems": [line(OFFICE_365_E3, 2)]})
    )
    assert (changed["id"], changed["lineItems"][0]["pricing"]["extendedPrice"]) == (cart["id"], 41.2)


def test_customer_tenant_holds_300_subscriptions_over_all_partners(world):
    """The 301st subscription of a customer tenant is refused with 900419, whichever partner holds the others (M25)."""
    api, customer = world.ready_to_buy()
    request = {"tenant": "contoso-france", "customer": customer, "offer": EXCHANGE_ONLINE_PLAN_1}
    for _ in range(296):
        portal.act(world.state, request)
    cart = make_cart(world, api, customer, line(OFFICE_365_E3), line(EXCHANGE_ONLINE_PLAN_1, billingCycle="annual"))
    result = world.read(checkout(api, customer, cart))
    assert len(result["orders"]) == 1
    assert [error["code"] for error in result["orderErrors"]] == [900419]


def test_the_portal_sells_an_add_on_under_the_bases_that_its_offer_names(world):
    """M25: what the API refuses under a base, nobody buys in the portal either."""
    _, customer = world.ready_to_buy()
    request = {"tenant": "contoso-france", "customer": customer}
    base = portal.act(world.state, {**request, "offer": EXCHANGE_ONLINE_PLAN_1})
    more = {**request, "parent": base["id"]}
    with pytest.raises(Refusal, match="under its base"):
        portal.act(world.state, {**more, "offer": AUDIO_CONFERENCING})
    bought = portal.act(world.state, {**more, "offer": EXCHANGE_ONLINE_ARCHIVING})
    assert bought["parentSubscriptionId"].lower() == base["id"].lower()


def test_offer_limit_counts_all_partners(world):
    """An offer that a customer may hold once is refused in the target while the source holds it (M25)."""
    world.control("POST", "offers", {"offer": OFFICE_365_E3, "limit": 1, "limitUnitOfMeasure": "Concurrent"})
    api, customer = world.ready_to_buy()
    result = world.read(checkout(api, customer, make_cart(world, api, customer, line(OFFICE_365_E3))))
    assert [error["code"] for error in result["orderErrors"]] == [800066]


def test_provisioning_and_order_list_may_take_time(world):
    """Until provisioned an order has no subscription ids and nothing stands; the order list may come later still."""
    world.control("POST", "settings", {"provisioning_seconds": 60, "order_list_seconds": 600})
    api, customer = world.ready_to_buy()
    order = world.read(checkout(api, customer, make_cart(world, api, customer, line(OFFICE_365_E3))))["orders"][0]
    assert order["status"] == "pending"
    assert "subscriptionId" not in order["lineItems"][0]
    assert held(world, api, customer) == []
    status = world.read(api.get(f"/customers/{customer}/orders/{order['id']}/provisioningstatus"))["items"][0]
    assert status["status"] == "prefulfillmentPending"
    world.control("POST", "clock", {"advance_seconds": 61})
    done = world.read(api.get(f"/customers/{customer}/orders/{order['id']}"))
    assert done["lineItems"][0]["subscriptionId"] == held(world, api, customer)[0]["id"]
    assert world.read(api.get(f"/customers/{customer}/orders"))["items"] == []
    world.control("POST", "clock", {"advance_seconds": 600})
    assert world.read(api.get(f"/customers/{customer}/orders"))["items"] == [done]


def test_orders_show_prices_on_request(world):
    """Orders carry prices only when asked with include_price."""
    api, customer = world.ready_to_buy()
    order = world.read(checkout(api, customer, make_cart(world, api, customer, line(OFFICE_365_E3, 4))))["orders"][0]
    assert "totalPrice" not in order
    priced = world.read(api.get(f"/customers/{customer}/orders", params={"include_price": "true"}))["items"][0]
    assert (priced["totalPrice"], priced["lineItems"][0]["pricing"]["listPrice"]) == (82.4, 20.6)


def test_new_commerce_is_bought_with_its_term(world):
    """A new-commerce line becomes a subscription with term, window and product type, in an order of its own."""
    api, customer = world.ready_to_buy()
    reseller = [{"key": "transaction_reseller", "value": "5987654"}]
    lines = [line(OFFICE_365_E3), line(NEW_COMMERCE_BUSINESS_BASIC, termDuration="P1M", participants=reseller)]
    body = {"lineItems": lines, "partnerOnRecordAttestationAccepted": True}
    cart = world.read(api.post(f"/customers/{customer}/carts", json=body))
    assert len(world.read(checkout(api, customer, cart))["orders"]) == 2
    bought = held(world, api, customer)[1]
    assert (bought["productType"]["id"], bought["termDuration"], bought["partnerId"]) == (
        "OnlineServicesNCE",
        "P1M",
        "5987654",
    )
    assert bought["cancellationAllowedUntilDate"].startswith("2026-11-29T09:00")


def test_same_request_id_gives_the_first_answer(world, cart_body):
    """A repeated write with the same MS-RequestId answers as the first time and has no second effect (S3)."""
    api, customer = world.ready_to_buy()
    path = f"/customers/{customer}/carts"
    key = {"MS-RequestId": str(uuid4())}
    first, again = (world.read(api.post(path, json=cart_body, headers=key)) for _ in range(2))
    assert first == again
    assert world.writes()[-1]["repeated"] is True
    assert world.writes()[-1]["effect"] is None
    other = world.read(api.post(path, json=cart_body, headers={"MS-RequestId": str(uuid4())}))
    assert other["id"] != first["id"]


def test_request_id_remembers_refusals_too(world):
    """A refusal is an answer: the same MS-RequestId gets it again even when it would now succeed."""
    api = world.api("contoso-europe")
    customer = world.customer("Fabrikam")
    api.headers["MS-RequestId"] = str(uuid4())
    assert world.attest(api, customer).status_code == 403
    world.accept("Fabrikam")
    assert world.attest(api, customer).status_code == 403
    api.headers["MS-RequestId"] = str(uuid4())
    assert world.attest(api, customer).status_code == 201
