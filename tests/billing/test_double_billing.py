"""Double billing: charge days that a source and the target have in common after every credit."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.billing.double_billing import BilledLine, DoubleBilling, double_billing

CUSTOMER, LICENCE = "3f6b7c1e", "796b6b5f"


def line(tenant: str, first: str, last: str, amount: str, **changes: str) -> BilledLine:
    """Return a line of one customer and licence in euro."""
    named = {"customer": CUSTOMER, "licence": LICENCE, "currency": "EUR", **changes}
    return BilledLine(
        tenant, first=date.fromisoformat(first), last=date.fromisoformat(last), amount=Decimal(amount), **named
    )


CHARGED = line("from", "2018-02-13", "2018-03-12", "4.00")
CREDIT = line("from", "2018-03-01", "2018-03-12", "-1.72")
BOUGHT = line("to", "2018-03-01", "2018-03-31", "4.00")


def test_days_that_both_tenants_charge_are_found() -> None:
    """M17: the twelve days of March that the source goes on billing, with what each tenant took for them."""
    (found,) = double_billing([CHARGED], [BOUGHT])
    assert found == DoubleBilling(
        CUSTOMER, LICENCE, "from", "to", date(2018, 3, 1), date(2018, 3, 12),
        Decimal("1.71"), "EUR", Decimal("1.55"), "EUR",
    )  # fmt: skip
    assert found.days == 12


@pytest.mark.parametrize("credit", ["-1.72", "-1.71", "-1.68"])
def test_a_credited_day_is_not_billed_twice(credit: str) -> None:
    """M17: the credit of the final invoice takes its days away, in every rounding that Microsoft's pages show."""
    assert double_billing([CHARGED, line("from", "2018-03-01", "2018-03-12", credit)], [BOUGHT]) == ()
    annual = line("from", "2018-01-13", "2019-01-12", "48.00")
    assert double_billing([annual, line("from", "2018-03-01", "2019-01-12", "-41.34")], [BOUGHT]) == ()


def test_one_day_late_is_one_day() -> None:
    """M12: suspended on 2 March instead of 1 March, the one day of overlap is found and no other."""
    (found,) = double_billing([CHARGED, line("from", "2018-03-02", "2018-03-12", "-1.57")], [BOUGHT])
    assert (found.first, found.last, found.source_amount) == (date(2018, 3, 1), date(2018, 3, 1), Decimal("0.14"))


def test_a_credit_of_some_seats_leaves_the_others() -> None:
    """M17: a credit for 95 of 100 seats leaves five of them billed twice."""
    charged = line("from", "2018-02-13", "2018-03-12", "400.00")
    (found,) = double_billing([charged, line("from", "2018-03-01", "2018-03-12", "-162.86")], [BOUGHT])
    assert found.source_amount == Decimal("8.57")


def test_a_change_of_seats_is_seen_net() -> None:
    """M34: the reversal of the whole period and its new pieces are one charge."""
    pieces = [
        line("from", "2018-02-13", "2018-03-12", "-4.00"),
        line("from", "2018-02-13", "2018-02-28", "2.29"),
        line("from", "2018-03-01", "2018-03-12", "3.43"),
    ]
    (found,) = double_billing([CHARGED, *pieces], [BOUGHT])
    assert (found.first, found.days, found.source_amount) == (date(2018, 3, 1), 12, Decimal("3.43"))


@pytest.mark.parametrize("change", [{"customer": "other"}, {"licence": "other"}])
def test_another_customer_or_licence_is_no_double_billing(change: dict[str, str]) -> None:
    """M17: only the same licence of the same customer counts; letter case does not tell ids apart."""
    assert double_billing([CHARGED], [line("to", "2018-03-01", "2018-03-31", "4.00", **change)]) == ()
    capitals = {"customer": CUSTOMER.upper(), "licence": LICENCE.upper(), "currency": "GBP"}
    (found,) = double_billing([CHARGED], [line("to", "2018-03-01", "2018-03-31", "4.00", **capitals)])
    assert (found.source_currency, found.target_currency) == ("EUR", "GBP")


def test_each_source_is_compared_by_itself() -> None:
    """M4: two sources that bill the same customer are two findings; days that follow one another are one."""
    other = line("other", "2018-03-01", "2018-03-05", "1.00")
    halves = [line("to", "2018-03-01", "2018-03-03", "1.00"), line("to", "2018-03-04", "2018-03-31", "2.00")]
    assert [(one.source, one.days) for one in double_billing([CHARGED, other], halves)] == [("from", 12), ("other", 5)]


def test_a_line_without_days_is_refused() -> None:
    """S7: a line that ends before it begins is a mistake of whoever read it."""
    with pytest.raises(ValueError, match="has no days"):
        line("from", "2018-03-02", "2018-03-01", "1.00")


START = date(2026, 1, 1)
lines = st.lists(
    st.builds(
        lambda tenant, first, days, amount: BilledLine(
            tenant,
            CUSTOMER,
            LICENCE,
            START + timedelta(days=first),
            START + timedelta(days=first + days),
            amount,
            "EUR",
        ),
        st.sampled_from(["one", "other"]),
        st.integers(0, 40),
        st.integers(0, 30),
        st.decimals("-30", "30", places=2),
    ),
    max_size=8,
)


def charged_days(found: list[BilledLine], tenant: str) -> dict[date, Fraction]:
    """Return what each day costs after credits, counted day by day."""
    net, gross = defaultdict(Fraction), defaultdict(Fraction)
    for one in (one for one in found if one.tenant == tenant):
        length = (one.last - one.first).days + 1
        for number in range(length):
            day = one.first + timedelta(days=number)
            net[day] += Fraction(one.amount) / length
            gross[day] += max(Fraction(one.amount), Fraction(0)) / length
    return {day: amount for day, amount in net.items() if amount > gross[day] / 50}


@given(lines, lines)
def test_it_finds_exactly_the_common_days(source: list[BilledLine], target: list[BilledLine]) -> None:
    """M17: counted day by day, the same days and the same amounts are found, each in one finding."""
    found = double_billing(source, target)
    for there in ("one", "other"):
        for here in ("one", "other"):
            from_days, to_days = charged_days(source, there), charged_days(target, here)
            expected = sorted(from_days.keys() & to_days.keys())
            pair = [one for one in found if (one.source, one.target) == (there, here)]
            days = [one.first + timedelta(days=number) for one in pair for number in range(one.days)]
            assert days == expected
            for one in pair:
                inside = [day for day in expected if one.first <= day <= one.last]
                assert abs(Fraction(one.source_amount) - sum(from_days[day] for day in inside)) <= Fraction(1, 200)
                assert abs(Fraction(one.target_amount) - sum(to_days[day] for day in inside)) <= Fraction(1, 200)


@given(lines)
def test_full_credits_leave_nothing(source: list[BilledLine]) -> None:
    """M17: what is credited line by line is never billed twice, and neither is anything without a target."""
    credited = [BilledLine(*(*list(vars(one).values())[:5], -one.amount, "EUR")) for one in source]
    assert double_billing([*source, *credited], source) == ()
    assert double_billing(source, []) == ()
