"""The judges can tell: each rule finds nothing in a good history and something in one that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from faults import rules_in_the_log as rules
from faults.history import OUTSIDE, SOMEBODY_LOOKED, Act, Approval, Held, History, Moment, Shown, Write
from faults.pairing import pair_all

FRANCE, GERMANY, EUROPE = "contoso-france", "contoso-germany", "contoso-europe"
CUSTOMER, OTHER = "customer-1", "customer-2"
CASE = (FRANCE, CUSTOMER)
NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
BASE = f"/v1/customers/{CUSTOMER}"


def held(key: str, tenant: str = FRANCE, customer: str = CUSTOMER, **fields: object) -> Held:
    """Return a legacy seat subscription with ten seats."""
    printed = {"id": key.upper(), "offerId": "E3", "quantity": 10, "status": "active", "billingType": "license"}
    return Held(tenant, customer, {**printed, **fields}, visible=True)


def at(*items: Held, reads: int = 0, **more: Any) -> Moment:
    """Return a moment at noon at which these subscriptions are held."""
    return Moment(NOON, items, more.get("carts", {}), {FRANCE: reads, EUROPE: reads})


def write(path: str, tenant: str = EUROPE, **fields: object) -> Write:
    """Return a write of ours with its effect."""
    method = "PATCH" if "subscriptions" in path else "POST"
    common = {"actor": "api", "method": method, "path": f"{BASE}/{path}", "tenant": tenant, "request_id": "r1"}
    more = {"time": NOON.isoformat(), "status": 200, "body": None, "effect": None, "before": None}
    return {**common, **more, **fields}


def snapshot(*items: Held) -> list[Write]:
    """Return what the log keeps of the instant before a suspension."""
    return [{**one.resource, "tenant": one.tenant} for one in items]


SOURCE, TARGET = held("a"), held("t", EUROPE)
LINE = {"catalogItemId": "E3", "quantity": 10, "currencyCode": "EUR", "pricing": {"price": 20}}
ROW = {
    "subscription": "a",
    "target_offer": "E3",
    "target_seats": 10,
    "seats": 10,
    "source_action": "suspend",
    "price_ceiling": "20.00 EUR",
}
APPROVED = Approval((ROW,), frozenset({"a"}), frozenset({"ana"}), rejected=False, ended=False)
CART = write("carts", effect={"cart": "c"}, body={"lineItems": [LINE]})
CHECKOUT = write("carts/c/checkout", effect={"ordered": ["T"]})
SUSPENSION = write(
    "subscriptions/a", FRANCE, effect={"suspended": ["A"]}, before=snapshot(SOURCE, TARGET), body={"quantity": 10}
)
PREPARED = Act("01_prepare", CASE, at(SOURCE), at(SOURCE), outcome="done")
BOUGHT = Act(
    "04_recreate",
    CASE,
    at(SOURCE),
    at(SOURCE, TARGET, reads=1, carts={"c": {"lineItems": [LINE]}}),
    (CART, CHECKOUT),
    shown=Shown(((FRANCE, "a"), (EUROPE, "t")), ("a",)),
)
SUSPENDED = Act(
    "05_suspend", CASE, at(SOURCE, TARGET), at(held("a", status="suspended"), TARGET, reads=1), (SUSPENSION,)
)


def history(*acts: Act, **more: Any) -> History:
    """Return a history of one case whose writes were all approved."""
    values: dict[str, Any] = {"cases": (CASE,), "approvals": {(CASE, "r1"): APPROVED}, **more}
    return History(EUROPE, {}, acts=list(acts), **values)


def bought(*writes: Write, **fields: Any) -> History:
    """Return a history whose newest act is a purchase with these writes."""
    return history(PREPARED, replace(BOUGHT, writes=writes or BOUGHT.writes, **fields))


def suspended(**fields: object) -> History:
    """Return a history whose newest act is a suspension with other fields."""
    return history(PREPARED, BOUGHT, replace(SUSPENDED, writes=({**SUSPENSION, **fields},)))


def under(row: dict[str, object], **fields: object) -> History:
    """Return a history whose newest act is a suspension under a plan with this row."""
    approvals = {(CASE, "r1"): replace(APPROVED, rows=(row,))}
    return history(replace(SUSPENDED, writes=({**SUSPENSION, **fields},)), approvals=approvals)


def set_up_only(number: int) -> list[Act]:
    """Return the preparations and purchases of so many other cases, none of which was suspended."""
    purchases = [
        replace(
            BOUGHT,
            case=(FRANCE, f"other-{one}"),
            before=at(held("a", customer=f"other-{one}")),
            after=at(held("a", customer=f"other-{one}"), held("t", EUROPE, f"other-{one}")),
        )
        for one in range(number)
    ]
    return [*(replace(PREPARED, case=act.case) for act in purchases), *purchases]


PICK = "CFQ7TTC0LF8R:0001"
ITEM = f"{PICK}:CFQ7TTC0VN5S"
"""What a person picks is a product with its SKU; what is bought has the availability of that day too."""


def picked(*writes: Write, before: list[Held] | None = None, more: tuple[Held, ...] = (), **line: object) -> History:
    """Return a case that bought another product, which a person had picked, and suspended what it stands for."""
    target = held("t", EUROPE, offerId=ITEM)
    row = {**ROW, "target_offer": PICK}
    cart = {"lineItems": [{**LINE, "catalogItemId": ITEM, **line}]}
    after = at(SOURCE, target, *more, reads=1, carts={"c": cart})
    purchase = replace(BOUGHT, writes=writes or ({**CART, "body": cart}, CHECKOUT), after=after)
    suspension = {**SUSPENSION, "before": snapshot(SOURCE, *(before or [target]))}
    acts = [PREPARED, purchase] if writes or line else [PREPARED, purchase, replace(SUSPENDED, writes=(suspension,))]
    return history(*acts, approvals={(CASE, "r1"): replace(APPROVED, rows=(row,))})


OTHERS = tuple((FRANCE, f"other-{one}") for one in range(3))
LOST = {**CHECKOUT, "status": None, "effect": None}
REFUSED = {**CHECKOUT, "status": 404, "effect": None}
LATE = (NOON + timedelta(hours=11, minutes=50)).isoformat()
BAD_LINE = {**LINE, "error": {"errorCode": 400041}}

BROKEN: dict[str, tuple[Callable[[History], list[str]], History]] = {
    "S1 no counterpart": (
        rules.s1_nothing_falls_before_its_counterpart_stands,
        suspended(before=snapshot(SOURCE)),
    ),
    "S1 counterpart with fewer seats": (
        rules.s1_nothing_falls_before_its_counterpart_stands,
        suspended(before=snapshot(SOURCE, held("t", EUROPE, quantity=9))),
    ),
    "S1 counterpart suspended": (
        rules.s1_nothing_falls_before_its_counterpart_stands,
        suspended(before=snapshot(SOURCE, held("t", EUROPE, status="suspended"))),
    ),
    "S1 one counterpart for two": (
        rules.s1_nothing_falls_before_its_counterpart_stands,
        suspended(
            effect={"suspended": ["A"], "suspended_with_base": ["B"]}, before=snapshot(SOURCE, held("b"), TARGET)
        ),
    ),
    "S2 new commerce": (
        rules.s2_only_legacy_seats_are_suspended,
        history(replace(SUSPENDED, after=at(held("a", productType={"id": "OnlineServicesNCE"})))),
    ),
    "S2 Azure": (
        rules.s2_only_legacy_seats_are_suspended,
        history(replace(SUSPENDED, after=at(held("a", billingType="usage")))),
    ),
    "S3 two orders": (
        rules.s3_no_source_subscription_is_ordered_twice,
        bought(CHECKOUT, {**CHECKOUT, "effect": {"ordered": ["U"]}}, after=at(SOURCE, TARGET, held("u", EUROPE))),
    ),
    "S3 bought as picked, and as it was": (
        rules.s3_no_source_subscription_is_ordered_twice,
        picked(CHECKOUT, {**CHECKOUT, "effect": {"ordered": ["T", "U"]}}, more=(held("u", EUROPE),)),
    ),
    "S3 second cart": (
        rules.s3_an_unanswered_cart_is_followed_by_no_second_one,
        bought(CART, LOST, REFUSED, CART),
    ),
    "S4 seats in the target": (
        rules.s4_only_the_allowed_effects,
        bought(write("subscriptions/t", effect={"seats": {"id": "t"}})),
    ),
    "S4 reactivation": (rules.s4_only_the_allowed_effects, suspended(effect={"reactivated": ["A"]})),
    "S4 renewal on": (rules.s4_only_the_allowed_effects, suspended(effect={"auto_renew": {"id": "A", "to": True}})),
    "S5 another tenant": (rules.s5_each_write_goes_to_its_own_tenant, bought({**CHECKOUT, "tenant": FRANCE})),
    "S5 another source": (rules.s5_each_write_goes_to_its_own_tenant, suspended(tenant=GERMANY)),
    "S5 another customer": (
        rules.s5_each_write_goes_to_its_own_tenant,
        bought({**CHECKOUT, "path": f"/v1/customers/{OTHER}/carts/c/checkout"}),
    ),
    "S5 nobody looked": (rules.s5_each_write_goes_to_its_own_tenant, bought(after=at(SOURCE, TARGET))),
    "S5 an engagement's notebook": (rules.s5_each_write_goes_to_its_own_tenant, bought(case=None)),
    "S6 never announced": (rules.s6_only_what_was_approved, history(BOUGHT, approvals={})),
    "S6 not approved by enough": (rules.s6_only_what_was_approved, history(BOUGHT, required=2)),
    "S6 rejected": (
        rules.s6_only_what_was_approved,
        history(BOUGHT, approvals={(CASE, "r1"): replace(APPROVED, rejected=True)}),
    ),
    "S6 superseded": (
        rules.s6_only_what_was_approved,
        history(BOUGHT, approvals={(CASE, "r1"): replace(APPROVED, ended=True)}),
    ),
    "S6 other seats bought": (
        rules.s6_only_what_was_approved,
        bought(after=at(SOURCE, held("t", EUROPE, quantity=11))),
    ),
    "S6 other seats asked for": (
        rules.s6_only_what_was_approved,
        bought({**CART, "body": {"lineItems": [{**LINE, "quantity": 11}]}}),
    ),
    "S6 another row suspended": (rules.s6_only_what_was_approved, suspended(effect={"suspended": ["B"]})),
    "S6 renewal ended that was to be suspended": (
        rules.s6_only_what_was_approved,
        suspended(effect={"auto_renew": {"id": "A", "to": False}, "auto_renew_off": ["A"]}),
    ),
    "S6 suspended what was to end with its term": (
        rules.s6_only_what_was_approved,
        under({**ROW, "source_action": "switch auto-renew off"}),
    ),
    "S1 retired without a reason": (
        rules.s1_nothing_falls_before_its_counterpart_stands,
        under({**ROW, "route": "retire", "details": {"because": ""}}, before=snapshot(SOURCE)),
    ),
    "S6 other seats sent": (rules.s6_only_what_was_approved, suspended(body={"quantity": 12})),
    "S7 unknown status": (
        rules.s7_what_is_unknown_stops_its_case,
        bought(before=at(SOURCE, held("b", status="hibernating"))),
    ),
    "S7 unknown kind": (
        rules.s7_what_is_unknown_stops_its_case,
        bought(before=at(SOURCE, held("b", productType={"id": "Holograms"}))),
    ),
    "S8 lost in the plan": (rules.s8_rows_in_are_rows_out, bought(shown=Shown(plan=()))),
    "S8 twice in the plan": (rules.s8_rows_in_are_rows_out, bought(shown=Shown(plan=("a", "a")))),
    "S8 lost in the Excel file": (rules.s8_rows_in_are_rows_out, bought(shown=Shown(workbook=()))),
    "S8 lost in the table": (
        rules.s8_rows_in_are_rows_out,
        bought(before=at(SOURCE, held("b")), after=at(SOURCE, held("b")), shown=Shown(((FRANCE, "a"),))),
    ),
    "S9 too late": (rules.s9_no_cut_over_begins_too_late, bought({**CHECKOUT, "time": LATE})),
    "S13 a fourth one": (
        rules.s13_three_unfinished_cases_are_enough,
        history(*set_up_only(3), BOUGHT, cases=(CASE, *OTHERS)),
    ),
    "S14 an error on a line": (
        rules.s14_no_checkout_of_a_bad_cart,
        bought(after=at(carts={"c": {"lineItems": [BAD_LINE]}})),
    ),
    "S14 an error on an add-on": (
        rules.s14_no_checkout_of_a_bad_cart,
        bought(after=at(carts={"c": {"lineItems": [{**LINE, "addonItems": [BAD_LINE]}]}})),
    ),
    "S14 too dear": (
        rules.s14_no_checkout_of_a_bad_cart,
        bought(after=at(carts={"c": {"lineItems": [{**LINE, "pricing": {"price": 20.01}}]}})),
    ),
    "S14 a picked product too dear": (
        rules.s14_no_checkout_of_a_bad_cart,
        picked(pricing={"price": 20.01}),
    ),
    "S6 another product than picked": (
        rules.s6_only_what_was_approved,
        picked(catalogItemId="CFQ7TTC0LF8R:0002:CFQ7TTC0VN5S"),
    ),
    "S1 counterpart is not what was picked": (
        rules.s1_nothing_falls_before_its_counterpart_stands,
        picked(before=[TARGET]),
    ),
    "S15 not prepared": (rules.s15_nothing_before_all_are_prepared, history(BOUGHT)),
    "S15 not all prepared": (
        rules.s15_nothing_before_all_are_prepared,
        history(PREPARED, BOUGHT, cases=(CASE, (GERMANY, CUSTOMER))),
    ),
    "S15 prepared in vain": (
        rules.s15_nothing_before_all_are_prepared,
        history(replace(PREPARED, outcome="failed"), BOUGHT),
    ),
}

GOOD: dict[str, History] = {
    "bought": bought(),
    "bought and suspended": history(PREPARED, BOUGHT, SUSPENDED),
    "bought as what a person picked, and suspended": picked(),
    "settled on its own cart after midnight was near": history(
        PREPARED,
        replace(BOUGHT, writes=(CART, LOST), after=at(SOURCE, reads=1, carts={"c": {"lineItems": [LINE]}})),
        replace(BOUGHT, writes=({**CHECKOUT, "time": LATE},)),
    ),
    "a second cart after somebody looked": history(
        PREPARED,
        replace(BOUGHT, writes=(CART, LOST)),
        Act(SOMEBODY_LOOKED, CASE, at(SOURCE), at(SOURCE)),
        replace(BOUGHT, writes=(CART, CHECKOUT)),
    ),
    "two others are set up only": history(PREPARED, *set_up_only(2), BOUGHT, cases=(CASE, *OTHERS[:2])),
    "others do as they please": history(
        PREPARED, Act(OUTSIDE, None, at(SOURCE), at(), ({**SUSPENSION, "actor": "portal", "tenant": GERMANY},))
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_seen(name: str) -> None:
    """Each rule that the scenarios are judged by fails on a history that breaks it, and says which rule it is."""
    rule, happened = BROKEN[name]
    found = rule(happened)
    assert found
    assert all(sentence.startswith(f"{name.split()[0]}:") for sentence in found)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_history_is_left_alone(name: str) -> None:
    """No rule finds anything where none is broken."""
    assert rules.broken_rules(GOOD[name]) == []


def test_every_rule_has_a_history_that_breaks_it() -> None:
    """A rule that nothing can break would prove nothing."""
    assert {rule for rule, _ in BROKEN.values()} == set(rules.RULES)


def test_pairing_leaves_as_few_as_possible() -> None:
    """S1: a pairing is rearranged where that makes room; who is left has nothing of their own."""
    assert pair_all({"a": ["1", "2"], "b": ["1"], "c": ["2", "3"]}) == []
    assert pair_all({"a": ["1"], "b": ["1"], "c": []}) == ["b", "c"]


def test_what_a_person_retired_needs_no_counterpart() -> None:
    """S1: a row of the approved plan that somebody retired, and said why, is suspended with nothing in the target."""
    retired = under({**ROW, "route": "retire", "details": {"because": "closed"}}, before=snapshot(SOURCE))
    assert rules.s1_nothing_falls_before_its_counterpart_stands(retired) == []
