"""The plan of the cut-over: every source subscription in exactly one row, whatever the tenant holds (S8, M9, M25)."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline import (
    FRANCE,
    GERMANY,
    OFFER,
    make_case,
    make_case_name,
    make_engagement,
    make_offer,
    make_subscription,
    snapshot,
)

from consolidation.choices import BUY, record_choice
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.plan import Plan, freeze
from consolidation.population import CaseName
from consolidation.recreation import cut_over_plan
from partner_center.models import Offer, Subscription

ADDON = "2f707c7c-2433-49a5-a437-9ca7cf40d3eb"


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement on loopback."""
    return make_engagement(tmp_path)


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return Journal(engagement.journal_url)


def planned(
    engagement: Engagement,
    journal: Journal,
    source: list[Subscription],
    target: list[Subscription] | None = None,
    *,
    prepared: tuple[list[Subscription], list[Subscription]] | None = None,
    offers: tuple[Offer, ...] | None = None,
    name: CaseName | None = None,
) -> Plan:
    """Prepare a case and plan its cut-over."""
    case = make_case(engagement, journal, name, offers=offers or (make_offer(), make_offer(ADDON)))
    before = prepared or (source, [])
    sides = (snapshot("source", *before[0]), snapshot("target", *before[1]))
    if not journal.entries(case.chain, kinds={"observed"}):
        record_snapshots(journal, case.chain, sides, phase="01_prepare")
    return cut_over_plan(case, snapshot("source", *source), snapshot("target", *(target or [])))


_IDS = ["A", "B", "C", "D", "E", "F"]
_SUBSCRIPTIONS = st.lists(
    st.builds(
        make_subscription,
        st.sampled_from(_IDS),
        parentSubscriptionId=st.none() | st.sampled_from([*_IDS, "a", "nobody"]),
        status=st.sampled_from(["active", "suspended", "deleted", "hibernating", "pending"]),
        quantity=st.sampled_from([1, 10, None, "many"]),
        offerId=st.sampled_from([OFFER, ADDON, "MS-AZR-0145P", None]),
        isTrial=st.booleans(),
    ),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(source=_SUBSCRIPTIONS)
def test_every_subscription_is_in_exactly_one_row(
    engagement: Engagement, journal: Journal, source: list[Subscription]
) -> None:
    """S8: loops of parents, orphans, add-ons of add-ons, odd values and lines listed twice: each id is one row."""
    plan = planned(engagement, journal, source)
    assert sorted(row.subscription for row in plan.rows) == sorted({item.id.casefold() for item in source})
    assert len(plan.table) == len(plan.rows)
    for first, second in pairwise(plan.rows):  # an add-on stands under its base or beside another one of it
        if second.parent and plan_has(plan, second.parent) and not plan.row(second.parent).parent:
            assert first.subscription == second.parent or first.parent == second.parent


def plan_has(plan: Plan, subscription: str) -> bool:
    """Tell whether a plan has such a row."""
    return any(row.subscription == subscription for row in plan.rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(source=_SUBSCRIPTIONS)
def test_a_row_is_bought_in_a_cart_or_stops_the_plan(
    engagement: Engagement, journal: Journal, source: list[Subscription]
) -> None:
    """M9: every row to be bought is a base or hangs under a base that is bought, else the plan cannot be approved."""
    plan = planned(engagement, journal, source)
    for row in plan.rows:
        if row.target_action == "order" and row.parent and not row.problems:
            base = plan.row(row.parent)
            assert base.route == "recreate"
            assert not base.parent
            assert row.source_action == "goes with its base"


def test_both_halves_of_each_row_are_planned(engagement: Engagement, journal: Journal) -> None:
    """M9: the same offer and seats are ordered, the base is suspended, and its add-on goes with it."""
    source = [
        make_subscription("BASE"),
        make_subscription("ADD", parentSubscriptionId="base", offerId=ADDON, quantity=4, offerName="Extra"),
    ]
    plan = planned(engagement, journal, source)
    base, addon = plan.rows
    assert (base.target_action, base.target_offer, base.target_seats) == ("order", OFFER, 10)
    assert (base.source_action, addon.source_action) == ("suspend", "goes with its base")
    assert (addon.target_offer, addon.target_seats, addon.parent) == (ADDON, 4, "base")
    assert plan.problems == ()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"quantity": None}, "no seat count"),
        ({"quantity": "many"}, "quantity in a form that cannot be read"),
        ({"autoRenewEnabled": "perhaps"}, "autoRenewEnabled in a form that cannot be read"),
    ],
)
def test_what_cannot_be_read_stops_its_row(
    engagement: Engagement, journal: Journal, fields: dict[str, object], words: str
) -> None:
    """S7: a field that is missing or cannot be read is never replaced by a guess: a person looks at it."""
    plan = planned(engagement, journal, [make_subscription(**fields)])
    assert any(words in problem for problem in plan.problems)


