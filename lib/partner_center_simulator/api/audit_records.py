"""The activity log (Microsoft page "Get a record of Partner Center activity")."""

from datetime import UTC, date, datetime, timedelta

from partner_center_simulator import activity_log
from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.paging import filter_of, page
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal

OLDEST = timedelta(days=90)
DEFAULT_SPAN = timedelta(days=30)
# The second form stands in the older sample of the page.
DATE_FORMS = ("%Y-%m-%d", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y")


def list_audit_records(call: Call) -> Answer:
    """Answer one page of the records between two UTC days, both included, oldest first."""
    today = call.state.clock.now().date()
    first = _day(call.query.get("startdate")) or today - DEFAULT_SPAN
    last = min(_day(call.query.get("enddate")) or today, today)
    if first < today - OLDEST:
        raise Refusal(400, 800002, "startDate cannot be more than 90 days ago.")
    if last < first and "enddate" in call.query:
        raise Refusal(400, 800002, "endDate cannot be before startDate.")
    wanted = filter_of(call)
    if wanted:
        _check(wanted)
    records = activity_log.between(call.state, call.tenant, first, last)
    return Answer(page(call, "/auditrecords", (one for one in records if wanted is None or _fits(one, wanted))))


def _day(text: str | None) -> date | None:
    if not text:
        return None
    for form in DATE_FORMS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError as error:
        raise Refusal(400, 800002, "A date is written yyyy-mm-dd.") from error


def _check(wanted: tuple[str, str, str]) -> None:
    allowed = {("companyname", "substring"), ("customerid", "equals"), ("resourcetype", "equals")}
    if (wanted[0], wanted[2]) not in allowed:
        raise Refusal(400, 800002, "The log filters CompanyName by substring, CustomerId and ResourceType by equals.")


def _fits(record: Document, wanted: tuple[str, str, str]) -> bool:
    name, value, _ = wanted
    if name == "companyname":
        return value.lower() in str(record["customerName"] or "").lower()
    if name == "customerid":
        return value.lower() == str(record["customerId"] or "").lower()
    # The filter takes the Pascal-case member name, the record carries snake case.
    return value.replace("_", "").lower() == str(record["resourceType"]).replace("_", "").lower()


OPERATIONS = (Operation("GET", "/auditrecords", list_audit_records),)
