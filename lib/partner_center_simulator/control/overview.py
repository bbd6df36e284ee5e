"""The whole state as one JSON document."""

from partner_center_simulator.clock import timestamp
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State


def everything(state: State) -> Document:
    """Return customers, and per partner tenant what lies between it and each of them, scripted events too."""
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
            "former_subscriptions": [one["resource"] for one in state.former_subscriptions(tenant, customer).values()],
            "orders": [one["order"] for one in state.documents.scope("order", scope).values()],
            "events": list(state.documents.scope("event", scope).values()),
        }
    return answer
