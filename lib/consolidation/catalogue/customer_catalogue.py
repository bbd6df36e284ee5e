"""The catalogue as one customer's market and qualifications show it; each thing is read once per execution.

It is read by market, which is documented, and held against the customer's qualifications: that it can be read by
customer was only observed ("Get a list of products by customer").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from consolidation.billing.prices import UnitPrice
from consolidation.case import Case
from consolidation.catalogue.sale import Sale
from consolidation.price_lists import PriceList
from consolidation.product_names import product_and_sku
from partner_center import TargetClient
from partner_center.catalogue import Availability, CustomTermEndDate, Product, Promotion, Sku
from partner_center.errors import NotFound
from partner_center.models import same_id

COMMERCIAL = "commercial"
NONPROFIT = "nonprofit"
QUALIFIED_FOR = {"education": "education", "government_community_cloud": "government", "nonprofit": NONPROFIT}
"""Qualification -> the segment in which the customer may buy with it ("Product resources")."""


@dataclass(frozen=True)
class _Item:
    """One SKU of the catalogue with its availabilities."""

    sku: Sku
    availabilities: tuple[Availability, ...]


class CustomerCatalogue:
    """What the target can buy for one customer.

    Args:
        target: Client of the target tenant.
        customer: The customer's tenant id.
        country: The customer's market, ISO 3166 alpha-2.
        price_list: The engagement's `prices`, if it has any.
    """

    def __init__(self, target: TargetClient, customer: str, country: str, price_list: PriceList | None = None) -> None:
        self._target, self._customer, self.country = target, customer, country
        self._price_list = price_list
        self._skus: dict[str, tuple[Sku, ...]] = {}
        self._items: dict[str, _Item | None] = {}
        self._promotions: dict[str, list[Promotion]] = {}
        self._end_dates: dict[tuple[str, date | None, str | None], tuple[CustomTermEndDate, ...]] = {}

    @cached_property
    def segments(self) -> frozenset[str]:
        """The segments in which the customer may buy, by the qualifications that the target has approved."""
        approved = {
            row.qualification
            for row in self._target.qualifications(self._customer)
            if row.vetting_status.casefold() == "approved"
        }
        return frozenset({COMMERCIAL, *(QUALIFIED_FOR[one] for one in approved if one in QUALIFIED_FOR)})

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """Every product of seats in the customer's market and segments, each once."""
        asked = [None, *([NONPROFIT] if NONPROFIT in self.segments else [])]
        listed = [product for one in asked for product in self._target.products(self.country, target_segment=one)]
        return tuple({product.id: product for product in listed}.values())

    def sale(self, item: str, term: str, billing_cycle: str, seats: int) -> Sale:
        """Return how a SKU is sold to the customer in a term and billing cycle; what stands in the way is in it.

        Args:
            item: `product:sku`, or `product:sku:availability` as a subscription shows it: where that very availability
                is still sold it is the one, else the one of the customer's segment.
            term: ISO 8601 duration, such as P1Y.
            billing_cycle: As the subscription or a person says it.
            seats: How many are to be bought.
        """
        wanted = Sale(product_and_sku(item), term.upper(), billing_cycle.casefold())
        found = self._item(wanted.item)
        if found is None:
            return _refused(wanted, f"{item} is not in the target's catalogue for the market {self.country}.")
        return self._of_item(wanted, found, item.rpartition(":")[2], seats)

    def end_dates(
        self, term: str, *, start: date | None = None, subscription: str | None = None
    ) -> tuple[CustomTermEndDate, ...]:
        """Return the days on which a new term may end, read once; see `CatalogueReader.custom_term_end_dates`."""
        key = (term.upper(), start, subscription)
        if key not in self._end_dates:
            found = self._target.custom_term_end_dates(
                self._customer, key[0], start=start, subscription_id=subscription
            )
            self._end_dates[key] = tuple(found)
        return self._end_dates[key]

    def sales_of(self, product: str, seats: int) -> tuple[Sale, ...]:
        """Return each SKU of a product in each term and billing cycle; what stands in the way of one is in it.

        Args:
            product: Product id.
            seats: How many are to be bought.
        """
        if product not in self._skus:
            self._skus[product] = tuple(self._target.skus(product, self.country))
        sales: list[Sale] = []
        for sku in self._skus[product]:
            item = f"{product}:{sku.id}"
            found = self._item(item, sku)
            every = found.availabilities if found else ()
            terms = {(term.duration, term.billing_cycle) for one in every for term in one.terms}
            sales += (self.sale(item, *term, seats) for term in sorted(terms))
        return tuple(sales)

    def _item(self, item: str, listed: Sku | None = None) -> _Item | None:
        """Return a SKU as the catalogue has it, None when it does not; read once.

        Args:
            item: `product:sku`, or empty.
            listed: The SKU where a list has shown it already.
        """
        if item not in self._items:
            product, _, sku_id = item.partition(":")
            try:
                sku = listed or (self._target.sku(product, sku_id, self.country) if item else None)
                self._items[item] = _Item(sku, self._availabilities(product, sku_id)) if sku else None
            except NotFound:
                self._items[item] = None
        return self._items[item]

    def _availabilities(self, product: str, sku_id: str) -> tuple[Availability, ...]:
        found = self._target.availabilities(product, sku_id, self.country)
        if NONPROFIT in self.segments and not any(one.segment == NONPROFIT for one in found):
            found = [*found, *self._target.availabilities(product, sku_id, self.country, NONPROFIT)]
        return tuple(found)

    def _of_item(self, wanted: Sale, found: _Item, availability_id: str, seats: int) -> Sale:
        sku = found.sku
        known = _with_sku(wanted, sku)
        reasons = [*_seat_reasons(sku, seats)]
        if sku.is_trial:
            reasons.append(f"{sku.title} is a trial: a trial is never bought in the place of something paid.")
        availability, why_not = self._availability(found.availabilities, availability_id, wanted)
        if availability is None:
            return _refused(known, why_not, *reasons)
        return replace(
            known,
            catalog_item_id=availability.catalog_item_id,
            segment=availability.segment,
            promotions=self._promotions_for(availability.segment, known.item),
            currency=availability.currency or "",
            price=self._price(known, availability),
            reasons=tuple(reasons),
        )

    def _availability(
        self, availabilities: Sequence[Availability], wanted_id: str, wanted: Sale
    ) -> tuple[Availability | None, str]:
        """Choose by segment, then by term ("Get a list of availabilities for a SKU"); else say why there is none."""
        sold = [one for one in availabilities if one.is_purchasable is not False]
        if not sold:
            return None, f"{wanted.item} is in the catalogue, and cannot be bought any more."
        allowed = [one for one in sold if one.segment in self.segments]
        if not allowed:
            names = ", ".join(sorted({one.segment for one in sold}))
            return (
                None,
                f"{wanted.item} is sold in the segment {names} alone: the target has no approved qualification.",
            )
        fitting = [one for one in allowed if one.term(wanted.term, wanted.billing_cycle)]
        if not fitting:
            terms = sorted({f"{term.duration} {term.billing_cycle}" for one in allowed for term in one.terms})
            asked = f"{wanted.term or 'no term'} {wanted.billing_cycle}"
            return None, f"{wanted.item} is not sold for {asked}, but for {', '.join(terms)}."
        fitting.sort(key=lambda one: (not same_id(one.id, wanted_id), one.segment != COMMERCIAL, one.id))
        return fitting[0], ""

    def _promotions_for(self, segment: str, item: str) -> tuple[Promotion, ...]:
        if segment not in self._promotions:
            self._promotions[segment] = self._target.promotions(self.country, segment)
        return tuple(one for one in self._promotions[segment] if product_and_sku(one.id) == item)

    def _price(self, sale: Sale, availability: Availability) -> UnitPrice | None:
        """Return what the engagement's list says in the currency of the target; the catalogue itself has no prices."""
        if self._price_list is None or not availability.currency:
            return None
        found = self._price_list.find(
            availability.catalog_item_id, sale.billing_cycle, sale.term, availability.currency
        )
        return UnitPrice(found.unit_price, found.currency, "price list") if found else None


