"""The interlocks: each reason why a write does not go out, one by one (S6, S9, S12, S13, S15, M3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from offline import (
    ANA,
    CUSTOMER,
    FRANCE,
    GERMANY,
    make_case,
    make_case_name,
    make_engagement,
    make_plan,
    make_row,
)

from consolidation.approvals import decision_on, record_decision
from consolidation.confirmations import record_confirmation
from consolidation.engagement import Engagement
from consolidation.interlocks import (
    approved_as_shown,
    cut_over_may_start,
    is_set_up_only,
    measured_cut_over,
    ready_for_writes,
)
from consolidation.journal import Journal
from consolidation.outcomes import Outcome, record_outcome
from consolidation.plan import freeze
from consolidation.population import CaseName, record_population

FABRIKAM = make_case_name(FRANCE)
NORTHWIND = make_case_name(GERMANY, CUSTOMER.replace("3f", "4f"), "Northwind Traders")


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement in which one person approves."""
    return make_engagement(tmp_path, approvals={"required": 1, "self_approval": True})


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return Journal(engagement.journal_url)


def ended(journal: Journal, case: CaseName, phase: str, outcome: str) -> None:
    """Let a phase of a case end."""
    record_outcome(journal, case.chain, Outcome(phase, outcome))  # type: ignore[arg-type]


def acknowledge(journal: Journal) -> None:
    """Let somebody acknowledge that nothing can be undone."""
    record_confirmation(journal, "engagement", "irreversible", by="ana", how="notebook")


def test_all_prepared_and_acknowledged_is_ready(journal: Journal) -> None:
    """M3, S15: with the acknowledgement and every case prepared nothing stands in the way."""
    acknowledge(journal)
    record_population(journal, [FABRIKAM, NORTHWIND], phase="00_connect")
    for case in (FABRIKAM, NORTHWIND):
        ended(journal, case, "01_prepare", "done")
    assert ready_for_writes(journal) == []


def test_nothing_is_ready_at_the_start(journal: Journal) -> None:
    """M3, S15: without acknowledgement and without a list of customers nothing is written."""
    reasons = ready_for_writes(journal)
    assert ["M3" in reasons[0], "S15" in reasons[1]] == [True, True]
    record_confirmation(journal, FABRIKAM.chain, "irreversible", by="ana", how="notebook")
    assert len(ready_for_writes(journal)) == 2  # said in a case, it is not said for the engagement


@pytest.mark.parametrize("outcome", [None, "held", "failed", "waiting"])
def test_one_unprepared_case_stops_all(journal: Journal, outcome: str | None) -> None:
    """S15: one case of the engagement that is not prepared is named and stops every write in every case."""
    acknowledge(journal)
    record_population(journal, [FABRIKAM, NORTHWIND], phase="00_connect")
    ended(journal, FABRIKAM, "01_prepare", "done")
    if outcome:
        ended(journal, NORTHWIND, "01_prepare", outcome)
    (reason,) = ready_for_writes(journal)
    assert "run 01_prepare for Northwind Traders (contoso-germany)." in reason


def test_a_failure_to_prepare_must_be_confirmed(journal: Journal) -> None:
    """S15: a case that cannot be prepared stops the others until a person has confirmed just that failure."""
    acknowledge(journal)
    record_population(journal, [NORTHWIND], phase="00_connect")
    record_confirmation(journal, NORTHWIND.chain, "manual_done", by="ana", how="notebook")  # said of something else
    ended(journal, NORTHWIND, "01_prepare", "failed")
    assert ready_for_writes(journal)
    record_confirmation(journal, NORTHWIND.chain, "manual_done", by="ana", how="notebook")
    assert ready_for_writes(journal) == []


def test_many_unprepared_cases_are_counted(journal: Journal) -> None:
    """S15: of many unprepared cases five are named and the rest is counted, none is forgotten."""
    acknowledge(journal)
    cases = [
        make_case_name(FRANCE, f"{number:08d}-0000-4000-8000-000000000000", f"Company{number}") for number in range(8)
    ]
    record_population(journal, cases, phase="00_connect")
    (reason,) = ready_for_writes(journal)
    assert reason.count("Company") == 5
    assert "and 3 more" in reason


