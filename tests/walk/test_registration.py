"""The API registration check of 00_connect."""

from __future__ import annotations

from pathlib import Path

from world import EUROPE, FABRIKAM, FRANCE, World

from consolidation.outcomes import latest_outcome


def connect(world: World) -> tuple[str, str]:
    """Run 00_connect and return its outcome with all it showed."""
    ended = world.run("00_connect")
    outcome = latest_outcome(world.journal, "engagement", "00_connect")
    assert outcome is not None
    return outcome.outcome, "\n".join(map(repr, ended.shown))


def change(path: Path, **values: str) -> None:
    """Replace lines of a credentials file; an empty value takes the line away."""
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if line.split("=")[0] not in values]
    path.write_text("\n".join([*kept, *(f"{key}={value}" for key, value in values.items() if value)]), encoding="utf-8")


def test_what_works_is_shown_for_every_tenant(world: World) -> None:
    """M20: with everything granted the check names each tenant and each thing that was tried, and ends done."""
    outcome, shown = connect(world)
    assert outcome == "done"
    assert shown.count("works") == 11  # three things in each source, five in the target
    assert "not tried: the target has no customer yet" in shown


def test_carts_are_tried_without_writing_once_the_target_has_a_customer(world: World) -> None:
    """M20: the cart permission is seen without making a cart."""
    world.ready_to_move(FABRIKAM)
    before = len(world.writes("api"))
    outcome, shown = connect(world)
    assert outcome == "done"
    assert "not tried" not in shown
    assert len(world.writes("api")) == before


def test_an_application_without_a_user_is_told_what_it_lacks(world: World) -> None:
    """M20: a target without a refresh token is held, with how to grant what is missing, step by step."""
    change(world.server.home / f"{EUROPE}.env", REFRESH_TOKEN="")
    outcome, shown = connect(world)
    assert outcome == "held"
    assert "Give this tenant a refresh token of a user" in shown
    assert not world.writes("api")


def test_a_refused_sign_in_names_the_tenant_and_the_next_step(world: World) -> None:
    """M20: a wrong client secret holds with the tenant's name, Microsoft's words and the next step."""
    change(world.server.home / f"{FRANCE}.env", CLIENT_SECRET="wrong")
    outcome, shown = connect(world)
    assert outcome == "held"
    assert f"{FRANCE} cannot sign in" in shown
    assert "Make a new client secret in the app registration" in shown
