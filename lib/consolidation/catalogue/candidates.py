"""What may be bought in the place of a legacy offer that is no longer sold, and how sure each candidate is (M26).

No document ties a legacy offer to a licence or to a product of new commerce: the catalogue prints the licence of a SKU
(`provisioningId`), an offer prints none. What is left is the name. So nothing here is ever taken without a person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from consolidation.catalogue.customer_catalogue import CustomerCatalogue
from consolidation.catalogue.sale import Sale
from consolidation.offer_map import MappedOffer
from partner_center.catalogue import Product
from partner_center.models import Offer

MOST_PRODUCTS = 3
"""So many products are looked at: each costs a few calls, and a list nobody reads helps nobody."""

ALIKE = 0.5
"""Share of words that two names have in common from which on they are called similar."""

_WORD = re.compile(r"\w+")
_EMPTY_WORDS = frozenset({"microsoft", "enterprise", "for", "and", "the"})

Likeness = Literal["the same name", "nearly the same name", "a similar name"]
_SURE: dict[Likeness, str] = {
    "the same name": "likely the same licence",
    "nearly the same name": "perhaps the same licence",
    "a similar name": "a guess, and probably another licence",
}


@dataclass(frozen=True)
class Candidate:
    """A product that may be bought in the place of an offer.

    Attributes:
        sale: How it is sold to the customer now.
        why: Why it is offered, and how sure that is.
        is_likely: Whether it is likely the same licence, or was picked before: nothing more than likely is ever known.
        missing: What it needs that the customer does not hold, one sentence; empty where nothing is missing.
    """

    sale: Sale
    why: str
    is_likely: bool
    missing: str = ""

    @property
    def words(self) -> str:
        """What whoever picks reads of it."""
        sale = self.sale
        price = f"{sale.price_text} a seat, billed {sale.billing_cycle}" if sale.price else "price unknown"
        licence = f", licence {sale.licence}" if sale.licence else ""
        missing = f". {self.missing}" if self.missing else ""
        return f"{sale.name} ({sale.item}), {sale.term} {sale.billing_cycle}: {self.why}; {price}{licence}{missing}"


def candidates_for(
    catalogue: CustomerCatalogue,
    name: str,
    seats: int,
    billing_cycle: str,
    *,
    picked_before: MappedOffer | None = None,
    becomes: Iterable[Offer] = (),
    owned: Collection[str] = (),
) -> tuple[Candidate, ...]:
    """Return what may be bought in the place of an offer, the surest first; only what the customer can buy now.

    An add-on whose product the customer does not hold comes last: it can be bought once that is picked for its base.

    Args:
        catalogue: Of the customer.
        name: The old offer's.
        seats: How many are to be bought.
        billing_cycle: How the old one is paid: candidates that are paid so go alone, where there are any.
        picked_before: What the engagement's offer map says of the offer.
        becomes: Offers that Microsoft's catalogue names as what the old one converts to.
        owned: Offer ids of what the customer tenant holds, and of what is bought with it.
    """
    found: list[Candidate] = []
    if picked_before is not None:
        it = picked_before
        sale = catalogue.sale(it.product_sku, it.term, it.billing_cycle, seats)
        found.append(Candidate(sale, f"picked before by {it.who} on {it.when} because {it.why}", is_likely=True))
    for offer in becomes:
        for likeness, product in _alike(offer.name, catalogue.products):
            if likeness != "a similar name":
                why = f"{likeness} as {offer.name}, which Microsoft names as what the old offer converts to"
                sales = _sales(catalogue, product, seats, billing_cycle)
                found += [Candidate(sale, why, is_likely=True) for sale in sales]
    for likeness, product in _alike(name, catalogue.products):
        why = f"{likeness}: {_SURE[likeness]}"
        sales = _sales(catalogue, product, seats, billing_cycle)
        found += [Candidate(sale, why, is_likely=likeness == "the same name") for sale in sales]
    first: dict[tuple[str, str, str], Candidate] = {}
    for each in found:
        if each.sale.can_be_bought:
            missing = each.sale.missing_prerequisite(owned)
            judged = replace(each, missing=missing, is_likely=each.is_likely and not missing)
            first.setdefault((each.sale.item, each.sale.term, each.sale.billing_cycle), judged)
    return tuple(sorted(first.values(), key=lambda each: bool(each.missing)))


def _alike(name: str, products: Iterable[Product]) -> list[tuple[Likeness, Product]]:
    """Return the products whose names are most like a name, the most alike first."""
    rated = [(likeness, product) for product in products if (likeness := _likeness(name, product.title)) is not None]
    order = list(_SURE)
    rated.sort(key=lambda pair: (order.index(pair[0]), -_shared(name, pair[1].title), pair[1].title))
    return rated[:MOST_PRODUCTS]


def _likeness(one: str, other: str) -> Likeness | None:
    if one.split() and one.casefold().split() == other.casefold().split():
        return "the same name"
    if _words(one) and _words(one) == _words(other):
        return "nearly the same name"
    return "a similar name" if _shared(one, other) >= ALIKE else None


def _words(name: str) -> frozenset[str]:
    return frozenset(_WORD.findall(name.casefold())) - _EMPTY_WORDS


def _shared(one: str, other: str) -> float:
    """Return the share of words that two names have in common."""
    every = _words(one) | _words(other)
    return len(_words(one) & _words(other)) / len(every) if every else 0.0


def _sales(catalogue: CustomerCatalogue, product: Product, seats: int, billing_cycle: str) -> list[Sale]:
    """Return how a product is sold, a year first, as legacy subscriptions run; in the same billing cycle, if at all."""
    sales = [sale for sale in catalogue.sales_of(product.id, seats) if sale.can_be_bought]
    sales.sort(key=lambda sale: (sale.term != "P1Y", sale.term, sale.billing_cycle))
    same = [sale for sale in sales if sale.billing_cycle == billing_cycle.casefold()]
    return same or sales
