"""Which sheet of a file holds an export of the portal, which row is its header, and which column holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from consolidation.errors import EngagementError
from consolidation.portal_files.headings import BY_NAME, Heading, normalised
from consolidation.portal_files.sheets import HEADER_WITHIN, Cell, Line, Sheet, column_letters, read_sheets

Kind = Literal["customers", "subscriptions", "activity log"]

REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    "subscriptions": ("subscription", "product", "seats", "status"),
    "customers": ("customer", "company"),
    "activity log": ("at", "action"),
}
"""Fields without which a file is not of a kind; the first kind that has all of its own is the file's."""


@dataclass(frozen=True)
class Layout:
    """A sheet whose header is understood.

    Attributes:
        kind: What the file lists.
        sheet: Where the rows are.
        header: The header's row.
        fields: Field -> its column, counted from 0.
        headings: Field -> the heading as it is known.
        unmapped: Headings that are not known, with the column's letters.
    """

    kind: Kind
    sheet: Sheet
    header: Line
    fields: Mapping[str, int]
    headings: Mapping[str, Heading]
    unmapped: tuple[str, ...]

    @property
    def rows(self) -> tuple[Line, ...]:
        """The rows under the header."""
        return tuple(line for line in self.sheet.lines if line.number > self.header.number)

    def cell(self, line: Line, field: str) -> Cell:
        """Return the cell of a field, empty where the file has no such column or the row ends before it."""
        column = self.fields.get(field)
        return line.cells[column] if column is not None and column < len(line.cells) else ""

    def place(self, line: Line, field: str) -> str:
        """Return where the cell of a field stands."""
        return self.sheet.place(line.number, self.fields.get(field))


def read_layout(path: Path) -> Layout:
    """Read a file and find its header.

    Raises:
        EngagementError: The file cannot be read, no sheet or several have a header that is known, the header is merged
            or names a field twice, or a row is longer than the header.
    """
    sheets = read_sheets(path, _known)
    found = [layout for sheet in sheets if (layout := _layout(sheet))]
    if not found:
        raise EngagementError(
            [_not_found(sheet) for sheet in sheets],
            next_step="A customer list needs Microsoft ID and Company name; subscriptions need Subscription ID, "
            "Subscription, Quantity and Status; an activity log needs Date-Time and Action.",
        )
    if len(found) > 1:
        names = ", ".join(repr(layout.sheet.name) for layout in found)
        raise EngagementError(
            [f"{path.name} has several sheets that can be read: {names}."], next_step="Keep one of them in the file."
        )
    _require_plain(found[0])
    return found[0]


def _heading(cell: Cell) -> Heading | None:
    return BY_NAME.get(normalised(cell)) if isinstance(cell, str) and cell else None


def _known(cells: Sequence[Cell]) -> int:
    """Return how many different fields the headings in a row name."""
    return len({heading.field for cell in cells if (heading := _heading(cell))})


def _layout(sheet: Sheet) -> Layout | None:
    for line in sheet.lines[:HEADER_WITHIN]:
        headings = {place: heading for place, cell in enumerate(line.cells) if (heading := _heading(cell))}
        fields = {heading.field for heading in headings.values()}
        kind = next((kind for kind, required in REQUIRED.items() if fields >= set(required)), None)
        if kind is None:
            continue
        _require_once(sheet, line, headings)
        unmapped = tuple(
            f"{cell!s} (column {column_letters(place)})"
            for place, cell in enumerate(line.cells)
            if cell != "" and place not in headings
        )
        places = {heading.field: place for place, heading in headings.items()}
        return Layout(kind, sheet, line, places, {heading.field: heading for heading in headings.values()}, unmapped)
    return None


def _require_once(sheet: Sheet, line: Line, headings: Mapping[int, Heading]) -> None:
    seen: dict[str, int] = {}
    for place, heading in headings.items():
        if heading.field in seen:
            first, second = line.cells[seen[heading.field]], line.cells[place]
            raise EngagementError(
                [
                    f"{sheet.place(line.number, place)}: {second!r} and {first!r} in column "
                    f"{column_letters(seen[heading.field])} mean the same."
                ],
                next_step="Keep the one that counts.",
            )
        seen[heading.field] = place


def _not_found(sheet: Sheet) -> str:
    if not sheet.lines:
        return f"{sheet.place()} is empty."
    nearest = max(sheet.lines[:HEADER_WITHIN], key=lambda line: _known(line.cells))
    shown = ", ".join(str(cell) for cell in nearest.cells if cell != "")[:200]
    merged = any(first[0] < nearest.number + 1 for first, _ in sheet.merged)
    ending = " Cells above the rows are merged: one heading per column is needed." if merged else ""
    return f"{sheet.place(nearest.number)}: this is no header of an export that is known: {shown}.{ending}"


def _require_plain(layout: Layout) -> None:
    """Refuse what would put cells under the wrong heading: merged cells, and rows longer than the header."""
    sheet, header = layout.sheet, layout.header
    problems = [
        f"{sheet.place(first[0] + 1, first[1])}: cells are merged down to row {last[0] + 1}, column "
        f"{column_letters(last[1])}."
        for first, last in sheet.merged
        if last[0] + 1 >= header.number
    ]
    width = max(place for place, cell in enumerate(header.cells) if cell != "") + 1
    problems += [
        f"{sheet.place(line.number, width)}: the row has more cells than the header."
        for line in layout.rows
        if any(cell != "" for cell in line.cells[width:])
    ]
    if problems:
        raise EngagementError(problems[:20], next_step="Undo the merging, or quote texts that hold the delimiter.")
