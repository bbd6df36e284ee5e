"""Limits are checked in the plan, not met in the error (M25)."""

from __future__ import annotations

import pytest
from offline import OFFER, make_offer, make_row, make_subscription, snapshot

from consolidation.limits import MOST_SUBSCRIPTIONS, tenant_limit, with_offer_limits

BOUNDS = {
    "within": ({"minimumQuantity": 10, "maximumQuantity": 10}, ""),
    "below the minimum": ({"minimumQuantity": 11}, "sold from 11 seats on, the source has 10"),
    "above the maximum": ({"maximumQuantity": 9}, "sold up to 9 seats, the source has 10"),
    "no longer sold": ({"isAvailableForPurchase": False}, "cannot buy this offer any more"),
    "not said whether sold": ({"isAvailableForPurchase": None}, ""),
    "too many of one offer": ({"limit": 1}, "may hold 1 subscriptions of this offer, 2 are to be bought"),
    "no limit": ({"limit": 0}, ""),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_each_bound_of_an_offer(bound: str) -> None:
    """M25: seats within the offer's bounds, offers still on sale, and no more of one than a customer may hold."""
    fields, words = BOUNDS[bound]
    rows = [make_row("a"), make_row("b", target_offer=OFFER.upper(), problems=("It had one before.",))]
    checked = with_offer_limits(rows, [make_offer(OFFER.upper(), **fields)])
    assert [row.subscription for row in checked] == ["a", "b"]
    assert checked[1].problems[0] == "It had one before."
    for row, before in zip(checked, (0, 1), strict=True):
        found = row.problems[before:]
        assert len(found) == bool(words)
        assert not words or words in found[0]


def test_an_offer_that_the_catalogue_lacks_cannot_be_bought() -> None:
    """M25, M26: an offer that is not in the customer's market waits for a person."""
    (row,) = with_offer_limits([make_row()], [])
    assert "cannot buy this offer any more" in row.problems[0]


@pytest.mark.parametrize(("prerequisites", "fits"), [([OFFER.upper()], True), (["other"], False), ([], True)])
def test_an_addon_needs_its_prerequisite(prerequisites: list[str], *, fits: bool) -> None:
    """M25: an add-on is bought only under an offer that the catalogue names as its prerequisite."""
    rows = [make_row("base"), make_row("add", parent="base", offer="addon", target_offer="addon")]
    checked = with_offer_limits(rows, [make_offer(), make_offer("addon", prerequisiteOffers=prerequisites)])
    assert checked[0].problems == ()
    assert (checked[1].problems == ()) is fits


def test_rows_that_are_not_bought_are_not_checked_and_not_lost() -> None:
    """S8: rows without an order keep their place, also when the rows come one by one."""
    rows = [make_row("a", target_action="none"), make_row("b", target_action="adopt"), make_row("c")]
    checked = with_offer_limits((row for row in rows), [make_offer()])
    assert checked == rows


@pytest.mark.parametrize(
    ("held", "bought", "fits"), [(298, 2, True), (299, 2, False), (150, 150, True), (1, 300, False)]
)
def test_a_customer_tenant_holds_300_subscriptions(held: int, bought: int, *, fits: bool) -> None:
    """M25: what both tenants hold, and what is to be bought, must fit into one customer tenant together."""
    source = snapshot("source", *(make_subscription(f"s{number}") for number in range(held)))
    target = snapshot("target", make_subscription("gone", status="deleted"))
    reasons = tenant_limit([make_row(str(number)) for number in range(bought)], source, target)
    assert (reasons == []) is fits
    assert fits or f"would hold {held + bought} subscriptions" in reasons[0]
    assert MOST_SUBSCRIPTIONS == 300
