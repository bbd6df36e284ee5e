"""Requesting in the target, accepting in the source, withdrawing: intention before effect, each settled by reading."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from consolidation import interlocks
from consolidation.case import Case
from consolidation.effects import intend, perform, require_tenant_and_lease, resume
from consolidation.errors import Held
from consolidation.journal import Intention
from consolidation.plan import Plan, PlanRow
from consolidation.tables import counted
from consolidation.transfers.planning import ACCEPT_BY_API, fits, product_types, requested_together
from consolidation.transfers.reading import read_transfers
from consolidation.transfers.record import requests_of
from consolidation.transfers.stages import stage_of
from consolidation.transfers.standing import WITHDRAW, standings
from consolidation.transfers.words import portal_sentence
from partner_center import Call, TransferItem, TransferRequest
from partner_center.errors import AnswerUnknown, Refused
from partner_center.models import Transfer, identity

Progress = Callable[[str], None]


def settle_transfers(case: Case, plan: Plan) -> list[str]:
    """Settle what an earlier run left open: read first; what did not happen is sent again with the same MS-RequestId.

    Returns:
        What was settled, one sentence each.
    """
    settled = []
    for intention in case.journal.open_intentions(case.chain):
        if intention.action == "request_transfer":
            _settle_request(case, plan, intention)
        elif intention.action == "accept_transfer":
            _settle_acceptance(case, plan, intention)
        elif intention.action == "withdraw_transfer":
            _settle_withdrawal(case, intention)
        else:
            continue
        settled.append(f"The unanswered call to {intention.action.replace('_', ' ')} is settled.")
    return settled


def carry_out(case: Case, plan: Plan, progress: Progress) -> None:
    """Withdraw, request and, where the plan says so, accept; what one request cannot do does not stop the others.

    Args:
        case: Its lease must be held.
        plan: Approved, frozen.
        progress: Takes one line for each thing done.

    Raises:
        Held: What was refused, or what an interlock did not let go, one sentence each.
        AnswerUnknown: A call stayed without answer; the next run settles it first.
    """
    reasons: list[str] = []
    for row in plan.rows:
        if row.target_action == WITHDRAW:
            _withdraw(case, plan, row, progress)
    for rows in requested_together(plan.rows):
        if _not_yet(case, rows):
            continue
        try:
            _request(case, plan, rows, progress)
            if rows[0].source_action == ACCEPT_BY_API:
                _accept(case, plan, rows, progress)
        except Refused as error:
            reasons.append(str(error))
        except Held as error:
            reasons += error.reasons
    if reasons:
        raise Held(reasons)


def _not_yet(case: Case, rows: Sequence[PlanRow]) -> bool:
    """Tell whether the renewal of these rows is still running: meanwhile they cannot be changed."""
    until = rows[0].not_before
    return bool(until) and case.target.server_time() < datetime.fromisoformat(until)


def _standing_of(case: Case, rows: Sequence[PlanRow]) -> dict[str, tuple[str, Transfer | None]]:
    """Return source subscription id -> state and transfer, of these rows, by a fresh look at the transfers."""
    assert case.source_snapshot is not None  # noqa: S101 - both sides are read before anything is sent
    found = standings(case, rows, case.source_snapshot, read_transfers(case))
    return {each.row.subscription: (each.state, each.transfer) for each in found}


# Requests


def _request(case: Case, plan: Plan, rows: Sequence[PlanRow], progress: Progress) -> None:
    """Ask for these rows, once; what asks for them already is not asked for again."""
    stand = _standing_of(case, rows)
    if all(state in {"pending", "in_progress", "moved"} for state, _ in stand.values()):
        return
    reasons = interlocks.ready_for_writes(case.journal)
    if reasons:
        raise Held(reasons)
    require_tenant_and_lease(case, case.target)
    request = _request_for(case, rows)
    facts = {"plan": plan.digest, "product_types": list(request.product_types)}
    intention, call = intend(case, "request_transfer", [row.subscription for row in rows], facts)
    waiting = _request_that_stands(case, plan, rows)
    if waiting is None:
        case.journal.leases.renew(case.customer)  # the look took its time: whoever has the customer now settles it
        try:
            _send_request(case, plan, request, intention, call)
        except AnswerUnknown:
            _settle_request(case, plan, intention)
    else:
        _close_request(case, plan, intention, waiting, how="it stood there already")
    read_transfers(case)
    progress(f"Requested from {case.name.source}: {counted(len(rows), 'subscription')} of {_types(rows)}.")


def _request_that_stands(case: Case, plan: Plan, rows: Sequence[PlanRow]) -> Transfer | None:
    """Return a pending request of ours to this source that asks for just this and serves no other of this plan's."""
    used = {
        each.transfer
        for each in requests_of(case.journal, case.chain)
        if each.plan == plan.digest and each.number > plan.number
    }
    found = (each for key, each in read_transfers(case).items() if key not in used and fits(each, rows))
    return next(found, None)


def _types(rows: Sequence[PlanRow]) -> str:
    return ", ".join(product_types(rows))


def _request_for(case: Case, rows: Sequence[PlanRow]) -> TransferRequest:
    """Return what is asked for; Microsoft notifies the customer at the address of the list, or that on file."""
    listed = case.listed
    email = (listed.contact_email if listed else "") or case.source.customer_billing_profile(case.customer).email
    return TransferRequest(
        source_tenant=case.source_tenant.tenant,
        product_types=product_types(rows),
        customer_name=case.name.company,
        customer_email=email or None,
        partner_id=rows[0].partner or None,
    )


