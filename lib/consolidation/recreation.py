"""The plan of the cut-over: both halves of each row, the order in the target and the suspension in the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from consolidation.case import Case
from consolidation.choices import BUY, choices
from consolidation.drift import bought_by_others, suspended_by_us
from consolidation.inventory import Snapshot, baseline, bases_before_addons
from consolidation.limits import tenant_limit, with_offer_limits
from consolidation.plan import Plan, PlanRow, frozen_plan, money_text, plan_header, subscription_row
from partner_center.errors import Forbidden, NotFound
from partner_center.models import Subscription, identity, same_id


def cut_over_plan(case: Case, source: Snapshot, target: Snapshot) -> Plan:
    """Compute the plan from what both tenants say now.

    Args:
        case: Its journal explains what was bought and suspended already.
        source: All subscriptions of the source: each becomes one row (S8).
        target: All subscriptions of the target.
    """
    # By id: a subscription that is listed twice is still one row, and bought once (S3, S8).
    rows = [subscription_row(item) for item in bases_before_addons(source.by_id().values())]
    rows = _with_actions(case, rows)
    rows = _with_addons_checked(rows)
    unclaimed = _unclaimed(case, target)
    rows = [_adopted(case, row, rows, unclaimed) for row in rows]
    problems = _missing_since_prepare(case, rows)
    if any(row.target_action == "order" for row in rows):
        rows = _with_price_ceilings(case, rows, source)
        rows = with_offer_limits(rows, case.target.offers(market(case)))
        problems += tenant_limit(rows, source, target)
    return Plan(
        "04_recreate",
        case.name,
        plan_header(case.engagement, case.name),
        tuple(rows),
        case_problems=tuple(problems),
        target_seen=tuple(identity(item.id) for item in unclaimed),
    )


def market(case: Case) -> str:
    """Return the customer's market, ISO 3166 alpha-2: it decides which offers can be bought."""
    return case.target.customer_billing_profile(case.customer).country


def _with_actions(case: Case, rows: Sequence[PlanRow]) -> list[PlanRow]:
    """Give each row to be recreated its two halves; what is bought or suspended already is not done again."""
    claims = case.journal.claims(case.chain)
    before = frozen_plan(case.journal, case.name, "04_recreate")
    gone = suspended_by_us(case.journal, before) if before else set()
    bases = {row.subscription: row for row in rows}
    return [_with_action(row, bases.get(row.parent), claims, gone) for row in rows]


def _with_action(row: PlanRow, base: PlanRow | None, claims: dict[str, str], gone: set[str]) -> PlanRow:
    claimed = claims.get(row.subscription)
    if claimed and row.subscription in gone:
        reason = "It was moved by this runbook: bought in the target and suspended in the source."
        return replace(row, route="recreate", target_action="adopt", adopted=claimed, reason=reason)
    if row.route != "recreate":
        return row
    goes_along = base is not None and base.route == "recreate"
    row = replace(row, source_action="goes with its base" if row.parent and goes_along else "suspend")
    if claimed:
        return replace(row, target_action="adopt", adopted=claimed)
    return replace(row, target_action="order", target_offer=row.offer, target_seats=row.seats)


def _with_addons_checked(rows: Sequence[PlanRow]) -> list[PlanRow]:
    """Leave an add-on whose base is not recreated to a person: it cannot be bought without it.

    A base is a row without a parent: add-ons of add-ons, or of one another, fit into no cart.
    """
    bases = {row.subscription for row in rows if row.route == "recreate" and not row.parent}
    problem = "It is an add-on and its base is not recreated: decide what happens to both."
    return [
        replace(row, problems=(*row.problems, problem))
        if row.route == "recreate" and row.parent and row.parent not in bases
        else row
        for row in rows
    ]


def _unclaimed(case: Case, target: Snapshot) -> list[Subscription]:
    """Return the active target subscriptions that stand for no source row of any case, nor were ordered for one."""
    claimed = case.journal.claimed(item.id for item in target.subscriptions)
    return [item for item in bought_by_others(case.journal, case.customer, target) if identity(item.id) not in claimed]


