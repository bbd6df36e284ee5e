"""The watch on the sources after the move."""

from __future__ import annotations

import pytest
from offline import run_command
from world import ALPINE, FABRIKAM, FRANCE, World

from consolidation.case import Case
from consolidation.population import recorded_population
from consolidation.watch import Watched, watch, watch_table


def watched(world: World) -> list[Watched]:
    """Return what the watch sees now."""
    journal, clients = world.journal, world.clients
    cases = [Case(world.engagement, journal, clients, name, "watch") for name in recorded_population(journal)]
    return list(watch(cases))


@pytest.fixture
def moved(world: World) -> World:
    """A world in which Fabrikam has been moved."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    assert watched(world) == []  # nothing is suspended yet, so nothing is to stay quiet
    world.run("05_suspend", FABRIKAM)
    return world


def test_a_quiet_source_is_said_to_be_quiet(moved: World) -> None:
    """M16: a source that nobody touched since the move shows nothing, and customers not moved are not watched."""
    (seen,) = watched(moved)
    assert seen.case.name.domain == FABRIKAM
    assert seen.found == ()
    assert "as it was left" in repr(watch_table([seen]))
    assert moved.case(ALPINE).chain not in repr(watch_table([seen]))


def test_what_is_added_or_reactivated_in_the_source_is_found(moved: World) -> None:
    """M16: a subscription added to the source, or reactivated there, is named with its seats and what to do."""
    (again, *_) = [item for item in moved.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10]
    moved.portal(FRANCE, FABRIKAM, subscription=again["id"], status="active")
    added = moved.portal(FRANCE, FABRIKAM, offer=again["offerId"], quantity=4)
    (seen,) = watched(moved)
    assert len(seen.found) == 2
    assert any(added["id"].lower() in sentence and "4 seats" in sentence for sentence in seen.found)
    assert any(again["id"].lower() in sentence and "active again" in sentence for sentence in seen.found)
    kept = moved.journal.entries(moved.case(FABRIKAM).chain, kinds={"observed"})[-1]
    assert kept.body["found"] == list(seen.found)
    assert not [write for write in moved.writes("api") if write["sequence"] > moved.writes("portal")[0]["sequence"]]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "business_error", "code": 20002}, "not on the source's list any more"),
        ({"kind": "business_error", "code": 800002}, "could not be read"),
    ],
)
def test_a_source_that_cannot_be_read_is_never_said_to_be_quiet(
    moved: World, fault: dict[str, object], words: str
) -> None:
    """M16, M31: a source that refuses, or has no relationship any more, is named with its reason."""
    moved.faults({"method": "GET", "path": "/subscriptions$", "times": 0, **fault})
    (seen,) = watched(moved)
    assert words in seen.words


@pytest.mark.parametrize(("reactivate", "code"), [(False, 0), (True, 3)])
def test_the_command_tells_by_its_exit_code(
    moved: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, reactivate: bool, code: int
) -> None:
    """M16: `consolidate watch` exits 3 when something is billed again in a source, 0 when all is quiet."""
    if reactivate:
        (again, *_) = [item for item in moved.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10]
        moved.portal(FRANCE, FABRIKAM, subscription=again["id"], status="active")
    ended = run_command(capsys, monkeypatch, "watch", str(moved.path))
    assert ended.code == code
    assert ("active again" in ended.out) is reactivate
