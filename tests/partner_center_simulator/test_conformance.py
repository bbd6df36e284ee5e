"""The simulator against the contract: every served operation, and the list of what is not served.

The clients of ``World.api`` hold each exchange to the contract, here and in all other tests of the simulator.
"""

import re
from uuid import uuid4

import httpx
import pytest
from contract.contract import contract

from partner_center_simulator.api.not_served import NOT_SERVED
from partner_center_simulator.api.operations import OPERATIONS
from partner_center_simulator.portfolios.catalogue import NEW_COMMERCE_BUSINESS_BASIC, OFFICE_365_E3
from partner_center_simulator.portfolios.partners import PARTNER_TENANTS

GUID = "0c39d6d5-c70d-4c55-bc02-f620844f3fd1"
SIGN_IN = "getTokenV2"
GRAPH = "listGdap"
SKUS = "GET /products/{product}/skus"
AVAILABILITIES = f"{SKUS}/{{sku}}/availabilities"

GOOD = {
    "getOrganizationProfile": ["GET /profiles/organization"],
    "getPartnerBillingProfile": ["GET /profiles/billing"],
    "getMpnProfile": ["GET /profiles/mpn", "GET /profiles/mpn?mpnId={partner_id}"],
    "listCustomers": [
        "GET /customers?size=500",
        "GET /customers?size=1",
        'GET /customers?size=0&filter={"Field":"CompanyName","Value":"Fab","Operator":"starts_with"}',
    ],
    "getCustomer": ["GET /customers/{customer}"],
    "getCustomerBillingProfile": ["GET /customers/{customer}/profiles/billing"],
    "getRelationshipRequest": ["GET /customers/relationshiprequests"],
    "listAgreementMetadata": ["GET /agreements", "GET /agreements?agreementType=*"],
    "listCustomerAgreements": [
        "GET /customers/{customer}/agreements",
        "GET /customers/{customer}/agreements?agreementType=MicrosoftCustomerAgreement",
    ],
    "getDirectSignStatus": ["GET /customers/{customer}/directSignedMicrosoftCustomerAgreementStatus"],
    "listSubscriptions": [
        "GET /customers/{customer}/subscriptions",
        "GET /customers/{customer}/subscriptions?order_id={order}",
    ],
    "getSubscription": ["GET /customers/{customer}/subscriptions/{subscription}"],
    "listAddons": ["GET /customers/{customer}/subscriptions/{subscription}/addons"],
    "listOffers": ["GET /offers?country=FR", "GET /offers?country=FR&offset=1&size=2"],
    "getOffer": ["GET /offers/{offer}?country=FR"],
    "listOfferAddons": ["GET /offers/{offer}/addons?country=FR"],
    "getCart": ["GET /customers/{customer}/carts/{cart}"],
    "updateCart": ["PUT /customers/{customer}/carts/{open_cart}"],
    "createCart": ["POST /customers/{customer}/carts"],
    "checkoutCart": ["POST /customers/{customer}/carts/{open_cart}/checkout"],
    "listOrders": ["GET /customers/{customer}/orders", "GET /customers/{customer}/orders?include_price=true"],
    "getOrder": [
        "GET /customers/{customer}/orders/{order}",
        "GET /customers/{customer}/orders/{order}?include_price=true",
    ],
    "getOrderProvisioningStatus": ["GET /customers/{customer}/orders/{order}/provisioningstatus"],
    "listTransfers": ["GET /customers/{customer}/transfers"],
    "createTransfer": ["POST /customers/{customer}/transfers"],
    "getTransfer": ["GET /customers/{customer}/transfers/{transfer}"],
    "updateTransfer": ["PATCH /customers/{customer}/transfers/{transfer}"],
    "listTransferEligibility": ["GET /customers/{customer}/transferseligibility?transferType=directtoindirect"],
    "listAuditRecords": ["GET /auditrecords?startDate=2026-11-01"],
    "listInvoices": ["GET /invoices", "GET /invoices?size=1&offset=1"],
    "listInvoiceLineItems": [
        "GET /invoices/{invoice}/lineitems?provider=office&invoicelineitemtype=billinglineitems&size=1",
        "GET /invoices/{invoice}/lineitems?provider=onetime&invoicelineitemtype=usagelineitems",
    ],
    "listInvoiceLineItemsByPath": ["GET /invoices/Recurring-{invoice}/lineitems/Office/BillingLineItems"],
    "patchSubscription": ["PATCH /customers/{customer}/subscriptions/{subscription}"],
    "createCustomerAgreement": ["POST /customers/{newcomer}/agreements"],
    "listQualifications": ["GET /customers/{customer}/qualifications"],
    "listCustomTermEndDates": [
        "GET /customers/{customer}/subscriptions/customTermEndDates?term_duration=P1Y",
        "GET /customers/{customer}/subscriptions/customTermEndDates?term_duration=P1M&term_start_date=2026-12-20",
    ],
    "listProducts": [
        "GET /products?country=FR&targetView=OnlineServices",
        "GET /products?country=FR&targetView=Azure&targetSegment=commercial",
    ],
    "getProduct": ["GET /products/{product}?country=FR"],
    "listSkus": ["GET /products/{product}/skus?country=FR", f"{SKUS}?country=FR&targetSegment=nonprofit"],
    "getSku": [f"{SKUS}/{{sku}}?country=FR"],
    "listAvailabilities": [f"{AVAILABILITIES}?country=FR", f"{AVAILABILITIES}?country=FR&targetSegment=nonprofit"],
    "getAvailability": [f"{AVAILABILITIES}/{{availability}}?country=FR"],
    "listCustomerProducts": ["GET /customers/{customer}/products?targetView=OnlineServices"],
    "listCustomerSkus": ["GET /customers/{customer}/products/{product}/skus"],
    "listCustomerAvailabilities": [
        "GET /customers/{customer}/products/{product}/skus/{sku}/availabilities",
        "GET /customers/{customer}/products/{product}/skus/{sku}/availabilities?targetSegment=nonprofit",
    ],
    "listPromotions": ["GET /productpromotions?country=FR&segment=commercial"],
}
"""Calls that Partner Center takes, by operation."""

