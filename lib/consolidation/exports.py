"""Tables as files: a workbook for Excel, CSV for everything else (M19).

Both are written beside their place and then moved into it, so that nobody ever reads half a file.
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from consolidation.tables import RIGHT_ALIGNED, Column, Table, cell_text, in_utc, number_of, single_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

# Excel's limits (Microsoft's page "Excel specifications and limits"); the writer leaves out silently what exceeds them.
_LINE_POINTS = 15
_LARGEST_ROWS = 1_048_576
_LONGEST_CELL = 32_767
_LONGEST_SHEET_NAME = 31
_LONGEST_LIST = 255
_LONGEST_EXACT_NUMBER = 10**15
_EARLIEST_YEAR = 1901
_LONGEST_PRINTED_TITLE = 100

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class _Formats:
    """The cell formats of one workbook; a format belongs to the workbook that made it."""

    workbook: Workbook

    def of(self, column: Column, *, level: int = 0, bold: bool = False) -> Format:
        numbers = {"money": "#,##0.00##", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm"}
        properties: dict[str, object] = {"valign": "top", "bold": bold, "top": int(bold)}
        properties["text_wrap"] = column.kind == "text"
        # A text cell stays text when it is edited: otherwise F2 and Enter would turn =1+1 into a formula (S11).
        properties["num_format"] = numbers.get(column.kind, "@" if column.kind == "text" else "General")
        if column.kind == "text":  # a text beside a number stands clear of it; an indent counts from a named side only
            properties |= {"align": "left", "indent": level + 1}
        return self.workbook.add_format(properties)


def workbook_bytes(sheets: Sequence[tuple[str, Table]], *, title: str, subject: str, created: datetime) -> bytes:
    """Return tables as an Excel workbook, one sheet each, ready to filter and to print.

    Numbers and dates are real ones; dates are UTC, which the heading says, for Excel knows no zones. The same input
    gives the same bytes.

    Args:
        sheets: name and table of each sheet; names are made legal and unique.
        title: document title, printed in the footer beside the page number.
        subject: document subject.
        created: the moment the document names as its creation.

    Raises:
        ValueError: there is no sheet, or a table has more rows than a sheet can hold.
    """
    if not sheets:
        raise ValueError("A workbook needs at least one sheet.")
    for name, table in sheets:
        if len(table) + 2 > _LARGEST_ROWS:
            raise ValueError(f"Sheet {name!r} has {len(table)} rows; Excel holds {_LARGEST_ROWS}. Export it as CSV.")
    # xlsxwriter is imported only where a workbook is written: `consolidate status` must stay quick.
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        properties = {"title": single_line(title), "subject": single_line(subject), "created": in_utc(created)}
        workbook.set_properties(properties)
        formats = _Formats(workbook)
        for name, (_, table) in zip(legal_sheet_names(name for name, _ in sheets), sheets, strict=True):
            sheet = workbook.add_worksheet(name)
            _lay_out(sheet, table, title)
            _fill(sheet, table, formats)
    return buffer.getvalue()


def write_workbook(
    path: Path, sheets: Sequence[tuple[str, Table]], *, title: str, subject: str, created: datetime
) -> Path:
    """Write `workbook_bytes` to a file; what stands there is replaced at once and whole.

    Raises:
        ValueError: as `workbook_bytes`.
        OSError: the file cannot be written, for example because it is open in Excel.
    """
    return _put_in_place(path, workbook_bytes(sheets, title=title, subject=subject, created=created))


def write_csv(path: Path, table: Table) -> Path:
    """Write `csv_bytes` to a file; what stands there is replaced at once and whole.

    Raises:
        OSError: the file cannot be written.
    """
    return _put_in_place(path, csv_bytes(table))


def csv_bytes(table: Table) -> bytes:
    """Return a table as CSV: UTF-8 with byte order mark, commas, CRLF, headings first, no total.

    Text is kept exactly, except that a cell that a spreadsheet would run as a formula gets one apostrophe before it
    (S11); `read_csv_cell` takes it away again. Numbers stay numbers. Moments are ISO 8601 in UTC.

    Args:
        table: the rows, all of them (S8).
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_harmless(column.title) for column in table.columns])
    for row in table.rows:
        writer.writerow([_csv_cell(column, row.get(column.key)) for column in table.columns])
    return buffer.getvalue().encode("utf-8-sig")


