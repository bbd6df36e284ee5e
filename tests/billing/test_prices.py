"""Where a price comes from: the list, then the invoice, then the order; else it is unknown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from offline import OFFER, make_row

from consolidation.billing.prices import Prices, UnitPrice
from consolidation.price_lists import ListedPrice, PriceList

LISTED = PriceList((ListedPrice(OFFER.upper(), Decimal("10.10"), "EUR", "monthly", "", 2),))
INVOICED = {"aaaa0001": UnitPrice(Decimal("11.11"), "EUR", "invoice")}
ROW, ORDERED = make_row(), make_row(source_price="12.12 EUR")


@pytest.mark.parametrize(
    ("prices", "row", "amount", "origin"),
    [
        (Prices(LISTED, INVOICED), ORDERED, "10.10", "price list"),
        (Prices(LISTED), ROW, "10.10", "price list"),
        (Prices(None, INVOICED), ORDERED, "11.11", "invoice"),
        (Prices(), ORDERED, "12.12", "order"),
        (Prices(LISTED), make_row(source_price="12.12 GBP"), "12.12", "order"),
        (Prices(LISTED, {"aaaa0001": UnitPrice(Decimal(9), "GBP", "invoice")}), ORDERED, "9", "invoice"),
    ],
)
def test_the_list_goes_before_the_invoice_before_the_order(
    prices: Prices, row: object, amount: str, origin: str
) -> None:
    """M12: the engagement's list counts first, unless it is in another currency than the tenant is billed in."""
    found = prices.of(row)  # type: ignore[arg-type]
    assert found is not None
    assert (found.amount, found.origin) == (Decimal(amount), origin)


@pytest.mark.parametrize("price", ["", "-1.00 EUR", "12.30 ", "12.30 XXX"])
def test_an_unknown_price_stays_unknown(price: str) -> None:
    """M12, S7: no price, one below zero, or one in no currency is no price."""
    assert Prices().of(make_row(source_price=price)) is None
