"""The source's side: it selects subscriptions and accepts, or says no.

Source of the rules: Microsoft page "Update a transfer request for new commerce". That 25 items are the most of one
request, and that nothing but a whole subscription is transferred, is reported by practitioners.
"""

from datetime import timedelta

from partner_center_simulator import activity_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import agreements
from partner_center_simulator.commerce.transfers import eligibility, entities, planned_outcomes
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

MOST_ITEMS = 25


def accept(state: State, tenant: str, customer: str, transfer: str, items: Json, actor: Actor) -> Document:
    """Accept a transfer of the subscriptions named, all of them or none; from then on nobody can stop it.

    Args:
        state: The simulated cloud.
        tenant: Partner tenant id of the source.
        customer: Customer tenant id.
        transfer: Transfer id.
        items: Line items: each a ``subscriptionId``, and where sent quantity and productType as they are.
        actor: Who accepts.

    Raises:
        Refusal: 404 / 900100, 409 / 900101 or 400 / 900102 for the transfer; 400 / 800002 for no, too many, doubled or
            untrue items; 400 / 800078 for a subscription that cannot be transferred; for Azure what its target lacks.
    """
    kept = _open(state, tenant, customer, transfer)
    wanted = _items(items)
    on_their_way = entities.in_progress(state, tenant, customer)
    lines = []
    for number, item in enumerate(wanted):
        if str(item["subscriptionId"]).lower() in on_their_way:
            raise Refusal(409, 900101, "A transfer of this subscription is in progress.")
        lines.append(_line(state, tenant, customer, kept["resource"]["targetProductTypes"], number, item))
    if {line["productType"] for line in lines} & entities.AZURE_TYPES:
        target = kept["resource"]["targetPartnerTenantId"]
        agreements.require(state, target, customer)
        eligibility.require_azure(state, tenant, target, customer)
    planned = planned_outcomes.take(state, customer, transfer)
    seconds = state.setting("transfer_seconds") if planned["after_seconds"] is None else planned["after_seconds"]
    changed = entities.modified(state, kept, actor, status=entities.IN_PROGRESS, lineItems=lines)
    finished = timestamp(state.clock.now() + timedelta(seconds=seconds))
    return _keep(state, tenant, actor, {**changed, "due": finished, "planned": planned})


def reject(state: State, tenant: str, customer: str, transfer: str, actor: Actor) -> Document:
    """Say no to a transfer that is still pending.

    Raises:
        Refusal: 404 / 900100, 409 / 900101 or 400 / 900102.
    """
    kept = _open(state, tenant, customer, transfer)
    changed = entities.modified(state, kept, actor, status=entities.REJECT)
    return _keep(state, tenant, actor, {**changed, "due": None})


def _open(state: State, tenant: str, customer: str, transfer: str) -> Document:
    kept = entities.find(state, tenant, customer, transfer)
    if kept["resource"]["sourcePartnerTenantId"] != tenant:
        raise Refusal(400, 900102, "Not possible: the transfer is answered by the source partner.")
    entities.require_pending(kept)
    return kept


def _keep(state: State, tenant: str, actor: Actor, kept: Document) -> Document:
    entities.keep(state, kept)
    activity_log.record(
        state,
        tenant,
        actor,
        kept["resource"]["customerTenantId"],
        resource_type="transfer",
        operation_type="update_transfer",
        facts=entities.facts(kept["resource"]),
    )
    return kept


def _items(items: Json) -> list[Document]:
    if not isinstance(items, list) or not items:
        raise Refusal(400, 800002, "lineItems are missing.")
    if len(items) > MOST_ITEMS:
        raise Refusal(400, 800002, f"A transfer has at most {MOST_ITEMS} line items.")
    if not all(isinstance(item, dict) and isinstance(item.get("subscriptionId"), str) for item in items):
        raise Refusal(400, 800002, "Each line item needs a subscriptionId.")
    if len({item["subscriptionId"].lower() for item in items}) < len(items):
        raise Refusal(400, 800002, "A subscription is named twice.")
    return items


def _line(
    state: State, tenant: str, customer: str, products: list[str] | None, number: int, item: Document
) -> Document:
    """Return a line item as the transfer shows it, after checking that its subscription can go."""
    found = state.subscriptions(tenant, customer).get(item["subscriptionId"].lower())
    if found is None:
        raise Refusal(400, 800078, "The transfer holds a subscription that is not valid.")
    reason, product = eligibility.of_new_commerce(found), eligibility.product_type(found)
    if reason is None and products is not None and product not in products:
        reason = f"Product type {product} was not asked for"
    if reason is not None:
        raise Refusal(400, 800078, f"The transfer holds a subscription that is not valid: {reason}.")
    resource = found["resource"]
    for name, is_so in (("quantity", resource["quantity"]), ("productType", product)):
        if item.get(name) is not None and item[name] != is_so:
            raise Refusal(400, 800002, f"{name} of a line item must be that of its subscription, {is_so}.")
    return {
        "id": number,
        "subscriptionId": resource["id"],
        "quantity": resource["quantity"],
        "billingCycle": resource["billingCycle"],
        "productType": product,
        "friendlyName": resource["friendlyName"],
        "offerId": resource["offerId"],
        "orderId": None,
        "partnerIdOnRecord": item.get("partnerIdOnRecord") or resource.get("partnerId") or None,
        "transferError": None,
        "status": entities.IN_PROGRESS,
    }
