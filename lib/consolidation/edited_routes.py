"""An edited list of routes read back: what a person changed, checked before any of it is recorded (M27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from consolidation.choices import record_route, rows_to_choose_for
from consolidation.engagement import Engagement
from consolidation.errors import EngagementError
from consolidation.journal import Journal
from consolidation.plan import CUT_OVER, frozen_plan
from consolidation.portal_files.headings import normalised
from consolidation.portal_files.sheets import Cell, Line, Sheet, read_sheets, text_of
from consolidation.replacements import record_candidate
from consolidation.route_changes import Change, check_changes
from consolidation.route_lists import COLUMNS, ListedRow
from consolidation.tables import Table
from partner_center.models import identity

_NAMES = {normalised(column.title): column.key for column in COLUMNS}
_NEEDED = ("new", "reason", "source", "customer", "id", "state")
_FIXED = ("seats", "status", "kind")
_MOST_FAULTS = 20


@dataclass(frozen=True)
class EditedRoutes:
    """A list, read back.

    Attributes:
        changes: What is to be recorded, bases before their add-ons.
        left_out: Rows of the listed customers that the list does not hold; they stay as they are.
        differences: Every row whose route or pick changes, those that follow their base too.
    """

    changes: tuple[Change, ...]
    left_out: int
    differences: Table


def read_edited_routes(path: Path, journal: Journal, rows: Sequence[ListedRow]) -> EditedRoutes:
    """Read a list that `routes` wrote and a person edited; nothing is recorded.

    Args:
        path: Excel or CSV.
        journal: What was ordered or is being transferred can no longer be chosen for.
        rows: Every row of the engagement as it is now.

    Raises:
        EngagementError: The file is no such list, is older than what was read since, changes what no file may change,
            or chooses what is not allowed; each fault names its place.
    """
    sheet, header, places = _find_list(path)
    known = {(each.case.source, each.case.customer, each.row.subscription): each for each in rows}
    faults: list[str] = []
    seen: dict[tuple[str, str, str], str] = {}
    changes: list[Change] = []
    for line in sheet.lines:
        if line.number <= header.number:
            continue
        values = {key: _cell(line, place) for key, place in places.items()}
        key = (values["source"], identity(values["customer"]), identity(values["id"]))
        place = sheet.place(line.number)
        if key in seen:
            faults.append(f"{sheet.place(line.number, places['id'])}: {key[2]} stands in {seen[key]} already.")
            continue
        seen[key] = place
        faults += _wrong(sheet, line, places, values, known.get(key))
        if key in known and (change := _change(known[key], values, place)):
            changes.append(change)
    order = {id(each): number for number, each in enumerate(rows)}
    changes.sort(key=lambda change: order[id(change.listed)])
    differences, refused = check_changes(journal, () if faults else changes)
    if faults := [*faults, *refused]:
        raise EngagementError(faults[:_MOST_FAULTS], next_step="Nothing was recorded. Correct the list.")
    listed = {key[:2] for key in seen}
    return EditedRoutes(tuple(changes), sum(key[:2] in listed and key not in seen for key in known), differences)


def record_edited_routes(engagement: Engagement, journal: Journal, edited: EditedRoutes, *, by: str) -> None:
    """Write every change as the choice it is; the same records that the forms write.

    Args:
        engagement: Its offer map keeps the products that were picked.
        journal: The engagement's journal.
        edited: A list that was read and shown.
        by: Who chose.

    Raises:
        EngagementError: A row changed since the list was read; what was recorded before it stands.
    """
    for change in edited.changes:
        case, subscription = change.listed.case, change.listed.row.subscription
        if change.pick:
            plan = frozen_plan(journal, case, CUT_OVER)
            if plan is None or plan.digest[:12] != change.listed.plan:
                raise EngagementError([f"{change.place}: the plan changed meanwhile."], next_step="Export again.")
            given = {"by": by, "how": "file", "reason": change.reason}
            record_candidate(engagement, journal, plan, plan.row(subscription), change.pick, **given)
        if change.route:
            row = next(row for row in rows_to_choose_for(journal, case) if row.subscription == subscription)
            how = {"reason": change.reason, "by": by, "how": "file"}
            bought = {"purchase_on": change.purchase_on, "owner": change.owner}
            record_route(journal, case, row, change.route, phase=None, **how, **bought)


def _find_list(path: Path) -> tuple[Sheet, Line, Mapping[str, int]]:
    sheets = read_sheets(path, lambda cells: len(set(_places(cells))))
    for sheet in sheets:
        for line in sheet.lines[:1]:
            places = _places(line.cells)
            if set(_NEEDED) <= places.keys():
                return sheet, line, places
    needed = ", ".join(column.title for column in COLUMNS if column.key in _NEEDED)
    raise EngagementError(
        [f"{sheet.place(1)}: this is no list of routes." for sheet in sheets],
        next_step=f"It needs the columns {needed}: write one with 'consolidate routes ENGAGEMENT --write FILE'.",
    )


def _places(cells: Sequence[Cell]) -> dict[str, int]:
    names = [normalised(cell) if isinstance(cell, str) else "" for cell in cells]
    return {_NAMES[name]: place for place, name in enumerate(names) if name in _NAMES}


def _cell(line: Line, place: int) -> str:
    return text_of(line.cells[place]) if place < len(line.cells) else ""


def _wrong(
    sheet: Sheet, line: Line, places: Mapping[str, int], values: Mapping[str, str], listed: ListedRow | None
) -> list[str]:
    """Return what is wrong with a row before its choice is looked at."""

    def at(key: str, words: str) -> list[str]:
        return [f"{sheet.place(line.number, places[key])}: {words}."]

    if listed is None:
        return at(
            "id", f"{values['id']} is no subscription of {values['customer'] or 'nobody'} under {values['source']}"
        )
    if values["state"] != listed.state:
        return at("state", f"{listed.row.product} was read anew since and is not what the list shows: export again")
    fixed = {"seats": listed.row.seats, "status": listed.row.status, "kind": listed.row.kind}
    for key in _FIXED:
        if key in values and values[key] != str(fixed[key]):
            return at(key, f"{values[key]} instead of {fixed[key]}: a list changes routes and picks alone (S4)")
    pick = values.get("pick", "")
    if pick and pick not in listed.candidates:
        return at("pick", f"{pick} is not offered; {', '.join(listed.candidates) or 'there is nothing to pick'}")
    if pick and values.get("plan") != listed.plan:
        return at("pick", "the plan that showed the candidates is not the newest one: export again")
    if values["reason"] and not values["new"] and not pick:
        return at("reason", "a reason without a new route")
    if values["new"] != "run_out" and (values.get("purchase_on") or values.get("owner")):
        return at("new", "a day and a buyer belong to the route run_out")
    return []


def _change(listed: ListedRow, values: Mapping[str, str], place: str) -> Change | None:
    route, pick = values["new"], values.get("pick", "")
    if route == (listed.row.route or ""):
        route = ""
    if not route and not pick:
        return None
    return Change(listed, route, values["reason"], pick, values.get("purchase_on", ""), values.get("owner", ""), place)
