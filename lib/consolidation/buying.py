"""Buying in the target: one cart per base with its add-ons; the cart id is in the journal before checkout."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from consolidation import interlocks
from consolidation.case import Case
from consolidation.effects import intend, perform, resume
from consolidation.errors import Held, Waiting
from consolidation.journal import Entry, Intention
from consolidation.plan import Plan, PlanRow
from partner_center import Call, CartLine
from partner_center.errors import AnswerUnknown, Refused
from partner_center.models import CheckoutResult, Order, same_id

PATIENCE_SECONDS = 120.0
"""How long a notebook waits for the ids of what it ordered; longer waits are an outcome, not a running cell."""


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
            _repeat_checkout(case, intention)
            settled.append(f"Cart {intention.entry.body['cart_id']} is settled: its checkout was answered.")
    return settled


def _repeat_checkout(case: Case, intention: Intention) -> None:
    cart_id = str(intention.entry.body["cart_id"])
    _require_tenant_and_lease(case)
    try:
        _send_checkout(case, intention, resume(case, intention), cart_id)
    except Refused as error:
        raise Held(
            [
                f"Cart {cart_id} was sent for checkout and the repeat is refused ({error}): look for its order in the "
                "target's portal; a second cart is never made by itself."
            ]
        ) from error


def _require_tenant_and_lease(case: Case) -> None:
    case.clients.require_tenant(case.target)
    case.journal.leases.renew(case.customer)


def buy(case: Case, plan: Plan, progress: Callable[[str], None]) -> None:
    """Buy every row of the plan that has no target subscription yet.

    Args:
        case: Its lease must be held.
        plan: Approved, frozen.
        progress: Takes one line for each thing done.

    Raises:
        Held: A cart line has an error, costs more than approved, or an order was refused.
        Waiting: Microsoft has not said the ids of what was ordered in time.
        AnswerUnknown: A checkout stayed without answer; the next run settles it first.
    """
    adopt(case, plan, progress)
    collect_claims(case, plan, progress)
    _require_whole_carts(case, plan)
    for rows in carts_to_buy(case, plan):
        reasons = interlocks.ready_for_writes(case.journal)
        if reasons:
            raise Held(reasons)
        _require_tenant_and_lease(case)
        _buy_cart(case, plan, rows)
        seats = ", ".join(f"{row.product} {row.target_seats} seats" for row in rows)
        progress(f"Ordered in the target: {seats}.")
        collect_claims(case, plan, progress)


def adopt(case: Case, plan: Plan, progress: Callable[[str], None]) -> None:
    """Claim the target subscriptions that the plan takes over instead of buying."""
    claims = case.journal.claims(case.chain)
    for row in plan.rows:
        if row.target_action == "adopt" and row.subscription not in claims:
            case.journal.claim(case.chain, {row.subscription: row.adopted}, {"how": "adopted"}, phase=case.phase)
            progress(f"Adopted {row.adopted} for {row.product}: nothing is bought for it.")


def carts_to_buy(case: Case, plan: Plan) -> list[list[PlanRow]]:
    """Return the rows still to buy, one list per cart: a base first, then its add-ons."""
    done = {*case.journal.claims(case.chain), *_ordered_rows(case, plan)}
    carts = []
    for base in (row for row in plan.rows if not row.parent):
        cart = [row for row in (base, *plan.addons_of(base)) if row.target_action == "order"]
        cart = [row for row in cart if row.subscription not in done]
        if cart:
            carts.append(cart)
    return carts


def _ordered_rows(case: Case, plan: Plan) -> set[str]:
    """Return the rows that were sent for checkout and are not sent again.

    A cart of which part failed, or whose end is not known, counts under the plan it was bought with: what it did order
    may not show yet, and a second cart is never made by itself (S3). A plan that was made after it has looked at the
    target anew.
    """
    return {
        row
        for entry in case.journal.entries(case.chain, kinds={"done", "refused"})
        if entry.body["action"] == "checkout"
        and (_is_whole(entry) or (entry.number > plan.number and _what_is_wrong(entry)))
        for row in entry.body["rows"]
    }


def _is_whole(entry: Entry) -> bool:
    """Tell whether a checkout ordered its whole cart."""
    return entry.kind == "done" and not entry.body["errors"]


def _what_is_wrong(entry: Entry) -> str:
    """Say what is not known of a checkout that may have ordered something; empty when it surely ordered nothing."""
    if entry.kind == "done":
        return f"Part of cart {entry.body['cart_id']} was not ordered ({', '.join(entry.body['errors'])})"
    if entry.body.get("repeat"):
        return f"A checkout had no answer, and its repeat was refused ({entry.body['message']})"
    return ""


def _require_whole_carts(case: Case, plan: Plan) -> None:
    """Hold while a cart of this plan was ordered in part only, or nobody knows.

    Raises:
        Held: Names the cart and the way out.
    """
    claims = case.journal.claims(case.chain)
    for entry in case.journal.entries(case.chain, after=plan.number, kinds={"done", "refused"}):
        if entry.body["action"] != "checkout" or _is_whole(entry) or not _what_is_wrong(entry):
            continue
        if not claims.keys() >= set(entry.body["rows"]):
            raise Held(
                [
                    f"{_what_is_wrong(entry)}: look at the customer's orders in the target's portal and buy there what "
                    "is missing; then run 04_recreate again: a new plan takes over what stands."
                ]
            )


def _buy_cart(case: Case, plan: Plan, rows: Sequence[PlanRow]) -> None:
    """Make the cart, look at its lines and prices (S14), check it out."""
    keys = [row.subscription for row in rows]
    intention, call = intend(case, "create_cart", keys, {"plan": plan.digest})
    try:
        cart = perform(
            case,
            intention,
            call,
            lambda call: case.target.create_cart(case.customer, _cart_lines(case, rows), call),
            lambda cart: {"cart_id": cart.id, "cart": cart.received},
        )
    except AnswerUnknown:
        # A cart by itself buys nothing, so an unanswered one is closed at once and another may be made.
        case.journal.close_intention(intention, "refused", {"message": "Unanswered; a cart by itself buys nothing."})
        raise
    reasons = interlocks.cart_as_approved(cart, rows)
    if reasons:
        raise Held(reasons)
    intention, call = intend(case, "checkout", keys, {"plan": plan.digest, "cart_id": cart.id})
    try:
        _send_checkout(case, intention, call, cart.id)
    except AnswerUnknown:
        _repeat_checkout(case, intention)


def _cart_lines(case: Case, rows: Sequence[PlanRow]) -> list[CartLine]:
    """Return the lines of one cart: the base with its add-ons under it, or add-ons for a base that exists."""
    base = next((row for row in rows if not row.parent), None)
    if base is not None:
        addons = tuple(_cart_line(row) for row in rows if row.parent)
        return [_cart_line(base, addons=addons)]
    parents = case.journal.claims(case.chain)
    return [_cart_line(row, parent=parents[row.parent]) for row in rows]


def _cart_line(row: PlanRow, *, addons: tuple[CartLine, ...] = (), parent: str | None = None) -> CartLine:
    return CartLine(
        catalog_item_id=row.target_offer,
        quantity=row.target_seats,
        billing_cycle=row.billing_cycle,
        term_duration=row.term or None,
        friendly_name=None,
        partner_id=row.partner or None,
        parent_subscription_id=parent,
        addons=addons,
    )


def _send_checkout(case: Case, intention: Intention, call: Call, cart_id: str) -> None:
    result = perform(
        case,
        intention,
        call,
        lambda call: case.target.checkout(case.customer, cart_id, call),
        lambda result: {"cart_id": cart_id, "lines": _order_lines(result), "errors": _order_errors(result)},
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
    return [line for order in result.orders for line in _lines_of(order)]


def _lines_of(order: Order) -> list[Mapping[str, Any]]:
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


def collect_claims(case: Case, plan: Plan, progress: Callable[[str], None]) -> None:
    """Claim the subscriptions of our orders as soon as Partner Center names their ids.

    Raises:
        Waiting: An order has no ids yet after two minutes.
        Held: An order line fits no row, or several.
    """
    for entry in case.journal.entries(case.chain, kinds={"done"}):
        if entry.body["action"] != "checkout" or entry.body["errors"]:
            continue
        rows = [plan.row(key) for key in entry.body["rows"]]
        claims = case.journal.claims(case.chain)
        missing = [row for row in rows if row.subscription not in claims]
        if not missing:
            continue
        lines = _provisioned_lines(case, entry.body["lines"], since=entry.at)
        pairs = _match(missing, lines)
        case.journal.claim(case.chain, pairs, {"how": "ordered", "cart_id": entry.body["cart_id"]}, phase=case.phase)
        progress(f"The target shows {len(pairs)} of {len(missing)} ordered subscriptions.")


def _provisioned_lines(case: Case, lines: Sequence[Mapping[str, Any]], *, since: str) -> list[Mapping[str, Any]]:
    """Return order lines with their subscription ids, reading the orders again until they are filled."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = 0.2
    current = list(lines)
    while any(not line["subscription_id"] for line in current):
        if time.monotonic() > deadline:
            names = ", ".join(sorted({str(line["order_id"]) for line in lines}))
            raise Waiting([f"Order {names} is still being provisioned: run again later."], on="Microsoft", since=since)
        time.sleep(pause)
        pause = min(pause * 1.6, 10.0)
        orders = sorted({str(line["order_id"]) for line in lines})
        current = [line for order in orders for line in _lines_of(case.target.order(case.customer, order))]
    return current


def _match(rows: Sequence[PlanRow], lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Match order lines with rows by offer and seats.

    Raises:
        Held: A row has no line, or more than one.
    """
    pairs = {}
    for row in rows:
        fitting = [
            line
            for line in lines
            if same_id(line["offer_id"], row.target_offer) and line["quantity"] == row.target_seats
        ]
        if len(fitting) != 1:
            raise Held(
                [f"{row.product}: {len(fitting)} lines of the order fit it: look at the order in the target's portal."]
            )
        pairs[row.subscription] = str(fitting[0]["subscription_id"])
    return pairs
