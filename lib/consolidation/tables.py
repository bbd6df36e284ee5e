"""The one shape in which rows travel to a notebook, a CSV file and a workbook.

Cells hold values (numbers, dates, text as received); how they look is decided here for notebook and terminal, and in
`consolidation.exports` for files. Text from customers and from Microsoft is data and cannot disturb what stands
beside it (S11); the number of rows is always shown, so that rows in = rows out can be seen (S8).
"""

from __future__ import annotations

import hashlib
import html
import math
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pandas.io.formats.style_render import CSSDict

Kind = Literal["text", "number", "money", "date", "datetime"]
RIGHT_ALIGNED: frozenset[Kind] = frozenset({"number", "money"})

_LINE_OR_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DIRECTION_OVERRIDE = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LONG_WORD = re.compile(r"[!-~]{41,}")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """One column: where its values are found in a row, its heading, and how its values are read.

    Attributes:
        key: name of the value in each row.
        title: heading, in the operator's words.
        kind: `number` is a count such as seats, `money` an amount in the currency that the heading or another column
            names, `date` a calendar day, `datetime` a moment shown in UTC.
        width: widest extent in characters in a notebook, exact width in a workbook; measured when left out.
        options: key of the texts among which a person picks in a workbook; None for a column that nobody fills in.
    """

    key: str
    title: str
    kind: Kind = "text"
    width: int | None = None
    options: str | None = None


@dataclass(frozen=True)
class Sum:
    """What a column adds up to, and how many rows had no number to add."""

    value: Decimal
    rows_without: int


