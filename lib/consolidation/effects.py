"""One effect: intention before, answer after, and the settling of an intention whose answer was lost (S3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from consolidation.case import Case
from consolidation.errors import Held
from consolidation.journal import Intention
from partner_center import Call, PartnerCenterError, PartnerCenterReader
from partner_center.errors import AnswerUnknown, Forbidden, Refused, Unauthorized

Answer = TypeVar("Answer")

_UNDER_WAY = frozenset({"800060", "800064", "800082"})
"""An order is in progress, the cart is in use, the subscription is busy: perhaps with what we sent ourselves.

Source: "Partner Center REST error codes".
"""


def require_tenant_and_lease(case: Case, client: PartnerCenterReader) -> None:
    """Before an effect: the sign-in is of the tenant that the engagement names (S5), and the customer this runner's.

    Raises:
        Held: Somebody is signed in to another tenant; nothing was written.
        LeaseLost: The customer is another runner's by now.
    """
    case.clients.require_tenant(client)
    case.journal.leases.renew(case.customer)


def intend(case: Case, action: str, rows: Collection[str], facts: Mapping[str, Any]) -> tuple[Intention, Call]:
    """Write the intention and return it with the call whose ids it announces."""
    call = Call.new()
    body = {**facts, "action": action, "request_id": call.request_id, "correlation_id": call.correlation_id}
    intention = case.journal.intend(case.chain, rows, body, phase=case.phase, customer=case.customer)
    return intention, _watched(case, intention, call)


def resume(case: Case, intention: Intention) -> Call:
    """Return the call that repeats an unanswered intention: the same MS-RequestId, its own correlation id.

    MS-RequestId is what makes a repeat safe after a timeout ("Partner Center REST headers").
    """
    call = Call(str(intention.entry.body["request_id"]), Call.new().correlation_id)
    _retried(case, intention, call.correlation_id, "settling an unanswered call")
    return _watched(case, intention, call)


def perform(
    case: Case,
    intention: Intention,
    call: Call,
    send: Callable[[Call], Answer],
    describe: Callable[[Answer], Mapping[str, Any]],
    *,
    settles: bool = False,
) -> Answer:
    """Send, then close the intention with Microsoft's answer.

    Args:
        case: Whose chain.
        intention: Already in the journal.
        call: Carries the ids that were announced.
        send: Makes the call.
        describe: What of the answer is kept.
        settles: This is the repeat of a call whose answer is unknown: when the repeat fails, in whatever way, that
            says nothing of the call before it, so the intention stays open.

    Raises:
        AnswerUnknown: Whether it took effect is not known; the intention stays open and is settled first next time.
        PartnerCenterError: Nothing was changed by this call. The intention is closed as refused, unless it was sent
            before without an answer and this error says nothing of what became of that.
    """
    repeat = call.correlation_id != intention.entry.body["correlation_id"]
    try:
        answer = send(call)
    except AnswerUnknown:
        raise
    except PartnerCenterError as error:
        if not settles and (not repeat or is_verdict(error)):
            body = {
                "code": str(error.code or ""),
                "message": str(error),
                "correlation_id": error.correlation_id or "",
                "repeat": repeat,
            }
            case.journal.close_intention(intention, "refused", body)
        raise
    case.journal.close_intention(intention, "done", {**describe(answer), **_answered(call)})
    return answer


def is_verdict(error: PartnerCenterError) -> bool:
    """Tell whether an error is Microsoft's word on what was asked for, not on who asked, how often, or too soon."""
    says_nothing = isinstance(error, (Unauthorized, Forbidden)) or error.code in _UNDER_WAY
    return isinstance(error, Refused) and not says_nothing


def _watched(case: Case, intention: Intention, call: Call) -> Call:
    """Let each repeat inside the transport leave its own entry before it is sent."""
    call.repeated = lambda correlation_id, why: _retried(case, intention, correlation_id, why)
    return call


def _retried(case: Case, intention: Intention, correlation_id: str, why: str) -> None:
    # A runner that lost its lease stops before its next effect, a repeat included.
    case.journal.leases.renew(case.customer)
    body = {"intended": intention.entry.number, "correlation_id": correlation_id, "why": why}
    case.journal.append(case.chain, "retried", body, phase=case.phase)


def _answered(call: Call) -> dict[str, str]:
    answer = call.answer
    if answer is None:
        return {}
    at = answer.date.isoformat() if answer.date else ""
    return {"answered_at": at, "correlation_id": answer.correlation_id or ""}


def nothing_open(case: Case) -> None:
    """Refuse to go on while an intention of the case is open.

    Raises:
        Held: Names the open effect.
    """
    still_open = case.journal.open_intentions(case.chain)
    if still_open:
        raise Held(
            [
                f"The answer to {intention.action} of {intention.entry.at} is unknown: look at the customer in the "
                "portal, then run the phase that sent it again."
                for intention in still_open
            ]
        )
