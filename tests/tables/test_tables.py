"""Rules of the one shape in which rows travel."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.tables import Column, Table, cell_text, single_line

NAME = Column("name", "Product")
SEATS = Column("seats", "Seats", "number")
PRICE = Column("price", "Price (EUR)", "money")
SUBSCRIPTIONS = Table(
    (NAME, SEATS, PRICE),
    (
        {"name": "Office 365 E3", "seats": 25, "price": Decimal(500)},
        {"name": "Audio Conferencing", "seats": 5, "price": Decimal("19.995"), "addon": True},
    ),
    caption="Subscriptions",
    indent="addon",
    total=("seats", "price"),
)

any_text = st.text(st.characters(blacklist_categories=()), max_size=30)


class Cells(HTMLParser):
    """Reads the cells of a table, and every element that was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.elements: set[str] = set()
        self._within = False
        self.feed(text)

    def handle_starttag(self, tag, _attributes):
        self.elements.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
            self._within = True

    def handle_endtag(self, tag):
        if tag == "td":
            self._within = False

    def handle_data(self, data):
        if self._within:
            self.rows[-1][-1] += data


def body(table: Table) -> list[list[str]]:
    """The cells that a reader sees below the headings."""
    return [cells for cells in Cells(table._repr_html_()).rows if cells]


@settings(max_examples=40, deadline=None)
@given(st.lists(any_text, min_size=1, max_size=8))
def test_hostile_names_stay_text_and_every_row_is_shown(names):
    """Whatever a customer is called, no markup comes of it and rows in = rows out (S8, S11)."""
    table = Table((NAME, SEATS), tuple({"name": name, "seats": 1} for name in names))
    read = Cells(table._repr_html_())
    assert [cells for cells in read.rows if cells] == [[single_line(name), "1"] for name in names]
    assert read.elements <= {"div", "style", "table", "thead", "tbody", "tr", "th", "td", "bdi", "p"}


def test_markup_in_headings_captions_and_sentences_is_escaped():
    """Headings, caption and the sentence for no rows are escaped like cells (S11)."""
    hostile = "<script>alert(1)</script>"
    table = Table((Column("a", hostile),), ({"a": hostile},), caption=hostile, empty=hostile)
    for shown in (table._repr_html_(), table.with_rows(())._repr_html_()):
        assert "<script" not in shown
        assert "&lt;script&gt;" in shown


def test_formulas_of_mathematics_are_not_typeset():
    """A company called `$x^2$` is not a formula: the notebook is told to leave the table alone (S11)."""
    for table in (SUBSCRIPTIONS, SUBSCRIPTIONS.with_rows(())):
        assert "mathjax_ignore" in table._repr_html_()


@given(any_text)
def test_text_form_cannot_move_or_turn_its_neighbours(text):
    """One cell is one line without control characters, direction overrides or half characters (S11)."""
    shown = single_line(text)
    assert len(shown.splitlines()) <= 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", shown)
    assert shown.encode().decode() == shown


def test_names_in_any_script_stay_as_they_are():
    """Only what disturbs is taken away; joiners that Persian and emoji need stay (S11)."""
    for name in ("Żabka Sp. z o.o.", "שלום בע״מ", "می‌خواهم", "東京株式会社", "👩‍💻 Ltd"):
        assert single_line(name) == name


def test_count_of_rows_is_below_every_form():
    """The number of rows is there to be seen, in a notebook and in a terminal, with and without rows (S8)."""
    for table, count in ((SUBSCRIPTIONS, "2 rows"), (SUBSCRIPTIONS.with_rows(SUBSCRIPTIONS.rows[:1]), "1 row")):
        assert f">{count}</p>" in table._repr_html_()
        assert repr(table).endswith(f"\n{count}")
    nothing = SUBSCRIPTIONS.with_rows(())
    assert "No rows. (0 rows)" in nothing._repr_html_()
    assert repr(nothing) == "Subscriptions\nNo rows.\n0 rows"


def test_large_tables_are_not_shortened():
    """A table beyond the limit at which pandas leaves rows out is shown whole (S8)."""
    columns = tuple(Column(f"c{place}", f"C{place}") for place in range(40))
    rows = tuple({"c0": f"row {number}"} for number in range(7000))
    shown = Table(columns, rows)._repr_html_()
    assert shown.count("<tr>") == 7001
    assert "row 6999<" in shown


def test_rows_stand_in_the_order_given():
    """Nothing is sorted: the order of the rows is the plan's order (S8)."""
    names = ["b", "a", "c", "a"]
    table = Table((NAME,), tuple({"name": name} for name in names))
    assert [cells[0] for cells in body(table)] == names


