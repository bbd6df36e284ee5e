"""The term of a subscription: when it began, when it ends, how long it can be cancelled.

Source of the rules: Microsoft page "Subscription resources".
"""

import calendar
from datetime import datetime, timedelta

from partner_center_simulator.clock import midnight, timestamp
from partner_center_simulator.documents import Document

NEVER = "9999-12-31T00:00:00Z"
WINDOW = timedelta(days=7)
FULL_REFUND = timedelta(days=1)
YEAR = 12
MONTHS = {"P1M": 1, "P1Y": YEAR, "P3Y": 3 * YEAR}


def legacy(bought: datetime, now: datetime) -> Document:
    """Return the term of legacy seats: twelve months that renew by themselves, the end date exclusive (UTC)."""
    start = _latest_start(bought, now, YEAR)
    return {"effectiveStartDate": midnight(start), "commitmentEndDate": midnight(months_after(start, YEAR))}


def usage(bought: datetime) -> Document:
    """Return the term of legacy Azure: it has no end."""
    return {"effectiveStartDate": midnight(bought), "commitmentEndDate": NEVER}


def azure_plan(bought: datetime) -> Document:
    """Return the term of an Azure plan: new commerce, without an end and without a duration."""
    return {
        "effectiveStartDate": timestamp(bought),
        "commitmentEndDate": NEVER,
        "commitmentEndDateTime": NEVER,
        "termDuration": "",
        "renewalTermDuration": "",
        "isMicrosoftProduct": True,
    }


def new_commerce(bought: datetime, now: datetime, seats: int, duration: str) -> Document:
    """Return the term of new-commerce seats, renewed up to now: its end date belongs to it, as a whole day (UTC)."""
    months = MONTHS.get(duration, YEAR)
    start = _latest_start(bought, now, months)
    last_day = months_after(start, months) - timedelta(days=1)
    window_end = start + WINDOW
    # Seats can be handed back for seven days after purchase or renewal; a window that has passed is not listed.
    batches = [{"quantity": seats, "allowedUntilDateTime": timestamp(window_end)}] if window_end > now else []
    return {
        "effectiveStartDate": timestamp(start),
        "commitmentEndDate": midnight(last_day),
        "commitmentEndDateTime": last_day.strftime("%Y-%m-%dT23:59:59Z"),
        "cancellationAllowedUntilDate": timestamp(window_end),
        "termDuration": duration,
        "renewalTermDuration": "",
        # All for a day, then the days that are left, until the window closes (page "Billing basics").
        "refundOptions": [
            {"type": "Full", "expiresAt": timestamp(start + FULL_REFUND)},
            {"type": "Partial", "expiresAt": timestamp(window_end)},
        ],
        "refundableQuantity": {"totalQuantity": seats if batches else 0, "details": batches},
        "isMicrosoftProduct": True,
    }


def last_day_of(start: datetime, duration: str) -> datetime:
    """Return an instant on the last day of a whole term that begins at an instant (UTC)."""
    return months_after(start, MONTHS.get(duration, YEAR)) - timedelta(days=1)


def committed(bought: datetime, now: datetime, duration: str) -> Document:
    """Return the term of a reservation, a savings plan or a marketplace item; its end date belongs to it."""
    term = new_commerce(bought, now, 0, duration)
    seats_only = ("cancellationAllowedUntilDate", "refundOptions", "refundableQuantity", "isMicrosoftProduct")
    return {name: value for name, value in term.items() if name not in seats_only}


def perpetual(bought: datetime) -> Document:
    """Return what stands for the term of perpetual software: it has none."""
    return {"effectiveStartDate": timestamp(bought), "termDuration": "", "renewalTermDuration": ""}


def aligned(last_day: datetime) -> Document:
    """Return the end of a term that was aligned with another one's (Microsoft page "Align subscription end dates")."""
    end = last_day.strftime("%Y-%m-%dT23:59:59Z")
    return {"commitmentEndDate": midnight(last_day), "commitmentEndDateTime": end, "customTermEndDate": end}


def _latest_start(bought: datetime, now: datetime, months: int) -> datetime:
    """Return when the present term began. It is counted from the purchase, so that a 31st comes back after February."""
    terms = 0
    while months_after(bought, (terms + 1) * months) <= now:
        terms += 1
    return months_after(bought, terms * months)


def months_after(instant: datetime, months: int) -> datetime:
    """Return the same day some months later, or the last day of a shorter month."""
    year, month = divmod(instant.year * YEAR + instant.month - 1 + months, YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return instant.replace(year=year, month=month + 1, day=min(instant.day, last))
