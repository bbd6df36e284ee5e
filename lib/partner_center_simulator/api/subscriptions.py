"""Subscriptions that were bought through the calling partner tenant (Microsoft page "Subscription resources")."""

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.paging import collection
from partner_center_simulator.commerce import changes, relationships, subscriptions
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal


def list_subscriptions(call: Call) -> Answer:
    """Answer all subscriptions of a customer, in every status and on one page."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    found = subscriptions.of_customer(call.state, call.tenant, customer["id"])
    order = call.query.get("order_id")
    if order:
        found = [one for one in found if one["resource"]["orderId"].lower() == order.lower()]
    return Answer(collection([_shown(one, customer) for one in found]))


def get_subscription(call: Call) -> Answer:
    """Answer one subscription."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    found = subscriptions.find(call.state, call.tenant, customer["id"], call.path["subscription"])
    return Answer(_shown(found, customer))


def list_add_ons(call: Call) -> Answer:
    """Answer the legacy add-ons of a base subscription."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    base = subscriptions.find(call.state, call.tenant, customer["id"], call.path["subscription"])
    found = subscriptions.add_ons(call.state, call.tenant, customer["id"], base["resource"]["id"])
    return Answer(collection([_shown(one, customer) for one in found]))


def patch_subscription(call: Call) -> Answer:
    """Change a subscription; a stale If-Match is refused where the subscription has an etag."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    found = subscriptions.find(call.state, call.tenant, customer["id"], call.path["subscription"])
    expected = call.headers.get("if-match", "*").strip().removeprefix("W/").strip('"')
    version = subscriptions.etag(found)
    if version is not None and expected not in ("*", version):
        raise Refusal(400, 2055, "Etag no longer valid.")
    change = changes.update(
        call.state, call.tenant, customer["id"], call.path["subscription"], call.object_body(), call.actor
    )
    return Answer(_shown(change.subscription, customer), effect=change.effect, before=change.before)


def _shown(subscription: Document, customer: Document) -> Document:
    return subscriptions.present(subscription, customer["id"], customer["address"]["country"])


SUBSCRIPTION = "/customers/{customer:uuid}/subscriptions/{subscription:uuid}"
OPERATIONS = (
    Operation("GET", "/customers/{customer:uuid}/subscriptions", list_subscriptions),
    Operation("GET", SUBSCRIPTION, get_subscription),
    Operation("PATCH", SUBSCRIPTION, patch_subscription),
    Operation("GET", f"{SUBSCRIPTION}/addons", list_add_ons),
)
