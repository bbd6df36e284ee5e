"""The activity log of a partner tenant (Microsoft page "Auditing resources")."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from partner_center_simulator.actors import Actor
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State


def record(
    state: State,
    tenant: str,
    actor: Actor,
    customer: str,
    *,
    resource_type: str,
    operation_type: str,
    facts: Iterable[tuple[str, object]],
    at: datetime | None = None,
) -> None:
    """Write one succeeded operation into the log of a partner tenant, at an instant (UTC); None is now."""
    now = at or state.clock.now()
    scope = f"{tenant}/{now.date().isoformat()}"
    number = state.next_number("audit", scope)
    known = state.customer(customer)
    # Seven fractional digits, as printed by Microsoft; the last one keeps records of one microsecond apart.
    instant = now.strftime("%Y-%m-%dT%H:%M:%S.%f") + f"{number % 10}Z"
    ticks = int(now.timestamp() * 1_000_000) * 10 + number % 10
    document = {
        "id": f"{tenant}_{customer}_{resource_type}_{operation_type}_{ticks}",
        "partnerId": tenant,
        "customerId": customer,
        "customerName": known["companyName"] if known else None,
        "userPrincipalName": actor.user_principal_name,
        "applicationId": actor.application_id,
        "resourceType": resource_type,
        "operationType": operation_type,
        "operationDate": instant,
        "operationStatus": "succeeded",
        "originalCorrelationId": actor.correlation_id,
        "customizedData": [{"key": key, "value": None if value is None else str(value)} for key, value in facts],
        "attributes": {"objectType": "AuditRecord"},
    }
    state.documents.put("audit", scope, f"{number:06d}", document)


def between(state: State, tenant: str, first: date, last: date) -> Iterator[Document]:
    """Yield the records of the days from ``first`` to ``last`` (UTC, both included), oldest day first."""
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        yield from state.documents.scope("audit", f"{tenant}/{day.isoformat()}").values()