def _send_request(case: Case, plan: Plan, request: TransferRequest, intention: Intention, call: Call) -> None:
    perform(
        case,
        intention,
        call,
        lambda call: case.target.request_transfer(case.customer, request, call),
        lambda transfer: {
            "plan": plan.digest,
            "transfer": identity(transfer.id),
            "answer": transfer.received,
        },
    )


def _close_request(case: Case, plan: Plan, intention: Intention, transfer: Transfer, *, how: str) -> None:
    body = {"plan": plan.digest, "transfer": identity(transfer.id), "how": how, "answer": transfer.received}
    case.journal.close_intention(intention, "done", body)


def _settle_request(case: Case, plan: Plan, intention: Intention) -> None:
    """Look for the request among the customer's transfers; what is not there is asked for again."""
    rows = [plan.row(key) for key in intention.rows]
    found = _request_that_stands(case, plan, rows)
    if found is not None:
        _close_request(case, plan, intention, found, how="read back")
        return
    require_tenant_and_lease(case, case.target)
    request = _request_for(case, rows)
    _send_request(case, plan, request, intention, resume(case, intention))


# Acceptances


def _accept(case: Case, plan: Plan, rows: Sequence[PlanRow], progress: Progress) -> None:
    """Accept the request with exactly the rows of the plan that wait in it.

    Raises:
        Held: An interlock says no, or Partner Center refused: then a person accepts in the portal.
    """
    stand = _standing_of(case, rows)
    selected = [row for row in rows if stand[row.subscription][0] == "pending"]
    waiting = next((transfer for state, transfer in stand.values() if state == "pending" and transfer), None)
    if not selected or waiting is None:
        return
    transfer = _proven_acceptable(case, plan, selected, waiting.id)
    require_tenant_and_lease(case, case.source)
    facts = {"plan": plan.digest, "transfer": identity(transfer.id)}
    intention, call = intend(case, "accept_transfer", [row.subscription for row in selected], facts)
    try:
        _send_acceptance(case, selected, intention, call, transfer)
    except AnswerUnknown:
        _settle_acceptance(case, plan, intention)
    except Refused as error:
        raise Held([str(error), portal_sentence(case, transfer, selected)]) from error
    read_transfers(case)
    progress(f"Accepted in {case.name.source}: {counted(len(selected), 'subscription')} of request {transfer.id}.")


def _proven_acceptable(case: Case, plan: Plan, rows: Sequence[PlanRow], transfer_id: str) -> Transfer:
    """Read the request and each subscription by id in the source, and pass the interlock.

    Raises:
        Held: The interlock's reasons.
    """
    started = time.monotonic()
    transfer = case.source.transfer(case.customer, transfer_id)
    sources = [case.source.subscription(case.customer, row.subscription) for row in rows]
    reasons = interlocks.ready_for_writes(case.journal)
    reasons += interlocks.transfer_may_be_accepted(
        plan,
        rows,
        sources,
        transfer,
        now=case.source.server_time(),
        read_apart=timedelta(seconds=time.monotonic() - started),
    )
    if reasons:
        raise Held(reasons)
    return transfer


def _send_acceptance(case: Case, rows: Sequence[PlanRow], intention: Intention, call: Call, transfer: Transfer) -> None:
    items = [
        TransferItem(row.subscription, row.details["product_type"], row.seats, row.partner or None) for row in rows
    ]
    perform(
        case,
        intention,
        call,
        lambda call: case.source.accept_transfer(case.customer, transfer, items, call),
        lambda answer: {
            "transfer": identity(transfer.id),
            "status": answer.status if answer else "accepted, not finished",
        },
    )


def _settle_acceptance(case: Case, plan: Plan, intention: Intention) -> None:
    """Read the transfer: while it is pending the acceptance did not happen, and is proven and sent again."""
    transfer_id = str(intention.entry.body["transfer"])
    now = case.source.transfer(case.customer, transfer_id)
    if stage_of(now) != "pending":
        body = {"transfer": identity(now.id), "status": now.status, "how": "read back"}
        body["answered_at"] = case.source.server_time().isoformat()
        case.journal.close_intention(intention, "done", body)
        return
    rows = [plan.row(key) for key in intention.rows]
    fresh = _proven_acceptable(case, plan, rows, transfer_id)
    require_tenant_and_lease(case, case.source)
    _send_acceptance(case, rows, intention, resume(case, intention), fresh)


# Withdrawals


def _withdraw(case: Case, plan: Plan, row: PlanRow, progress: Progress) -> None:
    now = case.target.transfer(case.customer, row.details["transfer"])
    if stage_of(now) != "pending":
        return  # somebody was quicker; what became of it stands in the plan that follows
    require_tenant_and_lease(case, case.target)
    facts = {"plan": plan.digest, "transfer": row.details["transfer"]}
    intention, call = intend(case, "withdraw_transfer", [row.subscription], facts)
    try:
        _send_withdrawal(case, intention, call, now)
    except AnswerUnknown:
        _settle_withdrawal(case, intention)
    progress(f"Withdrawn: request {now.id}.")


def _send_withdrawal(case: Case, intention: Intention, call: Call, transfer: Transfer) -> None:
    perform(
        case,
        intention,
        call,
        lambda call: case.target.withdraw_transfer(case.customer, transfer, call),
        lambda answer: {"transfer": identity(transfer.id), "status": answer.status if answer else "accepted"},
    )


def _settle_withdrawal(case: Case, intention: Intention) -> None:
    now = case.target.transfer(case.customer, str(intention.entry.body["transfer"]))
    if stage_of(now) != "pending":
        body = {"transfer": identity(now.id), "status": now.status, "how": "read back"}
        case.journal.close_intention(intention, "done", body)
        return
    require_tenant_and_lease(case, case.target)
    _send_withdrawal(case, intention, resume(case, intention), now)
