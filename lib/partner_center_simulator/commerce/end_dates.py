"""Aligned end dates: on which days a new-commerce term may end (Microsoft page "Get custom term end dates").

A term may end with a calendar month, or with another subscription of new commerce that the customer has through the
same partner tenant; whether one of another partner's counts is not documented, and here it does not. A year or three
are not aligned with a subscription that runs by the month (practitioners' pages).
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from partner_center_simulator.clock import parse_instant
from partner_center_simulator.commerce import subscriptions
from partner_center_simulator.commerce.terms import MONTHS, last_day_of
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.state import State

NOT_ALLOWED = 900242
NO_ALIGNMENT = 900246
MONTH = "P1M"


def allowed(
    state: State, tenant: str, customer: str, duration: str, start: datetime, subscription: str | None = None
) -> list[Document]:
    """Return the days on which a term that starts at an instant (UTC) may end, as the API shows them.

    Args:
        state: The simulated cloud.
        tenant: Partner tenant id.
        customer: Customer tenant id.
        duration: ISO 8601 duration of the term.
        start: When it starts.
        subscription: Only the day with this subscription; None for all days.
    """
    last = last_day_of(start, duration).date()
    together: dict[date, list[str]] = {}
    for other, day in _ends(state, tenant, customer, duration):
        if start.date() <= day <= last and subscription in (None, other):
            together.setdefault(day, []).append(other)
    rows = [_row("subscriptionAligned", day, held) for day, held in sorted(together.items())]
    months = [] if subscription else _month_ends(start.date(), last)
    return [*(_row("calendarMonthAligned", day, []) for day in months), *rows]


def problem(state: State, tenant: str, customer: str, line: Document, *, is_trial: bool) -> tuple[int, str] | None:
    """Return code and text of what is wrong with the aligned end date of a line; None when it is right or missing."""
    wanted: Json = line.get("customTermEndDate")
    if wanted in (None, ""):
        return None
    duration = str(line.get("termDuration") or "").upper()
    if is_trial or duration not in MONTHS:
        return NO_ALIGNMENT, "The end date of this item cannot be aligned."
    try:
        day = parse_instant(str(wanted)).date()
    except ValueError:
        return NOT_ALLOWED, "customTermEndDate is not a date."
    rows = allowed(state, tenant, customer, duration, state.clock.now())
    if day not in {parse_instant(row["allowedCustomTermEndDate"]).date() for row in rows}:
        return NOT_ALLOWED, "The custom term end date is not one that is allowed."
    return None


def _ends(state: State, tenant: str, customer: str, duration: str) -> Iterator[tuple[str, date]]:
    for held in subscriptions.of_customer(state, tenant, customer):
        resource = held["resource"]
        if not subscriptions.has_new_commerce_seats(held) or resource["status"] != "active" or resource["isTrial"]:
            continue
        if resource["termDuration"] == MONTH and duration != MONTH:
            continue
        yield resource["id"], parse_instant(resource["commitmentEndDate"]).date()


def _month_ends(first: date, last: date) -> list[date]:
    days: list[date] = []
    following = first.replace(day=1)
    while True:
        following = (following + timedelta(days=32)).replace(day=1)
        end = following - timedelta(days=1)
        if end > last:
            return days
        days.append(end)


def _row(kind: str, day: date, held: list[str]) -> Document:
    end = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {
        "allowedCustomTermEndDateType": kind,
        "allowedCustomTermEndDate": end.strftime("%Y-%m-%dT00:00:00Z"),
        "cotermSubscriptionIds": held,
    }
