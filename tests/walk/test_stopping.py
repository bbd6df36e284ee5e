"""^C and SIGTERM in the middle of a cut-over, with real processes: nothing is lost, nothing is left half done (M29)."""

from __future__ import annotations

import nbformat
import pytest
from demo_run import consolidate
from whole_runs import Gate, WholeRun
from world import FABRIKAM, FRANCE, NORTHWIND, World

from consolidation.notebook_runs import ENDED_AT_ONCE


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
    """M29, M32, S3: stopped at once in a checkout, kernels too: failed and sealed; the next run settles it, goes on."""
    accepted(world, FABRIKAM)
    gate = Gate(world, monkeypatch, "POST", "checkout")
    with WholeRun(world, "--workers", "1") as run:
        gate.wait_until_reached()
        run.terminate()
        run.said("Stopping: no case begins any more")
        run.terminate()
        ended, document, told = run.end()
    assert ended == 143
    assert document is not None
    assert "Stopped by SIGTERM at once" in told
    gate.open()
    world.faults()
    assert not effects(world, "suspended", FABRIKAM)
    failed = world.outcome("04_recreate", FABRIKAM)
    assert (failed.outcome, failed.reasons) == ("failed", (ENDED_AT_ONCE,))
    newest = max(world.engagement.archive_folder.rglob("04_recreate-*.ipynb"))
    assert nbformat.read(newest, as_version=4).cells[0].source == f"> **Failed.** {ENDED_AT_ONCE}"
    assert "Approved by" in newest.with_suffix(".html").read_text(encoding="utf-8")
    assert not list(world.engagement.archive_folder.rglob("90_portfolio-*.ipynb"))
    assert is_intact(world)
    with WholeRun(world) as again:
        assert again.end()[0] == 0
    assert len(effects(world, "ordered", FABRIKAM)) == 2
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"
    assert is_intact(world)
