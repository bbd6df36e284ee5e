"""Rules of CSV files."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from consolidation.exports import csv_bytes, read_csv_cell, write_csv
from consolidation.tables import Column, Table

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (Column("a", "Product"), Column("b", "Seats", "number"))

any_text = st.text(max_size=20) | st.builds(
    lambda quotes, sign, rest: "'" * quotes + sign + rest,
    st.integers(0, 3),
    st.sampled_from(DANGEROUS),
    st.text(max_size=10),
)


def cells(content: bytes) -> list[list[str]]:
    """The cells as any program reads them, headings first."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@given(st.lists(any_text, max_size=6))
@example(["'=1", "''=1", "=1", "'t Hof", 'a,b\r\n"c"'])
def test_text_comes_back_exactly(texts):
    """What was written is read again, character by character, whatever apostrophes it began with (S11, M19)."""
    content = csv_bytes(Table(COLUMNS, tuple({"a": text, "b": 1} for text in texts)))
    assert [[read_csv_cell(cell) for cell in row] for row in cells(content)[1:]] == [[text, "1"] for text in texts]


@given(any_text)
def test_no_text_runs_as_a_formula(text):
    """No cell of text begins with = + - @ tab or CR (S11)."""
    content = csv_bytes(Table(COLUMNS, ({"a": text, "b": 1},)))
    assert not cells(content)[1][0].startswith(DANGEROUS)


@pytest.mark.parametrize("sign", DANGEROUS)
def test_exactly_one_apostrophe_is_added_and_taken_away(sign):
    """The protection is one apostrophe; a name that merely begins with one has none to lose (S11)."""
    assert cells(csv_bytes(Table(COLUMNS, ({"a": f"{sign}x", "b": 1},))))[1][0] == f"'{sign}x"
    assert read_csv_cell(f"''{sign}x") == f"'{sign}x"
    assert read_csv_cell("'t Hof") == "'t Hof"


def test_numbers_and_moments_stay_what_they_are():
    """A negative amount is no formula; a moment says that it is UTC; nothing is the empty cell (M19)."""
    columns = (Column("amount", "Amount", "money"), Column("at", "At", "datetime"), Column("none", "None"))
    row = {"amount": Decimal("-12.50"), "at": datetime(2026, 11, 22, 9, 1, 3, tzinfo=UTC), "none": None}
    assert cells(csv_bytes(Table(columns, (row,))))[1] == ["-12.50", "2026-11-22T09:01:03Z", ""]


def test_excel_and_importers_read_the_same_file():
    """A byte order mark, lines that end in CRLF, one of headings and then rows only (S8, M19)."""
    content = csv_bytes(Table(COLUMNS, ({"a": "Żabka", "b": 2},), caption="Caption", total=("b",)))
    assert content == "\ufeffProduct,Seats\r\nŻabka,2\r\n".encode()


def test_half_a_character_does_not_stop_an_export():
    """A lone surrogate, which no file can hold, becomes the replacement sign (S7)."""
    assert cells(csv_bytes(Table(COLUMNS, ({"a": "x\ud800", "b": 1},))))[1][0] == "x\ufffd"


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    """When the new file cannot be finished the old one stands, and nothing else is left behind."""
    path = tmp_path / "customers.csv"
    path.write_text("old", encoding="utf-8")

    def refuse(_self, _target):
        raise PermissionError("open in Excel")

    with monkeypatch.context() as context:
        context.setattr(type(path), "replace", refuse)
        with pytest.raises(PermissionError):
            write_csv(path, Table(COLUMNS))
    assert [(file.name, file.read_text("utf-8")) for file in tmp_path.iterdir()] == [("customers.csv", "old")]
    assert write_csv(path, Table(COLUMNS)) == path
    assert path.read_text("utf-8-sig") == "Product,Seats\n"
