"""What the catalogue allows of each offer: whether it is sold, seats, how many of it, under which base (M25)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from consolidation.inventory import DELETED
from consolidation.plan import PlanRow
from consolidation.product_names import is_new_commerce_item
from partner_center.models import Offer, Subscription, identity

_LIFETIME = "lifetime"


@dataclass(frozen=True)
class _Check:
    """One row to be bought, beside what its check needs.

    Attributes:
        row: The row.
        offer: Its offer in the customer's market.
        base: Offer of its base, empty for a base.
        held: How many subscriptions of the offer the customer tenant holds now.
        wanted: How many of it are to be bought.
    """

    row: PlanRow
    offer: Offer
    base: str
    held: int
    wanted: int


def with_offer_limits(rows: Iterable[PlanRow], offers: Iterable[Offer], held: Sequence[Subscription]) -> list[PlanRow]:
    """Check each row to be bought against the target's catalogue and add what stands in the way to its problems.

    Args:
        rows: Rows with their actions.
        offers: Legacy offers of the customer's market, as the target may buy them.
        held: What the customer tenant holds in source, target and the other sources.
    """
    every = list(rows)
    catalogue = {identity(offer.id): offer for offer in offers}
    wanted = Counter(identity(row.target_offer) for row in every if row.target_action == "order")
    offer_bought = {row.subscription: identity(row.target_offer or row.offer) for row in every}
    checked = []
    for row in every:
        problems: list[str] = []
        base = offer_bought.get(row.parent, "")
        if row.target_action == "order" and not is_new_commerce_item(row.target_offer):
            key = identity(row.target_offer)
            offer = catalogue.get(key)
            if offer is None or offer.is_available_for_purchase is False:
                problems = [NOT_SOLD]
            elif is_new_commerce_item(base):
                problems = [NOT_UNDER_NEW_COMMERCE]
            else:
                check = _Check(row, offer, base, _count(offer, held), wanted[key])
                problems = [problem for limit in _LIMITS for problem in limit(check)]
        checked.append(replace(row, problems=(*row.problems, *problems)))
    return checked


NOT_SOLD = (
    "The target cannot buy this offer any more: a person picks what is bought in its place ('consolidate choose', or "
    "the form of 04_recreate), or settles the row by hand."
)
NOT_UNDER_NEW_COMMERCE = (
    "Its base is bought as new commerce, and a legacy add-on is not sold under that: a person picks what is bought in "
    "its place ('consolidate choose', or the form of 04_recreate)."
)
PICK_ANOTHER = (
    "What was picked for it cannot be bought: a person picks another product ('consolidate choose', or the form of "
    "04_recreate), or settles the row by hand."
)
NEEDS_A_PICK = (NOT_SOLD, NOT_UNDER_NEW_COMMERCE, PICK_ANOTHER)
"""The problems that a person solves by picking another product (M26)."""


def _count(offer: Offer, held: Sequence[Subscription]) -> int:
    """Count what the customer tenant holds of an offer; a limit for a lifetime counts what was deleted, too."""
    every = (item for item in held if identity(item.offer_id) == identity(offer.id))
    if offer.limit_unit_of_measure.replace("_", "") == _LIFETIME:
        return len(list(every))
    return sum(item.status.casefold() != DELETED for item in every)


def _internal(check: _Check) -> list[str]:
    """Refuse offers for a partner's own use: they are not sold to customers ("Offer resources")."""
    if not check.offer.is_internal:
        return []
    return ["This offer is for a partner's own use and is not sold to customers: settle it by hand."]


def _seats(check: _Check) -> list[str]:
    """Keep the seats within the bounds of the offer (errors 2002, 800067)."""
    row, offer = check.row, check.offer
    problems = []
    if offer.minimum_quantity is not None and row.target_seats < offer.minimum_quantity:
        problems.append(
            f"The offer is sold from {offer.minimum_quantity} seats on, the source has {row.target_seats}: set them "
            "in the source's portal, or settle it by hand."
        )
    if offer.maximum_quantity is not None and row.target_seats > offer.maximum_quantity:
        problems.append(
            f"The offer is sold up to {offer.maximum_quantity} seats, the source has {row.target_seats}: settle with "
            "the customer which product takes the rest, or ask Microsoft support for a higher limit."
        )
    return problems


def _how_many(check: _Check) -> list[str]:
    """Keep to how many subscriptions of some offers a customer tenant may hold, over all partners (800066).

    The source's own counts until it is gone, and it goes only when the target's stands: a limit of one can never be
    kept by buying first.
    """
    limit, after = check.offer.limit or 0, check.held + check.wanted
    if not limit or after <= limit:
        return []
    return [
        f"A customer may hold {limit} of this offer over all partners, and would hold {after}: {check.held} stand now, "
        f"{check.wanted} to be bought. Ask Microsoft support how to move it, or settle it by hand (manual)."
    ]


def _prerequisite(check: _Check) -> list[str]:
    """Buy an add-on only under an offer that the catalogue names (400041)."""
    sold_under = {identity(item) for item in check.offer.prerequisite_offers}
    if not check.base or not sold_under or check.base in sold_under:
        return []
    return ["The catalogue does not sell this add-on under the offer of its base: settle it by hand."]


_LIMITS = (_internal, _seats, _how_many, _prerequisite)
