"""Checkout: a cart becomes orders and subscriptions (Microsoft page "Check out an order for a customer in a cart")."""

from datetime import timedelta

from partner_center_simulator import activity_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import agreements, carts, end_dates, new_commerce, orders, subscriptions
from partner_center_simulator.commerce.new_commerce_lines import is_new_commerce
from partner_center_simulator.documents import Document
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
    kept_orders = [orders.find(state, tenant, customer, placed[group]) for group in groups if group in placed]
    shown = [orders.show(state, one) for one in kept_orders]
    return {"orders": shown, "orderErrors": errors, "attributes": {"objectType": "CartCheckoutResult"}}, bought


def _place(
    state: State, tenant: str, customer: str, cart: str, group: str, lines: list[Document], actor: Actor
) -> tuple[str, list[str]]:
    """Place one order with all its subscriptions, or nothing of it."""
    _check_lines(state, tenant, customer, lines)
    _check_limits(state, customer, lines)
    now = state.clock.now()
    order = orders.identifier_for(str(lines[0]["catalogItemId"]), state.identifier("order", cart, group))
    provisioned = now + timedelta(seconds=state.setting("provisioning_seconds"))
    bought: list[orders.Purchase] = []
    for line in lines:
        parent = carts.parent_subscription(line)
        base = _subscribe(state, tenant, customer, cart, order, line, parent, timestamp(provisioned))
        bought.append(orders.Purchase(base, line["pricing"]))
        for add_on in line.get("addonItems", []):
            parent = base["resource"]["id"]
            held = _subscribe(state, tenant, customer, cart, order, add_on, parent, timestamp(provisioned))
            bought.append(orders.Purchase(held, add_on["pricing"]))
    document = orders.file(
        state,
        tenant,
        customer,
        bought,
        created=now,
        provisioned=provisioned,
        listed=now + timedelta(seconds=state.setting("order_list_seconds")),
    )
    _log(state, tenant, customer, actor, document)
    return order, [line["subscriptionId"] for line in document["lineItems"]]


def _check_lines(state: State, tenant: str, customer: str, lines: list[Document]) -> None:
    """Check again what the cart checked: catalogue and base subscriptions may have changed since."""
    for number, line in enumerate(lines):
        for entry, base in [(line, None), *((add_on, line) for add_on in line.get("addonItems", []))]:
            offer = state.offer(str(entry["catalogItemId"]))
            if offer is not None and not offer["resource"]["isAvailableForPurchase"]:
                raise OrderRefused(2085, "The offer can no longer be purchased.")
            error = carts.error_of(state, tenant, customer, entry, base, lines[:number])
            if error is None and offer is not None and is_new_commerce(offer):
                is_trial = offer["resource"]["isTrial"]
                error = end_dates.problem(state, tenant, customer, entry, is_trial=is_trial)
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
    if is_new_commerce(offer):
        subscription["resource"] = new_commerce.as_bought(subscription["resource"], line)
    subscription["provisioned"] = provisioned
    state.put_subscription(tenant, customer, subscription)
    return subscription


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
