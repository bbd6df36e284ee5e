"""The price difference to the source: per seat and month and in all, and unknown where a price is (M26)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import make_engagement, make_plan, make_row

from consolidation.billing.price_difference import PriceDifference, price_difference_box, price_differences
from consolidation.billing.prices import Prices
from consolidation.plan import PlanRow
from consolidation.price_lists import ListedPrice, PriceList

ITEM = "CFQ7TTC0LF8R:0001"


def bought(source_price: str, ceiling: str, **fields: object) -> PlanRow:
    """Return a row that is bought as new commerce, with what a seat costs in the source and in the target."""
    given_fields = {"target_offer": ITEM, "target_term": "P1Y", "target_billing_cycle": "monthly", **fields}
    return make_row(source_price=source_price, price_ceiling=ceiling, **given_fields)


DIFFERENCES = {
    "dearer": (bought("20.60 EUR", "22.68 EUR"), "2.08 EUR", "20.80 EUR"),
    "cheaper": (bought("20.60 EUR", "20.00 EUR"), "-0.60 EUR", "-6.00 EUR"),
    "the same": (bought("20.60 EUR", "20.60 EUR"), "0.00 EUR", "0.00 EUR"),
    "paid by the year": (bought("10.00 EUR", "130.00 EUR", target_billing_cycle="annual"), "0.83 EUR", "8.33 EUR"),
    "a year in the source": (bought("120.00 EUR", "11.00 EUR", billing_cycle="annual"), "1.00 EUR", "10.00 EUR"),
    "three years": (bought("10.00 EUR", "396.00 EUR", target_billing_cycle="triennial"), "1.00 EUR", "10.00 EUR"),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENCES)
def test_both_prices_are_brought_to_a_month(tmp_path: Path, name: str) -> None:
    """M26: whatever the billing cycles are, a seat and a month is compared with a seat and a month."""
    row, per_seat, in_all = DIFFERENCES[name]
    (found,) = price_differences(make_plan(make_engagement(tmp_path), row), Prices())
    assert (str(found.per_seat), str(found.in_all)) == (per_seat, in_all)


UNKNOWN = {
    "no price in the source": bought("", "22.68 EUR"),
    "no price in the target": bought("20.60 EUR", ""),
    "two currencies": bought("20.60 EUR", "22.68 USD"),
    "a billing cycle that nobody knows": bought("20.60 EUR", "22.68 EUR", billing_cycle="none"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_is_not_guessed(tmp_path: Path, name: str) -> None:
    """M26: an unknown price, or prices in two currencies, make an unknown difference; the row is shown all the same."""
    plan = make_plan(make_engagement(tmp_path), UNKNOWN[name])
    (found,) = price_differences(plan, Prices())
    assert (found.per_seat, found.in_all) == (None, None)
    box = price_difference_box(plan, Prices())
    assert box is not None
    assert box.title == "Price difference to the source, each month: unknown for 1 row."
    assert box.table is not None
    assert box.table.rows[0]["per_seat"] == "unknown"


def test_the_total_says_what_is_missing_from_it(tmp_path: Path) -> None:
    """M26: known differences are added, one sum for each currency, and the rows without one are counted."""
    rows = [bought("20.60 EUR", "22.68 EUR"), bought("", "1.00 EUR"), make_row("legacy")]
    rows = [PlanRow(**{**row.__dict__, "subscription": str(number)}) for number, row in enumerate(rows)]
    box = price_difference_box(make_plan(make_engagement(tmp_path), *rows), Prices())
    assert box is not None
    assert box.title == "Price difference to the source, each month: +20.80 EUR, and unknown for 1 row."
    assert box.table is not None
    assert [row["in_all"] for row in box.table.rows] == ["+20.80 EUR", "unknown"]


def test_what_the_source_pays_for_new_commerce_is_its_own_price(tmp_path: Path) -> None:
    """M23: for the same product in both tenants, the list of today is not what the source agreed to pay."""
    listed = ListedPrice(ITEM, Decimal("22.68"), "EUR", "monthly", "", 2)
    row = bought("20.00 EUR", "22.68 EUR", offer=f"{ITEM}:CFQ7TTC0VN5S", target_term="")
    prices = Prices(PriceList((listed,)))
    (found,) = price_differences(make_plan(make_engagement(tmp_path), row), prices)
    assert str(found.per_seat) == "2.68 EUR"


def test_legacy_offers_have_no_difference(tmp_path: Path) -> None:
    """M26: what is bought as it is has its price at most beside it; nothing more is shown."""
    assert price_difference_box(make_plan(make_engagement(tmp_path)), Prices()) is None


_PRICES = st.decimals(0, 1000, places=2)


@given(source=_PRICES, target=_PRICES, seats=st.integers(1, 5000))
def test_a_seat_times_the_seats_is_all_of_them(source: Decimal, target: Decimal, seats: int) -> None:
    """M26: billed by the month on both sides, the whole is the seat's difference times the seats, to the cent."""
    row = bought("", "", target_seats=seats)
    found = PriceDifference(row, (source, "EUR"), (target, "EUR"))
    assert found.per_seat is not None
    assert found.in_all is not None
    assert found.in_all.low == found.per_seat.low * seats == (target - source) * seats
