"""Approvals: so many people, on exactly these rows, after they were frozen (M27, M28, S6, S12)."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from offline import (
    ANA,
    BEN,
    CLEO,
    GERMANY,
    make_case_name,
    make_engagement,
    make_plan,
    make_row,
    write_engagement,
)

from consolidation import approvals
from consolidation.approvals import ASSUMED, approve_automatically, decision_on, record_decision
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import ConsolidationError
from consolidation.journal import Journal
from consolidation.plan import Plan, freeze
from consolidation.runner import operating_system_user
from partner_center import Person

TWO = {"required": 2, "self_approval": False, "approvers": [ANA.user_name, BEN.user_name.upper()]}


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement in which two named people approve."""
    return make_engagement(tmp_path, approvals=TWO)


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return Journal(engagement.journal_url)


@pytest.fixture
def plan(engagement: Engagement, journal: Journal) -> Plan:
    """A frozen plan."""
    return freeze(journal, make_plan(engagement))


def decide(
    journal: Journal, plan: Plan, person: Person, *, approved: bool = True, reason: str = "", user: str = ""
) -> None:
    """Let somebody decide on a plan, as a user of some computer: by default as one of their own."""
    with pytest.MonkeyPatch.context() as computer:
        computer.setenv("LOGNAME", user or person.name)
        record_decision(journal, plan, person, approved=approved, how="command line", reason=reason)


def approved(engagement: Engagement, journal: Journal, plan: Plan) -> bool:
    """Tell whether a plan is approved."""
    return decision_on(engagement, journal, plan).approved


