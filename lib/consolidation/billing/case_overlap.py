"""The rows of a case that both tenants bill, read from the journal alone: no call is made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from consolidation.billing.overlap import overlap_so_far
from consolidation.billing.overlap_cost import BilledTwice
from consolidation.billing.periods import period_anchors, purchase_day
from consolidation.billing.prices import Prices
from consolidation.inventory import Snapshot
from consolidation.journal import Journal
from consolidation.plan import PlanRow
from consolidation.population import CaseName
from partner_center.models import Subscription


def billed_twice(journal: Journal, case: CaseName, prices: Prices) -> tuple[BilledTwice, ...]:
    """Return each row of the cut-over whose own target subscription stands, in the order of the plan.

    Args:
        journal: The engagement's journal.
        case: Which case.
        prices: What is known of prices in its source tenant.
    """
    standing = overlap_so_far(journal, case).rows
    if not standing:
        return ()
    source = newest_subscriptions(journal, case.chain, "source", {item.row.subscription for item in standing})
    return tuple(
        BilledTwice(
            subscription=item.row.subscription,
            product=item.row.product,
            seats=item.row.seats,
            billing_cycle=item.row.billing_cycle,
            set_up_on=item.set_up,
            suspended_on=item.suspended,
            anchors=_anchors(item.row, source),
            unit_price=prices.of(item.row),
            purchased_on=purchase_day(source[item.row.subscription]) if item.row.subscription in source else None,
        )
        for item in standing
    )


def _anchors(row: PlanRow, source: dict[str, Subscription]) -> tuple[date, ...]:
    subscription = source.get(row.subscription)
    return period_anchors(subscription, source.get(row.parent)) if subscription else ()


def _snapshots(journal: Journal, chain: str, side: str) -> Iterator[Snapshot]:
    """Return what was read of one side, the newest first."""
    for entry in reversed(journal.entries(chain, kinds={"observed"})):
        if side in entry.body:
            yield Snapshot.from_body(entry.body[side])


def newest_subscriptions(journal: Journal, chain: str, side: str, wanted: set[str]) -> dict[str, Subscription]:
    """Return id -> what was read last of each of these subscriptions, and of what stood beside them."""
    found: dict[str, Subscription] = {}
    for snapshot in _snapshots(journal, chain, side):
        found = {**snapshot.by_id(), **found}
        if wanted <= found.keys():
            break
    return found
