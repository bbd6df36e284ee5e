"""Buying seats of new commerce: terms, prices, promotions, prerequisites, aligned end dates."""

import pytest

from partner_center_simulator.commerce import new_commerce as seats
from partner_center_simulator.portfolios import new_commerce
from partner_center_simulator.portfolios.catalogue import OFFICE_365_E3

PROMOTION = "CFQ7TTC0LCHC:0002:39NFN39BXXL6"
RESELLER = [{"key": "transaction_reseller", "value": "5987654"}]


def line(item=new_commerce.BUSINESS_PREMIUM, quantity=5, **more):
    """Return a line of seats for a year, paid by the month."""
    return {"catalogItemId": item, "quantity": quantity, "billingCycle": "monthly", "termDuration": "P1Y", **more}


def post(api, customer, *lines, **more):
    """Make a cart and return the answer."""
    return api.post(f"/customers/{customer}/carts", json={"lineItems": list(lines), **more})


@pytest.fixture
def buyer(world):
    """Return a client of the target and a customer who can buy."""
    return world.ready_to_buy()


@pytest.fixture
def shown(world, buyer):
    """Return what makes a cart and gives its lines."""
    return lambda *lines: world.read(post(*buyer, *lines))["lineItems"]


@pytest.fixture
def bought(world, buyer):
    """Return what buys lines and gives the subscriptions and the orders with prices."""

    def buy(*lines, **more):
        api, customer = buyer
        cart = world.read(post(api, customer, *lines, **more))
        result = world.read(api.post(f"/customers/{customer}/carts/{cart['id']}/checkout"))
        assert result["orderErrors"] == []
        known = {one["subscriptionId"] for order in result["orders"] for one in order["lineItems"]}
        return [one for one in world.held("contoso-europe", customer) if one["id"] in known]

    return buy


@pytest.mark.parametrize(
    ("duration", "cycle", "price"),
    [
        ("P1M", "Monthly", 24.72),
        ("P1Y", "monthly", 21.63),
        ("P1Y", "Annual", 247.2),
        ("P3Y", "triennial", 741.6),
    ],
)
def test_the_price_is_that_of_term_and_billing_cycle(shown, duration, cycle, price):
    """S14: a month without commitment and a year paid by the month cost more than a year paid at once."""
    [found] = shown(line(termDuration=duration, billingCycle=cycle))
    assert "error" not in found
    assert (found["pricing"]["price"], found["pricing"]["extendedPrice"]) == (price, round(price * 5, 2))


def test_the_price_list_is_that_of_the_partners_currency(world, shown):
    """S14: a tenant in another currency pays other prices, and one without a price list cannot buy (10000)."""
    partner = world.state.partner("contoso-europe")

    def priced(currency):
        with world.state.transaction():
            world.state.documents.put("partner", "", partner["tenant"], {**partner, "currency": currency})
        return shown(line(), {"catalogItemId": OFFICE_365_E3, "quantity": 1, "billingCycle": "monthly"})

    in_pounds = priced("GBP")
    assert [one["currencyCode"] for one in in_pounds] == ["GBP", "GBP"]
    assert [one["pricing"]["price"] for one in in_pounds] == [18.6, 17.72]
    assert [one["error"]["errorCode"] for one in priced("JPY")] == [10000, 10000]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (line("CFQ7TTC0LH18:0001:CFQ7TTC0GONE"), 10001),
        (line(termDuration=""), 10010),
        (line(termDuration="P2Y"), 10010),
        (line(termDuration="P1M", billingCycle="annual"), 10010),
        (line(quantity=301), 10015),
        (line(new_commerce.BUSINESS_PREMIUM_TRIAL, 26, termDuration="P1M", billingCycle="none"), 10015),
        (line(new_commerce.OFFICE_365_G3), 10006),
        (line(new_commerce.OFFICE_365_A3), 10006),
        (line(promotionId="CFQ7TTC0LH18:0001:39NFJQT1Q5KN"), 10010),
        (line(promotionId=PROMOTION, termDuration="P1M"), 10010),
        (line(new_commerce.COPILOT), 400041),
    ],
)
def test_a_bad_line_carries_its_error(world, buyer, wanted, code):
    """S14: term, seats, market, segment, promotion and prerequisite are checked on the line, and again at checkout."""
    api, customer = buyer
    answer = post(api, customer, wanted)
    assert answer.status_code == 201
    cart = world.read(answer)
    assert cart["lineItems"][0]["error"]["errorCode"] == code
    result = world.read(api.post(f"/customers/{customer}/carts/{cart['id']}/checkout"))
    assert ([error["code"] for error in result["orderErrors"]], result["orders"]) == ([code], [])


def test_an_add_on_stands_under_no_base(shown):
    """M9: an add-on of new commerce is an ordinary line; under a base it is an error on its own line."""
    [base] = shown(line(addonItems=[line(new_commerce.COPILOT)]))
    assert "error" not in base
    assert base["addonItems"][0]["error"]["errorCode"] == 10010


