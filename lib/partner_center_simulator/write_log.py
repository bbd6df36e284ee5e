"""The log of every write: what a judge of the runbook's safety rules reads."""

from datetime import datetime

from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import subscriptions
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.state import State


def write(
    state: State,
    actor: Actor,
    *,
    tenant: str | None,
    customer: str | None,
    method: str,
    path: str,
    body: Json,
    status: int | None,
    code: int | None = None,
    effect: Document | None = None,
    before: list[Document] | None = None,
    repeated: bool = False,
    at: datetime | None = None,
) -> None:
    """Add an entry, inside the transaction that holds the effect itself.

    Args:
        state: The simulated cloud.
        actor: Who wrote.
        tenant: Partner tenant id in whose context, None when the token told none.
        customer: Customer tenant id, None when the call names none.
        method: HTTP method, or the kind of an act outside the API.
        path: Path of the call, or what an act outside the API changed.
        body: The request body as JSON.
        status: HTTP status of the answer; None when the call was lost on the way in.
        code: Partner Center error code of a refusal.
        effect: What changed, e.g. ``{"suspended": [ids]}``; None when nothing did.
        before: For a suspension or a transfer, what ``holdings`` said the instant before.
        repeated: The request id was known and the first answer was given again.
        at: When (UTC); None is now. What the clock brings about happened before the call that finds it.
    """
    partner = state.partner(tenant) if tenant else None
    entry = {
        "tenant": partner["name"] if partner else None,
        "tenant_id": tenant,
        "customer": customer.lower() if customer else None,
        "method": method,
        "path": path,
        "body": body,
        "status": status,
        "code": code,
        "effect": effect,
        "before": before,
        "repeated": repeated,
    }
    number = state.next_number("write", "")
    state.documents.put("write", "", f"{number:08d}", _signed(at or state.clock.now(), number, actor) | entry)


def _signed(instant: datetime, number: int, actor: Actor) -> Document:
    return {
        "sequence": number,
        "time": timestamp(instant),
        "actor": actor.kind,
        "user": actor.user_principal_name,
        "request_id": actor.request_id,
        "correlation_id": actor.correlation_id,
    }


def holdings(state: State, customer: str) -> list[Document]:
    """Return a customer's subscriptions in all partner tenants: id, parent, offer, seats, status, tenant."""
    rows: list[Document] = []
    for partner in state.partners():
        for subscription in state.subscriptions(partner["tenant"], customer).values():
            resource = subscription["resource"]
            rows.append(
                {
                    "tenant": partner["name"],
                    "tenant_id": partner["tenant"],
                    "id": resource["id"],
                    "parentSubscriptionId": resource.get("parentSubscriptionId"),
                    "offerId": resource["offerId"],
                    "quantity": resource["quantity"],
                    # Not yet provisioned is not yet of use to the customer.
                    "status": resource["status"] if subscriptions.is_provisioned(state, subscription) else "pending",
                }
            )
    return rows
