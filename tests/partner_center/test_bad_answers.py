"""Answers that are not what was asked for: each an error with operation and correlation id, nothing of it used."""

import json
from datetime import date

import httpx
import pytest

from partner_center import Call, CartLine, errors
from partner_center.models import Subscription

OTHER = "9b1d2c3e-0000-4000-8000-00000000beef"
ID = "5d0c1a2b-7e3f-4c68-9b0a-1f2e3d4c5b6a"
PAGE = "<html><head><title>502 Bad Gateway</title></head></html>"


READS = {
    "organisation": lambda kit: kit.reader().organization_profile(),
    "partner billing": lambda kit: kit.reader().partner_billing_profile(),
    "customers": lambda kit: kit.reader().customers(),
    "customer": lambda kit: kit.reader().customer(kit.customer),
    "billing": lambda kit: kit.reader().customer_billing_profile(kit.customer),
    "request": lambda kit: kit.reader().relationship_request(),
    "templates": lambda kit: kit.reader().agreement_templates(),
    "agreements": lambda kit: kit.reader().agreements(kit.customer),
    "direct": lambda kit: kit.reader().directly_signed(kit.customer),
    "subscriptions": lambda kit: kit.reader().subscriptions(kit.customer),
    "subscription": lambda kit: kit.reader().subscription(kit.customer, ID),
    "offers": lambda kit: kit.reader().offers("FR"),
    "offer": lambda kit: kit.reader().offer(ID, "FR"),
    "products": lambda kit: kit.reader().products("FR"),
    "SKUs": lambda kit: kit.reader().skus("P", "FR"),
    "SKU": lambda kit: kit.reader().sku("P", ID, "FR"),
    "availabilities": lambda kit: kit.reader().availabilities("P", "S", "FR"),
    "products of a customer": lambda kit: kit.reader().customer_products(kit.customer),
    "SKUs of a customer": lambda kit: kit.reader().customer_skus(kit.customer, "P"),
    "availabilities of a customer": lambda kit: kit.reader().customer_availabilities(kit.customer, "P", "S"),
    "promotions": lambda kit: kit.reader().promotions("FR"),
    "end dates": lambda kit: kit.reader().custom_term_end_dates(kit.customer, "P1Y"),
    "qualifications": lambda kit: kit.reader().qualifications(kit.customer),
    "cart": lambda kit: kit.reader().cart(kit.customer, ID),
    "orders": lambda kit: kit.reader().orders(kit.customer),
    "order": lambda kit: kit.reader().order(kit.customer, ID),
    "invoices": lambda kit: kit.reader().invoices(),
    "invoice lines": lambda kit: list(kit.reader().invoice_lines("D1", "office")),
    "audit": lambda kit: kit.reader().audit_records(date(2026, 2, 1), date(2026, 2, 3)),
}

SUBSCRIPTION = Subscription.model_validate({"id": ID, "status": "active", "quantity": 3})
SEATS = Subscription.model_validate(
    {"id": ID, "status": "active", "autoRenewEnabled": True, "productType": {"id": "OnlineServicesNCE"}}
)

WRITES = {
    "suspend": lambda kit, call: kit.source().suspend(kit.customer, SUBSCRIPTION, call),
    "cancel": lambda kit, call: kit.source().cancel_in_window(kit.customer, SEATS, call),
    "auto-renew": lambda kit, call: kit.source().auto_renew_off(kit.customer, SEATS, call),
    "attest": lambda kit, call: kit.target().attest_agreement(
        kit.customer, ID, "Aino", "Saarela", "aino@talvikki.example", date(2026, 2, 3), call
    ),
    "cart": lambda kit, call: kit.target().create_cart(kit.customer, [CartLine(ID, 3, "monthly")], call),
    "checkout": lambda kit, call: kit.target().checkout(kit.customer, ID, call),
}


def raw(status, text, **headers):
    """Answer with a text that no server of Partner Center would send."""
    return lambda _request: httpx.Response(status, text=text, headers=headers)


NOT_JSON = {
    "a page of a gateway": raw(200, PAGE),
    "a page that calls itself JSON": raw(200, PAGE, **{"Content-Type": "application/json"}),
    "truncated JSON": raw(200, json.dumps({"id": ID, "items": [{"id": ID}], "isSigned": True, "url": "u"})[:-1]),
    "JSON cut inside a word": raw(200, '{"id": "5d0c1a2b", "isSigned": tr'),
    "two documents": raw(200, '{"id": "a"}{"id": "b"}'),
    "not a number": raw(200, '{"id": "a", "items": [], "isSigned": true, "url": "u", "quantity": NaN}'),
    "nested beyond measure": raw(200, "[" * 100_000),
    "bytes of no text": lambda _request: httpx.Response(200, content=b"\xff\xfe\x00{"),
}
NOT_AN_OBJECT = {
    "a text": raw(200, '"fine"'),
    "a number": raw(200, "7"),
    "nothing": raw(200, ""),
    "no content": raw(204, ""),
    "accepted": raw(202, "", Location="/v1/elsewhere"),
}


