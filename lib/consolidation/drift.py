"""Drift: what neither the plan nor the effects in our own journal explain (S6)."""

from __future__ import annotations

from collections.abc import Iterable

from consolidation.choices import rows_of
from consolidation.engagement import Engagement
from consolidation.inventory import ACTIVE, DELETED, SUSPENDED, Snapshot, product_name
from consolidation.journal import Journal
from consolidation.plan import Plan, PlanRow, plan_header
from consolidation.product_names import same_product
from consolidation.replacing.rows import CANCEL
from consolidation.routes import BY_HAND
from consolidation.routes.terms import last_day
from consolidation.rows import observed_row
from consolidation.transfers.record import PHASE as TRANSFER_PHASE
from consolidation.transfers.record import asked_rows, goes_by_transfer, moving_rows
from consolidation.transfers.standing import WITHDRAW
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
    planned = {row.subscription: row for row in plan.rows if row.target_action != WITHDRAW}
    suspended = suspended_by_us(journal, plan)
    not_renewing = _read_back_not_renewing(journal, plan)
    moving = moving_rows(journal, plan.case.chain)
    leaving = asked_rows(journal, plan.case.chain) | moving  # what is transferred leaves the source's list
    cancelled = {each for each in suspended & planned.keys() if planned[each].source_action == CANCEL}
    reactivated = _read_back_suspended(journal, plan)
    for identifier, row in planned.items():
        if identifier in reactivated and now.get(identifier) and now[identifier].status.casefold() == ACTIVE:
            changes.append(f"{row.product} ({identifier}) was suspended by this runbook and is active again.")
        elif identifier in not_renewing and identifier in now and now[identifier].auto_renew_enabled:
            changes.append(
                f"{row.product} ({identifier}): auto-renew was switched off by this runbook and is on again."
            )
        elif identifier in now:
            known = {"suspended": identifier in suspended, "moving": identifier in moving}
            changes += _changed_fields(row, now[identifier], **known)
        elif identifier in leaving and _is_changed(row):
            changes.append(f"{row.product} ({identifier}) left the source by a transfer; it was to end another way.")
        elif identifier not in leaving | cancelled and row.route not in BY_HAND:
            changes.append(f"{row.product} ({identifier}) is no longer in the source's list.")
    belonging = _belonging(journal, plan, source) - planned.keys()
    changes += [
        f"{product_name(item)} ({identifier}) is new in the source."
        for identifier, item in now.items()
        if identifier in belonging
    ]
    changes += _new_in_target(journal, plan, target)
    return tuple(changes)


def _is_changed(row: PlanRow) -> bool:
    """Tell whether a plan does something for a row itself: one that is transferred is in the hands of `03_transfer`."""
    return not goes_by_transfer(row.route) and (row.source_action, row.target_action) != ("none", "none")


def suspended_by_us(journal: Journal, plan: Plan) -> set[str]:
    """Return the source subscriptions that our own suspensions explain: rows sent, and add-ons that went with a base.

    Switching auto-renew off suspends nothing.

    An intention counts as soon as it is written: its answer may be lost, and then the tenant shows the effect first.
    """
    entries = journal.entries(plan.case.chain, kinds={"intended", "refused"}, phase="05_suspend")
    # These changed nothing; a refused repeat says nothing of the first time, whose answer was lost.
    refused = {entry.body["intended"] for entry in entries if entry.kind == "refused" and not entry.body.get("repeat")}
    sent: set[str] = set()
    for entry in entries:
        if entry.kind == "intended" and entry.number not in refused and entry.body["action"] != "auto_renew_off":
            sent.update(entry.body["rows"])
    return sent | {row.subscription for row in plan.rows if row.parent in sent}


def _read_back_suspended(journal: Journal, plan: Plan) -> set[str]:
    """Return the rows that were to be suspended and have been read back so: active again, somebody reactivated them.

    Their approval was for one suspension: whether they are suspended once more is for a person to find out (M16).
    """
    seen = {
        entry.body["subscription"]
        for entry in journal.entries(plan.case.chain, kinds={"verified"}, phase="05_suspend")
        if str(entry.body.get("source_status", "")).casefold() == SUSPENDED
    }
    return seen & {row.subscription for row in plan.rows if row.source_action != "none"}


