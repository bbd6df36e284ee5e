"""Microsoft's support for legacy Azure: moves subscriptions on a text that names customers (M15).

Source of the rule: Microsoft page "CSP regional authorization tenant consolidation".
"""

import re

from partner_center_simulator import activity_log, write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.commerce import orders, subscriptions
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State

GUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)
SUPPORT = Actor("support", user_principal_name=None, application_id="Microsoft Support")


def hand_over(state: State, text: str) -> list[Document]:
    """Work on a hand-over text; return one act per Azure subscription or customer named in it.

    Every GUID in the text is looked up: partner tenants (the one that is not the source is the target), customers,
    and Azure subscriptions by either of their ids. A customer that is named without one of its Azure subscriptions
    has all of them moved.
    """
    named = list(dict.fromkeys(found.lower() for found in GUID.findall(text)))
    customers = [customer for customer in map(state.customer, named) if customer is not None]
    acts = []
    with state.transaction():
        for customer in customers:
            held = _azure(state, customer["id"])
            wanted = [one for one in held if {one[1]["resource"]["id"].lower(), _entitlement(one[1])} & set(named)]
            for tenant, subscription in wanted or held:
                acts.append(_act(state, customer, tenant, subscription, named))
            if not held:
                acts.append(_answer(customer, None, "no Azure subscription"))
    return acts


def _azure(state: State, customer: str) -> list[tuple[str, Document]]:
    """Return a customer's legacy Azure subscriptions with their tenants, those that came by a move aside."""
    return [
        (partner["tenant"], subscription)
        for partner in state.partners()
        for subscription in state.subscriptions(partner["tenant"], customer).values()
        if subscription["resource"]["billingType"] == "usage"
        # An Azure plan is transferred between partners, support does not move it.
        and subscriptions.is_legacy(subscription)
        and not subscription.get("movedFrom")
    ]


def _entitlement(subscription: Document) -> str:
    return str(subscription["resource"].get("entitlementId", "")).lower()


def _act(state: State, customer: Document, source: str, subscription: Document, named: list[str]) -> Document:
    resource = subscription["resource"]
    target = _target(state, source, named)
    if target is None:
        return _answer(customer, subscription, "no tenant to move to")
    if subscription.get("movedTo") and resource["status"] == "active":
        _suspend_again(state, customer, source, subscription)
        return _answer(customer, subscription, "already moved; somebody had reactivated it, suspended again")
    if subscription.get("movedTo"):
        return _answer(customer, subscription, "already moved")
    if resource["status"] != "active":
        return _answer(customer, subscription, f"not moved: the subscription is {resource['status']}")
    if state.relationship(target, customer["id"]) is None:
        return _answer(customer, subscription, "not moved: the customer has not accepted")
    _move(state, customer, source, target, subscription)
    return _answer(customer, subscription, "moved")


def _target(state: State, source: str, named: list[str]) -> str | None:
    """Return the tenant to move to: one that the text names, before all the one that customers transition to."""
    others = [partner for partner in state.partners() if partner["tenant"] != source]
    others.sort(key=lambda partner: (partner["tenant"] not in named, not partner["transitioningTo"]))
    if not others or not (others[0]["tenant"] in named or others[0]["transitioningTo"]):
        return None
    return str(others[0]["tenant"])


def _move(state: State, customer: Document, source: str, target: str, subscription: Document) -> None:
    resource = subscription["resource"]
    before = write_log.holdings(state, customer["id"])
    offer = state.offer(resource["offerId"])
    if offer is None:
        raise ValueError(f"no offer {resource['offerId']} in the catalogue")
    order = state.identifier("moved-order", resource["id"])
    moved = subscriptions.build(
        state,
        offer=offer,
        identifier=state.identifier("moved-subscription", resource["id"]),
        order=order,
        seats=resource["quantity"],
        bought=state.clock.now(),
        billing_cycle=resource["billingCycle"],
        nickname=resource["friendlyName"],
        entitlement=resource.get("entitlementId"),
    ) | {"movedFrom": resource["id"]}
    new_id = moved["resource"]["id"]
    state.put_subscription(source, customer["id"], _suspended(subscription) | {"movedTo": new_id})
    state.put_subscription(target, customer["id"], moved)
    orders.file(state, target, customer["id"], [orders.Purchase(moved, None)], created=state.clock.now())
    for tenant, identifier in ((source, resource["id"]), (target, new_id)):
        _record(state, customer, tenant, identifier, resource)
    effect = {"moved": [{"from": resource["id"], "to": new_id, "target": target}]}
    _write(state, customer, source, effect, before)


def _suspend_again(state: State, customer: Document, source: str, subscription: Document) -> None:
    """End what somebody reactivated after it was moved; the target's goes on."""
    before = write_log.holdings(state, customer["id"])
    state.put_subscription(source, customer["id"], _suspended(subscription))
    identifier = subscription["resource"]["id"]
    _record(state, customer, source, identifier, subscription["resource"])
    _write(state, customer, source, {"suspended": [identifier]}, before)


def _suspended(subscription: Document) -> Document:
    resource = {**subscription["resource"], "status": "suspended", "suspensionReasons": ["Transferred"]}
    return {**subscription, "resource": resource, "version": subscription["version"] + 1}


def _record(state: State, customer: Document, tenant: str, identifier: str, resource: Document) -> None:
    activity_log.record(
        state,
        tenant,
        SUPPORT,
        customer["id"],
        resource_type="subscription",
        operation_type="update_subscription",
        facts=[("SubscriptionId", identifier), ("EntitlementId", resource.get("entitlementId"))],
    )


def _write(state: State, customer: Document, tenant: str, effect: Document, before: list[Document]) -> None:
    write_log.write(
        state,
        SUPPORT,
        tenant=tenant,
        customer=customer["id"],
        method="move",
        path="/simulator/azure-support",
        body=None,
        status=200,
        effect=effect,
        before=before,
    )


def _answer(customer: Document, subscription: Document | None, result: str) -> Document:
    resource = subscription["resource"] if subscription else {}
    return {
        "customer": customer["id"],
        "company": customer["companyName"],
        "subscription": resource.get("id"),
        "entitlement": resource.get("entitlementId"),
        "result": result,
    }
