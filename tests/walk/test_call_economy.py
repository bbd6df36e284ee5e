"""How often Partner Center is asked, by its own count: near the least that the rules leave (M37)."""

from __future__ import annotations

import pytest
from world import FABRIKAM, World

from consolidation.outcomes import CASE_PHASES

ALLOWED = 1.2
"""Times the least: some room for what a rule asks to be read again."""

LEAST = {
    # One list of each tenant: what stands in both sides is what a notebook is about.
    "01_prepare": 2,
    # The customer, its agreements, whether it signed directly, the template, what the source has on file, who is signed
    # in (S5), the attestation; the customer and its agreements once more (S6: what was written is read back).
    "02_invite": 9,
    "03_transfer": 2,
    # Two lists; an order of the source for each base (what it costs today); the offers; three billing profiles (region
    # and currency, M25); the log (M33); who is signed in; a cart and a checkout for each of two bases; each of three
    # target subscriptions by id; two lists to verify.
    "04_recreate": 2 + 2 + 1 + 3 + 1 + 1 + 4 + 3 + 2,
    # Two lists; the log; who is signed in; two PATCHes; before them each of three rows by id in both tenants (S1);
    # after them each of the two counterparts and each of the three rows; one list to verify (M13).
    "05_suspend": 2 + 1 + 1 + 2 + 6 + 5 + 1,
    "06_azure": 2,
    # Two lists, and the source's invoices: whether the final one is there (M17).
    "07_close": 3,
}
"""Calls that Fabrikam needs at least: two bases, one of them with an add-on, and an agreement to attest."""


def calls(world: World) -> dict[str, int]:
    """Return call -> how often it was made since the last look, and count from zero again."""
    found = {f"{row['method']} {row['route']} {row['tenant']}": row["count"] for row in world.control("GET", "calls")}
    world.control("DELETE", "calls")
    return found


@pytest.fixture
def counted(world: World) -> dict[str, dict[str, int]]:
    """Phase -> the calls that it made for Fabrikam, from the first look to the end."""
    world.prepare_all()
    world.accept(FABRIKAM)
    calls(world)
    found = {}
    for phase in CASE_PHASES:
        world.run(phase, FABRIKAM)
        found[phase] = calls(world)
        # 07_close waits for the final invoice of the month, and has read all that there is.
        assert world.outcome(phase, FABRIKAM).outcome in {"done", "not_applicable", "waiting"}, phase
    return found


def test_no_phase_asks_much_more_than_it_has_to(counted: dict[str, dict[str, int]]) -> None:
    """M37: each phase of a case stays within 1.2 times the fewest calls that the rules leave it."""
    made = {phase: sum(found.values()) for phase, found in counted.items()}
    over = {phase: counted[phase] for phase, count in made.items() if count > ALLOWED * LEAST[phase]}
    assert not over
    assert sum(made.values()) <= ALLOWED * sum(LEAST.values())


def test_a_run_with_nothing_to_do_asks_for_lists_alone(world: World) -> None:
    """M37: a case that is done is read by one list of each tenant when a phase of it is run once more."""
    world.ready_to_move(FABRIKAM)
    for phase in CASE_PHASES[2:]:
        world.run(phase, FABRIKAM)
    calls(world)
    world.run("03_transfer", FABRIKAM)
    assert set(calls(world).values()) == {1}
