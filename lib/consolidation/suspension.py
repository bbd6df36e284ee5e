"""Suspending in the source: base by base, each proven safe just before, each read back after (S1, S2, M13, M14)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

from consolidation import interlocks
from consolidation.case import Case
from consolidation.effects import intend, perform, require_tenant_and_lease, resume
from consolidation.endings.rows import is_retired
from consolidation.errors import ConsolidationError, Held
from consolidation.inventory import ACTIVE, SUSPENDED
from consolidation.journal import Entry, Intention
from consolidation.plan import Plan, PlanRow
from partner_center import Call
from partner_center.errors import AnswerUnknown
from partner_center.models import Subscription


class CustomerWithoutService(ConsolidationError):
    """The source is suspended and the counterpart in the target is not active: the loudest failure there is."""


def settle_suspensions(case: Case, plan: Plan) -> list[str]:
    """Settle what an earlier run left open: read first; when it did not happen, it is proven safe again and sent.

    Returns:
        What was settled, one sentence each.
    """
    settled = []
    for intention in case.journal.open_intentions(case.chain):
        if intention.action != "suspend":
            continue
        row = plan.row(intention.rows[0])
        _settle(case, plan, row, intention)
        settled.append(f"{row.product}: the unanswered suspension is settled.")
    return settled


def _settle(case: Case, plan: Plan, row: PlanRow, intention: Intention) -> None:
    started = time.monotonic()
    now = case.source.subscription(case.customer, row.subscription)
    if now.status.casefold() == SUSPENDED:
        # The day of the effect is not known; the day on which it was seen is the latest that it can be.
        seen_at = case.source.server_time().isoformat()
        body = {"status": now.status, "how": "read back", "answered_at": seen_at}
        case.journal.close_intention(intention, "done", body)
        return
    _require_safe(case, plan, row, now, started)
    call = resume(case, intention)
    _send(case, intention, call, now)


def suspend_rows(case: Case, plan: Plan, progress: Callable[[str], None]) -> None:
    """Suspend every row of the plan that still has to be, bases first, and read each back.

    Args:
        case: Its lease must be held; it is renewed with every intention.
        plan: The approved plan of `04_recreate`.
        progress: Takes one line for each thing done.

    Raises:
        Held: An interlock does not let a row go; rows before it are done, nothing after it is sent.
        CustomerWithoutService: The counterpart is not active after the PATCH.
        AnswerUnknown: No answer; the next run settles it first.
    """
    for row in plan.rows:
        if row.source_action == "suspend":
            _suspend(case, plan, row, progress)
    for row in plan.rows:
        if row.source_action == "goes with its base":
            _read_addon_back(case, row, progress)


def _suspend(case: Case, plan: Plan, row: PlanRow, progress: Callable[[str], None]) -> None:
    started = time.monotonic()
    fresh = case.source.subscription(case.customer, row.subscription)
    if fresh.status.casefold() == SUSPENDED:
        progress(f"{row.product} is suspended in the source already: left alone.")
        return
    _require_safe(case, plan, row, fresh, started)
    require_tenant_and_lease(case, case.source)
    facts = {"subscription": row.subscription, "seats": row.seats, "plan": plan.digest}
    intention, call = intend(case, "suspend", [row.subscription], facts)
    try:
        _send(case, intention, call, fresh)
    except AnswerUnknown:
        _settle(case, plan, row, intention)
    _read_back(case, row)
    progress(f"Suspended in the source: {row.product} {row.seats} seats.")


def _require_safe(case: Case, plan: Plan, row: PlanRow, fresh: Subscription, started: float) -> None:
    """Read the add-ons and the counterparts by id too, and pass the interlock.

    Args:
        case: The case.
        plan: The approved plan.
        row: The row to suspend.
        fresh: Its source subscription as just read by id: what the PATCH will carry.
        started: When that read began, in seconds of the monotonic clock.

    Raises:
        Held: The interlock's reasons.
    """
    reasons = interlocks.ready_for_writes(case.journal)
    addon_rows = plan.addons_of(row)
    addons = [(addon, case.source.subscription(case.customer, addon.subscription)) for addon in addon_rows]
    active = [(addon, source) for addon, source in addons if source.status.casefold() == ACTIVE]
    rows = [row, *(addon for addon, _ in active)]
    sources = [fresh, *(source for _, source in active)]
    claims = case.journal.claims(case.chain)
    counterparts = [_counterpart(case, claims.get(item.subscription)) for item in rows]
    read_apart = timedelta(seconds=time.monotonic() - started)
    reasons += interlocks.suspension_is_safe(rows, sources, counterparts, read_apart=read_apart)
    if fresh.quantity != row.seats:
        reasons.append(f"{row.product}: {row.seats} seats were approved, the source has {fresh.quantity} now (S6).")
    if reasons:
        raise Held(reasons)


def _counterpart(case: Case, target_subscription: str | None) -> Subscription | None:
    if target_subscription is None:
        return None
    return case.target.subscription(case.customer, target_subscription)


def _send(case: Case, intention: Intention, call: Call, fresh: Subscription) -> None:
    perform(
        case,
        intention,
        call,
        lambda call: case.source.suspend(case.customer, fresh, call),
        lambda answer: {"status": answer.status if answer else "accepted, not finished"},
    )


def _read_back(case: Case, row: PlanRow) -> None:
    """After the PATCH: the source shows suspended, and the counterpart of what was not retired is still active (S1).

    Raises:
        CustomerWithoutService: The counterpart is not active.
        Held: The source does not show suspended yet.
    """
    counterpart = _counterpart(case, case.journal.claims(case.chain).get(row.subscription))
    # What was retired has no counterpart, as its approved plan says.
    if not is_retired(row) and (counterpart is None or counterpart.status.casefold() != ACTIVE):
        status = counterpart.status if counterpart else "missing"
        raise CustomerWithoutService(
            f"CUSTOMER WITHOUT SERVICE: {row.product} is suspended in the source and {status} in the target.",
            next_step="Reactivate in the source's portal at once: first the base, then its add-ons.",
        )
    after = case.source.subscription(case.customer, row.subscription)
    if after.status.casefold() != SUSPENDED:
        raise Held(
            [f"{row.product} shows {after.status} after the suspension was accepted: run again to read it back."]
        )
    target_status = counterpart.status if counterpart else ""
    body = {"subscription": row.subscription, "source_status": after.status, "target_status": target_status}
    case.journal.append(case.chain, "verified", body, phase=case.phase)


def _read_addon_back(case: Case, row: PlanRow, progress: Callable[[str], None]) -> None:
    """Read back an add-on that went with its base; it is never patched (S1)."""
    if any(row.subscription in entry.body["rows"] for entry in _read_back_entries(case)):
        return
    after = case.source.subscription(case.customer, row.subscription)
    if after.status.casefold() != SUSPENDED:
        raise Held([f"{row.product} is still {after.status} although its base is suspended: look at it in the portal."])
    body = {"action": "suspended with its base", "rows": [row.subscription], "status": after.status}
    case.journal.append(case.chain, "done", body, phase=case.phase)
    progress(f"Suspended with its base: {row.product} {row.seats} seats.")


def _read_back_entries(case: Case) -> Sequence[Entry]:
    return [
        entry
        for entry in case.journal.entries(case.chain, kinds={"done"}, phase=case.phase)
        if entry.body["action"] == "suspended with its base"
    ]
