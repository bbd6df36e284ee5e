"""Seats of new commerce that are bought again and cancelled inside their window, from the choice to the end (M23)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ending_rows import choose, term_end
from mixed_world import Mixed, seats_alone, serve
from world import EUROPE, FRANCE, VANARSDEL, engagement_text

from consolidation.activity_log.matching import effects_of
from consolidation.agenda import Agenda
from consolidation.plan import PlanRow, frozen_plan
from consolidation.portfolio import read_portfolio_of
from partner_center_simulator.portfolios.model import Portfolio

PREMIUM, BASIC = "Premium annual", "Basic aligned"
DAY = 24 * 3600.0


def just_bought(aligned_end_in_days: int | None = None) -> Portfolio:
    """Return the customer of seats, one of whose subscriptions was bought two days ago, perhaps with an aligned end."""
    portfolio = seats_alone()
    (customer,) = portfolio.customers
    young = {"bought_days_ago": 2, "aligned_end_in_days": aligned_end_in_days}
    holdings = [replace(each, **young) if each.nickname == PREMIUM else each for each in customer.holdings]
    return Portfolio("just-bought", (replace(customer, holdings=tuple(holdings)),))


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Mixed]:
    """One subscription is to be replaced inside its window, the other one stays with the source."""
    for world in serve(tmp_path, just_bought(), "api"):
        choose(world, VANARSDEL, world.held_by(FRANCE)[PREMIUM], "replace_in_window")
        choose(world, VANARSDEL, world.held_by(FRANCE)[BASIC], "leave")
        world.walk("03_transfer")
        yield world


def planned(seats: Mixed) -> PlanRow:
    """Return the row of what is replaced in the newest plan."""
    plan = frozen_plan(seats.journal, seats.case(VANARSDEL), "04_recreate")
    assert plan is not None
    return next(row for row in plan.rows if row.route == "replace_in_window")


def status_in_source(seats: Mixed, identifier: str) -> str:
    """Return how the source shows a subscription."""
    return seats.clients.source(FRANCE).subscription(seats.case(VANARSDEL).customer, identifier).status


def bought_in_target(seats: Mixed) -> list[dict[str, object]]:
    """Return what the target holds for the customer."""
    return list(seats.held_by(EUROPE).values())


def test_seats_are_bought_again_and_cancelled_inside_their_window(seats: Mixed) -> None:
    """M23, M11: both halves in one plan; bought in the same term, read back active, cancelled with its refund."""
    held = seats.held_by(FRANCE)[PREMIUM]
    assert seats.walk("04_recreate").outcome == "done"
    row = planned(seats)
    assert (row.target_action, row.source_action) == ("order", "cancel in the window")
    assert row.details["window_ends"]
    assert "In the source: partial refund when cancelled until" in row.reason
    (new,) = bought_in_target(seats)
    same = ("offerId", "quantity", "termDuration", "billingCycle")
    assert [new[name] for name in same] == [held[name] for name in same]
    assert seats.held_by(FRANCE)[PREMIUM]["status"] == "active"
    (status,) = read_portfolio_of(seats.engagement, seats.journal).cases
    assert status.set_up_only  # S13: it is finished before anything else is begun

    done = seats.walk("05_suspend")
    assert done.outcome == "done"
    assert any("Cancelled inside its window: " in reason and "partial refund" in reason for reason in done.reasons)
    assert status_in_source(seats, str(held["id"])) == "deleted"
    for phase in ("04_recreate", "05_suspend"):
        assert seats.walk(phase).outcome == "done"  # our own effect is no drift, and nothing is done again (S3, S6)
    assert len(bought_in_target(seats)) == 1
    actions = [effect.action for effect in effects_of(seats.journal, seats.case(VANARSDEL))]
    assert actions == ["checkout", "cancel"]
    (status,) = read_portfolio_of(seats.engagement, seats.journal).cases
    assert not status.set_up_only
    seats.walk("06_azure")
    assert seats.walk("07_close").outcome == "waiting"
    assert seats.invoices_come(VANARSDEL).outcome == "done"  # the refund is on the invoice (M17)


@pytest.mark.parametrize("kind", ["drop_after", "drop_before"])
def test_a_lost_answer_is_settled_by_reading(seats: Mixed, kind: str) -> None:
    """S3: an unanswered cancellation is read first, and sent again only when it did not happen."""
    held = seats.source_id(PREMIUM)
    seats.walk("04_recreate")
    seats.faults({"method": "PATCH", "path": "/subscriptions/", "kind": kind})
    seats.walk("05_suspend")
    assert seats.walk("05_suspend").outcome == "done"
    assert status_in_source(seats, held) == "deleted"


def test_after_the_window_nothing_is_bought(seats: Mixed) -> None:
    """M23: when the window has closed between the approval and the purchase, nothing is bought for it."""
    seats.later(5 * DAY)
    assert seats.walk("04_recreate").outcome == "held"
    assert bought_in_target(seats) == []


def test_what_was_bought_too_late_to_cancel_is_said_and_can_run_out(seats: Mixed) -> None:
    """M23, S1: after the end of the window nothing is cancelled; what that costs and the way out are said."""
    held = seats.held_by(FRANCE)[PREMIUM]
    seats.walk("04_recreate")
    seats.later(5 * DAY)
    late = seats.walk("05_suspend")
    assert late.outcome == "held"
    failed = "\n".join(map(repr, seats.shown("05_suspend").shown))
    assert "both tenants bill its seats until its term ends. Choose run_out" in failed
    assert status_in_source(seats, str(held["id"])) == "active"
    agenda, chain = Agenda(seats.engagement, seats.journal, seats.clients, ()), seats.case(VANARSDEL).chain
    seats.journal.append(chain, "archived", {"notebook": "04_recreate.ipynb"}, phase="04_recreate")
    assert not agenda.is_due(seats.case(VANARSDEL), "04_recreate")
    choose(seats, VANARSDEL, held, "run_out", purchase_on=term_end(held).isoformat())
    assert agenda.is_due(seats.case(VANARSDEL), "04_recreate")  # a run goes on by itself although it is set up only
    seats.walk("04_recreate")
    assert seats.walk("05_suspend").outcome == "done"
    assert seats.held_by(FRANCE)[PREMIUM]["autoRenewEnabled"] is False
    assert len(bought_in_target(seats)) == 1


def test_a_lost_cancellation_that_did_not_happen_in_time_is_given_up(seats: Mixed) -> None:
    """S3, M23: what was not cancelled when its window closed is not sent again, and leaves no intention open."""
    held = seats.held_by(FRANCE)[PREMIUM]
    seats.walk("04_recreate")
    seats.faults({"method": "PATCH", "path": "/subscriptions/", "kind": "drop_before", "times": 0})
    seats.walk("05_suspend")
    assert seats.journal.open_intentions(seats.case(VANARSDEL).chain)
    seats.faults()
    seats.later(5 * DAY)
    assert seats.walk("05_suspend").outcome == "held"
    assert not seats.journal.open_intentions(seats.case(VANARSDEL).chain)
    assert status_in_source(seats, str(held["id"])) == "active"
    choose(seats, VANARSDEL, held, "run_out")
    seats.walk("04_recreate")
    assert seats.walk("05_suspend").outcome == "done"


@pytest.mark.parametrize("later", [0, 1], ids=["a day that is allowed", "a day that is not"])
def test_an_aligned_end_date_is_kept_where_it_is_allowed(tmp_path: Path, later: int) -> None:
    """M23: a term that ends with a month in the source ends on that day in the target, too; else the plan says so."""
    today = datetime.now(UTC).date()
    month_after = (today.replace(day=1) + timedelta(days=95)).replace(day=1)
    ends = month_after - timedelta(days=1) + timedelta(days=later)
    for seats in serve(tmp_path, just_bought((ends - today).days), "api"):
        held = seats.held_by(FRANCE)
        choose(seats, VANARSDEL, held[PREMIUM], "replace_in_window")
        choose(seats, VANARSDEL, held[BASIC], "leave")
        seats.walk("03_transfer")
        assert seats.walk("04_recreate").outcome == "done"
        row = planned(seats)
        (bought,) = bought_in_target(seats)
        assert row.target_term_end == ("" if later else ends.isoformat())
        assert (str(bought["commitmentEndDate"])[:10] == ends.isoformat()) is not bool(later)
        assert ("does not allow: a whole term is bought" in row.reason) is bool(later)
        # Without a price list, what the source pays is the most that the same product may cost (S14).
        assert row.price_ceiling == row.source_price != ""


def test_a_price_above_the_ceiling_buys_and_cancels_nothing(seats: Mixed) -> None:
    """S14: the cart costs more than the engagement's prices say: nothing is bought, so nothing is cancelled."""
    held = seats.held_by(FRANCE)[PREMIUM]
    item = ":".join(str(held["offerId"]).split(":")[:2])
    prices = f"offer,unit_price,currency,billing_cycle,term\n{item},0.50,EUR,{held['billingCycle']},P1Y\n"
    seats.path.parent.joinpath("prices.csv").write_text(prices, encoding="utf-8")
    text = engagement_text(seats.server, transfers={"accept": "api"}, prices="prices.csv")
    seats.path.write_text(text, encoding="utf-8")
    assert seats.walk("04_recreate").outcome == "held"
    assert planned(seats).price_ceiling == "0.50 EUR"
    assert bought_in_target(seats) == []
    seats.walk("05_suspend")
    assert status_in_source(seats, str(held["id"])) == "active"
