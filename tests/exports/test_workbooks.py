"""Rules of Excel workbooks, read back with another library than the one that writes them."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from consolidation.exports import legal_sheet_names, workbook_bytes, write_workbook
from consolidation.tables import Column, Table, single_line

CREATED = datetime(2026, 11, 22, 9, 1, tzinfo=UTC)
COLUMNS = (
    Column("name", "Product"),
    Column("seats", "Seats", "number"),
    Column("price", "Price (EUR)", "money"),
    Column("start", "Started", "date"),
    Column("read", "Read", "datetime"),
)
ROWS = (
    {
        "name": "Office 365 E3",
        "seats": 25,
        "price": Decimal("500.25"),
        "start": date(2024, 2, 1),
        "read": datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=2))),
    },
    {"name": "=HYPERLINK(1)", "seats": 5, "price": Decimal("19.50"), "addon": True},
)
TABLE = Table(COLUMNS, ROWS, caption="A & B", indent="addon", total=("seats", "price"))


def workbook(*sheets: tuple[str, Table], title: str = "Title") -> bytes:
    """A workbook with these sheets."""
    return workbook_bytes(sheets, title=title, subject="Subject", created=CREATED)


def rows(content: bytes, sheet: int = 0) -> list[list[object]]:
    """The cells of one sheet as another library reads them."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet).to_python()


def part(content: bytes, name: str) -> str:
    """One of the XML files that a workbook consists of."""
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


def test_numbers_and_dates_are_real_ones():
    """Excel can add and sort what is exported: seats, amounts, dates, and moments in UTC (M19)."""
    read = rows(workbook(("Subscriptions", TABLE)))
    assert read[0] == ["Product", "Seats", "Price (EUR)", "Started", "Read (UTC)"]
    assert read[1] == ["Office 365 E3", 25.0, 500.25, date(2024, 2, 1), datetime(2026, 11, 21, 23, 30)]  # noqa: DTZ001 - Excel knows no zones
    assert read[2] == ["=HYPERLINK(1)", 5.0, 19.5, "", ""]
    assert read[3] == ["Total", 30.0, 519.75, "", ""]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(blacklist_categories=()), min_size=1, max_size=20), min_size=1, max_size=6))
def test_hostile_names_are_text_and_every_row_arrives(names):
    """No name becomes a formula or a link, breaks the file, or takes its row with it (S8, S11)."""
    content = workbook(("Names", Table((COLUMNS[0],), tuple({"name": name} for name in names))))
    sheet = part(content, "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet
    assert len(re.findall("<row ", sheet)) == len(names) + 1
    read = [row[0] for row in rows(content)[1:]]
    for number, name in enumerate(map(single_line, names)):
        assert not name.isalnum() or read[number] == name


@pytest.mark.parametrize("text", ["=1+1", "{=1}", "https://example.com", "0123", "+1", "@x", " lead"])
def test_text_that_looks_like_something_else_stays_text(text):
    """Formulas, links and numbers with leading zeros arrive as the text they are (S11)."""
    assert rows(workbook(("s", Table((COLUMNS[0],), ({"name": text},)))))[1] == [text]


def test_the_same_rows_give_the_same_bytes():
    """Exporting again changes nothing, so that the archive holds one file and not many."""
    assert workbook(("s", TABLE)) == workbook(("s", TABLE))


def test_the_sheet_is_ready_to_filter_and_print():
    """Frozen and repeated heading, filter over all rows, landscape, one page wide, pages numbered, add-ons indented."""
    content = workbook(("Subscriptions", TABLE), title="Contoso & Sons")
    sheet = part(content, "xl/worksheets/sheet1.xml")
    assert 'ySplit="1"' in sheet
    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:E3"/>' in sheet
    assert 'orientation="landscape"' in sheet
    assert 'fitToHeight="0"' in sheet
    assert "&amp;LContoso &amp;&amp; Sons&amp;RPage &amp;P of &amp;N" in sheet
    assert "&amp;LA &amp;&amp; B&amp;R2 rows" in sheet
    assert "$1:$1" in part(content, "xl/workbook.xml")
    assert 'indent="1"' in part(content, "xl/styles.xml")


def test_an_unknown_amount_shows_in_the_total():
    """A sum that is not the whole truth is no bare number."""
    table = Table((COLUMNS[0], COLUMNS[2]), ({"name": "a", "price": 1}, {"name": "b", "price": "unknown"}))
    read = rows(workbook(("s", Table(table.columns, table.rows, total=("price",)))))
    assert read[-1] == ["Total", "1.00 (+ 1 unknown)"]


def test_what_excel_cannot_hold_is_said_and_not_lost():
    """Numbers beyond Excel's precision, impossible dates and endless texts arrive as text that says so (S7)."""
    row = {"name": "x" * 40000, "seats": 12345678901234567890, "price": float("inf"), "start": date(1, 1, 1)}
    name, seats, price, start, _ = rows(workbook(("s", Table(COLUMNS, (row,)))))[1]
    assert name.endswith("(cut here: 40000 characters, Excel holds 32767)")
    assert (seats, price, start) == ("12345678901234567890", "inf", "0001-01-01")


def test_no_rows_is_a_sentence():
    """A sheet without rows says so, instead of looking broken."""
    assert rows(workbook(("s", Table(COLUMNS, empty="Nothing here."))))[1][0] == "Nothing here."


def test_too_many_rows_and_no_sheets_are_refused():
    """Rows beyond Excel's last line would vanish without a word: the export refuses and names the way out (S8)."""
    with pytest.raises(ValueError, match="Export it as CSV"):
        workbook(("s", Table((COLUMNS[0],), ({},) * 1_048_576)))
    with pytest.raises(ValueError, match="at least one sheet"):
        workbook()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=45) | st.sampled_from(["History", "a" * 40, "A" * 40, "x/y", "'q'"]), min_size=1))
