"""A bad evening through `consolidate run`: what is set up and not suspended comes first and stops what is new (S13)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from demo_run import consolidate
from whole_runs import WholeRun
from world import FABRIKAM, FRANCE, World, engagement_text

from consolidation.population import CaseName, recorded_population
from partner_center_simulator.server import Server

CUT_OVER = ("--workers", "1", "--phase", "04_recreate", "--phase", "05_suspend")


@pytest.fixture
def four(tmp_path: Path) -> Iterator[World]:
    """Four customers with one subscription each, ready for their cut-over."""
    with Server(tmp_path / "simulator", customers=4, seed=30) as server:
        path = tmp_path / "engagement.yaml"
        path.write_text(engagement_text(server), encoding="utf-8")
        world = World(server, path)
        world.prepare_all()
        for case in recorded_population(world.journal):
            world.accept(case.domain)
            world.run("02_invite", case.customer)
        yield world


def written(world: World, kind: str) -> list[str]:
    """Return the customers of the effects of a kind, in their order."""
    return [write["customer"] for write in world.writes("api") if (write["effect"] or {}).get(kind)]


def test_three_unfinished_cases_stop_the_fourth_and_are_finished_first(four: World) -> None:
    """S13: with three cases set up and not suspended no cut-over starts; the next run suspends them before it."""
    four.faults({"method": "PATCH", "path": "/subscriptions/", "kind": "business_error", "code": 800040, "times": 0})
    with WholeRun(four, *CUT_OVER) as bad:
        code, document, _ = bad.end()
    assert code == 1
    assert document is not None
    unfinished, fourth = written(four, "ordered"), document["cases"][3]
    assert len(unfinished) == 3
    assert {case["customer"] for case in document["cases"][:3]} == set(unfinished)
    for case in document["cases"][:3]:
        assert case["phases"]["05_suspend"]["reasons"][0].startswith("SET UP, NOT SUSPENDED: both tenants are billed")
    assert fourth["phases"]["04_recreate"]["outcome"] == "held"
    assert "3 cases are set up but not suspended (S13)" in fourth["phases"]["04_recreate"]["reasons"][0]
    assert fourth["customer"] not in written(four, "cart")

    four.faults()
    with WholeRun(four, *CUT_OVER) as good:
        assert good.end()[0] == 0
    effects = [w for w in four.writes("api") if {"suspended", "cart"} & set(w["effect"] or {})]
    last = effects[3:]  # after the three carts of the bad evening
    assert [bool(write["effect"].get("suspended")) for write in last] == [True, True, True, False, True]
    assert {write["customer"] for write in last[:3]} == set(unfinished)
    assert [write["customer"] for write in last[3:]] == [fourth["customer"]] * 2


def archived(world: World, *phases: str) -> None:
    """Let what was run by hand count as run and archived, so that the next run goes on behind it."""
    for phase in phases:
        world.journal.append(world.case(FABRIKAM).chain, "archived", {"notebook": "kept elsewhere"}, phase=phase)


def test_drift_in_the_middle_of_a_cut_over_is_planned_anew_by_the_same_run(world: World) -> None:
    """S6: what changes between purchase and suspension holds, and one run leaves the plan that is to be approved."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    archived(world, "01_prepare", "02_invite", "04_recreate")
    source = next(item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)
    world.portal(FRANCE, FABRIKAM, subscription=source["id"], autoRenewEnabled=False)
    options = ("run", str(world.path), "--json", "--customers", FABRIKAM)
    ended = consolidate(world.path.parent, *options)
    assert ended.returncode == 3, ended.stderr
    (case,) = [case for case in json.loads(ended.stdout)["cases"] if case["customer"] == world.case(FABRIKAM).customer]
    assert "auto-renew was True when planned, is False now" in str(case["phases"]["05_suspend"]["reasons"])
    planned = case["phases"]["04_recreate"]
    assert planned["outcome"] == "held"
    assert "auto-renew was True when planned, is False now" in planned["reasons"][0]
    assert not written(world, "suspended")
    assert consolidate(world.path.parent, *options).returncode == 0
    assert len(written(world, "ordered")) == 2
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"


@pytest.mark.parametrize("stuck", [0, 1], ids=["a good evening", "one that cannot be suspended"])
def test_more_workers_than_three_wait_their_turn_and_all_cases_end_in_one_run(tmp_path: Path, stuck: int) -> None:
    """S13, M37: seven workers at seven cut-overs: never more than three unfinished, none held, all done in one run."""
    with Server(tmp_path / "simulator", customers=7, seed=30, latency=0.1) as server:
        path = tmp_path / "engagement.yaml"
        path.write_text(engagement_text(server), encoding="utf-8")
        world = World(server, path)
        world.prepare_all()
        cases = recorded_population(world.journal)
        for case in cases:
            world.accept(case.domain)
            world.run("02_invite", case.customer)
        refused = [f"customers/{case.customer}/subscriptions/" for case in cases[:stuck]]
        kind = {"kind": "business_error", "code": 800040, "times": 0}
        world.faults(*({"method": "PATCH", "path": path, **kind} for path in refused))
        with WholeRun(world, "--workers", "7", "--phase", "04_recreate", "--phase", "05_suspend") as run:
            code, document, told = run.end()
        assert (code, "Traceback" in told) == (1 if stuck else 0, False)
        assert document is not None
        ended = [case["phases"]["05_suspend"]["outcome"] == "done" for case in document["cases"]]
        assert ended.count(True) == 7 - stuck
        assert not [entry for entry in world.journal.every.entries({"outcome"}) if "(S13)" in str(entry.body)]
        assert most_unfinished(world, cases) == 3


def most_unfinished(world: World, cases: Sequence[CaseName]) -> int:
    """Return how many customers were at most set up and not suspended at once, in Partner Center's own log."""
    rows = {case.customer: len(world.subscriptions(case.source, case.customer)) for case in cases}
    left: dict[str, int] = {}
    most = 0
    for write in world.writes("api"):
        if (write["effect"] or {}).get("ordered"):
            left.setdefault(write["customer"], rows[write["customer"]])
        elif (write["effect"] or {}).get("suspended"):
            left[write["customer"]] -= 1
        most = max(most, sum(number > 0 for number in left.values()))
    return most
