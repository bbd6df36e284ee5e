"""Drift: what neither the plan nor the effects in our own journal explain (S6)."""

from __future__ import annotations

from collections.abc import Iterable

from consolidation.engagement import Engagement
from consolidation.inventory import ACTIVE, SUSPENDED, Snapshot
from consolidation.journal import Journal
from consolidation.plan import Plan, PlanRow, plan_header, subscription_row
from partner_center.models import Subscription, identity

_COMPARED = {
    "offer": "offer",
    "parent": "base",
    "seats": "seats",
    "status": "status",
    "billing_cycle": "billing cycle",
    "term": "term",
    "auto_renew": "auto-renew",
    "partner": "partner on record",
}


def drift(engagement: Engagement, journal: Journal, plan: Plan, source: Snapshot, target: Snapshot) -> tuple[str, ...]:
    """Say what changed since the plan was frozen: rows, fields, before and now; empty when nothing did.

    Args:
        engagement: Its policy and tenants are covered by the digest too.
        journal: Explains our own effects.
        plan: The frozen plan.
        source: What the source says now.
        target: What the target says now.
    """
    changes: list[str] = []
    if plan_header(engagement, plan.case) != dict(plan.header):
        changes.append("The engagement's tenants, endpoints or approval policy changed.")
    now = source.by_id()
    planned = {row.subscription: row for row in plan.rows}
    suspended = suspended_by_us(journal, plan)
    for identifier, row in planned.items():
        if identifier in now:
            changes += _changed_fields(row, now[identifier], explained=identifier in suspended)
        else:
            changes.append(f"{row.product} ({identifier}) is no longer in the source's list.")
    changes += [
        f"{subscription_row(item).product} ({identifier}) is new in the source."
        for identifier, item in now.items()
        if identifier not in planned
    ]
    changes += _new_in_target(journal, plan, target)
    return tuple(changes)


def suspended_by_us(journal: Journal, plan: Plan) -> set[str]:
    """Return the source subscriptions that our own suspensions explain: rows sent, and add-ons that went with a base.

    An intention counts as soon as it is written: its answer may be lost, and then the tenant shows the effect first.
    """
    sent: set[str] = set()
    for entry in journal.entries(plan.case.chain, kinds={"intended"}, phase="05_suspend"):
        sent.update(entry.body["rows"])
    return sent | {row.subscription for row in plan.rows if row.parent in sent}


def _changed_fields(row: PlanRow, subscription: Subscription, *, explained: bool) -> list[str]:
    """Compare a planned row with what the source says now; our own suspension explains status and auto-renew."""
    live = subscription_row(subscription)
    changes = []
    for name, words in _COMPARED.items():
        before, after = getattr(row, name), getattr(live, name)
        if before == after:
            continue
        if explained and (name == "auto_renew" or (name == "status" and after.casefold() == SUSPENDED)):
            continue
        changes.append(f"{row.product}: {words} was {before!r} when planned, is {after!r} now.")
    return changes


def _new_in_target(journal: Journal, plan: Plan, target: Snapshot) -> Iterable[str]:
    """Find what somebody else bought in the target meanwhile: buying it again would bill the customer twice."""
    if plan.phase != "04_recreate":
        return []
    wanted = {identity(row.target_offer) for row in plan.rows if row.target_action == "order"}
    known = {*plan.target_seen, *journal.claims(plan.case.chain).values(), *ordered_by_us(journal, plan.case.chain)}
    return [
        f"{subscription_row(item).product} with {item.quantity} seats ({item.id}) appeared in the target."
        for item in target.subscriptions
        if item.status.casefold() == ACTIVE
        and identity(item.offer_id or "") in wanted
        and identity(item.id) not in known
        # A checkout whose answer was lost is settled before anything is planned or compared.
        and not journal.open_intentions(plan.case.chain)
        and not _of_our_orders(journal, plan.case.chain, item)
    ]


def ordered_by_us(journal: Journal, chain: str) -> set[str]:
    """Return the target subscription ids that our orders named."""
    return {
        identity(line["subscription_id"])
        for entry in journal.entries(chain, kinds={"done"})
        if entry.body["action"] == "checkout"
        for line in entry.body["lines"]
        if line["subscription_id"]
    }


def _of_our_orders(journal: Journal, chain: str, subscription: Subscription) -> bool:
    """Tell whether a target subscription belongs to an order of ours whose lines had no id yet."""
    orders = {
        identity(line["order_id"])
        for entry in journal.entries(chain, kinds={"done"})
        if entry.body["action"] == "checkout"
        for line in entry.body["lines"]
    }
    return identity(subscription.order_id or "") in orders
