"""Classification: what kind of subscription it is, the only safe route for it, and why (M22).

The rules are read from top to bottom and the first that fits decides. What no rule knows stays without a route and
stops its case for a person (S7).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from partner_center.models import Subscription

Kind = Literal[
    "legacy seats",
    "new-commerce seats",
    "software",
    "legacy Azure",
    "Azure plan",
    "reservation",
    "marketplace",
    "trial",
    "unknown",
]
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

KNOWN_STATUSES = frozenset({"active", "suspended", "deleted", "pending", "expired", "disabled"})


@dataclass(frozen=True)
class Classification:
    """Kind and route of one subscription.

    Attributes:
        kind: What it is.
        route: What happens to it; None while a person has to decide.
        reason: Why, in words.
        source: Title of the Microsoft page that the rule comes from.
    """

    kind: Kind
    route: Route | None
    reason: str
    source: str


@dataclass(frozen=True)
class _Rule:
    """One line of the table: when it fits, and what follows."""

    fits: Callable[[Kind, str], bool]
    route: Route | None
    reason: str
    source: str


_SEED = "CSP regional authorization tenant consolidation"
_LIFECYCLE = "Subscription lifecycle states"

_ROUTES: tuple[_Rule, ...] = (
    _Rule(
        lambda _kind, status: status not in KNOWN_STATUSES,
        None,
        "Its status '{status}' is in no Microsoft document we know: look at it in the portal and decide.",
        "Subscription resources",
    ),
    _Rule(
        lambda kind, _status: kind == "unknown",
        None,
        "Its product type is in no Microsoft document we know: look at it in the portal and decide.",
        "Subscription resources",
    ),
    _Rule(
        lambda _kind, status: status == "pending",
        None,
        "It is still being provisioned: prepare again when it is active.",
        "Subscription resources",
    ),
    _Rule(
        lambda _kind, status: status in {"suspended", "deleted", "expired", "disabled"},
        "leave",
        "It was {status} before we began: it makes no service, so there is nothing to move.",
        _LIFECYCLE,
    ),
    _Rule(
        lambda kind, _status: kind == "legacy seats",
        "recreate",
        "The same offer and seats are bought in the target; the source is suspended the same day, which stops billing.",
        _SEED,
    ),
    _Rule(
        lambda kind, _status: kind == "new-commerce seats",
        "transfer",
        "New commerce goes on billing when suspended, so it is transferred: the target asks, the source accepts.",
        "Transfer new-commerce license-based subscriptions",
    ),
    _Rule(
        lambda kind, _status: kind == "legacy Azure",
        "azure_support",
        "Microsoft support moves usage-based Azure with its resources; it is never suspended by hand.",
        _SEED,
    ),
    _Rule(
        lambda kind, _status: kind in {"Azure plan", "reservation"},
        "azure_transfer",
        "An Azure plan and its reservations are transferred: the target asks, the source selects and accepts.",
        "Transfer Azure subscriptions under an Azure plan",
    ),
    _Rule(
        lambda kind, _status: kind == "trial",
        "leave",
        "A trial costs nothing and ends by itself.",
        _LIFECYCLE,
    ),
    _Rule(
        lambda kind, _status: kind in {"software", "marketplace"},
        "manual",
        "It cannot be moved between partner tenants by any documented call: settle it with the customer by hand.",
        "Manage customer subscriptions",
    ),
)

_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def kind_of(subscription: Subscription) -> Kind:
    """Tell what a subscription is from its product type, offer and billing type ("Subscription resources")."""
    product_type = (subscription.product_type_id or "").casefold()
    billing = (subscription.billing_type or "").casefold()
    offer = subscription.offer_id or ""
    if subscription.is_trial:
        return "trial"
    if product_type == "onlineservicesnce":
        return "new-commerce seats"
    if product_type in {"software", "onetime"}:
        return "software"
    if product_type == "azure":
        return "reservation" if subscription.term_duration else "Azure plan"
    if product_type in {"saas", "marketplace"} or subscription.is_microsoft_product is False:
        return "marketplace"
    if product_type:
        return "unknown"
    if offer.casefold().startswith("ms-azr-"):
        return "legacy Azure"
    if _GUID.fullmatch(offer) and billing == "license":
        return "legacy seats"
    return "unknown"


def classify(subscription: Subscription) -> Classification:
    """Give a subscription its kind and route; the first rule that fits decides."""
    kind = kind_of(subscription)
    status = subscription.status.casefold()
    for rule in _ROUTES:
        if rule.fits(kind, status):
            reason = rule.reason.format(status=subscription.status)
            return Classification(kind, rule.route, reason, rule.source)
    return Classification(
        kind, None, "No rule knows it: look at it in the portal and decide.", "Subscription resources"
    )
