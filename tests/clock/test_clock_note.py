"""Our computer's clock beside Partner Center's: a difference is said, and decides nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from world import FABRIKAM, World

from consolidation.clock import clock_note


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, ""),
        (300, ""),
        (-300, ""),
        (360, "6 minutes ahead of Partner Center's"),
        (-86_400, "1440 minutes behind Partner Center's"),
    ],
)
def test_more_than_five_minutes_are_said(seconds: int, words: str) -> None:
    """M12: a difference of more than five minutes is said with its direction; up to five minutes is none."""
    note = clock_note(timedelta(seconds=seconds))
    assert bool(note) is bool(words)
    assert words in "".join(map(repr, note))


def test_every_observation_says_it(world: World) -> None:
    """M12: whoever opens a case on a computer whose clock is wrong reads it above what was read from the tenants."""
    world.run("00_connect")
    now = world.control("GET", "clock")["now"]
    world.control("POST", "clock", {"advance_seconds": 86_400 * 2})
    assert world.control("GET", "clock")["now"] > now
    ran = world.run("01_prepare", FABRIKAM)
    assert any("minutes behind Partner Center's" in repr(shown) for shown in ran.shown)
    assert world.outcome("01_prepare", FABRIKAM).outcome == "done"
