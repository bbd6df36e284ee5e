"""What a plan comes to in money: beside its rows, not approved with them (M12, M34)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from offline import make_engagement, make_plan, make_row, make_subscription
from world import FABRIKAM, World

from consolidation.billing.case_overlap import billed_twice
from consolidation.billing.cut_over import cut_over_box, expected_credits
from consolidation.billing.overlap_cost import overlap_cost
from consolidation.billing.prices import Prices
from consolidation.engagement import Engagement
from consolidation.inventory import Snapshot
from consolidation.plan import PlanRow, frozen_plan
from consolidation.replacing.rows import CANCEL
from partner_center.models import Subscription

TODAY = date(2018, 3, 1)
TERM = {"creationDate": "2018-01-13T08:00:00Z", "effectiveStartDate": "2018-01-13T00:00:00Z"}


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement without prices."""
    return make_engagement(tmp_path)


def source_with(*subscriptions: Subscription) -> Snapshot:
    """Return what the source said at noon of the suspension day."""
    return Snapshot("source", datetime(2018, 3, 1, 12, tzinfo=UTC), subscriptions)


def credits_of(engagement: Engagement, row: PlanRow, **fields: object) -> list[tuple[object, str, str]]:
    """Return unused days, credit and a day's overlap of a plan with one row."""
    source = source_with(make_subscription(**{**TERM, **fields}))
    rows = expected_credits(make_plan(engagement, row), source, Prices(), TODAY)
    return [(one.unused_days, str(one.credit), str(one.day_of_overlap)) for one in rows]


def test_an_api_date_leaves_the_first_day_open(engagement: Engagement) -> None:
    """M34: the published case, 12 of 28 days; were the charge begun on the day after the order, it would be 13."""
    row = make_row(seats=1, source_price="4.00 USD")
    assert credits_of(engagement, row) == [((12, 13), "-1.86 to -1.71 USD", "0.14 USD")]


@pytest.mark.parametrize(
    ("row", "fields", "shown"),
    [
        ({"source_price": ""}, {}, ((12, 13), "unknown: 130 seat-days", "unknown: 10 seat-days")),
        ({"billing_cycle": "none"}, {}, (None, "unknown: 10 seat-days", "unknown: 10 seat-days")),
        ({}, dict.fromkeys(TERM), (None, "unknown: 10 seat-days", "unknown: 10 seat-days")),
    ],
)
def test_what_is_unknown_is_said_in_seat_days(
    engagement: Engagement, row: dict[str, str], fields: dict[str, object], shown: tuple[object, str, str]
) -> None:
    """M12, S7: without a price, a billing cycle we know, or a start date there is no amount, and never zero."""
    assert credits_of(engagement, make_row(**{"source_price": "4.00 USD", **row}), **fields) == [shown]


def test_what_was_bought_today_is_credited_as_a_whole(engagement: Engagement) -> None:
    """M34: a purchase of today gives everything back, also where its charges would begin tomorrow."""
    today = {"creationDate": "2018-03-01T08:00:00Z", "effectiveStartDate": "2018-03-01T00:00:00Z"}
    row = make_row(seats=1, source_price="4.00 USD")
    assert credits_of(engagement, row, **today) == [((31, 31), "-4.00 USD", "nothing")]


def test_what_is_cancelled_in_its_window_gets_the_refund_of_new_commerce(engagement: Engagement) -> None:
    """M23, M34: on the third day the 25 to 27 days left of 28 come back, not the whole first month as for legacy."""
    begun = {"creationDate": "2018-02-27T08:00:00Z", "effectiveStartDate": "2018-02-27T00:00:00Z"}
    legacy = make_row(seats=1, source_price="4.00 USD")
    cancelled = make_row(seats=1, source_price="4.00 USD", route="replace_in_window", source_action=CANCEL)
    assert credits_of(engagement, legacy, **begun)[0][1] == "-4.00 USD"
    assert credits_of(engagement, cancelled, **begun)[0][1] == "-3.86 to -3.57 USD"


def test_every_row_of_the_plan_is_shown_once(engagement: Engagement) -> None:
    """S8: rows that are not suspended, or not active any more, stand in the table with the reason and no amount."""
    rows = [
        make_row("a", source_price="4.00 USD"),
        make_row("b", parent="a", source_action="goes with its base", source_price="2.00 USD"),
        make_row("c", route="leave", source_action="none", target_action="none"),
        make_row("d", source_price="4.00 USD"),
    ]
    source = source_with(
        make_subscription("A", **TERM),
        make_subscription("B", **TERM, parentSubscriptionId="A"),
        make_subscription("C"),
        make_subscription("D", status="suspended"),
    )
    box = cut_over_box(make_plan(engagement, *rows), source, Prices())
    assert box is not None
    assert box.table is not None
    assert [row["credit"] for row in box.table.rows] == [
        "17.14 to 18.59 USD", "8.52 to 9.29 USD", "not suspended by this plan", "not active",
    ]  # fmt: skip
    assert "a credit of 25.66 to 27.88 USD" in box.title
    assert cut_over_box(make_plan(engagement, rows[2]), source, Prices()) is None