def test_the_prerequisite_is_looked_for_in_the_customer_tenant(world, buyer, shown):
    """M25: a base that another partner sold, or that stands before it in the cart, is good enough for an add-on."""
    add_on = line(new_commerce.COPILOT)
    assert [one.get("error") for one in shown(line(), add_on)] == [None, None]
    assert shown(add_on, line())[0]["error"]["errorCode"] == 400041
    assert shown(line(quantity=301), add_on)[1]["error"]["errorCode"] == 400041
    request = {"tenant": "contoso-france", "customer": buyer[1], "offer": new_commerce.BUSINESS_PREMIUM}
    held = world.control("POST", "portal", {**request, "quantity": 3})
    assert "error" not in shown(add_on)[0]
    suspended = {"tenant": "contoso-france", "customer": buyer[1], "subscription": held["id"], "status": "suspended"}
    world.control("POST", "portal", suspended)
    assert shown(add_on)[0]["error"]["errorCode"] == 400041


def test_base_and_add_on_are_two_subscriptions(bought):
    """M9: the add-on is a subscription of its own, with its own term and without a parent."""
    base, add_on = bought(line(), line(new_commerce.COPILOT))
    assert "parentSubscriptionId" not in add_on
    assert base["offerId"] != add_on["offerId"]
    assert base["commitmentEndDate"] == add_on["commitmentEndDate"] == "2027-11-21T00:00:00Z"


def test_a_promotion_is_taken_off_the_list_price(world, buyer, shown, bought):
    """S14: list price and promoted price both stand on the line, and the subscription names the promotion."""
    [found] = shown(line(promotionId=PROMOTION))
    assert (found["pricing"]["listPrice"], found["pricing"]["discountedPrice"]) == (21.63, 18.39)
    assert found["pricing"]["extendedPrice"] == 91.95
    [held] = bought(line(promotionId=PROMOTION))
    assert held["promotionId"] == PROMOTION
    api, customer = buyer
    orders = world.read(api.get(f"/customers/{customer}/orders", params={"include_price": "true"}))["items"]
    assert orders[0]["totalPrice"] == 91.95


def test_a_reseller_on_record_needs_the_attestation(world, buyer, bought):
    """M25: with a Partner ID and without the attestation the cart is refused with 900206; with it, it is carried."""
    refused = post(*buyer, line(participants=RESELLER))
    assert (refused.status_code, world.read(refused)["code"]) == (400, 900206)
    [held] = bought(line(participants=RESELLER), partnerOnRecordAttestationAccepted=True)
    assert held["partnerId"] == "5987654"


def test_seats_show_term_window_and_refund(bought):
    """M23: the end is inclusive, the window seven days, the refund whole for one of them and then for days left."""
    [held] = bought(line(renewsTo={"termDuration": "P1M"}))
    assert (held["productType"]["id"], held["autoRenewEnabled"]) == ("OnlineServicesNCE", True)
    assert (held["commitmentEndDate"], held["commitmentEndDateTime"]) == (
        "2027-11-21T00:00:00Z",
        "2027-11-21T23:59:59Z",
    )
    assert held["cancellationAllowedUntilDate"].startswith("2026-11-29T09:00")
    assert [(one["type"], one["expiresAt"][:10]) for one in held["refundOptions"]] == [
        ("Full", "2026-11-23"),
        ("Partial", "2026-11-29"),
    ]
    assert held["renewalTermDuration"] == "P1M"


def test_provisioning_takes_its_time(world, buyer):
    """M14: until they are provisioned, bought seats are neither listed nor named by their order."""
    world.control("POST", "settings", {"provisioning_seconds": 60})
    api, customer = buyer
    cart = world.read(post(api, customer, line()))
    order = world.read(api.post(f"/customers/{customer}/carts/{cart['id']}/checkout"))["orders"][0]
    assert (order["status"], world.held("contoso-europe", customer)) == ("pending", [])
    world.control("POST", "clock", {"advance_seconds": 61})
    assert [one["status"] for one in world.held("contoso-europe", customer)] == ["active"]


def end_dates(world, buyer, **query):
    """Return the days on which a term may end, by kind."""
    api, customer = buyer
    path = f"/customers/{customer}/subscriptions/customTermEndDates"
    rows = world.read(api.get(path, params={"term_duration": "P1Y", **query}))["items"]
    return [(one["allowedCustomTermEndDateType"], one["allowedCustomTermEndDate"][:10]) for one in rows]


