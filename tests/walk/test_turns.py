"""Who waits for other cut-overs, before `04_recreate` runs: a case that may begin its own, and no other (S13)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from offline import ANA, FakeClients, FakeTarget, make_case_name, make_engagement, make_plan, make_row

from consolidation.agenda import Agenda
from consolidation.approvals import record_decision
from consolidation.engagement import Engagement
from consolidation.journal import Journal
from consolidation.plan import PlanRow, freeze

CASE = make_case_name()


def agenda_of(engagement: Engagement, journal: Journal) -> Agenda:
    """Return the agenda of a run that asks nobody."""
    clients: Any = FakeClients(FakeTarget())
    return Agenda(engagement, journal, clients, ())


def approved(tmp_path: Path, *rows: PlanRow) -> tuple[Agenda, Journal]:
    """Return agenda and journal of a case whose plan of these rows is approved."""
    engagement = make_engagement(tmp_path, approvals={"required": 1, "self_approval": True})
    journal = Journal(engagement.journal_url)
    agenda = agenda_of(engagement, journal)
    assert not agenda.may_begin_cut_over(CASE), "there is no plan"
    plan = freeze(journal, make_plan(engagement, *rows))
    assert not agenda.may_begin_cut_over(CASE), "nobody has approved it"
    record_decision(journal, plan, ANA, approved=True, how="notebook")
    return agenda, journal


def test_a_case_that_may_buy_waits_for_its_turn(tmp_path: Path) -> None:
    """S13: without an approved order nothing can begin, and planning waits for nobody."""
    agenda, _ = approved(tmp_path, make_row())
    assert agenda.may_begin_cut_over(CASE)


def test_what_stands_already_is_adopted_without_waiting(tmp_path: Path) -> None:
    """S13, S3: a plan that buys nothing begins no cut-over."""
    agenda, _ = approved(tmp_path, make_row(target_action="adopt"))
    assert not agenda.may_begin_cut_over(CASE)


def test_a_case_that_has_begun_waits_for_nobody(tmp_path: Path) -> None:
    """S13, S3: what is set up, or may be since an answer was lost, is finished before any other."""
    agenda, journal = approved(tmp_path, make_row())
    journal.leases.take(CASE.customer)
    body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    intention = journal.intend(CASE.chain, ["aaaa0001"], body, phase="04_recreate", customer=CASE.customer)
    assert not agenda.may_begin_cut_over(CASE), "its answer may be lost"
    journal.close_intention(intention, "refused", {})
    assert agenda.may_begin_cut_over(CASE), "nothing was bought"
    journal.claim(CASE.chain, {"aaaa0001": "in-the-target"}, {}, phase="04_recreate")
    assert not agenda.may_begin_cut_over(CASE)


def test_on_loopback_any_plan_may_be_approved_in_passing(tmp_path: Path) -> None:
    """S12, S13: with automatic approval the plan is made and approved by the notebook that buys."""
    engagement = make_engagement(tmp_path)
    assert agenda_of(engagement, Journal(engagement.journal_url)).may_begin_cut_over(CASE)
