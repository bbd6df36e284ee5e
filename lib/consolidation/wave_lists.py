"""Lists of customers as CSV: the `customers` of an engagement and the `--wave` of a run.

Columns: customer (tenant id or domain), source, company, wave, date, contact_email, language, gdap_link, domain as
`00_connect` writes it into customers.csv; invitation_link for the customer of an indirect reseller, as the target's
Partner Center gives it for that reseller. All but customer may be left out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from consolidation.csv_lists import CsvList, open_csv_list
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
    domain: str = ""
    invitation_link: str = ""
    line: int = 0


COLUMNS = tuple(field.name for field in fields(ListedCustomer) if field.name != "line")


def read_wave_list(path: Path) -> tuple[ListedCustomer, ...]:
    """Read a list of customers.

    Raises:
        EngagementError: The file is missing, empty or no CSV, has unknown columns, lines longer than the header, or
            names a customer twice for one source.
    """
    lines = open_csv_list(path, "customer list", COLUMNS, required=("customer",))
    listed = _read_lines(lines)
    problems = lines.problems
    if not listed and not problems:
        problems.append(f"{path.name} lists no customers.")
    if problems:
        raise EngagementError(problems, next_step="Correct the list and start again.")
    return tuple(listed)


def _read_lines(lines: CsvList) -> list[ListedCustomer]:
    """Return the customers under the header; what is wrong with a line is added to its list of problems."""
    listed: list[ListedCustomer] = []
    seen: dict[tuple[str, str], int] = {}
    for number, values in lines:
        if not values["customer"]:
            lines.problems.append(f"{lines.path.name} line {number} names no customer.")
            continue
        entry = ListedCustomer(**values, line=number)
        key = (entry.customer.casefold(), entry.source.casefold())
        if key in seen:
            lines.problems.append(f"{lines.path.name} line {number} repeats {entry.customer} of line {seen[key]}.")
        seen.setdefault(key, number)
        listed.append(entry)
    return listed