def _adopted(case: Case, row: PlanRow, rows: Sequence[PlanRow], unclaimed: Sequence[Subscription]) -> PlanRow:
    """Adopt an unclaimed target subscription of the same offer and seats instead of buying a second one.

    One that stood in the target when the case was prepared is adopted only when a person picks it; several
    candidates, or one candidate for several rows, hold until a person has picked.
    """
    if row.target_action != "order":
        return row
    fitting = {
        identity(item.id) for item in unclaimed if same_id(item.offer_id, row.offer) and item.quantity == row.seats
    }
    chosen = choices(case.journal, case.chain)
    picked = chosen.get(row.subscription)
    if picked in fitting:
        return _adopting(row, picked, "A person picked this target subscription for it: taken over, not bought again.")
    fitting -= {choice for subscription, choice in chosen.items() if subscription != row.subscription}
    if not fitting or picked == BUY:
        return row
    alike = [other for other in rows if other.target_action == "order" and other.offer == row.offer]
    record = baseline(case.journal, case.chain)
    stood_before = record is not None and not fitting.isdisjoint(record[1].by_id())
    if len(fitting) > 1 or len([other for other in alike if other.seats == row.seats]) > 1 or stood_before:
        names = ", ".join(sorted(fitting))
        problem = f"The target has {names} with the same offer and seats: a person must pick what stands for this row."
        return replace(row, problems=(*row.problems, problem), candidates=tuple(sorted(fitting)))
    (only,) = fitting
    return _adopting(
        row, only, "The same offer and seats were set up in the target since: taken over, not bought again."
    )


def _adopting(row: PlanRow, target_subscription: str, reason: str) -> PlanRow:
    return replace(
        row, target_action="adopt", target_offer="", target_seats=0, adopted=target_subscription, reason=reason
    )


def _with_price_ceilings(case: Case, rows: Sequence[PlanRow], source: Snapshot) -> list[PlanRow]:
    """Set the ceiling of each row to be bought to the unit price of its order in the source; unknown stays empty."""
    subscriptions = source.by_id()
    prices: dict[tuple[str, str], str] = {}
    orders = {subscriptions[row.subscription].order_id or "" for row in rows if row.target_action == "order"}
    for order_id in sorted(orders - {""}):
        prices |= _order_prices(case, order_id)
    return [
        replace(
            row,
            price_ceiling=prices.get(
                (identity(subscriptions[row.subscription].order_id or ""), identity(row.offer)), ""
            ),
        )
        if row.target_action == "order"
        else row
        for row in rows
    ]


def _order_prices(case: Case, order_id: str) -> dict[tuple[str, str], str]:
    """Return (order, offer) -> unit price and currency of one source order; empty when it shows no prices."""
    try:
        order = case.source.order(case.customer, order_id, include_price=True)
    except (Forbidden, NotFound):
        # An order that this tenant may not read leaves the price unknown, and the plan says "unknown". Anything else
        # says nothing of the order: a plan without its ceiling would be approved without S14.
        return {}
    prices: dict[tuple[str, str], str] = {}
    for line in order.lines:
        unit: Decimal | None = line.pricing.price if line.pricing else None
        if unit is not None and order.currency:
            prices[identity(order_id), identity(line.offer_id)] = money_text(unit, order.currency)
    return prices


def _missing_since_prepare(case: Case, rows: Sequence[PlanRow]) -> list[str]:
    """Name what the record of `01_prepare` has and the source does not list any more (M2, S8)."""
    record = baseline(case.journal, case.chain)
    if record is None:
        return ["The case is not prepared: run 01_prepare."]
    listed = {row.subscription for row in rows}
    return [
        f"{subscription_row(item).product} ({identifier}) was recorded by 01_prepare and is not listed any more."
        for identifier, item in record[0].by_id().items()
        # What was transferred leaves the source's list: that is how a transfer ends.
        if identifier not in listed and subscription_row(item).route not in {"transfer", "azure_transfer"}
    ]