def read_csv_cell(text: str) -> str:
    """Return the text that `write_csv` was given: exactly one protecting apostrophe is taken away, where there is one.

    A name such as `'t Hof` has none and stays as it is.
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def legal_sheet_names(names: Iterable[str]) -> list[str]:
    r"""Return names that Excel accepts, in the same order, each once.

    Excel's rule (Microsoft's page "Rename a worksheet"): 1 to 31 characters, none of `[ ] : * ? / \`, no apostrophe at
    either end, not the word History; upper and lower case count as the same.
    """
    result: list[str] = []
    taken: set[str] = {"history"}
    for name in names:
        base = re.sub(r"[\[\]:*?/\\]", "-", single_line(name)).strip(" '") or "Sheet"
        candidate, number = _shortened(base, ""), 1
        while candidate.casefold() in taken:
            number += 1
            candidate = _shortened(base, f" ({number})")
        taken.add(candidate.casefold())
        result.append(candidate)
    return result


def _shortened(base: str, ending: str) -> str:
    # Excel counts UTF-16 units, so that a character beyond the basic plane is two.
    room = _LONGEST_SHEET_NAME - len(ending)
    while len(base.encode("utf-16-le")) > 2 * room:
        base = base[:-1]
    return base.rstrip(" '") + ending


def _lay_out(sheet: Worksheet, table: Table, title: str) -> None:
    last_column = len(table.columns) - 1
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, len(table)), last_column)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4, in xlsxwriter's numbering
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&L{_printed(table.caption)}&R{table.count()}")
    sheet.set_footer(f"&L{_printed(title)}&RPage &P of &N")
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _width(table, column))


def _lines_of_text(table: Table, row: Mapping[str, object], widths: Sequence[int]) -> int:
    texts = (cell_text(column, row.get(column.key)) for column in table.columns)
    # Words do not fill a line to its end, so a line is reckoned a little shorter than the column.
    return max(math.ceil(len(text) * 1.1 / width) or 1 for text, width in zip(texts, widths, strict=True))


def _width(table: Table, column: Column) -> int:
    if column.width:
        return column.width
    longest = max((len(cell_text(column, row.get(column.key))) for row in table.rows), default=0)
    # Room for the filter's arrow beside the heading; a long text wraps instead of pushing the rest off the page.
    return min(60, max(longest + 2, len(_heading(column)) + 4, 8))


def _heading(column: Column) -> str:
    # Excel shows a date as it stands, without a zone.
    ending = " (UTC)" if column.kind == "datetime" and "UTC" not in column.title else ""
    return single_line(column.title) + ending


def _printed(text: str) -> str:
    # An ampersand starts a code in Excel's headers and footers, and 255 characters are all they hold.
    return single_line(text)[:_LONGEST_PRINTED_TITLE].replace("&", "&&")


def _fill(sheet: Worksheet, table: Table, formats: _Formats) -> None:
    heading = formats.workbook.add_format(
        {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 2, "align": "left", "indent": 1}
    )
    right = formats.workbook.add_format(
        {"bold": True, "text_wrap": True, "valign": "bottom", "bottom": 2, "align": "right"}
    )
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, _heading(column), heading if column.kind == "text" else right)
    plain = [formats.of(column) for column in table.columns]
    indented: dict[int, Format] = {}
    widths = [_width(table, column) for column in table.columns]
    for line, row in enumerate(table.rows, start=1):
        # Not every program fits a row to its wrapped text by itself.
        sheet.set_row(line, _LINE_POINTS * _lines_of_text(table, row, widths))
        for place, column in enumerate(table.columns):
            cell_format = plain[place]
            if place == 0 and (level := table.level(row)):
                if level not in indented:
                    indented[level] = formats.of(column, level=level)
                cell_format = indented[level]
            _write_cell(sheet, (line, place), column, row.get(column.key), cell_format)
            if column.options:
                _offer(sheet, (line, place), row.get(column.options))
    if not table.rows:
        sheet.write_string(1, 0, single_line(table.empty), formats.workbook.add_format({"italic": True}))
    _write_total(sheet, table, formats)


def _offer(sheet: Worksheet, place: tuple[int, int], options: object) -> None:
    """Offer a list in a cell; a longer one than Excel holds is left to the column that shows it."""
    texts = [str(option) for option in options] if isinstance(options, list | tuple) else []
    if texts and len(",".join(texts)) <= _LONGEST_LIST and not any("," in text for text in texts):
        sheet.data_validation(*place, *place, {"validate": "list", "source": texts})


def _write_total(sheet: Worksheet, table: Table, formats: _Formats) -> None:
    cells = table.total_cells()
    if not cells:
        return
    sums = table.sums()
    for place, (column, text) in enumerate(zip(table.columns, cells, strict=True)):
        sum_ = sums.get(column.key)
        # Where a row had no number the sum is not the whole truth: then the cell says so in words.
        value: object = sum_.value if sum_ and not sum_.rows_without else text
        _write_cell(sheet, (len(table) + 1, place), column, value, formats.of(column, bold=True))


def _write_cell(sheet: Worksheet, place: tuple[int, int], column: Column, value: object, cell_format: Format) -> None:
    number = number_of(value)
    if column.kind in RIGHT_ALIGNED and number is not None and abs(number) < _LONGEST_EXACT_NUMBER:
        sheet.write_number(*place, float(number), cell_format)
    elif column.kind in {"date", "datetime"} and isinstance(value, date) and value.year >= _EARLIEST_YEAR:
        moment = in_utc(value).replace(tzinfo=None) if isinstance(value, datetime) else value
        day = moment.date() if column.kind == "date" and isinstance(moment, datetime) else moment
        sheet.write_datetime(*place, day, cell_format)
    else:
        text = cell_text(column, value)
        if len(text.encode("utf-16-le")) > 2 * _LONGEST_CELL:
            text = f"{text[: _LONGEST_CELL // 2]} … (cut here: {len(text)} characters, Excel holds {_LONGEST_CELL})"
        sheet.write_string(*place, text, cell_format)


def _csv_cell(column: Column, value: object) -> str:
    if isinstance(value, str):
        return _harmless(value)
    number = number_of(value)
    if number is not None:
        return f"{number:f}"
    if isinstance(value, datetime) and column.kind != "date":
        return in_utc(value).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _harmless(cell_text(column, value))


def _harmless(text: str) -> str:
    # Apostrophes before the dangerous sign are part of the text: they get one more, so that reading can take one away.
    text = _LONE_SURROGATE.sub("\ufffd", text)
    return f"'{text}" if _FORMULA.match(text) else text


def _put_in_place(path: Path, content: bytes) -> Path:
    scratch = path.with_name(f".{uuid4().hex}.partial")
    try:
        scratch.write_bytes(content)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return path
