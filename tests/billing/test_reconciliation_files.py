"""Reconciliation files of the portal: read right in every region, or refused with line and column (M19)."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.billing.invoices.lines import InvoicedLine
from consolidation.billing.invoices.reconciliation_file import ReconciliationFile
from consolidation.billing.invoices.values import AmbiguousCell, Conventions
from consolidation.errors import EngagementError

CUSTOMER = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
SEATS = "5d0c1a2b-7e3f-4c68-9b0a-1f2e3d4c5b6a"
LEGACY = {
    "CustomerId": CUSTOMER.upper(),
    "SyndicationPartnerSubscriptionNumber": SEATS.upper(),
    "SubscriptionId": "billing-1",
    "DurableOfferId": "91FD106F",
    "OfferName": "Office 365 E1",
    "ChargeType": "Cancel fee",
    "ChargeStartDate": "2/13/2026",
    "ChargeEndDate": "3/12/2026 11:59:00 PM",
    "Quantity": "42",
    "Subtotal": "-138.18",
    "Currency": "EUR",
}
NEW_COMMERCE = {
    "CustomerId": CUSTOMER,
    "SubscriptionId": SEATS,
    "ProductId": "CFQ7TTC0LH18",
    "SkuId": "0001",
    "SkuName": "Microsoft 365 Business Basic",
    "ProductName": "Microsoft 365 Business Basic",
    "ChargeType": "cancelImmediate",
    "ChargeStartDate": "2026-02-13T00:00:00Z",
    "ChargeEndDate": "2026-03-12T00:00:00Z",
    "Quantity": "-8",
    "Subtotal": "-48",
    "Currency": "CHF",
}


def write(folder: Path, *rows: dict[str, str], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write a file with these rows."""
    path = folder / "Lines.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(rows[0])
        writer.writerows(row.values() for row in rows)
    return path


def read(path: Path) -> list[InvoicedLine]:
    """Read all lines of a file."""
    return list(ReconciliationFile(path).lines())


def test_a_legacy_file_of_the_united_states_is_read(tmp_path: Path) -> None:
    """M17: the key of legacy lines is SyndicationPartnerSubscriptionNumber; dates are month first, ends 23:59."""
    (line,) = read(write(tmp_path, LEGACY, encoding="utf-8-sig"))
    assert (line.provider, line.subscription, line.customer) == ("office", SEATS, CUSTOMER)
    assert (line.first, line.last) == (date(2026, 2, 13), date(2026, 3, 12))
    assert (line.amount, line.currency, line.seats) == (Decimal("-138.18"), "EUR", 42)
    assert line.place == "Lines.csv line 2"


def test_a_new_commerce_file_is_told_by_its_columns(tmp_path: Path) -> None:
    """M17: the key of new-commerce lines is SubscriptionId, in the currency of the tenant."""
    (line,) = read(write(tmp_path, NEW_COMMERCE))
    assert (line.provider, line.subscription, line.currency) == ("onetime", SEATS, "CHF")
    assert (line.licence, line.amount) == ("cfq7ttc0lh18:0001", Decimal(-48))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_european_file_in_german_is_read(tmp_path: Path, encoding: str) -> None:
    """M19: headings of another language, semicolons, decimal commas and days before months."""
    german = {
        "Kunden-ID": CUSTOMER,
        "Abonnementnummer des Syndizierungspartners": SEATS,
        "Gebührentyp": "Cancel fee",
        "Startdatum der Gebühr": "03.04.2026",
        "Enddatum der Gebühr": "02.05.2026 23:59",
        "Menge": "1.200",
        "Zwischensumme": "-1.234,56",
        "Währung": "eur",
    }
    (line,) = read(write(tmp_path, german, delimiter=";", encoding=encoding))
    assert (line.amount, line.seats, line.first) == (Decimal("-1234.56"), 1200, date(2026, 4, 3))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ChargeStartDate": "02/03/2026", "ChargeEndDate": "03/03/2026"}, "line 2 column 7"),
        ({"Subtotal": "1.234"}, "line 2 column 10"),
        ({"Subtotal": "12,3.4.5,6"}, "line 2 column 10"),
        ({"Subtotal": "twelve"}, "line 2 column 10"),
        ({"Subtotal": ""}, "line 2 column 10"),
        ({"Currency": "Euro"}, "line 2 column 11"),
        ({"SyndicationPartnerSubscriptionNumber": ""}, "line 2 column 2"),
        ({"ChargeStartDate": "2/30/2026"}, "line 2 column 7"),
        ({"ChargeEndDate": "1/1/2026"}, "line 2 column 8"),
    ],
)
def test_a_cell_that_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    """S7: what is ambiguous or senseless is refused with line and column, never guessed."""
    with pytest.raises(EngagementError, match=words):
        read(write(tmp_path, {**LEGACY, **change}))


