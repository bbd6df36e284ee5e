"""The sheets of the Excel files: one customer's subscriptions, and all cases of an engagement (M19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from consolidation.inventory import Snapshot, bases_before_addons, product_name
from consolidation.plan import subscription_row
from consolidation.population import CaseName
from consolidation.portfolio import Portfolio
from consolidation.tables import Column, Table
from partner_center.models import identity


def subscriptions_table(case: CaseName, snapshot: Snapshot) -> Table:
    """Return a customer's subscriptions with term, route and reason, as the Excel file shows them."""
    live = snapshot.by_id()
    planned = [subscription_row(item) for item in bases_before_addons(snapshot.subscriptions)]
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
        for row in planned
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
) -> list[tuple[str, Table]]:
    """Return the sheets of an engagement's workbook: the cases, and every source subscription once (S8).

    Args:
        portfolio: Every case with its outcomes.
        records: What source and target said when each case was prepared.
        claims_of: Source subscription id -> target subscription id of a case.
    """
    rows = [
        {
            "company": case.company,
            "source": case.source,
            "product": product_name(item),
            "seats": item.quantity,
            "status": item.status,
            "kind": row.kind,
            "route": row.route or "undecided",
            "target": claims_of(case).get(identity(item.id), ""),
            "reason": row.reason,
            "id": item.id,
            "addon": bool(item.parent_subscription_id),
        }
        for case, (source, _) in records
        for item in bases_before_addons(source.subscriptions)
        for row in [subscription_row(item)]
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
