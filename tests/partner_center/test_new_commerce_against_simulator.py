"""Buying and ending new commerce against the simulated Partner Center, over TLS and through MSAL."""

from datetime import timedelta

import pytest
from both_sides import House, attest

from partner_center import Call, CartLine, errors
from partner_center_simulator.commerce import portal
from partner_center_simulator.portfolios import new_commerce

PREMIUM = "Microsoft 365 Business Premium"
RESELLER = "5987654"


def line_for(house: House, customer: str, title: str, seats: int, duration: str, cycle: str, **more) -> CartLine:
    """Find an item by its title, from product to availability, and make the line that buys it."""
    product = next(each for each in house.target.customer_products(customer) if each.title == title)
    sku = next(each for each in house.target.customer_skus(customer, product.id) if not each.is_trial)
    [found] = house.target.customer_availabilities(customer, product.id, sku.id)
    term = found.term(duration, cycle)
    return CartLine(found.catalog_item_id, seats, term.billing_cycle, term.duration, **more)


def buy(house: House, customer: str, *lines: CartLine):
    """Buy lines and read the subscriptions back."""
    cart = house.target.create_cart(customer, lines, Call.new())
    assert [each.error for each in cart.all_lines] == [None] * len(lines)
    result = house.target.checkout(customer, cart.id, Call.new())
    assert result.order_errors == ()
    return cart, [
        house.target.subscription(customer, each.subscription_id) for order in result.orders for each in order.lines
    ]


@pytest.fixture
def fabrikam(house):
    """Return a customer who can buy in the target."""
    customer = house.customer("Fabrikam Boulangerie")
    house.accepts(customer)
    attest(house, customer)
    return customer


@pytest.fixture
def mid_month(house):
    """Put the clock on a fifteenth: what begins on a month's first day ends with a month of itself."""
    clock = house.server.state.clock
    clock.set(clock.now().replace(day=15))


def hold(house: House, customer: str, **more):
    """Let the customer buy seats through the source, now; read them there."""
    request = {"tenant": "contoso-france", "customer": customer, "offer": new_commerce.BUSINESS_PREMIUM}
    held = portal.act(house.server.state, {**request, "quantity": 15, "termDuration": "P1M", **more})
    return house.source.subscription(customer, held["id"])


def test_the_catalogue_is_the_same_by_market_and_by_customer(house, fabrikam):
    """M25: what a customer may buy is what its market has in its segment, licence identity and limits among it."""
    by_market = {each.id: each.title for each in house.target.products("FR", target_segment="commercial")}
    by_customer = {each.id: each.title for each in house.target.customer_products(fabrikam)}
    assert by_market == by_customer
    product, sku, _ = new_commerce.BUSINESS_BASIC.split(":")
    [listed] = house.target.skus(product, "FR")
    assert listed == house.target.sku(product, sku, "FR")
    assert (listed.maximum_quantity, listed.provisioning_id) == (300, "3b555118-da6a-4418-894f-7df1e2096870")
    plain = house.target.availabilities(product, sku, "FR")
    nonprofit = house.target.availabilities(product, sku, "FR", "nonprofit")
    assert [each.segment for each in (*plain, *nonprofit)] == ["commercial", "nonprofit"]
    assert (plain[0].currency, plain[0].is_purchasable) == ("EUR", True)
    assert house.target.qualifications(fabrikam)[0].qualification == "none"
    with pytest.raises(errors.NotFound):
        house.target.availabilities("CFQ7TTC0NONE", "0001", "FR")


@pytest.mark.usefixtures("mid_month")
def test_seats_are_bought_with_term_promotion_and_aligned_end(house, fabrikam):
    """M25, S14: promotion and allowed end date are read, the price stands on the line, the rest on what was bought."""
    promotion = next(each for each in house.target.promotions("FR") if "Premium" in each.name)
    today = house.target.server_time().date()
    days = house.target.custom_term_end_dates(fabrikam, "P1Y")
    end = max(each.end for each in days if each.type == "calendar_month_aligned")
    line = line_for(
        house,
        fabrikam,
        PREMIUM,
        10,
        "P1Y",
        "annual",
        partner_id=RESELLER,
        promotion_id=promotion.id,
        custom_term_end_date=end.date(),
    )
    cart, [bought] = buy(house, fabrikam, line)
    price = cart.lines[0].pricing
    assert price.prorated_price < price.discounted_price < price.list_price
    assert (cart.lines[0].promotion_id, cart.lines[0].currency) == (promotion.id, "EUR")
    assert (bought.status, bought.quantity, bought.term_duration, bought.billing_cycle) == (
        "active",
        10,
        "P1Y",
        "annual",
    )
    assert (bought.promotion_id, bought.partner_id) == (promotion.id, RESELLER)
    assert bought.commitment_end_date.date() == end.date()
    assert bought.refundable_quantity.total_quantity == 10
    assert bought.refund_at(house.target.server_time()).type == "full"
    same_day = house.target.custom_term_end_dates(fabrikam, "P1Y", start=today, subscription_id=bought.id)
    assert [each.subscription_ids for each in same_day] == [(bought.id,)]


