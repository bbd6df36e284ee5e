"""What happens when a subscription is changed (Microsoft pages "Update a subscription by ID" and its neighbours)."""

from dataclasses import dataclass

from partner_center_simulator import activity_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import parse_instant
from partner_center_simulator.commerce import new_commerce, scheduled, subscriptions, term_ends
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State
from partner_center_simulator.write_log import holdings

CANCELLED_BY_CUSTOMER = ["Customer cancellation"]
CANCELLED_WITH_BASE = ["Parent subscription suspended"]
INSTRUCTIONS = ("scheduledNextTermInstructions", "nextChargeInstructions")


@dataclass(frozen=True)
class Change:
    """The outcome of a change.

    Attributes:
        subscription: The subscription afterwards.
        effect: What changed, None when nothing did.
        before: For what takes service or renewal away, the customer's subscriptions in all partner tenants before it.
    """

    subscription: Document
    effect: Document | None
    before: list[Document] | None = None


def update(state: State, tenant: str, customer: str, identifier: str, body: Document, actor: Actor) -> Change:
    """Apply the body of a PATCH: what it leaves out is cleared, as the service does.

    Args:
        state: The simulated cloud.
        tenant: Partner tenant id.
        customer: Customer tenant id.
        identifier: Subscription id.
        body: The subscription as the caller wants it, camelCase names.
        actor: Who asks.

    Raises:
        Refusal: A rule says no; the codes are those of Microsoft's page "Partner Center REST error codes".
    """
    found = subscriptions.find(state, tenant, customer, identifier)
    old = found["resource"]
    new = _wanted(found, body)
    _check_status(state, tenant, customer, found, new)
    _check_quantity(state, found, new)
    if subscriptions.has_new_commerce_seats(found):
        term_ends.require_no_renewal(state, found, new)
        new = _new_commerce(state, old, new)
    if new == old:
        return Change(found, None)
    before = holdings(state, customer) if _falls(old, new) else None
    effect = _effect(old, new)
    if "cancelled" in effect:
        effect["refund"] = new_commerce.refund_of(old, state.clock.now())
    changed = _put(state, tenant, customer, found, new)
    if "suspended" in effect and subscriptions.is_legacy(found):
        went_along = _suspend_add_ons(state, tenant, customer, old["id"])
        if went_along:
            effect["suspended_with_base"] = went_along
    facts = [
        ("SubscriptionId", old["id"]),
        ("SubscriptionName", new["friendlyName"]),
        ("Quantity", new["quantity"]),
        ("Status", new["status"]),
        ("PartnerOnRecord", new.get("partnerId") or None),
    ]
    activity_log.record(
        state,
        tenant,
        actor,
        customer,
        resource_type="subscription",
        operation_type="update_subscription",
        facts=facts,
    )
    return Change(changed, effect, before)


def _wanted(found: Document, body: Document) -> Document:
    """Return the resource that a body asks for; what it leaves out of the volatile fields is lost."""
    old = found["resource"]
    for name in ("id", "offerId"):
        if name in body and str(body[name]).lower() != str(old[name]).lower():
            raise Refusal(400, 800002, f"{name} of a subscription cannot be changed.")
    cycle = body.get("billingCycle")
    if cycle is not None and str(cycle).lower() != str(old["billingCycle"]).lower():
        raise Refusal(400, 2054, "The billing cycle must be changed on the order.")
    new = {name: value for name, value in old.items() if name not in INSTRUCTIONS}
    new["autoRenewEnabled"] = body.get("autoRenewEnabled") is True
    for name in INSTRUCTIONS:
        if body.get(name) is not None:
            new[name] = body[name]
    if body.get("friendlyName"):
        new["friendlyName"] = str(body["friendlyName"])
    if body.get("quantity") is not None:
        new["quantity"] = _seats(body["quantity"])
    status = str(body.get("status") or old["status"]).lower()
    if status != old["status"]:
        new["status"] = status
        new.pop("suspensionReasons", None)
        if status == "suspended":
            new["suspensionReasons"] = CANCELLED_BY_CUSTOMER
    if status == "suspended" and subscriptions.has_new_commerce_seats(found):
        # Billing goes on to the end of the term; only the renewal is taken away.
        new["autoRenewEnabled"] = False
        for name in INSTRUCTIONS:
            new.pop(name, None)
    return new


def _new_commerce(state: State, old: Document, new: Document) -> Document:
    """Return what new commerce makes of a wanted resource.

    Raises:
        Refusal: 400 / 800002 for next-term instructions that are not understood.
    """
    if not new["autoRenewEnabled"] or new["quantity"] != old["quantity"]:
        # What was scheduled for the next term is lost with the renewal, and by a change within the term.
        new = {name: value for name, value in new.items() if name not in INSTRUCTIONS}
    if "scheduledNextTermInstructions" in new:
        scheduled.check(state, new)
    if new["quantity"] != old["quantity"]:
        new = new_commerce.after_seat_change(new, old["quantity"], state.clock.now())
    return new