MISSING = f"/customers/{GUID}"
BAD = [
    ("GET /customers?size=many", 400, 800002),
    ('GET /customers?size=0&filter={"Field":"Country"}', 400, 800002),
    ("GET /auditrecords?startDate=1999-01-01", 400, 800002),
    ("GET /invoices?size=many", 400, 800002),
    ("GET /invoices/{invoice}/lineitems", 400, 800002),
    ("GET /invoices/D1/lineitems/Office/BillingLineItems", 404, 800002),
    ("GET /profiles/mpn?mpnId=1", 404, 3000),
    (f"GET {MISSING}", 403, 20002),
    (f"GET {MISSING}/profiles/billing", 403, 20002),
    (f"GET {MISSING}/agreements", 403, 20002),
    (f"POST {MISSING}/agreements", 403, 20002),
    (f"GET {MISSING}/directSignedMicrosoftCustomerAgreementStatus", 403, 20002),
    (f"GET {MISSING}/subscriptions", 403, 20002),
    (f"POST {MISSING}/carts", 403, 20002),
    (f"GET {MISSING}/orders", 403, 20002),
    (f"GET {MISSING}/transfers", 403, 20002),
    (f"POST {MISSING}/transfers", 403, 20002),
    (f"GET /customers/{{customer}}/transfers/{GUID}", 404, 900100),
    (f"PATCH /customers/{{customer}}/transfers/{GUID}", 404, 900100),
    ("GET /customers/{customer}/transferseligibility", 400, 800002),
    (f"GET /customers/{{customer}}/subscriptions/{GUID}", 404, 20003),
    (f"PATCH /customers/{{customer}}/subscriptions/{GUID}", 404, 20003),
    (f"GET /customers/{{customer}}/subscriptions/{GUID}/addons", 404, 20003),
    (f"GET /customers/{{customer}}/carts/{GUID}", 404, 800002),
    (f"PUT /customers/{{customer}}/carts/{GUID}", 404, 800002),
    ("PUT /customers/{customer}/carts/{cart}", 400, 800065),
    (f"POST /customers/{{customer}}/carts/{GUID}/checkout", 404, 800002),
    ("GET /customers/{customer}/orders/unknown", 404, 20000),
    ("GET /customers/{customer}/orders/unknown/provisioningstatus", 404, 20000),
    ("GET /offers", 400, 800002),
    (f"GET /offers/{GUID}?country=FR", 404, 800002),
    (f"GET /offers/{GUID}/addons?country=FR", 404, 800002),
    (f"GET /offers/{NEW_COMMERCE_BUSINESS_BASIC}?country=FR", 400, 2100),
    (f"GET {MISSING}/qualifications", 403, 20002),
    (f"GET {MISSING}/subscriptions/customTermEndDates?term_duration=P1Y", 403, 20002),
    ("GET /customers/{customer}/subscriptions/customTermEndDates", 400, 800002),
    ("GET /customers/{customer}/subscriptions/customTermEndDates?term_duration=P1Y&term_start_date=2020", 400, 800002),
    ("GET /products?targetView=OnlineServices", 400, 800002),
    ("GET /products?country=FR&targetView=Sheep", 400, 800002),
    ("GET /products?country=FR&targetView=OnlineServices&targetSegment=sheep", 400, 800002),
    ("GET /products/NONE?country=FR", 404, 400013),
    ("GET /products/NONE/skus?country=FR", 404, 400013),
    ("GET /products/{product}/skus/9999?country=FR", 404, 400018),
    ("GET /products/{product}/skus/9999/availabilities?country=FR", 404, 400018),
    (f"{AVAILABILITIES}/NONE?country=FR", 404, 400019),
    (f"GET {MISSING}/products?targetView=OnlineServices", 403, 20002),
    ("GET /customers/{customer}/products", 400, 800002),
    (f"GET {MISSING}/products/{{product}}/skus", 403, 20002),
    ("GET /customers/{customer}/products/NONE/skus", 404, 400013),
    (f"GET {MISSING}/products/{{product}}/skus/{{sku}}/availabilities", 403, 20002),
    ("GET /customers/{customer}/products/{product}/skus/9999/availabilities", 404, 400018),
    ("GET /productpromotions?country=FR", 400, 800002),
]
"""Calls that it refuses, with status and code."""


