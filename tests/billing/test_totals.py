"""Credits expected against received, for each source and currency (M17, M34)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from offline import FRANCE, GERMANY, make_case_name, make_engagement

from consolidation.billing.invoices.totals import credit_totals
from consolidation.plots import plot_progress
from consolidation.session import open_journal

RECORD = {"open": [], "findings": [], "trouble": [], "since": "2026-11-22", "next_day": None, "files": []}


def row(low: str, high: str, currency: str, amount: str, state: str) -> dict[str, object]:
    """Return a row as 07_close keeps it."""
    return {"bounds": [low, high, currency], "amount": amount, "state": state}


def test_sums_and_plot_say_what_is_expected_received_and_awaited(tmp_path: Path) -> None:
    """M34: each source and currency is summed apart; the words beside the picture say the same as its bars."""
    journal = open_journal(make_engagement(tmp_path))
    france, germany = make_case_name(FRANCE), make_case_name(GERMANY)
    rows = {
        france: [row("302.20", "310.00", "EUR", "302.20", "matched"), row("57.00", "58.00", "EUR", "0", "awaited")],
        germany: [row("90.00", "90.00", "CHF", "45.00", "differs"), {"bounds": None, "amount": None, "state": "x"}],
    }
    for case, found in rows.items():
        body = {"invoices": {**RECORD, "rows": found, "read_on": "2026-12-15"}}
        journal.append(case.chain, "verified", body, phase="07_close")
    chf, eur = sorted(credit_totals(journal, rows), key=lambda one: one.currency)
    assert (eur.low, eur.high, eur.received, eur.awaited) == (Decimal("359.20"), 368, Decimal("302.20"), 1)
    assert chf.words.endswith("90.00 CHF of credits expected, 45.00 received, 0 awaited.")
    shown = plot_progress([], credited=[chf, eur])
    assert eur.words in repr(shown)
    assert len(shown.figure.axes) == 4
    assert shown._repr_png_().startswith(b"\x89PNG")
