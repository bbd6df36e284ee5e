"""What a subscription is and how it looks (Microsoft page "Subscription resources")."""

import base64
import json
from datetime import datetime

from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import terms
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State


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
    """Return a new active subscription to an offer, bought at an instant (UTC), with seats."""
    catalogue = offer["resource"]
    resource: Document = {
        # Ids of legacy subscriptions come back in upper case, others in lower case.
        "id": identifier.lower() if offer["productType"] else identifier.upper(),
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
    if offer["productType"]:
        resource["productType"] = _product_type(offer)
        resource["isMicrosoftProduct"] = not offer["publisher"]
    if offer["publisher"]:
        resource["publisherName"] = offer["publisher"]
    if offer["productType"] == "Software":
        resource["contractType"] = "productKey"
    resource |= _term(offer, seats, bought, state.clock.now(), term_duration)
    return {"resource": resource, "version": 1}


def _product_type(offer: Document) -> Document:
    shown: Document = {"id": offer["productType"], "displayName": offer["productType"]}
    if offer["subType"]:
        shown["subType"] = {"id": offer["subType"], "displayName": offer["subType"]}
    return shown


def _term(offer: Document, seats: int, bought: datetime, now: datetime, duration: str | None) -> Document:
    product_type, by_usage = offer["productType"], offer["resource"]["billing"] == "usage"
    if not product_type:
        return terms.usage(bought) if by_usage else terms.legacy(bought, now)
    if product_type == "OnlineServicesNCE":
        return terms.new_commerce(bought, now, seats, duration or "P1Y")
    if product_type == "Software":
        return terms.perpetual(bought)
    return terms.azure_plan(bought) if by_usage else terms.committed(bought, now, duration or "P1Y")


def is_legacy(subscription: Document) -> bool:
    """Tell legacy by the product type that it lacks, as clients must."""
    return "productType" not in subscription["resource"]


def has_new_commerce_seats(subscription: Document) -> bool:
    """Tell seats of new commerce from legacy and from Azure plans."""
    product_type = subscription["resource"].get("productType")
    return isinstance(product_type, dict) and product_type.get("id") == "OnlineServicesNCE"


def etag(subscription: Document) -> str | None:
    """Return the version of a legacy subscription as it stands in its attributes; new commerce has none."""
    if not is_legacy(subscription):
        return None
    version = {"id": subscription["resource"]["id"], "version": subscription["version"]}
    return base64.b64encode(json.dumps(version, separators=(",", ":")).encode()).decode()


def present(subscription: Document, customer: str, country: str) -> Document:
    """Return a subscription as the API shows it, with links and attributes."""
    resource = subscription["resource"]
    path = f"/customers/{customer}/subscriptions/{resource['id']}"
    links: Document = {"self": _link(path)}
    if is_legacy(subscription):
        links["offer"] = _link(f"/offers/{resource['offerId']}?country={country}")
    elif resource["offerId"].count(":") == 2:
        product, sku, _ = resource["offerId"].split(":")
        links["product"] = _link(f"/products/{product}?country={country}")
        links["sku"] = _link(f"/products/{product}/skus/{sku}?country={country}")
    if resource.get("parentSubscriptionId"):
        links["parentSubscription"] = _link(f"/customers/{customer}/subscriptions/{resource['parentSubscriptionId']}")
    attributes: Document = {"objectType": "Subscription"}
    version = etag(subscription)
    if version:
        attributes = {"etag": version, **attributes}
    return {**resource, "links": links, "attributes": {**attributes, **resource.get("attributes", {})}}


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
