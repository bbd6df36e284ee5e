"""The plan of the cut-over: both halves of each row, the order in the target and the suspension in the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from consolidation.case import Case
from consolidation.catalogue import catalogue_of
from consolidation.choices import BUY, choices, chosen_routes, rows_of
from consolidation.drift import bought_by_others, suspended_by_us
from consolidation.endings.rows import takes_service, with_endings
from consolidation.inventory import DELETED, Snapshot, baseline
from consolidation.limits import (
    agreement_missing,
    currencies,
    market_closed,
    offers_of,
    other_sources,
    tenant_limit,
    with_aligned_ends,
    with_offer_limits,
    with_partner_ids,
    with_sales,
)
from consolidation.plan import CUT_OVER, Plan, PlanRow, frozen_plan, money_text, plan_header
from consolidation.product_names import is_new_commerce_item, same_product
from consolidation.replacements import candidate_notes, cannot_be_bought, with_candidates, with_picks, without_pick
from consolidation.replacing.rows import with_replacements
from consolidation.routes import BY_HAND
from consolidation.rows import subscription_rows
from consolidation.transfers.record import PHASE as TRANSFER_PHASE
from consolidation.transfers.record import asked_rows, transferred_rows
from partner_center.errors import Forbidden, NotFound
from partner_center.models import Offer, Subscription, identity


def cut_over_plan(case: Case, source: Snapshot, target: Snapshot) -> Plan:
    """Compute the plan from what both tenants say now.

    Args:
        case: Its journal explains what was bought and suspended already.
        source: All subscriptions of the source: each becomes one row (S8).
        target: All subscriptions of the target.
    """
    rows = with_picks(case, _with_actions(case, source))
    rows = with_endings(rows, source)
    rows += _in_transfer(case, {row.subscription for row in rows})
    unclaimed = _unclaimed(case, target)
    rows = [_adopted(case, row, rows, unclaimed) for row in rows]
    problems, notes = _missing_since_prepare(case, rows)
    rows = _with_source_prices(case, rows, source)
    if any(row.target_action == "order" for row in rows):
        rows, limits, said = _within_limits(case, rows, source, target)
        problems, notes = [*problems, *limits], [*notes, *said]
    return Plan(
        CUT_OVER,
        case.name,
        plan_header(case.engagement, case.name),
        tuple(rows),
        case_problems=tuple(problems),
        target_seen=tuple(identity(item.id) for item in unclaimed),
        notes=tuple(notes),
    )


def _within_limits(
    case: Case, rows: Sequence[PlanRow], source: Snapshot, target: Snapshot
) -> tuple[list[PlanRow], list[str], list[str]]:
    """Check what is to be bought against every limit that can be read before (M25).

    Returns:
        The rows with ceilings and problems, what stops the whole plan, and what should be known.
    """
    every = (source, target, *other_sources(case.journal, case.chain, case.customer))
    held = [item for snapshot in every for item in snapshot.subscriptions]
    country = market(case)
    offers = offers_of(case, country)
    money = currencies(case)
    # A ceiling in the source's currency says nothing of a price in another one.
    checked = [replace(row, price_ceiling="") for row in rows] if money.differ else list(rows)
    checked = _within_catalogues(case, checked, offers, held, source)
    checked = with_candidates(case, checked, offers, held)
    checked, unread = with_partner_ids(case, checked)
    problems = [*market_closed(country, offers), *agreement_missing(case), *tenant_limit(checked, held)]
    return checked, problems, [*money.notes, *unread, *candidate_notes(checked)]


def _within_catalogues(
    case: Case, rows: list[PlanRow], offers: list[Offer], held: Sequence[Subscription], source: Snapshot
) -> list[PlanRow]:
    """Check each row against the catalogue that it is bought from.

    A pick that cannot be bought gives way to the offer itself where that is sold again: like for like is what holds
    unless a person has to decide, and the plan is approved anyway.
    """

    def checked(rows: list[PlanRow]) -> list[PlanRow]:
        rows = with_offer_limits(rows, offers, held)
        if any(row.target_action == "order" and is_new_commerce_item(row.target_offer) for row in rows):
            rows = with_sales(rows, catalogue_of(case), held)
            rows = with_aligned_ends(rows, catalogue_of(case), source)
        return rows

    found = checked(rows)
    failed = {row.subscription for row in found if cannot_be_bought(row)}
    if not failed:
        return found
    plain = checked([without_pick(row) if row.subscription in failed else row for row in rows])
    sold = {row.subscription for row in plain if row.subscription in failed and not row.problems}
    return checked([without_pick(row) if row.subscription in sold else row for row in rows])


def market(case: Case) -> str:
    """Return the customer's market, ISO 3166 alpha-2: it decides which offers can be bought."""
    return case.target.customer_billing_profile(case.customer).country


def _in_transfer(case: Case, listed: set[str]) -> list[PlanRow]:
    """Return the rows that a transfer took out of the source's list: they stay rows of the plan (S8)."""
    asked = asked_rows(case.journal, case.chain) - listed
    found = transferred_rows(case.journal, case.chain)
    frozen = frozen_plan(case.journal, case.name, TRANSFER_PHASE)
    reasons = {True: "It was transferred: see 03_transfer.", False: "It is being transferred: see 03_transfer."}
    return [
        replace(
            row,
            target_action="none",
            source_action="none",
            adopted=found.get(row.subscription, ""),
            details={},
            reason=reasons[row.subscription in found],
            problems=(),
        )
        for row in (frozen.rows if frozen else ())
        if row.subscription in asked
    ]


