"""What a subscription is, told from its product type, offer and billing type ("Subscription resources")."""

from __future__ import annotations

import re
from typing import Literal

from partner_center.models import Subscription

Kind = Literal[
    "legacy seats",
    "new-commerce seats",
    "software",
    "legacy Azure",
    "Azure plan",
    "reservation",
    "savings plan",
    "marketplace",
    "trial",
    "free or internal",
    "unknown",
]

KNOWN_STATUSES = frozenset({"active", "suspended", "deleted", "pending", "expired", "disabled"})

_SEATS = "onlineservicesnce"
_SOFTWARE = frozenset({"software", "softwareperpetual", "softwaresubscriptions", "softwaresuselinux", "onetime"})
_MARKETPLACE = frozenset({"saas", "marketplace", "marketplacesaas"})
_RESERVATION = frozenset({"reservation", "reservations", "azurereservation", "azurereservations"})
_SAVINGS_PLAN = frozenset({"savingsplan", "azuresavingsplan"})
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def kind_of(subscription: Subscription) -> Kind:
    """Tell what a subscription is; "unknown" where no Microsoft page that we know has its like (S7)."""
    product_type = _letters(subscription.product_type_id)
    if subscription.is_trial:
        return "trial"
    if _makes_no_charges(subscription):
        return "free or internal"
    if product_type == _SEATS:
        return "new-commerce seats"
    if product_type in _SOFTWARE:
        return "software"
    if product_type in {"azure", *_RESERVATION, *_SAVINGS_PLAN}:
        return _azure(subscription)
    if product_type in _MARKETPLACE or subscription.is_microsoft_product is False:
        return "marketplace"
    return "unknown" if product_type else _legacy(subscription)


def is_new_commerce(subscription: Subscription) -> bool:
    """Tell seats of new commerce, trials of them too, by their product type; legacy seats have none."""
    return _letters(subscription.product_type_id) == _SEATS


def _legacy(subscription: Subscription) -> Kind:
    offer = subscription.offer_id or ""
    if offer.casefold().startswith("ms-azr-"):
        return "legacy Azure"
    if _GUID.fullmatch(offer) and subscription.billing_type.casefold() == "license":
        return "legacy seats"
    return "unknown"


def _azure(subscription: Subscription) -> Kind:
    """Tell an Azure plan from what is bought under it: reservations and savings plans have a term, the plan has none.

    The product type of reservations and savings plans on a subscription is printed in no sample: every way to say it
    that stands in a page is taken.
    """
    said = {_letters(subscription.product_type_id), _letters(subscription.product_sub_type_id)}
    if subscription.line_items or said & _SAVINGS_PLAN:
        return "savings plan"
    return "reservation" if said & _RESERVATION or subscription.term_duration else "Azure plan"


def _makes_no_charges(subscription: Subscription) -> bool:
    """Tell free and internal products by their billing type: a benefit, or none at all on a legacy offer.

    Azure and software print billing types of their own; a missing one says nothing.
    """
    billing = subscription.billing_type.casefold()
    if subscription.product_type_id is None:
        return billing in {"none", "benefit"} and bool(_GUID.fullmatch(subscription.offer_id or ""))
    return is_new_commerce(subscription) and billing == "benefit"


def _letters(text: str | None) -> str:
    """Return the letters of a word in lower case: AzureReservations and azure_reservations are the same."""
    return re.sub(r"[\W_]", "", text or "").casefold()
