"""Orders: what was bought together, and at which price (Microsoft page "Order resources")."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce.prices import pricing
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State


@dataclass(frozen=True)
class Purchase:
    """One subscription of an order.

    Attributes:
        subscription: What is kept of it; its resource names the order.
        pricing: Its price as on the cart line; None for what is billed by usage.
    """

    subscription: Document
    pricing: Document | None

    @classmethod
    def at_list_price(cls, offer: Document, subscription: Document, currency: str = "EUR") -> "Purchase":
        """Return the purchase of a subscription at the price that its offer has now in a currency (ISO 4217)."""
        resource = subscription["resource"]
        if resource["billingType"] == "usage":
            return cls(subscription, None)
        cycle, term = resource["billingCycle"], resource.get("termDuration")
        return cls(subscription, pricing(offer, cycle, resource["quantity"], currency=currency, term_duration=term))


def identifier_for(offer: str, identifier: str) -> str:
    """Return a GUID in the form in which orders of an offer are numbered: twelve digits in new commerce."""
    return identifier.replace("-", "")[:12] if ":" in offer else identifier


def file(
    state: State,
    tenant: str,
    customer: str,
    purchases: Iterable[Purchase],
    *,
    created: datetime,
    provisioned: datetime | None = None,
    listed: datetime | None = None,
) -> Document:
    """Keep the order that all these subscriptions name, and return it.

    Args:
        state: The simulated cloud.
        tenant: Partner tenant id.
        customer: Customer tenant id.
        purchases: What was bought, bases before their add-ons, all in one billing cycle.
        created: When (UTC).
        provisioned: When its subscriptions stand; None is at once.
        listed: When the order list begins to show it; None is at once.
    """
    bought = list(purchases)
    resource = bought[0].subscription["resource"]
    lines = [_order_line(number, purchase) for number, purchase in enumerate(bought)]
    partner = state.partner(tenant)
    order: Document = {
        "id": resource["orderId"],
        "alternateId": resource["orderId"],
        "referenceCustomerId": customer,
        "billingCycle": resource["billingCycle"],
        "currencyCode": partner["currency"] if partner else None,
        "lineItems": lines,
        "creationDate": timestamp(created),
        "transactionType": "UserPurchase",
        "totalPrice": round(sum(line["pricing"]["extendedPrice"] for line in lines if "pricing" in line), 2),
        "attributes": {"objectType": "Order"},
    }
    kept = {"order": order, "provisioned": timestamp(provisioned or created), "listed": timestamp(listed or created)}
    state.documents.put("order", f"{tenant}/{customer}", str(order["id"]).lower(), kept)
    return order


def find(state: State, tenant: str, customer: str, identifier: str) -> Document:
    """Return what is kept of an order.

    Raises:
        Refusal: 404 / 20000 when this tenant knows none of that id.
    """
    kept = state.documents.get("order", f"{tenant}/{customer}", identifier.lower())
    if kept is None:
        raise Refusal(404, 20000, "Order not found.")
    return kept


def listed(state: State, tenant: str, customer: str) -> list[Document]:
    """Return the orders that the order list already shows; a fresh one may come some simulated seconds late."""
    now = timestamp(state.clock.now())
    return [kept for kept in state.documents.scope("order", f"{tenant}/{customer}").values() if kept["listed"] <= now]


def show(state: State, kept: Document, *, with_price: bool = False) -> Document:
    """Return an order as the API shows it: subscription ids only once provisioned, prices only on request."""
    done = is_provisioned(state, kept)
    lines = []
    for line in kept["order"]["lineItems"]:
        hidden = set() if done else {"subscriptionId"}
        if not with_price:
            hidden.add("pricing")
        lines.append({name: value for name, value in line.items() if name not in hidden})
    shown = {**kept["order"], "lineItems": lines, "status": "completed" if done else "pending"}
    if not with_price:
        shown.pop("totalPrice")
    return shown


def is_provisioned(state: State, kept: Document) -> bool:
    """Tell whether the subscriptions of an order stand."""
    return bool(kept["provisioned"] <= timestamp(state.clock.now()))


def _order_line(number: int, purchase: Purchase) -> Document:
    resource = purchase.subscription["resource"]
    shown: Document = {
        "lineItemNumber": number,
        "offerId": resource["offerId"],
        "subscriptionId": resource["id"],
        "friendlyName": resource["friendlyName"],
        "quantity": resource["quantity"],
        "transactionType": "New",
        "partnerIdOnRecord": resource["partnerId"] or None,
        "attributes": {"objectType": "OrderLineItem"},
    }
    if purchase.pricing is not None:
        shown["pricing"] = purchase.pricing
    if resource.get("parentSubscriptionId"):
        shown["parentSubscriptionId"] = resource["parentSubscriptionId"]
    if resource.get("termDuration"):
        shown["termDuration"] = resource["termDuration"]
    if resource.get("customTermEndDate"):
        shown["customTermEndDate"] = resource["customTermEndDate"]
    return shown
