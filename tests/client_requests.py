"""Every request that the client can make, and what the contract prints in answer to it."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from contract.contract import contract

from partner_center import Call, CartLine, TransferItem, TransferRequest
from partner_center.models import Resource, Subscription, Transfer
from partner_center.operations import Operation

DOCUMENT = Path(__file__).parents[1] / "docs" / "operations.md"
ORDER = "b41f02d97a35"
OFFER = "91FD106F-4B2C-4938-95AC-F54F74E9A239"
ADD_ON = "2828BE95-46BA-4F91-B2FD-0BEF192ECF60"
NEW_COMMERCE = "CFQ7TTC0LH18:0001:CFQ7TTC0K971"
CART = "e0c3a5d2-6b17-4f88-9a31-5d2c7e8f9012"
INVOICE = "D0A1B2C3E4"
TEMPLATE = "117a77b0-9360-443b-8795-c6dedc750cf9"
FIRST, LAST = date(2026, 2, 1), date(2026, 2, 3)


def example(operation: str, status: str = "200", name: str = "example") -> Any:
    """Give a copy of one example of the contract."""
    printed = {(one.identifier, key, each): value for one, key, each, value in contract().examples()}
    return copy.deepcopy(printed[operation, status, name])


LEGACY = example("getSubscription", name="legacy")
SEATS = example("getSubscription", name="newCommerce")
SUSPENDED = {**LEGACY, "status": "suspended"}
CANCELLED = {**SEATS, "status": "deleted", "autoRenewEnabled": False}
PRODUCT, SKU, _ = NEW_COMMERCE.split(":")
PROMOTION = "CFQ7TTC0LH18:0001:39NFJQT1Q5KN"


def line(**fields: Any) -> CartLine:
    """Make a line of legacy seats."""
    return CartLine(**{"catalog_item_id": OFFER, "quantity": 42, "billing_cycle": "monthly", **fields})


def cart(*lines: CartLine) -> Callable[[Any], Any]:
    """Make the call that creates a cart with these lines."""
    return lambda kit: kit.target().create_cart(kit.customer, lines, Call.new())


def suspension(resource: dict[str, Any]) -> Callable[[Any], Any]:
    """Make the call that suspends a subscription as it was read."""
    return lambda kit: kit.source().suspend(kit.customer, Subscription.model_validate(resource), Call.new())


def ending(verb: str, resource: dict[str, Any]) -> Callable[[Any], Any]:
    """Make the call that ends new commerce as it was read, by cancelling it or by switching auto-renew off."""
    read = Subscription.model_validate(resource)
    return lambda kit: getattr(kit.source(), verb)(kit.customer, read, Call.new())


def attestation(kit: Any) -> Any:
    """Attest the customer agreement."""
    person = ("Aino", "Saarela", "aino.saarela@talvikki.example")
    return kit.target().attest_agreement(kit.customer, TEMPLATE, *person, date(2026, 2, 3), Call.new())


TRANSFER = example("createTransfer", "201")
ASKED = {"source_tenant": TRANSFER["sourcePartnerTenantId"], "customer_name": "Talvikki Optik Oy"}


def request(**fields: Any) -> Callable[[Any], Any]:
    """Make the call that requests a transfer."""
    asked = TransferRequest(**{**ASKED, "product_types": ("OnlineServicesNCE",), **fields})
    return lambda kit: kit.target().request_transfer(kit.customer, asked, Call.new())


def acceptance(*items: TransferItem) -> Callable[[Any], Any]:
    """Make the call that accepts a transfer with these subscriptions."""
    transfer = Transfer.model_validate(TRANSFER)
    return lambda kit: kit.source().accept_transfer(kit.customer, transfer, items, Call.new())


def withdrawal(kit: Any) -> Any:
    """Withdraw a pending request of the target's own."""
    target = kit.target(tenant=TRANSFER["targetPartnerTenantId"])
    return target.withdraw_transfer(kit.customer, Transfer.model_validate(TRANSFER), Call.new())


