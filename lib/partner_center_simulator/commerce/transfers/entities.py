"""What a transfer is, who may see it and how it looks (Microsoft page "TransferEntity resources")."""

from collections.abc import Iterator

from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import timestamp
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

PENDING = "Pending"
IN_PROGRESS = "InProgress"
COMPLETE = "Complete"
PARTIALLY_COMPLETE = "PartiallyComplete"
FAILED = "Failed"
CANCEL = "Cancel"
REJECT = "Reject"
EXPIRED = "Expired"
DONE = frozenset({COMPLETE, PARTIALLY_COMPLETE, FAILED})

TRANSFER_TYPES = {"3": 3, "modernazure": 3, "5": 5, "newcommerce": 5}
"""Number and name are taken; Microsoft's pages disagree which of the two is meant for seats, so that both work."""
AZURE_TYPES = frozenset({"AzureSubscription", "AzureReservation", "AzureSavingsPlan"})
PRODUCT_TYPES = AZURE_TYPES | {"OnlineServicesNCE", "Software", "SaaS"}


def keep(state: State, kept: Document) -> Document:
    """Keep a transfer, and when the next thing happens to any transfer by itself; inside a transaction."""
    state.documents.put("transfer", "", kept["resource"]["id"], kept)
    moments = [one["due"] for one in state.documents.scope("transfer", "").values() if one["due"]]
    state.documents.put("due", "", "transfers", {"at": min(moments, default=None)})
    return kept


def due(state: State) -> list[Document]:
    """Return the transfers whose next moment has come, the earliest first."""
    next_moment = (state.documents.get("due", "", "transfers") or {}).get("at")
    now = timestamp(state.clock.now())
    if not next_moment or next_moment > now:
        return []
    come = [one for one in state.documents.scope("transfer", "").values() if one["due"] and one["due"] <= now]
    return sorted(come, key=lambda one: str(one["due"]))


def find(state: State, tenant: str, customer: str, transfer: str) -> Document:
    """Return a transfer that a partner tenant takes part in.

    Raises:
        Refusal: 404 / 900100.
    """
    kept = state.documents.get("transfer", "", transfer.lower())
    if kept is None or kept["resource"]["customerTenantId"] != customer.lower() or not _takes_part(kept, tenant):
        raise Refusal(404, 900100, "Transfer not found.")
    return kept


def of_customer(state: State, tenant: str, customer: str) -> list[Document]:
    """Return the transfers of a customer that a partner tenant takes part in, the oldest first."""
    return [
        kept
        for kept in state.documents.scope("transfer", "").values()
        if kept["resource"]["customerTenantId"] == customer.lower() and _takes_part(kept, tenant)
    ]


def in_progress(state: State, tenant: str, customer: str) -> set[str]:
    """Return the lower-case ids of the subscriptions that are on their way out of a partner tenant."""
    return {
        str(item["subscriptionId"]).lower()
        for kept in of_customer(state, tenant, customer)
        if kept["resource"]["status"] == IN_PROGRESS and kept["resource"]["sourcePartnerTenantId"] == tenant
        for item in kept["resource"]["lineItems"]
    }


def show(kept: Document, tenant: str) -> Document:
    """Return a transfer as a partner tenant sees it: to the target its line items show once it is over."""
    resource = kept["resource"]
    hidden = resource["targetPartnerTenantId"] == tenant and resource["status"] not in DONE
    path = f"/customers/{resource['customerTenantId']}/transfers/{resource['id']}"
    return {
        **resource,
        "lineItems": [] if hidden else resource["lineItems"],
        "links": {"self": {"uri": path, "method": "GET", "headers": []}},
        "attributes": {"objectType": "TransferEntity"},
    }


def modified(state: State, kept: Document, actor: Actor, **changes: Json) -> Document:
    """Return what is kept of a transfer with some members of its resource changed now by somebody."""
    resource = {**kept["resource"], **changes, "lastModifiedTime": timestamp(state.clock.now())}
    if actor.object_id:
        resource["lastModifiedUser"] = actor.object_id
    return {**kept, "resource": resource}


def facts(resource: Document) -> list[tuple[str, object]]:
    """Return what the activity log says about a transfer."""
    return [
        ("TransferId", resource["id"]),
        ("Status", resource["status"]),
        ("SourcePartnerTenantId", resource["sourcePartnerTenantId"]),
        ("TargetPartnerTenantId", resource["targetPartnerTenantId"]),
        *_numbered(resource["lineItems"]),
    ]


def effect(resource: Document) -> Document:
    """Return what the write log says about the act that brought a transfer into its status."""
    identifier = resource["id"]
    if resource["status"] == IN_PROGRESS:
        accepted = [item["subscriptionId"] for item in resource["lineItems"]]
        return {"transfer_accepted": accepted, "transfer": identifier}
    verb = {PENDING: "requested", CANCEL: "withdrawn", REJECT: "rejected"}[resource["status"]]
    return {f"transfer_{verb}": identifier}


def require_pending(kept: Document) -> None:
    """Refuse a change of a transfer that was answered, withdrawn or has expired.

    Raises:
        Refusal: 409 / 900101 while it is in progress, 400 / 900102 after its end.
    """
    status = kept["resource"]["status"]
    if status == IN_PROGRESS:
        raise Refusal(409, 900101, "The transfer is in progress.")
    if status != PENDING:
        raise Refusal(400, 900102, f"Not possible: the transfer is {status}.")


def _takes_part(kept: Document, tenant: str) -> bool:
    return tenant in (kept["resource"]["sourcePartnerTenantId"], kept["resource"]["targetPartnerTenantId"])


def _numbered(items: list[Document]) -> Iterator[tuple[str, object]]:
    for number, item in enumerate(items):
        yield f"SubscriptionId-{number}", item["subscriptionId"]
        if item.get("orderId"):
            yield f"OrderId-{number}", item["orderId"]
