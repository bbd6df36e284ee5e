"""What others changed since a plan was read, told by Microsoft's log just before the plan is applied (M33, S6).

What a tenant shows is compared with the plan anyway. The log adds who did it, and what was changed and changed back: a
person who works on the very rows of a plan is asked before it is carried out. The log is read for one customer, from
the day of the plan on: one list read of the source, and one of the target where the plan takes over what stands there.

How late a record may appear is not published. One that comes later holds the next step of the case, or stands in
`91_activity_log`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from consolidation.activity_log.keeping import record_key, slices
from consolidation.activity_log.matching import compare, effects_of
from consolidation.activity_log.view import OLDEST_DAYS, Period
from consolidation.case import Case
from consolidation.journal import Journal
from consolidation.plan import Plan, PlanRow
from consolidation.population import recorded_population
from consolidation.routes import BY_HAND
from partner_center import PartnerCenterReader
from partner_center.models import AuditRecord, identity

A_SECOND = timedelta(seconds=1)
"""Partner Center's `Date` header names whole seconds: what happened in the second of a reading is taken as read."""

TRANSFERS = "_transfer"
"""End of the operation types of transfers: who asks and who accepts is looked at by `03_transfer` itself (S2)."""


@dataclass(frozen=True)
class ForeignChange:
    """A change of somebody else that touches a row of a plan.

    Attributes:
        record: What the log calls it, else what tells it from any other.
        sentence: Which row, what, in which tenant, who and when.
        received: The record as received: after 90 days nobody else has it.
    """

    record: str
    sentence: str
    received: Mapping[str, Any]


def acting_rows(plan: Plan) -> list[PlanRow]:
    """Return the rows that a plan changes something for; what a person ends by hand is left out."""
    return [
        row
        for row in plan.rows
        if (row.source_action != "none" or row.target_action != "none") and row.route not in BY_HAND
    ]


def foreign_changes(case: Case, plan: Plan, rows: Collection[PlanRow]) -> tuple[ForeignChange, ...]:
    """Return what others did to rows of a plan since it was read, each change once: one that has held is looked at.

    Args:
        case: Both its tenants' logs are read, as far back as the plan and the 90 days go.
        plan: The frozen plan.
        rows: Those of its rows that are still to be carried out; without any, nothing is read.

    Raises:
        partner_center.PartnerCenterError: A log could not be read as a whole.
    """
    if not rows:
        return ()
    read = _read_before(case.journal, plan)
    held = _held_before(case.journal, plan)
    source = {row.subscription: row for row in rows}
    target = {row.adopted: row for row in rows if row.adopted}
    found = (
        *_changes(case, case.name.source, case.source, read.get("source"), source),
        *_changes(case, case.engagement.target.name, case.target, read.get("target"), target),
    )
    return tuple(one for one in found if one.record not in held)


def changes_in_target(case: Case, plan: Plan, rows: Collection[PlanRow]) -> tuple[str, ...]:
    """Return what others did in the target to the subscriptions that stand for rows of a plan, one sentence each.

    Args:
        case: Its target's log is read.
        plan: The frozen plan.
        rows: Those of its rows whose counterpart is not as planned.

    Raises:
        partner_center.PartnerCenterError: The log could not be read as a whole.
    """
    claims = case.journal.claims(case.chain)
    standing = {claims[row.subscription]: row for row in rows if row.subscription in claims}
    since = _read_before(case.journal, plan).get("target")
    return tuple(one.sentence for one in _changes(case, case.engagement.target.name, case.target, since, standing))


