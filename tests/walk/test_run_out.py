"""Seats that run out with their term, from the plan to the end, on Microsoft's simulated clock (M23)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from ending_rows import OWNER, choose, go_to, term_end
from mixed_world import Mixed, seats_alone, serve
from offline import run_command
from world import EUROPE, FRANCE, VANARSDEL

from consolidation.activity_log.matching import effects_of
from consolidation.agenda import Agenda
from consolidation.confirmations import record_confirmation
from consolidation.plan import PlanRow, frozen_plan
from consolidation.portfolio import read_portfolio_of
from partner_center_simulator.portfolios import catalogue

PREMIUM, BASIC = "Premium annual", "Basic aligned"
DAY = timedelta(days=1)


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Mixed]:
    """The customer's two subscriptions of seats: one is to run out, the other stays with the source."""
    for world in serve(tmp_path, seats_alone(), "api"):
        choose(world, VANARSDEL, world.held_by(FRANCE)[PREMIUM], "run_out")
        choose(world, VANARSDEL, world.held_by(FRANCE)[BASIC], "leave")
        yield world


def cut_over(seats: Mixed) -> None:
    """Plan, approve and apply both halves."""
    for phase in ("03_transfer", "04_recreate", "05_suspend", "06_azure"):
        seats.walk(phase)


def set_its_end(seats: Mixed) -> None:
    """Let a person set the cancellation at the end of the term in the portal, and say so."""
    seats.portal(FRANCE, VANARSDEL, subscription=seats.source_id(PREMIUM), cancelAtTermEnd=True)
    record_confirmation(seats.journal, seats.case(VANARSDEL).chain, "manual_done", by="ana", how="command line")


def planned(seats: Mixed) -> PlanRow:
    """Return the row of what runs out in the newest plan."""
    plan = frozen_plan(seats.journal, seats.case(VANARSDEL), "04_recreate")
    assert plan is not None
    return next(row for row in plan.rows if row.route == "run_out")


def due(seats: Mixed, phase: str = "07_close") -> bool:
    """Tell whether a run would execute the phase now."""
    agenda = Agenda(seats.engagement, seats.journal, seats.clients, ())
    return agenda.is_due(seats.case(VANARSDEL), phase)