CASES: dict[str, tuple[Operation, Callable[[Any], Any]]] = {
    "organisation": (Operation.READ_ORGANIZATION, lambda kit: kit.reader().organization_profile()),
    "partner billing": (Operation.READ_PARTNER_BILLING, lambda kit: kit.reader().partner_billing_profile()),
    "partner profile": (Operation.READ_PARTNER_PROFILE, lambda kit: kit.reader().partner_profile("6123456")),
    "customers": (Operation.LIST_CUSTOMERS, lambda kit: kit.reader().customers()),
    "the time": (Operation.LIST_CUSTOMERS, lambda kit: kit.reader().server_time()),
    "customer": (Operation.READ_CUSTOMER, lambda kit: kit.reader().customer(kit.customer)),
    "billing": (Operation.READ_CUSTOMER_BILLING, lambda kit: kit.reader().customer_billing_profile(kit.customer)),
    "invitation": (Operation.READ_RELATIONSHIP_REQUEST, lambda kit: kit.reader().relationship_request()),
    "templates": (Operation.LIST_AGREEMENT_TEMPLATES, lambda kit: kit.reader().agreement_templates()),
    "template in force": (Operation.LIST_AGREEMENT_TEMPLATES, lambda kit: kit.reader().customer_agreement_template()),
    "agreements": (Operation.LIST_AGREEMENTS, lambda kit: kit.reader().agreements(kit.customer)),
    "direct signing": (Operation.READ_DIRECT_SIGNING, lambda kit: kit.reader().directly_signed(kit.customer)),
    "subscriptions": (Operation.LIST_SUBSCRIPTIONS, lambda kit: kit.reader().subscriptions(kit.customer)),
    "legacy subscription": (
        Operation.READ_SUBSCRIPTION,
        lambda kit: kit.reader().subscription(kit.customer, LEGACY["id"]),
    ),
    "new-commerce subscription": (
        Operation.READ_SUBSCRIPTION,
        lambda kit: kit.reader().subscription(kit.customer, SEATS["id"]),
    ),
    "offers": (Operation.LIST_OFFERS, lambda kit: kit.reader().offers("FI")),
    "offer": (Operation.READ_OFFER, lambda kit: kit.reader().offer(OFFER, "FI")),
    "products": (Operation.LIST_PRODUCTS, lambda kit: kit.reader().products("FI")),
    "products of a segment": (
        Operation.LIST_PRODUCTS,
        lambda kit: kit.reader().products("FI", "Azure", target_segment="education"),
    ),
    "SKUs": (Operation.LIST_SKUS, lambda kit: kit.reader().skus(PRODUCT, "FI")),
    "SKU": (Operation.READ_SKU, lambda kit: kit.reader().sku(PRODUCT, SKU, "FI")),
    "availabilities": (Operation.LIST_AVAILABILITIES, lambda kit: kit.reader().availabilities(PRODUCT, SKU, "FI")),
    "availabilities of a segment": (
        Operation.LIST_AVAILABILITIES,
        lambda kit: kit.reader().availabilities(PRODUCT, SKU, "FI", "nonprofit"),
    ),
    "products of a customer": (
        Operation.LIST_CUSTOMER_PRODUCTS,
        lambda kit: kit.reader().customer_products(kit.customer),
    ),
    "SKUs of a customer": (
        Operation.LIST_CUSTOMER_SKUS,
        lambda kit: kit.reader().customer_skus(kit.customer, PRODUCT),
    ),
    "availabilities of a customer": (
        Operation.LIST_CUSTOMER_AVAILABILITIES,
        lambda kit: kit.reader().customer_availabilities(kit.customer, PRODUCT, SKU, "commercial"),
    ),
    "promotions": (Operation.LIST_PROMOTIONS, lambda kit: kit.reader().promotions("FI")),
    "end dates": (
        Operation.LIST_CUSTOM_TERM_END_DATES,
        lambda kit: kit.reader().custom_term_end_dates(kit.customer, "P1Y"),
    ),
    "end dates together with a subscription": (
        Operation.LIST_CUSTOM_TERM_END_DATES,
        lambda kit: kit.reader().custom_term_end_dates(kit.customer, "P1Y", start=LAST, subscription_id=SEATS["id"]),
    ),
    "qualifications": (Operation.LIST_QUALIFICATIONS, lambda kit: kit.reader().qualifications(kit.customer)),
    "cart": (Operation.READ_CART, lambda kit: kit.reader().cart(kit.customer, CART)),
    "orders": (Operation.LIST_ORDERS, lambda kit: kit.reader().orders(kit.customer)),
    "orders with prices": (
        Operation.LIST_ORDERS,
        lambda kit: kit.reader().orders(kit.customer, include_price=True),
    ),
    "order": (Operation.READ_ORDER, lambda kit: kit.reader().order(kit.customer, ORDER)),
    "order with prices": (
        Operation.READ_ORDER,
        lambda kit: kit.reader().order(kit.customer, ORDER, include_price=True),
    ),
    "activity log": (Operation.LIST_AUDIT_RECORDS, lambda kit: kit.reader().audit_records(FIRST, LAST)),
    "activity log of a customer": (
        Operation.LIST_AUDIT_RECORDS,
        lambda kit: kit.reader().audit_records(FIRST, LAST, kit.customer),
    ),
    "invoices": (Operation.LIST_INVOICES, lambda kit: kit.reader().invoices()),
    "legacy lines": (Operation.LIST_INVOICE_LINES, lambda kit: list(kit.reader().invoice_lines(INVOICE, "office"))),
    "new-commerce lines": (
        Operation.LIST_INVOICE_LINES,
        lambda kit: list(kit.reader().invoice_lines(INVOICE, "onetime")),
    ),
    "transfers": (Operation.LIST_TRANSFERS, lambda kit: kit.reader().transfers(kit.customer)),
    "transfer": (Operation.READ_TRANSFER, lambda kit: kit.reader().transfer(kit.customer, TRANSFER["id"])),
    "transfer eligibility": (
        Operation.LIST_TRANSFER_ELIGIBILITY,
        lambda kit: kit.reader().transfer_eligibility(kit.customer),
    ),
    "suspension with an etag": (Operation.SUSPEND_SUBSCRIPTION, suspension(LEGACY)),
    "suspension without an etag": (
        Operation.SUSPEND_SUBSCRIPTION,
        suspension({name: value for name, value in LEGACY.items() if name != "attributes"}),
    ),
    "cancellation": (Operation.CANCEL_SUBSCRIPTION, ending("cancel_in_window", SEATS)),
    "cancellation with an etag": (
        Operation.CANCEL_SUBSCRIPTION,
        ending("cancel_in_window", {**SEATS, "attributes": {"etag": "v3"}}),
    ),
    "auto-renew off": (Operation.SWITCH_AUTO_RENEW_OFF, ending("auto_renew_off", SEATS)),
    "attestation": (Operation.ATTEST_AGREEMENT, attestation),
    "cart of a base": (Operation.CREATE_CART, cart(line())),
    "cart of a base with add-ons": (
        Operation.CREATE_CART,
        cart(line(friendly_name="E1 shop floor", addons=(line(catalog_item_id=ADD_ON),)), line(partner_id="5987654")),
    ),
    "cart of an add-on alone": (
        Operation.CREATE_CART,
        cart(line(catalog_item_id=ADD_ON, parent_subscription_id=LEGACY["id"])),
    ),
    "cart of new commerce": (
        Operation.CREATE_CART,
        cart(line(catalog_item_id=NEW_COMMERCE, term_duration="P1Y", partner_id="5987654")),
    ),
    "cart of new commerce with promotion and aligned end": (
        Operation.CREATE_CART,
        cart(
            line(
                catalog_item_id=NEW_COMMERCE,
                term_duration="P1Y",
                promotion_id=PROMOTION,
                custom_term_end_date=date(2026, 12, 31),
            )
        ),
    ),
    "checkout": (Operation.CHECK_OUT_CART, lambda kit: kit.target().checkout(kit.customer, CART, Call.new())),
    "request for seats": (
        Operation.REQUEST_TRANSFER,
        request(customer_email="aino.saarela@talvikki.example", partner_id="5987654"),
    ),
    "request for Azure": (
        Operation.REQUEST_TRANSFER,
        request(product_types=("AzureReservation", "AzureSavingsPlan", "AzureSubscription")),
    ),
    "withdrawal": (Operation.WITHDRAW_TRANSFER, withdrawal),
    "acceptance of seats": (
        Operation.ACCEPT_TRANSFER,
        acceptance(TransferItem(SEATS["id"], "OnlineServicesNCE", 15, "5987654")),
    ),
    "acceptance of Azure": (Operation.ACCEPT_TRANSFER, acceptance(TransferItem(SEATS["id"], "AzureSubscription", 1))),
}
"""Every request that the client can make, in each of its forms."""

