"""The queue of waiting plans: what waits, what is alike, and what is recorded when somebody decides (M27, M28)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from decisions.test_forms import clicked, used
from offline import ANA, BEN, FRANCE, make_case_name, make_engagement, make_plan, make_row

from consolidation.approval_queue import alike, queue_table, waiting_plans
from consolidation.approvals import record_decision
from consolidation.engagement import Engagement
from consolidation.forms.queue import queue_form
from consolidation.journal import Journal
from consolidation.outcomes import Outcome, record_outcome
from consolidation.plan import Plan, freeze
from consolidation.population import record_population

CASES = tuple(make_case_name(FRANCE, f"3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c0{n}", f"Company {n}") for n in range(4))


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement on loopback, where the user of the computer stands in."""
    return make_engagement(tmp_path, approvals={"required": 1, "self_approval": True})


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal, with four cases."""
    opened = Journal(engagement.journal_url)
    record_population(opened, CASES, phase="00_connect")
    return opened


@pytest.fixture
def plans(engagement: Engagement, journal: Journal) -> list[Plan]:
    """The first and the third do the same with other seats; the second costs more, the last sells another product."""
    rows = (
        make_row("a", price_ceiling="5.00 EUR"),
        make_row("b", price_ceiling="6.00 EUR"),
        make_row("c", seats=3, target_seats=3, price_ceiling="5.00 EUR"),
        make_row("d", product="Other", price_ceiling="5.00 EUR"),
    )
    return [freeze(journal, make_plan(engagement, row, case=case)) for row, case in zip(rows, CASES, strict=True)]


def companies(engagement: Engagement, journal: Journal) -> list[str]:
    """Return whose plans wait."""
    return [each.plan.case.company for each in waiting_plans(engagement, journal)]


def test_only_what_can_be_approved_waits(engagement: Engagement, journal: Journal, plans: list[Plan]) -> None:
    """M28: approved, rejected, carried out, stopped by a problem, or without anything to do: none of that waits."""
    assert companies(engagement, journal) == [case.company for case in CASES]
    record_decision(journal, plans[0], ANA, approved=True, how="command line")
    record_decision(journal, plans[1], BEN, approved=False, how="command line", reason="no")
    record_outcome(journal, CASES[2].chain, Outcome("04_recreate", "done"))
    freeze(journal, make_plan(engagement, make_row(problems=("It has no seats.",)), case=CASES[3]))
    assert companies(engagement, journal) == []
    freeze(journal, make_plan(engagement, make_row(seats=12), case=CASES[2]))
    freeze(journal, make_plan(engagement, make_row(target_action="none", source_action="none"), case=CASES[3]))
    assert companies(engagement, journal) == ["Company 2"]


def test_alike_is_what_does_the_same_with_other_seats(
    engagement: Engagement, journal: Journal, plans: list[Plan]
) -> None:
    """M27: another price, product or action makes a plan different; whose it is and how many seats do not."""
    groups = alike(waiting_plans(engagement, journal))
    assert [[each.plan.case.company for each in group] for group in groups] == [
        ["Company 0", "Company 2"],
        ["Company 1"],
        ["Company 3"],
    ]
    table = queue_table(waiting_plans(engagement, journal))
    assert [row["alike"] for row in table.rows] == [1, 2, 1, 3]
    assert [row["bought"] for row in table.rows] == [10, 10, 3, 10]
    assert len(plans) == len(table)
    attested = {"first_name": "Ana", "date": "2026-02-03"}
    for case, date in zip(CASES, ("2026-02-03", "2026-02-03", "2026-02-04"), strict=False):
        row = make_row("agreement", target_action="attest", source_action="none", details=attested | {"date": date})
        freeze(journal, make_plan(engagement, row, case=case))
    assert [len(group) for group in alike(waiting_plans(engagement, journal))] == [2, 1, 1]


def test_a_group_is_approved_together_and_the_rest_one_by_one(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal, plans: list[Plan]
) -> None:
    """M27: the number of customers is typed for a group, the name for one; each digest gets a record of its own."""

    async def work(parts: dict[str, Any]) -> None:
        choice, name, approve = parts["Waiting plan"], parts["Customer's name"], parts["Approve and go on"]
        titles = [title for title, _ in choice.options]
        assert titles[0] == "04_recreate: 2 customers alike, 13 seats"
        assert choice.value == 0
        name.value = "Company 0"
        await clicked(approve)
        assert not journal.entries(CASES[0].chain, kinds={"decided"})
        name.value = "2 customers"
        await clicked(approve)
        assert [title for title, _ in choice.options] == [
            f"04_recreate: Company 1 ({FRANCE})",
            f"04_recreate: Company 3 ({FRANCE})",
        ]
        parts["Reason"].value = "too dear"
        await clicked(parts["Reject and go on"])
        name.value = "Company 3"
        approve.click()

    used(monkeypatch, lambda: queue_form(engagement, journal), work)
    decided = [journal.entries(case.chain, kinds={"decided"})[0].body for case in CASES]
    assert [(body["digest"], body["approved"]) for body in decided] == [
        (plan.digest, place != 1) for place, plan in enumerate(plans)
    ]
    assert decided[1]["reason"] == "too dear"


def test_a_plan_that_was_made_anew_is_not_approved_unseen(
    monkeypatch: pytest.MonkeyPatch, engagement: Engagement, journal: Journal, plans: list[Plan]
) -> None:
    """S6: a newer plan of one of a group stops the decision on all of them; the queue shows what waits now."""

    async def work(parts: dict[str, Any]) -> None:
        freeze(journal, make_plan(engagement, replace(plans[2].rows[0], target_seats=4), case=CASES[2]))
        parts["Customer's name"].value = "2 customers"
        await clicked(parts["Approve and go on"])
        assert next(title for title, _ in parts["Waiting plan"].options) == "04_recreate: 2 customers alike, 14 seats"
        parts["Leave the queue"].click()

    used(monkeypatch, lambda: queue_form(engagement, journal), work)
    assert not [entry for case in CASES for entry in journal.entries(case.chain, kinds={"decided"})]


def test_who_decided_is_not_asked_again_and_signs_in_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, journal: Journal, plans: list[Plan]
) -> None:
    """M28: where two are required, the queue goes on after the first approval, and ends when all were looked at."""
    two = make_engagement(tmp_path, approvals={"required": 2, "self_approval": True})
    signed_in: list[Engagement] = []
    monkeypatch.setattr(
        "consolidation.forms.queue.identify_person", lambda asked, _show: signed_in.append(asked) or ANA
    )

    async def work(parts: dict[str, Any]) -> None:
        for typed in ("2 customers", "Company 1", "Company 3"):
            parts["Customer's name"].value = typed
            parts["Next plan"].click()
            parts["Waiting plan"].value = 0
            parts["Customer's name"].value = typed
            await clicked(parts["Approve and go on"])

    used(monkeypatch, lambda: queue_form(two, journal), work)
    assert len(signed_in) == 1
    assert [row["by"] for row in queue_table(waiting_plans(two, journal)).rows] == [(ANA.user_name,)] * len(plans)
