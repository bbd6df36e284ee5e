"""Exports of the portal, in any of its languages and forms: read right, or refused with the place (M19)."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline import NOON, make_case_name, make_subscription, snapshot

from consolidation.errors import EngagementError
from consolidation.exports import csv_bytes, read_csv_cell, write_workbook
from consolidation.inventory import bases_before_addons, product_name
from consolidation.portal_files.headings import BY_NAME, HEADINGS, normalised
from consolidation.portal_files.reading import PortalFile, read_portal_file, read_seats
from consolidation.workbooks import subscriptions_table

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TENANT = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
OTHER = "4f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
HEADER = ["Subscription ID", "Subscription", "Quantity", "Status"]
SPOKEN = ("en", "fr", "de", "es", "it", "nl", "pt", "ja")


def in_language(language: str, field: str) -> str:
    """Return the first heading of a field in a language."""
    return next(each.text for each in HEADINGS if (each.language, each.field) == (language, field))


def write(
    folder: Path, *rows: list[object], name: str = "export.csv", delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    """Write rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path = folder / name
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_sheets(folder: Path, sheets: dict[str, list[list[object]]], *merged: tuple[int, int, int, int]) -> Path:
    """Write sheets as a workbook; the ranges of cells are merged in each."""
    path = folder / "export.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            for first_row, first_column, last_row, last_column in merged:
                sheet.merge_range(first_row, first_column, last_row, last_column, rows[first_row][first_column])
    return path


def refusal(path: Path) -> str:
    """Return the sentences with which a file is refused."""
    with pytest.raises(EngagementError) as refused:
        read_portal_file(path)
    return str(refused.value)


def test_no_heading_means_two_things() -> None:
    """A heading names one field in all languages, however it is spelled: else a column would be read as another."""
    meanings = defaultdict(set)
    for heading in HEADINGS:
        meanings[normalised(heading.text)].add(heading.field)
    assert {name: fields for name, fields in meanings.items() if len(fields) > 1} == {}


@pytest.mark.parametrize("language", SPOKEN)
@pytest.mark.parametrize(
    "fields",
    [
        ("customer", "company", "domain"),
        ("subscription", "product", "seats", "status"),
        ("at", "action", "user", "affected"),
    ],
)
def test_every_language_of_the_portal_is_known(tmp_path: Path, language: str, fields: tuple[str, ...]) -> None:
    """Each kind of export is recognised by its headings in each language; the French word for action is ours too."""
    known = [each.text for field in fields for each in HEADINGS if each.field == field and each.language == language][
        :1
    ]
    assert known
    header = [
        in_language(
            language if any(each.field == field and each.language == language for each in HEADINGS) else "en", field
        )
        for field in fields
    ]
    values = {"customer": TENANT, "subscription": "AAAA", "seats": "25"}
    found = read_portal_file(write(tmp_path, header, [values.get(field, "x") for field in fields]))
    assert found.fields == set(fields)
    assert len(found.rows) == 1


NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
ROWS = st.lists(
    st.tuples(NAMES, st.integers(0, 10**6), st.sampled_from(["Active", "Suspended", "Deleted", "Odd"])),
    min_size=1,
    max_size=6,
)


@FEW
@given(
    rows=ROWS,
    language=st.sampled_from(SPOKEN),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    order=st.permutations(["subscription", "product", "seats", "status"]),
    above=st.integers(0, 3),
)
def test_delimiter_encoding_order_and_titles_change_nothing(
    tmp_path: Path,
    rows: list[tuple[str, int, str]],
    language: str,
    delimiter: str,
    encoding: str,
    order: list[str],
    above: int,
) -> None:
    """S8: the same rows come out of any delimiter, encoding, order of columns and number of lines above the header."""
    lines = [
        {"subscription": f"S{number}", "product": product, "seats": seats, "status": status}
        for number, (product, seats, status) in enumerate(rows)
    ]
    header: list[object] = [in_language(language, field) for field in order]
    cells = [[line[field] for field in order] for line in lines]
    titles: list[list[object]] = [["Contoso"], [], ["As of today"]][:above]
    found = read_portal_file(write(tmp_path, *titles, header, *cells, delimiter=delimiter, encoding=encoding))
    expected = [(f"s{number}", seats) for number, (_, seats, _) in enumerate(rows)]
    assert [(row.subscription, row.seats) for row in found.rows] == expected
    assert [row.status for row in found.rows] == [
        status.lower() if status != "Odd" else status for _, _, status in rows
    ]
    # One apostrophe before a formula's sign is a protection and is taken away.
    assert [row.product for row in found.rows] == [read_csv_cell(product) for product, _, _ in rows]


WORDS = st.text(max_size=10) | st.sampled_from(["=HYPERLINK(1)", "'=1", "Total", "<b>&", "a\r\nb", ";,|\t"])