def _changes(
    case: Case,
    tenant: str,
    client: PartnerCenterReader,
    since: datetime | None,
    rows: dict[str, PlanRow],
) -> Iterator[ForeignChange]:
    """Yield what others did to these subscriptions of one tenant, oldest first; a record without a date counts (S7)."""
    if not rows:
        return
    today = client.server_time().date()
    oldest = today - timedelta(days=OLDEST_DAYS)
    first = max(since.date(), oldest) if since else oldest
    records = [
        (tenant, record)
        for part in slices(Period(min(first, today), today))
        for record in client.audit_records(part.start, part.end, customer=case.customer)
    ]
    names = [name for name in recorded_population(case.journal) if name.customer == case.customer] or [case.name]
    effects = [effect for name in names for effect in effects_of(case.journal, name)]
    foreign = compare(effects, records, {case.customer}).foreign
    yield from touching(foreign, rows, since, _correlation_ids(case))


def touching(
    records: Iterable[tuple[str, AuditRecord]],
    rows: Mapping[str, PlanRow],
    since: datetime | None,
    ours: Collection[str],
) -> Iterator[ForeignChange]:
    """Yield the changes that touch a row and that the plan does not know yet.

    Args:
        records: Name of the tenant and record of each change that is no effect of ours.
        rows: Subscription of that tenant, lower case -> row of the plan.
        since: When the tenant was read for the plan (UTC); None for ever.
        ours: Correlation ids of every call of ours, lower case: a repeat may have been refused after the first call
            had taken effect.
    """
    for tenant, record in records:
        if record.operation_type.casefold().endswith(TRANSFERS):
            continue
        if identity(record.original_correlation_id or "") in ours:
            continue
        if since and record.operation_date and record.operation_date < since + A_SECOND:
            continue
        printed = _ids(record)
        touched = [row for subscription, row in rows.items() if subscription in printed]
        if touched:
            yield ForeignChange(record.id or record_key(record), _sentence(tenant, record, touched), record.received)


def _ids(record: AuditRecord) -> str:
    """Return everything in a record that may name a subscription, in lower case."""
    printed = [item.value or "" for item in record.customized_data]
    return " ".join([*printed, record.resource_old_value or "", record.resource_new_value or ""]).casefold()


def _sentence(tenant: str, record: AuditRecord, rows: list[PlanRow]) -> str:
    who = record.user_principal_name or record.application_id or "somebody whom the log does not name"
    when = f"{record.operation_date:%Y-%m-%d %H:%M:%S} UTC" if record.operation_date else "a time that cannot be read"
    what = ", ".join(f"{row.product} ({row.subscription})" for row in rows)
    printed = [
        f"{item.key}: {item.value}"
        for item in record.customized_data
        if item.value and not any(identity(item.value) in {row.subscription, row.adopted} for row in rows)
    ]
    details = f" ({'; '.join(printed)})" if printed else ""
    return f"Not by this runbook: {who} changed {what} in {tenant} at {when}: {record.operation_type}{details}."


def _read_before(journal: Journal, plan: Plan) -> dict[str, datetime]:
    """Return side -> when it was read last before the plan was frozen, by Partner Center's clock."""
    read: dict[str, datetime] = {}
    for entry in journal.entries(plan.case.chain, kinds={"observed"}):
        if entry.number > plan.number:
            break
        sides = [side for side in ("source", "target") if side in entry.body]
        read |= {side: datetime.fromisoformat(entry.body[side]["read_at"]) for side in sides}
    return read


def _held_before(journal: Journal, plan: Plan) -> set[str]:
    """Return the records that have ended an approval of this phase's plans already."""
    drifted = journal.entries(plan.case.chain, kinds={"drifted"}, phase=plan.phase)
    return {each["id"] for entry in drifted for each in entry.body.get("records", ())}


def _correlation_ids(case: Case) -> set[str]:
    """Return every correlation id that we ever sent for this customer, for refused calls and repeats too."""
    kinds = {"intended", "retried", "done", "refused"}
    return {
        identity(str(entry.body["correlation_id"]))
        for chain in case.journal.every.of_customer(case.customer)
        for entry in case.journal.entries(chain, kinds=kinds)
        if entry.body.get("correlation_id")
    }