def codes(seats: Mixed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how `watch` and `status` end, which must say the same of what runs out."""
    ended = [run_command(capsys, monkeypatch, name, str(seats.path)) for name in ("watch", "status")]
    assert [OWNER in "".join(each.out.split("\n")) for each in ended] == [each.code == 3 for each in ended]
    return [each.code for each in ended]


def test_what_runs_out_is_watched_until_something_stands_for_it(
    seats: Mixed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M23: auto-renew off by an approved plan, an alarm from 14 days before the end, a purchase found by reading."""
    held = seats.held_by(FRANCE)[PREMIUM]
    end = term_end(held)
    cut_over(seats)
    row = planned(seats)
    assert row.source_action == "switch auto-renew off"
    assert row.details["purchase_on"] == (end - DAY).isoformat()
    assert (row.details["owner"], row.details["term_ends"]) == (OWNER, end.isoformat())
    assert "an extended service term follows, billed by the month at 3 % more" in row.reason
    assert seats.outcome("04_recreate", VANARSDEL).outcome == "not_applicable"
    assert seats.outcome("05_suspend", VANARSDEL).reasons == ("Renewing no more: 1 row, to the end of the term.",)
    assert seats.held_by(FRANCE)[PREMIUM]["autoRenewEnabled"] is False
    (write,) = seats.writes("api")
    assert write["effect"]["auto_renew_off"] == [held["id"]]
    (effect,) = effects_of(seats.journal, seats.case(VANARSDEL))
    assert (effect.action, effect.settled) == ("auto_renew_off", True)

    assert "sets its cancellation for the end of the term" in seats.walk("07_close").reasons[0]
    set_its_end(seats)
    waiting = seats.walk("07_close")
    assert (waiting.outcome, waiting.waiting_on) == ("waiting", "Microsoft")
    assert f"ends by itself with {end}, as ana confirmed" in waiting.reasons[0]
    go_to(seats, end - timedelta(days=15))
    assert codes(seats, capsys, monkeypatch) == [0, 0]
    assert not due(seats)

    go_to(seats, end - timedelta(days=14))
    assert codes(seats, capsys, monkeypatch) == [3, 3]
    assert due(seats)
    alarm = seats.walk("07_close")
    assert alarm.outcome == "held"
    assert f"its term ends with {end}, 14 days left. {OWNER} buys it in the target on" in alarm.reasons[0]

    offer = {"offer": catalogue.NEW_COMMERCE_BUSINESS_PREMIUM, "quantity": held["quantity"], "termDuration": "P1Y"}
    bought = seats.portal(EUROPE, VANARSDEL, **offer)
    assert seats.walk("07_close").outcome == "waiting"
    claims = seats.journal.claims(seats.case(VANARSDEL).chain)
    assert claims == {held["id"].casefold(): bought["id"].casefold()}
    assert codes(seats, capsys, monkeypatch) == [0, 0]
    (status,) = read_portfolio_of(seats.engagement, seats.journal).cases
    assert not status.set_up_only  # nobody suspends what runs out

    go_to(seats, end + 2 * DAY)
    assert due(seats)
    assert seats.walk("07_close").outcome == "done"
    assert len(seats.writes("api")) == 1


def test_what_is_billed_on_after_its_term_is_said(seats: Mixed) -> None:
    """M23, M31: whatever was confirmed, seats that are active after the end are in the extended service term."""
    end = term_end(seats.held_by(FRANCE)[PREMIUM])
    cut_over(seats)
    record_confirmation(seats.journal, seats.case(VANARSDEL).chain, "manual_done", by="ana", how="command line")
    assert seats.walk("07_close").outcome == "waiting"
    go_to(seats, end + 2 * DAY)
    assert due(seats)
    held = seats.walk("07_close")
    assert held.outcome == "held"
    assert f"although its term ended with {end}: it is billed on" in held.reasons[0]
    assert f"its term ended with {end}. {OWNER} buys it" in held.reasons[1]


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
def test_a_lost_answer_is_settled_by_reading(seats: Mixed, kind: str) -> None:
    """S3: an unanswered change of auto-renew is read first, and sent again only when it did not happen."""
    for phase in ("03_transfer", "04_recreate"):
        seats.walk(phase)
    seats.faults({"method": "PATCH", "path": "/subscriptions/", "kind": kind})
    seats.walk("05_suspend")
    seats.walk("05_suspend")
    assert seats.outcome("05_suspend", VANARSDEL).outcome == "done"
    assert seats.held_by(FRANCE)[PREMIUM]["autoRenewEnabled"] is False
    assert len([write for write in seats.writes("api") if (write["effect"] or {}).get("auto_renew_off")]) == 1
    assert not seats.journal.open_intentions(seats.case(VANARSDEL).chain)


def test_a_change_that_is_refused_holds_its_row(seats: Mixed) -> None:
    """M29: what Microsoft refuses is named with its row, and the next run tries it again."""
    for phase in ("03_transfer", "04_recreate"):
        seats.walk(phase)
    seats.faults({"method": "PATCH", "path": "/subscriptions/", "kind": "business_error", "code": 900280})
    held = seats.walk("05_suspend")
    assert held.outcome == "held"
    assert "auto-renew could not be switched off" in held.reasons[0]
    assert seats.walk("05_suspend").outcome == "done"


def test_renewal_that_somebody_switched_on_again_ends_the_approval(seats: Mixed) -> None:
    """S6, M16: what this runbook switched off and somebody switched on is drift, and is approved anew."""
    cut_over(seats)
    seats.portal(FRANCE, VANARSDEL, subscription=seats.source_id(PREMIUM), autoRenewEnabled=True)
    assert "and renews after" in seats.walk("07_close").reasons[0]
    held = seats.walk("05_suspend")
    assert "auto-renew was switched off by this runbook and is on again" in held.reasons[0]
    seats.walk("04_recreate")
    seats.walk("04_recreate")
    assert seats.walk("05_suspend").outcome == "done"
    assert seats.held_by(FRANCE)[PREMIUM]["autoRenewEnabled"] is False


def test_a_later_choice_is_carried_out_by_the_next_run(seats: Mixed) -> None:
    """M27: seats that were to stay and are to run out after all make 05_suspend run again, although it had ended."""
    cut_over(seats)
    for phase in ("04_recreate", "05_suspend"):
        seats.journal.append(seats.case(VANARSDEL).chain, "archived", {"notebook": f"{phase}.ipynb"}, phase=phase)
    assert not due(seats, "04_recreate")
    choose(seats, VANARSDEL, seats.held_by(FRANCE)[BASIC], "run_out")
    assert due(seats, "04_recreate")
    assert not due(seats, "05_suspend")
    seats.walk("04_recreate")
    assert due(seats, "05_suspend")
    seats.walk("05_suspend")
    assert seats.held_by(FRANCE)[BASIC]["autoRenewEnabled"] is False


def test_a_purchase_that_does_not_fit_is_named_by_a_person(
    seats: Mixed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3: two candidates, or other seats, are never claimed by themselves: a person names what stands for the row."""
    cut_over(seats)
    set_its_end(seats)
    first, second = (
        seats.portal(EUROPE, VANARSDEL, offer=catalogue.NEW_COMMERCE_BUSINESS_PREMIUM, quantity=number)
        for number in (15, 9)
    )
    asked = seats.walk("07_close")
    assert asked.outcome == "held"
    assert all(each["id"].casefold() in asked.reasons[0] for each in (first, second))
    assert "--bought-as ID" in asked.reasons[0]
    row = planned(seats).subscription
    given = ["--customer", VANARSDEL, "--subscription", row, "--bought-as", second["id"]]
    assert run_command(capsys, monkeypatch, "choose", str(seats.path), *given).code == 0
    assert seats.walk("07_close").outcome == "waiting"
    assert seats.journal.claims(seats.case(VANARSDEL).chain) == {row: second["id"].casefold()}
    assert "stands for" in run_command(capsys, monkeypatch, "choose", str(seats.path), *given).err
    seats.portal(EUROPE, VANARSDEL, subscription=second["id"], status="suspended")
    assert "is suspended there" in seats.walk("07_close").reasons[0]
