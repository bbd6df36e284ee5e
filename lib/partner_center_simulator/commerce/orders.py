"""Checkout and orders (Microsoft page "Check out an order for a customer in a cart")."""

from datetime import timedelta

from partner_center_simulator import activity_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import agreements, carts, subscriptions
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

MOST_SUBSCRIPTIONS = 300
OPEN_STATUSES = frozenset({"active", "suspended", "pending"})


class OrderRefused(Exception):
    """One order of a cart cannot be placed; the others still can."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def checkout(state: State, tenant: str, customer: str, identifier: str, actor: Actor) -> tuple[Document, list[str]]:
    """Buy what of a cart is not bought yet; return the answer and the ids of new subscriptions.

    A repeat after full success gives back the first result, after a failed order it tries that order again.

    Raises:
        Refusal: 404 for an unknown or expired cart, 403 / 13605 without a customer agreement.
    """
    kept = carts.find(state, tenant, customer, identifier)
    agreements.require(state, tenant, customer)
    cart, placed = kept["cart"], dict(kept["orders"])
    groups: dict[str, list[Document]] = {}
    for line in cart["lineItems"]:
        groups.setdefault(line["orderGroup"], []).append(line)
    errors, bought = [], []
    for group, lines in groups.items():
        if group in placed:
            continue
        try:
            order, fresh = _place(state, tenant, customer, cart["id"], group, lines, actor)
        except OrderRefused as refused:
            errors.append({"orderGroupId": group, "code": refused.code, "description": refused.description})
            continue
        placed[group] = order
        bought += fresh
    if placed != kept["orders"]:
        status = "Ordered" if len(placed) == len(groups) else "Active"
        new = {"cart": {**cart, "status": status}, "orders": placed}
        state.documents.put("cart", f"{tenant}/{customer}", cart["id"], new)
    shown = [show(state, find(state, tenant, customer, placed[group])) for group in groups if group in placed]
    return {"orders": shown, "orderErrors": errors, "attributes": {"objectType": "CartCheckoutResult"}}, bought


def find(state: State, tenant: str, customer: str, identifier: str) -> Document:
    """Return what is kept of an order.

    Raises:
        Refusal: 404 / 20000 when this tenant knows none of that id.
    """
    kept = state.documents.get("order", f"{tenant}/{customer}", identifier.lower())
    if kept is None:
        raise Refusal(404, 20000, "Order not found.")
    return kept


def listed(state: State, tenant: str, customer: str) -> list[Document]:
    """Return the orders that the order list already shows; a fresh one may come some simulated seconds late."""
    now = timestamp(state.clock.now())
    return [kept for kept in state.documents.scope("order", f"{tenant}/{customer}").values() if kept["listed"] <= now]


def show(state: State, kept: Document, *, with_price: bool = False) -> Document:
    """Return an order as the API shows it: subscription ids only once provisioned, prices only on request."""
    done = is_provisioned(state, kept)
    lines = []
    for line in kept["order"]["lineItems"]:
        hidden = set() if done else {"subscriptionId"}
        if not with_price:
            hidden.add("pricing")
        lines.append({name: value for name, value in line.items() if name not in hidden})
    shown = {**kept["order"], "lineItems": lines, "status": "completed" if done else "pending"}
    if not with_price:
        shown.pop("totalPrice")
    return shown


def is_provisioned(state: State, kept: Document) -> bool:
    """Tell whether the subscriptions of an order stand."""
    return bool(kept["provisioned"] <= timestamp(state.clock.now()))


def _place(
    state: State, tenant: str, customer: str, cart: str, group: str, lines: list[Document], actor: Actor
) -> tuple[str, list[str]]:
    """Place one order with all its subscriptions, or nothing of it."""
    _check_lines(state, tenant, customer, lines)
    _check_limits(state, customer, lines)
    now = state.clock.now()
    new_commerce = ":" in str(lines[0]["catalogItemId"])
    order = state.identifier("order", cart, group)
    if new_commerce:
        order = order.replace("-", "")[:12]
    provisioned = timestamp(now + timedelta(seconds=state.setting("provisioning_seconds")))
    numbered: list[Document] = []
    for line in lines:
        parent = carts.parent_subscription(line)
        base = _subscribe(state, tenant, customer, cart, order, line, parent, provisioned)
        numbered.append(_order_line(len(numbered), line, base))
        for add_on in line.get("addonItems", []):
            held = _subscribe(state, tenant, customer, cart, order, add_on, base["resource"]["id"], provisioned)
            numbered.append(_order_line(len(numbered), add_on, held))
    partner = state.partner(tenant)
    document = {
        "id": order,
        "alternateId": order,
        "referenceCustomerId": customer,
        "billingCycle": lines[0]["billingCycle"],
        "currencyCode": partner["currency"] if partner else None,
        "lineItems": numbered,
        "creationDate": timestamp(now),
        "transactionType": "UserPurchase",
        "totalPrice": round(sum(line["pricing"]["extendedPrice"] for line in numbered), 2),
        "attributes": {"objectType": "Order"},
    }
    late = timestamp(now + timedelta(seconds=state.setting("order_list_seconds")))
    kept = {"order": document, "provisioned": provisioned, "listed": late, "cart": cart}
    state.documents.put("order", f"{tenant}/{customer}", order, kept)
    _log(state, tenant, customer, actor, document)
    return order, [line["subscriptionId"] for line in numbered]


def _check_lines(state: State, tenant: str, customer: str, lines: list[Document]) -> None:
    """Check again what the cart checked: catalogue and base subscriptions may have changed since."""
    for line in lines:
        for entry, base in [(line, None), *((add_on, line) for add_on in line.get("addonItems", []))]:
            offer = state.offer(str(entry["catalogItemId"]))
            if offer is not None and not offer["resource"]["isAvailableForPurchase"]:
                raise OrderRefused(2085, "The offer can no longer be purchased.")
            error = carts.error_of(state, tenant, customer, entry, base)
            if error is not None:
                raise OrderRefused(*error)


def _check_limits(state: State, customer: str, lines: list[Document]) -> None:
    """Check how many subscriptions the customer tenant may hold, over all partners."""
    wanted = [entry for line in lines for entry in (line, *line.get("addonItems", []))]
    held = [
        subscription["resource"]
        for partner in state.partners()
        for subscription in state.subscriptions(partner["tenant"], customer).values()
        if subscription["resource"]["status"] in OPEN_STATUSES
    ]
    if len(held) + len(wanted) > MOST_SUBSCRIPTIONS:
        raise OrderRefused(900419, f"The customer tenant cannot hold more than {MOST_SUBSCRIPTIONS} subscriptions.")
    for offer_id in {str(entry["catalogItemId"]).lower() for entry in wanted}:
        offer = state.offer(offer_id)
        limit = offer["resource"]["limit"] if offer else 0
        asked = sum(str(entry["catalogItemId"]).lower() == offer_id for entry in wanted)
        if limit and sum(one["offerId"].lower() == offer_id for one in held) + asked > limit:
            raise OrderRefused(800066, f"The customer tenant cannot hold more than {limit} subscriptions of the offer.")


def _subscribe(
    state: State,
    tenant: str,
    customer: str,
    cart: str,
    order: str,
    line: Document,
    parent: str | None,
    provisioned: str,
) -> Document:
    offer = state.offer(str(line["catalogItemId"]))
    if offer is None:
        raise OrderRefused(2085, "The offer can no longer be purchased.")
    participants = line.get("participants") or []
    subscription = subscriptions.build(
        state,
        offer=offer,
        identifier=state.identifier("subscription", cart, line["id"]),
        order=order,
        seats=line["quantity"],
        bought=state.clock.now(),
        billing_cycle=line["billingCycle"],
        nickname=line.get("friendlyName"),
        parent=parent.upper() if parent else None,
        partner_id=next((str(one["value"]) for one in participants if isinstance(one, dict)), None),
        term_duration=line.get("termDuration"),
    )
    subscription["provisioned"] = provisioned
    state.put_subscription(tenant, customer, subscription)
    return subscription


def _order_line(number: int, line: Document, subscription: Document) -> Document:
    resource = subscription["resource"]
    shown: Document = {
        "lineItemNumber": number,
        "offerId": resource["offerId"],
        "subscriptionId": resource["id"],
        "friendlyName": resource["friendlyName"],
        "quantity": resource["quantity"],
        "transactionType": "New",
        "partnerIdOnRecord": resource["partnerId"] or None,
        "pricing": line["pricing"],
        "attributes": {"objectType": "OrderLineItem"},
    }
    if resource.get("parentSubscriptionId"):
        shown["parentSubscriptionId"] = resource["parentSubscriptionId"]
    if resource.get("termDuration"):
        shown["termDuration"] = resource["termDuration"]
    return shown


def _log(state: State, tenant: str, customer: str, actor: Actor, order: Document) -> None:
    facts: list[tuple[str, object]] = [("OrderId", order["id"])]
    for line in order["lineItems"]:
        number = line["lineItemNumber"]
        facts += [
            (f"OfferId-{number}", line["offerId"]),
            (f"SubscriptionId-{number}", line["subscriptionId"]),
            (f"SubscriptionName-{number}", line["friendlyName"]),
            (f"Quantity-{number}", line["quantity"]),
            (f"PartnerOnRecord-{number}", line["partnerIdOnRecord"]),
        ]
    activity_log.record(
        state, tenant, actor, customer, resource_type="order", operation_type="create_order", facts=facts
    )
