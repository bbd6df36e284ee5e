"""The sheets of the Excel files: one customer's subscriptions, and all cases of an engagement (M19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from consolidation.inventory import Snapshot
from consolidation.population import CaseName
from consolidation.portfolio import Portfolio
from consolidation.routes import ChosenRoute
from consolidation.rows import subscription_rows
from consolidation.tables import Column, Table


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


def engagement_sheets(
    portfolio: Portfolio,
    records: Sequence[tuple[CaseName, tuple[Snapshot, Snapshot]]],
    claims_of: Callable[[CaseName], Mapping[str, str]],
    chosen_of: Callable[[CaseName], Mapping[str, ChosenRoute]],
) -> list[tuple[str, Table]]:
    """Return the sheets of an engagement's workbook: the cases, and every source subscription once (S8).

    Args:
        portfolio: Every case with its outcomes.
        records: What source and target said when each case was prepared.
        claims_of: Source subscription id -> target subscription id of a case.
        chosen_of: Source subscription id -> route that a person chose, of a case.
    """
    rows = [
        {
            "company": case.company,
            "source": case.source,
            "product": row.product,
            "seats": live.quantity,
            "status": row.status,
            "kind": row.kind,
            "route": row.route or "undecided",
            "target": claims.get(row.subscription, ""),
            "reason": row.reason,
            "id": live.id,
            "addon": bool(row.parent),
        }
        for case, (source, _) in records
        for claims, every in [(claims_of(case), source.by_id())]
        for row in subscription_rows(source, chosen_of(case))
        for live in [every[row.subscription]]
    ]
    subscriptions = Table(
        columns=(
            Column("company", "Customer", width=30),
            Column("source", "From"),
            Column("product", "Product", width=44),
            Column("seats", "Seats", "number"),
            Column("status", "Status when prepared"),
            Column("kind", "Kind"),
            Column("route", "Route"),
            Column("target", "Stands in the target as", width=40),
            Column("reason", "Why", width=60),
            Column("id", "Subscription id", width=40),
        ),
        rows=tuple(rows),
        caption="Every source subscription once, as recorded by 01_prepare",
        indent="addon",
        total=("seats",),
        empty="No case is prepared yet.",
    )
    return [("Cases", portfolio.table), ("Subscriptions", subscriptions)]
