"""A month end played with the simulator's clock: cut-over, invoice with its credit, next month without a line (M17)."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from offline import run_command
from world import FABRIKAM, FRANCE, TENANTS, World

from consolidation.agenda import Agenda
from consolidation.billing.invoices.record import RecordedInvoice, recorded_invoice
from consolidation.evidence.archive import Archive
from consolidation.outcomes import Outcome
from partner_center_simulator.api import invoices as api
from partner_center_simulator.api.invoice_lines import show_line
from partner_center_simulator.commerce.billed import invoices as simulated
from partner_center_simulator.state import State

MOVED = ("03_transfer", "04_recreate", "05_suspend", "06_azure", "07_close")


@pytest.fixture
def moved(world: World) -> World:
    """Fabrikam, moved on 22 November and looked at by 07_close."""
    world.server.state.clock.set(datetime(2026, 11, 22, 9, tzinfo=UTC))
    world.ready_to_move(FABRIKAM)
    for phase in MOVED:
        world.run(phase, FABRIKAM)
    return world


def on(world: World, day: datetime) -> Outcome:
    """Move the clock, and run 07_close as the batch would: only when it is due."""
    world.server.state.clock.set(day)
    if due(world):
        world.run("07_close", FABRIKAM)
    return world.outcome("07_close", FABRIKAM)


def due(world: World) -> bool:
    """Tell whether a run would execute 07_close."""
    return Agenda(world.engagement, world.journal, world.clients, ()).is_due(world.case(FABRIKAM), "07_close")


def found(world: World) -> RecordedInvoice:
    """Return what 07_close found last."""
    recorded = recorded_invoice(world.journal, world.case(FABRIKAM).chain)
    assert recorded is not None
    return recorded


def states(world: World) -> list[str]:
    """Return how each row of the match table ends."""
    return [row["state"] for row in found(world).rows]


def at(month: int, day: int, year: int = 2026, hour: int = 10) -> datetime:
    """Return a moment of the played months."""
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_a_month_end_from_cut_over_to_the_month_without_an_invoice(moved: World) -> None:
    """M17, M18, M34: waiting until the credit is seen and matched row by row, then until nothing more was charged."""
    waiting = moved.outcome("07_close", FABRIKAM)
    assert (waiting.outcome, waiting.waiting_on) == ("waiting", "Microsoft")
    assert any("for legacy seats is expected 2026-12-15" in reason for reason in waiting.reasons)
    assert states(moved) == ["awaited"] * 3
    moved.server.state.clock.set(at(12, 14))
    assert not due(moved)
    waiting = on(moved, at(12, 15))
    assert states(moved) == ["matched"] * 3
    assert all(row["received"].endswith(" EUR") and Decimal(row["amount"]) > 0 for row in found(moved).rows)
    assert waiting.outcome == "waiting"
    assert any("is there, of 2026-12-15" in reason for reason in waiting.reasons)
    moved.server.state.clock.set(at(1, 14, 2027))
    assert not due(moved)
    assert on(moved, at(1, 15, 2027)).outcome == "done"
    assert not found(moved).open
    kept = Archive(moved.engagement.archive_folder).engagement_folder() / "invoices" / FRANCE
    assert len(list(kept.glob("*-office-*.jsonl"))) == 2


def test_a_day_of_waiting_costs_one_look(moved: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """M37: while an invoice is late, the case is looked at once a day and no more."""
    made = simulated.invoices

    def late(state: State, tenant: str) -> list[simulated.Invoice]:
        return [one for one in made(state, tenant) if one.day < date(2026, 12, 1)]

    monkeypatch.setattr(api, "invoices", late)
    on(moved, at(12, 15))
    assert states(moved) == ["awaited"] * 3
    moved.server.state.clock.set(at(12, 15, hour=23))
    assert not due(moved)
    moved.server.state.clock.set(at(12, 16, hour=1))
    assert due(moved)
    waiting = on(moved, at(12, 24))
    assert any("It is late" in reason for reason in waiting.reasons)


def test_what_is_charged_after_the_end_holds_until_it_is_settled(moved: World) -> None:
    """M18: a seat that somebody bought back is charged again; the finding holds and is settled by a confirmation."""
    on(moved, at(12, 15))
    row = moved.subscriptions(FRANCE, FABRIKAM)["Office 365 E3"]
    moved.portal(FRANCE, FABRIKAM, subscription=row["id"], status="active")
    moved.server.state.clock.set(at(12, 20))
    moved.portal(FRANCE, FABRIKAM, subscription=row["id"], status="suspended")
    held = on(moved, at(1, 15, 2027))
    assert held.outcome == "held"
    assert "charged for days after 2026-11-22" in held.reasons[0]


def test_a_file_of_the_portal_stands_for_what_may_not_be_read(
    moved: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M17, M19: where the invoices are refused, the outcome says how to bring the file, and the file is matched."""
    refused = {"method": "GET", "path": "/invoices", "kind": "business_error", "code": 900308, "times": 0}
    moved.faults(refused)
    told = " ".join(on(moved, at(12, 15)).reasons)
    assert f"--tenant {FRANCE} --read FILE --dated" in told
    assert states(moved) == ["awaited"] * 3
    file = tmp_path / "LicenseBasedLineItems.csv"
    write_portal_file(moved, file)
    run = partial(run_command, capsys, monkeypatch, "invoices")
    brought = run(str(moved.path), "--tenant", FRANCE, "--read", str(file), "--dated", "2026-12-15")
    assert brought.code == 0, brought.err
    assert due(moved)
    moved.run("07_close", FABRIKAM)
    assert states(moved) == ["matched"] * 3
    assert not due(moved)
    shown = run(str(moved.path))
    assert "matched" in shown.out
    assert shown.code == 0


def write_portal_file(world: World, path: Path) -> None:
    """Write the invoice of 15 December as the portal of a European region exports it."""
    state = world.server.state
    invoice = next(one for one in simulated.invoices(state, TENANTS[FRANCE]) if one.day == date(2026, 12, 15))
    rows = [show_line(line, invoice) for line in invoice.lines]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([name[:1].upper() + name[1:] for name in rows[0] if name != "attributes"])
        for row in rows:
            writer.writerow([_european(value) for name, value in row.items() if name != "attributes"])


def _european(value: object) -> str:
    text = str(value)
    if isinstance(value, float):
        return f"{value:.2f}".replace(".", ",")
    return datetime.fromisoformat(text).strftime("%d.%m.%Y 00:00:00") if text.endswith("T00:00:00") else text
