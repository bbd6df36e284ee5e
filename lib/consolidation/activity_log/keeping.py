"""Keeps the activity log beyond the 90 days for which Partner Center has it (M33).

Each reading adds one file per tenant with the records that were not kept yet, so that nothing that is kept is ever
touched again. What Partner Center had dropped before it was read is a gap, and is said to be one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from consolidation.activity_log.view import OLDEST_DAYS, Period
from consolidation.clients import Clients
from consolidation.engagement import Engagement
from consolidation.evidence.archive import Archive
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.journal.entries import canonical_json
from consolidation.population import CaseName
from partner_center import PartnerCenterReader
from partner_center.models import AuditRecord, same_id

FOLDER = "activity-log"

LATE_DAYS = 3
"""Days before the last reading that are read once more: how late a record may appear is not published."""

SLICE_DAYS = 30
"""Days asked for in one query, as client libraries do ("Get a record of Partner Center activity")."""


@dataclass(frozen=True)
class Reading:
    """One reading of one tenant's log.

    Attributes:
        tenant: Name of the tenant in the engagement.
        days: What was read: whole UTC days, the last one up to the moment of the reading.
        new: Records that were not kept before.
        file: Where they lie in the archive; empty when there were none.
        gap: Days that Partner Center had dropped before they were read, or None.
    """

    tenant: str
    days: Period
    new: int
    file: str
    gap: Period | None

    def sentence(self) -> str:
        """Say in one line what was kept."""
        return f"{self.tenant}: {self.new} records of {self.days.start} to {self.days.end} are new and kept."


def gap_sentence(tenant: str, gap: Period) -> str:
    """Say which days nobody can read any more."""
    return (
        f"GAP in {tenant}: what happened from {gap.start} to {gap.end} was dropped by Partner Center before it was "
        "read, at least in part; nobody can read it any more."
    )


def partner_tenants(engagement: Engagement, clients: Clients) -> Iterator[tuple[str, PartnerCenterReader]]:
    """Yield name and client of every source, then of the target."""
    for source in engagement.sources:
        yield source.name, clients.source(source.name)
    yield engagement.target.name, clients.target


def keep_log(engagement: Engagement, journal: Journal, clients: Clients, archive: Archive) -> list[Reading]:
    """Read what is new in the log of every tenant and keep it in the archive; the journal notes each reading.

    Args:
        engagement: Its tenants are read.
        journal: Knows the last reading of each tenant.
        clients: Clients of its tenants.
        archive: Takes one file per tenant and reading.

    Raises:
        PartnerCenterError: A log could not be read as a whole; of that tenant nothing is kept, and nothing is lost.
    """
    return [_keep(journal, archive, name, client) for name, client in partner_tenants(engagement, clients)]


def _keep(journal: Journal, archive: Archive, tenant: str, client: PartnerCenterReader) -> Reading:
    now = client.server_time()
    days, gap = days_to_read(_last_read(journal, tenant), now.date())
    # Two sides of a slice's edge may both hold a record: what is kept already is left out.
    kept = {record_key(record) for record in kept_records(archive, tenant, days)}
    fresh: dict[str, AuditRecord] = {}
    for part in slices(days):
        for record in client.audit_records(part.start, part.end):
            if record_key(record) not in kept:
                fresh.setdefault(record_key(record), record)
    path = None
    if fresh:
        ordered = sorted(fresh.values(), key=lambda record: (str(record.operation_date or ""), record_key(record)))
        text = "".join(f"{canonical_json(record.received)}\n" for record in ordered)
        path = archive.write_beside(_file(archive, tenant, days), text)
    name = path.relative_to(archive.root).as_posix() if path else ""
    reading = Reading(tenant, days, len(fresh), name, gap)
    journal.append(ENGAGEMENT_CHAIN, "observed", {"activity_log": _body(reading, now)})
    return reading


def days_to_read(last: date | None, today: date) -> tuple[Period, Period | None]:
    """Return the days to read now, and the days that were dropped before anybody read them.

    Args:
        last: The day of the last reading, which was not over then; None for the first reading.
        today: Partner Center's day.
    """
    oldest = today - timedelta(days=OLDEST_DAYS)
    if last is None:
        return Period(oldest, today), None
    start = max(last - timedelta(days=LATE_DAYS), oldest)
    # The day of the last reading went on after it was read: once it is out of reach, it belongs to the gap.
    gap = Period(last, oldest - timedelta(days=1)) if last < oldest else None
    return Period(min(start, today), today), gap


def slices(days: Period) -> Iterator[Period]:
    """Yield the parts of some days that are asked for in one query each."""
    start = days.start
    while start <= days.end:
        end = min(start + timedelta(days=SLICE_DAYS - 1), days.end)
        yield Period(start, end)
        start = end + timedelta(days=1)


def _body(reading: Reading, now: datetime) -> dict[str, object]:
    gap = reading.gap
    return {
        "tenant": reading.tenant,
        "from": reading.days.start.isoformat(),
        "to": reading.days.end.isoformat(),
        "read_at": now.isoformat(),
        "new": reading.new,
        "file": reading.file,
        "gap": [gap.start.isoformat(), gap.end.isoformat()] if gap else None,
    }


def _readings(journal: Journal, tenant: str) -> list[dict[str, object]]:
    bodies = (entry.body.get("activity_log") for entry in journal.entries(ENGAGEMENT_CHAIN, kinds={"observed"}))
    return [body for body in bodies if body and body["tenant"] == tenant]


def _last_read(journal: Journal, tenant: str) -> date | None:
    read = _readings(journal, tenant)
    return date.fromisoformat(str(read[-1]["to"])) if read else None


def gaps(journal: Journal, tenant: str) -> list[Period]:
    """Return the days of a tenant's log that were dropped before they were read, all readings together."""
    found = [body["gap"] for body in _readings(journal, tenant)]
    return [Period(date.fromisoformat(gap[0]), date.fromisoformat(gap[1])) for gap in found if isinstance(gap, list)]


