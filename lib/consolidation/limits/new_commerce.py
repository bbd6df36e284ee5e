"""What the catalogue of new commerce allows of each row that is bought from it, and what it costs there (M25, S14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from consolidation.catalogue import CustomerCatalogue
from consolidation.inventory import ACTIVE, Snapshot
from consolidation.plan import PlanRow
from consolidation.product_names import is_new_commerce_item, same_product
from partner_center.models import Subscription


def with_sales(rows: Iterable[PlanRow], catalogue: CustomerCatalogue, held: Sequence[Subscription]) -> list[PlanRow]:
    """Check each row that is bought of new commerce, and make the price of the target its ceiling.

    Where no list names one, the price of the source's own order is the ceiling of the same product. It says nothing of
    what another product costs: that ceiling is unknown.

    Args:
        rows: Rows with their actions.
        catalogue: Of the customer.
        held: What the customer tenant holds in source, target and the other sources.
    """
    every = list(rows)
    owned = owned_offers(every, held)
    return [_with_sale(row, catalogue, owned) if _is_bought_there(row) else row for row in every]


def owned_offers(rows: Iterable[PlanRow], held: Iterable[Subscription]) -> list[str]:
    """Return the offer ids of what the customer tenant holds, through any partner, and of what the plan buys."""
    # What is suspended after the purchase counts as held until then; whether it may then go is for the plan's reader.
    owned = [item.offer_id for item in held if item.status.casefold() == ACTIVE]
    return owned + [row.target_offer for row in rows if row.target_action == "order"]


def with_aligned_ends(rows: Iterable[PlanRow], catalogue: CustomerCatalogue, source: Snapshot) -> list[PlanRow]:
    """Let the term of what is bought anew end on the day with which its term in the source was aligned.

    Where the target does not allow that day, a whole term is bought, and the row says so ("Get custom term end dates").

    Args:
        rows: Rows with their actions.
        catalogue: Of the customer.
        source: What the source says now.
    """
    found = source.by_id()
    return [
        _with_aligned_end(row, catalogue, found[row.subscription])
        if _is_bought_there(row) and same_product(row.offer, row.target_offer) and row.subscription in found
        else row
        for row in rows
    ]


def _with_aligned_end(row: PlanRow, catalogue: CustomerCatalogue, subscription: Subscription) -> PlanRow:
    aligned = subscription.custom_term_end_date
    if aligned is None:
        return row
    day = f"{aligned:%Y-%m-%d}"
    if day in {f"{each.end:%Y-%m-%d}" for each in catalogue.end_dates(row.term_to_buy) if each.end}:
        return replace(row, target_term_end=day, reason=f"{row.reason} Its term ends with {day}, as in the source.")
    said = f"Its term in the source was aligned to {day}, which the target does not allow: a whole term is bought."
    return replace(row, reason=f"{row.reason} {said}")


def _is_bought_there(row: PlanRow) -> bool:
    return row.target_action == "order" and is_new_commerce_item(row.target_offer)


def _with_sale(row: PlanRow, catalogue: CustomerCatalogue, owned: Sequence[str]) -> PlanRow:
    sale = catalogue.sale(row.target_offer, row.term_to_buy, row.billing_cycle_to_buy, row.target_seats)
    missing = sale.missing_prerequisite(owned)
    promotions = "; ".join(one.name for one in sale.promotions)
    said = [
        row.reason,
        f"Bought as {sale.name or sale.item}, {sale.term} {sale.billing_cycle}.",
        *([f"Promotions of the day, which the cart alone decides on: {promotions}."] if promotions else []),
    ]
    return replace(
        row,
        price_ceiling=sale.price_text or (row.price_ceiling if same_product(row.offer, row.target_offer) else ""),
        problems=(*row.problems, *sale.reasons, *([missing] if missing else [])),
        reason=" ".join(said),
    )