@dataclass(frozen=True, repr=False)
class Table:
    """Rows with their columns; shows itself in a notebook and in a terminal.

    Attributes:
        columns: from left to right; keys are unique.
        rows: in the order in which they are shown; none is ever left out (S8).
        caption: what the table shows, above it.
        indent: key of a boolean or whole number in each row; add-ons stand indented under their base.
        total: keys of the columns that are summed in a last line; name only columns of one unit and one currency.
        empty: the sentence that stands in for the rows when there are none.

    Raises:
        ValueError: no column, two columns with the same key, or a total over a column that does not exist.
    """

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, object], ...] = field(default=())
    caption: str = ""
    indent: str | None = None
    total: tuple[str, ...] = ()
    empty: str = "No rows."

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if not keys:
            raise ValueError("A table needs at least one column.")
        if len(set(keys)) < len(keys):
            raise ValueError(f"Two columns of a table have the same key: {', '.join(keys)}.")
        if unknown := [key for key in self.total if key not in keys]:
            raise ValueError(f"A total is asked for columns that the table does not have: {', '.join(unknown)}.")

    def __len__(self) -> int:
        return len(self.rows)

    def with_rows(self, rows: Iterable[Mapping[str, object]]) -> Table:
        """Return the same table with these rows instead, in their order."""
        return replace(self, rows=tuple(rows))

    def count(self) -> str:
        """Return the number of rows in words: `1 row`, `12 rows`."""
        return f"{len(self.rows)} row{'' if len(self.rows) == 1 else 's'}"

    def level(self, row: Mapping[str, object]) -> int:
        """Return how far a row is indented: 0 for a base, 1 for an add-on."""
        value = row.get(self.indent) if self.indent else None
        return max(0, int(value)) if isinstance(value, int) else 0

    def sums(self) -> dict[str, Sum]:
        """Return the sum of each column named in `total`.

        A cell without a number is counted, never taken for zero in silence: a price can be unknown.
        """
        result = {}
        for key in self.total:
            numbers = [number_of(row.get(key)) for row in self.rows]
            known = [number for number in numbers if number is not None]
            result[key] = Sum(sum(known, Decimal(0)), len(numbers) - len(known))
        return result

    def total_cells(self) -> tuple[str, ...]:
        """Return the cells of the last line, formatted; empty when nothing is summed or there are no rows."""
        if not self.total or not self.rows:
            return ()
        sums = self.sums()
        cells = []
        for column in self.columns:
            sum_ = sums.get(column.key)
            text = cell_text(column, sum_.value) if sum_ else ""
            cells.append(f"{text} (+ {sum_.rows_without} unknown)" if sum_ and sum_.rows_without else text)
        if self.columns[0].key not in self.total:
            cells[0] = "Total"
        return tuple(cells)

    def __repr__(self) -> str:
        # rich takes a moment to import and only a terminal or a saved notebook asks for the text form.
        from rich.cells import cell_len

        lines = [single_line(self.caption)] if self.caption else []
        if not self.rows:
            return "\n".join([*lines, single_line(self.empty), self.count()])
        body = [
            ["  " * self.level(row) * (place == 0) + cell_text(column, row.get(column.key))
             for place, column in enumerate(self.columns)]
            for row in self.rows
        ]  # fmt: skip
        headings = [single_line(column.title) for column in self.columns]
        total = [list(cells)] if (cells := self.total_cells()) else []
        widths = [max(map(cell_len, cells)) for cells in zip(headings, *body, *total, strict=True)]
        ruler = ["-" * width for width in widths]

        def aligned(cells: Iterable[str]) -> str:
            padded = []
            for column, cell, width in zip(self.columns, cells, widths, strict=True):
                space = " " * (width - cell_len(cell))
                padded.append(space + cell if column.kind in RIGHT_ALIGNED else cell + space)
            return "  ".join(padded).rstrip()

        lines += [aligned(cells) for cells in (headings, ruler, *body, *([ruler, *total] if total else []))]
        return "\n".join([*lines, self.count()])

    def _repr_html_(self) -> str:
        caption = html.escape(single_line(self.caption))
        if not self.rows:
            heading = f"<strong>{caption}</strong><br>" if caption else ""
            return f'<p class="{NO_MATHEMATICS}">{heading}{html.escape(self.empty)} ({self.count()})</p>'
        # pandas takes half a second to import; `consolidate status` shows no HTML and must stay quick.
        import pandas as pd
        from pandas.io.formats.style import Styler

        lines = [self._html_cells(row) for row in self.rows]
        if cells := self.total_cells():
            lines.append([f"<bdi>{html.escape(cell)}</bdi>" for cell in cells])
        frame = pd.DataFrame(lines, columns=[column.key for column in self.columns])
        identity = "\x1f".join([caption, repr(self.columns), *(cell for line in lines for cell in line)])
        digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
        # pandas shortens large tables unless it is told otherwise; here every row is shown (S8).
        with pd.option_context("styler.render.max_elements", 2**62, "styler.render.max_rows", None):
            # The name of the table comes from its content, so that running a notebook again changes nothing.
            styler = Styler(frame, caption=caption or None, uuid=digest, cell_ids=False)
            # The cells are escaped above, each isolated from its neighbours; escaping twice would show entities.
            styler = styler.format(str, escape=None).hide(axis="index").set_table_styles(self._styles())
            titles = {column.key: html.escape(single_line(column.title)) for column in self.columns}
            styler = styler.format_index(lambda key: titles[str(key)], axis="columns", escape=None)
            table: str = styler.to_html(table_attributes=f'class="{NO_MATHEMATICS}"')
        return f'<div style="overflow-x: auto">{table}<p style="margin: 0.2em 0 1em">{self.count()}</p></div>'

    def _html_cells(self, row: Mapping[str, object]) -> list[str]:
        cells = [f"<bdi>{html.escape(cell_text(column, row.get(column.key)))}</bdi>" for column in self.columns]
        if level := self.level(row):
            hanging = f"margin-left: {1.5 * level}em; text-indent: -1.2em"
            cells[0] = f'<div style="{hanging}">↳&nbsp;{cells[0]}</div>'
        return cells

    def _styles(self) -> list[CSSDict]:
        # Lines instead of shades: they survive a black-and-white printer, and dark themes of JupyterLab.
        line = "1px solid #8a8a8a"
        styles: list[CSSDict] = [
            {"selector": "", "props": [("border-collapse", "collapse"), ("margin", "0.5em 0 0")]},
            {"selector": "caption", "props": [("caption-side", "top"), ("text-align", "left"), ("font-weight", "bold"),
                                              ("padding", "0.2em 0"), ("color", "inherit")]},
            {"selector": "th", "props": [("text-align", "left"), ("vertical-align", "bottom"), ("padding", "3px 10px"),
                                         ("border-bottom", "2px solid #8a8a8a")]},
            {"selector": "td", "props": [("text-align", "left"), ("vertical-align", "top"), ("padding", "3px 10px"),
                                         ("border-bottom", line), ("overflow-wrap", "break-word")]},
            {"selector": "tr", "props": [("break-inside", "avoid")]},
        ]  # fmt: skip
        for place, column in enumerate(self.columns):
            cells = f"td.col{place}, th.col{place}"
            if column.kind in RIGHT_ALIGNED:
                number: list[tuple[str, str | float]] = [
                    ("text-align", "right"),
                    ("font-variant-numeric", "tabular-nums"),
                    ("white-space", "nowrap"),
                ]
                styles.append({"selector": cells, "props": number})
            elif column.kind in {"date", "datetime"}:
                styles.append({"selector": cells, "props": [("white-space", "nowrap")]})
            elif any(_LONG_WORD.search(str(row.get(column.key, ""))) for row in self.rows):
                # A digest would push what follows it off the page. Letters alone would make the column too narrow.
                styles.append({"selector": cells, "props": [("overflow-wrap", "anywhere"), ("min-width", "26ch")]})
            if column.width:
                styles.append({"selector": cells, "props": [("max-width", f"{column.width}ch")]})
        if self.total:
            last: list[tuple[str, str | float]] = [("font-weight", "bold"), ("border-top", "2px solid #8a8a8a")]
            styles.append({"selector": f"td.row{len(self.rows)}", "props": last})
        return styles