WRITES = {
    Operation.SUSPEND_SUBSCRIPTION,
    Operation.CANCEL_SUBSCRIPTION,
    Operation.SWITCH_AUTO_RENEW_OFF,
    Operation.ATTEST_AGREEMENT,
    Operation.CREATE_CART,
    Operation.CHECK_OUT_CART,
    Operation.REQUEST_TRANSFER,
    Operation.WITHDRAW_TRANSFER,
    Operation.ACCEPT_TRANSFER,
}


@dataclass(frozen=True)
class Row:
    """One row of the table of operations in the documentation."""

    purpose: str
    identifier: str
    method: str
    path: str
    sign_in: str
    standing: str


def rows() -> dict[str, Row]:
    """Read the table of operations by what each is used for."""
    form = re.compile(r"^\| ([^|]+) \| `(\w+)` \| `([A-Z]+) ([^`]+)` \| (\w+) \| (\w+) \|$", re.MULTILINE)
    return {each[0]: Row(*each) for each in form.findall(DOCUMENT.read_text("utf-8"))}


TABLE = rows()
IDENTIFIERS = {operation: TABLE[operation.value].identifier for operation in Operation if operation.value in TABLE}


def collection(*items: Any) -> dict[str, Any]:
    """Put rows into the envelope of a collection."""
    return {"totalCount": len(items), "items": list(items), "attributes": {"objectType": "Collection"}}


