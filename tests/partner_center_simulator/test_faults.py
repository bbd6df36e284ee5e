"""Faults on request."""

from uuid import uuid4

import httpx
import pytest

from partner_center_simulator.portfolios.catalogue import OFFICE_365_E3


@pytest.fixture
def buying(world):
    """Return a client, a customer and the path of a checkout that is ready."""
    api, customer = world.ready_to_buy()
    line = {"catalogItemId": OFFICE_365_E3, "quantity": 5, "billingCycle": "monthly"}
    cart = world.read(api.post(f"/customers/{customer}/carts", json={"lineItems": [line]}))
    return api, customer, f"/customers/{customer}/carts/{cart['id']}/checkout"


def rule(world, kind, nth=1, method="POST", path="checkout$", **more):
    """Set one fault rule."""
    world.control("POST", "faults", {"rules": [{"kind": kind, "nth": nth, "method": method, "path": path, **more}]})


def bought(world, api, customer):
    """Count the customer's subscriptions."""
    return len(world.read(api.get(f"/customers/{customer}/subscriptions"))["items"])


def test_answer_lost_after_the_effect(world, buying):
    """drop_after closes the connection when the order stands; a repeat of the checkout shows it (S3)."""
    api, customer, path = buying
    rule(world, "drop_after")
    with pytest.raises(httpx.TransportError):
        api.post(path)
    assert bought(world, api, customer) == 1
    assert len(world.read(api.post(path))["orders"]) == 1
    assert bought(world, api, customer) == 1


def test_call_lost_before_the_effect(world, buying):
    """drop_before closes the connection and nothing was bought; the lost call is in the write log."""
    api, customer, path = buying
    rule(world, "drop_before")
    with pytest.raises(httpx.TransportError):
        api.post(path)
    assert bought(world, api, customer) == 0
    entry = world.writes()[-1]
    assert (entry["status"], entry["effect"], entry["tenant"]) == (None, None, "contoso-europe")


@pytest.mark.parametrize(("kind", "subscriptions"), [("error_500_before", 0), ("error_500_after", 1)])
def test_error_500_does_not_tell_whether_it_took_effect(world, buying, kind, subscriptions):
    """Both errors look the same to the caller: 500 / 800003 with the ids echoed."""
    api, customer, path = buying
    rule(world, kind)
    ids = {"MS-RequestId": str(uuid4())}
    answer = api.post(path, headers=ids)
    assert (answer.status_code, world.read(answer)["code"]) == (500, 800003)
    assert answer.headers["MS-RequestId"] == ids["MS-RequestId"]
    assert answer.headers["Date"]
    assert bought(world, api, customer) == subscriptions
    assert api.post(path, headers=ids).status_code == 201
    assert bought(world, api, customer) == 1


def test_throttled_call_has_its_own_dialect(world, buying):
    """throttle_429 carries Retry-After and the body that is not the error body; only the n-th call is hit (M37)."""
    api, _, _ = buying
    rule(world, "throttle_429", nth=2, method="GET", path="/customers$", retry_after=7)
    answers = [api.get("/customers") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    assert set(world.read(answers[1])) == {"statusCode", "message"}


def test_bad_rule_is_refused(world):
    """A rule that is not understood is refused and the others stay as they were."""
    rule(world, "throttle_429")
    with world.browser() as browser:
        for bad in ({"kind": "explode"}, {"kind": "drop_after", "path": "("}, {"kind": "drop_after", "when": 1}):
            assert browser.post("/simulator/faults", json={"rules": [bad]}).status_code == 400
    assert [one["kind"] for one in world.control("GET", "faults")["rules"]] == ["throttle_429"]
