"""Events of a portfolio: what people in a partner tenant do on their own meanwhile."""

import pytest

from partner_center_simulator.portfolios.catalogue import OFFICE_365_E3
from partner_center_simulator.server import Server

GERMANY = "contoso-germany"
PERSON = "jonas.keller@contosodeutschland.onmicrosoft.com"


@pytest.fixture
def customer(demo):
    """Return the customer of the demo whose seats somebody changes."""
    return demo.of_domain("prosewarekoeln")


def enterprise(world, customer):
    """Return the customer's E3."""
    return next(item for item in world.held(GERMANY, customer) if item["offerId"] == OFFICE_365_E3)


def read_prices(world, customer, order):
    """Read one order with prices, as a plan does."""
    answer = world.api(GERMANY).get(f"/customers/{customer}/orders/{order}", params={"include_price": "true"})
    return world.read(answer)


def portal_writes(world):
    """Return the entries of the write log that a person in the portal made."""
    return [entry for entry in world.writes() if entry["actor"] == "portal"]


def test_seats_change_right_after_the_prices_were_read(demo, customer):
    """The answer still shows the old seats, the subscription from then on the new ones and a new etag (S6)."""
    before = enterprise(demo, customer)
    order = read_prices(demo, customer, before["orderId"])
    assert (order["lineItems"][0]["quantity"], order["lineItems"][0]["pricing"]["price"]) == (30, 20.6)
    after = enterprise(demo, customer)
    assert (before["quantity"], after["quantity"]) == (30, 34)
    assert after["attributes"]["etag"] != before["attributes"]["etag"]


def test_event_is_in_both_logs(demo, customer):
    """The change is a person's, by name, in the write log and in the activity log (M33)."""
    read_prices(demo, customer, enterprise(demo, customer)["orderId"])
    (entry,) = portal_writes(demo)
    assert (entry["user"], entry["tenant"], entry["method"]) == (PERSON, GERMANY, "portal")
    assert entry["effect"]["seats"]["to"] == 34
    record = demo.read(demo.api(GERMANY).get("/auditrecords"))["items"][-1]
    assert (record["userPrincipalName"], record["operationType"]) == (PERSON, "update_subscription")
    assert {"key": "Quantity", "value": "34"} in record["customizedData"]


def test_event_fires_once(demo, customer):
    """Later readings of prices, of one order or of the list, change nothing."""
    order = enterprise(demo, customer)["orderId"]
    read_prices(demo, customer, order)
    demo.control(
        "POST",
        "portal",
        {"tenant": GERMANY, "customer": customer, "subscription": enterprise(demo, customer)["id"], "quantity": 31},
    )
    read_prices(demo, customer, order)
    demo.api(GERMANY).get(f"/customers/{customer}/orders", params={"include_price": "true"})
    assert enterprise(demo, customer)["quantity"] == 31


def test_event_waits_for_its_trigger(demo, customer):
    """Orders without prices, prices of another customer and other readings leave the event waiting."""
    api = demo.api(GERMANY)
    order = enterprise(demo, customer)["orderId"]
    other = demo.of_domain("wingtipfahrraeder")
    api.get(f"/customers/{customer}/orders/{order}")
    api.get(f"/customers/{customer}/orders")
    api.get(f"/customers/{other}/orders", params={"include_price": "true"})
    assert portal_writes(demo) == []
    assert enterprise(demo, customer)["quantity"] == 30
    api.get(f"/customers/{customer}/orders", params={"include_price": "true"})
    assert enterprise(demo, customer)["quantity"] == 34


def test_event_leaves_a_suspended_subscription_alone(demo, customer):
    """Seats of a suspended subscription cannot be changed, so the reading is answered and nothing happens."""
    held = enterprise(demo, customer)
    demo.control(
        "POST",
        "portal",
        {"tenant": GERMANY, "customer": customer, "subscription": held["id"], "status": "suspended"},
    )
    assert read_prices(demo, customer, held["orderId"])["id"] == held["orderId"]
    assert enterprise(demo, customer)["quantity"] == 30


def test_fired_event_survives_a_restart(demo, tmp_path):
    """A restart repeats no event that has fired and forgets none that waits."""
    for seats, reads in ((30, False), (34, True), (34, True)):
        with Server(tmp_path / "home") as server:
            world = type(demo)(server)
            customer = world.of_domain("prosewarekoeln")
            if reads:
                read_prices(world, customer, enterprise(world, customer)["orderId"])
            assert enterprise(world, customer)["quantity"] == seats
            assert len(portal_writes(world)) == (1 if reads else 0)
            fired = world.control("GET", "state")["tenants"][GERMANY]["customers"][customer]["events"][0]["fired"]
            assert bool(fired) is reads
