"""The rows of the portal's exports: customers, subscriptions and activities, each with its place in its file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from consolidation.errors import EngagementError
from consolidation.portal_files.layout import Kind, Layout, read_layout
from consolidation.portal_files.sheets import Cell, Line, text_of
from consolidation.portal_files.statuses import STATUSES
from partner_center.models import identity

_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ROUNDED = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]+", re.IGNORECASE)
_SPACE = re.compile(r"\s")
_GROUPED = re.compile(r"[0-9]{1,3}( [0-9]{3})+")
_LONGEST_ID = 100
_MOST_FAULTS = 20
_UNKNOWN_SEATS = frozenset({"", "-", "–", "—", "n/a", "na"})


@dataclass(frozen=True)
class Row:
    """One row of an export, all cells as text except seats.

    Attributes:
        place: File, sheet and row.
        customer: Customer tenant id in lower case, empty where the file does not say.
        subscription: Subscription id in lower case, of subscriptions.
        seats: Seats, None where the file has none: usage-based products have none.
        status: Partner Center's word in lower case where it is known, else as the file writes it.
    """

    place: str
    customer: str = ""
    company: str = ""
    domain: str = ""
    relationship: str = ""
    tags: str = ""
    subscription: str = ""
    product: str = ""
    seats: int | None = None
    status: str = ""
    reseller: str = ""
    offer: str = ""
    parent: str = ""
    end: str = ""
    cycle: str = ""
    renew: str = ""
    at: str = ""
    affected: str = ""
    action: str = ""
    user: str = ""


_TEXTS = tuple(item.name for item in fields(Row) if item.name not in {"place", "seats"})


@dataclass(frozen=True)
class PortalFile:
    """One export, read.

    Attributes:
        name: Name of the file.
        kind: What it lists.
        rows: Every row of it, in its order (S8).
        fields: The fields that it has a column for.
        notes: What was assumed or could not be mapped, one sentence each.
    """

    name: str
    kind: Kind
    rows: tuple[Row, ...]
    fields: frozenset[str]
    notes: tuple[str, ...] = field(default=())


def read_portal_file(path: Path) -> PortalFile:
    """Read one export of the portal, or a list of this runbook's own workbooks.

    Raises:
        EngagementError: The file cannot be understood; each fault names file, sheet, row and column.
    """
    layout = read_layout(path)
    lines, total = _without_total(layout)
    faults: list[str] = []
    rows = [_row(layout, line, faults.append) for line in lines]
    if not faults:
        faults += _repeated(layout, lines, rows)
        faults += _wrong_total(layout, total, rows)
    if not rows:
        faults.append(f"{layout.sheet.place()} has a header and no rows.")
    if faults:
        more = [f"{len(faults) - _MOST_FAULTS} more faults are not shown."] if len(faults) > _MOST_FAULTS else []
        raise EngagementError([*faults[:_MOST_FAULTS], *more], next_step="Correct the file or export it again.")
    return PortalFile(path.name, layout.kind, tuple(rows), frozenset(layout.fields), _notes(layout, rows))


def _row(layout: Layout, line: Line, fault: Callable[[str], None]) -> Row:
    texts: dict[str, Any] = {name: text_of(layout.cell(line, name)) for name in _TEXTS if name in layout.fields}
    if layout.kind == "activity log":
        return Row(layout.sheet.place(line.number), **texts)
    key = "subscription" if layout.kind == "subscriptions" else "customer"
    for name in (key, "customer"):
        if name in layout.fields and (words := _wrong_id(layout.cell(line, name), guid=name == "customer")):
            fault(f"{layout.place(line, name)}: {words}.")
    texts |= {name: identity(texts[name]) for name in ("customer", "subscription", "parent") if name in texts}
    if "status" in texts:
        texts["status"] = STATUSES.get(texts["status"].casefold(), texts["status"])
    seats = None
    if layout.kind == "subscriptions":
        try:
            seats = read_seats(layout.cell(line, "seats"))
        except ValueError as error:
            fault(f"{layout.place(line, 'seats')}: {error}.")
    return Row(layout.sheet.place(line.number), seats=seats, **texts)


def _wrong_id(cell: Cell, *, guid: bool) -> str:
    """Return what is wrong with an id, empty when nothing is."""
    if cell == "":
        return "the id is missing"
    if not isinstance(cell, str) or _ROUNDED.fullmatch(cell):
        return f"{cell!s} is a number, not an id: the program that saved the file has rounded it"
    if guid and not _GUID.fullmatch(cell):
        return f"{cell[:_LONGEST_ID]!r} is no tenant id"
    if len(cell) > _LONGEST_ID or not cell.isprintable() or " " in cell:
        return f"{cell[:_LONGEST_ID]!r} is no subscription id"
    return ""


def read_seats(cell: Cell) -> int | None:
    """Read a number of seats; None where the file says that there is none.

    Raises:
        ValueError: It is no whole number, or a separator could mean thousands as well as decimals.
    """
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        text = str(cell)
    elif isinstance(cell, str):
        text = _SPACE.sub(" ", cell).strip()
    else:
        text = str(cell)
    if text.casefold() in _UNKNOWN_SEATS:
        return None
    if _GROUPED.fullmatch(text):
        text = text.replace(" ", "")
    if not text.isdecimal() or len(text) > len("1000000000"):
        message = f"{text[:40]!r} is no number of seats; write digits alone"
        raise ValueError(message)
    return int(text)


def _without_total(layout: Layout) -> tuple[tuple[Line, ...], Line | None]:
    """Take away the last line of this runbook's own workbooks: a total, which is no subscription."""
    rows = layout.rows
    ends_without_id = bool(rows) and layout.cell(rows[-1], "subscription") == ""
    if layout.kind == "subscriptions" and ends_without_id and rows[-1].cells[0] == "Total":
        return rows[:-1], rows[-1]
    return rows, None


