"""The closure certificate: what is closed and what is not, for one customer or for a whole source tenant (M36)."""

from __future__ import annotations

from collections.abc import Sequence

from consolidation.billing.overlap import overlap_so_far
from consolidation.display import Box, Showable
from consolidation.inventory import baseline
from consolidation.journal import Journal
from consolidation.portfolio import CaseStatus, why
from consolidation.report.rows import EndedRow, ended_rows, ended_table
from consolidation.tables import Column, Table, counted

PROVES = (
    "This certificate repeats what the journal and the archived notebooks say. 'consolidate verify' checks that those "
    "were not changed since they were signed; it does not prove what Partner Center shows today."
)

ASSUMED = "automatic"


def case_certificate(journal: Journal, status: CaseStatus) -> tuple[Showable | str, ...]:
    """Return the parts of a customer's certificate: the statement, every row, who approved, the chain's head."""
    case = status.case
    rows = ended_rows(journal, case)
    still = [row for row in rows if row.is_open]
    closed = status.state == "done" and not still
    title = (
        f"Closed: nothing of {case.company} is left to do in {case.source}."
        if closed
        else f"NOT closed: {case.company} under {case.source}."
    )
    lines = [f"{row.product}, {counted(row.seats, 'seat')}: {row.words}" for row in still]
    if not closed:
        lines.append(why(status))
    number, digest = journal.head(case.chain)
    return (
        Box("done" if closed else "held", title, tuple(lines)),
        ended_table(rows, case.company),
        _conservation(journal, status, rows),
        *_billed(journal, status),
        *_approvals(journal, status),
        f"Head of this customer's journal: entry {number}, SHA-256 {digest}.",
        PROVES,
    )


def source_certificate(journal: Journal, source: str, cases: Sequence[CaseStatus]) -> tuple[Showable | str, ...]:
    """Return the parts of a source tenant's certificate: every customer once, and what is still open."""
    counted_rows = {status.case.chain: ended_rows(journal, status.case) for status in cases}
    still = [
        status for status in cases if status.state != "done" or any(r.is_open for r in counted_rows[status.case.chain])
    ]
    title = (
        f"Closed: all {counted(len(cases), 'customer')} of {source}."
        if not still
        else f"NOT closed: {len(still)} of {counted(len(cases), 'customer')} of {source}."
    )
    rows = [
        {
            "company": status.case.company,
            "customer": status.case.customer,
            "state": status.state.replace("_", " "),
            "rows": len(counted_rows[status.case.chain]),
            "open": sum(row.is_open for row in counted_rows[status.case.chain]),
            "why": why(status),
        }
        for status in cases
    ]
    return (
        Box("held" if still else "done", title),
        Table(
            columns=(
                Column("company", "Customer"),
                Column("customer", "Tenant id"),
                Column("state", "State"),
                Column("rows", "Subscriptions", "number"),
                Column("open", "Still active", "number"),
                Column("why", "State and reason"),
            ),
            rows=tuple(rows),
            caption=f"Every customer of {source}, once",
            total=("rows", "open"),
            empty="No customer is listed: run 00_connect.",
        ),
        PROVES,
    )


def _conservation(journal: Journal, status: CaseStatus, rows: Sequence[EndedRow]) -> str:
    """Say how many rows were recorded and how many stand here (S8)."""
    record = baseline(journal, status.case.chain)
    recorded = len(record[0].subscriptions) if record else 0
    later = len(rows) - recorded
    added = f", {later} of them added to the source later" if later > 0 else ""
    return f"{counted(recorded, 'subscription')} recorded before the first change, {len(rows)} here{added}."


def _billed(journal: Journal, status: CaseStatus) -> list[str]:
    if status.overlap is not None:
        return [status.overlap.alarm]
    billed = overlap_so_far(journal, status.case)
    return [billed.sentence] if billed.rows else []


def _approvals(journal: Journal, status: CaseStatus) -> list[str]:
    """Say who approved, and where nobody but the engagement's own word did (RULES, People)."""
    sentences = []
    for entry in journal.entries(status.case.chain, kinds={"decided"}):
        who, body = entry.body["by"], entry.body
        if not body["approved"]:
            continue
        phase, digest = entry.phase, body["digest"][:12]
        if body["how"] == ASSUMED:
            sentences.append(f"Plan {digest} of {phase} was approved by nobody in person: assumed (loopback).")
        else:
            applied = body.get("started_by") or ""
            said = f"; the run was started by {applied}" if applied else ""
            sentences.append(f"Plan {digest} of {phase} was approved by {who['name']} ({who['user_name']}){said}.")
    return sentences
