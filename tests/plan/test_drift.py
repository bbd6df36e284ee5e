"""Drift: what neither the plan nor the effects in our journal explain (S6), and what it does to a plan."""

from __future__ import annotations

from pathlib import Path

import pytest
from offline import (
    ANA,
    CUSTOMER,
    GERMANY,
    OFFER,
    make_case,
    make_case_name,
    make_engagement,
    make_plan,
    make_row,
    make_subscription,
    snapshot,
    write_engagement,
)

from consolidation.approvals import decision_on, record_decision
from consolidation.case import Case
from consolidation.drift import drift
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import Held
from consolidation.inventory import Snapshot
from consolidation.journal import Journal
from consolidation.plan import Plan, PlanRow, freeze, frozen_plan
from consolidation.planning import changes_before, frozen_or_new, hold_for_drift, waiting_for_approval

SOURCE = make_subscription("AAAA0001")
ADDON = make_subscription("ADD1", parentSubscriptionId="aaaa0001", offerName="Extra")
ROWS = (make_row("aaaa0001"), make_row("add1", parent="aaaa0001", product="Extra", source_action="goes with its base"))


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement in which one person approves."""
    return make_engagement(tmp_path, approvals={"required": 1, "self_approval": True})


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return Journal(engagement.journal_url)


@pytest.fixture
def case(engagement: Engagement, journal: Journal) -> Case:
    """The case."""
    return make_case(engagement, journal)


def changes(
    case: Case, source: Snapshot, target: Snapshot | None = None, *rows: PlanRow, **more: object
) -> tuple[str, ...]:
    """Freeze a plan and say what has changed since."""
    plan = freeze(case.journal, make_plan(case.engagement, *(rows or ROWS), **more))
    return drift(case.engagement, case.journal, plan, source, target or snapshot("target"))


def test_nothing_changed_is_no_drift(case: Case) -> None:
    """S6: rows as they were planned are no drift, whatever the case of the ids that Microsoft prints."""
    again = make_subscription("aaaa0001", offerId=OFFER.upper())
    assert changes(case, snapshot("source", again, ADDON)) == ()


FIELDS = {
    "offerId": ("other", "offer"),
    "parentSubscriptionId": ("ROOT", "base"),
    "quantity": (11, "seats"),
    "status": ("suspended", "status"),
    "billingCycle": ("annual", "billing cycle"),
    "termDuration": ("P1Y", "term"),
    "autoRenewEnabled": (False, "auto-renew"),
    "partnerId": ("1234567", "partner on record"),
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_changed_field_is_named_with_both_values(case: Case, field: str) -> None:
    """S6: drift names the row, the field, what it was when planned and what it is now."""
    value, words = FIELDS[field]
    (sentence,) = changes(case, snapshot("source", make_subscription(**{field: value}), ADDON))
    assert sentence.startswith(f"Office 365 E3: {words} was ")
    assert repr(value.casefold() if field == "parentSubscriptionId" else value) in sentence  # type: ignore[attr-defined]


def test_rows_that_come_and_go_are_drift(case: Case) -> None:
    """S6, S8: a subscription that is new in the source, and one that is no longer listed, are each named."""
    found = changes(case, snapshot("source", SOURCE, make_subscription("NEW1", offerName="Visio")))
    assert found == ("Extra (add1) is no longer in the source's list.", "Visio (new1) is new in the source.")


def test_another_policy_is_drift(tmp_path: Path, case: Case) -> None:
    """S6, M28: who may approve is part of what was approved."""
    plan = freeze(case.journal, make_plan(case.engagement, *ROWS))
    other = load_engagement(write_engagement(tmp_path, approvals={"required": 2}))
    assert drift(other, case.journal, plan, snapshot("source", SOURCE, ADDON), snapshot("target")) == (
        "The engagement's tenants, endpoints or approval policy changed.",
    )


def suspend(case: Case, answer: str | None) -> None:
    """Let us have suspended the base, with this end or none yet."""
    case.journal.leases.take(CUSTOMER)
    body = {"action": "suspend", "request_id": "r", "correlation_id": "c"}
    intention = case.journal.intend(case.chain, ["aaaa0001"], body, phase="05_suspend", customer=CUSTOMER)
    if answer:
        case.journal.close_intention(intention, answer, {})


GONE = make_subscription("AAAA0001", status="suspended", autoRenewEnabled=False)
ADDON_GONE = make_subscription("ADD1", parentSubscriptionId="aaaa0001", offerName="Extra", status="suspended")


@pytest.mark.parametrize("answer", ["done", None])
def test_our_own_suspension_explains_the_base_and_its_addons(case: Case, answer: str | None) -> None:
    """S6: what we suspended, or announced and have no answer to, explains status and auto-renew of base and add-ons."""
    suspend(case, answer)
    assert changes(case, snapshot("source", GONE, ADDON_GONE)) == ()


def test_our_suspension_explains_nothing_else(case: Case) -> None:
    """S6: seats that changed, or a row that was deleted, are drift even where we suspended."""
    suspend(case, "done")
    fewer = make_subscription("AAAA0001", status="suspended", quantity=9)
    deleted = make_subscription("ADD1", parentSubscriptionId="aaaa0001", offerName="Extra", status="deleted")
    first, second = changes(case, snapshot("source", fewer, deleted))
    assert "seats was 10" in first
    assert "Extra: status was 'active' when planned, is 'deleted' now" in second


def test_a_refused_suspension_explains_nothing(case: Case) -> None:
    """S6: where Microsoft refused our suspension, somebody else's is not ours."""
    suspend(case, "refused")
    assert len(changes(case, snapshot("source", GONE, ADDON_GONE))) == 3