def _read_back_not_renewing(journal: Journal, plan: Plan) -> set[str]:
    """Return the rows of this plan whose renewal we switched off and read back so: somebody may switch it on again.

    That ends the approval once: approved again, the same plan switches it off again.
    """
    drifted = journal.last(plan.case.chain, "drifted", phase=plan.phase)
    since = max(plan.number, drifted.number if drifted else 0)
    verified = journal.entries(plan.case.chain, after=since, kinds={"verified"}, phase="05_suspend")
    return {entry.body["subscription"] for entry in verified if entry.body.get("auto_renew") is False}


def _belonging(journal: Journal, plan: Plan, source: Snapshot) -> set[str]:
    """Return the subscriptions of the source that are rows of this kind of plan; that of transfers has no others."""
    rows = rows_of(journal, plan.case.chain, source)
    return {row.subscription for row in rows if plan.phase != TRANSFER_PHASE or goes_by_transfer(row.route)}


def _changed_fields(row: PlanRow, subscription: Subscription, *, suspended: bool, moving: bool) -> list[str]:
    """Compare a planned row with what the source says now; suspension and transfer explain status and auto-renew."""
    live = observed_row(subscription)
    changes = []
    for name, words in _COMPARED.items():
        before, after = getattr(row, name), getattr(live, name)
        if before == after or str(before).casefold() == str(after).casefold():
            continue  # Microsoft prints the same id in upper and in lower case
        if row.route in BY_HAND and name in {"status", "auto_renew"}:
            continue  # a person ends it in the portal, as the plan says
        if (suspended or moving) and name == "auto_renew":
            continue
        if name == "status" and (moving or (suspended and after.casefold() == _ends_as(row))):
            continue
        changes.append(f"{row.product}: {words} was {before!r} when planned, is {after!r} now.")
    planned_end, day = row.details.get("term_ends"), last_day(subscription)
    if planned_end and subscription.auto_renew_enabled and day is not None and f"{day:%Y-%m-%d}" != planned_end:
        changes.append(f"{row.product}: its term was to end with {planned_end} when planned, ends {day:%Y-%m-%d} now.")
    return changes


def _ends_as(row: PlanRow) -> str:
    """Return the status that our own effect gives a row in the source."""
    return DELETED if row.source_action == CANCEL else SUSPENDED


def _new_in_target(journal: Journal, plan: Plan, target: Snapshot) -> Iterable[str]:
    """Find what somebody else bought in the target meanwhile: buying it again would bill the customer twice."""
    # A checkout whose answer was lost is settled before anything is planned or compared.
    if plan.phase != "04_recreate" or journal.open_intentions(plan.case.chain):
        return []
    wanted = {row.target_offer for row in plan.rows if row.target_action == "order"}
    # Claims of every case count: two sources of one customer buy in the same target.
    known = {*plan.target_seen, *journal.claimed(item.id for item in target.subscriptions)}
    return [
        f"{product_name(item)} with {item.quantity} seats ({item.id}) appeared in the target."
        for item in bought_by_others(journal, plan.case.customer, target)
        if any(same_product(item.offer_id, offer) for offer in wanted) and identity(item.id) not in known
    ]


def bought_by_others(journal: Journal, customer: str, target: Snapshot) -> list[Subscription]:
    """Return the active target subscriptions that belong to no order of ours for this customer, from any source."""
    lines = [
        line
        for chain in journal.every.of_customer(customer)
        for entry in journal.entries(chain, kinds={"done"})
        # What a checkout that failed in part did set up is claimed by nobody: the next plan takes it over.
        if entry.body["action"] == "checkout" and not entry.body["errors"]
        for line in entry.body["lines"]
    ]
    # An order's lines may have no subscription ids yet when its answer is written.
    ours = {identity(line["subscription_id"]) for line in lines}
    orders = {identity(line["order_id"]) for line in lines}
    return [
        item
        for item in target.subscriptions
        if item.status.casefold() == ACTIVE
        and identity(item.id) not in ours
        and (not item.order_id or identity(item.order_id) not in orders)
    ]
