"""Subscriptions of every kind, and the classification of one among its siblings at a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from offline import NOON, OFFER, make_subscription

from consolidation.routes import ChosenRoute, Classification, classify
from partner_center.models import Subscription, identity

SEATS = {
    "productType": {"id": "OnlineServicesNCE"},
    "offerId": "CFQ7TTC0LF8R:0001:CFQ7TTC0K5DR",
    "offerName": "Business Premium",
    "creationDate": "2025-06-01T09:00:00Z",
    "effectiveStartDate": "2025-06-01T09:00:00Z",
    "commitmentEndDate": "2026-05-31T00:00:00Z",
    "termDuration": "P1Y",
    "autoRenewEnabled": True,
}
"""New-commerce seats in the middle of a term that renews."""

AZURE_PLAN = {"productType": {"id": "Azure"}, "offerId": "DZH318Z0BPS6:0001:DZH318Z0BMJX", "billingType": "usage"}
LEGACY_AZURE = {"offerId": "MS-AZR-0145P", "billingType": "usage", "quantity": 1}
SOFTWARE = {"productType": {"id": "Software"}, "offerId": "DG7GMGF0D5RK:0005:DG7GMGF0D3SJ"}


def base(**fields: object) -> Subscription:
    """Return a legacy base."""
    return make_subscription("BASE", offerName="Office 365 E3", **fields)


def seats(identifier: str = "nce-2", **fields: object) -> Subscription:
    """Return other new-commerce seats of the same customer."""
    return make_subscription(identifier, **{**SEATS, "offerName": "Visio", **fields})


def look(
    fields: Mapping[str, object],
    *siblings: Subscription,
    now: datetime = NOON,
    chosen: str = "",
    moved: tuple[str, ...] = (),
) -> Classification:
    """Classify one subscription among others; a chosen route is Ana's, because the customer asked."""
    subscription = make_subscription("ONE", **{"offerId": OFFER, **fields})
    every = {identity(item.id): item for item in (subscription, *siblings)}
    choice = {"one": ChosenRoute(chosen, "the customer asked", "ana")} if chosen else {}  # type: ignore[arg-type]
    return classify(subscription, every, now, choice, moved)
