"""Ranges of amounts, and sums that are known in part."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.billing.money import Amount, Range
from consolidation.currencies import CURRENCIES, decimals

amounts = st.decimals(-10_000, 10_000, places=2)
ranges = st.builds(lambda one, other: Range(min(one, other), max(one, other), "EUR"), amounts, amounts)


def test_a_range_prints_both_bounds_or_the_one_amount() -> None:
    """M17: where the rule is unknown both bounds are read, where it is known one amount."""
    assert str(Range(Decimal("12.3"), Decimal("12.41"), "EUR")) == "12.30 to 12.41 EUR"
    assert str(Range(Decimal("12.3"), Decimal("12.30"), "EUR")) == "12.30 EUR"
    assert str(-Range(Decimal("-1.72"), Decimal("-1.71"), "USD")) == "1.71 to 1.72 USD"


@pytest.mark.parametrize(("currency", "shown"), [("EUR", "1234.57 EUR"), ("JPY", "1235 JPY"), ("KWD", "1234.567 KWD")])
def test_an_amount_has_the_decimals_of_its_currency(currency: str, shown: str) -> None:
    """M17: yen have no decimals and dinars three (ISO 4217)."""
    assert str(Range.spanning([Decimal("1234.567")], currency)) == shown


def test_a_currency_that_does_not_exist_is_refused() -> None:
    """S7: an amount in no currency of ISO 4217 is no amount."""
    with pytest.raises(ValueError, match="'EUT' is no currency code"):
        Range(Decimal(1), Decimal(2), "EUT")
    assert {len(code) for code in CURRENCIES} == {3}
    assert decimals("CHF") == 2


@pytest.mark.parametrize(("low", "high"), [("2", "1"), ("NaN", "1"), ("1", "Infinity")])
def test_bounds_that_are_none_are_refused(low: str, high: str) -> None:
    """S7: exchanged bounds and numbers that are none make no range."""
    with pytest.raises(ValueError, match="no range of amounts"):
        Range(Decimal(low), Decimal(high), "EUR")


def test_currencies_are_never_added_to_one_another() -> None:
    """M12: sources may be billed in different currencies; each keeps its own sum."""
    euro, pound = (Range(Decimal(2), Decimal(3), currency) for currency in ("EUR", "GBP"))
    with pytest.raises(ValueError, match="EUR and GBP have no sum"):
        _ = euro + pound
    with pytest.raises(ValueError, match="one currency"):
        Range.hull([euro, pound])
    total = Amount.total([Amount((pound,)), Amount((euro,)), Amount((euro,), 40)])
    assert str(total) == "4.00 to 6.00 EUR + 2.00 to 3.00 GBP, and unknown: 40 seat-days"


def test_an_unknown_price_is_counted_in_seat_days() -> None:
    """M12: without a price the sum says for how many seats and days, never zero."""
    assert str(Amount(unknown_seat_days=1)) == "unknown: 1 seat-day"
    assert not Amount(unknown_seat_days=1).is_nothing
    assert str(Amount()) == "nothing"
    assert Amount().is_nothing


@given(ranges, ranges)
def test_a_sum_holds_the_sum_of_what_its_parts_hold(one: Range, other: Range) -> None:
    """M17: whatever reading holds for each row, the total's range has it; taking the sign away loses nothing."""
    total = one + other
    assert one.low + other.high in total
    assert one.high + other.low in total
    turned = -one
    assert -turned == one
    assert Range.hull([one, other]).low == min(one.low, other.low)
