"""What every answer of the API looks like."""

from email.utils import parsedate_to_datetime
from uuid import uuid4

from partner_center_simulator.portfolios.catalogue import NEW_COMMERCE_BUSINESS_BASIC, OFFICE_365_E3


def test_answers_carry_ids_and_a_byte_order_mark(world):
    """Each answer echoes both ids, carries MS-CV and MS-ServerId, and begins with a byte order mark."""
    ids = {"MS-RequestId": str(uuid4()), "MS-CorrelationId": str(uuid4())}
    answer = world.api("contoso-france").get("/customers", headers=ids)
    assert {name: answer.headers[name] for name in ids} == ids
    assert answer.headers["MS-CV"]
    assert answer.headers["MS-ServerId"]
    assert answer.content.startswith(b"\xef\xbb\xbf{")


def test_date_header_is_the_simulated_clock(world):
    """The Date header tells Partner Center's time, which is not the computer's, on errors too."""
    world.control("POST", "clock", {"set": "2031-05-06T23:59:00Z"})
    for path in ("/customers", "/no-such-thing"):
        answer = world.api("contoso-france").get(path)
        assert parsedate_to_datetime(answer.headers["Date"]).strftime("%Y-%m-%d %H") == "2031-05-06 23"
        assert len(answer.headers.get_list("Date")) == 1


def test_unknown_path_answers_in_the_error_dialect(world):
    """An unknown path is 404 with code and description; a literal word is never read as a customer id."""
    api = world.api("contoso-france")
    for path in ("/no-such-thing", "/customers/usagerecords", f"/customers/{uuid4()}/subscriptions/overage"):
        answer = api.get(path)
        assert answer.status_code == 404
        assert {"code", "description", "data", "source"} <= set(world.read(answer))


def test_organization_is_that_of_the_token(world):
    """A token of one tenant calls in the context of that tenant only (S5)."""
    for name in ("contoso-france", "contoso-germany", "contoso-europe"):
        profile = world.read(world.api(name).get("/profiles/organization"))
        assert profile["tenantId"] == world.state.partner(name)["tenant"]
        assert world.read(world.api(name).get("/profiles/billing"))["billingCurrency"] == "EUR"


def test_offers_need_a_market(world):
    """The catalogue is asked per market; a product id of new commerce is refused there with 2100."""
    api = world.api("contoso-europe")
    assert api.get("/offers").status_code == 400
    offers = world.read(api.get("/offers", params={"country": "FR"}))["items"]
    assert OFFICE_365_E3 in {offer["id"] for offer in offers}
    offer = world.read(api.get(f"/offers/{OFFICE_365_E3.lower()}", params={"country": "FR"}))
    assert (offer["id"], offer["country"]) == (OFFICE_365_E3, "FR")
    add_ons = world.read(api.get(f"/offers/{OFFICE_365_E3}/addons", params={"country": "FR"}))["items"]
    assert add_ons
    assert all(add_on["isAddOn"] for add_on in add_ons)
    refused = api.get(f"/offers/{NEW_COMMERCE_BUSINESS_BASIC}", params={"country": "FR"})
    assert world.read(refused)["code"] == 2100


def test_body_that_is_no_json_is_refused(world):
    """A body that cannot be read is 400, and names may be sent in Pascal case."""
    api = world.api("contoso-france")
    customer = world.customer("Fabrikam")
    held = world.read(api.get(f"/customers/{customer}/subscriptions"))["items"][0]
    path = f"/customers/{customer}/subscriptions/{held['id']}"
    assert api.patch(path, content=b"{").status_code == 400
    assert api.patch(path, json=["status"]).status_code == 400
    pascal = {name[0].upper() + name[1:]: value for name, value in held.items()}
    renamed = world.read(api.patch(path, json={**pascal, "FriendlyName": "Siège"}))
    assert (renamed["friendlyName"], renamed["autoRenewEnabled"]) == ("Siège", True)


def test_calls_are_counted(world):
    """Calls are counted per method, route and tenant, and can be set back to zero."""
    api = world.api("contoso-france")
    api.get("/customers")
    api.get(f"/customers/{world.customer('Fabrikam')}")
    rows = {(row["method"], row["route"], row["tenant"]): row["count"] for row in world.control("GET", "calls")}
    assert rows == {
        ("GET", "/customers", "contoso-france"): 1,
        ("GET", "/customers/{customer}", "contoso-france"): 1,
    }
    assert world.control("DELETE", "calls") == []
