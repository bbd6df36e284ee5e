"""Where the price of a seat comes from: the engagement's list, the source's last invoice, the order; else unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from consolidation.currencies import CURRENCIES
from consolidation.plan import PlanRow
from consolidation.price_lists import PriceList
from partner_center.models import identity

Origin = Literal["price list", "invoice", "order"]


@dataclass(frozen=True)
class UnitPrice:
    """The price of one seat for one billing period, before tax.

    Attributes:
        amount: In the currency.
        currency: ISO 4217, that of the partner tenant.
        origin: Where it was found.
    """

    amount: Decimal
    currency: str
    origin: Origin

    @classmethod
    def of_order(cls, text: str) -> UnitPrice | None:
        """Return the price that a plan row keeps from the order in the source, `12.30 EUR`.

        None when it is empty, below zero or in no currency of ISO 4217: then it is unknown (S7).
        """
        written, _, currency = text.partition(" ")
        amount = Decimal(written or "-1")
        return cls(amount, currency, "order") if amount >= 0 and currency in CURRENCIES else None


@dataclass(frozen=True)
class Prices:
    """Every price that is known for one source tenant.

    Attributes:
        price_list: The engagement's `prices`, if it has any.
        invoiced: Source subscription id, lower case -> unit price of its latest invoice line. Whoever reads invoices
            fills it; a subscription without an invoice line is not in it.
    """

    price_list: PriceList | None = None
    invoiced: Mapping[str, UnitPrice] = field(default_factory=dict)

    def of(self, row: PlanRow) -> UnitPrice | None:
        """Return the price of a plan row's seats in the source, None when nothing says it.

        The list goes first, then the invoice, then the order. An invoice or an order also says in which currency the
        tenant is billed: a listed price in another one belongs to another tenant ("Billing basics").
        """
        elsewhere = self.invoiced.get(identity(row.subscription)) or UnitPrice.of_order(row.source_price)
        if self.price_list is not None:
            currency = elsewhere.currency if elsewhere else ""
            listed = self.price_list.find(row.offer, row.billing_cycle, row.term, currency)
            if listed is not None:
                return UnitPrice(listed.unit_price, listed.currency, "price list")
        return elsewhere