def test_what_prepare_recorded_must_still_be_listed(engagement: Engagement, journal: Journal) -> None:
    """M2, S8: a subscription of the record that the source no longer lists stops the plan by its name."""
    gone = make_subscription("GONE", offerName="Visio")
    plan = planned(engagement, journal, [make_subscription()], prepared=([make_subscription(), gone], []))
    assert plan.problems == ("Visio (gone) was recorded by 01_prepare and is not listed any more.",)


@pytest.mark.parametrize(("currency", "ceiling"), [("EUR", "12.30 EUR"), ("CHF", "")])
def test_a_price_in_another_currency_is_no_ceiling(
    engagement: Engagement, journal: Journal, currency: str, ceiling: str
) -> None:
    """M25, S14: the unit price of the source's order is the ceiling, unless the target has another currency."""
    case = make_case(engagement, journal)
    source = snapshot("source", make_subscription(orderId="o1"))
    record_snapshots(journal, case.chain, (source, snapshot("target")), phase="01_prepare")
    line = SimpleNamespace(pricing=SimpleNamespace(price=Decimal("12.3")), offer_id=OFFER)
    order = SimpleNamespace(lines=[line], currency=currency)
    tenant = SimpleNamespace(
        partner_billing_profile=lambda: SimpleNamespace(billing_currency=currency),
        order=lambda *_arguments, **_options: order,
    )
    case.clients = SimpleNamespace(target=case.target, source=lambda _name: tenant)  # type: ignore[assignment]
    plan = cut_over_plan(case, source, snapshot("target"))
    assert plan.rows[0].price_ceiling == ceiling
    assert plan.problems == ()
    assert any("CHF" in note for note in plan.notes) is (currency == "CHF")


def test_nothing_is_planned_before_prepare(engagement: Engagement, journal: Journal) -> None:
    """M2: without the record of 01_prepare no plan can be approved."""
    case = make_case(engagement, journal)
    plan = cut_over_plan(case, snapshot("source", make_subscription()), snapshot("target"))
    assert plan.problems == ("The case is not prepared: run 01_prepare.",)


STANDING = make_subscription("TGT-1")


def test_what_was_set_up_since_is_adopted(engagement: Engagement, journal: Journal) -> None:
    """S3: an unclaimed, active target subscription of the same offer and seats is taken over, not bought again."""
    (row,) = planned(engagement, journal, [make_subscription()], [STANDING]).rows
    assert (row.target_action, row.adopted, row.target_offer, row.target_seats) == ("adopt", "tgt-1", "", 0)
    assert row.problems == ()


@pytest.mark.parametrize("fields", [{"quantity": 9}, {"status": "suspended"}, {"offerId": ADDON}])
def test_what_differs_is_not_adopted(engagement: Engagement, journal: Journal, fields: dict[str, object]) -> None:
    """S1: other seats, another offer or a target subscription that is not active stand for no row."""
    (row,) = planned(engagement, journal, [make_subscription()], [make_subscription("TGT-1", **fields)]).rows
    assert row.target_action == "order"


def test_what_is_claimed_is_not_adopted(engagement: Engagement, journal: Journal) -> None:
    """S1: a target subscription that stands for a row of another case is no candidate."""
    journal.claim(make_case_name(GERMANY).chain, {"other": "tgt-1"}, {}, phase="04_recreate")
    (row,) = planned(engagement, journal, [make_subscription()], [STANDING]).rows
    assert row.target_action == "order"