STANDING = make_subscription("TGT-1", orderId="ORD-1", offerName="Office 365 E3")


def order(case: Case, chain: str, **line: str) -> None:
    """Let an order of ours be answered."""
    lines = [{"order_id": "", "offer_id": OFFER, "quantity": 10, "subscription_id": "", **line}]
    case.journal.append(chain, "done", {"action": "checkout", "lines": lines, "errors": []}, phase="04_recreate")


def test_what_somebody_else_bought_is_drift(case: Case) -> None:
    """S3, S6: a subscription of a planned offer that appears in the target would be bought twice: it is drift."""
    both = snapshot("source", SOURCE, ADDON)
    found = changes(case, both, snapshot("target", STANDING))
    assert found == ("Office 365 E3 with 10 seats (TGT-1) appeared in the target.",)
    assert changes(case, both, snapshot("target", make_subscription("X", offerId="other"))) == ()
    assert changes(case, both, snapshot("target", make_subscription("X", status="suspended"))) == ()


@pytest.mark.parametrize("explained", ["seen when planned", "claimed", "claimed elsewhere", "our order", "our line"])
def test_what_we_know_in_the_target_is_no_drift(case: Case, explained: str) -> None:
    """S6: what stood there when it was planned, and what our orders set up in any case of the customer, is no drift."""
    other = make_case_name(GERMANY).chain
    seen = ("tgt-1",) if explained == "seen when planned" else ()
    if explained.startswith("claimed"):
        chain = other if explained == "claimed elsewhere" else case.chain
        case.journal.claim(chain, {"row": "TGT-1"}, {}, phase="04_recreate")
    if explained.startswith("our"):
        order(case, other, **({"order_id": "ord-1"} if explained == "our order" else {"subscription_id": "tgt-1"}))
    assert changes(case, snapshot("source", SOURCE, ADDON), snapshot("target", STANDING), target_seen=seen) == ()


def test_an_order_without_an_id_explains_nothing(case: Case) -> None:
    """S6: an order of ours whose id is not known yet does not stand for every subscription without an order."""
    order(case, case.chain)
    found = changes(case, snapshot("source", SOURCE, ADDON), snapshot("target", make_subscription("TGT-2")))
    assert len(found) == 1


