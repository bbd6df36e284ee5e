"""What the plan says of rows that run out or are retired, and what keeps it from being approved (M23, S1)."""

from __future__ import annotations

from typing import Any

import pytest
from offline import make_subscription, snapshot
from routes.looked_at import SEATS

from consolidation.endings.rows import RENEWAL_OFF, with_endings
from consolidation.plan import PlanRow
from consolidation.routes import ChosenRoute
from consolidation.rows import subscription_rows

IN_TIME = {"purchase_on": "2026-05-31", "owner": "ben"}
TRIAL = {**SEATS, "isTrial": True}


def planned(route: str, fields: dict[str, Any], **purchase: str) -> PlanRow:
    """Return the row of a subscription for which Ana chose a route."""
    source = snapshot("source", make_subscription("ONE", **fields))
    chosen = {"one": ChosenRoute(route, "nobody uses it", "ana", **purchase)}  # type: ignore[arg-type]
    (row,) = with_endings(subscription_rows(source, chosen), source)
    return row


PROBLEMS = {
    "bought on its last day": ("run_out", SEATS, IN_TIME, ""),
    "a choice without a purchase": ("run_out", SEATS, {}, "Nobody said who buys it in the target"),
    "a choice without an owner": ("run_out", SEATS, {**IN_TIME, "owner": ""}, "Nobody said who buys it"),
    "bought after its end": (
        "run_out",
        SEATS,
        {**IN_TIME, "purchase_on": "2026-06-01"},
        "ben would buy it in the target on 2026-06-01, after its term has ended with 2026-05-31",
    ),
    "nobody knows whether it renews": (
        "retire",
        {**SEATS, "autoRenewEnabled": None},
        {},
        "Partner Center did not print whether it renews",
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_purchase_has_an_owner_and_a_day_within_the_term(name: str) -> None:
    """M23: a plan that does not say who buys what runs out, or only after its end, cannot be approved."""
    route, fields, purchase, words = PROBLEMS[name]
    row = planned(route, fields, **purchase)
    assert bool(row.problems) is bool(words)
    assert not words or words in row.problems[0]


@pytest.mark.parametrize("fields", [SEATS, TRIAL])
@pytest.mark.parametrize("route", ["run_out", "retire"])
def test_the_choice_stays_after_the_renewal_was_switched_off(fields: dict[str, Any], route: str) -> None:
    """M29: our own effect does not undo the choice: the row keeps its route, and nothing is done to it again."""
    before = planned(route, fields, **IN_TIME)
    after = planned(route, {**fields, "autoRenewEnabled": False}, **IN_TIME)
    assert (before.route, before.source_action, before.problems) == (route, RENEWAL_OFF, ())
    assert (after.route, after.source_action, after.problems) == (route, "none", ())
    assert before.details["term_ends"] == "2026-05-31"


@pytest.mark.parametrize("status", ["expired", "disabled", "suspended", "deleted"])
def test_what_has_run_out_is_left_alone(status: str) -> None:
    """M29: when the term is over nothing is left to choose, so the case can be closed."""
    row = planned("run_out", {**SEATS, "status": status}, **IN_TIME)
    assert (row.route, row.source_action, row.problems) == ("leave", "none", ())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (SEATS, "billed by the month at 3 % more (23 % more where no monthly plan exists)"),
        ({**SEATS, "effectiveStartDate": "2025-03-31T09:00:00Z"}, "Then it ends with 2026-05-31 by itself."),
        (TRIAL, "Then it ends with 2026-05-31 by itself."),
    ],
)
def test_the_plan_says_what_is_uncertain_and_what_it_costs(fields: dict[str, Any], words: str) -> None:
    """M23: the extended service term is named where it follows, and only there; so are owner and day."""
    for route in ("run_out", "retire"):
        assert words in planned(route, fields, **IN_TIME).reason
    assert "On 2026-05-31 ben buys 10 seats in the target" in planned("run_out", fields, **IN_TIME).reason


def test_an_addon_that_is_kept_stops_the_retirement_of_its_base() -> None:
    """S1: the suspension of a base takes its active add-ons along, so each of them has to be retired as well."""
    base = make_subscription("BASE")
    addon = make_subscription("ADD", offerName="Extra", parentSubscriptionId="BASE", quantity=4)
    retired = ChosenRoute("retire", "nobody uses it", "ana")

    def rows(*items: Any, route: str) -> dict[str, PlanRow]:
        source = snapshot("source", *items)
        chosen = {"base": retired, "add": ChosenRoute(route, "why", "ana")}  # type: ignore[arg-type]
        return {row.subscription: row for row in with_endings(subscription_rows(source, chosen), source)}

    both = rows(base, addon, route="retire")
    assert [both[key].source_action for key in ("base", "add")] == ["suspend", "goes with its base"]
    assert both["base"].problems == ()
    assert (
        "takes the add-on Extra along, whose route is manual" in rows(base, addon, route="manual")["base"].problems[0]
    )
    gone = make_subscription("ADD", offerName="Extra", parentSubscriptionId="BASE", status="suspended")
    assert rows(base, gone, route="manual")["base"].problems == ()
    suspended = make_subscription("BASE", status="suspended")
    alone = rows(suspended, addon, route="retire")  # its base ended before: it goes by itself
    assert alone["add"].source_action == "suspend"