def test_an_add_on_needs_its_base(house, fabrikam):
    """M25: the missing prerequisite stands on the line; a base that the source sold is good enough."""
    line = line_for(house, fabrikam, "Microsoft 365 Copilot", 3, "P1Y", "monthly")
    wrong = house.target.create_cart(fabrikam, [line], Call.new())
    assert wrong.lines[0].error.error_code == "400041"
    hold(house, fabrikam)
    buy(house, fabrikam, line)


@pytest.mark.usefixtures("mid_month")
def test_an_end_date_that_is_not_allowed_is_told(house, fabrikam):
    """M25: the source's end date does not count in the target, and the error says what to read."""
    held = hold(house, fabrikam, termDuration="P1Y")
    line = CartLine(held.offer_id, 15, "monthly", "P1Y", custom_term_end_date=held.commitment_end_date.date())
    with pytest.raises(errors.Refused, match="end dates") as raised:
        house.target.create_cart(fabrikam, [line], Call.new())
    assert raised.value.code == "900242"


def test_seats_are_bought_again_and_cancelled_in_the_window(house, fabrikam):
    """M23: bought and read back in the target, then cancelled in the source, with the refund told before."""
    held = hold(house, fabrikam)
    _, [bought] = buy(house, fabrikam, line_for(house, fabrikam, PREMIUM, held.quantity, "P1M", "monthly"))
    assert (bought.offer_id, bought.quantity, bought.status) == (held.offer_id, held.quantity, "active")
    now = house.source.server_time()
    assert held.cancellation_allowed_until_date > now
    assert held.refund_at(now).type == "full"
    call = Call.new()
    after = house.source.cancel_in_window(fabrikam, held, call)
    assert (after.status, after.auto_renew_enabled) == ("deleted", False)
    assert house.source.subscription(fabrikam, held.id).status == "deleted"
    [entry] = [one for one in house.server.state.documents.scope("write", "").values() if one["method"] == "PATCH"]
    assert (entry["effect"]["cancelled"], entry["correlation_id"]) == ([held.id], call.correlation_id)
    with pytest.raises(errors.Conflict):
        house.source.cancel_in_window(fabrikam, held, Call.new())


def test_after_the_window_nothing_is_cancelled(house, fabrikam):
    """M23: the refusal says that another route is needed, and the seats stay."""
    held = hold(house, fabrikam, termDuration="P1Y")
    house.server.state.clock.advance(timedelta(days=7, seconds=1).total_seconds())
    with pytest.raises(errors.Conflict, match="another route"):
        house.source.cancel_in_window(fabrikam, held, Call.new())
    assert house.source.subscription(fabrikam, held.id).status == "active"


def test_auto_renew_goes_off_and_the_clock_goes_on(house, fabrikam):
    """M23: nothing but auto-renew changes; at the end of the term the extended service term follows."""
    held = hold(house, fabrikam)
    after = house.source.auto_renew_off(fabrikam, held, Call.new())
    whole = {**held.received, "autoRenewEnabled": False}
    assert after.received == whole
    again = house.source.auto_renew_off(fabrikam, after, Call.new())
    assert again.received == whole
    house.server.state.clock.advance(timedelta(days=32).total_seconds())
    extended = house.source.subscription(fabrikam, held.id)
    assert (extended.status, extended.auto_renew_enabled) == ("active", False)
    assert extended.commitment_end_date > held.commitment_end_date


def test_nothing_is_switched_while_the_renewal_runs(house, fabrikam):
    """M23: the refusal of a running renewal says to wait and read again."""
    held = hold(house, fabrikam)
    house.server.state.set_settings({"renewal_seconds": 7200})
    house.server.state.clock.set(held.commitment_end_date + timedelta(days=1, hours=1))
    with pytest.raises(errors.Conflict, match="Wait"):
        house.source.auto_renew_off(fabrikam, house.source.subscription(fabrikam, held.id), Call.new())


@pytest.mark.parametrize("verb", ["cancel_in_window", "auto_renew_off"])
@pytest.mark.parametrize("kind", ["drop_after", "error_500_after", "gateway_after", "drop_before"])
def test_a_lost_ending_is_unknown_and_read_back(house, fabrikam, verb, kind):
    """S3: it may have taken effect; what is read back says so, and the same request repeated does no harm."""
    held = hold(house, fabrikam)
    house.fail(method="PATCH", path="subscriptions", kind=kind)
    call = Call.new()
    with pytest.raises(errors.AnswerUnknown):
        getattr(house.source, verb)(fabrikam, held, call)
    house.server.simulator.faults.clear()
    getattr(house.source, verb)(fabrikam, held, call)
    read = house.source.subscription(fabrikam, held.id)
    assert (read.status, read.auto_renew_enabled) == ("deleted" if verb == "cancel_in_window" else "active", False)
    effects = [one["effect"] for one in house.server.state.documents.scope("write", "").values()]
    assert sum("auto_renew_off" in effect for effect in effects if effect) == 1