A_PRODUCT = {
    "id": PRODUCT,
    "title": SEATS["offerName"],
    "productType": SEATS["productType"],
    "isMicrosoftProduct": True,
    "publisherName": "Microsoft Corporation",
}
A_SKU = {
    "id": SKU,
    "productId": PRODUCT,
    "title": SEATS["offerName"],
    "minimumQuantity": 1,
    "maximumQuantity": 300,
    "isTrial": False,
    "supportedBillingCycles": ["monthly", "annual"],
    "dynamicAttributes": {
        "isAddon": False,
        "prerequisiteSkus": [],
        "provisioningId": example("getSubscriptionProvisioningStatus")["skuId"],
    },
}
BOUGHT = example("checkoutCart", "201")["orders"][0]
ATTESTED = contract().operations["createCustomerAgreement"].definition["requestBody"]["content"]["application/json"]
DERIVED: dict[str, tuple[int, Any]] = {
    "getCustomerBillingProfile": (200, example("getCustomer")["billingProfile"]),
    "listCustomerAgreements": (200, collection(ATTESTED["example"])),
    "createCustomerAgreement": (201, ATTESTED["example"]),
    "getOffer": (200, example("listOffers")["items"][0]),
    "getCart": (200, example("createCart", "201")),
    "getOrder": (200, BOUGHT),
    "listOrders": (200, collection(BOUGHT)),
    "listTransfers": (200, [TRANSFER]),
    "getTransfer": (200, TRANSFER),
    "updateTransfer": (200, {**TRANSFER, "status": "InProgress"}),
    "listProducts": (200, collection(A_PRODUCT)),
    "listCustomerProducts": (200, collection(A_PRODUCT)),
    "listSkus": (200, collection(A_SKU)),
    "listCustomerSkus": (200, collection(A_SKU)),
    "getSku": (200, A_SKU),
    "listCustomerAvailabilities": (200, example("listAvailabilities")),
    "listPromotions": (
        200,
        collection(
            {"id": PROMOTION, "name": "Less", "startDate": "2026-01-01T00:00:00Z", "endDate": "2026-06-30T00:00:00Z"}
        ),
    ),
    "listCustomTermEndDates": (
        200,
        collection(
            {
                "allowedCustomTermEndDateType": "subscriptionAligned",
                "allowedCustomTermEndDate": SEATS["commitmentEndDate"],
                "cotermSubscriptionIds": [SEATS["id"]],
            }
        ),
    ),
    "listQualifications": (200, [{"qualification": "Education", "vettingStatus": "Approved"}]),
}
"""Answers of the operations for which the contract prints none, made from examples of the same resource."""

