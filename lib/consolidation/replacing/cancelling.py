"""Cancelling in the source what was bought again: each proven safe just before, each read back after (S1, S3, M23)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from consolidation import interlocks
from consolidation.case import Case
from consolidation.effects import intend, perform, require_tenant_and_lease, resume
from consolidation.errors import Held
from consolidation.inventory import ACTIVE, DELETED, Snapshot
from consolidation.journal import Intention
from consolidation.plan import Plan, PlanRow
from consolidation.replacing.rows import CANCEL, refund_words
from consolidation.routes.terms import window_end
from consolidation.suspension import CustomerWithoutService
from partner_center import Call
from partner_center.errors import AnswerUnknown, Refused
from partner_center.models import Subscription

ACTION = "cancel"
"""The effect's name in the journal."""


def rows_to_cancel(plan: Plan) -> list[PlanRow]:
    """Return the rows that the plan cancels inside their window."""
    return [row for row in plan.rows if row.source_action == CANCEL]


def not_cancelled(plan: Plan, source: Snapshot) -> list[PlanRow]:
    """Return the rows that should be cancelled and do not show deleted in the source; what left the list is gone."""
    now = source.by_id()
    return [
        row
        for row in rows_to_cancel(plan)
        if row.subscription in now and now[row.subscription].status.casefold() != DELETED
    ]


def settle_cancellations(case: Case, plan: Plan) -> list[str]:
    """Settle what an earlier run left open: read first; when it did not happen, it is proven safe again and sent.

    Returns:
        What was settled, one sentence each.
    """
    settled = []
    for intention in case.journal.open_intentions(case.chain):
        if intention.action == ACTION:
            row = plan.row(intention.rows[0])
            _settle(case, plan, row, intention)
            settled.append(f"{row.product}: the unanswered cancellation is settled.")
    return settled


def _settle(case: Case, plan: Plan, row: PlanRow, intention: Intention) -> None:
    now = case.source.subscription(case.customer, row.subscription)
    if now.status.casefold() == DELETED:
        body = {"status": now.status, "how": "read back", "answered_at": case.source.server_time().isoformat()}
        case.journal.close_intention(intention, "done", body)
        return
    until = window_end(now)
    if until is not None and case.source.server_time() > until:
        # It did not happen, and cannot any more; while it stays open, no other route could be chosen or planned.
        message = f"Read back as {now.status} after its window had closed."
        case.journal.close_intention(intention, "refused", {"message": message, "repeat": False})
        return
    fresh, _ = _proven_safe(case, plan, row)
    _send(case, intention, resume(case, intention), fresh)


def cancel_rows(case: Case, plan: Plan, progress: Callable[[str], None]) -> None:
    """Cancel every row of the plan that is replaced inside its window, and read each back with its counterpart.

    One that is held or refused stops no other: the windows of the others go on closing.

    Args:
        case: Its lease must be held; it is renewed with every intention.
        plan: The approved plan of `04_recreate`.
        progress: Takes one line for each thing done.

    Raises:
        Held: An interlock or Microsoft did not let some rows go; all others are done.
        CustomerWithoutService: The counterpart is not active after the PATCH.
        AnswerUnknown: No answer; the next run settles it first.
    """
    reasons: list[str] = []
    for row in rows_to_cancel(plan):
        try:
            _cancel(case, plan, row, progress)
        except Held as error:
            reasons += error.reasons
        except Refused as error:
            reasons.append(f"{row.product} could not be cancelled: {error}")
    if reasons:
        raise Held(reasons)


def _cancel(case: Case, plan: Plan, row: PlanRow, progress: Callable[[str], None]) -> None:
    before = case.source.subscription(case.customer, row.subscription)
    if before.status.casefold() == DELETED:
        if not _was_read_back(case, row):
            _read_back(case, row)
        progress(f"{row.product} is cancelled in the source already: left alone.")
        return
    fresh, refund = _proven_safe(case, plan, row)
    require_tenant_and_lease(case, case.source)
    facts = {"subscription": row.subscription, "seats": row.seats, "plan": plan.digest, "refund": refund}
    intention, call = intend(case, ACTION, [row.subscription], facts)
    try:
        _send(case, intention, call, fresh)
    except AnswerUnknown:
        _settle(case, plan, row, intention)
    _read_back(case, row)
    progress(f"Cancelled in the source: {row.product} {row.seats} seats; {refund}.")


def _proven_safe(case: Case, plan: Plan, row: PlanRow) -> tuple[Subscription, str]:
    """Read both sides by id and pass the interlock; return what the PATCH will carry, and the refund in words.

    Raises:
        Held: The interlock's reasons.
    """
    reasons = interlocks.ready_for_writes(case.journal)
    started = time.monotonic()
    fresh = case.source.subscription(case.customer, row.subscription)
    counterpart = _counterpart(case, row)
    now, read_apart = case.source.server_time(), timedelta(seconds=time.monotonic() - started)
    reasons += interlocks.cancellation_is_safe(plan, row, fresh, counterpart, now=now, read_apart=read_apart)
    if reasons:
        raise Held(reasons)
    return fresh, refund_words(fresh, now)


def _counterpart(case: Case, row: PlanRow) -> Subscription | None:
    claimed = case.journal.claims(case.chain).get(row.subscription)
    return case.target.subscription(case.customer, claimed) if claimed else None


def _send(case: Case, intention: Intention, call: Call, fresh: Subscription) -> None:
    perform(
        case,
        intention,
        call,
        lambda call: case.source.cancel_in_window(case.customer, fresh, call),
        lambda answer: {"status": answer.status if answer else "accepted, not finished"},
    )


def _read_back(case: Case, row: PlanRow) -> None:
    """After the PATCH: the source shows deleted, the counterpart is still active, and the refund is kept as printed.

    Raises:
        CustomerWithoutService: The counterpart is not active.
        Held: The source does not show deleted yet.
    """
    counterpart = _counterpart(case, row)
    if counterpart is None or counterpart.status.casefold() != ACTIVE:
        raise CustomerWithoutService(
            f"CUSTOMER WITHOUT SERVICE: {row.product} is cancelled in the source and "
            f"{counterpart.status if counterpart else 'missing'} in the target.",
            next_step="Nothing brings back what was cancelled: reactivate it in the target's portal, or buy it there.",
        )
    after = case.source.subscription(case.customer, row.subscription)
    if after.status.casefold() != DELETED:
        raise Held([f"{row.product} shows {after.status} after the cancellation was accepted: run again to read it."])
    body = {
        "subscription": row.subscription,
        "source_status": after.status,
        "target_status": counterpart.status,
        "refund_options": [f"{each.type} until {each.expires_at}" for each in after.refund_options],
    }
    case.journal.append(case.chain, "verified", body, phase=case.phase)


def _was_read_back(case: Case, row: PlanRow) -> bool:
    return any(
        entry.body.get("subscription") == row.subscription
        and str(entry.body.get("source_status", "")).casefold() == DELETED
        for entry in case.journal.entries(case.chain, kinds={"verified"}, phase=case.phase)
    )


def cancelled_words(case: Case, plan: Plan) -> list[str]:
    """Say what was cancelled and what each cancellation gets back, as Partner Center printed it just before."""
    told = {
        entry.body["subscription"]: entry.body["refund"]
        for entry in case.journal.entries(case.chain, kinds={"intended"}, phase=case.phase)
        if entry.body["action"] == ACTION
    }
    return [
        f"Cancelled inside its window: {row.product}; {told.get(row.subscription, 'by somebody else')}."
        for row in rows_to_cancel(plan)
    ]
