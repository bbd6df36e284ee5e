"""Rows: each subscription of a snapshot as the row of a plan, with its kind, route and reason (M22, S8)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from consolidation.inventory import Snapshot, bases_before_addons, product_name
from consolidation.plan import PlanRow
from consolidation.routes import ChosenRoute, Classification, classify
from partner_center.models import Subscription, identity


def subscription_rows(
    snapshot: Snapshot, chosen: Mapping[str, ChosenRoute], moved: Container[str] = ()
) -> list[PlanRow]:
    """Return the row of every subscription of one side, bases before their add-ons, each id once (S8).

    Args:
        snapshot: What one tenant said; its time is the now of all rules.
        chosen: Subscription id in lower case -> the route that a person chose.
        moved: Ids in lower case of what this runbook bought in the target already.
    """
    siblings = snapshot.by_id()  # by id: a subscription that is listed twice is still one row, and bought once (S3)
    return [
        _row(item, classify(item, siblings, snapshot.read_at, chosen, moved))
        for item in bases_before_addons(siblings.values())
    ]


def observed_row(subscription: Subscription) -> PlanRow:
    """Return what is read of a subscription as a row without kind and route."""
    return PlanRow(
        subscription=identity(subscription.id),
        parent=identity(subscription.parent_subscription_id or ""),
        offer=subscription.offer_id or "",
        seats=subscription.quantity or 0,
        status=subscription.status,
        billing_cycle=subscription.billing_cycle or "",
        term=subscription.term_duration or "",
        auto_renew=bool(subscription.auto_renew_enabled),
        partner=subscription.partner_id or "",
        product=product_name(subscription),
    )


def _row(subscription: Subscription, found: Classification) -> PlanRow:
    unread = tuple(
        f"Partner Center printed {name} in a form that cannot be read: look at it in the portal (S7)."
        for name in subscription.unreadable
    )
    if subscription.quantity is None and found.route == "recreate" and not unread:
        unread = ("Partner Center printed no seat count for it: look at it in the portal (S7).",)
    return replace(
        observed_row(subscription),
        kind=found.kind,
        route=found.route,
        details=_choice(found.chosen) if found.chosen else {},
        reason=found.reason,
        reason_source=found.source,
        problems=unread,
        allowed=found.allowed,
        not_before=found.not_before.isoformat() if found.not_before else "",
    )


def _choice(chosen: ChosenRoute) -> dict[str, str]:
    """Return what is approved of a choice: who chose and why; for what runs out, who buys it in the target and when."""
    details = {"chosen_by": chosen.by, "because": chosen.reason}
    if chosen.route == "run_out":
        details |= {"purchase_on": chosen.purchase_on, "owner": chosen.owner}
    return details
