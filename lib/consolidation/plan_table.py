"""The rows of a plan as they are shown and approved."""

from __future__ import annotations

from consolidation.plan import Plan, PlanRow
from consolidation.tables import Column, Table

_EVERY_ROW = "every source subscription once"
_EVERY = {"03_transfer": "each subscription to be transferred, once"}
"""What the rows of a plan are all of, where they are not all of the source."""


def plan_table(plan: Plan) -> Table:
    """Return the rows of a plan, each once, with what happens to it in each tenant and why."""
    return Table(
        columns=(
            Column("product", "Product"),
            Column("seats", "Seats", "number"),
            Column("status", "Status in source"),
            Column("route", "Route"),
            Column("target", "In the target"),
            Column("source", "In the source"),
            Column("ceiling", "Price at most"),
            Column("reason", "Why"),
        ),
        rows=tuple(_shown(row) for row in plan.rows),
        caption=f"Plan {plan.digest[:12]} for {plan.case.company}: {_EVERY.get(plan.phase, _EVERY_ROW)}",
        indent="addon",
    )


def _shown(row: PlanRow) -> dict[str, object]:
    if row.target_action == "order":
        target = f"buy {row.target_seats} seats"
        if row.target_term or row.target_billing_cycle:
            target += f" of {row.target_offer}, {row.term_to_buy} {row.billing_cycle_to_buy}"
        if row.target_term_end:
            target += f", to {row.target_term_end}"
    elif row.target_action == "adopt":
        target = f"adopt {row.adopted}"
    elif row.target_action == "attest":
        details = row.details
        target = f"attest: {details['first_name']} {details['last_name']} agreed on {details['date']}"
    elif row.target_action == "request transfer":
        target = f"request {row.details['request']}"
    else:
        target = "no change" if row.target_action == "none" else row.target_action
    return {
        "product": row.product,
        "seats": row.seats,
        "status": row.status,
        "route": row.route or "undecided",
        "target": target,
        "source": "no change" if row.source_action == "none" else row.source_action,
        "ceiling": row.price_ceiling or ("unknown" if row.target_action == "order" else ""),
        "reason": " ".join(
            (*row.problems, row.reason, *([f"Source: {row.reason_source}."] if row.reason_source else []))
        ),
        "addon": bool(row.parent),
    }
