"""Limits that are checked in the plan, not met in the error (M25)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from consolidation.inventory import DELETED, Snapshot
from consolidation.plan import PlanRow
from partner_center.models import Offer, identity

MOST_SUBSCRIPTIONS = 300
"""Licence subscriptions a customer tenant holds at most, over all channels ("Microsoft Entra service limits")."""


def with_offer_limits(rows: Iterable[PlanRow], offers: Iterable[Offer]) -> list[PlanRow]:
    """Check each row to be bought against the target's catalogue and add what stands in the way to its problems.

    Args:
        rows: Rows with their actions.
        offers: Legacy offers of the customer's market, as the target may buy them.
    """
    every = list(rows)
    catalogue = {identity(offer.id): offer for offer in offers}
    wanted = Counter(identity(row.target_offer) for row in every if row.target_action == "order")
    offer_of = {row.subscription: identity(row.offer) for row in every}
    checked = []
    for row in every:
        problems: list[str] = []
        if row.target_action == "order":
            offer = catalogue.get(identity(row.target_offer))
            problems = _problems(row, offer, wanted[identity(row.target_offer)], offer_of.get(row.parent, ""))
        checked.append(replace(row, problems=(*row.problems, *problems)))
    return checked


def _problems(row: PlanRow, offer: Offer | None, wanted: int, base: str) -> list[str]:
    """Return what stands in the way of buying one row; `base` is the offer of an add-on's base, or empty."""
    if offer is None or offer.is_available_for_purchase is False:
        return [
            "The target cannot buy this offer any more: choose another product with the customer, or leave the row "
            "to a person."
        ]
    problems = []
    if offer.minimum_quantity is not None and row.target_seats < offer.minimum_quantity:
        problems.append(f"The offer is sold from {offer.minimum_quantity} seats on, the source has {row.target_seats}.")
    if offer.maximum_quantity is not None and row.target_seats > offer.maximum_quantity:
        problems.append(f"The offer is sold up to {offer.maximum_quantity} seats, the source has {row.target_seats}.")
    if offer.limit and wanted > offer.limit:
        problems.append(f"A customer may hold {offer.limit} subscriptions of this offer, {wanted} are to be bought.")
    if base and offer.prerequisite_offers and base not in {identity(item) for item in offer.prerequisite_offers}:
        problems.append("The catalogue does not sell this add-on under the offer of its base: settle it by hand.")
    return problems


def tenant_limit(rows: Sequence[PlanRow], source: Snapshot, target: Snapshot) -> list[str]:
    """Return why the customer tenant would be too full while both sides exist; empty when it is not.

    How suspended subscriptions count is not documented, so all but deleted ones count.
    """
    held = [item for item in (*source.subscriptions, *target.subscriptions) if item.status.casefold() != DELETED]
    bought = sum(row.target_action == "order" for row in rows)
    if len(held) + bought <= MOST_SUBSCRIPTIONS:
        return []
    return [
        f"The customer would hold {len(held) + bought} subscriptions while both tenants have them; "
        f"Microsoft allows {MOST_SUBSCRIPTIONS}: move this customer in parts by support, or retire some first."
    ]