@st.composite
def subscriptions(draw: st.DrawFn) -> list[object]:
    """Subscriptions with any name and number of seats; add-ons among them."""
    count = draw(st.integers(1, 5))
    return [
        make_subscription(f"AAAA{number:04}", offerName=draw(WORDS), quantity=draw(st.integers(0, 10**6)),
                          status=draw(st.sampled_from(["active", "suspended", "deleted"])),
                          parentSubscriptionId=draw(st.sampled_from([None, "AAAA0000"])) if number else None)
        for number in range(count)
    ]  # fmt: skip


@FEW
@given(source=subscriptions(), as_csv=st.booleans())
def test_what_the_runbook_exports_it_reads_again(tmp_path: Path, source: list[object], as_csv: bool) -> None:
    """M19, S8: export and import give the same rows in the same order, from CSV and from Excel with its total."""
    table = subscriptions_table(make_case_name(), snapshot("source", *source), {})
    path = tmp_path / "subscriptions"
    if as_csv:
        path.write_bytes(csv_bytes(table))
    else:
        write_workbook(path, [("Subscriptions", table)], title="T", subject="S", created=NOON)
    found = read_portal_file(path)
    ordered = bases_before_addons(source)
    assert [(row.subscription, row.seats, row.status) for row in found.rows] == [
        (item.id.casefold(), item.quantity, item.status) for item in ordered
    ]
    if all(product_name(item).isalnum() for item in ordered):
        assert [row.product for row in found.rows] == [product_name(item) for item in ordered]


def test_a_row_that_was_deleted_from_our_workbook_is_seen(tmp_path: Path) -> None:
    """S8: the total under the rows is counted again; a row that somebody took out is not lost in silence."""
    path = write_sheets(
        tmp_path,
        {"S": [["Product", "Seats", "Status", "Subscription id"], ["E3", 5, "active", "A1"], ["Total", 25, "", ""]]},
    )
    assert "the total is 25, the rows have 5" in refusal(path)


SEATS = {
    "25": 25,
    " 25 ": 25,
    "1 250": 1250,
    "1\u00a0250": 1250,
    "２５": 25,
    25.0: 25,
    "": None,
    "-": None,
    "n/a": None,
}


@pytest.mark.parametrize("cell", SEATS)
def test_seats_as_text_are_read(cell: str | float) -> None:
    """Seats as text, with a space for thousands or in full-width digits, are the number; none is not zero."""
    assert read_seats(cell) == SEATS[cell]


@pytest.mark.parametrize("cell", ["1,250", "1.250", "-3", "2.5", 2.5, "many", True, "²", "9" * 20])
def test_seats_that_could_mean_two_things_are_refused(tmp_path: Path, cell: object) -> None:
    """A separator could mean thousands or decimals: nobody guesses a number of seats."""
    path = write_sheets(tmp_path, {"S": [HEADER, ["A1", "E3", 5, "active"], ["A2", "E3", cell, "active"]]})
    assert "export.xlsx, sheet 'S', row 3, column C" in refusal(path)


def test_an_encoding_of_a_region_is_read_and_said(tmp_path: Path) -> None:
    """A file in a western or Japanese code page is read by the one that knows its headings, and that is said."""
    header: list[object] = [in_language("fr", field) for field in ("subscription", "product", "seats", "status")]
    western = read_portal_file(
        write(tmp_path, header, ["A1", "Société", 3, "Supprimé"], encoding="cp1252", delimiter=";")
    )
    assert (western.rows[0].product, western.rows[0].status) == ("Société", "deleted")
    assert any("read as cp1252" in note for note in western.notes)
    header = [in_language("ja", field) for field in ("customer", "company", "domain")]
    japanese = read_portal_file(write(tmp_path, header, [TENANT, "株式会社", "a.example"], encoding="cp932"))
    assert japanese.rows[0].company == "株式会社"


def test_what_was_not_mapped_is_reported(tmp_path: Path) -> None:
    """Unknown headings, headings that no Microsoft page shows and unknown statuses are named; nothing breaks (S7)."""
    found = read_portal_file(
        write(tmp_path, [*HEADER, "Billing frequency", "Nobody knows"], ["A1", "E3", 1, "Odd", "monthly", "x"])
    )
    notes = " ".join(found.notes)
    assert "Nobody knows (column F)" in notes
    assert "headings that no Microsoft page shows: Billing frequency" in notes
    assert "unknown status, kept as written (S7): Odd" in notes


