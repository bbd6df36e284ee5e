"""What a customer tenant holds at most while two partners have its subscriptions (M25)."""

from __future__ import annotations

from collections.abc import Sequence

from consolidation.inventory import DELETED, Snapshot, last_observed
from consolidation.journal import Journal
from consolidation.plan import PlanRow
from consolidation.routes import kind_of
from partner_center.models import Subscription

MOST_SUBSCRIPTIONS = 300
"""Licence subscriptions a customer tenant holds at most, over all channels ("Microsoft Entra service limits")."""

_NO_LICENCES = frozenset({"legacy Azure", "Azure plan", "reservation", "savings plan", "software", "marketplace"})


def other_sources(journal: Journal, chain: str, customer: str) -> tuple[Snapshot, ...]:
    """Return what the customer's other sources said when they were read last: it is one customer tenant.

    Args:
        journal: The engagement's journal.
        chain: The case that is planned.
        customer: The customer tenant.
    """
    others = (last_observed(journal, other) for other in journal.every.of_customer(customer) if other != chain)
    return tuple(snapshot for snapshot in others if snapshot is not None)


def tenant_limit(rows: Sequence[PlanRow], held: Sequence[Subscription]) -> list[str]:
    """Return why the customer tenant would be too full while both sides exist; empty when it is not.

    How suspended subscriptions count is not documented, so all but deleted ones count. Azure, software and the
    marketplace hold no licences of the tenant.

    Args:
        rows: Rows with their actions.
        held: What the customer tenant holds in source, target and the other sources of the engagement.
    """
    licences = sum(item.status.casefold() != DELETED and kind_of(item) not in _NO_LICENCES for item in held)
    after = licences + sum(row.target_action == "order" for row in rows)
    if after <= MOST_SUBSCRIPTIONS:
        return []
    return [
        f"The customer would hold {after} subscriptions while source and target have them; Microsoft allows "
        f"{MOST_SUBSCRIPTIONS}: choose retire or manual for some rows first, or have Microsoft's support move this "
        "customer in parts."
    ]