def test_add_ons_are_indented_under_their_base():
    """An add-on is seen as one: marked in the notebook, moved in in the terminal (M9)."""
    first, second, _ = body(SUBSCRIPTIONS)
    assert first[0] == "Office 365 E3"
    assert second[0] == "↳\xa0Audio Conferencing"
    assert "\n  Audio Conferencing" in repr(SUBSCRIPTIONS)


def test_numbers_are_right_aligned():
    """Seats and amounts end at the same place, so that a wrong one stands out."""
    lines = repr(SUBSCRIPTIONS).splitlines()
    assert lines[3].index("25") + 2 == lines[4].index(" 5 ") + 2
    assert "th.col1" in SUBSCRIPTIONS._repr_html_()
    assert "text-align: right" in SUBSCRIPTIONS._repr_html_()


def test_wide_characters_keep_their_columns():
    """A name in Chinese takes two places a character, and what follows still lines up."""
    table = Table((NAME, SEATS), ({"name": "東京株式会社", "seats": 7}, {"name": "Contoso", "seats": 8}))
    tokyo, contoso = repr(table).splitlines()[2:4]
    assert len(tokyo) + 6 == len(contoso)


def test_totals_are_exact():
    """Amounts are added as decimals, as an invoice does."""
    table = Table((NAME, PRICE), tuple({"name": "x", "price": 0.1} for _ in range(3)), total=("price",))
    assert table.sums()["price"].value == Decimal("0.3")
    assert body(SUBSCRIPTIONS)[-1] == ["Total", "30", "519.995"]


def test_an_unknown_amount_is_never_counted_as_nothing():
    """A total over rows without a number says how many there are: never a silent guess."""
    rows = ({"name": "a", "price": Decimal(10)}, {"name": "b", "price": "unknown"}, {"name": "c"})
    table = Table((NAME, PRICE), rows, total=("price",))
    assert body(table)[-1][1] == "10.00 (+ 2 unknown)"
    assert "10.00 (+ 2 unknown)" in repr(table)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("datetime", datetime(2026, 11, 22, 9, 1, 59, tzinfo=UTC), "2026-11-22 09:01 UTC"),
        ("datetime", datetime(2026, 11, 22, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2026-11-21 23:01 UTC"),
        ("datetime", datetime(2026, 11, 22, 9, 1), "2026-11-22 09:01 UTC"),  # noqa: DTZ001 - the rule is about these
        ("date", datetime(2026, 11, 22, 23, 0, tzinfo=timezone(timedelta(hours=-2))), "2026-11-23"),
        ("date", date(2026, 11, 22), "2026-11-22"),
        ("money", Decimal("1234.5"), "1,234.50"),
        ("money", Decimal("0.0125"), "0.0125"),
        ("money", -3, "-3.00"),
        ("money", "unknown", "unknown"),
        ("number", 12000, "12000"),
        ("number", float("nan"), "nan"),
        ("number", True, "yes"),
        ("text", None, ""),
        ("text", ["a", "b\n"], "a, b "),
    ],
)
def test_a_value_is_shown_as_a_person_reads_it(kind, value, shown):
    """Moments are in UTC and say so, amounts have two places or more, and what does not fit is shown as it is (S7)."""
    assert cell_text(Column("key", "Title", kind), value) == shown


def test_the_same_table_gives_the_same_html():
    """Running a notebook again changes no byte of what it shows; another table never takes its style."""
    assert SUBSCRIPTIONS._repr_html_() == SUBSCRIPTIONS._repr_html_()
    texts = Table((Column("a", "A"),), ({"a": 1},))._repr_html_()
    numbers = Table((Column("a", "A", "number"),), ({"a": 1},))._repr_html_()
    name = re.compile(r'id="(T_\w+)"')
    assert name.search(texts).group(1) != name.search(numbers).group(1)


@pytest.mark.parametrize(("columns", "total"), [((), ()), ((NAME, Column("name", "Again")), ()), ((NAME,), ("seats",))])
def test_a_table_that_contradicts_itself_is_refused(columns, total):
    """No column, a key twice and a total of a missing column are mistakes in the program and are said at once."""
    with pytest.raises(ValueError, match="column"):
        Table(columns, total=total)


def test_importing_tables_and_exports_imports_no_pandas():
    """`consolidate status` stays quick: pandas and xlsxwriter are imported only where they are used."""
    program = (
        "import sys, consolidation.tables, consolidation.exports;"
        "print(sorted({'pandas', 'xlsxwriter', 'matplotlib'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
