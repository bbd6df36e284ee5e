"""What `consolidate export` writes after a move: both tenants row by row, as a client would get it (M10, M19)."""

from __future__ import annotations

from typing import Any

import pytest
from offline import run_command
from python_calamine import CalamineWorkbook
from world import FABRIKAM, NORTHWIND, World

from consolidation.portal_files.reading import read_portal_file


def test_the_workbooks_after_a_move(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M10, M19: each source row beside its counterpart as read; the lists read again give the recorded rows."""
    world.ready_to_move(FABRIKAM)
    for phase in ("04_recreate", "05_suspend"):
        world.run(phase, FABRIKAM)
    world.run("91_activity_log", date_from="", date_to="", customer="")
    folder = world.path.parent / "out"

    def export(*options: str) -> Any:
        return run_command(capsys, monkeypatch, "export", str(world.path), "--to", str(folder), *options)

    assert export().code == 0
    book = CalamineWorkbook.from_path(folder / "cases.xlsx")
    assert book.sheet_names == ["Cases", "Subscriptions", "Source and target", "Products"]
    header, *rows = book.get_sheet_by_name("Source and target").to_python()
    both = [dict(zip(header, row, strict=True)) for row in rows]
    case = world.case(FABRIKAM)
    moved = [row for row in both if row["Customer"] == case.company]
    claims = world.journal.claims(case.chain)
    assert sum(row["Compared"] == "same seats, active" for row in moved) == len(claims) > 0
    assert all(row["Seats in the target"] == row["Seats when prepared"] for row in moved if row["Set up on"])
    assert {row["Status in the source"] for row in moved if row["Set up on"]} == {"suspended"}
    waiting = [row for row in both if row["Customer"] == world.case(NORTHWIND).company]
    assert all(row["Compared"].startswith("nothing stands for it") for row in waiting)
    recorded = read_portal_file(folder / "cases.xlsx")
    assert len(recorded.rows) == len(both) - 1  # the total counts both columns
    assert (folder / "activity-log.csv").stat().st_size > 1000
    assert export("--customer", FABRIKAM).code == 0
    (own,) = folder.glob(f"*_{case.customer}.xlsx")
    assert len(read_portal_file(own).rows) == len(moved)
    assert export("--customer", "nobody.example").code == 2