def test_so_many_people_as_are_required(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """M28: with two required, one approval is not enough and says how to give the next; two distinct ones are."""
    decide(journal, plan, ANA)
    lacking = decision_on(engagement, journal, plan)
    assert not lacking.approved
    assert lacking.by == (ANA.user_name,)
    assert "has 1 of 2 approvals" in lacking.lacking[0]
    assert f"--digest {plan.digest}" in lacking.lacking[0]
    decide(journal, plan, BEN)
    assert decision_on(engagement, journal, plan).by == (ANA.user_name, BEN.user_name)
    assert approved(engagement, journal, plan)


def test_one_person_counts_once(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """M28: people are told apart by their object id: a second approval under another name adds nothing."""
    decide(journal, plan, ANA)
    decide(journal, plan, ANA)
    decide(journal, plan, Person(ANA.object_id, BEN.user_name, "Ana under another name"))
    assert not approved(engagement, journal, plan)


def test_only_approvers_count(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """M28: whoever is not named among the approvers does not count, however many they are."""
    decide(journal, plan, ANA)
    decide(journal, plan, CLEO)
    assert not approved(engagement, journal, plan)


def test_a_rejection_ends_it(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """S6: one rejection outweighs all approvals and is shown with its reason; who rejected may think again."""
    decide(journal, plan, ANA)
    decide(journal, plan, BEN)
    decide(journal, plan, BEN, approved=False, reason="the seats are wrong")
    rejected = decision_on(engagement, journal, plan)
    assert not rejected.approved
    assert rejected.lacking == (f"Rejected by {BEN.user_name}: the seats are wrong.",)
    decide(journal, plan, BEN)
    assert approved(engagement, journal, plan)


@pytest.mark.parametrize(("self_approval", "counts"), [(False, False), (True, True)])
def test_nobody_approves_alone_what_they_run(tmp_path: Path, *, self_approval: bool, counts: bool) -> None:
    """M28: the approval of the one who applies counts only with `self_approval: true`; another person's does anyway."""
    engagement = make_engagement(tmp_path, approvals={"required": 1, "self_approval": self_approval})
    journal = Journal(engagement.journal_url)
    plan = freeze(journal, make_plan(engagement))
    me = operating_system_user()
    decide(journal, plan, Person(f"local:{me}", me, me))
    assert approved(engagement, journal, plan) is counts
    decide(journal, plan, Person("local:ben@other", "ben@other", "ben@other"), user="ben")
    assert approved(engagement, journal, plan)


def test_a_decision_under_the_account_that_applies_is_its_own(
    engagement: Engagement, journal: Journal, plan: Plan
) -> None:
    """M28: who records another person's approval under the account that applies has not made it four eyes."""
    decide(journal, plan, ANA)
    decide(journal, plan, BEN, user=getpass.getuser())
    assert decision_on(engagement, journal, plan).by == (ANA.user_name,)


def test_an_approval_is_for_one_digest(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """S6: approvals of rows that differ in one seat do not add up."""
    other = make_plan(engagement, make_row(seats=11), number=plan.number)
    decide(journal, plan, ANA)
    decide(journal, other, BEN)
    assert not approved(engagement, journal, plan)
    assert not approved(engagement, journal, other)


def test_an_approval_is_for_one_case_and_phase(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """S6: what was approved for another case, or another phase, does not count here."""
    elsewhere = freeze(journal, make_plan(engagement, case=make_case_name(GERMANY)))
    other_phase = Plan("02_invite", plan.case, plan.header, plan.rows, number=plan.number)
    for person in (ANA, BEN):
        decide(journal, elsewhere, person)
        decide(journal, other_phase, person)
    assert not approved(engagement, journal, plan)


def test_an_approval_from_before_the_freeze_does_not_count(engagement: Engagement, journal: Journal) -> None:
    """S6: rows are approved as frozen: what was approved before, even with the same digest, is not carried over."""
    first = freeze(journal, make_plan(engagement))
    decide(journal, first, ANA)
    decide(journal, first, BEN)
    freeze(journal, make_plan(engagement, make_row(seats=11)))
    again = freeze(journal, make_plan(engagement))
    assert again.digest == first.digest
    assert not approved(engagement, journal, again)


def test_a_newer_plan_ends_the_approval_of_an_older_one(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """S6: a notebook that still shows the older plan can no longer apply it."""
    decide(journal, plan, ANA)
    decide(journal, plan, BEN)
    freeze(journal, make_plan(engagement, make_row(seats=11)))
    old = decision_on(engagement, journal, plan)
    assert not old.approved
    assert "A newer plan took the place" in old.lacking[0]


def test_a_plan_with_problems_is_never_approved(engagement: Engagement, journal: Journal) -> None:
    """S7: a plan that a person must look at first stays unapproved, whoever says yes."""
    stopped = freeze(journal, make_plan(engagement, make_row(problems=("It has no seats.",))))
    decide(journal, stopped, ANA)
    decide(journal, stopped, BEN)
    found = decision_on(engagement, journal, stopped)
    assert not found.approved
    assert found.lacking == ("Office 365 E3: It has no seats.",)


def test_a_plan_that_changes_nothing_needs_nobody(engagement: Engagement, journal: Journal) -> None:
    """M27: where neither tenant is changed there is nothing to decide."""
    still = freeze(journal, make_plan(engagement, make_row(target_action="none", source_action="none", route="leave")))
    found = decision_on(engagement, journal, still)
    assert found.approved
    assert found.nothing_to_decide


def test_a_decision_names_what_it_saw(journal: Journal, plan: Plan) -> None:
    """M32: each decision stores who, how, the digest, and the head of the chain at that moment."""
    head = journal.head(plan.case.chain)
    decide(journal, plan, ANA)
    body = journal.entries(plan.case.chain, kinds={"decided"})[0].body
    with pytest.MonkeyPatch.context() as computer:
        computer.setenv("LOGNAME", ANA.name)
        user = operating_system_user()
    assert body["head"] == {"number": head[0], "hash": head[1]}
    assert body["digest"] == plan.digest
    assert body["by"] == {"object_id": ANA.object_id, "user_name": ANA.user_name, "name": ANA.name}
    assert (body["approved"], body["how"], body["started_by"]) == (True, "command line", user)


@pytest.fixture
def automatic(tmp_path: Path) -> tuple[Engagement, Journal, Plan]:
    """An engagement that approves by itself, its journal and a frozen plan."""
    engagement = make_engagement(tmp_path)
    journal = Journal(engagement.journal_url)
    return engagement, journal, freeze(journal, make_plan(engagement))


def test_automatic_approval_is_shown_as_assumed(automatic: tuple[Engagement, Journal, Plan]) -> None:
    """S12: on loopback the engagement's word approves, once, and is shown as assumed."""
    engagement, journal, plan = automatic
    for _ in range(2):
        approve_automatically(engagement, journal, plan)
    assert decision_on(engagement, journal, plan).by == (ASSUMED,)
    assert len(journal.entries(plan.case.chain, kinds={"decided"})) == 1


def test_automatic_approval_ends_with_a_proxy(
    automatic: tuple[Engagement, Journal, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S12: checked at approval and again when it is applied: a proxy ends it, also what was approved before."""
    engagement, journal, plan = automatic
    approve_automatically(engagement, journal, plan)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert not approved(engagement, journal, plan)
    with pytest.raises(ConsolidationError, match="S12"):
        approve_automatically(engagement, journal, plan)


def test_an_assumed_approval_is_none_where_people_approve(
    automatic: tuple[Engagement, Journal, Plan], tmp_path: Path
) -> None:
    """S12: what was approved automatically does not count once the engagement names people."""
    engagement, journal, plan = automatic
    approve_automatically(engagement, journal, plan)
    people = load_engagement(write_engagement(tmp_path, approvals={"required": 1, "self_approval": True}))
    assert not approved(people, journal, plan)


@pytest.mark.parametrize("fields", [{"problems": ("x",)}, {"target_action": "none", "source_action": "none"}])
def test_automatic_approval_leaves_other_plans_alone(tmp_path: Path, fields: dict[str, object]) -> None:
    """S7, S12: a plan with a problem, or one that changes nothing, is not approved by itself."""
    engagement = make_engagement(tmp_path)
    journal = Journal(engagement.journal_url)
    plan = freeze(journal, make_plan(engagement, make_row(**fields)))
    approve_automatically(engagement, journal, plan)
    assert journal.entries(plan.case.chain, kinds={"decided"}) == []


@pytest.fixture
def expiring(tmp_path: Path) -> tuple[Engagement, Journal, Plan]:
    """An engagement whose approvals end after seven days, its journal and a frozen plan."""
    engagement = make_engagement(tmp_path, approvals={**TWO, "expire_after_days": 7})
    journal = Journal(engagement.journal_url)
    return engagement, journal, freeze(journal, make_plan(engagement))


def later(monkeypatch: pytest.MonkeyPatch, **more: float) -> None:
    """Let time pass for whoever looks at approvals."""
    monkeypatch.setattr(approvals, "_now", lambda: datetime.now(UTC) + timedelta(**more))


def test_an_approval_ends_after_so_many_days(
    expiring: tuple[Engagement, Journal, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M28, S6: an approval ends with its day, is named with whose it was, and can be given again."""
    engagement, journal, plan = expiring
    decide(journal, plan, ANA)
    decide(journal, plan, BEN)
    later(monkeypatch, days=6, hours=23)
    assert approved(engagement, journal, plan)
    later(monkeypatch, days=7)
    ended = decision_on(engagement, journal, plan)
    assert not ended.approved
    assert ended.lacking[0] == f"The approval of {ANA.user_name} ended after 7 days (M28)."
    assert "has 0 of 2 approvals" in ended.lacking[-1]
    later(monkeypatch, days=0)
    decide(journal, plan, ANA)
    assert approved(engagement, journal, plan)


@pytest.mark.parametrize(
    ("phase", "holds"), [("04_recreate", True), ("05_suspend", True), ("03_transfer", False), ("02_invite", False)]
)
def test_what_was_begun_in_time_is_finished(
    expiring: tuple[Engagement, Journal, Plan], monkeypatch: pytest.MonkeyPatch, phase: str, *, holds: bool
) -> None:
    """S9, M14: an approval under which the cut-over was begun does not end between purchase and suspension."""
    engagement, journal, plan = expiring
    decide(journal, plan, ANA)
    decide(journal, plan, BEN)
    journal.leases.take(plan.case.customer)
    sent = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    journal.intend(plan.case.chain, ["aaaa0001"], sent, phase=phase, customer=plan.case.customer)
    later(monkeypatch, days=8)
    assert approved(engagement, journal, plan) is holds


def test_a_rejection_does_not_end_with_time(
    expiring: tuple[Engagement, Journal, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M28: only approvals grow old: what was rejected stays so until that person thinks again."""
    engagement, journal, plan = expiring
    decide(journal, plan, ANA, approved=False, reason="wrong seats")
    later(monkeypatch, days=30)
    assert decision_on(engagement, journal, plan).lacking == (f"Rejected by {ANA.user_name}: wrong seats.",)


def test_an_expiry_is_part_of_what_is_approved_where_it_is_set(tmp_path: Path) -> None:
    """S6: the digest covers the expiry; without one, plans keep the digests that they had before there was any."""
    without = make_engagement(tmp_path, approvals=TWO)
    with_it = make_engagement(tmp_path, approvals={**TWO, "expire_after_days": 7})
    assert "expire_after_days" not in make_plan(without).header["policy"]
    assert make_plan(with_it).digest != make_plan(without).digest


def test_a_decision_says_who_when_how_and_on_what(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """M28, M32: what stays in the executed notebook names the person, the minute, the way and the digest."""
    decide(journal, plan, ANA)
    decide(journal, plan, BEN)
    first, _ = decision_on(engagement, journal, plan).given
    at = datetime.fromisoformat(journal.entries(plan.case.chain, kinds={"decided"})[0].at)
    assert first == f"{ANA.user_name} approved plan {plan.digest[:12]} on {at:%Y-%m-%d at %H:%M} UTC, command line."
    decide(journal, plan, BEN, approved=False, reason="no")
    assert "rejected plan" in decision_on(engagement, journal, plan).given[0]
