"""When a subscription can be cancelled, ends and renews. All moments are UTC; today is what Partner Center says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from consolidation.routes.kinds import is_new_commerce
from partner_center.models import Subscription

WINDOW = timedelta(hours=7 * 24)
"""How long new commerce may be cancelled after purchase or renewal ("NCE cancellation policy"; errors count hours)."""

RENEWAL = timedelta(hours=24)
"""How long a renewal may take from 00:00 UTC of the day after the end date ("Manage customer subscriptions")."""

TRANSFER = timedelta(days=3)
"""How long Microsoft tries a transfer again, usually it takes 15 minutes ("Transfer Azure subscriptions ...")."""

_NEVER = 9999
_EXTENDED_FROM_START = datetime(2025, 4, 1, tzinfo=UTC)
_EXTENDED_FROM_END = datetime(2026, 5, 4, tzinfo=UTC)


def window_end(subscription: Subscription) -> datetime | None:
    """Return the first moment at which new commerce can no longer be cancelled; None for everything else.

    What Partner Center prints goes before what is computed from the start of the term, which a renewal begins anew.
    """
    if not is_new_commerce(subscription):
        return None
    if subscription.cancellation_allowed_until_date is not None:
        return subscription.cancellation_allowed_until_date
    start = subscription.effective_start_date
    return None if start is None or start.year == _NEVER else start + WINDOW


def term_end(subscription: Subscription) -> datetime | None:
    """Return the first moment after the term; None where none is printed or it never ends (year 9999).

    The end date is exclusive for legacy subscriptions, and a whole day that belongs to the term for all others
    ("Subscription resources").
    """
    day = subscription.commitment_end_date or subscription.commitment_end_date_time
    exact = subscription.commitment_end_date_time
    # An exact moment at midnight may be the same whole day printed again: only one inside a day says which day it is.
    if exact is not None and exact != _midnight(exact):
        day = exact
    if day is None or day.year == _NEVER:
        return None
    return day if subscription.product_type_id is None else _midnight(day) + timedelta(days=1)


def last_day(subscription: Subscription) -> datetime | None:
    """Return the last day of the term at 00:00 UTC, None where the term has no end."""
    end = term_end(subscription)
    return None if end is None else _midnight(end - timedelta(microseconds=1))


def extended_service_term_looms(subscription: Subscription) -> bool:
    """Tell whether the paid extended service term follows the end, unless a cancellation for that day is set.

    Bought or renewed on or after 1 April 2025, ending on or after 4 May 2026, auto-renew off (observed by
    practitioners). The field that says "cancel at the end of the term" is not known, so the cancellation cannot be
    seen; a start that is not printed counts as late enough.
    """
    return subscription.auto_renew_enabled is False and may_be_extended(subscription)


def may_be_extended(subscription: Subscription) -> bool:
    """Tell whether the extended service term would follow if it did not renew: by its kind and both days."""
    if not is_new_commerce(subscription) or subscription.is_trial:
        return False
    day, start = last_day(subscription), subscription.effective_start_date
    return day is not None and day >= _EXTENDED_FROM_END and (start is None or start >= _EXTENDED_FROM_START)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
