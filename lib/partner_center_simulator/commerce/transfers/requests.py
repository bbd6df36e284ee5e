"""The target's side: it asks for a transfer, and may withdraw what was not answered yet.

Source of the rules: Microsoft pages "Create a transfer for new commerce" and "Update a transfer request for new
commerce".
"""

from datetime import timedelta

from partner_center_simulator import activity_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import agreements, relationships
from partner_center_simulator.commerce.transfers import eligibility, entities
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

LIFE = timedelta(days=30)
AS_SENT = ("customerEmailId", "customerName", "sourcePartnerName", "targetPartnerEmailId", "partnerOnRecord")


def request(state: State, tenant: str, customer: str, body: Document, actor: Actor) -> Document:
    """Keep a request of a partner tenant for what another one holds for a customer, and return it, pending.

    Raises:
        Refusal: 403 / 20002 without a relationship; 400 / 800002 for a body that says too little or what only the
            source may say; 900148 when source and target are the same, 900400 when it cannot be created; what
            eligibility.require_azure and agreements.require say when Azure is asked for by name.
    """
    relationships.require(state, tenant, customer)
    source = _source(state, tenant, customer, body)
    products = _products(body.get("targetProductTypes"))
    if products and set(products) & entities.AZURE_TYPES:
        agreements.require(state, tenant, customer)
        eligibility.require_azure(state, source["tenant"], tenant, customer)
    now, target = state.clock.now(), state.partner(tenant)
    number = state.next_number("transfer", "")
    resource: Document = {
        "id": state.identifier("transfer", number),
        "status": entities.PENDING,
        "transferType": _transfer_type(body.get("transferType", 5)),
        "customerTenantId": customer.lower(),
        "partnertenantid": tenant,
        "sourcePartnerTenantId": source["tenant"],
        "sourcePartnerName": source["companyName"],
        "targetPartnerTenantId": tenant,
        "targetPartnerName": target["companyName"] if target else None,
        "targetProductTypes": products,
        "createdTime": timestamp(now),
        "expirationTime": timestamp(now + LIFE),
        "lineItems": [],
        **{name: body[name] for name in AS_SENT if body.get(name) is not None},
    }
    kept: Document = {"resource": resource, "due": resource["expirationTime"], "planned": None}
    kept = entities.keep(state, entities.modified(state, kept, actor))
    _log(state, tenant, actor, kept, "create_transfer")
    return kept


def withdraw(state: State, tenant: str, customer: str, transfer: str, actor: Actor) -> Document:
    """Withdraw a request that is still pending; only the target that made it may.

    Raises:
        Refusal: 404 / 900100, 409 / 900101 or 400 / 900102.
    """
    kept = entities.find(state, tenant, customer, transfer)
    if kept["resource"]["targetPartnerTenantId"] != tenant:
        raise Refusal(400, 900102, "Not possible: only the partner that asked can withdraw the transfer.")
    entities.require_pending(kept)
    kept = entities.keep(state, {**entities.modified(state, kept, actor, status=entities.CANCEL), "due": None})
    _log(state, tenant, actor, kept, "update_transfer")
    return kept


def _source(state: State, tenant: str, customer: str, body: Document) -> Document:
    named = body.get("sourcePartnerTenantId")
    if not isinstance(named, str) or not named:
        raise Refusal(400, 800002, "sourcePartnerTenantId is missing.")
    target = str(body.get("targetPartnerTenantId") or tenant).lower()
    if named.lower() == target:
        raise Refusal(400, 900148, "Source and target partner are the same.")
    if target != tenant:
        # The source that offers legacy seats writes it like this; nobody asks in another partner's name.
        raise Refusal(400, 900400, "The transfer cannot be created: it is asked for by the target.")
    if body.get("lineItems"):
        raise Refusal(400, 800002, "lineItems are chosen by the source partner.")
    source = state.documents.get("partner", "", named.lower())
    if source is None or state.relationship(source["tenant"], customer) is None:
        raise Refusal(400, 900400, "The transfer cannot be created: the source partner does not have the customer.")
    return source


def _products(wanted: Json) -> list[str] | None:
    if wanted is None:
        return None
    if not isinstance(wanted, list) or not wanted or not set(map(str, wanted)) <= entities.PRODUCT_TYPES:
        raise Refusal(400, 800002, f"targetProductTypes are any of {', '.join(sorted(entities.PRODUCT_TYPES))}.")
    return [str(one) for one in wanted]


def _transfer_type(value: Json) -> int:
    found = entities.TRANSFER_TYPES.get(str(value).lower())
    if found is None:
        raise Refusal(400, 800002, "transferType is 3 (ModernAzure) or 5 (NewCommerce).")
    return found


def _log(state: State, tenant: str, actor: Actor, kept: Document, operation: str) -> None:
    resource = kept["resource"]
    activity_log.record(
        state,
        tenant,
        actor,
        resource["customerTenantId"],
        resource_type="transfer",
        operation_type=operation,
        facts=entities.facts(resource),
    )
