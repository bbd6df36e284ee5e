"""Charge periods in UTC days, both ends included.

Source: "Common legacy monthly billing scenarios", "Common legacy annual billing scenarios in Partner Center". There a
period runs from the day of the month on which the subscription began; the partner's billing date only decides on
which invoice it stands.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consolidation.tables import in_utc
from partner_center.models import Subscription

MONTHS = {"monthly": 1, "annual": 12, "triennial": 36}
"""Months of one charge period by billing cycle, as Partner Center names it."""

_ONE_DAY = timedelta(days=1)


def utc_day(moment: datetime) -> date:
    """Return the UTC day of a moment; a moment without a zone is UTC ("Manage customer subscriptions")."""
    return in_utc(moment).date()


@dataclass(frozen=True)
class ChargePeriod:
    """A whole billing period, and the part of it that is charged.

    Attributes:
        first: First day of the period.
        last: Last day of the period.
        begun: First day that is charged: later than `first` when an add-on was bought under a running base.

    Raises:
        ValueError: The days are not in this order.
    """

    first: date
    last: date
    begun: date

    def __post_init__(self) -> None:
        if not self.first <= self.begun <= self.last:
            message = f"{self.first}, {self.begun}, {self.last} are no charge period."
            raise ValueError(message)

    @property
    def days(self) -> int:
        """Days of the whole period: what its price stands for."""
        return (self.last - self.first).days + 1

    @property
    def charged_days(self) -> int:
        """Days that are charged."""
        return (self.last - self.begun).days + 1

    def unused_days(self, suspended_on: date) -> int:
        """Return the charged days from the suspension day on, that day included."""
        return max(0, (self.last - max(suspended_on, self.begun)).days + 1)


def charge_period(anchor: date, months: int, day: date, *, begun: date | None = None) -> ChargePeriod:
    """Return the period that a day lies in.

    Args:
        anchor: Any first day of a period; its day of the month, or the last one of a shorter month, begins each.
        months: Length of a period, see `MONTHS`.
        day: The day looked for.
        begun: First day of the charges at all; it shortens the period it lies in.
    """
    elapsed = (day.year - anchor.year) * 12 + day.month - anchor.month
    number = elapsed // months
    if _months_after(anchor, number * months) > day:
        number -= 1
    first = _months_after(anchor, number * months)
    last = _months_after(anchor, (number + 1) * months) - _ONE_DAY
    return ChargePeriod(first, last, begun if begun is not None and first < begun <= last else first)


def _months_after(anchor: date, months: int) -> date:
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, calendar.monthrange(year, month + 1)[1]))


def purchase_day(subscription: Subscription) -> date | None:
    """Return the UTC day on which a subscription was bought, None when Partner Center prints no date."""
    moment = subscription.creation_date or subscription.effective_start_date
    return utc_day(moment) if moment else None


def period_anchors(subscription: Subscription, base: Subscription | None = None) -> tuple[date, ...]:
    """Return the days from which the charge periods may run, empty when Partner Center prints no date.

    Two things are open: whether the charges begin on the day of the order ("Common legacy monthly billing scenarios")
    or on the day after it ("Understand the fields in Partner Center license-based reconciliation files"), and whether
    an add-on's periods are its own or those of its base. Each reading is one day here. An invoice line says what is so.

    Args:
        subscription: Legacy seats or an add-on.
        base: The base of an add-on.
    """
    days = set()
    for item in (subscription, *((base,) if base is not None else ())):
        moment = item.effective_start_date or item.creation_date
        if moment is not None:
            days |= {utc_day(moment), utc_day(moment) + _ONE_DAY}
    return tuple(sorted(days))


def anchors_before(anchors: tuple[date, ...], day: date) -> tuple[date, ...]:
    """Return the readings under which the charges have begun on a day; all of them when they have under none.

    What was bought on that day may be charged from the next one on, and then no period holds the day.
    """
    return tuple(anchor for anchor in anchors if anchor <= day) or anchors