def test_sheet_names_are_legal_and_unique(names):
    """Whatever the customers are called, there is a sheet for each and Excel opens the file (S8, S11)."""
    legal = legal_sheet_names(names)
    assert len({name.casefold() for name in legal}) == len(names)
    for name in legal:
        assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = workbook(*((name, Table((COLUMNS[0],))) for name in names))
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names) == len(names)


def test_a_long_title_full_of_ampersands_still_prints():
    """The footer never exceeds what Excel takes: a longer one would be left out in silence."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = workbook(("s", TABLE), title="&" * 300)
    assert "<oddFooter>" in part(content, "xl/worksheets/sheet1.xml")


def test_a_workbook_file_holds_the_same_bytes(tmp_path):
    """The file on disk is the workbook that was built, and nothing else is left beside it."""
    path = write_workbook(tmp_path / "a.xlsx", [("s", TABLE)], title="Title", subject="Subject", created=CREATED)
    assert path.read_bytes() == workbook(("s", TABLE))
    assert [file.name for file in tmp_path.iterdir()] == ["a.xlsx"]


def test_addons_stand_indented_under_their_base():
    """M19: an indent is kept by Excel and LibreOffice only where the side that it counts from is named."""
    styles = part(workbook(("Subscriptions", TABLE)), "xl/styles.xml")
    indented = re.findall(r"<alignment [^>]*indent=[^>]*>", styles)
    assert {int(each.group(1)) for line in indented if (each := re.search(r'indent="(\d)"', line))} == {1, 2}
    assert all('horizontal="left"' in line for line in indented)


def test_a_cell_to_fill_in_offers_what_is_allowed():
    """M27: a cell that a person fills in offers its row's own list; without one, or with one too long, it is free."""
    columns = (Column("name", "Product"), Column("new", "New route", options="allowed"))
    rows_ = ({"allowed": ("leave", "retire")}, {"allowed": ()}, {"allowed": tuple(f"route{n}" for n in range(99))})
    sheet = part(workbook(("Routes", Table(columns, rows_))), "xl/worksheets/sheet1.xml")
    assert re.findall(r'<dataValidation [^>]*sqref="(\w+)"', sheet) == ["B2"]
    assert '"leave,retire"' in sheet.replace("&quot;", '"')
