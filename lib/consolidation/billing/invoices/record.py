"""What was last found about a case's final invoice, as the journal keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from consolidation.billing.invoices.final_invoice import FinalInvoice
from consolidation.billing.invoices.kept import kept_invoices
from consolidation.billing.invoices.matching import MatchedRow, in_words
from consolidation.case import Case
from consolidation.journal import Journal

PHASE = "07_close"


@dataclass(frozen=True)
class RecordedInvoice:
    """What `07_close` found when it last looked.

    Attributes:
        number: Of the entry.
        rows: Every subscription that was ended, as the table shows it.
        open: What is waited for, one sentence each.
        findings: What a person has to look at.
        trouble: What cannot be read.
        since: UTC day since which the invoice is waited for.
        next_day: UTC day from which it is worth looking again.
        read_on: UTC day of that look.
        files: Names of the invoices that were in the archive.
    """

    number: int
    rows: tuple[Mapping[str, Any], ...]
    open: tuple[str, ...]
    findings: tuple[str, ...]
    trouble: tuple[str, ...]
    since: date
    next_day: date | None
    read_on: date
    files: tuple[str, ...]


def body_of(found: FinalInvoice) -> dict[str, Any]:
    """Return the journal's form."""
    return {
        "rows": [shown(row) for row in found.rows],
        "open": list(found.open),
        "findings": list(found.findings),
        "trouble": list(found.trouble),
        "since": found.since.isoformat(),
        "next_day": found.next_day.isoformat() if found.next_day else None,
        "read_on": found.read_on.isoformat(),
        "files": list(found.files),
    }


def shown(row: MatchedRow) -> dict[str, Any]:
    """Return a row as tables show it; amounts of credits without their minus, as in the plan."""
    expected = row.expectation
    credit = expected.credit.ranges[0] if expected and len(expected.credit.ranges) == 1 else None
    return {
        "subscription": row.subscription,
        "product": row.product,
        "seats": expected.seats if expected else None,
        "ended": expected.ended_on.isoformat() if expected else "",
        "expected": str(-expected.credit) if expected else "",
        "received": in_words({code: 0 - amount for code, amount in row.received.items()}),
        "state": row.state,
        "words": row.words,
        "where": ", ".join(row.places),
        "bounds": [str(0 - credit.high), str(0 - credit.low), credit.currency] if credit else None,
        "amount": str(0 - row.received.get(credit.currency, 0)) if credit else None,
    }


def recorded_invoice(journal: Journal, chain: str) -> RecordedInvoice | None:
    """Return what was last found; None when `07_close` has not looked, or nothing was ended in the source."""
    entry = journal.last(chain, "verified", phase=PHASE)
    body = entry.body.get("invoices") if entry else None
    if entry is None or body is None:
        return None
    return RecordedInvoice(
        number=entry.number,
        rows=tuple(body["rows"]),
        open=tuple(body["open"]),
        findings=tuple(body["findings"]),
        trouble=tuple(body["trouble"]),
        since=date.fromisoformat(body["since"]),
        next_day=date.fromisoformat(body["next_day"]) if body["next_day"] else None,
        read_on=date.fromisoformat(body["read_on"]),
        files=tuple(body["files"]),
    )


def invoice_is_due(case: Case) -> bool:
    """Tell whether a case that waits for an invoice has to look again: once a day at most, from the expected day on.

    A file that somebody brought meanwhile is looked at on any day.
    """
    found = recorded_invoice(case.journal, case.chain)
    if found is None or not found.open:
        return False
    kept = (one for one in kept_invoices(case.archive, case.name.source) if one.is_brought)
    if any(one.day >= found.since and one.path.name not in found.files for one in kept):
        return True
    today = case.source.server_time().date()
    return found.next_day is not None and found.next_day <= today and found.read_on < today
