"""What another product, or the same one bought anew, costs against the source: per seat and month, and in all.

It stands beside the plan before anybody approves it. An unknown price makes an unknown difference, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from consolidation.billing.money import Amount, Range, to_minor_units
from consolidation.billing.periods import MONTHS
from consolidation.billing.prices import Prices, UnitPrice
from consolidation.display import Box
from consolidation.plan import Plan, PlanRow, money_text
from consolidation.product_names import is_new_commerce_item
from consolidation.tables import Column, Table, counted


@dataclass(frozen=True)
class PriceDifference:
    """One row that is bought of new commerce, against what it costs in the source.

    Attributes:
        row: Of the plan.
        source: Price of one seat for one month in the source, exact, with its currency; None when it is unknown.
        target: The same in the target, None when it is unknown.
    """

    row: PlanRow
    source: tuple[Decimal, str] | None
    target: tuple[Decimal, str] | None

    @property
    def per_seat(self) -> Range | None:
        """What a seat costs more in a month, negative when less; None when a price is unknown or in another currency.

        Rounded to the decimals of the currency.
        """
        return self._difference(1)

    @property
    def in_all(self) -> Range | None:
        """The same for all seats of the row."""
        return self._difference(self.row.target_seats)

    def _difference(self, seats: int) -> Range | None:
        if self.source is None or self.target is None or self.source[1] != self.target[1]:
            return None
        amount = to_minor_units((self.target[0] - self.source[0]) * seats, self.target[1])
        return Range(amount, amount, self.target[1])


def price_differences(plan: Plan, prices: Prices) -> tuple[PriceDifference, ...]:
    """Return the difference for each row that the plan buys of new commerce; the ceiling is the price in the target.

    Args:
        plan: Its ceilings are of the target tenant.
        prices: What is known of prices in the source tenant.
    """
    return tuple(
        PriceDifference(
            row,
            _monthly(_in_source(row, prices), row.billing_cycle),
            _monthly(UnitPrice.of_order(row.price_ceiling), row.billing_cycle_to_buy),
        )
        for row in plan.rows
        if row.target_action == "order" and is_new_commerce_item(row.target_offer)
    )


def _in_source(row: PlanRow, prices: Prices) -> UnitPrice | None:
    """Return what a seat costs in the source.

    Of new commerce the list has the price of today, for whoever buys: what the source pays was agreed when it bought.
    """
    if not is_new_commerce_item(row.offer):
        return prices.of(row)
    return replace(prices, price_list=None).of(row) or prices.of(row)


def _monthly(price: UnitPrice | None, billing_cycle: str) -> tuple[Decimal, str] | None:
    months = MONTHS.get(billing_cycle.casefold())
    return (price.amount / months, price.currency) if price is not None and months else None


def price_difference_box(plan: Plan, prices: Prices) -> Box | None:
    """Show what the plan costs more, or less, than the source; None when nothing is bought of new commerce.

    Args:
        plan: The cut-over.
        prices: What is known of prices in the source tenant.
    """
    differences = price_differences(plan, prices)
    if not differences:
        return None
    known = [one.in_all for one in differences if one.in_all is not None]
    total = Amount.total(Amount((one,)) for one in known)
    unknown = len(differences) - len(known)
    words = [*(_signed(one) for one in total.ranges), *([f"unknown for {counted(unknown, 'row')}"] if unknown else [])]
    return Box(
        "note",
        f"Price difference to the source, each month: {', and '.join(words)}.",
        (
            "More is positive, less is negative; before tax, each tenant's price in its own currency, none converted.",
            "The price in the target is that of the engagement's price list; the cart is held against it before "
            "anything is bought (S14). Promotions are not counted.",
        ),
        table=_table(plan, differences),
    )


def _table(plan: Plan, differences: Iterable[PriceDifference]) -> Table:
    return Table(
        columns=(
            Column("product", "Product"),
            Column("bought", "Bought in the target"),
            Column("seats", "Seats", "number"),
            Column("source", "Source, a month"),
            Column("target", "Target, a month"),
            Column("per_seat", "Difference of a seat"),
            Column("in_all", "Of all seats"),
        ),
        rows=tuple(_shown(one) for one in differences),
        caption=f"{plan.case.company}: what a seat costs in a month, and what all seats come to",
    )


def _shown(one: PriceDifference) -> dict[str, object]:
    row = one.row
    return {
        "product": row.product,
        "bought": f"{row.target_offer}, {row.term_to_buy} {row.billing_cycle_to_buy}",
        "seats": row.target_seats,
        "source": _price(one.source),
        "target": _price(one.target),
        "per_seat": _signed(one.per_seat),
        "in_all": _signed(one.in_all),
    }


def _price(price: tuple[Decimal, str] | None) -> str:
    return money_text(to_minor_units(*price), price[1]) if price else "unknown"


def _signed(difference: Range | None) -> str:
    if difference is None:
        return "unknown"
    return f"+{difference}" if difference.low > 0 else str(difference)
