"""When an invoice is to be expected, and which one is the final one (M17).

Legacy seats are invoiced 2 days after the partner's own billing period, new commerce between the 6th and the 8th of the
next calendar month ("Billing basics").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from consolidation.billing.periods import charge_period
from partner_center.invoices import BillingProvider

LEGACY_DELAY = timedelta(days=2)
"""From the end of a legacy billing period to its invoice."""

NEW_COMMERCE_DAYS = (6, 8)
"""First and last day of the next month on which new commerce is invoiced."""

GRACE = timedelta(days=7)
"""A tenant that has nothing to pay any more gets no invoice: so long after its last day it is taken so. Ours."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """The days between which an invoice is expected, both included, UTC."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"between {self.first} and {self.last}"


def holds(provider: BillingProvider, invoice: date, ended_on: date) -> bool:
    """Tell whether the billing period of an invoice holds a day, or lies after it."""
    return invoice - LEGACY_DELAY >= ended_on if provider == "office" else invoice.replace(day=1) > ended_on


def final_invoice(provider: BillingProvider, ended_on: date, invoices: Iterable[date]) -> date | None:
    """Return the date of the first invoice that can hold the credit for a day, None while there is none."""
    return min((day for day in invoices if holds(provider, day, ended_on)), default=None)


def expected_days(provider: BillingProvider, ended_on: date, invoices: Iterable[date]) -> Days:
    """Return when the invoice is expected that holds the credit for a day.

    Args:
        provider: The billing system.
        ended_on: UTC day of the suspension, cancellation or transfer.
        invoices: Dates of the tenant's invoices so far; without one the billing day of legacy seats is unknown, and
            may be any within a month.
    """
    if provider == "onetime":
        return _in_month_after(ended_on)
    known = max(invoices, default=None)
    if known is None:
        return Days(ended_on + LEGACY_DELAY, charge_period(ended_on, 1, ended_on).last + LEGACY_DELAY)
    day = charge_period(known, 1, ended_on + LEGACY_DELAY - _ONE_DAY).last + _ONE_DAY
    return Days(day, day)


def expected_after(provider: BillingProvider, final: date) -> Days:
    """Return when the invoice after the final one is expected: the one that must not name the customer any more."""
    if provider == "onetime":
        return _in_month_after(final)
    day = charge_period(final, 1, final).last + _ONE_DAY
    return Days(day, day)


def _in_month_after(day: date) -> Days:
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return Days(*(following.replace(day=number) for number in NEW_COMMERCE_DAYS))
