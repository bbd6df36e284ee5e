"""The activity log against the journal, both ways: our own changes found in it, foreign ones shown (M33).

A call of ours carries an MS-CorrelationId that Partner Center prints in the log as `originalCorrelationId`
("Auditing resources"). Where it is missing, tenant, customer, operation, time and the ids in the record have to fit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consolidation.journal import Entry, Journal
from consolidation.population import CaseName
from consolidation.tables import Column, Table
from partner_center.models import AuditRecord, identity

OPERATIONS = {
    "attest_agreement": {"create_agreement"},
    "checkout": {"create_order", "update_order"},
    "suspend": {"update_subscription"},
    "request_transfer": {"create_transfer"},
    "accept_transfer": {"update_transfer"},
    "withdraw_transfer": {"update_transfer"},
    "cancel": {"update_subscription"},
    "auto_renew_off": {"update_subscription"},
}
"""Action of an effect -> operation types under which the log shows it ("Auditing resources"); a cart shows nowhere."""

READS = ("get_", "ready_invoice")
"""Beginnings of operation types that change nothing."""

CLOCKS_APART = timedelta(minutes=15)
"""How far our entry and Microsoft's record of one call may lie apart when no correlation id says that they belong."""


@dataclass(frozen=True)
class Effect:
    """Something that we changed, as the journal has it.

    Attributes:
        case: Whose.
        action: As in the `intended` entry.
        at: When Microsoft answered, else when it was announced, UTC.
        correlation_ids: Of the call and of each of its repeats, lower case.
        ids: Orders, subscriptions and rows that it touched, lower case.
        settled: Whether its answer is known.
    """

    case: CaseName
    action: str
    at: datetime
    correlation_ids: frozenset[str]
    ids: frozenset[str]
    settled: bool


@dataclass(frozen=True)
class Match:
    """One effect and its records; `how` is `correlation id`, `fields`, or empty for one that is not in the log."""

    effect: Effect
    records: tuple[tuple[str, AuditRecord], ...]
    how: str


@dataclass(frozen=True)
class Comparison:
    """Log and journal side by side: every effect once, and every change of one of our customers that is not ours."""

    matches: tuple[Match, ...]
    foreign: tuple[tuple[str, AuditRecord], ...]

    @property
    def missing(self) -> tuple[Match, ...]:
        """Effects that the log does not show."""
        return tuple(match for match in self.matches if not match.how)


def effects_of(journal: Journal, case: CaseName) -> list[Effect]:
    """Return what we changed for a case, refused calls aside: they changed nothing."""
    entries = journal.entries(case.chain, kinds={"intended", "retried", "done", "refused"})
    refused = {entry.body["intended"] for entry in entries if entry.kind == "refused"}
    return [
        _effect(case, entry, [other for other in entries if other.body.get("intended") == entry.number])
        for entry in entries
        if entry.kind == "intended" and entry.number not in refused and entry.body["action"] in OPERATIONS
    ]


def _effect(case: CaseName, intended: Entry, later: Sequence[Entry]) -> Effect:
    every = (intended, *later)
    correlation_ids = {identity(str(entry.body.get("correlation_id") or "")) for entry in every}
    lines = [line for entry in later for line in entry.body.get("lines", ())]
    ids = {identity(str(row)) for entry in every for row in entry.body.get("rows", ())}
    ids |= {identity(str(line[name])) for line in lines for name in ("order_id", "subscription_id")}
    ids |= {identity(str(entry.body.get("transfer") or "")) for entry in every}
    # Microsoft's clock where it answered: the laptop's may be wrong.
    answered = [str(entry.body["answered_at"]) for entry in later if entry.body.get("answered_at")]
    return Effect(
        case,
        str(intended.body["action"]),
        datetime.fromisoformat(answered[0] if answered else intended.at),
        frozenset(correlation_ids - {""}),
        frozenset(ids - {""}),
        settled=any(entry.kind == "done" for entry in later),
    )


