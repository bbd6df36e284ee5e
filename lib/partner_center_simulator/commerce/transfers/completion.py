"""What the clock does to transfers: they expire unanswered, or end, and subscriptions have changed hands.

Source of the rules: Microsoft pages "Transfer new-commerce license-based subscriptions" and "Get transfer details by
ID". An Azure plan stands here as one subscription for the Azure subscription under it, which moves like all others.
"""

from datetime import datetime

from partner_center_simulator import activity_log, write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import parse_instant, timestamp
from partner_center_simulator.commerce import orders, term_ends
from partner_center_simulator.commerce.transfers import eligibility, entities
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State

MICROSOFT = Actor("microsoft", application_id="Microsoft Partner Center")


def settle(state: State) -> None:
    """Let every transfer expire or end whose moment has come, in the order of these moments."""
    for kept in entities.due(state):
        # A term that ended before that moment ended under the partner who had it then.
        term_ends.settle(state, kept["resource"]["customerTenantId"], until=parse_instant(kept["due"]))
        with state.transaction():
            if kept["resource"]["status"] == entities.PENDING:
                _finish(state, kept, {"status": entities.EXPIRED}, "transfer_expired", [])
            else:
                _complete(state, kept)


def _complete(state: State, kept: Document) -> None:
    resource, planned, moment = kept["resource"], kept["planned"], parse_instant(kept["due"])
    before = write_log.holdings(state, resource["customerTenantId"])
    lines, moved = [], []
    for item in resource["lineItems"]:
        error = planned["error"] if _is_planned_to_fail(planned, item) else _obstacle(state, resource, item)
        if error is not None:
            lines.append({**item, "status": entities.FAILED, "transferError": error})
            continue
        subscription = _move(state, resource, item, moment)
        new = subscription["resource"]
        lines.append({**item, "quantity": new["quantity"], "orderId": new["orderId"], "status": entities.COMPLETE})
        moved.append(
            {
                "from": item["subscriptionId"],
                "to": new["id"],
                "order": new["orderId"],
                "source": resource["sourcePartnerTenantId"],
                "target": resource["targetPartnerTenantId"],
            }
        )
    status, effect = entities.PARTIALLY_COMPLETE, "transfer_partially_completed"
    if len(moved) == len(lines):
        status, effect = entities.COMPLETE, "transfer_completed"
    elif not moved:
        status, effect = entities.FAILED, "transfer_failed"
    changes = {"status": status, "lineItems": lines, "completedTime": kept["due"]}
    _finish(state, kept, changes, effect, moved, before)


def _is_planned_to_fail(planned: Document, item: Document) -> bool:
    return planned["outcome"] == "failed" or item["subscriptionId"].lower() in planned["failed"]


def _obstacle(state: State, resource: Document, item: Document) -> str | None:
    """Return why a subscription that was accepted cannot go now: somebody may have changed it meanwhile."""
    held = state.subscriptions(resource["sourcePartnerTenantId"], resource["customerTenantId"])
    found = held.get(item["subscriptionId"].lower())
    reason = "Subscription not found" if found is None else eligibility.of_new_commerce(found)
    return f"800078: {reason}." if reason else None


def _move(state: State, transfer: Document, item: Document, moment: datetime) -> Document:
    """Hand one subscription over with its term, seats and billing; under the target it has a new id and order."""
    source, target = transfer["sourcePartnerTenantId"], transfer["targetPartnerTenantId"]
    customer = transfer["customerTenantId"]
    old = state.subscriptions(source, customer)[item["subscriptionId"].lower()]
    name = f"{transfer['id']}/{item['id']}"
    resource = {
        **old["resource"],
        "id": state.identifier("transferred-subscription", name),
        "orderId": orders.identifier_for(old["resource"]["offerId"], state.identifier("transferred-order", name)),
        "creationDate": timestamp(moment),
        "partnerId": item["partnerIdOnRecord"] or "",
    }
    new = {"resource": resource, "version": 1, "transferredFrom": old["resource"]["id"]}
    state.let_go(source, customer, {**old, "transferredTo": resource["id"]}, moment)
    state.put_subscription(target, customer, new, since=moment)
    offer = state.offer(resource["offerId"])
    purchase = orders.Purchase.at_list_price(offer, new) if offer else orders.Purchase(new, None)
    orders.file(state, target, customer, [purchase], created=moment)
    return new


def _finish(
    state: State,
    kept: Document,
    changes: Document,
    effect: str,
    moved: list[Document],
    before: list[Document] | None = None,
) -> None:
    """Keep a transfer that is over, and write it into the logs of both partners and into the write log."""
    moment = parse_instant(kept["due"])
    resource = {**kept["resource"], **changes, "lastModifiedTime": kept["due"]}
    entities.keep(state, {**kept, "resource": resource, "due": None})
    source, target = resource["sourcePartnerTenantId"], resource["targetPartnerTenantId"]
    for tenant in (source, target):
        activity_log.record(
            state,
            tenant,
            MICROSOFT,
            resource["customerTenantId"],
            resource_type="transfer",
            operation_type="update_transfer",
            facts=entities.facts(resource),
            at=moment,
        )
    failed = [
        {"id": item["subscriptionId"], "error": item["transferError"]}
        for item in resource["lineItems"]
        if item["transferError"]
    ]
    write_log.write(
        state,
        MICROSOFT,
        tenant=source,
        customer=resource["customerTenantId"],
        method="transfer",
        path=f"/customers/{resource['customerTenantId']}/transfers/{resource['id']}",
        body=None,
        status=200,
        effect={effect: resource["id"], "moved": moved, "failed": failed},
        before=before,
        at=moment,
    )