def test_one_cell_settles_what_another_leaves_open(tmp_path: Path) -> None:
    """M19: 1.234 and 02/03 are read as the rest of the file writes numbers and dates, wherever that stands."""
    open_cells = {"Subtotal": "1.234", "ChargeStartDate": "02/03/2026", "ChargeEndDate": "05/04/2026"}
    settled = {"Subtotal": "0,5", "ChargeStartDate": "31/03/2026", "ChargeEndDate": "31/03/2026"}
    first, second = read(write(tmp_path, {**LEGACY, **open_cells}, {**LEGACY, **settled}, delimiter=";"))
    assert (first.amount, first.first, first.last) == (1234, date(2026, 3, 2), date(2026, 4, 5))
    assert second.amount == Decimal("0.5")
    with pytest.raises(EngagementError, match="line 3 column 10"):
        read(write(tmp_path, LEGACY, {**LEGACY, "Subtotal": "12,34"}))


@pytest.mark.parametrize("missing", ["ChargeType", "Subtotal", "Currency", "CustomerId", "ChargeEndDate"])
def test_a_missing_column_is_named(tmp_path: Path, missing: str) -> None:
    """M19: a file without a column that decides is refused, with the name of the column."""
    with pytest.raises(EngagementError, match=missing):
        read(write(tmp_path, {name: value for name, value in LEGACY.items() if name != missing}))


def test_a_second_column_of_a_kind_and_a_short_line_are_refused(tmp_path: Path) -> None:
    """M19: two columns of the same kind, and a line that ends early, have no reading."""
    with pytest.raises(EngagementError, match="second column"):
        read(write(tmp_path, {**LEGACY, "Sub total": "1"}))
    path = write(tmp_path, LEGACY)
    path.write_text(path.read_text() + f"{CUSTOMER},{SEATS}\n")
    with pytest.raises(EngagementError, match="line 3 column 3: the line ends"):
        read(path)


@given(
    amount=st.decimals(min_value=-(10**7), max_value=10**7, places=2),
    mark=st.sampled_from(".,"),
    grouped=st.booleans(),
    sign=st.sampled_from(("before", "after", "brackets")),
)
def test_every_way_to_write_a_number_is_read_back(amount: Decimal, mark: str, grouped: bool, sign: str) -> None:
    """M19: with two decimals a number is read as it was meant, whatever parts its thousands; zero has no sign."""
    digits = f"{abs(amount):,.2f}" if grouped else f"{abs(amount):.2f}"
    if mark == ",":
        digits = digits.replace(",", "\u202f").replace(".", ",")
    negative = amount.is_signed()
    text = {"before": f"-{digits}", "after": f"{digits}-", "brackets": f"({digits})"}[sign] if negative else digits
    value = Conventions().settled_by(number=text).number(text)
    assert value == amount
    assert not (value == 0 and value.is_signed())


@given(day=st.dates(date(2018, 1, 1), date(2030, 12, 31)), form=st.sampled_from(("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y")))
def test_a_date_is_read_back_or_refused(day: date, form: str) -> None:
    """M19: a date is the day that was meant, or it is refused; it is never another day."""
    text = day.strftime(form)
    try:
        assert Conventions().day(text) == day
    except AmbiguousCell:
        assert day.day <= 12
        assert "/" in text
