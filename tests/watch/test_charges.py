"""What was ended in a source makes no further charges: told from status and renewal, held to what is billed (M18)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ending_rows import choose, go_to, term_end
from mixed_world import Mixed, seats_alone, serve
from offline import run_command
from world import FABRIKAM, FRANCE, NORTHWIND, VANARSDEL, World

from consolidation.case import Case
from consolidation.inventory import read_snapshot
from consolidation.population import recorded_population
from consolidation.watch import watch

PREMIUM, BASIC = "Premium annual", "Basic aligned"


def found(world: World) -> list[str]:
    """Return every sentence of the watch."""
    journal, clients = world.journal, world.clients
    cases = [Case(world.engagement, journal, clients, name, "watch") for name in recorded_population(journal)]
    return [sentence for one in watch(cases) for sentence in one.found]


def goes_on(world: World, subscription: str) -> bool:
    """Tell whether no end is in sight of what the source is billed for a subscription, by the simulator's own books."""
    rows = world.control("GET", "billed")["subscriptions"]
    (row,) = [one for one in rows if one["subscription"].casefold() == subscription.casefold()]
    return any(period["to"] is None for period in row["billed"])


def test_what_was_suspended_is_neither_billed_nor_named(world: World) -> None:
    """M18: after the move each suspended row is checked, and neither the watch nor the books find a charge."""
    world.ready_to_move(FABRIKAM)
    for phase in ("04_recreate", "05_suspend"):
        world.run(phase, FABRIKAM)
    assert found(world) == []
    suspended = [item["id"] for item in world.subscriptions(FRANCE, FABRIKAM).values()]
    assert len(suspended) == 3
    assert not any(goes_on(world, each) for each in suspended)


def test_what_was_retired_and_is_active_again_makes_the_watch_end_with_3(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """M18: a row for which nothing stands in the target is watched too: active again, it is billed."""
    world.prepare_all()
    retired = next(item for item in world.subscriptions(FRANCE, NORTHWIND).values() if item["billingType"] != "usage")
    choose(world, NORTHWIND, retired, "retire")
    world.accept(NORTHWIND)
    for phase in ("02_invite", "04_recreate", "05_suspend"):
        world.run(phase, NORTHWIND)
    assert found(world) == []
    world.portal(FRANCE, NORTHWIND, subscription=retired["id"], status="active")
    ended = run_command(capsys, monkeypatch, "watch", str(world.path))
    assert ended.code == 3
    assert goes_on(world, retired["id"])
    (sentence,) = found(world)
    assert retired["id"].casefold() in sentence
    assert "it makes charges (M18)" in sentence


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Mixed]:
    """Two subscriptions of new-commerce seats: one is retired, with its renewal switched off, the other one stays."""
    for world in serve(tmp_path, seats_alone(), "api"):
        choose(world, VANARSDEL, world.held_by(FRANCE)[PREMIUM], "retire")
        choose(world, VANARSDEL, world.held_by(FRANCE)[BASIC], "leave")
        for phase in ("03_transfer", "04_recreate", "05_suspend"):
            world.walk(phase)
        yield world


@pytest.mark.parametrize(
    ("nickname", "change", "words"),
    [
        (PREMIUM, {"autoRenewEnabled": True}, "renews after"),
        (BASIC, {"status": "suspended"}, "suspending stops no charges of new commerce"),
    ],
)
def test_new_commerce_that_is_billed_on_is_named(
    seats: Mixed, nickname: str, change: dict[str, Any], words: str
) -> None:
    """M18, M23: a renewal that is on again, and seats that somebody suspended, are billed and named."""
    assert found(seats) == []
    seats.portal(FRANCE, VANARSDEL, subscription=seats.source_id(nickname), **change)
    (sentence,) = found(seats)
    assert words in sentence


def test_what_is_billed_after_its_term_is_named(seats: Mixed) -> None:
    """M18: seats that go on in the extended service term are named once their approved end is over."""
    held = seats.held_by(FRANCE)[PREMIUM]
    go_to(seats, term_end(held) + timedelta(days=1))
    now = read_snapshot(seats.clients.source(FRANCE), seats.case(VANARSDEL).customer, "source").by_id()
    assert now[str(held["id"]).casefold()].status == "active"
    assert any("its term ended with" in sentence and "M18" in sentence for sentence in found(seats))
