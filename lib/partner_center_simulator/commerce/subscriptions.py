"""What a subscription is and how it looks (Microsoft page "Subscription resources")."""

import base64
import json
from datetime import datetime, timedelta

from partner_center_simulator.clock import midnight, timestamp
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

NEVER = "9999-12-31T00:00:00Z"
WINDOW = timedelta(days=7)


def build(
    state: State,
    *,
    offer: Document,
    identifier: str,
    order: str,
    seats: int,
    bought: datetime,
    billing_cycle: str,
    nickname: str | None = None,
    parent: str | None = None,
    partner_id: str | None = None,
    entitlement: str | None = None,
    term_duration: str | None = None,
) -> Document:
    """Return a new active subscription to an offer, bought at an instant (UTC), with seats.

    New commerce is told from legacy by the offer id, which there is product:sku:availability.
    """
    catalogue = offer["resource"]
    new_commerce = ":" in catalogue["id"]
    resource: Document = {
        "id": identifier.lower() if new_commerce else identifier.upper(),
        "offerId": catalogue["id"],
        "offerName": catalogue["name"],
        "friendlyName": nickname or catalogue["name"],
        "quantity": seats,
        "unitType": catalogue["unitType"],
        "hasPurchasableAddons": catalogue["hasAddOns"],
        "creationDate": timestamp(bought),
        "status": "active",
        "autoRenewEnabled": catalogue["isAutoRenewable"],
        "isTrial": catalogue["isTrial"],
        "billingType": catalogue["billing"],
        "billingCycle": billing_cycle,
        "partnerId": partner_id or "",
        "contractType": "subscription",
        "orderId": order,
    }
    if parent:
        resource["parentSubscriptionId"] = parent
    if entitlement:
        resource["entitlementId"] = entitlement
    resource |= (
        _new_commerce_term(bought, seats, term_duration or "P1Y")
        if new_commerce
        else _legacy_term(bought, state.clock.now(), usage=catalogue["billing"] == "usage")
    )
    return {"resource": resource, "version": 1}


def _legacy_term(bought: datetime, now: datetime, *, usage: bool) -> Document:
    # The term renews by itself every twelve months; the end date is exclusive.
    start = bought
    while not usage and _a_year_after(start) <= now:
        start = _a_year_after(start)
    return {
        "effectiveStartDate": midnight(start),
        "commitmentEndDate": NEVER if usage else midnight(_a_year_after(start)),
    }


def _a_year_after(instant: datetime) -> datetime:
    if (instant.month, instant.day) == (2, 29):
        instant -= timedelta(days=1)
    return instant.replace(year=instant.year + 1)


def _new_commerce_term(bought: datetime, seats: int, duration: str) -> Document:
    days = {"P1M": 30, "P1Y": 365, "P3Y": 1095}.get(duration, 365)
    last_day = bought + timedelta(days=days - 1)
    return {
        "productType": {"id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE"},
        "effectiveStartDate": timestamp(bought),
        # Inclusive: the whole last day belongs to the term.
        "commitmentEndDate": midnight(last_day),
        "commitmentEndDateTime": last_day.strftime("%Y-%m-%dT23:59:59Z"),
        "cancellationAllowedUntilDate": timestamp(bought + WINDOW),
        "termDuration": duration,
        "renewalTermDuration": "",
        "refundOptions": [{"type": "Full", "expiresAt": timestamp(bought + timedelta(days=1))}],
        "refundableQuantity": {
            "totalQuantity": seats,
            "details": [{"quantity": seats, "allowedUntilDateTime": timestamp(bought + WINDOW)}],
        },
        "isMicrosoftProduct": True,
    }


def is_new_commerce(subscription: Document) -> bool:
    """Tell new commerce from legacy by the product type, as clients must."""
    product_type = subscription["resource"].get("productType")
    return isinstance(product_type, dict) and product_type.get("id") == "OnlineServicesNCE"


def etag(subscription: Document) -> str | None:
    """Return the version of a legacy subscription as it stands in its attributes; new commerce has none."""
    if is_new_commerce(subscription):
        return None
    version = {"id": subscription["resource"]["id"], "version": subscription["version"]}
    return base64.b64encode(json.dumps(version, separators=(",", ":")).encode()).decode()


def present(subscription: Document, customer: str, country: str) -> Document:
    """Return a subscription as the API shows it, with links and attributes."""
    resource = subscription["resource"]
    path = f"/customers/{customer}/subscriptions/{resource['id']}"
    links: Document = {"self": _link(path)}
    if is_new_commerce(subscription):
        product, sku, _ = resource["offerId"].split(":")
        links["product"] = _link(f"/products/{product}?country={country}")
        links["sku"] = _link(f"/products/{product}/skus/{sku}?country={country}")
    else:
        links["offer"] = _link(f"/offers/{resource['offerId']}?country={country}")
    if resource.get("parentSubscriptionId"):
        links["parentSubscription"] = _link(f"/customers/{customer}/subscriptions/{resource['parentSubscriptionId']}")
    attributes: Document = {"objectType": "Subscription"}
    version = etag(subscription)
    if version:
        attributes = {"etag": version, **attributes}
    return {**resource, "links": links, "attributes": attributes}


def find(state: State, tenant: str, customer: str, subscription: str) -> Document:
    """Return a provisioned subscription that was bought through this tenant.

    Raises:
        Refusal: 404 / 20003 when this tenant knows none of that id.
    """
    found = state.subscriptions(tenant, customer).get(subscription.lower())
    if found is None or not is_provisioned(state, found):
        raise Refusal(404, 20003, "Subscription not found.")
    return found


def is_provisioned(state: State, subscription: Document) -> bool:
    """Tell whether a subscription already shows; a fresh one may need some simulated seconds."""
    return bool(subscription.get("provisioned", "") <= timestamp(state.clock.now()))


def of_customer(state: State, tenant: str, customer: str) -> list[Document]:
    """Return a customer's provisioned subscriptions under one tenant, in every status."""
    return [found for found in state.subscriptions(tenant, customer).values() if is_provisioned(state, found)]


def add_ons(state: State, tenant: str, customer: str, base: str) -> list[Document]:
    """Return the legacy add-ons under a base subscription, in every status."""
    return [
        found
        for found in of_customer(state, tenant, customer)
        if str(found["resource"].get("parentSubscriptionId", "")).lower() == base.lower()
    ]


def _link(uri: str) -> Document:
    return {"uri": uri, "method": "GET", "headers": []}