@pytest.fixture
def prepared(world):
    """Return a client of the target and the ids of a customer who has bought there once."""
    api, customer = world.ready_to_buy()
    lines = {"lineItems": [{"id": 0, "catalogItemId": OFFICE_365_E3, "quantity": 5, "billingCycle": "monthly"}]}
    cart = world.read(api.post(f"/customers/{customer}/carts", json=lines))["id"]
    order = world.read(api.post(f"/customers/{customer}/carts/{cart}/checkout"))["orders"][0]
    world.control("POST", "clock", {"advance_seconds": 24 * 86_400})  # to the first invoice of what was bought
    api = world.api("contoso-europe")
    source = {"sourcePartnerTenantId": world.state.partner("contoso-france")["tenant"]}
    names = {
        "customer": customer,
        "transfer": world.read(api.post(f"/customers/{customer}/transfers", json=source))["id"],
        "invoice": world.read(api.get("/invoices"))["items"][0]["id"],
        "newcomer": world.accept("Northwind"),
        "cart": cart,
        "open_cart": world.read(api.post(f"/customers/{customer}/carts", json=lines))["id"],
        "order": order["id"],
        "subscription": order["lineItems"][0]["subscriptionId"],
        "offer": OFFICE_365_E3,
        "partner_id": PARTNER_TENANTS[0].partner_id,
        **dict(zip(("product", "sku", "availability"), NEW_COMMERCE_BUSINESS_BASIC.split(":"), strict=True)),
    }
    held = world.read(api.get(f"/customers/{customer}/subscriptions/{names['subscription']}"))
    contact = {"firstName": "Ana", "lastName": "Bowen", "email": "ana@northwind.example"}
    agreement = {
        "primaryContact": contact,
        "templateId": "117a77b0-9360-443b-8795-c6dedc750cf9",
        "dateAgreed": "2026-02-03T00:00:00Z",
        "type": "MicrosoftCustomerAgreement",
    }
    bodies = {
        "carts": lines,
        "agreements": agreement,
        "subscriptions": {**held, "friendlyName": "Renamed"},
        "transfers": {**source, "status": "Cancel"},
    }
    return api, names, bodies


