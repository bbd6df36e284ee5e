"""^C and SIGTERM in the middle of a cut-over, with real processes: nothing is lost, nothing is left half done (M29)."""

from __future__ import annotations

import pytest
from demo_run import consolidate
from sqlalchemy import create_engine, text
from whole_runs import Gate, WholeRun
from world import FABRIKAM, FRANCE, NORTHWIND, World


def accepted(world: World, *customers: str) -> None:
    """Let customers have accepted before the first run; whatever is written then is written by runs."""
    world.run("00_connect")
    for customer in customers:
        world.accept(customer)


def effects(world: World, kind: str, customer: str) -> list[dict[str, object]]:
    """Return the API's writes for a customer that had an effect of this kind."""
    identifier = world.case(customer).customer
    return [w for w in world.writes("api") if w["customer"] == identifier and (w["effect"] or {}).get(kind)]


def seats(world: World, customer: str, tenant: str, status: str) -> dict[str, int]:
    """Return product -> seats of a customer in a tenant, of one status."""
    found = world.subscriptions(tenant, customer)
    return {name: item["quantity"] for name, item in found.items() if item["status"] == status}


def is_intact(world: World) -> bool:
    """Tell whether the archive verifies."""
    return consolidate(world.path.parent, "verify", str(world.engagement.archive_folder)).returncode == 0


def let_leases_expire(world: World) -> None:
    """Let the leases of dead runners have run out, as five minutes would."""
    with create_engine(world.engagement.journal_url).begin() as connection:
        connection.execute(text("UPDATE leases SET expires = 0"))


@pytest.mark.parametrize(("how", "code"), [("interrupt", 130), ("terminate", 143)])
def test_the_first_signal_finishes_the_case_in_hand_and_begins_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, how: str, code: int
) -> None:
    """M29, S13: a run that is asked to stop between two orders suspends that case, begins no other, and is sealed."""
    accepted(world, FABRIKAM, NORTHWIND)
    gate = Gate(world, monkeypatch, "POST", "checkout", nth=2)
    with WholeRun(world, "--workers", "1") as run:
        gate.wait_until_reached()
        getattr(run, how)()
        run.said("Stopping: no case begins any more")
        gate.open()
        ended, document, told = run.end()
    assert ended == code
    assert "at a safe point" in told
    assert document is not None
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"
    assert len(effects(world, "ordered", FABRIKAM)) == 2
    assert not seats(world, FABRIKAM, FRANCE, "active")
    assert not effects(world, "cart", NORTHWIND)
    assert list(world.engagement.archive_folder.rglob("90_portfolio-*.ipynb"))
    assert is_intact(world)


def test_the_second_signal_stops_at_once_and_nothing_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """M29, S3: stopped at once in the middle of a checkout, kernels too; the next run settles it and goes on."""
    accepted(world, FABRIKAM)
    gate = Gate(world, monkeypatch, "POST", "checkout")
    with WholeRun(world, "--workers", "1") as run:
        gate.wait_until_reached()
        run.terminate()
        run.said("Stopping: no case begins any more")
        run.terminate()
        ended, document, _ = run.end()
    assert (ended, document) == (130, None)
    gate.open()
    world.faults()
    assert not effects(world, "suspended", FABRIKAM)
    let_leases_expire(world)
    with WholeRun(world) as again:
        assert again.end()[0] == 0
    assert len(effects(world, "ordered", FABRIKAM)) == 2
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"
    assert is_intact(world)