NO_MATHEMATICS = "mathjax_ignore tex2jax_ignore"
"""Class names of everything we show: a company called `$x$` is not a formula, and JupyterLab would typeset it."""


def single_line(text: str) -> str:
    """Return text as one line that cannot move, colour or turn round what stands beside it (S11).

    Control characters and line breaks become spaces, direction overrides go, and half a character (a lone surrogate,
    which no file can hold) becomes the replacement sign. Names in any script stay as they are.
    """
    return _LONE_SURROGATE.sub("\ufffd", _DIRECTION_OVERRIDE.sub("", _LINE_OR_CONTROL.sub(" ", text)))


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 subscription`, `3 subscriptions`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def number_of(value: object) -> Decimal | None:
    """Return a number exactly as it is written, or None when the value is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        return None
    # By way of text: 0.1 is meant, not the nearest binary fraction.
    return Decimal(str(value))


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC; Partner Center's dates without a zone are UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def cell_text(column: Column, value: object) -> str:
    """Return a value as a person reads it: `2026-11-22 09:01 UTC`, `1,234.50`, `yes`; empty for None.

    A value that does not fit its column's kind (the word `unknown` among prices) is shown as it is (S7).
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        form = "%Y-%m-%d" if column.kind == "date" else "%Y-%m-%d %H:%M UTC"
        return in_utc(value).strftime(form)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        parts = sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value)
        return single_line(", ".join(parts))
    number = number_of(value)
    if number is not None and column.kind == "money":
        # At least two places and never fewer than Microsoft sent: unit prices have up to four.
        return f"{number:,.2f}" if _places(number) <= 2 else f"{number:,f}"
    if number is not None and column.kind == "number":
        # No thousands sign: without decimals, 1,000 reads as one in half of Europe.
        return f"{number:f}"
    return single_line(str(value))


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