CHANGED: dict[Operation, Any] = {
    Operation.SUSPEND_SUBSCRIPTION: SUSPENDED,
    Operation.CANCEL_SUBSCRIPTION: CANCELLED,
    Operation.SWITCH_AUTO_RENEW_OFF: {**SEATS, "autoRenewEnabled": False},
}
"""Answers of the one call that changes a subscription, by what it is sent for."""


def good_answers(operation: Operation) -> Iterator[tuple[str, int, Any]]:
    """Give the answers of success for an operation: name, status, body."""
    identifier = IDENTIFIERS[operation]
    for one, status, name, value in contract().examples():
        if one.identifier == identifier and status.startswith("2"):
            yield name, int(status), value
    if identifier in DERIVED:
        yield "derived", *DERIVED[identifier]
    if operation in CHANGED:
        yield "changed", 200, CHANGED[operation]


def answered() -> list[Any]:
    """Pair each request with each answer of success that belongs to it."""
    pairs = []
    for case, (operation, _) in CASES.items():
        for name, status, value in good_answers(operation):
            # An answer about another subscription than the one asked for is refused, and is tested elsewhere.
            if (case, name) not in {("legacy subscription", "newCommerce"), ("new-commerce subscription", "legacy")}:
                pairs.append(pytest.param(case, status, value, id=f"{case}: {name}"))
    return pairs


def printed_refusals(identifier: str) -> Iterator[tuple[int, str, Any]]:
    """Give the printed refusals of an operation: status, name, body. Operations share them, so each is given anew."""
    document = contract().document
    for status, answer in contract().operations[identifier].definition["responses"].items():
        if not status.startswith("2"):
            shared = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
            for name, each in shared["content"]["application/json"]["examples"].items():
                yield int(status), name, each["value"]


def refused() -> list[Any]:
    """Pair each request with each printed refusal of its operation."""
    return [
        pytest.param(case, status, value, id=f"{case}: {status} {name}")
        for case, (operation, _) in CASES.items()
        for status, name, value in printed_refusals(IDENTIFIERS[operation])
    ]


def drive(kit, case, status, body):
    """Make one request, answered like this."""
    answers = [kit.answer(body, status)]
    if isinstance(body, dict) and any(name.casefold() == "continuationtoken" for name in body):
        # The printed page announces another one; there is none.
        answers.append(kit.refusal(400, 2000))
    for method in ("GET", "POST", "PATCH"):
        kit.microsoft.on(method, ".*", *answers)
    return CASES[case][1](kit)


def resources(result: object) -> list[Resource]:
    """List the resources in a result."""
    return [each for each in (result if isinstance(result, list) else [result]) if isinstance(each, Resource)]


def path_of(operation: Operation) -> str:
    """Give a path of the operation, as in its template."""
    return re.sub(r"\{\w+\}", CART, TABLE[operation.value].path)
