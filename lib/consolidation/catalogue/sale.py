"""How one SKU of new commerce can be bought for a customer now, and why not where it cannot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from consolidation.billing.prices import UnitPrice
from consolidation.plan import money_text
from consolidation.product_names import product_and_sku
from partner_center.catalogue import Promotion


@dataclass(frozen=True)
class Sale:
    """A SKU in one term and billing cycle, as it is sold to one customer today.

    Attributes:
        item: `product:sku`, what a plan names.
        term: ISO 8601 duration, such as P1Y.
        billing_cycle: `monthly`, `annual`, `triennial` or `none`.
        name: The SKU's title, empty when the catalogue does not have it.
        catalog_item_id: What a line of a cart names, for use at once and never kept; empty when it is not sold.
        segment: `commercial`, `education`, `government` or `nonprofit`.
        licence: Licence SKU in the customer's directory (`provisioningId`), empty when it is not printed.
        minimum_seats: Fewest seats of one subscription, None when not printed.
        maximum_seats: Most seats of one subscription, None when not printed.
        prerequisites: `product:sku` of those of which the customer needs one; empty for a product of its own.
        promotions: Promotions of the day for this SKU. Which of them is given shows on the line of a cart alone.
        currency: ISO 4217, that of the target; empty when it is not printed.
        price: Price of one seat for one billing period in the target; None when no list names it: then it is unknown.
        reasons: Why it cannot be bought, one sentence each; empty when it can.
    """

    item: str
    term: str
    billing_cycle: str
    name: str = ""
    catalog_item_id: str = ""
    segment: str = ""
    licence: str = ""
    minimum_seats: int | None = None
    maximum_seats: int | None = None
    prerequisites: tuple[str, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    currency: str = ""
    price: UnitPrice | None = None
    reasons: tuple[str, ...] = ()

    @property
    def can_be_bought(self) -> bool:
        """Whether nothing stands in the way that the catalogue shows."""
        return not self.reasons

    @property
    def price_text(self) -> str:
        """The price as a plan row keeps it, `12.30 EUR`; empty when it is unknown."""
        return money_text(self.price.amount, self.price.currency) if self.price else ""

    def missing_prerequisite(self, held: Collection[str]) -> str:
        """Return why the customer may not buy it yet: an add-on needs one of its products (400041); empty when it may.

        Args:
            held: Offer ids of what the customer tenant holds, through any partner, and of what is bought with it.
        """
        owned = {product_and_sku(item) for item in held}
        if not self.prerequisites or not owned.isdisjoint(self.prerequisites):
            return ""
        return (
            f"{self.name} is an add-on, and the customer holds none of the products that it needs "
            f"({', '.join(self.prerequisites)})."
        )
