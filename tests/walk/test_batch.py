"""`consolidate run`: what was done by hand is done once more for the archive, and a case that fails stops no other."""

from __future__ import annotations

import json

from demo_run import consolidate
from world import ALPINE, FABRIKAM, World


def archived(world: World, phase: str) -> int:
    """Return how many executed notebooks of a phase lie in the archive."""
    return len(list(world.engagement.archive_folder.rglob(f"{phase}-*.ipynb")))


def run(world: World, *options: str) -> dict[str, object]:
    """Run the command on the world's engagement and return its document."""
    done = consolidate(world.path.parent, "run", str(world.path), "--json", *options)
    assert done.stdout, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def test_a_phase_run_by_hand_is_run_once_more_and_archived(world: World) -> None:
    """M32: a run by hand is provisional; the next run executes the phase through papermill, once, and archives it."""
    world.prepare_all()
    assert archived(world, "01_prepare") == 0
    run(world)
    assert archived(world, "00_connect") == 1
    assert archived(world, "01_prepare") == 3
    run(world)
    assert archived(world, "01_prepare") == 3


def test_a_customer_that_cannot_be_read_fails_alone(world: World) -> None:
    """M30: one case that fails is told with its reason, and the others go on."""
    world.run("00_connect")
    broken = world.case(FABRIKAM).customer
    rules = [
        {"method": "GET", "path": f"customers/{broken}/subscriptions$", "nth": nth, "kind": "error_500_before"}
        for nth in range(1, 9)
    ]
    world.faults(*rules)
    document = run(world, "--phase", "01_prepare")
    outcomes = {case["customer"]: case["phases"]["01_prepare"]["outcome"] for case in document["cases"]}  # type: ignore[attr-defined, index, union-attr]
    assert outcomes[broken] == "failed"
    assert outcomes[world.case(ALPINE).customer] == "done"


def test_a_look_at_the_whole_waits_for_no_customer(world: World) -> None:
    """M30: while another run works on a customer, `--phase 90_portfolio` takes no lease and leaves nobody behind."""
    world.prepare_all()
    customer = world.case(FABRIKAM).customer
    journal = world.journal
    try:
        journal.leases.take(customer)
        done = consolidate(world.path.parent, "run", str(world.path), "--phase", "90_portfolio")
    finally:
        journal.leases.free(customer)
        journal.close()
    assert done.returncode == 0, done.stderr
    assert archived(world, "90_portfolio") == 1
    assert "another" not in done.stdout + done.stderr