def _seats(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refusal(400, 800002, "quantity must be a whole number.")
    return value


def _check_status(state: State, tenant: str, customer: str, found: Document, new: Document) -> None:
    old = found["resource"]
    if old["status"] == "deleted":
        raise Refusal(400, 2011, "The subscription is already deleted.")
    if new != old and old["status"] in ("expired", "disabled") and subscriptions.has_new_commerce_seats(found):
        raise Refusal(400, 900279, "The subscription does not allow updates any more.")
    if new["status"] == old["status"]:
        return
    if new["status"] == "deleted":
        _check_cancellation(state, found)
        return
    if (old["status"], new["status"]) not in {("active", "suspended"), ("suspended", "active")}:
        raise Refusal(400, 800040, f"Status cannot change from {old['status']} to {new['status']}.")
    parent = old.get("parentSubscriptionId")
    if new["status"] == "active" and parent:
        base = subscriptions.find(state, tenant, customer, parent)
        if base["resource"]["status"] != "active":
            raise Refusal(409, 27009, "The parent subscription is not active.")


def _check_cancellation(state: State, found: Document) -> None:
    if not subscriptions.has_new_commerce_seats(found):
        raise Refusal(400, 800096, "The status of this subscription cannot be changed to deleted.")
    until = found["resource"].get("cancellationAllowedUntilDate")
    if not until:
        raise Refusal(400, 800061, "The subscription cannot be cancelled.")
    if state.clock.now() > parse_instant(until):
        raise Refusal(400, 900213, "The 168-hour window for cancelling has passed.")


def _check_quantity(state: State, found: Document, new: Document) -> None:
    old = found["resource"]
    if new["quantity"] == old["quantity"]:
        return
    if old["status"] != "active":
        raise Refusal(400, 2001, "The number of seats cannot be changed while the subscription is suspended.")
    offer = state.offer(old["offerId"])
    if offer is not None:
        low, high = offer["resource"]["minimumQuantity"], offer["resource"]["maximumQuantity"]
        if not low <= new["quantity"] <= high:
            raise Refusal(400, 2002, f"The number of seats must be between {low} and {high}.")
    if subscriptions.has_new_commerce_seats(found) and new["quantity"] < old["quantity"]:
        handed_back = sum(batch["quantity"] for batch in new_commerce.open_batches(old, state.clock.now()))
        if old["quantity"] - new["quantity"] > handed_back:
            raise Refusal(400, 800090, "Seats cannot be lowered.")


def _falls(old: Document, new: Document) -> bool:
    """Tell whether a change takes something away: the service, or the renewal."""
    is_off = old["autoRenewEnabled"] and not new["autoRenewEnabled"]
    return bool(is_off or (old["status"] == "active" and new["status"] in {"suspended", "deleted"}))


def _effect(old: Document, new: Document) -> Document:
    effect: Document = {}
    if new["status"] != old["status"]:
        verb = {"active": "reactivated", "deleted": "cancelled"}.get(new["status"], str(new["status"]))
        effect[verb] = [old["id"]]
    if new["quantity"] != old["quantity"]:
        effect["seats"] = {"id": old["id"], "from": old["quantity"], "to": new["quantity"]}
    if new["autoRenewEnabled"] != old["autoRenewEnabled"]:
        effect["auto_renew"] = {"id": old["id"], "to": new["autoRenewEnabled"]}
        if not new["autoRenewEnabled"]:
            effect["auto_renew_off"] = [old["id"]]
    lost = [name for name in INSTRUCTIONS if name in old and name not in new]
    if lost:
        effect["lost_instructions"] = lost
    return effect or {"updated": [old["id"]]}


def _put(state: State, tenant: str, customer: str, found: Document, new: Document) -> Document:
    changed = {**found, "resource": new, "version": found["version"] + 1}
    if new["autoRenewEnabled"]:
        # Who renews no longer cancels at the end of the term.
        changed.pop(term_ends.CHOSEN, None)
    state.put_subscription(tenant, customer, changed)
    return changed


def _suspend_add_ons(state: State, tenant: str, customer: str, base: str) -> list[str]:
    suspended = []
    for add_on in subscriptions.add_ons(state, tenant, customer, base):
        resource = add_on["resource"]
        if resource["status"] == "active":
            new = {**resource, "status": "suspended", "suspensionReasons": CANCELLED_WITH_BASE}
            _put(state, tenant, customer, add_on, new)
            suspended.append(resource["id"])
    return suspended
