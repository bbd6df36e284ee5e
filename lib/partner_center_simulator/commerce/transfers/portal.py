"""What people do about transfers by hand, in the portals of both partner tenants."""

from partner_center_simulator import write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.commerce import relationships
from partner_center_simulator.commerce.transfers import answers, entities, requests
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

ACTS = ("request", "withdraw", "accept", "reject")


def act(state: State, asked: Document) -> Document:
    """Do one act as a person in the portal would; return the transfer afterwards, with all its line items.

    Args:
        state: The simulated cloud.
        asked: ``act``: request or withdraw (target), accept or reject (source); ``tenant`` (name, id or domain) in
            whose portal; ``customer``; ``transfer``: its id, not for a request; ``source`` (name, id or domain) and
            ``targetProductTypes`` for a request; ``subscriptions``: the ids that are accepted; ``user``: the person.

    Raises:
        Refusal: The same rules as in the API say no, or the request names something unknown.
    """
    kind = asked.get("act")
    if kind not in ACTS:
        raise Refusal(400, 800002, f"act is one of {', '.join(ACTS)}.")
    partner = _partner(state, asked.get("tenant"))
    tenant, transfer = str(partner["tenant"]), str(asked.get("transfer", ""))
    customer = str(relationships.require(state, tenant, str(asked.get("customer", "")))["id"])
    user = str(asked.get("user") or f"portal@{partner['domain']}")
    actor = Actor("portal", user_principal_name=user, application_id="Partner Center Web App")
    with state.transaction():
        before = None
        if kind == "request":
            source = _partner(state, asked.get("source"))["tenant"]
            body = {"sourcePartnerTenantId": source, "targetProductTypes": asked.get("targetProductTypes")}
            kept = requests.request(state, tenant, customer, body, actor)
        elif kind == "withdraw":
            kept = requests.withdraw(state, tenant, customer, transfer, actor)
        elif kind == "accept":
            before = write_log.holdings(state, customer)
            items = [{"subscriptionId": one} for one in asked.get("subscriptions") or []]
            kept = answers.accept(state, tenant, customer, transfer, items, actor)
        else:
            kept = answers.reject(state, tenant, customer, transfer, actor)
        resource: Document = kept["resource"]
        write_log.write(
            state,
            actor,
            tenant=tenant,
            customer=customer,
            method="portal",
            path=f"/customers/{customer}/transfers/{resource['id']}",
            body=asked,
            status=200,
            effect=entities.effect(resource),
            before=before,
        )
    return resource


def _partner(state: State, named: Json) -> Document:
    partner = state.partner(str(named or ""))
    if partner is None:
        raise Refusal(404, 800002, f"{named} is not a partner tenant of this portfolio.")
    return partner