@pytest.mark.parametrize("source", [FRANCE, GERMANY])
@pytest.mark.parametrize("named", ["subscription", "order"])
def test_what_we_ordered_ourselves_is_not_adopted(
    engagement: Engagement, journal: Journal, source: str, named: str
) -> None:
    """S3: what an order of ours set up, in any case of the customer, stands for the row it was ordered for."""
    chain = make_case_name(source).chain
    subscription = "TGT-1" if named == "subscription" else ""
    lines = [{"order_id": "ORD-1", "offer_id": OFFER, "quantity": 10, "subscription_id": subscription}]
    journal.append(chain, "done", {"action": "checkout", "lines": lines, "errors": []}, phase="04_recreate")
    standing = make_subscription("tgt-1", orderId="ord-1")
    (row,) = planned(engagement, journal, [make_subscription()], [standing]).rows
    assert row.target_action == "order"


def test_what_a_partly_failed_checkout_set_up_is_adopted(engagement: Engagement, journal: Journal) -> None:
    """S3: when part of a cart was not ordered, the next plan takes over the part that was; it is not bought twice."""
    lines = [{"order_id": "ORD-1", "offer_id": OFFER, "quantity": 10, "subscription_id": "TGT-1"}]
    body = {"action": "checkout", "lines": lines, "errors": ["800001 No."]}
    journal.append(make_case_name().chain, "done", body, phase="04_recreate")
    (row,) = planned(engagement, journal, [make_subscription()], [STANDING]).rows
    assert (row.target_action, row.adopted) == ("adopt", "tgt-1")


HOLDING = {
    "it stood there at prepare": ([make_subscription("S")], [STANDING], [STANDING], {"tgt-1"}),
    "several fit": (
        [make_subscription("S")],
        [STANDING, make_subscription("TGT-2")],
        [],
        {"tgt-1", "tgt-2"},
    ),
    "one fits several rows": ([make_subscription("S"), make_subscription("T")], [STANDING], [], {"tgt-1"}),
}


@pytest.mark.parametrize("reason", HOLDING)
def test_only_a_person_picks_where_it_is_not_plain(engagement: Engagement, journal: Journal, reason: str) -> None:
    """S3: what stood before we began, several candidates, or one for several rows hold until somebody has picked."""
    source, target, before, candidates = HOLDING[reason]
    plan = planned(engagement, journal, source, target, prepared=(source, before))
    for row in plan.rows:
        assert row.target_action == "order"
        assert set(row.candidates) == candidates
        assert "a person must pick" in row.problems[0]


def test_a_choice_becomes_part_of_the_next_plan(engagement: Engagement, journal: Journal) -> None:
    """S3: what a person picked is taken over; what they bought all the same is ordered; neither asks again."""
    source, before = [make_subscription("S"), make_subscription("T")], [STANDING]
    plan = freeze(journal, planned(engagement, journal, source, before, prepared=(source, before)))
    record_choice(journal, plan, plan.row("S"), "tgt-1", by="ana", how="notebook")
    record_choice(journal, plan, plan.row("T"), BUY, by="ana", how="notebook")
    after = planned(engagement, journal, source, before)
    assert after.problems == ()
    assert after.row("s").adopted == "tgt-1"
    assert after.row("t").target_action == "order"
    assert after.digest != plan.digest


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("base suspended", "its base Office 365 E3 is not recreated (leave)"),
        ("base is an add-on", "which is an add-on itself"),
        ("no base", "its base is not listed"),
        ("its own base", "which is an add-on itself"),
    ],
)
def test_an_addon_without_a_base_to_buy_is_left_to_a_person(
    engagement: Engagement, journal: Journal, shape: str, words: str
) -> None:
    """M25: an add-on whose base is not bought again cannot be bought; the plan says so instead of failing later."""
    addon = make_subscription("ADD", parentSubscriptionId="ADD" if shape == "its own base" else "BASE", offerId=ADDON)
    base = make_subscription("BASE", status="suspended" if shape == "base suspended" else "active")
    if shape == "base is an add-on":
        base = make_subscription("BASE", parentSubscriptionId="ROOT")
    source = [addon] if shape in {"no base", "its own base"} else [addon, base, make_subscription("ROOT")]
    plan = planned(engagement, journal, source)
    row = plan.row("add")
    assert (row.route, row.target_action, row.source_action) == (None, "none", "none")
    assert any(problem.startswith(row.product) and words in problem for problem in plan.problems)


def test_a_row_that_is_not_there_is_a_sentence(engagement: Engagement, journal: Journal) -> None:
    """A row that a plan does not have is named, with where to look."""
    with pytest.raises(ConsolidationError, match=r"has no row nobody.*Look in the journal"):
        planned(engagement, journal, [make_subscription()]).row("nobody")
