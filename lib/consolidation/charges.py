"""What goes on being billed in a source although it was ended: checked row by row, from status and renewal (M18).

What a status means for the invoice is told by the kind: legacy seats that are suspended make no charges, seats of new
commerce do, to the end of their term ("Subscription lifecycle states").
What the invoice itself says is another check, made when it is there (M17).
"""

from __future__ import annotations

from collections.abc import Iterator

from consolidation.case import Case
from consolidation.drift import suspended_by_us
from consolidation.endings.rows import ENDING_ROUTES
from consolidation.inventory import ACTIVE, DELETED, SUSPENDED, Snapshot, baseline
from consolidation.plan import CUT_OVER, PlanRow, frozen_plan
from consolidation.replacing.rows import CANCEL
from consolidation.routes import kind_of
from partner_center.models import Subscription

LEGACY_SEATS = "legacy seats"
NEW_COMMERCE_SEATS = "new-commerce seats"

NOT_BILLED = frozenset({DELETED, "expired", "disabled"})
"""Statuses that make no charges, whatever the kind."""


def rows_that_charge(case: Case, source: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield source subscription and one sentence for each row that was ended and is billed, or may be (S7).

    Args:
        case: Its journal knows what was ended, and how.
        source: What the source says now.
    """
    plan = frozen_plan(case.journal, case.name, CUT_OVER)
    planned = {row.subscription: row for row in plan.rows} if plan else {}
    ended = suspended_by_us(case.journal, plan) if plan else set()
    record = baseline(case.journal, case.chain)
    recorded = record[0].by_id() if record else {}
    today = f"{source.read_at:%Y-%m-%d}"
    for identifier, item in source.by_id().items():
        row = planned.get(identifier)
        words = ""
        if identifier in ended and row is not None:
            words = _ended_and_billed(row, item)
        elif row is not None and row.route in ENDING_ROUTES:
            words = _term_goes_on(row, item, today) if item.status.casefold() == ACTIVE else ""
        elif identifier in recorded and recorded[identifier].status.casefold() == ACTIVE:
            words = _suspended_in_vain(item)
        if words:
            yield identifier, words


def _ended_and_billed(row: PlanRow, item: Subscription) -> str:
    """Say why a row that this runbook suspended or cancelled is billed; empty when it is not."""
    status = item.status.casefold()
    if status in NOT_BILLED or (status == SUSPENDED and row.kind == LEGACY_SEATS and row.source_action != CANCEL):
        return ""
    did = "cancelled" if row.source_action == CANCEL else "suspended"
    if status in {ACTIVE, SUSPENDED}:
        return (
            f"is {item.status} in the source although this runbook {did} it: it makes charges (M18). Find out who "
            "changed it in 91_activity_log; while what stands for it is active in the target, end it in the portal."
        )
    return f"is {item.status or 'without a status'}, which says nothing we know: look at it in the portal (M18, S7)."


def _term_goes_on(row: PlanRow, item: Subscription, today: str) -> str:
    """Say why a row that ends with its term is billed for longer; empty when it ends as approved."""
    end = row.details.get("term_ends", "")
    if item.auto_renew_enabled is not False:
        return f"renews after {end or 'its term'}, and is billed on then, although its route is {row.route} (M18)."
    if end and end < today:
        return (
            f"is active although its term ended with {end}: it is billed on, as in the extended service term (M18). "
            "Cancel it in the source's portal."
        )
    return ""


def _suspended_in_vain(item: Subscription) -> str:
    if item.status.casefold() == SUSPENDED and kind_of(item) == NEW_COMMERCE_SEATS:
        return (
            "was suspended by somebody, and is billed to the end of its term all the same: suspending stops no charges "
            "of new commerce (M18, M23). See its route in 04_recreate."
        )
    return ""
