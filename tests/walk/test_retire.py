"""What is retired by a person's choice: suspended without a counterpart, or let end with its term (S1, M23)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ending_rows import choose
from mixed_world import Mixed, seats_alone, serve
from world import EUROPE, FABRIKAM, FRANCE, VANARSDEL, World

from consolidation.confirmations import record_confirmation
from consolidation.plan import frozen_plan

CUT_OVER = ("04_recreate", "05_suspend", "07_close")


def holdings(world: World) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return Fabrikam's base without add-ons, its other base, and the add-on under that."""
    found = list(world.subscriptions(FRANCE, FABRIKAM).values())
    addon = next(item for item in found if item.get("parentSubscriptionId"))
    base = next(item for item in found if item["id"].casefold() == addon["parentSubscriptionId"].casefold())
    return next(item for item in found if item not in (addon, base)), base, addon


def touched(world: World) -> list[str]:
    """Return the ids of the subscriptions that the runbook changed in the source, in lower case."""
    return [write["path"].rsplit("/", 1)[1].casefold() for write in world.writes("api") if write["method"] == "PATCH"]


def test_retired_legacy_seats_are_suspended_without_a_counterpart(world: World) -> None:
    """S1, M11: an approved retirement is suspended by the runbook, not bought again, and keeps no other row."""
    world.ready_to_move(FABRIKAM)
    retired, base, addon = holdings(world)
    choose(world, FABRIKAM, retired, "retire")
    for phase in CUT_OVER:
        world.run(phase, FABRIKAM)
    assert sorted(item["quantity"] for item in world.subscriptions(EUROPE, FABRIKAM).values()) == sorted(
        [base["quantity"], addon["quantity"]]
    )
    assert sorted(touched(world)) == sorted([retired["id"].casefold(), base["id"].casefold()])
    assert {item["status"] for item in world.subscriptions(FRANCE, FABRIKAM).values()} == {"suspended"}
    assert world.outcome("05_suspend", FABRIKAM).reasons[0] == "Shown as suspended: 3 rows."
    assert world.outcome("07_close", FABRIKAM).reasons[0] == "Nothing active is left in the source."
    world.run("04_recreate", FABRIKAM)  # what was retired by us did not end "before we began"
    assert len(world.journal.entries(world.case(FABRIKAM).chain, kinds={"planned"}, phase="04_recreate")) == 1


def test_a_base_is_retired_only_with_its_addons(world: World) -> None:
    """S1: while an add-on is kept the plan cannot be approved; retired as well, it goes with its base."""
    world.ready_to_move(FABRIKAM)
    _, base, addon = holdings(world)
    choose(world, FABRIKAM, base, "retire")
    world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert "A person may choose retire or manual" in " ".join(held.reasons)
    choose(world, FABRIKAM, addon, "manual")
    world.run("04_recreate", FABRIKAM)
    assert "takes the add-on" in world.outcome("04_recreate", FABRIKAM).reasons[0]
    assert not touched(world)

    choose(world, FABRIKAM, addon, "retire")
    for phase in CUT_OVER:
        world.run(phase, FABRIKAM)
    plan = frozen_plan(world.journal, world.case(FABRIKAM), "04_recreate")
    assert plan is not None
    actions = {row.subscription: row.source_action for row in plan.rows if row.route == "retire"}
    assert actions == {base["id"].casefold(): "suspend", addon["id"].casefold(): "goes with its base"}
    assert addon["id"].casefold() not in touched(world)
    assert len(world.subscriptions(EUROPE, FABRIKAM)) == 1
    assert world.outcome("07_close", FABRIKAM).reasons[0] == "Nothing active is left in the source."


def test_what_was_retired_and_is_active_again_is_named(world: World) -> None:
    """M16: somebody who reactivates what this runbook retired is found at the close; nothing is suspended twice."""
    world.ready_to_move(FABRIKAM)
    retired, _, _ = holdings(world)
    choose(world, FABRIKAM, retired, "retire")
    for phase in CUT_OVER:
        world.run(phase, FABRIKAM)
    world.portal(FRANCE, FABRIKAM, subscription=retired["id"], status="active")
    sent = len(touched(world))
    world.run("07_close", FABRIKAM)
    assert "this runbook suspended it, somebody reactivated it" in world.outcome("07_close", FABRIKAM).reasons[0]
    world.run("05_suspend", FABRIKAM)
    assert "was suspended by this runbook and is active again" in world.outcome("05_suspend", FABRIKAM).reasons[0]
    assert len(touched(world)) == sent


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Mixed]:
    """The customer's two subscriptions of new-commerce seats, both retired."""
    for world in serve(tmp_path, seats_alone(), "api"):
        for held in world.held_by(FRANCE).values():
            choose(world, VANARSDEL, held, "retire")
        yield world


def test_retired_new_commerce_ends_with_its_term(seats: Mixed) -> None:
    """S2, M23: new commerce is never suspended to end it: its renewal is switched off, and a person sets its end."""
    for phase in ("03_transfer", "04_recreate", "05_suspend", "06_azure"):
        seats.walk(phase)
    assert [held["autoRenewEnabled"] for held in seats.held_by(FRANCE).values()] == [False, False]
    assert not [write for write in seats.writes("api") if "suspended" in write["effect"]]
    assert seats.walk("07_close").outcome == "held"
    for held in seats.held_by(FRANCE).values():
        seats.portal(FRANCE, VANARSDEL, subscription=held["id"], cancelAtTermEnd=True)
    record_confirmation(seats.journal, seats.case(VANARSDEL).chain, "manual_done", by="ana", how="command line")
    assert seats.walk("07_close").outcome == "waiting"
    seats.later(400 * 86400)
    assert seats.walk("07_close").outcome == "done"
    assert not seats.held_by(EUROPE)
