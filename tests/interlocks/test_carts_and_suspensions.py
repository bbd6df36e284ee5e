"""The two interlocks that look at what was just read: the cart before checkout, both sides before a suspension."""

from __future__ import annotations

from datetime import timedelta

import pytest
from offline import OFFER, make_row, make_subscription

from consolidation.interlocks import cart_as_approved, suspension_is_safe
from consolidation.plan import PlanRow
from partner_center.models import Cart, Subscription

SOON = timedelta(seconds=2)

LINE = {"catalogItemId": OFFER.upper(), "quantity": 10, "currencyCode": "EUR", "pricing": {"price": 12.3}}
ROW = make_row(price_ceiling="12.30 EUR")
ADDON = make_row("add", parent="aaaa0001", target_offer="addon", target_seats=4, product="Extra")

CARTS = {
    "as approved": ([LINE], [ROW], ""),
    "cheaper": ([{**LINE, "pricing": {"price": 11}}], [ROW], ""),
    "no ceiling known": ([{**LINE, "pricing": None}], [make_row()], ""),
    "dearer": ([{**LINE, "pricing": {"price": 12.31}}], [ROW], "costs 12.31 EUR a seat, approved were at most 12.30"),
    "no price": ([{**LINE, "pricing": None}], [ROW], "shows no price for Office 365 E3"),
    "a price in words": ([{**LINE, "pricing": {"price": "cheap"}}], [ROW], "cannot be read"),
    "another currency": ([{**LINE, "currencyCode": "USD"}], [ROW], "is priced in USD"),
    "other seats": ([{**LINE, "quantity": 11}], [ROW], "does not hold 10 seats of Office 365 E3 once"),
    "another offer": ([{**LINE, "catalogItemId": "other"}], [ROW], "does not hold 10 seats"),
    "no line": ([], [ROW], "does not hold 10 seats"),
    "an error that cannot be read": ([{**LINE, "error": "no"}], [ROW], "what cannot be read (lineItems.error)"),
    "the line twice": ([LINE, LINE], [ROW], "The cart holds 2 lines, 1 were approved"),
    "a line that nobody approved": ([LINE, {**LINE, "catalogItemId": "other"}], [ROW], "The cart holds 2 lines, 1"),
    "an error on a line": (
        [{**LINE, "error": {"errorCode": "400041", "errorDescription": "Missing base."}}],
        [ROW],
        "The cart refuses 796B6B5F-613C-4E24-A17C-EBA730D49C02: 400041 Missing base. (S14)",
    ),
    "an error without words": ([{**LINE, "error": {}}], [ROW], "The cart refuses"),
    "an add-on under its base": (
        [{**LINE, "addonItems": [{"catalogItemId": "addon", "quantity": 4}]}],
        [ROW, ADDON],
        "",
    ),
    "an error on an add-on": (
        [{**LINE, "addonItems": [{"catalogItemId": "addon", "quantity": 4, "error": {"errorCode": "1"}}]}],
        [ROW, ADDON],
        "The cart refuses addon: 1",
    ),
    "the same add-on twice under its base": (
        [{**LINE, "addonItems": [{"catalogItemId": "addon", "quantity": seats} for seats in (1, 4, 4)]}],
        [ROW, ADDON, make_row("add3", parent="aaaa0001", target_offer="addon", target_seats=1), ADDON],
        "",
    ),
    "the same add-on once too often": (
        [{**LINE, "addonItems": [{"catalogItemId": "addon", "quantity": 4}] * 2}],
        [ROW, ADDON, make_row("add3", parent="aaaa0001", target_offer="addon", target_seats=1, product="Extra")],
        "does not hold 1 seats of Extra once",
    ),
    "the add-on lost": ([LINE], [ROW, ADDON], "does not hold 4 seats of Extra once"),
    "lines in another form": ("none", [ROW], "what cannot be read (lineItems)"),
}


@pytest.mark.parametrize("cart", CARTS)
def test_the_cart_is_looked_at_before_checkout(cart: str) -> None:
    """S14, S7: line errors, prices above the ceiling, and lines that are not what was approved hold the checkout."""
    lines, rows, words = CARTS[cart]
    reasons = cart_as_approved(Cart.model_validate({"id": "c", "lineItems": lines}), rows)
    assert bool(reasons) is bool(words)
    assert not words or any(words in reason for reason in reasons), reasons