def send(prepared, call):
    """Send a call that is written as method and path, with the names in braces filled in."""
    api, names, bodies = prepared
    method, _, path = call.partition(" ")
    path, _, query = path.partition("?")
    path = filled(path, names)
    fitting = [body for name, body in bodies.items() if f"/{name}" in path and not path.endswith("checkout")]
    ids = {"MS-RequestId": str(uuid4()), "MS-CorrelationId": str(uuid4())}
    parameters = dict(pair.split("=", 1) for pair in filled(query, names).split("&")) if query else None
    return api.request(
        method, path, params=parameters, json=fitting[0] if fitting and method != "GET" else None, headers=ids
    )


def filled(text, names):
    """Return a text with each {name} that is known filled in; JSON is left alone."""
    return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), text)


def identifier(operation):
    """Return the contract's id of an operation that the simulator serves."""
    return contract().operation(operation.method, re.sub(r"\{[^}]*\}", GUID, operation.path)).identifier


SERVED = {identifier(operation): operation for operation in OPERATIONS}


def test_served_and_not_served_are_the_contract():
    """What is served and what the one list says is not served are together the contract, and nothing is in both."""
    listed = [one for names in NOT_SERVED.values() for one in names]
    assert len(listed) == len(set(listed))
    assert not set(listed) & ({SIGN_IN, GRAPH} | set(SERVED))
    assert set(contract().operations) == set(listed) | {SIGN_IN, GRAPH} | set(SERVED)


def test_each_served_operation_is_driven():
    """No served operation is without a call that succeeds and one that is refused by a rule or its query."""
    assert set(GOOD) == set(SERVED)
    always_there = {
        "getOrganizationProfile",
        "getPartnerBillingProfile",
        "getRelationshipRequest",
        "listAgreementMetadata",
    }
    refused = {contract().operation(*filled(call, IDS).split(" ", 1)).identifier for call, *_ in BAD}
    assert set(SERVED) - refused == always_there


IDS = dict.fromkeys(("customer", "cart", "invoice"), GUID)


@pytest.mark.parametrize("call", [call for calls in GOOD.values() for call in calls])
def test_requests_and_answers_keep_the_contract(prepared, call):
    """A call that succeeds is valid on its way there and back."""
    answer = send(prepared, call)
    assert answer.status_code in (200, 201), answer.text
    contract().check_request(
        answer.request.method,
        answer.request.url.raw_path.decode(),
        None,
        answer.request.headers,
        answer.request.content,
    )
    assert {"ms-requestid", "ms-correlationid", "ms-cv", "ms-serverid"} <= set(answer.headers)


@pytest.mark.parametrize(("call", "status", "code"), BAD)
def test_refusals_keep_the_contract(world, prepared, call, status, code):
    """A call that is refused is answered with the code of Microsoft's list, in a body that the contract knows."""
    answer = send(prepared, call)
    assert (answer.status_code, world.read(answer)["code"]) == (status, code)


