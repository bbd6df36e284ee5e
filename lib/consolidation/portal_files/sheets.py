"""Files of rows as somebody else wrote them: CSV of any delimiter and encoding, or Excel, with the place of each cell.

Nothing is guessed in silence: what was assumed about a file stands in its `notes`, and what cannot be read is refused
with file, sheet, row and column.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from consolidation.errors import EngagementError
from consolidation.exports import read_csv_cell

Cell = str | int | float | bool | date | datetime | time | timedelta
"""One cell; an empty one is the empty text."""

HEADER_WITHIN = 20
"""How many rows of a sheet may stand before its header has ended: titles and empty lines above it are no fault."""

_LARGEST_UNPACKED = 1 << 29
_DELIMITERS = (",", ";", "\t", "|")
# Files without a byte order mark that are not UTF-8: what Excel saves in Japan and in western Europe.
_REGIONAL = ("cp932", "cp1252")


@dataclass(frozen=True)
class Line:
    """One row of a sheet; `number` is its number in the file, the first being 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """The rows of a CSV file or of one sheet of a workbook, empty ones left out.

    Attributes:
        file: Name of the file.
        name: Name of the sheet, empty for CSV.
        lines: The rows that hold anything.
        merged: First and last row and column of each range of merged cells, counted from 0.
        notes: What was assumed in reading it, one sentence each.
    """

    file: str
    name: str
    lines: tuple[Line, ...]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    notes: tuple[str, ...] = ()

    def place(self, row: int = 0, column: int | None = None) -> str:
        """Return where something stands: `all.xlsx, sheet 'Export', row 3, column B`."""
        parts = [self.file, *([f"sheet {self.name!r}"] if self.name else []), *([f"row {row}"] if row else [])]
        return ", ".join([*parts, *([f"column {column_letters(column)}"] if column is not None else [])])


def column_letters(column: int) -> str:
    """Return Excel's name of a column counted from 0: A, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def text_of(cell: Cell) -> str:
    """Return a cell as text: `25` for a number that Excel keeps as 25.0, ISO 8601 for dates, yes and no."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        # Excel keeps a day as the moment at which it begins.
        return cell.isoformat(sep=" ") if cell.time() != time() else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def read_sheets(path: Path, score: Callable[[Sequence[Cell]], int]) -> tuple[Sheet, ...]:
    """Read a file, all of its sheets.

    Args:
        path: CSV or Excel; the content decides which, not the name.
        score: How many cells of a row are known headings; of several ways to read a CSV the best one is taken.

    Raises:
        EngagementError: It is missing, empty, too large, protected by a password, or no such file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EngagementError(
            [f"{path.name} cannot be read: {error.strerror}."], next_step="Correct the path."
        ) from error
    if not content.strip():
        raise EngagementError([f"{path.name} is empty."], next_step="Export it again.")
    if content.startswith(b"PK\x03\x04"):
        return _read_workbook(path.name, content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise EngagementError(
            [f"{path.name} is an Excel file of the old format, or has a password."],
            next_step="Save it as .xlsx without a password.",
        )
    return (_read_csv(path.name, content, score),)


def _read_workbook(file: str, content: bytes) -> tuple[Sheet, ...]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # A small file can unpack to more than the memory holds.
            if sum(item.file_size for item in archive.infolist()) > _LARGEST_UNPACKED:
                raise EngagementError([f"{file} holds more than 512 MB."], next_step="Save its sheet as CSV.")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = []
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False)
            found.append(Sheet(file, name, _lines(enumerate(rows, start=1)), tuple(sheet.merged_cell_ranges or ())))
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise EngagementError(
            [f"{file} is no Excel file that can be read: {error}."], next_step="Open it in Excel and save it as .xlsx."
        ) from error
    return tuple(found)


def _read_csv(file: str, content: bytes, score: Callable[[Sequence[Cell]], int]) -> Sheet:
    best: tuple[int, str, str, str] | None = None
    for encoding, text in _decoded(content):
        for delimiter in _delimiters(text):
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            try:
                points = max((score(row) for row in islice(reader, HEADER_WITHIN)), default=0)
            except csv.Error:
                continue  # refused below with its line when no other way fits better
            if best is None or points > best[0]:
                best = (points, encoding, text, delimiter)
    if best is None:
        raise EngagementError([f"{file} is no text that can be read."], next_step="Save it as CSV in UTF-8.")
    _, encoding, text, delimiter = best
    notes = (f"{file} is not in UTF-8; it was read as {encoding}: look at accented names.",)
    return Sheet(
        file,
        "",
        _lines(_csv_rows(file, text, delimiter)),
        notes=notes if encoding in _REGIONAL else (),
    )


def _decoded(content: bytes) -> list[tuple[str, str]]:
    """Return the texts that a file can be, the certain one alone where a mark or UTF-8 decides."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _as(content, (encoding,))
    if content[1:2] == b"\0":
        return _as(content, ("utf-16-le",))
    return _as(content, ("utf-8",)) or _as(content, _REGIONAL)


def _as(content: bytes, encodings: Iterable[str]) -> list[tuple[str, str]]:
    texts = []
    for encoding in encodings:
        try:
            texts.append((encoding, content.decode(encoding)))
        except UnicodeDecodeError:
            continue  # another encoding may fit; when none does the caller refuses the file
    return texts


def _delimiters(text: str) -> tuple[str, ...]:
    # Excel's own way to name the delimiter in the first line.
    first = text[:7].casefold()
    return (text[4],) if first.startswith("sep=") and text[4:5] in _DELIMITERS else _DELIMITERS


def _csv_rows(file: str, text: str, delimiter: str) -> Iterable[tuple[int, Sequence[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    try:
        for row in reader:
            # A cell with line breaks takes several lines of the file: the first one is where the row is found.
            yield start, [read_csv_cell(cell) for cell in row]
            start = reader.line_num + 1
    except csv.Error as error:
        raise EngagementError(
            [f"{file}, row {start} is not CSV: {error}."], next_step="Export it again, or save it as CSV in UTF-8."
        ) from error


def _lines(rows: Iterable[tuple[int, Sequence[Cell]]]) -> tuple[Line, ...]:
    stripped = (
        (number, tuple(cell.strip() if isinstance(cell, str) else cell for cell in cells)) for number, cells in rows
    )
    return tuple(Line(number, cells) for number, cells in stripped if any(cell != "" for cell in cells))