def _wrong_total(layout: Layout, total: Line | None, rows: Iterable[Row]) -> list[str]:
    """Compare the total with the rows: a row that somebody deleted is seen by it."""
    said = layout.cell(total, "seats") if total else ""
    counted = sum(row.seats or 0 for row in rows)
    if total is None or not isinstance(said, float | int) or said == counted:
        return []
    return [f"{layout.place(total, 'seats')}: the total is {said:g}, the rows have {counted}: rows are missing."]


def _repeated(layout: Layout, lines: Iterable[Line], rows: Iterable[Row]) -> list[str]:
    """Name ids that stand in the file twice and may not."""
    faults = []
    seen: dict[str, Row] = {}
    for line, row in zip(lines, rows, strict=True):
        key = {"subscriptions": row.subscription, "customers": row.customer}.get(layout.kind, "")
        first = seen.setdefault(key, row) if key else row
        if first is row:
            continue
        # A partner of both tiers sees a customer twice ("Manage your customer list"); that is one customer.
        if layout.kind == "subscriptions":
            faults.append(f"{layout.place(line, 'subscription')}: {key} stands in {first.place} already.")
        elif (first.company, first.domain) != (row.company, row.domain):
            faults.append(f"{layout.place(line, 'company')}: {key} is {first.company!r} in {first.place}.")
    return faults


def _notes(layout: Layout, rows: list[Row]) -> tuple[str, ...]:
    notes = list(layout.sheet.notes)
    if layout.unmapped:
        notes.append(f"{layout.sheet.place()}: not read, for the heading is unknown: {', '.join(layout.unmapped)}.")
    inferred = [heading.text for heading in layout.headings.values() if heading.basis == "inferred"]
    if inferred:
        notes.append(
            f"{layout.sheet.place()}: read by headings that no Microsoft page shows: {', '.join(inferred)}. "
            "Compare a few rows with the portal."
        )
    if layout.kind == "customers" and (twice := len(rows) - len({row.customer for row in rows})):
        notes.append(
            f"{layout.sheet.place()}: {twice} more lines name a customer again, as partners of both tiers see."
        )
    strange = sorted({row.status for row in rows if row.status and row.status not in STATUSES.values()})
    if strange:
        notes.append(f"{layout.sheet.place()}: unknown status, kept as written (S7): {', '.join(strange[:10])}.")
    if layout.kind == "activity log":
        notes.append(f"{layout.sheet.place()}: the file does not say in which time zone its times are.")
    return tuple(notes)
