"""The sheets of the Excel files: one customer's subscriptions, and all cases of an engagement (M19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from consolidation.choices import chosen_routes
from consolidation.inventory import ACTIVE, Snapshot, baseline, last_read, product_name
from consolidation.journal import Journal
from consolidation.population import CaseName
from consolidation.portfolio import Portfolio
from consolidation.routes import ChosenRoute
from consolidation.rows import subscription_rows
from consolidation.tables import Column, Table
from partner_center.models import Subscription, identity


@dataclass(frozen=True)
class CaseRecord:
    """What the journal knows of one case; no call is made for it.

    Attributes:
        case: Which case.
        prepared: What the source said when the case was prepared.
        source: What the source said when it was read last.
        target: What the target said when it was read last.
        claims: Source subscription id -> id of the target subscription that stands for it.
        chosen: Source subscription id -> route that a person chose.
    """

    case: CaseName
    prepared: Snapshot
    source: Snapshot
    target: Snapshot
    claims: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, ChosenRoute] = field(default_factory=dict)


def case_records(journal: Journal, cases: Sequence[CaseName]) -> list[CaseRecord]:
    """Return the record of every case that is prepared."""
    found = []
    for case in cases:
        record = baseline(journal, case.chain)
        if record is not None:
            source = last_read(journal, case.chain, "source") or record[0]
            target = last_read(journal, case.chain, "target") or record[1]
            chosen = chosen_routes(journal, case.chain)
            found.append(CaseRecord(case, record[0], source, target, journal.claims(case.chain), chosen))
    return found


def subscriptions_table(case: CaseName, snapshot: Snapshot, chosen: Mapping[str, ChosenRoute]) -> Table:
    """Return a customer's subscriptions with term, route and reason, as the Excel file shows them."""
    live = snapshot.by_id()
    rows = [
        {
            "product": row.product,
            "seats": row.seats,
            "status": row.status,
            "kind": row.kind,
            "cycle": row.billing_cycle,
            "start": live[row.subscription].effective_start_date,
            "end": live[row.subscription].commitment_end_date,
            "renew": "yes" if row.auto_renew else "no",
            "partner": row.partner,
            "route": row.route or "undecided",
            "reason": row.reason,
            "offer": row.offer,
            "id": live[row.subscription].id,
            "addon": bool(row.parent),
        }
        for row in subscription_rows(snapshot, chosen)
    ]
    return Table(
        columns=(
            Column("product", "Product", width=34),
            Column("seats", "Seats", "number"),
            Column("status", "Status"),
            Column("kind", "Kind"),
            Column("cycle", "Billing cycle"),
            Column("start", "Term starts", "date"),
            Column("end", "Term ends", "date"),
            Column("renew", "Renews"),
            Column("partner", "Partner ID"),
            Column("route", "Route"),
            Column("reason", "Why", width=44),
            Column("offer", "Offer id", width=20),
            Column("id", "Subscription id", width=20),
        ),
        rows=tuple(rows),
        caption=f"{case.company} ({case.customer}) under {case.source}",
        indent="addon",
        total=("seats",),
        empty="The source has no subscriptions for this customer.",
    )


def engagement_sheets(portfolio: Portfolio, records: Sequence[CaseRecord]) -> list[tuple[str, Table]]:
    """Return the sheets of an engagement's workbook: the cases, every source subscription once, and both tenants (S8).

    Args:
        portfolio: Every case with its outcomes.
        records: The cases that are prepared.
    """
    return [
        ("Cases", portfolio.table),
        ("Subscriptions", _every_subscription(records)),
        ("Source and target", both_tenants_table(records)),
        ("Products", products_table(records)),
    ]


def customer_sheets(record: CaseRecord) -> list[tuple[str, Table]]:
    """Return the sheets of one customer's workbook: subscriptions as prepared, and both tenants row by row (M10)."""
    return [
        ("Subscriptions", subscriptions_table(record.case, record.prepared, record.chosen)),
        ("Source and target", both_tenants_table([record])),
    ]


