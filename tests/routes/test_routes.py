"""Every subscription gets its kind and the only safe route, with the reason in words (M22)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import make_subscription

from consolidation.routes import KNOWN_STATUSES, classify, kind_of

NEW_COMMERCE = {"productType": {"id": "OnlineServicesNCE"}, "offerId": "CFQ7TTC0LF8R:0001:CFQ7TTC0K5DR"}
AZURE_PLAN = {"productType": {"id": "Azure"}, "offerId": "DZH318Z0BPS6:0001:DZH318Z0BMJX", "billingType": "usage"}
RESERVATION = {**AZURE_PLAN, "termDuration": "P1Y"}
LEGACY_AZURE = {"offerId": "MS-AZR-0145P", "billingType": "usage", "quantity": 1}

TABLE = {
    "legacy seats": ({}, "legacy seats", "recreate", "suspended the same day"),
    "a legacy add-on": ({"parentSubscriptionId": "B"}, "legacy seats", "recreate", "same offer and seats"),
    "new-commerce seats": (NEW_COMMERCE, "new-commerce seats", "transfer", "goes on billing when suspended"),
    "new commerce in capitals": (
        {**NEW_COMMERCE, "productType": {"id": "ONLINESERVICESNCE"}},
        "new-commerce seats",
        "transfer",
        "transferred",
    ),
    "software": ({"productType": {"id": "Software"}}, "software", "manual", "by hand"),
    "legacy Azure": (LEGACY_AZURE, "legacy Azure", "azure_support", "never suspended by hand"),
    "legacy Azure in small letters": (
        {**LEGACY_AZURE, "offerId": "ms-azr-0145p"},
        "legacy Azure",
        "azure_support",
        "Microsoft support",
    ),
    "an Azure plan": (AZURE_PLAN, "Azure plan", "azure_transfer", "the source selects and accepts"),
    "a reservation": (RESERVATION, "reservation", "azure_transfer", "transferred"),
    "marketplace": ({"productType": {"id": "SaaS"}}, "marketplace", "manual", "by hand"),
    "another publisher's": ({"isMicrosoftProduct": False}, "marketplace", "manual", "by hand"),
    "a trial": ({"isTrial": True}, "trial", "leave", "ends by itself"),
    "suspended before": ({"status": "suspended"}, "legacy seats", "leave", "was suspended before we began"),
    "deleted before": ({"status": "deleted"}, "legacy seats", "leave", "was deleted before we began"),
    "expired before": ({**NEW_COMMERCE, "status": "expired"}, "new-commerce seats", "leave", "was expired before"),
    "disabled before": ({**NEW_COMMERCE, "status": "disabled"}, "new-commerce seats", "leave", "was disabled before"),
    "Azure suspended before": ({**LEGACY_AZURE, "status": "suspended"}, "legacy Azure", "leave", "before we began"),
    "still pending": ({"status": "pending"}, "legacy seats", None, "still being provisioned"),
    "an unknown status": ({"status": "hibernating"}, "legacy seats", None, "status 'hibernating' is in no Microsoft"),
    "no status": ({"status": None}, "legacy seats", None, "look at it in the portal and decide"),
    "an unknown product type": (
        {"productType": {"id": "Hologram"}},
        "unknown",
        None,
        "product type is in no Microsoft",
    ),
    "an offer id of no known form": ({"offerId": "ABC"}, "unknown", None, "look at it in the portal and decide"),
    "no offer": ({"offerId": None}, "unknown", None, "look at it in the portal and decide"),
    "a billing type of no known form": ({"billingType": "barter"}, "unknown", None, "look at it in the portal"),
}


@pytest.mark.parametrize("row", TABLE)
def test_each_line_of_the_table(row: str) -> None:
    """M22, S7: each kind has its only safe route and its reason; what nobody knows has none and waits for a person."""
    fields, kind, route, words = TABLE[row]
    found = classify(make_subscription(**fields))
    assert (found.kind, found.route) == (kind, route)
    assert words in found.reason
    assert found.source


def test_only_legacy_seats_are_ever_recreated() -> None:
    """S2, M23: nothing that is transferred, and no Azure, has the one route that ends in a suspension."""
    recreated = {kind for _, kind, route, _ in TABLE.values() if route == "recreate"}
    assert recreated == {"legacy seats"}


_TEXTS = st.none() | st.text(max_size=40) | st.sampled_from(["MS-AZR-0145P", "license", "usage", *KNOWN_STATUSES])


@given(
    status=_TEXTS,
    offer=_TEXTS,
    billing=_TEXTS,
    product=_TEXTS,
    term=_TEXTS,
    trial=st.none() | st.booleans(),
    quantity=st.none() | st.integers() | st.text(max_size=3),
)
def test_no_value_breaks_the_classification(
    status: object, offer: object, billing: object, product: object, term: object, trial: object, quantity: object
) -> None:
    """S7: whatever Partner Center prints, the row gets a kind and a reason; an unknown status never gets a route."""
    subscription = make_subscription(
        status=status,
        offerId=offer,
        billingType=billing,
        productType={"id": product},
        termDuration=term,
        isTrial=trial,
        quantity=quantity,
    )
    found = classify(subscription)
    assert found.kind == kind_of(subscription)
    assert found.reason
    if subscription.status not in KNOWN_STATUSES:
        assert found.route is None
