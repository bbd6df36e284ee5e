"""The `prices` of an engagement: what one seat costs for one billing period, as CSV.

Columns: offer (legacy offer id, or product:sku:availability, or product:sku for every availability of it), unit_price,
currency, billing_cycle, and, if wanted, term (ISO 8601; empty for any). A file that could be misread is refused, with
file, line and column of each fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from consolidation.csv_lists import CsvList, open_csv_list
from consolidation.currencies import CURRENCIES
from consolidation.errors import EngagementError
from partner_center.models import identity

REQUIRED = ("offer", "unit_price", "currency", "billing_cycle")
COLUMNS = (*REQUIRED, "term")
BILLING_CYCLES = ("monthly", "annual", "triennial")

_PRICE = re.compile(r"[0-9]+(\.[0-9]+)?")
_TERM = re.compile(r"P[1-9][0-9]*[MY]")


@dataclass(frozen=True)
class ListedPrice:
    """One line of a price list.

    Attributes:
        offer: Offer id as the list writes it.
        unit_price: Price of one seat for one billing period, before tax.
        currency: ISO 4217.
        billing_cycle: One of `BILLING_CYCLES`.
        term: ISO 8601 duration, or empty for any term.
        line: Its line in the file, the header being 1.
    """

    offer: str
    unit_price: Decimal
    currency: str
    billing_cycle: str
    term: str
    line: int


@dataclass(frozen=True)
class PriceList:
    """The prices that somebody wrote down for an engagement."""

    prices: tuple[ListedPrice, ...]

    def find(self, offer: str, billing_cycle: str, term: str, currency: str = "") -> ListedPrice | None:
        """Return the price of an offer; the line that names term and availability goes before one for any.

        Args:
            offer: Offer id, in any case; of new commerce with its availability.
            billing_cycle: As Partner Center says it.
            term: ISO 8601 duration, or empty.
            currency: Currency of the partner tenant, or empty when it is not known. Then a price is found only when
                the list has the offer in one currency: anything else would be a guess.
        """
        fitting = [
            price
            for price in self.prices
            if _is_priced_by(offer, price.offer)
            and price.billing_cycle == billing_cycle.casefold()
            and price.term in {"", term.upper()}
            and currency in {"", price.currency}
        ]
        if len({price.currency for price in fitting}) != 1:
            return None
        return max(fitting, key=lambda price: (bool(price.term), price.offer.count(":")))


def _is_priced_by(offer: str, listed: str) -> bool:
    """Tell whether a line of the list prices an offer: the very id, or product and SKU for every availability."""
    wanted = identity(offer)
    return identity(listed) in {wanted, wanted.rpartition(":")[0] if wanted.count(":") == 2 else wanted}


def read_price_list(path: Path) -> PriceList:
    """Read a list of prices.

    Raises:
        EngagementError: The file is missing, empty or no CSV, has unknown or missing columns, a cell that is no price,
            currency, billing cycle or term, or two prices for the same; each fault names file, line and column.
    """
    lines = open_csv_list(path, "price list", COLUMNS, REQUIRED)
    prices: list[ListedPrice] = []
    seen: dict[tuple[str, str, str, str], int] = {}
    for number, values in lines:
        found = _faults(lines.path.name, number, values)
        lines.problems += found
        if found:
            continue
        price = _price(number, values)
        key = (identity(price.offer), price.billing_cycle, price.term, price.currency)
        if key in seen:
            lines.problems.append(
                f"{path.name} line {number}, column 'offer': {price.offer} has a {price.billing_cycle} price in "
                f"{price.currency} on line {seen[key]} already."
            )
        seen.setdefault(key, number)
        prices.append(price)
    _require_prices(lines, prices)
    return PriceList(tuple(prices))


def _require_prices(lines: CsvList, prices: list[ListedPrice]) -> None:
    if not prices and not lines.problems:
        lines.problems.append(f"{lines.path.name} lists no prices.")
    if lines.problems:
        raise EngagementError(lines.problems, next_step="Correct the list and start again.")


def _price(number: int, values: dict[str, str]) -> ListedPrice:
    return ListedPrice(
        offer=values["offer"],
        unit_price=Decimal(values["unit_price"]),
        currency=values["currency"].upper(),
        billing_cycle=values["billing_cycle"].casefold(),
        term=values.get("term", "").upper(),
        line=number,
    )


def _faults(name: str, number: int, values: dict[str, str]) -> list[str]:
    """Return what is wrong with the cells of a line, one sentence each."""
    faults = {}
    if not values["offer"]:
        faults["offer"] = "the offer id is missing"
    if not _PRICE.fullmatch(values["unit_price"]):
        faults["unit_price"] = f"{values['unit_price']!r} is no price; write digits and a point, such as 12.30"
    if values["currency"].upper() not in CURRENCIES:
        faults["currency"] = f"{values['currency']!r} is no currency code of ISO 4217, such as EUR"
    if values["billing_cycle"].casefold() not in BILLING_CYCLES:
        faults["billing_cycle"] = f"{values['billing_cycle']!r} is none of {', '.join(BILLING_CYCLES)}"
    term = values.get("term", "").upper()
    if term and not _TERM.fullmatch(term):
        faults["term"] = f"{values['term']!r} is no term; write P1M, P1Y or P3Y, or leave it empty"
    return [f"{name} line {number}, column {column!r}: {words}." for column, words in faults.items()]
