"""The measure of the grid can fail: a doubled order, a lost step and an unsafe suspension are each seen."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from faults.grid_ending import differences, effects_lost, orders_doubled, read_ending, unsafe_suspensions
from faults.grid_faults import API, FAULTS, Fault, applies, rules
from faults.grid_points import Point, Result
from faults.grid_report import markdown, summary, write
from faults.grid_scenarios import LEGACY_CUT_OVER, SCENARIOS
from faults.grid_stage import Stage
from world import EUROPE, FABRIKAM, FRANCE, World

from consolidation.plan import frozen_plan
from partner_center_simulator.control.faults import Faults


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A customer whose base is bought and not suspended."""
    opened = Stage(tmp_path, LEGACY_CUT_OVER)
    yield opened
    opened.close()


def bought(stage: Stage) -> World:
    """Buy everything in the target."""
    world = stage.world
    stage.control("POST", "settings", {"provisioning_seconds": 0})
    world.prepare_all()
    world.run("02_invite", FABRIKAM)
    LEGACY_CUT_OVER.steps[5].people(world)
    for phase in ("02_invite", "04_recreate"):
        world.run(phase, FABRIKAM)
    return world


def test_what_differs_is_seen(stage: Stage) -> None:
    """M29, M12: one more order, one suspension less, a double bill and a purchase nobody announced are each named."""
    world = bought(stage)
    reference = read_ending(stage)
    # Bought and not suspended: the only thing to be said of it is that both tenants bill all three rows.
    assert [line[:3] for line in differences(reference, reference)] == ["M12"] * 3
    case = world.case(FABRIKAM)
    plan = frozen_plan(world.journal, case, "04_recreate")
    assert plan is not None
    row = next(row for row in plan.rows if not row.parent)
    cart = world.clients.target.create_cart(case.customer, [_line(row)], _call())
    world.clients.target.checkout(case.customer, cart.id, _call())
    twice = read_ending(stage)
    assert orders_doubled(reference, twice) == 1
    found = " ".join(differences(reference, twice))
    assert "Done twice: api contoso-europe ordered" in found
    assert "was sent without its intention" in found
    world.run("05_suspend", FABRIKAM)
    assert effects_lost(read_ending(stage), reference).total() > 0


def _line(row: object) -> object:
    from partner_center import CartLine

    return CartLine(catalog_item_id=row.target_offer, quantity=row.target_seats, billing_cycle=row.billing_cycle)


def _call() -> object:
    from partner_center import Call

    return Call.new()


def test_what_is_put_back_is_as_it_was(stage: Stage) -> None:
    """Points do not depend on each other: a moment that is put back has the tenants and the journal of then."""
    stage.world.run("00_connect")
    stage.keep("listed")
    before = read_ending(stage)
    bought(stage)
    assert differences(before, read_ending(stage))
    stage.put_back("listed")
    assert differences(before, read_ending(stage)) == []


def test_an_unsafe_suspension_is_seen() -> None:
    """S1: a suspension without an active counterpart of its own, with as many seats, is named from the log alone."""
    leaving = {"tenant": FRANCE, "id": "A", "offerId": "o", "quantity": 5, "status": "active"}
    standing = {"tenant": EUROPE, "id": "B", "offerId": "o", "quantity": 5, "status": "active"}
    safe = {"actor": "api", "effect": {"suspended": ["A"]}, "before": [leaving, standing]}
    assert unsafe_suspensions([safe]) == []
    for change in ({"quantity": 4}, {"status": "suspended"}, {"offerId": "p"}, {"tenant": FRANCE}):
        unsafe = deepcopy(safe)
        unsafe["before"][1] |= change
        assert unsafe_suspensions([unsafe]) == ["S1: A was suspended without a counterpart."]
    shared = deepcopy(safe)
    shared["before"].append({**leaving, "id": "C"})
    shared["effect"]["suspended_with_base"] = ["C"]
    assert len(unsafe_suspensions([shared])) == 1


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
@pytest.mark.parametrize(
    "call", [("POST", f"{API}carts"), ("GET", f"{API}customers"), ("POST", "/x/oauth2/v2.0/token")]
)
def test_the_simulator_understands_every_rule(fault: Fault, call: tuple[str, str]) -> None:
    """A fault that the simulator makes is one of its own, wherever it strikes."""
    method, path = call
    if fault.extent and fault.kind != "refused" and applies(fault, method, path):
        understood = Faults()
        understood.set(rules(fault, method, path))
        hit = understood.next(method, path) if path.startswith(API) else understood.next_at_sign_in(method, path)
        assert hit is not None


def test_steps_have_names_of_their_own() -> None:
    """The id of a point names one step of one scenario."""
    for name, scenario in SCENARIOS.items():
        names = [step.name for step in scenario.steps]
        assert scenario.name == name
        assert len(names) == len(set(names))
        assert all(bool(step.notebook) != bool(step.people) for step in scenario.steps)


def test_the_report_names_each_failed_point(tmp_path: Path) -> None:
    """The report says what was tried and survived, by fault and by step, and what differed at each failed point."""
    from faults.grid_gate import Called

    call = Called("04_recreate", 15, "POST", "/v1/customers/{id}/carts/{id}/checkout")
    good = Result(Point("legacy-cut-over", call, Fault("killed-after")), (), 1, 0, 0, 1.0)
    bad = Result(Point("legacy-cut-over", call, Fault("refused", "once")), ("Done twice: x.",), 3, 1, 0, 1.0)
    report = summary([good, bad], planned=2, seed=7, seconds=12.3)
    write(tmp_path, report)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert text == markdown(report)
    assert "2 points tried, 1 survived; orders doubled 1, steps lost 0; seed 7, 12 s." in text
    assert "`legacy-cut-over/04_recreate/15/refused.once`" in text
    assert "Done twice: x." in text
    assert "1 of 2 points tried" in markdown(summary([good], planned=2, seed=7, seconds=1))