BAD: dict[str, tuple[list[list[object]], str]] = {
    "a header alone": ([HEADER], "has a header and no rows"),
    "another table": ([["a", "b"], ["1", "2"]], "row 1: this is no header of an export that is known: a, b"),
    "a column twice": ([[*HEADER, "Licenses"], ["A1", "E3", 1, "active", 1]],
                       "row 1, column E: 'Licenses' and 'Quantity' in column C"),
    "a subscription twice": ([HEADER, ["A1", "E3", 1, "active"], ["a1", "E3", 1, "active"]],
                             "row 3, column A: a1 stands in"),
    "no id": ([HEADER, ["", "E3", 1, "active"]], "row 2, column A: the id is missing"),
    "a rounded id": ([HEADER, ["1.23E+15", "E3", 1, "active"]], "row 2, column A: 1.23E+15 is a number, not an id"),
    "no tenant id": ([["Microsoft ID", "Company name"], ["contoso", "Contoso"]],
                     "row 2, column A: 'contoso' is no tenant id"),
    "two names of a customer": ([["Microsoft ID", "Company name"], [TENANT, "A"], [TENANT, "B"]], "row 3, column B"),
    "a comma without quotes": ([HEADER, ["A1", "E3", 1, "active", "rest"]], "row 2, column E: the row has more cells"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_bad_input_is_refused_with_its_place(tmp_path: Path, fault: str, form: str) -> None:
    """Each fault names file, sheet, row and column; nothing is read of a file that could be misread (S8)."""
    rows, words = BAD[fault]
    path = write(tmp_path, *rows) if form == "csv" else write_sheets(tmp_path, {"Sheet": rows})
    said = refusal(path)
    assert words in said
    assert path.name in said


def test_wrong_and_merged_sheets_are_refused(tmp_path: Path) -> None:
    """A workbook with another sheet, with two exports, or with a merged header says so instead of reading halves."""
    good: list[list[object]] = [HEADER, ["A1", "E3", 1, "active"]]
    assert "sheet 'Notes'" in refusal(write_sheets(tmp_path, {"Notes": [["x"]], "Empty": []}))
    assert "several sheets that can be read: 'One', 'Two'" in refusal(
        write_sheets(tmp_path, {"One": good, "Two": good})
    )
    wide: list[list[object]] = [
        ["Subscription ID", "Subscription", "Quantity", "Status", "More", ""],
        ["A1", "E3", 1, "active", "x", "y"],
    ]
    assert "row 1, column E: cells are merged" in refusal(write_sheets(tmp_path, {"Merged": wide}, (0, 4, 0, 5)))
    titled: list[list[object]] = [["All subscriptions", ""], *good]
    assert len(read_portal_file(write_sheets(tmp_path, {"Titled": titled, "Notes": [["x"]]}, (0, 0, 0, 1))).rows) == 1


@pytest.mark.parametrize(
    "content", [b"", b"  \r\n", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", b"\xff\xfe\x00", b"\x81\x00\x8f"]
)
def test_what_is_no_such_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    """Empty, broken, old, protected and binary files are refused with their name."""
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    assert "export.csv" in refusal(path)
    assert "missing.csv" in refusal(tmp_path / "missing.csv")


def test_a_customer_of_both_tiers_is_one(tmp_path: Path) -> None:
    """The portal lists a customer of both tiers twice: all rows are kept and it is said."""
    header: list[object] = ["Microsoft ID", "Company name", "Primary domain name", "Relationship"]
    found = read_portal_file(write(tmp_path, header, [TENANT, "A", "a.example", "Cloud Reseller"],
                                   [TENANT, "A", "a.example", "Indirect"], [OTHER, "B", "b.example", ""]))  # fmt: skip
    assert len(found.rows) == 3
    assert any("1 more lines name a customer again" in note for note in found.notes)


def test_a_hundred_thousand_rows_arrive(tmp_path: Path) -> None:
    """S8: nothing is cut off a long list."""
    rows: list[list[object]] = [[f"S{number}", "E3", number, "active"] for number in range(100_000)]
    found = read_portal_file(write(tmp_path, HEADER, *rows)).rows
    assert len(found) == 100_000
    assert (found[-1].subscription, found[-1].seats) == ("s99999", 99_999)


def test_headings_are_found_by_their_letters() -> None:
    """Case, accents, width, spaces and punctuation do not hide a heading."""
    for text in ("subscription id", "SUBSCRIPTION-ID", " Subscription_Id:", "Ｓｕｂｓｃｒｉｐｔｉｏｎ　ＩＤ"):
        assert BY_NAME[normalised(text)].field == "subscription"
    assert BY_NAME[normalised("QUANTITE")].field == "seats"


def test_the_name_of_a_file_decides_nothing(tmp_path: Path) -> None:
    """A workbook named .csv and a CSV named .xlsx are read by what they hold."""
    path = write_sheets(tmp_path, {"S": [HEADER, ["A1", "E3", 1, "active"]]})
    found: PortalFile = read_portal_file(path.rename(tmp_path / "export.csv"))
    assert len(found.rows) == 1
    assert len(read_portal_file(write(tmp_path, HEADER, ["A1", "E3", 1, "active"], name="export.xlsx")).rows) == 1


def test_the_page_on_headings_is_the_table_in_use() -> None:
    """What the page calls shown by Microsoft or inferred is what the reader knows, no heading more or less."""
    page = (Path(__file__).parents[2] / "docs" / "portal-files.md").read_text(encoding="utf-8")
    table = [line.split("|")[2:4] for line in page.splitlines() if line.startswith("| ") and ":" in line]
    for place, basis in enumerate(("documented", "inferred")):
        told = sorted(
            (language, text)
            for cells in table
            for group in cells[place].split(";")
            if group.strip()
            for language, _, texts in [group.strip().partition(": ")]
            for text in texts.split(", ")
        )
        assert told == sorted((each.language, each.text) for each in HEADINGS if each.basis == basis)
