"""Lists of customers as CSV: the `customers` of an engagement and the `--wave` of a run.

Columns: customer (tenant id or domain), source, company, wave, date, contact_email, language, gdap_link; all but
customer may be left out.
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass, fields
from pathlib import Path

from consolidation.errors import EngagementError


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
    line: int = 0


COLUMNS = tuple(field.name for field in fields(ListedCustomer) if field.name != "line")


def read_wave_list(path: Path) -> tuple[ListedCustomer, ...]:
    """Read a list of customers.

    Raises:
        EngagementError: The file is missing, empty, has unknown columns, or names a customer twice for one source.
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
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    header = [name.strip().casefold() for name in reader.fieldnames or ()]
    _check_header(path, header)
    reader.fieldnames = header
    listed: list[ListedCustomer] = []
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for row in reader:
        values = {name: (row.get(name) or "").strip() for name in header}
        if not any(values.values()):
            continue
        if not values["customer"]:
            problems.append(f"{path.name} line {reader.line_num} names no customer.")
            continue
        entry = ListedCustomer(**values, line=reader.line_num)
        key = (entry.customer.casefold(), entry.source.casefold())
        if key in seen:
            problems.append(f"{path.name} line {reader.line_num} repeats {entry.customer} of line {seen[key]}.")
        seen[key] = reader.line_num
        listed.append(entry)
    if not listed and not problems:
        problems.append(f"{path.name} lists no customers.")
    if problems:
        raise EngagementError(problems, next_step="Correct the list and start again.")
    return tuple(listed)


def _check_header(path: Path, header: list[str]) -> None:
    """Refuse a header that lacks `customer` or has a column nobody knows."""
    problems = []
    for name in header:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            problems.append(
                f"{path.name} has an unknown column {name!r}{f'; did you mean {near[0]!r}?' if near else '.'}"
            )
    if "customer" not in header:
        problems.append(f"{path.name} has no column 'customer'.")
    if problems:
        raise EngagementError(problems, next_step=f"Known columns: {', '.join(COLUMNS)}.")
