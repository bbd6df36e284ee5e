"""CSV lists that people write and Excel saves: read strictly, each fault with its file and line."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from consolidation.errors import EngagementError
from consolidation.exports import read_csv_cell


class CsvList:
    """The lines of one list.

    Iterating gives each line that is not empty as (line number, column -> cell), the header being line 1; a line that
    ends early has empty cells. `problems` collects what is wrong with single lines, one sentence each.
    """

    def __init__(self, path: Path, text: str, columns: Collection[str], required: Collection[str]) -> None:
        self.path = path
        self.problems: list[str] = []
        # Excel writes the separator of the computer's region, so the header decides.
        first = text.partition("\n")[0]
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
        self._header = [name.strip().casefold() for name in self._next() or []]
        _check_header(path, self._header, columns, required)

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        while (cells := self._next()) is not None:
            line = self._reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if any(cell.strip() for cell in cells[len(self._header) :]):
                # A company name with a comma and no quotes would push every later cell into the wrong column.
                self.problems.append(f"{self.path.name} line {line} has more cells than the header: quote its texts.")
                continue
            values = dict.fromkeys(self._header, "")
            values |= dict(zip(self._header, (read_csv_cell(cell).strip() for cell in cells), strict=False))
            yield line, values

    def _next(self) -> Sequence[str] | None:
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise EngagementError(
                [f"{self.path.name} line {self._reader.line_num} is not CSV: {error}."],
                next_step="Save it as CSV in UTF-8.",
            ) from error


def open_csv_list(path: Path, name: str, columns: Collection[str], required: Collection[str]) -> CsvList:
    """Open a list and check its header.

    Args:
        path: The file, UTF-8 with or without a byte order mark; comma, semicolon or tab.
        name: What it is, for the sentences: `customer list`.
        columns: Every known column.
        required: Those of them that may not be left out.

    Raises:
        EngagementError: It is missing, empty or no CSV, or its header has unknown, repeated or missing columns.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise EngagementError([f"The {name} {path} does not exist."], next_step="Correct the path.") from None
    except (UnicodeDecodeError, OSError) as error:
        raise EngagementError(
            [f"The {name} {path} cannot be read: {error}."], next_step="Save it as CSV in UTF-8."
        ) from error
    return CsvList(path, text, columns, required)


def _check_header(path: Path, header: Sequence[str], columns: Collection[str], required: Collection[str]) -> None:
    problems = []
    for name in header:
        if name not in columns:
            near = difflib.get_close_matches(name, columns, n=1)
            problems.append(
                f"{path.name} has an unknown column {name!r}{f'; did you mean {near[0]!r}?' if near else '.'}"
            )
    problems += [f"{path.name} has the column {name!r} twice." for name in columns if header.count(name) > 1]
    problems += [f"{path.name} has no column {name!r}." for name in required if name not in header]
    if problems:
        raise EngagementError(problems, next_step=f"Known columns: {', '.join(columns)}.")
