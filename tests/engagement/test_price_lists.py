"""The prices of an engagement as CSV: read exactly, or refused with line and column (exit code 2)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from offline import OFFER, run_command, write_engagement

from consolidation.engagement import load_engagement
from consolidation.errors import EngagementError
from consolidation.price_lists import COLUMNS, read_price_list

HEADER = "offer,unit_price,currency,billing_cycle,term\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a list and return its path."""
    path = folder / "prices.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_price_is_read_as_it_is_written(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """M12: any separator, capitals and empty lines are no fault; the amount stays exact to its last decimal."""
    text = f"Offer,UNIT_PRICE, currency ,billing_cycle\r\n{OFFER},12.3456,eur,Monthly\r\n,,,\r\nother,0,GBP,annual\r\n"
    first, second = read_price_list(write(tmp_path, text.replace(",", delimiter), encoding)).prices
    assert (first.offer, first.unit_price, first.currency, first.billing_cycle) == (
        OFFER, Decimal("12.3456"), "EUR", "monthly",
    )  # fmt: skip
    assert (second.unit_price, second.currency, second.term, second.line) == (Decimal(0), "GBP", "", 4)


BAD = {
    "an unknown column": ("offer,unit_prize,currency,billing_cycle\n", "unknown column 'unit_prize'; did you mean"),
    "a missing column": ("offer,unit_price,currency\nx,1,EUR\n", "has no column 'billing_cycle'"),
    "a column twice": (f"term,{HEADER}", "has the column 'term' twice"),
    "no offer": (f"{HEADER},1,EUR,monthly,\n", "line 2, column 'offer': the offer id is missing"),
    "no price": (f"{HEADER}x,,EUR,monthly,\n", "line 2, column 'unit_price': '' is no price"),
    "a price below zero": (f"{HEADER}x,-1,EUR,monthly,\n", "line 2, column 'unit_price': '-1' is no price"),
    "a price that is no number": (f"{HEADER}x,NaN,EUR,monthly,\n", "line 2, column 'unit_price': 'NaN' is no price"),
    "a price without end": (f"{HEADER}x,Infinity,EUR,monthly,\n", "'Infinity' is no price"),
    "a price with an exponent": (f"{HEADER}x,1e3,EUR,monthly,\n", "'1e3' is no price"),
    "a price with an underscore": (f"{HEADER}x,1_000,EUR,monthly,\n", "'1_000' is no price"),
    "a price in other digits": (f"{HEADER}x,١٢,EUR,monthly,\n", "is no price"),
    "a European price": (f'{HEADER}x,"12,30",EUR,monthly,\n', "'12,30' is no price; write digits and a point"),
    "a price with thousands": (f'{HEADER}x,"1,234.50",EUR,monthly,\n', "'1,234.50' is no price"),
    "a currency that is none": (f"{HEADER}x,1,EUT,monthly,\n", "line 2, column 'currency': 'EUT' is no currency code"),
    "a sign for a currency": (f"{HEADER}x,1,€,monthly,\n", "'€' is no currency code of ISO 4217"),
    "a cycle that is none": (f"{HEADER}x,1,EUR,weekly,\n", "column 'billing_cycle': 'weekly' is none of monthly"),
    "a term that is none": (f"{HEADER}x,1,EUR,monthly,year\n", "column 'term': 'year' is no term; write P1M"),
    "a price twice": (f"{HEADER}x,1,EUR,monthly,\n\nX,2,EUR,Monthly,\n", "line 4, column 'offer': X has a monthly"),
    "a comma without quotes": (f"{HEADER}x,1,EUR,monthly,,2\n", "line 2 has more cells than the header"),
    "a line that ends early": (f"{HEADER}x,1,EUR\n", "line 2, column 'billing_cycle': '' is none of"),
    "a header alone": (HEADER, "prices.csv lists no prices"),
    "nothing": ("", "has no column 'offer'"),
    "a null byte": (f"{HEADER}x,\0,EUR,monthly,\n", "prices.csv line 2"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_what_could_be_misread_is_refused_with_its_place(tmp_path: Path, fault: str) -> None:
    """M12: never a silent guess: each fault is one sentence with file, line and column."""
    text, words = BAD[fault]
    with pytest.raises(EngagementError) as refused:
        read_price_list(write(tmp_path, text))
    assert any(words in problem and "prices.csv" in problem for problem in refused.value.problems)


def test_every_fault_of_a_list_is_said_at_once(tmp_path: Path) -> None:
    """Who made four mistakes reads four sentences."""
    with pytest.raises(EngagementError) as refused:
        read_price_list(write(tmp_path, f"{HEADER}x,-1,EUT,monthly,\ny,1,EUR,monthly,\ny,1,EUR,never,Q\n"))
    assert len(refused.value.problems) == 4


def test_a_bad_list_ends_the_engagement_with_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """M12: a price list that cannot be used is known before anything is called; nothing is written."""
    write(tmp_path, f"{HEADER}x,12.30,EUR,monthly,\nx,13.30,EUR,monthly,\n")
    path = write_engagement(tmp_path, prices="prices.csv")
    for command in ("run", "status"):
        ended = run_command(capsys, monkeypatch, command, str(path))
        assert ended.code == 2
        assert "prices.csv line 3, column 'offer': x has a monthly price in EUR on line 2 already." in ended.err
    assert not (tmp_path / "journal.db").exists()


def test_a_good_list_belongs_to_the_engagement(tmp_path: Path) -> None:
    """M12: the list is found beside the engagement file; without one there are no prices."""
    write(tmp_path, f"{HEADER}x,12.30,EUR,monthly,\n")
    listed = load_engagement(write_engagement(tmp_path, prices="prices.csv")).price_list
    assert listed is not None
    assert len(listed.prices) == 1
    assert load_engagement(write_engagement(tmp_path)).price_list is None
    assert COLUMNS == ("offer", "unit_price", "currency", "billing_cycle", "term")


LIST = f"""{HEADER}
e3,10,EUR,monthly,
e3,9,EUR,monthly,P3Y
e3,120,EUR,annual,
e5,30,EUR,monthly,
e5,26,GBP,monthly,
"""


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("E3", "Monthly", ""), "10"),
        (("e3", "monthly", "P1Y"), "10"),
        (("e3", "monthly", "p3y"), "9"),
        (("e3", "annual", "P1Y"), "120"),
        (("e3", "triennial", ""), None),
        (("e3", "none", ""), None),
        (("e1", "monthly", ""), None),
        (("e5", "monthly", ""), None),
        (("e5", "monthly", "", "GBP"), "26"),
        (("e3", "monthly", "", "GBP"), None),
    ],
)
def test_a_price_is_found_for_exactly_what_it_is_of(tmp_path: Path, wanted: tuple[str, ...], found: str | None) -> None:
    """M12: offer, billing cycle, term and currency decide; with two currencies and none known, nothing is found."""
    price = read_price_list(write(tmp_path, LIST)).find(*wanted)
    assert (price.unit_price if price else None) == (Decimal(found) if found else None)