def compare(
    effects: Iterable[Effect], records: Iterable[tuple[str, AuditRecord]], customers: Collection[str]
) -> Comparison:
    """Match effects and records both ways.

    Args:
        effects: Of every case that is looked at.
        records: Name of the tenant and record; of other customers as well: those are left out.
        customers: Customer tenant ids, lower case, whose foreign changes are shown.

    Returns:
        Every effect once. A record stands for one effect at most; one that failed changed nothing and is not foreign.
    """
    ours = list(effects)
    changes = [pair for pair in records if _is_change(pair[1])]
    by_correlation: dict[str, list[int]] = {}
    for place, (_, record) in enumerate(changes):
        by_correlation.setdefault(identity(record.original_correlation_id or ""), []).append(place)
    used: set[int] = set()
    matches: dict[int, Match] = {}
    for number, effect in enumerate(ours):
        places = sorted({place for key in effect.correlation_ids for place in by_correlation.get(key, ())} - used)
        if places:
            used.update(places)
            matches[number] = Match(effect, tuple(changes[place] for place in places), "correlation id")
    # Only then by fields: a record that names its call must not be taken by another effect.
    for number, effect in enumerate(ours):
        if number in matches:
            continue
        places = [place for place, pair in enumerate(changes) if place not in used and _fits(effect, pair[1])]
        used.update(places)
        found = tuple(changes[place] for place in places)
        matches[number] = Match(effect, found, "fields" if found else "")
    foreign = tuple(
        pair
        for place, pair in enumerate(changes)
        if place not in used and identity(pair[1].customer_id or "") in customers
    )
    return Comparison(tuple(matches[number] for number in range(len(ours))), foreign)


def _is_change(record: AuditRecord) -> bool:
    kind = record.operation_type.casefold()
    return not kind.startswith(READS) and record.operation_status.casefold() not in {"failed", "decline"}


def _fits(effect: Effect, record: AuditRecord) -> bool:
    """Tell whether a record without a correlation id is this effect's: customer, operation, time, one of its ids."""
    if record.original_correlation_id or identity(record.customer_id or "") != effect.case.customer:
        return False
    if record.operation_type.casefold() not in OPERATIONS[effect.action] or record.operation_date is None:
        return False
    if abs(record.operation_date - effect.at) > CLOCKS_APART:
        return False
    printed = {identity(item.value or "") for item in record.customized_data}
    whole = (record.resource_new_value or "").casefold()
    return bool(effect.ids & printed) or any(each in whole for each in effect.ids)


def missing_table(comparison: Comparison) -> Table:
    """Show every change of ours that the log does not show."""
    rows = tuple(
        {
            "at": match.effect.at,
            "customer": match.effect.case.company,
            "source": match.effect.case.source,
            "action": match.effect.action.replace("_", " "),
            "answer": "known" if match.effect.settled else "unknown: run the case again, it is settled first",
            "correlation": ", ".join(sorted(match.effect.correlation_ids)),
        }
        for match in comparison.missing
    )
    return Table(
        columns=(
            Column("at", "Date and time (UTC)", "datetime"),
            Column("customer", "Customer"),
            Column("source", "Case of"),
            Column("action", "What we did"),
            Column("answer", "Microsoft's answer"),
            Column("correlation", "Correlation id"),
        ),
        rows=rows,
        caption="Our own changes that the log does not show",
        empty="Every change of ours stands in Microsoft's log.",
    )


def foreign_table(comparison: Comparison) -> Table:
    """Show every change of one of our customers that we did not make, with who made it."""
    rows = tuple(
        {
            "at": record.operation_date,
            "tenant": tenant,
            "customer": record.customer_name or record.customer_id,
            "action": record.operation_type,
            "user": record.user_principal_name or record.application_id or "not named",
            "details": "; ".join(f"{item.key}: {item.value}" for item in record.customized_data),
        }
        for tenant, record in comparison.foreign
    )
    return Table(
        columns=(
            Column("at", "Date and time (UTC)", "datetime"),
            Column("tenant", "Tenant"),
            Column("customer", "Affected customer"),
            Column("action", "Action"),
            Column("user", "Made by"),
            Column("details", "Details"),
        ),
        rows=rows,
        caption="Changes that this runbook did not make",
        empty="Nobody else changed anything for these customers.",
    )