def catalogue_of(case: Case) -> CustomerCatalogue:
    """Return the catalogue of a case, the same one for all of an execution."""
    if case.catalogue is None:
        country = case.target.customer_billing_profile(case.customer).country
        case.catalogue = CustomerCatalogue(case.target, case.customer, country, case.engagement.price_list)
    return case.catalogue


def _refused(sale: Sale, *reasons: str) -> Sale:
    return replace(sale, reasons=reasons)


def _with_sku(sale: Sale, sku: Sku) -> Sale:
    needs = tuple(product_and_sku(one.replace("/", ":")) or one for one in sku.prerequisite_skus)
    return replace(
        sale,
        name=sku.title,
        licence=sku.provisioning_id or "",
        minimum_seats=sku.minimum_quantity,
        maximum_seats=sku.maximum_quantity,
        prerequisites=needs,
    )


def _seat_reasons(sku: Sku, seats: int) -> list[str]:
    """Keep the seats within the bounds of the SKU (10015)."""
    if sku.minimum_quantity is not None and seats < sku.minimum_quantity:
        return [f"{sku.title} is sold from {sku.minimum_quantity} seats on, the source has {seats}."]
    if sku.maximum_quantity is not None and seats > sku.maximum_quantity:
        return [f"{sku.title} is sold up to {sku.maximum_quantity} seats, the source has {seats}."]
    return []
