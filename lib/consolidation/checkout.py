"""One checkout: sent once, and settled on its own cart when its answer is unknown (S3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from consolidation.case import Case
from consolidation.confirmations import confirmation
from consolidation.effects import is_verdict, perform, require_tenant_and_lease, resume
from consolidation.errors import Held
from consolidation.journal import Entry, Intention
from consolidation.plan import frozen_plan
from consolidation.planning import hold_for_drift
from partner_center import Call
from partner_center.errors import Refused
from partner_center.models import CheckoutResult, Order


def settle_purchases(case: Case) -> list[str]:
    """Settle what an earlier run left open, before anything else is planned or bought.

    An unanswered checkout is settled only by repeating it on that very cart: after full success the repeat gives back
    the first answer, after a failed order it tries that order again ("Check out an order for a customer in a cart").
    An unanswered cart bought nothing.

    Returns:
        What was settled, one sentence each.
    """
    settled = []
    for intention in case.journal.open_intentions(case.chain):
        if intention.action == "create_cart":
            case.journal.close_intention(
                intention, "refused", {"message": "Unanswered; a cart by itself buys nothing."}
            )
            settled.append("A cart without answer was left to expire: it bought nothing.")
        elif intention.action == "checkout":
            repeat_checkout(case, intention)
            settled.append(f"Cart {intention.entry.body['cart_id']} is settled: its checkout was answered.")
    return settled


def repeat_checkout(case: Case, intention: Intention) -> None:
    """Repeat an unanswered checkout on its own cart; what the first one did is unknown until a repeat is answered.

    Raises:
        Held: The repeat is refused, as for a cart that has expired: only a person who looked in the portal can tell.
    """
    require_tenant_and_lease(case, case.target)
    looked = _somebody_looked(case, intention)
    cart_id = str(intention.entry.body["cart_id"])
    try:
        send_checkout(case, intention, resume(case, intention), cart_id, settles=True)
    except Refused as error:
        if not is_verdict(error):
            raise  # who asked, or too soon: the next run repeats it
        if looked:
            _close_as_looked_at(case, intention, looked)
        body = {"intended": intention.entry.number, "cart_id": cart_id, "repeat_refused": str(error)}
        case.journal.append(case.chain, "observed", body, phase=case.phase)
        raise Held(
            [
                f"Cart {cart_id} was sent for checkout and the repeat is refused ({error}): look for its order in the "
                "target's portal and wait until its subscriptions show; then confirm the step manual_done and run "
                "04_recreate again. A second cart is never made by itself."
            ]
        ) from error


def _somebody_looked(case: Case, intention: Intention) -> Entry | None:
    """Return the word of a person who looked after the repeat was refused; said before, it was said of something else.

    That the cart may be left is all it says: the next plan looks at the target itself.
    """
    refused = [
        entry.number
        for entry in case.journal.entries(case.chain, after=intention.entry.number, kinds={"observed"})
        if entry.body.get("intended") == intention.entry.number
    ]
    said = confirmation(case.journal, case.chain, "manual_done")
    return said if said is not None and refused and said.number > refused[0] else None


def _close_as_looked_at(case: Case, intention: Intention, said: Entry) -> None:
    """Close an intention that no repeat can settle on a person's word, and end the approval of its plan.

    Raises:
        Held: Always; the plan has to be looked at and approved again.
    """
    message = f"Every repeat is refused; {said.body['by']} has looked at the customer's orders."
    case.journal.close_intention(intention, "refused", {"message": message, "confirmed": said.number})
    plan = frozen_plan(case.journal, case.name, "04_recreate")
    if plan is not None:
        hold_for_drift(case, plan, (f"Cart {intention.entry.body['cart_id']} is given up: {message}",))


def send_checkout(case: Case, intention: Intention, call: Call, cart_id: str, *, settles: bool = False) -> None:
    """Send a checkout and close its intention with the orders, or with what was not ordered.

    Raises:
        AnswerUnknown: Whether it took effect is not known; `repeat_checkout` settles it.
        Held: Part of the cart was not ordered, or the answer shows no order.
    """
    result = perform(
        case,
        intention,
        call,
        lambda call: case.target.checkout(case.customer, cart_id, call),
        lambda result: {"cart_id": cart_id, "lines": _order_lines(result), "errors": _order_errors(result)},
        settles=settles,
    )
    if result.order_errors:
        raise Held(
            [
                f"Part of cart {cart_id} was not ordered ({', '.join(_order_errors(result))}): look at the customer's "
                "orders in the target's portal, then prepare a new plan."
            ]
        )
    if not result.orders:
        raise Held([f"Cart {cart_id} was submitted and shows no order: look for it in the target's portal."])


def _order_lines(result: CheckoutResult) -> list[Mapping[str, Any]]:
    return [line for order in result.orders for line in lines_of(order)]


def lines_of(order: Order) -> list[Mapping[str, Any]]:
    """Return of each line of an order what is kept of it; the subscription id is empty until it is provisioned."""
    return [
        {
            "order_id": order.id or "",
            "offer_id": line.offer_id,
            "quantity": line.quantity or 0,
            "subscription_id": line.subscription_id or "",
        }
        for line in order.lines
    ]


def _order_errors(result: CheckoutResult) -> list[str]:
    return [f"{error.code} {error.description}" for error in result.order_errors]
