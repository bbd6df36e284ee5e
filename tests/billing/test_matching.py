"""Invoice lines against expected credits: each subscription in one row, net of all its lines (M17, M18, M34)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.billing.invoices.lines import InvoicedLine
from consolidation.billing.invoices.matching import Expectation, MatchedRow, match
from consolidation.billing.invoices.schedule import expected_after, expected_days, final_invoice, holds
from consolidation.billing.money import Amount, Range
from consolidation.errors import EngagementError

ENDED = date(2018, 3, 1)
SEEN = {"office": True, "onetime": True}


def expectation(low: str = "-1.72", high: str = "-1.71", **changes: object) -> Expectation:
    """Return Microsoft's own example: one seat, suspended on 1 March, 12 days unused."""
    credit = Amount((Range(Decimal(low), Decimal(high), "USD"),))
    values = {"subscription": "s", "product": "E1", "seats": 1, "provider": "office", "ended_on": ENDED}
    return Expectation(**{**values, "credit": credit, **changes})  # type: ignore[arg-type]


def line(amount: str, charge_type: str = "Cancel fee", **changes: object) -> InvoicedLine:
    """Return a line of the example."""
    values = {
        "place": "D1", "provider": "office", "customer": "c", "subscription": "s", "licence": "l", "product": "E1",
        "charge_type": charge_type, "first": ENDED, "last": date(2018, 3, 12), "seats": Decimal(1),
        "amount": Decimal(amount), "currency": "USD",
    }  # fmt: skip
    return InvoicedLine(**{**values, **changes})  # type: ignore[arg-type]


def judged(*lines: InvoicedLine, expected: Expectation | None = None) -> MatchedRow:
    """Match one expectation with these lines."""
    (row,) = match([expected or expectation()], lines, SEEN)  # type: ignore[arg-type]
    return row


def test_the_published_credit_matches() -> None:
    """M34: the -1.72 of Microsoft's monthly scenario lies in the expected range."""
    assert judged(line("4.00", "Cycle fee", first=date(2018, 2, 13)), line("-1.72")).state == "matched"


@pytest.mark.parametrize(("amount", "words"), [("-1.00", "0.71 USD too little"), ("-3.00", "1.28 USD too much")])
def test_a_credit_that_differs_says_by_how_much(amount: str, words: str) -> None:
    """M17: what is credited too little or too much is said in the currency of the tenant."""
    row = judged(line(amount))
    assert (row.state, row.words) == ("differs", f"{words} was credited.")


def test_no_line_is_missing_only_once_the_invoice_is_there() -> None:
    """M17: before the final invoice nothing is missing; afterwards it is."""
    (row,) = match([expectation()], [], {})
    assert row.state == "awaited"
    assert judged().state == "missing"


def test_what_a_change_of_seats_reverses_is_no_credit() -> None:
    """M17: lines are netted per subscription: the reversal of a change of seats is not taken for the final credit."""
    change = [
        line("-4.00", "Cycle instance prorate", first=date(2018, 2, 13)),
        line("1.00", "Cycle Instance Prorate", first=date(2018, 2, 13), last=date(2018, 2, 19)),
        line("6.00", "cycle instance prorate", first=date(2018, 2, 20)),
    ]
    prorated = [line("-6.00", "Cancel instance prorate"), line("4.28", "Cancel instance prorate")]
    assert judged(*change, *prorated).state == "matched"


def test_two_lines_of_one_product_are_one_credit() -> None:
    """M34: the telco part is a line of its own; both together are the credit."""
    assert judged(line("-1.20"), line("-0.52")).state == "matched"


def test_a_charge_after_the_end_is_unexpected() -> None:
    """M18: a suspended subscription makes no charge; one for days after its end is named whatever was credited."""
    row = judged(line("-1.72"), line("4.00", "Cycle fee", first=date(2018, 3, 13)))
    assert (row.state, row.charged_after) == ("unexpected", {"USD": Decimal("4.00")})


def test_another_currency_differs() -> None:
    """M17: a credit in another currency is no match, whatever its number."""
    assert judged(line("-1.72", currency="EUR")).state == "differs"


def test_without_a_price_the_received_credit_is_shown() -> None:
    """M34: an unknown price is never guessed; what was credited is shown all the same."""
    row = judged(line("-1.72"), expected=expectation(credit=Amount(unknown_seat_days=12)))
    assert (row.state, row.received) == ("price unknown", {"USD": Decimal("-1.72")})


def test_a_line_of_a_file_that_stands_twice_is_refused() -> None:
    """M17: the same line twice in a file would count twice; both places are named."""
    lines = [line("-1.72", place="a.csv line 7"), line("-1.72", place="a.csv line 9")]
    with pytest.raises(EngagementError, match=r"a\.csv line 9 says the same as a\.csv line 7"):
        judged(*lines)


@given(seats=st.integers(1, 500), days=st.integers(1, 29), price=st.decimals("0.5", "90", places=2))
def test_the_rounded_unit_price_of_a_line_matches(seats: int, days: int, price: Decimal) -> None:
    """M34: a line is its unit price, rounded to cents, times the seats: what that rounding leaves is no difference."""
    unit = (price * days / 30).quantize(Decimal("0.01"))
    exact = (price * days * seats / 30).quantize(Decimal("0.01"))
    expected = expectation(seats=seats, credit=Amount((Range(-exact, -exact, "USD"),)))
    (row,) = match([expected], [line(str(-unit * seats))], SEEN)  # type: ignore[arg-type]
    assert row.state in {"matched", "missing", "nothing expected"}
    assert row.state == "matched" or unit == 0


@given(rows=st.lists(st.sampled_from("abcdef"), unique=True), lines=st.lists(st.sampled_from("abcxyz")))
def test_rows_in_are_rows_out(rows: list[str], lines: list[str]) -> None:
    """S8: every subscription that was ended stands in the table once, whatever the lines are."""
    found = match(
        [expectation(subscription=one) for one in rows], [line("-1.72", subscription=one) for one in lines], {}
    )
    assert [row.subscription for row in found] == rows


@given(ended=st.dates(date(2026, 1, 1), date(2028, 12, 31)), billing_day=st.integers(1, 28))
def test_the_final_legacy_invoice_comes_on_the_day_expected(ended: date, billing_day: int) -> None:
    """M17: the first invoice two days after a billing period that holds the suspension is expected on its very day."""
    days = [date(year, month, billing_day) for year in range(2025, 2031) for month in range(1, 13)]
    final = final_invoice("office", ended, days)
    assert final is not None
    past = [day for day in days if day <= ended]
    expected = expected_days("office", ended, past)
    assert expected.first == expected.last == final
    unknown = expected_days("office", ended, [])
    assert unknown.first <= final <= unknown.last
    assert expected_after("office", final).first == min(day for day in days if day > final)


@given(ended=st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_new_commerce_is_invoiced_in_the_month_after(ended: date) -> None:
    """M17: the invoice of a calendar month comes between the 6th and the 8th of the next one."""
    expected = expected_days("onetime", ended, [])
    assert (expected.first.day, expected.last.day) == (6, 8)
    assert holds("onetime", expected.first, ended)
    assert not holds("onetime", expected.first - timedelta(days=31), ended)
