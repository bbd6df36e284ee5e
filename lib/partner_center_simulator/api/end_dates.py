"""Days on which a new term may end (Microsoft page "Get custom term end dates")."""

from datetime import datetime

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.paging import collection
from partner_center_simulator.clock import parse_instant
from partner_center_simulator.commerce import end_dates, relationships
from partner_center_simulator.commerce.terms import MONTHS
from partner_center_simulator.refusals import Refusal


def list_end_dates(call: Call) -> Answer:
    """Answer the days on which a term that is bought for a customer may end."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    duration = call.query.get("term_duration", "").upper()
    if duration not in MONTHS:
        raise Refusal(400, 800002, "term_duration is missing or not known.")
    found = end_dates.allowed(
        call.state,
        call.tenant,
        customer["id"],
        duration,
        _start(call),
        call.query.get("target_coterm_subscription_id", "").lower() or None,
    )
    return Answer(collection(found))


def _start(call: Call) -> datetime:
    now = call.state.clock.now()
    text = call.query.get("term_start_date")
    if not text:
        return now
    try:
        start = parse_instant(text)
    except ValueError as error:
        raise Refusal(400, 800002, "term_start_date is not a date.") from error
    if start.date() < now.date():
        raise Refusal(400, 800002, "term_start_date cannot be in the past.")
    return start


OPERATIONS = (Operation("GET", "/customers/{customer:uuid}/subscriptions/customTermEndDates", list_end_dates),)