def _with_actions(case: Case, source: Snapshot) -> list[PlanRow]:
    """Give each row to be recreated its two halves; what is bought or suspended already is not done again."""
    claims = case.journal.claims(case.chain)
    before = frozen_plan(case.journal, case.name, CUT_OVER)
    gone = suspended_by_us(case.journal, before) if before else set()
    # A base that we suspended took its add-ons along; one of them that still shows active goes the way of its base.
    moved = gone & claims.keys()
    chosen = {
        identifier: choice
        for identifier, choice in chosen_routes(case.journal, case.chain).items()
        # What was bought is suspended, even where somebody chose another way at that very moment.
        if identifier not in claims or choice.route in {"transfer", "azure_transfer", "run_out", "replace_in_window"}
    }
    rows = subscription_rows(source, chosen, moved)
    bases = {row.subscription: row for row in rows}
    rows = [_with_action(row, bases.get(row.parent), claims, gone) for row in rows]
    return with_replacements(rows, source, claims, gone)


def _with_action(row: PlanRow, base: PlanRow | None, claims: dict[str, str], gone: set[str]) -> PlanRow:
    claimed = claims.get(row.subscription)
    if claimed:
        row = replace(row, allowed=())  # it stands in the target: there is nothing left to choose
    if claimed and row.subscription in gone:
        ended = "cancelled" if row.status.casefold() == DELETED else "suspended"
        reason = f"It was moved by this runbook: bought in the target and {ended} in the source."
        return replace(row, route="recreate", target_action="adopt", adopted=claimed, reason=reason)
    if row.subscription in gone and row.route == "leave":
        return replace(row, reason="It was retired by this runbook: suspended in the source, not bought again.")
    if row.route != "recreate":
        return row
    goes_along = base is not None and base.route == "recreate"
    row = replace(row, source_action="goes with its base" if row.parent and goes_along else "suspend")
    if claimed:
        return replace(row, target_action="adopt", adopted=claimed)
    return replace(row, target_action="order", target_offer=row.offer, target_seats=row.seats)


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
        identity(item.id)
        for item in unclaimed
        if same_product(item.offer_id, row.target_offer) and item.quantity == row.seats
    }
    chosen = choices(case.journal, case.chain)
    picked = chosen.get(row.subscription)
    if picked in fitting:
        return _adopting(row, picked, "A person picked this target subscription for it: taken over, not bought again.")
    fitting -= {choice for subscription, choice in chosen.items() if subscription != row.subscription}
    if not fitting or picked == BUY:
        return row
    alike = [other for other in rows if other.target_action == "order" and other.target_offer == row.target_offer]
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
    # What a person picked stays in the row: it is what the target is compared with.
    offer = row.target_offer if is_new_commerce_item(row.target_offer) else ""
    return replace(
        row, target_action="adopt", target_offer=offer, target_seats=0, adopted=target_subscription, reason=reason
    )


def _with_source_prices(case: Case, rows: Sequence[PlanRow], source: Snapshot) -> list[PlanRow]:
    """Keep the unit price of each row's order in the source: what the overlap is counted with (M12).

    It is the ceiling of what is bought, too; an unknown one stays empty.
    """
    subscriptions = source.by_id()
    # What is suspended without being bought again gives a credit as well.
    suspended = [row for row in rows if row.route == "recreate" or takes_service(row)]
    recreated = {row.subscription: subscriptions[row.subscription] for row in suspended}
    prices: dict[tuple[str, str], str] = {}
    for order_id in sorted({item.order_id or "" for item in recreated.values()} - {""}):
        prices |= _order_prices(case, order_id)
    priced = []
    for row in rows:
        order = recreated[row.subscription].order_id if row.subscription in recreated else None
        price = prices.get((identity(order or ""), identity(row.offer)), "")
        priced.append(
            replace(row, source_price=price, price_ceiling=price if row.target_action == "order" else "")
            if row.subscription in recreated
            else row
        )
    return priced


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


def _missing_since_prepare(case: Case, rows: Sequence[PlanRow]) -> tuple[list[str], list[str]]:
    """Name what the record of `01_prepare` has and the source does not list any more (M2, S8).

    Returns:
        What stops the plan, and what is only said: what is settled by hand may leave the list. What is transferred
        leaves it too, and is a row all the same.
    """
    record = baseline(case.journal, case.chain)
    if record is None:
        return ["The case is not prepared: run 01_prepare."], []
    listed = {row.subscription for row in rows}
    gone = [row for row in rows_of(case.journal, case.chain, record[0]) if row.subscription not in listed]
    problems, notes = [], []
    for row in gone:
        words = f"{row.product} ({row.subscription}) was recorded by 01_prepare and is not listed any more"
        if row.route in BY_HAND:
            notes.append(f"{words}: its route was {row.route}.")
        else:
            problems.append(f"{words}.")
    return problems, notes