def _file(archive: Archive, tenant: str, days: Period) -> Path:
    name = f"{tenant}-{days.start:%Y%m%d}-{days.end:%Y%m%d}.jsonl"
    return archive.engagement_folder() / FOLDER / name


def kept_records(archive: Archive, tenant: str, days: Period) -> list[AuditRecord]:
    """Return the kept records of a tenant in some days, oldest first; one that changed is there in its newest form.

    A record without a readable date is in every period (S7).
    """
    newest: dict[str, AuditRecord] = {}
    folder = archive.engagement_folder() / FOLDER
    for path in _files(folder, tenant, days):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = AuditRecord.model_validate(json.loads(line))
            if record.operation_date is None or days.start <= record.operation_date.date() <= days.end:
                newest[record.id or record_key(record)] = record
    return sorted(newest.values(), key=lambda record: (str(record.operation_date or ""), record.id or ""))


def kept_since(journal: Journal, engagement: Engagement) -> date | None:
    """Return the first day of which the archive holds the log of every tenant, or None when one was never read."""
    tenants = [*(source.name for source in engagement.sources), engagement.target.name]
    first = [date.fromisoformat(str(read[0]["from"])) for tenant in tenants if (read := _readings(journal, tenant))]
    return max(first) if len(first) == len(tenants) else None


def read_log(
    engagement: Engagement, clients: Clients, archive: Archive, days: Period, customer: CaseName | None
) -> list[tuple[str, AuditRecord]]:
    """Return the log of every tenant in some days, oldest first: from the archive, and live what Partner Center has.

    Args:
        engagement: Its tenants are read.
        clients: Clients of its tenants; nothing is asked of them for days that Partner Center has dropped.
        archive: Holds what was kept.
        days: Whole UTC days.
        customer: The only customer that is wanted, or None for all.

    Returns:
        Name of the tenant and record; each record once.

    Raises:
        PartnerCenterError: One of the logs could not be read as a whole.
    """
    wanted = customer.customer if customer else None
    pairs = []
    for name, client in partner_tenants(engagement, clients):
        found = {
            record.id or record_key(record): record
            for record in kept_records(archive, name, days)
            if wanted is None or same_id(record.customer_id, wanted)
        }
        oldest = client.server_time().date() - timedelta(days=OLDEST_DAYS)
        live = Period(max(days.start, oldest), days.end)
        for part in slices(live):
            found |= {
                record.id or record_key(record): record
                for record in client.audit_records(part.start, part.end, customer=wanted)
            }
        pairs += [(name, record) for record in found.values()]
    return in_order(pairs)


def kept_log(
    engagement: Engagement, archive: Archive, days: Period, customer: CaseName | None
) -> list[tuple[str, AuditRecord]]:
    """Return what the archive holds of the log of every tenant in some days, oldest first."""
    names = [*(source.name for source in engagement.sources), engagement.target.name]
    return in_order(
        (name, record)
        for name in names
        for record in kept_records(archive, name, days)
        if customer is None or same_id(record.customer_id, customer.customer)
    )


def in_order(pairs: Iterable[tuple[str, AuditRecord]]) -> list[tuple[str, AuditRecord]]:
    """Return tenants and records, oldest first."""
    return sorted(pairs, key=lambda pair: (str(pair[1].operation_date or ""), pair[0], pair[1].id or ""))


def _files(folder: Path, tenant: str, days: Period) -> Iterable[Path]:
    """Return the files of a tenant that can hold records of some days, in the order in which they were written."""
    found = []
    for path in folder.glob(f"{tenant}-*-*.jsonl") if folder.is_dir() else ():
        start, end, *again = path.stem.removeprefix(f"{tenant}-").split("-")
        if not (start.isdecimal() and end.isdecimal()):
            continue  # a tenant whose name begins with this one's
        # A late record of an earlier day lies in a later file, never the other way round.
        if end >= f"{days.start:%Y%m%d}":
            found.append((end, start, int(again[0]) if again else 1, path))
    return [path for *_, path in sorted(found)]


def record_key(record: AuditRecord) -> str:
    """Identify a record in the form it has now: one whose result came later is kept in both forms."""
    return hashlib.sha256(canonical_json(record.received).encode()).hexdigest()
