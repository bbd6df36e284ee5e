"""Which subscriptions can be transferred, and why not.

Sources: Microsoft pages "Get a customer subscriptions transfer eligibility" and "Transfer new-commerce license-based
subscriptions". That trials stay is inferred: they are not owned by billing yet.
"""

from partner_center_simulator.commerce import subscriptions
from partner_center_simulator.commerce.transfers import entities
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

AZURE_PRODUCTS = {"": "AzureSubscription", "Reservation": "AzureReservation", "SavingsPlan": "AzureSavingsPlan"}


def product_type(subscription: Document) -> str | None:
    """Return the name that transfers have for what a subscription is; None for legacy and for unknown kinds."""
    shown = subscription["resource"].get("productType")
    if not isinstance(shown, dict):
        return None
    if shown.get("id") == "Azure":
        return AZURE_PRODUCTS.get(str(shown.get("subType", {}).get("id", "")))
    name = str(shown.get("id"))
    return name if name in entities.PRODUCT_TYPES else None


def of_new_commerce(subscription: Document) -> str | None:
    """Return why a transfer of new commerce cannot take a subscription, None when it can."""
    resource = subscription["resource"]
    if subscriptions.is_legacy(subscription):
        return "Subscription is not of new commerce"
    if product_type(subscription) is None:
        return "Product type is not supported"
    if resource["status"] != "active":
        return f"Subscription is in state {resource['status'].capitalize()}"
    return "Subscription is a trial" if resource.get("isTrial") else None


def rows(state: State, tenant: str, customer: str, transfer_type: str) -> list[Document]:
    """Return for every subscription of a customer whether a partner tenant could hand it over.

    Raises:
        Refusal: 400 / 800002 for another type than directtoindirect, the only one that is published.
    """
    if transfer_type.lower() != "directtoindirect":
        raise Refusal(400, 800002, "transferType must be directtoindirect.")
    found = []
    for subscription in subscriptions.of_customer(state, tenant, customer):
        reason = _reason(subscription)
        found.append({"id": subscription["resource"]["id"], "isEligible": reason is None, "reason": reason})
    return found


def require_azure(state: State, source: str, target: str, customer: str) -> None:
    """Check what Azure needs before it can come to a partner tenant.

    Which of the codes 900131 to 900134 belongs to which sentence is not published; the order of the sentences is.

    Raises:
        Refusal: 400 / 900131 for legacy Azure under either partner, 900132 without a plan under the target, 900133
            when that plan is not active.
    """
    for tenant in (source, target):
        held = [one["resource"] for one in subscriptions.of_customer(state, tenant, customer)]
        if any(one["offerId"].upper().startswith("MS-AZR") and one["status"] == "active" for one in held):
            raise Refusal(400, 900131, "The customer has a legacy Azure subscription.")
    plans = [
        one["resource"]["status"]
        for one in subscriptions.of_customer(state, target, customer)
        if product_type(one) == "AzureSubscription"
    ]
    if not plans:
        raise Refusal(400, 900132, "The customer has no Azure plan with the target partner.")
    if "active" not in plans:
        raise Refusal(400, 900133, "The customer's Azure plan with the target partner is not active.")


def _reason(subscription: Document) -> str | None:
    if not subscriptions.is_legacy(subscription):
        return of_new_commerce(subscription)
    status = subscription["resource"]["status"]
    return None if status == "active" else f"Subscription is in state {status.capitalize()}"
