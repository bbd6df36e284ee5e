"""The contract itself, and the module that holds calls to it."""

import pytest
from contract.contract import contract

CUSTOMER = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
TOKEN = {"Authorization": "Bearer abc"}


def examples():
    """Return each example of an answer with the name of its test."""
    for operation, status, name, value in contract().examples():
        if status.isdecimal():
            yield pytest.param(operation, int(status), value, id=f"{operation.identifier}-{status}-{name}")


@pytest.mark.parametrize(("operation", "status", "value"), list(examples()))
def test_examples_keep_the_contract(operation, status, value):
    """Every example that the contract prints is valid by its own schema."""
    contract().check_answer(operation.method, operation.template, status, {}, value)


def test_literal_segments_win():
    """A literal segment wins over a parameter, with and without the root of the service."""
    for root in ("", "/v1"):
        found = contract().operation("GET", f"{root}/customers/relationshiprequests?x=1")
        assert found.identifier == "getRelationshipRequest"
        assert contract().operation("get", f"{root}/customers/{CUSTOMER}").identifier == "getCustomer"


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        (("GET", "/customers/usagerecords", {}, TOKEN), "getCustomer: path customerId"),
        (("GET", "/nowhere", {}, TOKEN), "no such operation"),
        (("POST", f"/customers/{CUSTOMER}", {}, TOKEN), "no such operation"),
        (("GET", "/customers", {"size": "many"}, TOKEN), "listCustomers: query size"),
        (("GET", "/customers", {"Size": "5"}, TOKEN), "listCustomers: query Size: not in the contract"),
        (("GET", "/offers", {}, TOKEN), "listOffers: query country: missing"),
        (("GET", "/customers", {}, {}), "listCustomers: header Authorization"),
        (("GET", "/customers", {}, {**TOKEN, "MS-RequestId": "7"}), "listCustomers: header MS-RequestId"),
        (("POST", f"/customers/{CUSTOMER}/carts", {}, TOKEN), "createCart request: no body"),
        (("POST", f"/customers/{CUSTOMER}/carts", {}, TOKEN, b"{"), "createCart request: the body is not JSON"),
        (
            ("POST", f"/customers/{CUSTOMER}/carts", {}, TOKEN, {"lineItems": [{"quantity": "x"}]}),
            "createCart request: $.lineItems[0]",
        ),
    ],
)
def test_wrong_requests_are_named(call, wrong):
    """A request that breaks the contract is an assertion that names operation and place."""
    with pytest.raises(AssertionError) as raised:
        contract().check_request(*call)
    assert wrong in str(raised.value)


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        ((418, {}, {}), "getCustomer: status 418"),
        ((200, {}, b""), "getCustomer 200: no body"),
        ((200, {"Content-Type": "text/html"}, b"<p>"), "getCustomer 200: content type text/html"),
        ((200, {}, {"id": 7}), "getCustomer 200: $"),
        ((429, {"Retry-After": "soon"}, {"statusCode": 429, "message": ""}), "getCustomer 429 header Retry-After"),
        ((404, {}, {"message": "no"}), "getCustomer 404: $"),
    ],
)
def test_wrong_answers_are_named(call, wrong):
    """An answer that breaks the contract is an assertion that names operation, status and place."""
    with pytest.raises(AssertionError) as raised:
        contract().check_answer("GET", f"/customers/{CUSTOMER}", *call)
    assert wrong in str(raised.value)