def shown_plan(world: World) -> str:
    """Return what the plan's cell of 04_recreate shows as text."""
    return repr(world.run("04_recreate", FABRIKAM).shown[4])


def test_the_plan_says_what_the_cut_over_comes_to(world: World) -> None:
    """M12, M34: before the approval the plan shows the expected credit and what each day of overlap costs."""
    world.ready_to_move(FABRIKAM)
    shown = shown_plan(world)
    assert "Suspended today" in shown
    assert "20.60 EUR monthly (order)" in shown
    assert "OVERLAP" not in shown
    plan = frozen_plan(world.journal, world.case(FABRIKAM), "04_recreate")
    assert plan is not None
    assert plan.digest[:12] in shown
    # A day later the amounts differ and the plan does not: they are no part of what was approved.
    world.control("POST", "clock", {"advance_seconds": 86_400})
    later = shown_plan(world)
    assert "OVERLAP so far: 1 day" in later
    assert plan.digest[:12] in later


def test_a_price_list_goes_before_the_order(world: World) -> None:
    """M12: the engagement's prices are what the plan counts with."""
    world.ready_to_move(FABRIKAM)
    offer = next(
        item for name, item in world.subscriptions("contoso-france", FABRIKAM).items() if name == "Office 365 E3"
    )
    prices = f"offer,unit_price,currency,billing_cycle\n{offer['offerId']},18.25,EUR,monthly\n"
    (world.path.parent / "prices.csv").write_text(prices, encoding="utf-8")
    world.path.write_text(world.path.read_text(encoding="utf-8") + "prices: prices.csv\n", encoding="utf-8")
    shown = shown_plan(world)
    assert "18.25 EUR monthly (price list)" in shown
    assert "2.50 EUR monthly (order)" in shown


def test_the_overlap_of_a_case_is_read_from_the_journal(world: World) -> None:
    """M12, S8: each row that stands in the target counts from its set-up to its suspension, an add-on like its base."""
    world.ready_to_move(FABRIKAM)
    case = world.case(FABRIKAM)
    assert billed_twice(world.journal, case, Prices()) == ()
    world.run("04_recreate", FABRIKAM)
    set_up_on = datetime.fromisoformat(world.control("GET", "clock")["now"]).date()
    standing = billed_twice(world.journal, case, Prices())
    assert {(row.set_up_on, row.suspended_on) for row in standing} == {(set_up_on, None)}
    world.control("POST", "clock", {"advance_seconds": 2 * 86_400})
    world.run("05_suspend", FABRIKAM)
    moved = billed_twice(world.journal, case, Prices())
    assert [row.subscription for row in moved] == [row.subscription for row in standing]
    overlap = overlap_cost(moved, date(2099, 1, 1))
    assert (overlap.days, overlap.seat_days) == (2, 2 * (10 + 25 + 25))
    assert overlap.cost.is_known
    assert {row.days for row in overlap.rows} == {2}
    # The simulator counts billed days by itself, from what became of the subscriptions in both tenants.
    billed = world.control("GET", f"billed?customer={case.customer}")["overlap"]
    assert {one["source"]["subscription"].casefold(): one["days"] for one in billed} == {
        row.billed.subscription: row.days for row in overlap.rows
    }
    assert sum(one["days"] * one["seats"] for one in billed) == overlap.seat_days


def test_a_suspension_by_hand_counts_from_when_it_was_seen(world: World) -> None:
    """M12: what somebody suspended in the portal ends its overlap on the day on which it was first read so."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    held = world.subscriptions("contoso-france", FABRIKAM)["Exchange Online (Plan 1)"]
    world.control("POST", "clock", {"advance_seconds": 86_400})
    world.portal("contoso-france", FABRIKAM, subscription=held["id"], status="suspended")
    world.run("05_suspend", FABRIKAM)
    world.control("POST", "clock", {"advance_seconds": 86_400})
    world.run("05_suspend", FABRIKAM)
    rows = overlap_cost(billed_twice(world.journal, world.case(FABRIKAM), Prices()), date(2099, 1, 1)).rows
    assert {row.billed.product: row.days for row in rows}["Exchange Online (Plan 1)"] == 1
