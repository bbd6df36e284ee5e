"""Lists of customers as CSV: the `customers` of an engagement and the `--wave` of a run.

Columns: customer (tenant id or domain), source, company, wave, date, contact_email, language, gdap_link, and domain as
`00_connect` writes it into customers.csv; all but customer may be left out.
"""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from consolidation.errors import EngagementError
from consolidation.exports import read_csv_cell

if TYPE_CHECKING:
    from _csv import Reader


@dataclass(frozen=True)
class ListedCustomer:
    """One line of a wave list; `line` is its line number in the file, the header being 1."""

    customer: str
    source: str = ""
    company: str = ""
    wave: str = ""
    date: str = ""
    contact_email: str = ""
    language: str = ""
    gdap_link: str = ""
    domain: str = ""
    line: int = 0


COLUMNS = tuple(field.name for field in fields(ListedCustomer) if field.name != "line")


def read_wave_list(path: Path) -> tuple[ListedCustomer, ...]:
    """Read a list of customers.

    Raises:
        EngagementError: The file is missing, empty or no CSV, has unknown columns, lines longer than the header, or
            names a customer twice for one source.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise EngagementError([f"The customer list {path} does not exist."], next_step="Correct the path.") from None
    except (UnicodeDecodeError, OSError) as error:
        raise EngagementError(
            [f"The customer list {path} cannot be read: {error}."], next_step="Save it as CSV in UTF-8."
        ) from error
    first = text.partition("\n")[0]
    # Excel writes the separator of the computer's region, so the header decides.
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        _check_header(path, header)
        listed, problems = _read_lines(path, reader, header)
    except csv.Error as error:
        raise EngagementError(
            [f"{path.name} line {reader.line_num} is not CSV: {error}."], next_step="Save it as CSV in UTF-8."
        ) from error
    if not listed and not problems:
        problems.append(f"{path.name} lists no customers.")
    if problems:
        raise EngagementError(problems, next_step="Correct the list and start again.")
    return tuple(listed)


def _read_lines(path: Path, reader: Reader, header: list[str]) -> tuple[list[ListedCustomer], list[str]]:
    """Read the lines under the header; return the customers, and what is wrong with a line as one sentence each."""
    listed: list[ListedCustomer] = []
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for cells in reader:
        values = dict(zip(header, (read_csv_cell(cell).strip() for cell in cells), strict=False))
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(header) :]):
            # A company name with a comma and no quotes would push every later cell into the wrong column.
            problems.append(f"{path.name} line {reader.line_num} has more cells than the header: quote its texts.")
            continue
        if not values["customer"]:
            problems.append(f"{path.name} line {reader.line_num} names no customer.")
            continue
        entry = ListedCustomer(**values, line=reader.line_num)
        key = (entry.customer.casefold(), entry.source.casefold())
        if key in seen:
            problems.append(f"{path.name} line {reader.line_num} repeats {entry.customer} of line {seen[key]}.")
        seen.setdefault(key, reader.line_num)
        listed.append(entry)
    return listed, problems


def _check_header(path: Path, header: list[str]) -> None:
    """Refuse a header that lacks `customer` or has a column nobody knows."""
    problems = []
    for name in header:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            problems.append(
                f"{path.name} has an unknown column {name!r}{f'; did you mean {near[0]!r}?' if near else '.'}"
            )
    problems += [f"{path.name} has the column {name!r} twice." for name in COLUMNS if header.count(name) > 1]
    if "customer" not in header:
        problems.append(f"{path.name} has no column 'customer'.")
    if problems:
        raise EngagementError(problems, next_step=f"Known columns: {', '.join(COLUMNS)}.")
