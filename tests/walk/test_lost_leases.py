"""A runner that lost its lease stops before its next effect, whatever happened to the lease meanwhile (S3)."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import create_engine, text
from whole_runs import Gate
from world import FABRIKAM, World


def sql(world: World, statement: str) -> None:
    """Change the leases as another runner would."""
    engine = create_engine(world.engagement.journal_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("given_back", [False, True])
@pytest.mark.parametrize(
    ("phase", "call", "effect"),
    [
        ("04_recreate", ("POST", "checkout"), "ordered"),
        ("05_suspend", ("PATCH", "subscriptions"), "suspended"),
    ],
)
def test_nothing_goes_out_after_the_effect_in_hand(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    phase: str,
    call: tuple[str, str],
    effect: str,
    *,
    given_back: bool,
) -> None:
    """S3: held at its first effect while another runner takes the customer, or gives it back, it sends no second."""
    world.ready_to_move(FABRIKAM)
    if phase == "05_suspend":
        world.run("04_recreate", FABRIKAM)
    gate = Gate(world, monkeypatch, *call)
    runner = threading.Thread(target=world.run, args=(phase, FABRIKAM))
    runner.start()
    gate.wait_until_reached()
    sql(world, "DELETE FROM leases" if given_back else "UPDATE leases SET owner = 'run-other', expires = 1e12")
    gate.open()
    runner.join()
    assert len([write for write in world.writes("api") if (write["effect"] or {}).get(effect)]) == 1
    held = world.outcome(phase, FABRIKAM)
    assert held.outcome == "held"
    assert "is being worked on by another runner" in held.reasons[0]
    sql(world, "DELETE FROM leases")
    world.run(phase, FABRIKAM)
    assert world.outcome(phase, FABRIKAM).outcome == "done"
    assert len([write for write in world.writes("api") if (write["effect"] or {}).get(effect)]) == 2
