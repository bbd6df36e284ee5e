"""The rows of a case that both tenants bill, read from the journal alone: no call is made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from consolidation.billing.overlap_cost import BilledTwice
from consolidation.billing.periods import period_anchors, purchase_day, utc_day
from consolidation.billing.prices import Prices
from consolidation.inventory import ACTIVE, Snapshot
from consolidation.journal import Journal
from consolidation.plan import PlanRow, frozen_plan
from consolidation.population import CaseName
from partner_center.models import Subscription


def billed_twice(journal: Journal, case: CaseName, prices: Prices) -> tuple[BilledTwice, ...]:
    """Return each row of the cut-over whose own target subscription stands, in the order of the plan.

    Args:
        journal: The engagement's journal.
        case: Which case.
        prices: What is known of prices in its source tenant.
    """
    plan = frozen_plan(journal, case, "04_recreate")
    claims = journal.claims(case.chain)
    rows = [row for row in plan.rows if row.route == "recreate" and row.subscription in claims] if plan else []
    if not rows:
        return ()
    source = _newest(journal, case.chain, "source", {row.subscription for row in rows})
    created = _set_up_days(journal, case.chain, {row.subscription: claims[row.subscription] for row in rows})
    suspended = _suspension_days(journal, case.chain, rows)
    return tuple(
        BilledTwice(
            subscription=row.subscription,
            product=row.product,
            seats=row.seats,
            billing_cycle=row.billing_cycle,
            set_up_on=created[row.subscription],
            suspended_on=suspended.get(row.subscription),
            anchors=_anchors(row, source),
            unit_price=prices.of(row),
            purchased_on=purchase_day(source[row.subscription]) if row.subscription in source else None,
        )
        for row in rows
        if row.subscription in created
    )


def _anchors(row: PlanRow, source: dict[str, Subscription]) -> tuple[date, ...]:
    subscription = source.get(row.subscription)
    return period_anchors(subscription, source.get(row.parent)) if subscription else ()


def _snapshots(journal: Journal, chain: str, side: str) -> Iterator[Snapshot]:
    """Return what was read of one side, the newest first."""
    for entry in reversed(journal.entries(chain, kinds={"observed"})):
        if side in entry.body:
            yield Snapshot.from_body(entry.body[side])


def _newest(journal: Journal, chain: str, side: str, wanted: set[str]) -> dict[str, Subscription]:
    """Return id -> what was read last of each of these subscriptions, and of what stood beside them."""
    found: dict[str, Subscription] = {}
    for snapshot in _snapshots(journal, chain, side):
        found = {**snapshot.by_id(), **found}
        if wanted <= found.keys():
            break
    return found


def _set_up_days(journal: Journal, chain: str, claims: dict[str, str]) -> dict[str, date]:
    """Return source subscription id -> day of set-up: the creation date as read, else the day of the checkout's answer.

    Between the order and the next look at the target only the answer is known; both are Partner Center's clock.
    """
    target = _newest(journal, chain, "target", set(claims.values()))
    days: dict[str, date] = {}
    for entry in journal.entries(chain, kinds={"done"}):
        if entry.body["action"] == "checkout" and entry.body.get("answered_at"):
            answered = utc_day(datetime.fromisoformat(entry.body["answered_at"]))
            days |= dict.fromkeys(claims.keys() & set(entry.body["rows"]), answered)
    for row, claimed in claims.items():
        counterpart = target.get(claimed)
        if counterpart is not None and counterpart.creation_date is not None:
            days[row] = utc_day(counterpart.creation_date)
    return days


def _suspension_days(journal: Journal, chain: str, rows: list[PlanRow]) -> dict[str, date]:
    """Return source subscription id -> day of its suspension: our call's answer, else when it was first seen so.

    An add-on goes with its base and has the base's day.
    """
    answered: dict[str, date] = {}
    for entry in journal.entries(chain, kinds={"done"}, phase="05_suspend"):
        if entry.body.get("answered_at"):
            day = utc_day(datetime.fromisoformat(entry.body["answered_at"]))
            answered |= dict.fromkeys(entry.body["rows"], day)
    days = {**_seen_suspended(journal, chain), **answered}
    for row in rows:
        if row.parent in answered and row.subscription not in answered:
            days[row.subscription] = answered[row.parent]
    return days


def _seen_suspended(journal: Journal, chain: str) -> dict[str, date]:
    """Return id -> the day on which what is not active any more was first read so."""
    seen: dict[str, date] = {}
    settled: set[str] = set()
    for snapshot in _snapshots(journal, chain, "source"):
        for identifier, item in snapshot.by_id().items():
            if item.status.casefold() == ACTIVE:
                settled.add(identifier)  # what was read before it was active is another story
            elif identifier not in settled:
                seen[identifier] = utc_day(snapshot.read_at)
    return seen