BASE = make_row("base")
SOURCE = make_subscription("BASE")
TARGET = make_subscription("TGT-1")

SUSPENSIONS: dict[str, tuple[PlanRow, Subscription, Subscription | None, str]] = {
    "proven": (BASE, SOURCE, TARGET, ""),
    "more seats in the target": (BASE, SOURCE, make_subscription("TGT-1", quantity=11), ""),
    "fewer seats in the target": (
        BASE,
        SOURCE,
        make_subscription("TGT-1", quantity=9),
        "the target has 9 seats, the source 10 (S1): set 10 seats on TGT-1",
    ),
    "no seats in the target": (BASE, SOURCE, make_subscription("TGT-1", quantity=None), "the target has None seats"),
    "no seats in the source": (BASE, make_subscription("BASE", quantity=None), TARGET, "printed no seat count"),
    "no seats on either side": (
        BASE,
        make_subscription("BASE", quantity=None),
        make_subscription("TGT-1", quantity=None),
        "printed no seat count",
    ),
    "no counterpart": (BASE, SOURCE, None, "has no subscription of its own in the target (S1)"),
    "a suspended counterpart": (
        BASE,
        SOURCE,
        make_subscription("TGT-1", status="suspended"),
        "is suspended, not active",
    ),
    "a pending counterpart": (BASE, SOURCE, make_subscription("TGT-1", status="pending"), "is pending, not active"),
    "an unknown counterpart": (BASE, SOURCE, make_subscription("TGT-1", status="odd"), "is odd, not active"),
    "an odd source": (BASE, make_subscription("BASE", status="hibernating"), TARGET, "is hibernating in the source"),
    "a source without status": (BASE, make_subscription("BASE", status=None), TARGET, "is without a status in the"),
    "another source": (BASE, make_subscription("OTHER"), TARGET, "another subscription was read than the plan names"),
    "a transfer": (make_row("base", route="transfer"), SOURCE, TARGET, "it is never suspended by us (S2)"),
    "Azure": (make_row("base", kind="legacy Azure"), SOURCE, TARGET, "is legacy Azure with route recreate"),
    "new commerce": (make_row("base", kind="new-commerce seats"), SOURCE, TARGET, "never suspended by us (S2)"),
}


@pytest.mark.parametrize("suspension", SUSPENSIONS)
def test_a_suspension_is_proven_safe_by_both_sides(suspension: str) -> None:
    """S1, S2, S7: its own counterpart is active with at least the same seats, and nothing but legacy seats goes."""
    row, source, counterpart, words = SUSPENSIONS[suspension]
    reasons = suspension_is_safe([row], [source], [counterpart], read_apart=SOON)
    assert bool(reasons) is bool(words)
    assert not words or words in reasons[0], reasons


@pytest.mark.parametrize(("seconds", "fresh"), [(60, True), (60.1, False)])
def test_what_was_read_is_at_most_a_minute_old(seconds: float, *, fresh: bool) -> None:
    """S1: both sides are read within 60 seconds before the PATCH."""
    reasons = suspension_is_safe([BASE], [SOURCE], [TARGET], read_apart=timedelta(seconds=seconds))
    assert (reasons == []) is fresh


def test_every_active_addon_needs_its_own_counterpart() -> None:
    """S1: a base goes only when each active add-on under it stands in the target too, each with its own."""
    rows = [BASE, make_row("add", parent="base", product="Extra")]
    sources = [SOURCE, make_subscription("ADD", parentSubscriptionId="BASE", quantity=4)]
    standing = make_subscription("TGT-2", quantity=4)
    assert suspension_is_safe(rows, sources, [TARGET, standing], read_apart=SOON) == []
    assert "Extra has no subscription" in suspension_is_safe(rows, sources, [TARGET, None], read_apart=SOON)[0]
    twice = suspension_is_safe(rows, sources, [TARGET, make_subscription("tgt-1")], read_apart=SOON)
    assert twice == ["One target subscription stands for two source rows (S1)."]
