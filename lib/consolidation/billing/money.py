"""Amounts of which only the bounds are known, and sums of which a part is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from consolidation.currencies import decimals
from consolidation.tables import counted


def to_minor_units(amount: Decimal, currency: str) -> Decimal:
    """Return an amount rounded half up to the decimals that its currency has.

    Raises:
        ValueError: There is no such currency.
    """
    return amount.quantize(Decimal(1).scaleb(-decimals(currency)), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Range:
    """An amount between two bounds, both included; one amount where they are equal.

    Where Microsoft's pages leave a rule open, the bounds are the lowest and the highest amount that the readings of
    the rule give. Credits are negative, as on an invoice.

    Attributes:
        low: The lower bound, for a credit the larger credit.
        high: The upper bound.
        currency: ISO 4217.

    Raises:
        ValueError: A bound is no finite number, the bounds are exchanged, or the currency does not exist.
    """

    low: Decimal
    high: Decimal
    currency: str

    def __post_init__(self) -> None:
        decimals(self.currency)
        if not (self.low.is_finite() and self.high.is_finite() and self.low <= self.high):
            message = f"{self.low} to {self.high} is no range of amounts."
            raise ValueError(message)

    @classmethod
    def spanning(cls, amounts: Iterable[Decimal], currency: str) -> Range:
        """Return the narrowest range that holds every one of these amounts, rounded to the currency's decimals.

        Raises:
            ValueError: There is no amount, or no such currency.
        """
        rounded = [to_minor_units(amount, currency) for amount in amounts]
        return cls(min(rounded), max(rounded), currency)

    @classmethod
    def hull(cls, ranges: Iterable[Range]) -> Range:
        """Return the narrowest range that holds every one of these ranges.

        Raises:
            ValueError: There is no range, or they are in several currencies.
        """
        every = list(ranges)
        if len({one.currency for one in every}) != 1:
            message = "Only ranges of one currency have a common range."
            raise ValueError(message)
        return cls(min(one.low for one in every), max(one.high for one in every), every[0].currency)

    def __contains__(self, amount: Decimal) -> bool:
        return self.low <= amount <= self.high

    def __neg__(self) -> Range:
        return Range(0 - self.high, 0 - self.low, self.currency)  # 0 - x: there is no negative zero on a plan

    def __add__(self, other: Range) -> Range:
        if other.currency != self.currency:
            message = f"{self.currency} and {other.currency} have no sum."
            raise ValueError(message)
        return Range(self.low + other.low, self.high + other.high, self.currency)

    def __str__(self) -> str:
        places = decimals(self.currency)
        if self.low == self.high:
            return f"{self.low:.{places}f} {self.currency}"
        return f"{self.low:.{places}f} to {self.high:.{places}f} {self.currency}"


@dataclass(frozen=True)
class Amount:
    """A sum over rows: one range for each currency, and the seat-days whose price nobody knows.

    Attributes:
        ranges: One for each currency, in the order of their codes.
        unknown_seat_days: Seats times days of the rows without a price; they are in no range.
    """

    ranges: tuple[Range, ...] = ()
    unknown_seat_days: int = 0

    @classmethod
    def total(cls, amounts: Iterable[Amount]) -> Amount:
        """Return the sum; of nothing it is nothing."""
        sums: dict[str, Range] = {}
        unknown = 0
        for amount in amounts:
            unknown += amount.unknown_seat_days
            for one in amount.ranges:
                sums[one.currency] = sums[one.currency] + one if one.currency in sums else one
        return cls(tuple(sums[currency] for currency in sorted(sums)), unknown)

    def __add__(self, other: Amount) -> Amount:
        return Amount.total((self, other))

    def __neg__(self) -> Amount:
        return Amount(tuple(-one for one in self.ranges), self.unknown_seat_days)

    @property
    def is_known(self) -> bool:
        """Whether every row had a price."""
        return not self.unknown_seat_days

    @property
    def is_nothing(self) -> bool:
        """Whether it is known to be zero in every currency."""
        return self.is_known and all(one.low == one.high == 0 for one in self.ranges)

    def __str__(self) -> str:
        known = " + ".join(str(one) for one in self.ranges)
        if self.is_known:
            return known or "nothing"
        unknown = f"unknown: {counted(self.unknown_seat_days, 'seat-day')}"
        return f"{known}, and {unknown}" if known else unknown
