"""What a notebook showed, and what the journal says had been approved: the little that the rules ask of our side."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import python_calamine
from faults.history import Approval, CaseKey, Shown

from consolidation.engagement import Engagement
from consolidation.journal import Entry, Journal, case_chain
from consolidation.tables import Table


def shown_by(phase: str, result: SimpleNamespace, written: set[Path]) -> Shown:
    """Collect the rows that a notebook showed.

    Args:
        phase: The notebook.
        result: Its variables, and what each of its cells ended in.
        written: Files that it added to the archive.
    """
    tables = [one for one in result.shown if isinstance(one, Table)]
    sides = [table for table in tables if {"tenant", "id"} <= {column.key for column in table.columns}]
    both = tuple((str(row["tenant"]), str(row["id"]).lower()) for row in sides[0].rows) if sides else None
    plan = getattr(getattr(result, "plan", None), "plan", None)
    # 05_suspend shows the plan of 04_recreate; what came to the source since is named there as drift.
    rows = tuple(row.subscription for row in plan.rows) if plan and phase in {"01_prepare", "04_recreate"} else None
    workbooks = [path for path in written if path.suffix == ".xlsx"]
    return Shown(both, rows, workbook_ids(workbooks[0]) if workbooks else None)


def workbook_ids(path: Path) -> tuple[str, ...]:
    """Return the column of subscription ids of an Excel file, in lower case; the line of totals has none."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    (sheet,) = [rows for rows in sheets if "Subscription id" in rows[0]]
    column = sheet[0].index("Subscription id")
    return tuple(str(row[column]).lower() for row in sheet[1:] if row[column])


def approval_behind(engagement: Engagement, journal: Journal, case: CaseKey, request_id: str) -> Approval | None:
    """Return what had been approved when a call was announced, read from the bare entries of the case's chain."""
    entries = journal.entries(case_chain(*case))
    announced = next((one for one in entries if one.kind == "intended" and one.body["request_id"] == request_id), None)
    if announced is None or "plan" not in announced.body:
        return None
    before = [one for one in entries if one.number < announced.number]
    planned = [one for one in before if one.kind == "planned" and one.body["digest"] == announced.body["plan"]]
    if not planned:
        return None
    since = [one for one in before if one.number > planned[-1].number and one.phase == planned[-1].phase]
    drifted = max((one.number for one in since if one.kind == "drifted"), default=0)
    newest: dict[str, Entry] = {}
    for one in since:
        if one.kind == "decided" and one.body["digest"] == announced.body["plan"] and one.number > drifted:
            newest[one.body["by"]["object_id"]] = one
    counting = [one for one in newest.values() if one.body["approved"] and _counts(engagement, one)]
    return Approval(
        rows=tuple(planned[-1].body["rows"]),
        announced=frozenset(announced.body["rows"]),
        approvers=frozenset(one.body["by"]["object_id"] for one in counting),
        rejected=any(not one.body["approved"] for one in newest.values()),
        ended=any(one.kind == "planned" for one in since),
    )


def _counts(engagement: Engagement, decided: Entry) -> bool:
    """Tell whether an approval counts: of a named approver who is not the applier, or automatic where that is set."""
    if engagement.approvals.automatic:
        return True
    who: dict[str, Any] = decided.body["by"]
    return who["user_name"] in engagement.approvals.approvers and not decided.body["started_by"].startswith("operator@")
