"""Carts: what stands in them, what it costs and what is wrong with it (Microsoft page "Create a cart")."""

from collections.abc import Sequence
from datetime import timedelta

from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import parse_instant, timestamp
from partner_center_simulator.commerce import agreements, new_commerce_lines, prices, subscriptions
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

LIFE = timedelta(days=7)
CATALOGUE_ITEM_NOT_VALID = (10001, "Catalog item id is not valid.")
LINE_NOT_PROCESSED = 10006
SUBSCRIPTION_NOT_VALID = (10007, "The parent subscription is not valid.")
INVALID_INPUT = 10010
TOO_MANY_SEATS = (10015, "Maximum number of seats per subscription exceeded.")


def create(state: State, tenant: str, customer: str, body: Document, actor: Actor) -> Document:
    """Keep a new cart and return it; errors of a line stand on that line.

    Raises:
        Refusal: 403 / 13605 without a customer agreement, 400 / 800002 without lines, and what
            ``new_commerce_lines.require_allowed`` says.
    """
    agreements.require(state, tenant, customer)
    lines = _lines(state, tenant, customer, body)
    scope = f"{tenant}/{customer}"
    identifier = state.identifier("cart", scope, state.next_number("cart", scope))
    now = state.clock.now()
    cart: Document = {
        "id": identifier,
        "creationTimestamp": timestamp(now),
        "expirationTimestamp": timestamp(now + LIFE),
        "status": "Active",
        "attributes": {"objectType": "Cart"},
    }
    return _keep(state, scope, cart, lines, body, actor)


def replace_lines(state: State, tenant: str, customer: str, identifier: str, body: Document, actor: Actor) -> Document:
    """Replace the lines of an open cart and return it.

    Raises:
        Refusal: 404 for an unknown or expired cart, 400 / 800065 for one that was bought, and what
            ``new_commerce_lines.require_allowed`` says.
    """
    agreements.require(state, tenant, customer)
    kept = find(state, tenant, customer, identifier)
    if kept["cart"]["status"] != "Active" or kept["orders"]:
        raise Refusal(400, 800065, "The cart is already submitted.")
    return _keep(state, f"{tenant}/{customer}", kept["cart"], _lines(state, tenant, customer, body), body, actor)


def find(state: State, tenant: str, customer: str, identifier: str) -> Document:
    """Return what is kept of a cart that this tenant made: the cart itself and its orders by order group.

    Raises:
        Refusal: 404 / 800002 for a cart that is unknown, or expired before it was bought.
    """
    kept = state.documents.get("cart", f"{tenant}/{customer}", identifier.lower())
    if kept is None:
        raise Refusal(404, 800002, "Cart not found.")
    if kept["cart"]["status"] == "Active" and state.clock.now() > parse_instant(kept["cart"]["expirationTimestamp"]):
        raise Refusal(404, 800002, "The cart has expired.")
    return kept


def _keep(state: State, scope: str, cart: Document, lines: list[Document], body: Document, actor: Actor) -> Document:
    cart = {
        **cart,
        "lastModifiedTimestamp": timestamp(state.clock.now()),
        "lineItems": lines,
    }
    if actor.object_id:
        cart["lastModifiedUser"] = actor.object_id
    if "partnerOnRecordAttestationAccepted" in body:
        cart["partnerOnRecordAttestationAccepted"] = body["partnerOnRecordAttestationAccepted"] is True
    state.documents.put("cart", scope, cart["id"], {"cart": cart, "orders": {}})
    return cart


def _lines(state: State, tenant: str, customer: str, body: Document) -> list[Document]:
    wanted = body.get("lineItems")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(line, dict) for line in wanted):
        raise Refusal(400, 800002, "A cart needs lineItems.")
    new_commerce_lines.require_allowed(state, tenant, customer, body)
    lines: list[Document] = []
    number = 0
    for line in wanted:
        checked = _line(state, tenant, customer, line, number, None, lines)
        number += 1
        add_ons = line.get("addonItems") or []
        if add_ons:
            checked["addonItems"] = [
                _line(state, tenant, customer, add_on, number + offset, line, lines)
                for offset, add_on in enumerate(add_ons)
            ]
            number += len(add_ons)
        lines.append(checked)
    _group(state, lines)
    return lines