def _every_subscription(records: Sequence[CaseRecord]) -> Table:
    rows = [
        {
            "company": record.case.company,
            "source": record.case.source,
            "product": row.product,
            "seats": live.quantity,
            "status": row.status,
            "kind": row.kind,
            "cycle": row.billing_cycle,
            "end": live.commitment_end_date,
            "route": row.route or "undecided",
            "target": record.claims.get(row.subscription, ""),
            "reason": row.reason,
            "id": live.id,
            "customer": record.case.customer,
            "addon": bool(row.parent),
        }
        for record in records
        for every in [record.prepared.by_id()]
        for row in subscription_rows(record.prepared, record.chosen)
        for live in [every[row.subscription]]
    ]
    return Table(
        columns=(
            Column("product", "Product", width=36),
            Column("company", "Customer", width=26),
            Column("source", "From"),
            Column("seats", "Seats", "number"),
            Column("status", "Status when prepared"),
            Column("kind", "Kind"),
            Column("cycle", "Billing cycle"),
            Column("end", "Term ends", "date"),
            Column("route", "Route"),
            Column("reason", "Why", width=56),
            Column("target", "Stands in the target as", width=20),
            Column("id", "Subscription id", width=20),
            Column("customer", "Customer tenant", width=20),
        ),
        rows=tuple(rows),
        caption="Every source subscription once, as recorded by 01_prepare",
        indent="addon",
        total=("seats",),
        empty="No case is prepared yet.",
    )


def both_tenants_table(records: Sequence[CaseRecord]) -> Table:
    """Return every source subscription beside what stands for it in the target, both as read last (M10, S8)."""
    return Table(
        columns=(
            Column("product", "Product", width=36),
            Column("company", "Customer", width=26),
            Column("before", "Seats when prepared", "number"),
            Column("source", "Status in the source"),
            Column("target_product", "Product in the target", width=36),
            Column("after", "Seats in the target", "number"),
            Column("target", "Status in the target"),
            Column("created", "Set up on", "date"),
            Column("result", "Compared", width=40),
            Column("source_read", "Source read", "datetime"),
            Column("read", "Target read", "datetime"),
        ),
        rows=tuple(row for record in records for row in _both_tenants(record)),
        caption="Source and target, row by row, as Partner Center said when it was read last",
        indent="addon",
        total=("before", "after"),
        empty="No case is prepared yet.",
    )


def _both_tenants(record: CaseRecord) -> list[dict[str, object]]:
    prepared, now, target = record.prepared.by_id(), record.source.by_id(), record.target.by_id()
    rows: list[dict[str, object]] = []
    for row in subscription_rows(record.prepared, record.chosen):
        claim = identity(record.claims.get(row.subscription, ""))
        live, counterpart = now.get(row.subscription), target.get(claim)
        rows.append(
            {
                "product": row.product,
                "company": record.case.company,
                "before": prepared[row.subscription].quantity,
                "source": live.status if live else "no longer listed",
                "target_product": product_name(counterpart) if counterpart else "",
                # Nothing stands for it: that is no seat, not an unknown number.
                "after": counterpart.quantity if counterpart else 0,
                "target": counterpart.status if counterpart else "",
                "created": counterpart.creation_date if counterpart else None,
                "result": _compared(prepared[row.subscription], claim, counterpart, row.route or "undecided"),
                "source_read": record.source.read_at,
                "read": record.target.read_at,
                "addon": bool(row.parent),
            }
        )
    return rows


def _compared(prepared: Subscription, claim: str, counterpart: Subscription | None, route: str) -> str:
    if counterpart is None:
        return "set up, not read since" if claim else f"nothing stands for it; route {route}"
    differences = []
    if counterpart.quantity != prepared.quantity:
        differences.append(f"{counterpart.quantity} seats instead of {prepared.quantity}")
    if counterpart.status.casefold() != ACTIVE:
        differences.append(f"{counterpart.status} instead of active")
    return ", ".join(differences) or "same seats, active"


def products_table(records: Sequence[CaseRecord]) -> Table:
    """Return seats by product as they were recorded before anything was changed, what is active or suspended (M2)."""
    found: dict[tuple[str, str], list[int]] = {}
    for record in records:
        every = record.prepared.by_id()
        for row in subscription_rows(record.prepared, record.chosen):
            counts = found.setdefault((row.product, row.status), [0, 0, 0])
            counts[0] += 1
            counts[1] += every[row.subscription].quantity or 0
            counts[2] += row.subscription in record.claims
    rows = tuple(
        {"product": product, "status": status, "count": counts[0], "seats": counts[1], "moved": counts[2]}
        for (product, status), counts in sorted(found.items(), key=lambda item: (item[0][0].casefold(), item[0][1]))
    )
    return Table(
        columns=(
            Column("product", "Product", width=44),
            Column("status", "Status when prepared"),
            Column("count", "Subscriptions", "number"),
            Column("seats", "Seats", "number"),
            Column("moved", "Stand in the target", "number"),
        ),
        rows=rows,
        caption="By product and status, as recorded by 01_prepare",
        total=("count", "seats", "moved"),
        empty="No case is prepared yet.",
    )
