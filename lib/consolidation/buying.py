"""Buying in the target: one cart per base with its add-ons; the cart id is in the journal before checkout."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from consolidation import interlocks
from consolidation.case import Case
from consolidation.catalogue import catalogue_of, is_new_commerce_item, same_product
from consolidation.checkout import lines_of, repeat_checkout, send_checkout
from consolidation.effects import intend, perform, require_tenant_and_lease
from consolidation.errors import Held, Waiting
from consolidation.plan import Plan, PlanRow
from partner_center import CartLine
from partner_center.errors import AnswerUnknown

PATIENCE_SECONDS = 120.0
"""How long a notebook waits for the ids of what it ordered; longer waits are an outcome, not a running cell."""


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
        require_tenant_and_lease(case, case.target)
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
        for entry in case.journal.entries(case.chain, kinds={"done"})
        if entry.body["action"] == "checkout" and (not entry.body["errors"] or entry.number > plan.number)
        for row in entry.body["rows"]
    }


def _require_whole_carts(case: Case, plan: Plan) -> None:
    """Hold while a cart of this plan was ordered in part only.

    Raises:
        Held: Names the cart and the way out.
    """
    claims = case.journal.claims(case.chain)
    for entry in case.journal.entries(case.chain, after=plan.number, kinds={"done"}):
        failed = entry.body["action"] == "checkout" and entry.body["errors"]
        if failed and not claims.keys() >= set(entry.body["rows"]):
            errors = ", ".join(entry.body["errors"])
            raise Held(
                [
                    f"Part of cart {entry.body['cart_id']} was not ordered ({errors}): look at the customer's orders "
                    "in the target's portal and buy there what is missing; then run 04_recreate again: a new plan "
                    "takes over what stands."
                ]
            )


def _buy_cart(case: Case, plan: Plan, rows: Sequence[PlanRow]) -> None:
    """Make the cart, look at its lines and prices (S14), check it out."""
    keys = [row.subscription for row in rows]
    lines = _cart_lines(case, rows)
    intention, call = intend(case, "create_cart", keys, {"plan": plan.digest})
    try:
        cart = perform(
            case,
            intention,
            call,
            lambda call: case.target.create_cart(case.customer, lines, call),
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
        send_checkout(case, intention, call, cart.id)
    except AnswerUnknown:
        repeat_checkout(case, intention)


def _cart_lines(case: Case, rows: Sequence[PlanRow]) -> list[CartLine]:
    """Return the lines of one cart: the base with its add-ons under it, or add-ons for a base that exists.

    What is bought of new commerce is a line of its own, an add-on too ("Cart resources").

    Raises:
        Held: The catalogue does not sell a product any more as it was approved.
    """
    own = [row for row in rows if is_new_commerce_item(row.target_offer)]
    legacy = [row for row in rows if row not in own]
    base = next((row for row in legacy if not row.parent), None)
    lines = _new_commerce_lines(case, own) if own else []
    if base is not None:
        addons = tuple(_cart_line(row) for row in legacy if row.parent)
        return [_cart_line(base, addons=addons), *lines]
    parents = case.journal.claims(case.chain)
    return [*(_cart_line(row, parent=parents[row.parent]) for row in legacy), *lines]


def _cart_line(row: PlanRow, *, addons: tuple[CartLine, ...] = (), parent: str | None = None) -> CartLine:
    return CartLine(
        catalog_item_id=row.target_offer,
        quantity=row.target_seats,
        billing_cycle=row.billing_cycle_to_buy,
        term_duration=row.term_to_buy or None,
        friendly_name=None,
        partner_id=row.partner or None,
        custom_term_end_date=date.fromisoformat(row.target_term_end) if row.target_term_end else None,
        parent_subscription_id=parent,
        addons=addons,
    )


def _new_commerce_lines(case: Case, rows: Sequence[PlanRow]) -> list[CartLine]:
    """Look each product up anew: the id of an availability is for use at once, and the plan may be days old."""
    case.catalogue = None
    catalogue = catalogue_of(case)
    terms = [(row.target_offer, row.term_to_buy, row.billing_cycle_to_buy, row.target_seats) for row in rows]
    sales = [catalogue.sale(*wanted) for wanted in terms]
    reasons = [reason for sale in sales for reason in sale.reasons]
    if reasons:
        raise Held([*reasons, "Nothing was bought: run 04_recreate again for a new plan."])
    return [
        replace(_cart_line(row), catalog_item_id=sale.catalog_item_id) for row, sale in zip(rows, sales, strict=True)
    ]


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
        current = [line for order in orders for line in lines_of(case.target.order(case.customer, order))]
    return current


def _match(rows: Sequence[PlanRow], lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Match order lines with rows by offer and seats; rows that are alike take one line each, whichever it is.

    Raises:
        Held: There are not as many lines as rows that fit them.
    """
    pairs = {}
    for row in rows:
        alike = [other for other in rows if _asks_for(other, row.target_offer, row.target_seats)]
        fitting = [line for line in lines if _asks_for(row, line["offer_id"], line["quantity"])]
        if len(fitting) != len(alike):
            raise Held(
                [f"{row.product}: {len(fitting)} lines of the order fit it: look at the order in the target's portal."]
            )
        pairs[row.subscription] = str(fitting[alike.index(row)]["subscription_id"])
    return pairs


def _asks_for(row: PlanRow, offer: str, seats: int) -> bool:
    return same_product(offer, row.target_offer) and seats == row.target_seats
