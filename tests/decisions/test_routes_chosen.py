"""A person chooses another route: what is recorded, what is refused, and what the next plan makes of it (M23, M27)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from offline import (
    ANA,
    GERMANY,
    NOON,
    make_case,
    make_case_name,
    make_engagement,
    make_offer,
    make_plan,
    make_row,
    make_subscription,
    snapshot,
)
from routes.looked_at import LEGACY_AZURE, SEATS

from consolidation.approvals import decision_on, record_decision
from consolidation.case import Case
from consolidation.choices import (
    choices,
    chosen_routes,
    record_choice,
    record_route,
    route_chosen_since,
    rows_to_choose_for,
)
from consolidation.confirmations import record_confirmation
from consolidation.drift import drift
from consolidation.errors import EngagementError, Held
from consolidation.interlocks import routes_as_planned
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.outcomes import Outcome, record_outcome
from consolidation.phases import PHASES
from consolidation.plan import Plan, PlanRow, freeze
from consolidation.planning import frozen_or_new
from consolidation.recreation import cut_over_plan
from consolidation.routes import ChosenRoute

BASE = make_subscription("BASE")
NEW_COMMERCE = make_subscription("NCE", **SEATS)
AZURE = make_subscription("AZ", **LEGACY_AZURE)
WHY = "nobody uses it"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A prepared case with legacy seats, new-commerce seats and legacy Azure, in which one person approves."""
    engagement = make_engagement(tmp_path, approvals={"required": 1, "self_approval": True})
    case = make_case(engagement, Journal(engagement.journal_url), offers=(make_offer(),))
    sides = (snapshot("source", BASE, NEW_COMMERCE, AZURE), snapshot("target"))
    record_snapshots(case.journal, case.chain, sides, phase="01_prepare")
    return case


def row(case: Case, subscription: str) -> PlanRow:
    """Return a row as a person chooses for it."""
    return next(item for item in rows_to_choose_for(case.journal, case.name) if item.subscription == subscription)


PURCHASE = {"purchase_on": "2026-05-20", "owner": "Ben of sales"}


def choose(case: Case, subscription: str, route: str, reason: str = WHY, **purchase: str) -> None:
    """Choose as Ana does in the notebook; what runs out is bought by Ben unless something else is said."""
    record_route(
        case.journal,
        case.name,
        row(case, subscription),
        route,
        reason=reason,
        by="ana@contoso.example",
        how="notebook",
        phase="04_recreate",
        **(PURCHASE | purchase if route == "run_out" else {}),
    )


def planned(case: Case) -> Plan:
    """Return the plan of the cut-over: the frozen one while it fits, else a new one."""
    source, target = snapshot("source", BASE, NEW_COMMERCE, AZURE), snapshot("target")
    return frozen_or_new(case, source, target, lambda: cut_over_plan(case, source, target))


def test_a_choice_keeps_subscription_route_reason_and_person(case: Case) -> None:
    """M27: the journal keeps what was chosen, for what, why, by whom and how; the newest choice counts."""
    choose(case, "nce", "run_out")
    choose(case, "nce", "retire", " The shop has closed. ")
    newest = case.journal.entries(case.chain, kinds={"chosen"})[-1]
    assert newest.body == {
        "subscription": "nce",
        "route": "retire",
        "reason": "The shop has closed.",
        "by": "ana@contoso.example",
        "how": "notebook",
    }
    assert chosen_routes(case.journal, case.chain) == {
        "nce": ChosenRoute("retire", "The shop has closed.", "ana@contoso.example")
    }
    assert chosen_routes(case.journal, make_case_name(GERMANY).chain) == {}


def test_both_kinds_of_choice_stay_apart(case: Case) -> None:
    """S3: what stands for a row in the target and which way it goes are two choices of one journal."""
    asked = make_row("base", candidates=("tgt-1",))
    record_choice(case.journal, make_plan(case.engagement, asked), asked, "tgt-1", by="ana", how="notebook")
    choose(case, "nce", "leave")
    assert choices(case.journal, case.chain) == {"base": "tgt-1"}
    assert set(chosen_routes(case.journal, case.chain)) == {"nce"}