def test_the_last_list_of_customers_counts(journal: Journal) -> None:
    """S15: a customer that a later list adds must be prepared too."""
    acknowledge(journal)
    record_population(journal, [FABRIKAM], phase="00_connect")
    ended(journal, FABRIKAM, "01_prepare", "done")
    assert ready_for_writes(journal) == []
    record_population(journal, [FABRIKAM, NORTHWIND], phase="00_connect")
    assert ready_for_writes(journal)


def test_only_the_frozen_plan_that_was_approved_is_applied(engagement: Engagement, journal: Journal) -> None:
    """S6: an unfrozen plan, the decision on another plan, and a decision that no longer stands are each refused."""
    case = make_case(engagement, journal)
    loose = make_plan(engagement)
    plan = freeze(journal, loose)
    record_decision(journal, plan, ANA, approved=True, how="notebook")
    decision = decision_on(engagement, journal, plan)
    assert approved_as_shown(case, plan, decision) == []
    assert "not frozen" in approved_as_shown(case, loose, decision)[0]
    other = freeze(journal, make_plan(engagement, make_row(seats=11)))
    assert "for another plan" in approved_as_shown(case, other, decision)[0]
    assert "A newer plan" in approved_as_shown(case, plan, decision)[0]


def test_a_rejection_after_the_look_is_seen(engagement: Engagement, journal: Journal) -> None:
    """S6: the journal is asked again before the write: who rejected meanwhile is heard."""
    case = make_case(engagement, journal)
    plan = freeze(journal, make_plan(engagement))
    record_decision(journal, plan, ANA, approved=True, how="notebook")
    decision = decision_on(engagement, journal, plan)
    record_decision(journal, plan, ANA, approved=False, how="notebook", reason="wait")
    assert approved_as_shown(case, plan, decision) == [f"Rejected by {ANA.user_name}: wait."]


