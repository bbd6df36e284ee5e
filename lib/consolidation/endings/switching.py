"""Switching auto-renew off in the source: what ends with its term renews no more, each row read back (S3, S4, M31)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from consolidation import interlocks
from consolidation.case import Case
from consolidation.effects import intend, perform, require_tenant_and_lease, resume
from consolidation.endings.rows import RENEWAL_OFF
from consolidation.errors import Held
from consolidation.inventory import ACTIVE, Snapshot
from consolidation.journal import Intention
from consolidation.plan import Plan, PlanRow
from partner_center import Call
from partner_center.errors import AnswerUnknown, Refused
from partner_center.models import Subscription

ACTION = "auto_renew_off"
"""The effect's name in the journal."""


def rows_to_end(plan: Plan) -> list[PlanRow]:
    """Return the rows whose renewal the plan switches off."""
    return [row for row in plan.rows if row.source_action == RENEWAL_OFF]


def still_renewing(plan: Plan, source: Snapshot) -> list[PlanRow]:
    """Return the rows that should renew no more and still do, as the source says; what is not active renews no more."""
    now = source.by_id()
    return [
        row
        for row in rows_to_end(plan)
        if row.subscription in now
        and now[row.subscription].status.casefold() == ACTIVE
        and now[row.subscription].auto_renew_enabled is not False
    ]


def settle_renewals(case: Case, plan: Plan) -> list[str]:
    """Settle what an earlier run left open: read first; when it did not happen, it passes the interlock and is sent.

    Returns:
        What was settled, one sentence each.
    """
    settled = []
    for intention in case.journal.open_intentions(case.chain):
        if intention.action == ACTION:
            row = plan.row(intention.rows[0])
            _settle(case, plan, row, intention)
            settled.append(f"{row.product}: the unanswered change of auto-renew is settled.")
    return settled


def _settle(case: Case, plan: Plan, row: PlanRow, intention: Intention) -> None:
    now = case.source.subscription(case.customer, row.subscription)
    if now.auto_renew_enabled is False:
        body = {"auto_renew": False, "how": "read back", "answered_at": case.source.server_time().isoformat()}
        case.journal.close_intention(intention, "done", body)
        return
    fresh = _as_approved(case, plan, row)
    _send(case, intention, resume(case, intention), fresh)


def switch_renewals_off(case: Case, plan: Plan, progress: Callable[[str], None]) -> None:
    """Switch auto-renew off for every row that ends with its term, and read each back.

    One that Microsoft refuses, because its renewal is running or another change is, stops no other.

    Args:
        case: Its lease must be held; it is renewed with every intention.
        plan: The approved plan of `04_recreate`.
        progress: Takes one line for each thing done.

    Raises:
        Held: An interlock or Microsoft did not let some rows go; all others are done.
        AnswerUnknown: No answer; the next run settles it first.
    """
    reasons: list[str] = []
    for row in rows_to_end(plan):
        try:
            _switch_off(case, plan, row, progress)
        except Held as error:
            reasons += error.reasons
        except Refused as error:
            reasons.append(f"{row.product}: auto-renew could not be switched off: {error}")
    if reasons:
        raise Held(reasons)


def _switch_off(case: Case, plan: Plan, row: PlanRow, progress: Callable[[str], None]) -> None:
    before = case.source.subscription(case.customer, row.subscription)
    if before.status.casefold() != ACTIVE or before.auto_renew_enabled is False:
        progress(f"{row.product} does not renew any more: left alone.")
        return
    fresh = _as_approved(case, plan, row)
    require_tenant_and_lease(case, case.source)
    facts = {"subscription": row.subscription, "seats": row.seats, "plan": plan.digest}
    intention, call = intend(case, ACTION, [row.subscription], facts)
    try:
        _send(case, intention, call, fresh)
    except AnswerUnknown:
        _settle(case, plan, row, intention)
    _read_back(case, row)
    progress(f"Auto-renew is off in the source: {row.product} {row.seats} seats.")


def _as_approved(case: Case, plan: Plan, row: PlanRow) -> Subscription:
    """Read the subscription by id and pass the interlock; return what the PATCH will carry.

    Raises:
        Held: The interlock's reasons.
    """
    reasons = interlocks.ready_for_writes(case.journal)
    started = time.monotonic()
    fresh = case.source.subscription(case.customer, row.subscription)
    now, read_apart = case.source.server_time(), timedelta(seconds=time.monotonic() - started)
    reasons += interlocks.renewal_may_be_switched_off(plan, row, fresh, now=now, read_apart=read_apart)
    if reasons:
        raise Held(reasons)
    return fresh


def _send(case: Case, intention: Intention, call: Call, fresh: Subscription) -> None:
    perform(
        case,
        intention,
        call,
        lambda call: case.source.auto_renew_off(case.customer, fresh, call),
        lambda answer: {"auto_renew": answer.auto_renew_enabled if answer else "accepted, not finished"},
    )


def _read_back(case: Case, row: PlanRow) -> None:
    """After the PATCH: the source shows that it renews no more.

    Raises:
        Held: It does not show so yet.
    """
    after = case.source.subscription(case.customer, row.subscription)
    if after.auto_renew_enabled is not False:
        raise Held([f"{row.product} still renews after the change was accepted: run again to read it back."])
    body = {"subscription": row.subscription, "auto_renew": False, "source_status": after.status}
    case.journal.append(case.chain, "verified", body, phase=case.phase)
