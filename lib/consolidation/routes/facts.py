"""What the rules ask about one subscription: itself, those beside it, and the time by Partner Center's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from consolidation.inventory import ACTIVE, product_name
from consolidation.routes.kinds import KNOWN_STATUSES, Kind, is_new_commerce
from consolidation.routes.terms import (
    RENEWAL,
    TRANSFER,
    extended_service_term_looms,
    last_day,
    may_be_extended,
    term_end,
    window_end,
)
from partner_center.models import Subscription, identity

Route = Literal[
    "recreate",
    "transfer",
    "replace_in_window",
    "run_out",
    "azure_support",
    "azure_transfer",
    "retire",
    "leave",
    "manual",
]

BY_HAND: frozenset[str] = frozenset({"manual", "retire", "run_out"})
"""Routes in which a person has a part to do in the portals, confirmed with the step `manual_done`."""

NEAR = timedelta(days=31)
"""An end of a legacy term that is nearer than this is said."""


@dataclass(frozen=True)
class Facts:
    """One subscription as the rules see it.

    Attributes:
        subscription: As Partner Center listed it.
        kind: What it is.
        now: Partner Center's clock when it was read, UTC.
        siblings: Every subscription of the same customer and tenant by id in lower case, itself included.
        base: Base of a legacy add-on, None when it has none or none is listed.
        base_route: Route of that base as far as it is decided.
    """

    subscription: Subscription
    kind: Kind
    now: datetime
    siblings: Mapping[str, Subscription]
    base: Subscription | None
    base_route: Route | None

    @property
    def status(self) -> str:
        """Status in lower case."""
        return self.subscription.status.casefold()

    @property
    def knows_status(self) -> bool:
        """Whether the status stands in a Microsoft page."""
        return self.status in KNOWN_STATUSES

    @property
    def is_active(self) -> bool:
        """Whether it is active."""
        return self.status == ACTIVE

    @property
    def is_addon(self) -> bool:
        """Whether it is a legacy add-on; add-ons of new commerce are subscriptions of their own."""
        return bool(identity(self.subscription.parent_subscription_id))

    @property
    def base_is_addon(self) -> bool:
        """Whether its base is an add-on itself, or the same subscription: such a thing fits into no cart."""
        return self.base is not None and bool(identity(self.base.parent_subscription_id))

    @property
    def new_commerce(self) -> bool:
        """Whether it is seats of new commerce, a trial of them included."""
        return is_new_commerce(self.subscription)

    @property
    def renews(self) -> bool | None:
        """Whether it renews at the end of its term; None when Microsoft did not print it."""
        return self.subscription.auto_renew_enabled

    @property
    def perpetual(self) -> bool:
        """Whether it was bought once for good: software without a term ("Product resources")."""
        return self.kind == "software" and not self.subscription.term_duration

    @property
    def left(self) -> timedelta | None:
        """Time to the end of the term, negative after it; None without an end."""
        end = term_end(self.subscription)
        return None if end is None else end - self.now

    @property
    def ended(self) -> bool:
        """Whether the term is over."""
        return self.left is not None and self.left <= timedelta(0)

    @property
    def renewing(self) -> bool:
        """Whether the renewal may be running: up to 24 hours from the end of the term."""
        return self.left is not None and self.renews is True and -RENEWAL < self.left <= timedelta(0)

    @property
    def ends_today(self) -> bool:
        """Whether this UTC day is the last of the term."""
        return self.left is not None and timedelta(0) < self.left <= timedelta(days=1)

    @property
    def ends_before_a_transfer(self) -> bool:
        """Whether the term may end before a transfer that Microsoft has to try again is through."""
        return self.left is not None and timedelta(0) < self.left <= TRANSFER

    @property
    def ends_soon(self) -> bool:
        """Whether the term ends within a month."""
        return self.left is not None and timedelta(0) < self.left <= NEAR

    @property
    def extended_service_term(self) -> bool:
        """Whether the paid extended service term follows the end of the term."""
        return extended_service_term_looms(self.subscription)

    @property
    def may_be_extended(self) -> bool:
        """Whether the paid extended service term would follow the end of the term if it did not renew."""
        return may_be_extended(self.subscription)

    @property
    def in_window(self) -> bool:
        """Whether new commerce may still be cancelled: seven times 24 hours from purchase or renewal."""
        end = window_end(self.subscription)
        return end is not None and self.now < end

    @property
    def was_renewed(self) -> bool:
        """Whether the running term began with a renewal, not with the purchase."""
        begun, bought = self.subscription.effective_start_date, self.subscription.creation_date
        return begun is not None and bought is not None and begun - bought >= timedelta(days=1)

    @property
    def renewal_over(self) -> datetime | None:
        """The moment at which the renewal at the end of this term is through at the latest."""
        end = term_end(self.subscription)
        return None if end is None else end + RENEWAL

    @cached_property
    def aligned_with(self) -> tuple[Subscription, ...]:
        """The active new-commerce subscriptions whose end date this one was given; they began on other days."""
        day, begun = last_day(self.subscription), self.subscription.effective_start_date
        if not self.new_commerce or day is None or begun is None:
            return ()
        return tuple(
            item
            for item in self._others()
            if last_day(item) == day
            and item.effective_start_date is not None
            and item.effective_start_date.date() != begun.date()
        )

    @cached_property
    def other_parts(self) -> tuple[Subscription, ...]:
        """The other lines of the same product: one order, one product, the same seats, another SKU."""
        own = self.subscription
        product = _product(own)
        if not self.new_commerce or not product or not own.order_id:
            return ()
        return tuple(
            item
            for item in self._others()
            if _product(item) == product
            and identity(item.order_id) == identity(own.order_id)
            and identity(item.offer_id) != identity(own.offer_id)
            and item.quantity == own.quantity
        )

    def _others(self) -> tuple[Subscription, ...]:
        own = identity(self.subscription.id)
        return tuple(
            item
            for key, item in self.siblings.items()
            if key != own and is_new_commerce(item) and item.status.casefold() == ACTIVE
        )

    def words(self) -> dict[str, str]:
        """Return what the sentences of the rules name."""
        item = self.subscription
        return {
            "status": item.status,
            "end": _day(last_day(item)),
            "term_end": _moment(term_end(item)),
            "window_end": _moment(window_end(item)),
            "renewal_over": _moment(self.renewal_over),
            "begun": f"{'renewed' if self.was_renewed else 'bought'} on {_day(item.effective_start_date)}",
            "seats": "its seats" if item.quantity is None else f"{item.quantity} seats",
            "base": "not listed" if self.base is None else product_name(self.base),
            "base_route": self.base_route or "undecided",
            "aligned_with": ", ".join(sorted({product_name(other) for other in self.aligned_with})),
            "other_parts": ", ".join(sorted({product_name(other) for other in self.other_parts})),
        }


def _product(item: Subscription) -> str:
    """Return the product of a catalogue item id `product:sku:availability`, empty for an id of another form."""
    product, colon, _ = identity(item.offer_id).partition(":")
    return product if colon else ""


def _day(moment: datetime | None) -> str:
    return "an unknown day" if moment is None else f"{moment:%Y-%m-%d}"


def _moment(moment: datetime | None) -> str:
    return "an unknown time" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