def _line(
    state: State,
    tenant: str,
    customer: str,
    line: Document,
    number: int,
    base: Document | None,
    earlier: Sequence[Document],
) -> Document:
    """Return one line as the cart shows it: as sent, priced, with its error if there is one."""
    if not isinstance(line, dict) or not line.get("catalogItemId"):
        raise Refusal(400, 800002, "Each line of a cart needs a catalogItemId.")
    quantity = line.get("quantity")
    if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
        raise Refusal(400, 800002, "Each line of a cart needs a quantity of 1 or more.")
    shown = {name: value for name, value in line.items() if name not in ("addonItems", "pricing", "error")}
    shown["id"] = number
    shown["billingCycle"] = str(line.get("billingCycle") or "monthly").lower()
    partner = state.partner(tenant)
    shown["currencyCode"] = partner["currency"] if partner else None
    offer = state.offer(str(line["catalogItemId"]))
    error = error_of(state, tenant, customer, shown, base, earlier)
    if error is not None:
        shown["error"] = {"errorCode": error[0], "errorDescription": error[1]}
    if offer is not None and new_commerce_lines.is_new_commerce(offer):
        shown["pricing"] = new_commerce_lines.pricing(state, shown, offer)
    elif offer is not None:
        currency = str(shown["currencyCode"])
        shown["pricing"] = prices.pricing(offer, shown["billingCycle"], quantity, currency=currency)
    return shown


def error_of(
    state: State,
    tenant: str,
    customer: str,
    line: Document,
    base: Document | None,
    earlier: Sequence[Document] = (),
) -> tuple[int, str] | None:
    """Return code and text of what is wrong with a line; None when it is good.

    Args:
        state: The simulated cloud.
        tenant: Partner tenant id.
        customer: Customer tenant id.
        line: The line as the cart shows it.
        base: The line of its base, for an add-on under one.
        earlier: The lines before it.
    """
    offer = state.offer(str(line["catalogItemId"]))
    if offer is None:
        return CATALOGUE_ITEM_NOT_VALID
    if new_commerce_lines.is_new_commerce(offer):
        return new_commerce_lines.error_of(state, tenant, customer, line, base, earlier)
    if line.get("currencyCode") not in prices.CURRENCIES:
        return prices.CURRENCY_NOT_SUPPORTED
    resource = offer["resource"]
    if not resource["isAvailableForPurchase"]:
        return LINE_NOT_PROCESSED, "The item can no longer be purchased."
    if line["billingCycle"] not in resource["supportedBillingCycles"]:
        return INVALID_INPUT, "The billing cycle is not supported for this item."
    if line["quantity"] < resource["minimumQuantity"]:
        return INVALID_INPUT, f"At least {resource['minimumQuantity']} seats must be bought."
    if line["quantity"] > resource["maximumQuantity"]:
        return TOO_MANY_SEATS
    if resource["isAddOn"]:
        return _add_on_error(state, tenant, customer, line, resource, base)
    if base is not None:
        return INVALID_INPUT, "The item is not an add-on."
    return None


def _add_on_error(
    state: State, tenant: str, customer: str, line: Document, add_on: Document, base: Document | None
) -> tuple[int, str] | None:
    """Check that an add-on has a base that it fits: in the same cart, or one that the customer has through us."""
    if base is not None:
        base_offer = str(base["catalogItemId"])
    else:
        parent = parent_subscription(line)
        held = state.subscriptions(tenant, customer).get(parent.lower()) if parent else None
        if held is None or not subscriptions.is_provisioned(state, held) or held["resource"]["status"] != "active":
            return SUBSCRIPTION_NOT_VALID
        base_offer = held["resource"]["offerId"]
    if not is_sold_under(add_on, base_offer):
        return INVALID_INPUT, "The add-on does not fit the base offer."
    return None


def is_sold_under(add_on: Document, base_offer: str) -> bool:
    """Tell whether an add-on's offer names a base's offer among those that it needs, letter case aside."""
    return base_offer.lower() in [prerequisite.lower() for prerequisite in add_on["prerequisiteOffers"]]


def parent_subscription(line: Document) -> str | None:
    """Return the base subscription that the provisioning context of an add-on line names, letter case aside."""
    context: Json = line.get("provisioningContext")
    if not isinstance(context, dict):
        return None
    return next((str(value) for key, value in context.items() if key.lower() == "parentsubscriptionid"), None)


def _group(state: State, lines: list[Document]) -> None:
    """Give each line its order group: items of one group become one order."""
    groups: dict[tuple[object, ...], str] = {}
    for line in lines:
        offer = state.offer(str(line["catalogItemId"]))
        key = (
            ":" in str(line["catalogItemId"]),
            line["billingCycle"],
            offer["resource"]["salesGroupId"] if offer else line["id"],
        )
        line["orderGroup"] = groups.setdefault(key, str(len(groups)))
        for add_on in line.get("addonItems", []):
            add_on["orderGroup"] = line["orderGroup"]
