"""What tests of ends share: a person chooses a route, and Partner Center's clock goes to a day before an end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from world import World

from consolidation.choices import record_route, rows_to_choose_for

OWNER = "Ben of sales"


def choose(world: World, customer: str, subscription: dict[str, Any], route: str, **purchase: str) -> None:
    """Let a person choose a route for a subscription of the source; what runs out is bought on its last day but one."""
    case, journal = world.case(customer), world.journal
    rows = {row.subscription: row for row in rows_to_choose_for(journal, case)}
    given = {"reason": "the shop has closed", "by": "ana", "how": "command line"}
    if route == "run_out":
        day = term_end(subscription) - timedelta(days=1)
        given |= {"purchase_on": day.isoformat(), "owner": OWNER, **purchase}
    record_route(journal, case, rows[subscription["id"].casefold()], route, phase=None, **given)


def term_end(subscription: dict[str, Any]) -> date:
    """Return the last UTC day of a term of new commerce."""
    return date.fromisoformat(str(subscription["commitmentEndDate"])[:10])


def go_to(world: World, day: date) -> None:
    """Move Partner Center's clock to noon (UTC) of a day."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    seconds = (noon - world.clients.target.server_time()).total_seconds()
    assert seconds > 0
    world.control("POST", "clock", {"advance_seconds": seconds})