class Planner:
    """Plans a case again and again, as its notebook does."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.rows = ROWS
        self.more: dict[str, object] = {}

    def plan(self, seats: int = 10, *standing: object) -> Plan:
        """Plan with what both tenants say now."""
        source = snapshot("source", make_subscription("AAAA0001", quantity=seats), ADDON)
        target = snapshot("target", *standing)  # type: ignore[arg-type]
        rows = (make_row("aaaa0001", seats=seats, target_seats=seats), *self.rows[1:])
        return frozen_or_new(
            self.case,
            source,
            target,
            lambda: make_plan(self.case.engagement, *rows, **self.more),  # type: ignore[arg-type]
        )

    def approve(self, plan: Plan) -> None:
        """Let somebody approve it."""
        record_decision(self.case.journal, plan, ANA, approved=True, how="command line")

    def approved(self, plan: Plan) -> bool:
        """Tell whether it is approved now."""
        return decision_on(self.case.engagement, self.case.journal, plan).approved


def test_a_plan_that_still_fits_is_not_made_again(case: Case) -> None:
    """M29: a frozen plan is never recomputed on resume, and keeps its approval."""
    planner = Planner(case)
    first = planner.plan()
    planner.approve(first)
    assert planner.plan() == first
    assert planner.approved(planner.plan())
    assert len(case.journal.entries(case.chain, kinds={"planned"})) == 1


def test_drift_ends_an_approval_and_makes_the_new_plan_in_one_step(case: Case) -> None:
    """S6: what changed ends the approval, is kept with rows and fields, and the plan of the new rows stands at once."""
    planner = Planner(case)
    first = planner.plan()
    planner.approve(first)
    second = planner.plan(11)
    assert second.digest != first.digest
    assert not planner.approved(first)
    assert not planner.approved(second)
    assert case.drifted == ("Office 365 E3: seats was 10 when planned, is 11 now.",)
    assert changes_before(case.journal, second) == case.drifted
    reasons = waiting_for_approval(case, second, case.drifted)
    assert reasons[0] == case.drifted[0]
    assert f"--digest {second.digest}" in reasons[-1]


def test_a_plan_that_took_the_place_of_another_says_why_until_it_is_approved(case: Case) -> None:
    """S6: every run says again what changed, until somebody has approved the new rows; then it is over."""
    planner = Planner(case)
    planner.approve(planner.plan())
    planner.plan(11)
    again = Planner(make_case(case.engagement, case.journal)).plan(11)
    assert changes_before(case.journal, again) != ()
    planner.approve(again)
    assert planner.approved(planner.plan(11))
    assert changes_before(case.journal, again) == ()


def test_an_approval_that_drift_has_ended_does_not_come_back(case: Case) -> None:
    """S6: when the change is undone the first rows are planned again, and have to be approved anew."""
    planner = Planner(case)
    first = planner.plan()
    planner.approve(first)
    planner.plan(11)
    again = planner.plan(10)
    assert again.digest == first.digest
    assert not planner.approved(again)
    planner.approve(again)
    assert planner.approved(planner.plan(10))


def test_drift_between_look_and_purchase_leaves_the_new_plan_to_approve(case: Case) -> None:
    """S6: what changes just before the purchase holds the case, with the digest of the rows as they are now."""
    planner = Planner(case)
    first = planner.plan()
    planner.approve(first)
    anew = make_plan(case.engagement, make_row("aaaa0001", seats=11, target_seats=11), ROWS[1])
    with pytest.raises(Held) as held:
        hold_for_drift(case, first, ("Office 365 E3: seats was 10 when planned, is 11 now.",), lambda: anew)
    assert held.value.reasons[0].startswith("Office 365 E3: seats was 10")
    assert f"--digest {anew.digest}" in held.value.reasons[-1]
    newest = frozen_plan(case.journal, case.name, "04_recreate")
    assert newest is not None
    assert newest.digest == anew.digest


def test_what_the_digest_does_not_cover_asks_for_no_new_approval(case: Case) -> None:
    """S6: a new approval is asked only where the digest changed: another name or etag leaves the approval alone."""
    planner = Planner(case)
    first = planner.plan()
    planner.approve(first)
    source = snapshot("source", make_subscription("AAAA0001", offerName="New name", Attributes={"Etag": "2"}), ADDON)
    again = frozen_or_new(case, source, snapshot("target"), lambda: make_plan(case.engagement))
    assert again == first
    assert planner.approved(again)


def test_a_plan_that_nobody_approved_is_simply_made_anew(case: Case) -> None:
    """S6: without an approval there is nothing to hold: the rows are planned as they are now."""
    planner = Planner(case)
    assert planner.plan(10).digest != planner.plan(11).digest


def test_a_problem_that_is_solved_does_not_stay(case: Case) -> None:
    """M26: a plan whose problem is gone is frozen anew although its digest is the same: else it would hold for ever."""
    planner = Planner(case)
    planner.more = {"case_problems": ("The offer is not on sale today.",)}
    stopped = planner.plan()
    assert planner.plan() == stopped  # the same problem once more is no new entry
    planner.more = {}
    free = planner.plan()
    assert free.problems == ()
    assert free.digest == stopped.digest
    assert free.number > stopped.number


def test_a_plan_sees_what_appeared_in_the_target_since(case: Case) -> None:
    """S6: something that appeared in the target ends the approval; the new plan knows it and can be approved."""
    planner = Planner(case)
    planner.approve(planner.plan())
    other = make_subscription("TGT-9", quantity=3)
    planner.more = {"target_seen": ("tgt-9",)}
    second = planner.plan(10, other)
    assert "appeared in the target" in case.drifted[0]
    assert not planner.approved(second)
    planner.approve(second)
    assert planner.approved(planner.plan(10, other))


@pytest.mark.parametrize("source", ["own", "other"])
def test_no_plan_is_made_while_an_effect_is_open(case: Case, source: str) -> None:
    """S3: while the answer to an order of this customer is unknown, in whichever case, no plan is made."""
    case.journal.leases.take(CUSTOMER)
    chain = case.chain if source == "own" else make_case_name(GERMANY).chain
    body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    case.journal.intend(chain, ["x"], body, phase="04_recreate", customer=CUSTOMER)
    with pytest.raises(Held, match=f"The answer to checkout of {chain} is unknown: run its 04_recreate first"):
        Planner(case).plan()


def test_a_frozen_plan_stands_while_its_effect_is_open(case: Case) -> None:
    """M29: with an effect of this case open its frozen plan is resumed as it is, whatever the tenants show."""
    planner = Planner(case)
    first = planner.plan()
    case.journal.leases.take(CUSTOMER)
    body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    case.journal.intend(case.chain, ["aaaa0001"], body, phase="04_recreate", customer=CUSTOMER)
    assert planner.plan(11) == first