def test_automatic_approval_is_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S12: a proxy that appears between approval and apply refuses the write."""
    engagement = make_engagement(tmp_path)
    journal = Journal(engagement.journal_url)
    case = make_case(engagement, journal)
    plan = freeze(journal, make_plan(engagement))
    decision = decision_on(engagement, journal, plan)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert "S12" in approved_as_shown(case, plan, decision)[0]


def set_up(journal: Journal, case: CaseName) -> None:
    """Let a row of a case stand in the target."""
    journal.claim(case.chain, {"row": f"target-of-{case.chain}"}, {}, phase="04_recreate")


def checkout(journal: Journal, case: CaseName, answer: str | None) -> None:
    """Send a checkout of a case that ends like this, or not yet."""
    journal.leases.take(case.customer)
    body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    intention = journal.intend(case.chain, ["row"], body, phase="04_recreate", customer=case.customer)
    if answer:
        journal.close_intention(intention, answer, {"lines": []})


def test_a_case_is_set_up_only_until_it_is_suspended(journal: Journal) -> None:
    """S13: with a claim a case is set up; held or failed suspension leaves it so, a finished one ends it."""
    assert not is_set_up_only(journal, FABRIKAM)
    set_up(journal, FABRIKAM)
    assert is_set_up_only(journal, FABRIKAM)
    for outcome, still in (("held", True), ("failed", True), ("done", False), ("failed", True), ("done", False)):
        ended(journal, FABRIKAM, "05_suspend", outcome)
        assert is_set_up_only(journal, FABRIKAM) is still


@pytest.mark.parametrize(("answer", "billed"), [(None, True), ("done", True), ("refused", False)])
def test_an_order_counts_before_it_is_provisioned(journal: Journal, answer: str | None, *, billed: bool) -> None:
    """S13: a checkout is billed from the moment it may have been taken; only a refused one bought nothing."""
    checkout(journal, FABRIKAM, answer)
    assert is_set_up_only(journal, FABRIKAM) is billed


def test_buying_again_after_a_suspension_is_set_up_only_again(journal: Journal) -> None:
    """S13: what is bought after the last suspension is billed in both tenants, although 05_suspend was done once."""
    set_up(journal, FABRIKAM)
    ended(journal, FABRIKAM, "05_suspend", "done")
    checkout(journal, FABRIKAM, "done")
    assert is_set_up_only(journal, FABRIKAM)


def others(journal: Journal, count: int) -> list[CaseName]:
    """List a case and so many others that are set up and not suspended."""
    cases = [
        make_case_name(FRANCE, f"{number:08d}-0000-4000-8000-000000000000", f"Company{number}")
        for number in range(1, count + 1)
    ]
    record_population(journal, [FABRIKAM, *cases], phase="00_connect")
    for case in cases:
        set_up(journal, case)
    return cases


@pytest.mark.parametrize(("count", "free"), [(0, True), (2, True), (3, False)])
def test_three_unfinished_cases_stop_the_next_cut_over(
    engagement: Engagement, journal: Journal, count: int, *, free: bool
) -> None:
    """S13: with three cases set up but not suspended no new cut-over starts; they are named."""
    others(journal, count)
    case = make_case(engagement, journal, FABRIKAM)
    reasons = cut_over_may_start(case, datetime(2026, 2, 3, 12, tzinfo=UTC))
    assert (reasons == []) is free
    if not free:
        assert "3 cases are set up but not suspended (S13)" in reasons[0]
        assert "Company1 (contoso-france)" in reasons[0]


def test_the_case_itself_is_not_in_its_own_way(engagement: Engagement, journal: Journal) -> None:
    """S13: a case that goes on is no new cut-over; a new name of its company makes it no other case."""
    others(journal, 2)
    set_up(journal, FABRIKAM)
    renamed = make_case(engagement, journal, make_case_name(FRANCE, company="Fabrikam Boulangeries SA"))
    assert cut_over_may_start(renamed, datetime(2026, 2, 3, 12, tzinfo=UTC)) == []


@pytest.mark.parametrize(
    ("hour", "minute", "second", "free"),
    [(0, 0, 0, True), (23, 45, 0, True), (23, 45, 1, False), (23, 59, 59, False)],
)
def test_the_rest_of_the_day_must_suffice(
    engagement: Engagement, journal: Journal, hour: int, minute: int, second: int, *, free: bool
) -> None:
    """S9: in the last minutes of the UTC day no cut-over starts: set-up and suspension belong to one day (M12)."""
    record_population(journal, [FABRIKAM], phase="00_connect")
    now = datetime(2026, 2, 3, hour, minute, second, tzinfo=UTC)
    reasons = cut_over_may_start(make_case(engagement, journal, FABRIKAM), now)
    assert (reasons == []) is free
    assert free or "(S9)" in reasons[0]


def effects(journal: Journal, case: CaseName, minutes: int, runner: str = "run-1", day: int = 3) -> None:
    """Write a cut-over that took so long from its first answer on, and was ended by a runner."""
    start = datetime(2026, 2, day, 9, tzinfo=UTC)
    steps = [("intended", "04_recreate", 0), ("done", "04_recreate", 1), ("done", "05_suspend", minutes)]
    for kind, phase, minute in steps:
        at = start + timedelta(minutes=minute)
        with pytest.MonkeyPatch.context() as patch:
            body = {"action": "checkout", "answered_at": at.isoformat()} if kind == "done" else {"action": "checkout"}
            patch.setenv("CONSOLIDATION_RUNNER", runner if phase == "05_suspend" else "run-1")
            journal.append(case.chain, kind, body, phase=phase)


@pytest.mark.parametrize(("minutes", "allowed"), [(2, 15), (21, 40), (11 * 60, 6 * 60), (25 * 60, 6 * 60)])
def test_measured_times_make_the_day_shorter(journal: Journal, minutes: int, allowed: int) -> None:
    """S9: twice the longest cut-over measured is allowed for, at least 15 minutes, and never more than six hours."""
    effects(journal, NORTHWIND, minutes)
    assert measured_cut_over(journal, [FABRIKAM, NORTHWIND]) == timedelta(minutes=allowed)


def test_a_slow_cut_over_is_forgotten_after_twenty_others(journal: Journal) -> None:
    """S9: how long Microsoft takes is judged by the newest cut-overs."""
    cases = [make_case_name(FRANCE, f"{number:08d}-0000-4000-8000-000000000000", "Later") for number in range(20)]
    effects(journal, NORTHWIND, 61)
    for case in cases[:-1]:
        effects(journal, case, 3, day=4)
    assert measured_cut_over(journal, [NORTHWIND, *cases]) == timedelta(minutes=2 * 60)
    effects(journal, cases[-1], 3, day=4)
    assert measured_cut_over(journal, [NORTHWIND, *cases]) == timedelta(minutes=15)


def test_an_interrupted_cut_over_measures_nothing(journal: Journal) -> None:
    """S9: a cut-over that another runner had to end, hours later, does not keep every other case from starting."""
    effects(journal, NORTHWIND, 5 * 60, runner="run-2")
    assert measured_cut_over(journal, [NORTHWIND]) == timedelta(minutes=15)