REFUSED = {
    "a forbidden route": ("az", "retire", WHY, "'retire'; its route is azure_support. Allowed: manual."),
    "a route that is none": ("nce", "suspend", WHY, "'suspend'; its route is transfer. Allowed: run_out, retire"),
    "the route that it has": ("nce", "transfer", WHY, "cannot be routed 'transfer'"),
    "no reason": ("nce", "retire", "  ", "Give the reason"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_allowed_is_refused_and_what_is_allowed_is_named(case: Case, name: str) -> None:
    """M23, S2: a forbidden route is no record but a sentence with the routes that are allowed."""
    subscription, route, reason, words = REFUSED[name]
    with pytest.raises(EngagementError, match=words.replace(".", r"\.")):
        choose(case, subscription, route, reason)
    assert case.journal.entries(case.chain, kinds={"chosen"}) == []


@pytest.mark.parametrize("sent", ["claimed", "ordered", "open"])
def test_what_was_bought_can_be_routed_no_more(case: Case, sent: str) -> None:
    """S3: a row that stands in the target, was ordered or is not answered yet has nothing left to choose."""
    if sent == "claimed":
        case.journal.claim(case.chain, {"base": "tgt-1"}, {}, phase="04_recreate")
    else:
        case.journal.leases.take(case.customer)
        body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
        intention = case.journal.intend(case.chain, ["BASE"], body, phase="04_recreate", customer=case.customer)
        if sent == "ordered":
            case.journal.close_intention(intention, "done", {"lines": [], "errors": []})
    with pytest.raises(EngagementError, match=r"nothing left to choose|not answered yet"):
        choose(case, "base", "retire")


def test_a_cart_that_failed_leaves_the_choice_open(case: Case) -> None:
    """M11: when a row could not be ordered, another route under a new approved plan is the way out."""
    case.journal.leases.take(case.customer)
    body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    intention = case.journal.intend(case.chain, ["base"], body, phase="04_recreate", customer=case.customer)
    case.journal.close_intention(intention, "done", {"lines": [], "errors": ["800001 No."]})
    choose(case, "base", "manual")
    assert row(case, "base").route == "manual"


def test_nothing_can_be_chosen_before_the_source_was_read(tmp_path: Path) -> None:
    """M2: without a record of the source there is nothing to choose from, and the sentence says what to run."""
    journal = Journal(make_engagement(tmp_path).journal_url)
    with pytest.raises(EngagementError, match="Run 01_prepare first"):
        rows_to_choose_for(journal, make_case_name())


def test_a_choice_makes_a_new_plan_that_needs_a_new_approval(case: Case) -> None:
    """M27, S6: an approved plan knows nothing of a later choice: it is made anew, shows it, and is decided on."""
    before = planned(case)
    record_decision(case.journal, before, ANA, approved=True, how="notebook")
    assert planned(case) == before
    choose(case, "base", "retire")
    assert route_chosen_since(case.journal, before) == ("base",)
    after = planned(case)
    assert after.digest != before.digest
    chosen = after.row("base")
    assert (chosen.route, chosen.target_action, chosen.source_action) == ("retire", "none", "suspend")
    assert "Chosen by ana@contoso.example because nobody uses it" in chosen.reason
    assert chosen.details == {"chosen_by": "ana@contoso.example", "because": WHY}
    assert not decision_on(case.engagement, case.journal, after).approved
    assert route_chosen_since(case.journal, after) == ()


def test_a_choice_alone_has_to_be_approved(case: Case) -> None:
    """M28: a plan that changes no tenant is approved all the same where a person chose a route in it."""
    choose(case, "base", "manual")
    plan = planned(case)
    assert not plan.has_actions
    assert plan.needs_approval
    assert not decision_on(case.engagement, case.journal, plan).approved
    record_decision(case.journal, plan, ANA, approved=True, how="notebook")
    assert decision_on(case.engagement, case.journal, plan).approved
    assert not replace(plan, phase="03_transfer").needs_approval


def test_the_reason_is_part_of_what_is_approved(case: Case) -> None:
    """S6: whoever approves a retirement approves its reason: another reason is another digest."""
    choose(case, "base", "retire")
    first = planned(case)
    choose(case, "base", "manual")
    choose(case, "base", "retire", "another reason")
    assert planned(case).digest != first.digest


def test_the_way_back_gives_the_old_digest(case: Case) -> None:
    """M27: the route of the rules chosen back is the plan as it was."""
    before = planned(case)
    choose(case, "base", "retire")
    planned(case)
    choose(case, "base", "recreate")
    assert planned(case).digest == before.digest


def test_nothing_is_bought_for_a_row_that_was_routed_after_the_plan(case: Case) -> None:
    """S6: a choice between the approval and the purchase stops the purchase of that row, and of no other."""
    plan = planned(case)
    assert routes_as_planned(case, plan) == []
    choose(case, "nce", "leave")
    assert routes_as_planned(case, plan) == []
    choose(case, "base", "manual")
    assert "chose another route for Office 365 E3" in routes_as_planned(case, plan)[0]


def test_what_a_person_ends_in_the_portal_is_no_drift(case: Case) -> None:
    """S6: the plan itself explains that a row settled by hand is ended or leaves the list; other seats are drift."""
    choose(case, "base", "retire")
    plan = freeze(case.journal, planned(case))
    rest = (NEW_COMMERCE, AZURE)

    def changes(*items: object) -> tuple[str, ...]:
        return drift(case.engagement, case.journal, plan, snapshot("source", *items, *rest), snapshot("target"))  # type: ignore[arg-type]

    assert changes(make_subscription("BASE", status="suspended", autoRenewEnabled=False)) == ()
    assert changes() == ()
    assert "seats was 10" in changes(make_subscription("BASE", quantity=9))[0]


def test_a_row_settled_by_hand_may_have_left_the_list(case: Case) -> None:
    """S8: a recorded row that is listed no more stops the plan, unless a person was to move it: then it is said."""
    source, target = snapshot("source", BASE, NEW_COMMERCE), snapshot("target")
    assert "(az) was recorded by 01_prepare and is not listed" in cut_over_plan(case, source, target).problems[0]
    choose(case, "az", "manual")
    plan = cut_over_plan(case, source, target)
    assert plan.problems == ()
    assert "its route was manual" in plan.notes[0]


def test_what_was_claimed_meanwhile_is_suspended_all_the_same(case: Case) -> None:
    """S3: a choice that came at the very moment of the purchase never leaves what was bought without its suspension."""
    choose(case, "base", "retire")
    case.journal.claim(case.chain, {"base": "tgt-1"}, {}, phase="04_recreate")
    after = cut_over_plan(case, snapshot("source", BASE, NEW_COMMERCE, AZURE), snapshot("target")).row("base")
    assert (after.route, after.target_action, after.source_action, after.allowed) == (
        "recreate",
        "adopt",
        "suspend",
        (),
    )


def test_an_undecided_row_says_how_to_choose(case: Case) -> None:
    """S7: what holds a plan names the routes that a person may choose, and the command."""
    unknown = make_subscription("odd", status="hibernating")
    plan = cut_over_plan(case, snapshot("source", BASE, NEW_COMMERCE, AZURE, unknown), snapshot("target"))
    assert [item.subscription for item in plan.undecided] == ["odd"]
    (problem,) = plan.problems
    assert "leave or manual" in problem
    assert "consolidate choose ENGAGEMENT" in problem
    assert "--subscription odd" in problem


def test_the_time_of_the_snapshot_decides(case: Case) -> None:
    """M23: whether the window is open is judged by the time at which the source was read, never by another clock."""
    assert "replace_in_window" not in row(case, "nce").allowed
    fresh = make_subscription("NCE", **{**SEATS, "effectiveStartDate": NOON.isoformat()})
    record_snapshots(case.journal, case.chain, (snapshot("source", fresh),), phase="03_transfer")
    assert "replace_in_window" in row(case, "nce").allowed


def test_the_purchase_looks_for_a_later_choice(case: Case) -> None:
    """S6: 04_recreate itself holds before the first cart when a row to be bought was routed another way."""
    plan = planned(case)
    record_decision(case.journal, plan, ANA, approved=True, how="notebook")
    decision = decision_on(case.engagement, case.journal, plan)
    choose(case, "base", "manual")
    with pytest.raises(Held) as held:
        PHASES["04_recreate"].apply(case, plan, decision, print)
    assert any("chose another route for Office 365 E3" in reason for reason in held.value.reasons)


def closed(case: Case, **fields: object) -> Outcome:
    """Return how 07_close ends while the new-commerce seats alone are active in the source, with these fields."""
    record_outcome(case.journal, case.chain, Outcome("01_prepare", "done", ()))
    ended = [make_subscription("BASE", status="suspended"), make_subscription("AZ", **LEGACY_AZURE, status="suspended")]
    seats = make_subscription("NCE", **{**SEATS, **fields})
    case.source_snapshot, case.target_snapshot = snapshot("source", seats, *ended), snapshot("target")
    return PHASES["07_close"].outcome(case)


@pytest.mark.parametrize("route", ["run_out", "retire"])
def test_what_ends_with_its_term_is_waited_for_once_a_person_has_set_its_end(case: Case, route: str) -> None:
    """M23: while it renews, and until a person has set its cancellation, the close holds; then it waits for its end."""
    assert closed(case).outcome == "held"  # to be transferred
    choose(case, "nce", route)
    held = closed(case)
    assert (held.outcome, f"its route is {route}" in held.reasons[0]) == ("held", True)
    assert "Run 05_suspend" in held.reasons[0]
    assert "2026-05-31" in held.reasons[0]
    off = {"autoRenewEnabled": False}
    assert "an extended service term follows, billed by the month at 3 % more" in closed(case, **off).reasons[0]
    record_confirmation(case.journal, case.chain, "manual_done", by="ana", how="command line")
    assert "renews after 2026-05-31" in closed(case).reasons[0]  # whatever was confirmed, Partner Center counts
    waiting = closed(case, **off)
    assert (waiting.outcome, waiting.waiting_on) == ("waiting", "Microsoft")
    assert "ends by itself with 2026-05-31, as ana confirmed" in waiting.reasons[0]
    choose(case, "nce", "retire" if route == "run_out" else "run_out")
    assert closed(case, **off).outcome == "held"  # what was confirmed was another way


def test_what_is_settled_by_hand_must_be_gone(case: Case) -> None:
    """M31: a confirmation does not stand for what it says: while the source shows it active the close holds."""
    choose(case, "nce", "manual")
    record_confirmation(case.journal, case.chain, "manual_done", by="ana", how="command line")
    held = closed(case)
    assert held.outcome == "held"
    assert "ana confirmed that it is done, and it still shows" in held.reasons[0]


def test_what_a_person_left_with_the_source_is_named_at_the_close(case: Case) -> None:
    """M23, S8: seats that stay with the source by a person's decision end the case, and are named with who and why."""
    choose(case, "nce", "leave")
    done = closed(case)
    assert done.outcome == "done"
    assert "Chosen by ana@contoso.example because nobody uses it" in done.reasons[0]