def test_a_term_may_end_with_a_month_or_another_subscription(world, buyer, bought):
    """M25: listed are the ends of months inside the term, and the end of what the customer has here already."""
    months = end_dates(world, buyer)
    assert len(months) == 12
    assert (months[0], months[-1]) == (
        ("calendarMonthAligned", "2026-11-30"),
        ("calendarMonthAligned", "2027-10-31"),
    )
    [held] = bought(line(customTermEndDate="2027-03-31T00:00:00Z"))
    aligned = ("subscriptionAligned", "2027-03-31")
    assert end_dates(world, buyer)[12:] == [aligned]
    assert end_dates(world, buyer, target_coterm_subscription_id=held["id"]) == [aligned]
    assert end_dates(world, buyer, term_start_date="2027-04-01")[-1] == ("calendarMonthAligned", "2028-03-31")
    bought(line(termDuration="P1M"))
    assert end_dates(world, buyer)[12:] == [aligned], "a year is not aligned with a month"
    assert ("subscriptionAligned", "2026-12-21") in end_dates(world, buyer, term_duration="P1M")


def test_an_aligned_end_date_shortens_term_and_first_charge(world, buyer, shown, bought):
    """S14: the term ends on the day that was chosen; what is paid for the whole term at once is charged by the day."""
    wanted = {"customTermEndDate": "2027-03-31T00:00:00Z", "billingCycle": "annual"}
    [found] = shown(line(**wanted))
    assert (found["pricing"]["price"], found["pricing"]["proratedPrice"]) == (247.2, 88.04)
    assert shown(line(**{**wanted, "billingCycle": "monthly"}))[0]["pricing"]["proratedPrice"] == 21.63
    [held] = bought(line(**wanted))
    assert (held["commitmentEndDate"], held["customTermEndDate"]) == ("2027-03-31T00:00:00Z", "2027-03-31T23:59:59Z")
    api, customer = buyer
    order = world.read(api.get(f"/customers/{customer}/orders"))["items"][0]
    assert order["lineItems"][0]["customTermEndDate"] == "2027-03-31T23:59:59Z"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"customTermEndDate": "2027-03-30T00:00:00Z"}, 900242),
        ({"customTermEndDate": "2027-11-30T00:00:00Z"}, 900242),
        ({"customTermEndDate": "2026-10-31T00:00:00Z"}, 900242),
        ({"customTermEndDate": "soon"}, 900242),
        (
            {
                "catalogItemId": new_commerce.BUSINESS_PREMIUM_TRIAL,
                "termDuration": "P1M",
                "billingCycle": "none",
                "customTermEndDate": "2026-11-30T00:00:00Z",
            },
            900246,
        ),
    ],
)
def test_an_end_date_that_is_not_allowed_refuses_the_cart(world, buyer, more, code):
    """M25: a day that is no month's end, outside the term, or for an item that is never aligned is refused with 400."""
    refused = post(*buyer, line(**more))
    assert (refused.status_code, world.read(refused)["code"]) == (400, code)


def test_the_end_of_another_partners_subscription_does_not_count(world, buyer):
    """M25: the day on which the source's term ends is refused in the target (900242)."""
    request = {"tenant": "contoso-france", "customer": buyer[1], "offer": new_commerce.BUSINESS_PREMIUM}
    held = world.control("POST", "portal", {**request, "quantity": 5})
    refused = post(*buyer, line(customTermEndDate=held["commitmentEndDate"]))
    assert world.read(refused)["code"] == 900242


def test_an_end_date_that_has_passed_fails_the_order(world, buyer):
    """S14: the aligned end date is looked at again when the cart is bought."""
    api, customer = buyer
    world.control("POST", "clock", {"set": "2026-11-28T09:00:00Z"})
    cart = world.read(post(api, customer, line(customTermEndDate="2026-11-30T00:00:00Z")))
    world.control("POST", "clock", {"set": "2026-12-02T09:00:00Z"})
    result = world.read(api.post(f"/customers/{customer}/carts/{cart['id']}/checkout"))
    assert [error["code"] for error in result["orderErrors"]] == [900242]


def test_seats_that_were_added_can_be_handed_back_first(world, buyer, bought):
    """M23: each purchase of seats has a window of its own, and what has none left is not listed."""
    [held] = bought(line(quantity=10))
    path = f"/customers/{buyer[1]}/subscriptions/{held['id']}"
    world.control("POST", "clock", {"advance_seconds": 5 * 86400})
    more = world.read(buyer[0].patch(path, json={**held, "quantity": 14}))
    assert [one["quantity"] for one in more["refundableQuantity"]["details"]] == [10, 4]
    fewer = world.read(buyer[0].patch(path, json={**more, "quantity": 11}))
    assert [one["quantity"] for one in fewer["refundableQuantity"]["details"]] == [10, 1]
    world.control("POST", "clock", {"advance_seconds": 3 * 86400})
    assert world.read(buyer[0].get(path))["refundableQuantity"]["totalQuantity"] == 1
    refused = buyer[0].patch(path, json={**fewer, "quantity": 9})
    assert world.read(refused)["code"] == 800090


def test_handing_back_more_than_was_bought_is_a_mistake_of_the_caller(world):
    """M23: seats whose window has closed cannot be counted as handed back."""
    resource = {"quantity": 1, "refundableQuantity": {"totalQuantity": 0, "details": []}}
    with pytest.raises(ValueError, match="too many"):
        seats.after_seat_change(resource, 5, world.state.clock.now())
