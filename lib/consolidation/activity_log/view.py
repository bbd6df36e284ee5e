"""The activity log as the portal shows it: filtered by whole days and by customer (M21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consolidation.errors import EngagementError
from consolidation.population import CaseName, find_case
from consolidation.tables import Column, Table
from partner_center.models import AuditRecord

DEFAULT_DAYS = 30
"""What the portal shows when no dates are given ("Activity logs")."""

OLDEST_DAYS = 90
"""How far back Partner Center keeps the log ("Get a record of Partner Center activity")."""


@dataclass(frozen=True)
class Period:
    """Whole UTC days, both included."""

    start: date
    end: date


def read_period(date_from: str, date_to: str, *, today: date, kept_since: date | None = None) -> Period:
    """Read the two dates of the filter; empty means the portal's default, the last 30 days.

    Args:
        date_from: First day, yyyy-mm-dd, or empty.
        date_to: Last day, yyyy-mm-dd, or empty for today.
        today: Partner Center's day.
        kept_since: First day of what the archive holds, or None.

    Raises:
        EngagementError: A date is not one, the order is wrong, or it lies before what Microsoft and the archive keep.
    """
    try:
        end = date.fromisoformat(date_to.strip()) if date_to.strip() else today
        # Nobody named the first day: what Microsoft has dropped since is no mistake of theirs.
        earliest = max(end - timedelta(days=DEFAULT_DAYS), today - timedelta(days=OLDEST_DAYS))
        start = date.fromisoformat(date_from.strip()) if date_from.strip() else min(earliest, end)
    except ValueError as error:
        raise EngagementError(
            [f"A date is not yyyy-mm-dd: {error}."], next_step="Write for example 2026-02-03."
        ) from error
    if start > end:
        raise EngagementError([f"The log cannot run from {start} to {end}."], next_step="Exchange the two dates.")
    oldest = min(today - timedelta(days=OLDEST_DAYS), kept_since or today)
    if start < oldest:
        kept = f", the archive begins on {kept_since}" if kept_since else ""
        raise EngagementError(
            [f"Partner Center keeps {OLDEST_DAYS} days of log{kept}: {start} lies before."],
            next_step=f"Start at {oldest}.",
        )
    return Period(start, end)


def find_customer(cases: Iterable[CaseName], customer: str) -> CaseName | None:
    """Find the customer of the filter by tenant id, domain or a part of the company name; None for an empty filter.

    Raises:
        CustomerUnknown: None fits.
        EngagementError: Several companies fit.
    """
    wanted = customer.strip().casefold()
    if not wanted:
        return None
    every = list(cases)
    # What names one customer exactly goes before a part of another one's name.
    exact = [case for case in every if wanted in {case.customer, case.domain.casefold(), case.company.casefold()}]
    found = {case.customer: case for case in exact or every if exact or wanted in case.company.casefold()}
    if len(found) > 1:
        names = ", ".join(case.company for case in found.values())
        raise EngagementError([f"Several companies fit {customer!r}: {names}."], next_step="Give one tenant id.")
    return next(iter(found.values())) if found else find_case(every, customer, "")


def log_table(records: Iterable[tuple[str, AuditRecord]], period: Period) -> Table:
    """Return the log as the portal shows it, one line each, with the tenant and the correlation id."""
    rows = tuple(_row(tenant, record) for tenant, record in records)
    return Table(
        columns=(
            Column("at", "Date and time (UTC)", "datetime"),
            Column("tenant", "Tenant"),
            Column("customer", "Affected customer"),
            Column("action", "Action"),
            Column("status", "Result"),
            Column("user", "Partner user"),
            Column("details", "Details"),
            Column("correlation", "Correlation id"),
        ),
        rows=rows,
        caption=f"Activity log of all tenants, {period.start} to {period.end}, both days included",
        empty="No activity in these days.",
    )


def _row(tenant: str, record: AuditRecord) -> dict[str, object]:
    at: datetime | None = record.operation_date
    return {
        "at": at,
        "tenant": tenant,
        "customer": record.customer_name or record.customer_id or "",
        "action": record.operation_type,
        "status": record.operation_status,
        "user": record.user_principal_name or record.application_id,
        "details": "; ".join(f"{item.key}: {item.value}" for item in record.customized_data),
        "correlation": record.original_correlation_id or "",
    }