@pytest.mark.parametrize("name", sorted(SERVED))
@pytest.mark.parametrize("credential", ["none", "wrong audience", "application alone"])
def test_credentials_are_looked_at_by_every_operation(world, name, credential):
    """No token is 401 / 800001, another audience 401 / 900420, an application alone 403 / 900329 where it is so."""
    operation = SERVED[name]
    if credential == "none":
        api = world.api("contoso-europe")
        del api.headers["Authorization"]
        expected = (401, 800001)
    elif credential == "wrong audience":
        api = world.api("contoso-europe", audience="https://graph.windows.net")
        expected = (401, 900420)
    else:
        api = world.api("contoso-europe", app_only=True)
        expected = (403, 900329)
    answer = api.request(operation.method, re.sub(r"\{[^}]*\}", GUID, operation.path))
    if credential == "application alone":
        auth = contract().operations[name].definition.get("x-auth", [])
        assert operation.app_only == ("app" in auth), f"the contract says {auth}"
        if operation.app_only:
            assert world.read(answer).get("code") != 900329
            return
    assert (answer.status_code, world.read(answer)["code"]) == expected


@pytest.mark.parametrize("name", sorted(one for names in NOT_SERVED.values() for one in names))
def test_what_is_not_served_answers_as_an_unknown_route(world, name):
    """An operation that is not served is 404 in the error dialect, as any unknown route is."""
    operation = contract().operations[name]
    servers = operation.definition.get("servers") or contract().document["paths"][operation.template].get("servers")
    api = world.api("contoso-europe")
    path = re.sub(r"\{[^}]*\}", GUID, operation.template)
    if servers:
        answer = httpx.request(operation.method, f"{world.server.url}{path}", verify=world.trust(), trust_env=False)
        assert answer.status_code in (404, 405)
        return
    answer = api.request(operation.method, path)
    assert answer.status_code == 404
    assert {"code", "description", "data", "source"} == set(world.read(answer))


def test_token_endpoint_keeps_the_contract(world):
    """A token and a refusal at the token endpoint are valid, and so is the request for them."""
    partner = world.state.partner("contoso-europe")
    lines = (world.server.home / "contoso-europe.env").read_text(encoding="utf-8").split()
    secrets = dict(line.split("=", 1) for line in lines)
    form = {
        "grant_type": "client_credentials",
        "client_id": partner["clientId"],
        "client_secret": secrets["CLIENT_SECRET"],
        "scope": f"{world.server.url}/.default",
    }
    path = f"/{partner['tenant']}/oauth2/v2.0/token"
    for wanted, status in ((form, 200), ({**form, "scope": "wrong"}, 400)):
        with world.browser() as browser:
            answer = browser.post(path, data=wanted)
        assert answer.status_code == status
        contract().check_request("POST", path, None, answer.request.headers, answer.request.content)
        contract().check_answer("POST", path, status, answer.headers, answer.content)


@pytest.mark.parametrize(
    ("query", "app_only", "status"),
    [
        ("", False, 200),
        (f"?$filter=customer/tenantId eq '{GUID}'", False, 200),
        ("", True, 403),
        ("?$filter=x", False, 400),
    ],
)
def test_graph_keeps_the_contract(world, query, app_only, status):
    """The list of GDAP relationships and its refusals are valid, in the words of Microsoft Graph (M8)."""
    path = f"/v1.0/tenantRelationships/delegatedAdminRelationships{query}"
    with world.api("contoso-france", app_only=app_only) as api:
        answer = httpx.get(f"{world.server.url}{path}", headers=api.headers, verify=world.trust(), trust_env=False)
    assert answer.status_code == status
    assert contract().operation("GET", path.partition("?")[0]).identifier == GRAPH
    contract().check_answer("GET", path.partition("?")[0], status, answer.headers, answer.content)
