"""A checkout without an answer: only a repeat on its own cart, or a person who looked, ends it (S3)."""

from __future__ import annotations

import pytest
from world import FABRIKAM, World

from consolidation.confirmations import record_confirmation

LOST = {"method": "POST", "path": "/checkout$"}


def count(world: World, effect: str) -> int:
    """Count the writes of ours with an effect."""
    return len([write for write in world.writes("api") if (write["effect"] or {}).get(effect)])


def run_on(world: World) -> str:
    """Run the phase once more and return its reasons."""
    world.run("04_recreate", FABRIKAM)
    return " ".join(world.outcome("04_recreate", FABRIKAM).reasons)


@pytest.mark.parametrize(
    "repeat",
    [
        {"kind": "business_error", "code": 800060},
        {"kind": "throttle_429", "retry_after": 0},
        {"kind": "token_expired"},
    ],
    ids=lambda rule: str(rule["kind"]),
)
def test_a_repeat_that_fails_says_nothing_of_the_checkout_before_it(world: World, repeat: dict[str, object]) -> None:
    """S3: an order whose answer is lost and whose repeats are refused gets no second cart, not even before it shows."""
    world.ready_to_move(FABRIKAM)
    world.control("POST", "settings", {"provisioning_seconds": 60})
    rules = [{**LOST, "kind": "drop_after"}, {**LOST, "nth": 2, "times": 20, **repeat}]
    world.faults(*rules)
    run_on(world)
    run_on(world)
    assert (count(world, "cart"), count(world, "ordered")) == (1, 1)
    world.faults()
    world.control("POST", "settings", {"provisioning_seconds": 0})
    world.control("POST", "clock", {"advance_seconds": 60})
    run_on(world)
    run_on(world)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"
    assert (count(world, "cart"), count(world, "ordered")) == (2, 2)  # two bases, two carts


def test_a_cart_that_expired_unanswered_waits_for_a_person(world: World) -> None:
    """S3: a cart that expired before it could be repeated is followed by another only after a person has looked."""
    world.ready_to_move(FABRIKAM)
    chain = world.case(FABRIKAM).chain
    record_confirmation(world.journal, chain, "manual_done", by="ana", how="command line")  # said of something else
    world.faults({**LOST, "times": 2, "kind": "drop_before"})
    run_on(world)
    world.control("POST", "clock", {"advance_seconds": 8 * 86_400})
    for _ in range(3):
        assert "confirm the step manual_done" in run_on(world)
    assert count(world, "cart") == 1
    record_confirmation(world.journal, chain, "manual_done", by="ben", how="command line")
    assert "ben has looked" in run_on(world)
    assert count(world, "cart") == 1  # the approval has ended with it
    run_on(world)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"
    assert (count(world, "cart"), count(world, "ordered")) == (3, 2)
    assert not world.journal.open_intentions(chain)
