"""The interlocks: what must hold before a write, in one place. Each returns the reasons why not; none means go on.

| rule | interlock | before | goes on only when |
|---|---|---|---|
| M3, S15 | `ready_for_writes` | every write | the acknowledgement is there, and every case is prepared |
| S6, S12 | `approved_as_shown` | every write | exactly this frozen plan is approved, and still is |
| S6 | `routes_as_planned` | purchases and requests | nobody chose another route since the plan was made |
| S9, S13 | `cut_over_may_start` | a case's first cart | the UTC day suffices; fewer than 3 others are unfinished |
| S14 | `cart_as_approved` | every checkout | no line has an error, or costs more than was approved |
| S1, S2 | `suspension_is_safe` | every suspension | each row is retired or stands in the target; only legacy seats |
| M23 | `windows_are_open` | purchases | what is replaced can still be cancelled, an hour before its window ends |
| S1, S2, S4, S6 | `cancellation_is_safe` | every cancellation | the row stands in the target; its window is open |
| S2, S4, S6 | `renewal_may_be_switched_off` | every auto-renew off | approved seats of new commerce that still renew |
| S2, S4, S6 | `transfer_may_be_accepted` | every acceptance | it is our own open request for just the approved rows |
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from consolidation.approvals import Decision, decision_on
from consolidation.case import Case
from consolidation.choices import route_chosen_since
from consolidation.confirmations import confirmation
from consolidation.endings.rows import is_retired
from consolidation.interlocks.cancellations import cancellation_is_safe, windows_are_open
from consolidation.interlocks.cut_overs import (
    MOST_UNFINISHED,
    SHORTEST_CUT_OVER,
    begin_cut_over,
    cut_over_may_start,
    is_set_up_only,
    measured_cut_over,
    set_up_only,
)
from consolidation.interlocks.renewals import renewal_may_be_switched_off
from consolidation.interlocks.transfers import transfer_may_be_accepted
from consolidation.inventory import ACTIVE
from consolidation.journal import ENGAGEMENT_CHAIN, Entry, Journal
from consolidation.plan import Plan, PlanRow
from consolidation.population import CaseName, recorded_population
from consolidation.product_names import same_product
from consolidation.transfers.standing import REQUEST
from partner_center.models import Cart, CartLineItem, Subscription, identity, same_id

__all__ = [
    "MOST_UNFINISHED",
    "SHORTEST_CUT_OVER",
    "approved_as_shown",
    "begin_cut_over",
    "cancellation_is_safe",
    "cart_as_approved",
    "cut_over_may_start",
    "is_set_up_only",
    "measured_cut_over",
    "ready_for_writes",
    "renewal_may_be_switched_off",
    "routes_as_planned",
    "set_up_only",
    "suspension_is_safe",
    "transfer_may_be_accepted",
    "windows_are_open",
]


def ready_for_writes(journal: Journal) -> list[str]:
    """M3 and S15: the irreversibility is acknowledged and every case of the engagement is prepared."""
    reasons = []
    if confirmation(journal, ENGAGEMENT_CHAIN, "irreversible") is None:
        reasons.append("Nobody has acknowledged that the consolidation cannot be undone (M3): run 00_connect.")
    population = recorded_population(journal)
    if not population:
        reasons.append("The customers of the sources are not listed yet (S15): run 00_connect.")
    prepared = {entry.chain: entry for entry in journal.every.entries({"outcome"}, phase="01_prepare")}  # the newest
    unprepared = [case for case in population if not _prepared(journal, case, prepared.get(case.chain))]
    if unprepared:
        names = ", ".join(f"{case.company} ({case.source})" for case in unprepared[:5])
        more = f" and {len(unprepared) - 5} more" if len(unprepared) > 5 else ""
        reasons.append(f"Not every case is prepared (S15): run 01_prepare for {names}{more}.")
    return reasons


def _prepared(journal: Journal, case: CaseName, newest: Entry | None) -> bool:
    """Tell whether a case is prepared, or its failure to be was confirmed by a person."""
    if newest is None:
        return False
    if newest.body["outcome"] == "done":
        return True
    by_hand = confirmation(journal, case.chain, "manual_done")
    # A word from before the first failure was said of something else; later runs fail again and change nothing in it.
    ended = journal.entries(case.chain, kinds={"outcome"}, phase="01_prepare")
    failed = next((entry.number for entry in ended if entry.body["outcome"] == "failed"), None)
    told = by_hand is not None and failed is not None and by_hand.number > failed
    return newest.body["outcome"] == "failed" and told


def approved_as_shown(case: Case, plan: Plan, decision: Decision) -> list[str]:
    """S6 and S12: the decision is for exactly this frozen plan, and it still stands in the journal."""
    if plan.number == 0:
        return ["The plan is not frozen: make it with make_plan (S6)."]
    if decision.digest != plan.digest:
        return ["The decision is for another plan (S6): look at the rows again and approve them."]
    if case.engagement.approvals.automatic and not case.engagement.cloud.is_loopback:
        return ["Automatic approval exists on loopback only (S12): name approvers in the engagement."]
    now = decision_on(case.engagement, case.journal, plan)
    return [] if now.approved else list(now.lacking)


def routes_as_planned(case: Case, plan: Plan) -> list[str]:
    """S6: for no row that is to be bought or transferred did a person choose another route since the plan was made."""
    since = set(route_chosen_since(case.journal, plan))
    return [
        f"Somebody chose another route for {row.product} since this plan was made (S6): run {plan.phase} again."
        for row in plan.rows
        if row.target_action in {"order", REQUEST} and row.subscription in since
    ]


def cart_as_approved(cart: Cart, rows: Sequence[PlanRow]) -> list[str]:
    """S14: no line of the cart has an error, and no line costs more than the approved ceiling."""
    reasons = []
    lines = cart.all_lines
    reasons += [
        f"The cart refuses {line.catalog_item_id}: {line.error.error_code} {line.error.error_description} (S14)."
        for line in lines
        if line.error is not None
    ]
    if cart.unreadable:
        reasons.append(f"The cart holds what cannot be read ({', '.join(cart.unreadable)}): look at it (S7, S14).")
    if len(lines) > len(rows):
        reasons.append(f"The cart holds {len(lines)} lines, {len(rows)} were approved (S14).")
    left = list(lines)
    for row in rows:
        matching = [line for line in left if same_product(line.catalog_item_id, row.target_offer)]
        line = next((line for line in matching if line.quantity == row.target_seats), None)
        if line is None:
            reasons.append(f"The cart does not hold {row.target_seats} seats of {row.product} once (S14).")
            continue
        left = [other for other in left if other is not line]  # one base may have the same add-on twice
        if row.price_ceiling:
            reasons += _price_reasons(line, row)
    return reasons


def _price_reasons(line: CartLineItem, row: PlanRow) -> list[str]:
    """Compare the unit price of a cart line with the approved ceiling, `12.30 EUR`."""
    amount, _, currency = row.price_ceiling.partition(" ")
    price = line.pricing.price if line.pricing else None
    if price is None:
        return [f"The cart shows no price for {row.product}, approved were at most {row.price_ceiling} (S14)."]
    if (line.currency or currency).casefold() != currency.casefold():
        return [f"{row.product} is priced in {line.currency}, approved was {row.price_ceiling} (S14)."]
    if price > Decimal(amount):
        return [f"{row.product} costs {price} {currency} a seat, approved were at most {row.price_ceiling} (S14)."]
    return []


def suspension_is_safe(
    rows: Sequence[PlanRow],
    sources: Sequence[Subscription],
    counterparts: Sequence[Subscription | None],
    *,
    read_apart: timedelta,
) -> list[str]:
    """S1 and S2 for one PATCH: a row and, for a base, every active add-on under it.

    A row goes when its counterpart stands in the target, or when a person retired that very row and said why.

    Args:
        rows: The row to suspend, then the rows of the active add-ons that go with it.
        sources: Their source subscriptions as just read by id; the first is the PATCH body.
        counterparts: The claimed target subscriptions as just read by id, None where there is no claim.
        read_apart: Time since the first of these reads.
    """
    reasons = []
    if read_apart > timedelta(seconds=60):
        reasons.append("More than 60 seconds passed since the first read (S1): run again.")
    for row, source, counterpart in zip(rows, sources, counterparts, strict=True):
        retired = is_retired(row)
        if row.kind != "legacy seats" or not (row.route == "recreate" or retired):
            reasons.append(f"{row.product} is {row.kind} with route {row.route}: it is never suspended by us (S2).")
        elif not same_id(source.id, row.subscription):
            reasons.append(f"{row.product}: another subscription was read than the plan names (S1).")
        elif source.status.casefold() != ACTIVE:
            reasons.append(f"{row.product} is {source.status or 'without a status'} in the source, not active (S7).")
        elif source.quantity is None:
            reasons.append(f"{row.product}: the source printed no seat count: look at it in the portal (S7).")
        elif retired:
            continue  # the plan says that it has no counterpart, and so it was approved
        elif counterpart is None:
            reasons.append(f"{row.product} has no subscription of its own in the target (S1).")
        elif counterpart.status.casefold() != ACTIVE:
            reasons.append(
                f"{row.product}: its target subscription {counterpart.id} is {counterpart.status}, not active (S1)."
            )
        elif (counterpart.quantity or 0) < source.quantity:
            reasons.append(
                f"{row.product}: the target has {counterpart.quantity} seats, the source {source.quantity} (S1): "
                f"set {source.quantity} seats on {counterpart.id} in the target's portal."
            )
    identifiers = [identity(item.id) for item in counterparts if item is not None]
    if len(set(identifiers)) != len(identifiers):
        reasons.append("One target subscription stands for two source rows (S1).")
    return reasons
