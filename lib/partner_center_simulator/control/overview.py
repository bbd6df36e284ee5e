"""The whole state as one JSON document, and the people behind the customers."""

from datetime import timedelta

from partner_center_simulator.clock import parse_instant, timestamp
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State


def everything(state: State) -> Document:
    """Return customers, and per partner tenant its relationships, agreements, subscriptions, carts and orders."""
    return {
        "now": timestamp(state.clock.now()),
        "origin": state.origin,
        "customers": list(state.documents.scope("customer", "").values()),
        "tenants": {partner["name"]: _tenant(state, partner) for partner in state.partners()},
    }


def _tenant(state: State, partner: Document) -> Document:
    tenant = partner["tenant"]
    answer: Document = {
        "tenant": tenant,
        "companyName": partner["companyName"],
        "currency": partner["currency"],
        "operators": partner["operators"],
        "customers": {},
    }
    for customer, relationship in state.documents.scope("relationship", tenant).items():
        scope = f"{tenant}/{customer}"
        answer["customers"][customer] = {
            "since": relationship["since"],
            "agreements": list(state.documents.scope("agreement", scope).values()),
            "subscriptions": [one["resource"] for one in state.documents.scope("subscription", scope).values()],
            "carts": [one["cart"] for one in state.documents.scope("cart", scope).values()],
            "orders": [one["order"] for one in state.documents.scope("order", scope).values()],
        }
    return answer


def person(state: State, customer: str) -> Document:
    """Return who accepts invitations for a customer tenant, when, and whether now.

    Raises:
        Refusal: 404 when there is no such customer tenant.
    """
    known = state.customer(customer)
    if known is None:
        raise Refusal(404, 800002, "There is no such customer tenant.")
    due = parse_instant(str((state.origin or {})["start"])) + timedelta(days=known["acceptsAfterDays"])
    accepts_now = {"at_once": True, "late": state.clock.now() >= due, "never": False}[known["accepts"]]
    return {
        "customer": known["id"],
        "company": known["companyName"],
        "user": known["users"][0]["userPrincipalName"],
        "accepts": known["accepts"],
        "accepts_from": timestamp(due) if known["accepts"] == "late" else None,
        "accepts_now": accepts_now,
    }