@pytest.mark.parametrize("bad", NOT_JSON | NOT_AN_OBJECT)
@pytest.mark.parametrize("read", READS)
def test_a_read_that_is_not_answered_with_what_was_asked_for_is_an_error(kit, read, bad):
    """S7: whatever comes in place of the answer, the error names the operation and the id that support asks for."""
    kit.microsoft.on("GET", ".*", (NOT_JSON | NOT_AN_OBJECT)[bad])
    with pytest.raises(errors.UnreadableAnswer) as raised:
        READS[read](kit)
    assert raised.value.operation
    assert raised.value.operation in str(raised.value)
    assert raised.value.correlation_id == kit.microsoft.sent()[-1].headers["MS-CorrelationId"]


@pytest.mark.parametrize("bad", NOT_JSON)
@pytest.mark.parametrize("write", WRITES)
def test_a_write_that_is_not_answered_in_json_is_unknown(kit, write, bad):
    """S3: it may have taken effect, so the error says that it is to be read, and it is not sent again."""
    call = Call.new()
    for method in ("PATCH", "POST"):
        kit.microsoft.on(method, ".*", NOT_JSON[bad])
    with pytest.raises(errors.AnswerUnknown) as raised:
        WRITES[write](kit, call)
    assert raised.value.operation in str(raised.value)
    assert raised.value.correlation_id == call.correlation_id
    assert len(kit.microsoft.sent()) == 1


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize("read", READS)
def test_a_gateways_page_in_place_of_an_error_is_a_service_failure(kit, read, status):
    """M37: a server error without Partner Center's own words is one all the same, with operation and id."""
    kit.microsoft.on("GET", ".*", raw(status, PAGE))
    with pytest.raises(errors.ServiceFailure) as raised:
        READS[read](kit)
    assert raised.value.operation in str(raised.value)
    assert raised.value.correlation_id == kit.microsoft.sent()[-1].headers["MS-CorrelationId"]
    assert "html" not in str(raised.value)


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError])
@pytest.mark.parametrize("read", ["customers", "subscription"])
def test_a_lost_connection_names_operation_and_correlation_id(kit, read, failure):
    """M20: also where no answer came there is an id to ask support about."""
    kit.microsoft.on("GET", ".*", kit.broken(failure))
    with pytest.raises(errors.Unreachable) as raised:
        READS[read](kit)
    assert raised.value.operation
    assert raised.value.correlation_id == kit.microsoft.sent()[-1].headers["MS-CorrelationId"]


def order(customer=OTHER):
    """Make an order of a customer."""
    return {"id": ID, "referenceCustomerId": customer, "lineItems": []}


def linked(customer=OTHER):
    """Make something that names its customer in the link to itself only."""
    return {"id": ID, "links": {"self": {"uri": f"/v1/customers/{customer}/subscriptions/{ID}", "method": "GET"}}}


@pytest.mark.parametrize(
    ("read", "body"),
    [
        ("customer", {"id": OTHER}),
        ("subscription", linked()),
        ("subscription", {"id": OTHER}),
        ("subscriptions", {"items": [linked(OTHER)]}),
        ("cart", {"id": OTHER}),
        ("cart", linked()),
        ("order", order()),
        ("order", {"id": OTHER, "lineItems": []}),
        ("orders", {"items": [order()]}),
        ("billing", linked()),
        ("agreements", {"items": [], "links": {"self": {"uri": f"/customers/{OTHER}/agreements"}}}),
        ("offer", {"id": OTHER}),
    ],
)
def test_a_reply_about_something_else_is_not_used(kit, read, body):
    """S7: the reply for another customer, or with another object, is an error and not a resource."""
    kit.microsoft.on("GET", ".*", kit.answer(body))
    with pytest.raises(errors.UnreadableAnswer, match="another") as raised:
        READS[read](kit)
    assert raised.value.operation in str(raised.value)
    assert raised.value.correlation_id == kit.microsoft.sent()[-1].headers["MS-CorrelationId"]


def test_one_row_of_another_customer_fails_the_list(kit):
    """S8: a list in which one row belongs to somebody else is not read as the rest of it."""
    kit.microsoft.on("GET", ".*", kit.answer({"items": [linked(kit.customer.upper()), linked()]}))
    with pytest.raises(errors.UnreadableAnswer, match="another customer"):
        kit.reader().subscriptions(kit.customer)


@pytest.mark.parametrize(
    ("write", "body"),
    [
        ("suspend", {"id": OTHER, "status": "suspended"}),
        ("suspend", {**linked(), "status": "suspended"}),
        ("cart", {**linked(), "lineItems": []}),
        ("checkout", {"orders": [order()], "orderErrors": []}),
        ("checkout", order()),
    ],
)
def test_a_write_answered_about_something_else_is_unknown(kit, write, body):
    """S3: what was done, and to whom, nobody knows: it is read back before anything else."""
    call = Call.new()
    for method in ("PATCH", "POST"):
        kit.microsoft.on(method, ".*", kit.answer(body))
    with pytest.raises(errors.AnswerUnknown) as raised:
        WRITES[write](kit, call)
    assert raised.value.correlation_id == call.correlation_id


def test_the_same_customer_in_another_letter_case_is_the_same(kit):
    """S3: Microsoft prints one id in upper and in lower case, in links as well."""
    kit.microsoft.on("GET", ".*", kit.answer({**linked(kit.customer.upper()), "id": ID.upper(), "status": "Active"}))
    assert kit.reader().subscription(kit.customer, ID).status == "active"
