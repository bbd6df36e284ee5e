"""Credits of new commerce, in both readings where Microsoft's pages disagree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from billing_facts import charge_on
from hypothesis import given
from hypothesis import strategies as st

from consolidation.billing.new_commerce import transfer_credit, window_refund
from consolidation.billing.proration import charged

PURCHASED = datetime(2026, 6, 11, 9, tzinfo=UTC)
CHARGE = charge_on(PURCHASED.date(), "monthly", "4.00", anchor=PURCHASED.date())  # 30 days


@pytest.mark.parametrize(
    ("hours", "refund"),
    [
        (0, "-4.00 to -3.86 USD"),  # everything, or the unused days with the first one used
        (24, "-4.00 to -3.73 USD"),
        (25, "-3.87 to -3.73 USD"),  # 29 or 28 of 30 days; a published line has 3.87 for 29 days
        (168, "-3.07 to -2.93 USD"),
        (169, "0.00 USD"),
    ],
)
def test_the_refund_of_a_cancellation_has_both_readings(hours: int, refund: str) -> None:
    """M23, M34: everything for 24 hours and pro rata after, or pro rata from the start; nothing after 7 x 24 hours."""
    assert str(window_refund(CHARGE, PURCHASED, PURCHASED + timedelta(hours=hours))) == refund


def test_the_price_of_a_seat_is_rounded_before_the_seats() -> None:
    """M34: two seats for 29 of 30 days are printed as 7.74, not as 7.73; rounded down they are 7.72."""
    charge = charge_on(PURCHASED.date(), "monthly", "4.00", seats=2, anchor=PURCHASED.date())
    refund = window_refund(charge, PURCHASED, datetime(2026, 6, 12, 12, tzinfo=UTC))
    assert refund.low == Decimal("-7.74")
    assert transfer_credit(charge, date(2026, 6, 12)).low == Decimal("-7.74")


def test_a_cancellation_before_the_purchase_is_refused() -> None:
    """S7: moments in the wrong order are a mistake, not a refund."""
    with pytest.raises(ValueError, match="before the purchase"):
        window_refund(CHARGE, PURCHASED, PURCHASED - timedelta(seconds=1))


def test_the_transfer_day_belongs_to_either_partner() -> None:
    """M24, M34: the source pays up to the day before the transfer, or the day itself too; the range holds both."""
    charge = charge_on(date(2026, 3, 1), "annual", "365.00", seats=10, anchor=date(2026, 1, 1))
    assert str(transfer_credit(charge, date(2026, 12, 31))) == "-10.00 to 0.00 USD"
    assert str(transfer_credit(charge, date(2026, 1, 1))) == "-3650.00 to -3640.00 USD"
    with pytest.raises(ValueError, match="no day of the period"):
        transfer_credit(charge, date(2027, 1, 1))


@given(
    anchor=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    hours=st.integers(0, 24 * 9),
    cycle=st.sampled_from(["monthly", "annual", "triennial"]),
    price=st.decimals("0", "2000", places=2),
    seats=st.integers(0, 3_000),
)
def test_no_refund_exceeds_the_charge(anchor: date, hours: int, cycle: str, price: Decimal, seats: int) -> None:
    """M34: whatever the reading, nobody gets back more than was charged; a transfer like a cancellation."""
    charge = charge_on(anchor, cycle, str(price), seats=seats, anchor=anchor)
    at = datetime(anchor.year, anchor.month, anchor.day, 10, tzinfo=UTC)
    refund = window_refund(charge, at, at + timedelta(hours=hours))
    assert -charged(charge).high <= refund.low <= refund.high <= 0
    day = min(anchor + timedelta(hours=hours), charge.period.last)
    assert -charged(charge).high <= transfer_credit(charge, day).low <= transfer_credit(charge, day).high <= 0
