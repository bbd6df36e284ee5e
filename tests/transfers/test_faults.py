"""What goes wrong on the wire between request and read-back ends once, as if nothing had gone wrong (M29, S3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mixed_world import SEATS, Mixed
from world import FRANCE, VANARSDEL

from consolidation.case import Case
from consolidation.journal import Intention
from consolidation.transfers import sending
from partner_center import Call

REQUEST = {"method": "POST", "path": "/transfers$"}
ACCEPTANCE = {"method": "PATCH", "path": "/transfers/"}


def walk_to_the_end(world: Mixed) -> None:
    """Run the phase until it is done, at most three rounds, and look that everything happened once."""
    for _ in range(3):
        if world.walk().outcome == "done":
            break
    assert world.outcome("03_transfer", VANARSDEL).outcome == "done"
    (transfer,) = world.transfers()
    assert [line["quantity"] for line in transfer["lineItems"]] in ([8, 15], [15, 8])
    accepted = [write for write in world.writes("api") if "transfer_accepted" in (write["effect"] or {})]
    assert len(accepted) == 1
    chain = world.case(VANARSDEL).chain
    assert len(world.journal.claims(chain)) == len(SEATS)
    assert world.journal.open_intentions(chain) == []
    world.journal.check(chain)


@pytest.fixture
def quick(seats: Mixed) -> Mixed:
    """The customer's seats; Microsoft completes a transfer at once."""
    seats.control("POST", "settings", {"transfer_seconds": 0})
    return seats


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_500_before", "error_500_after"])
@pytest.mark.parametrize("call", [REQUEST, ACCEPTANCE], ids=["request", "acceptance"])
def test_a_call_without_answer_takes_effect_once(quick: Mixed, call: dict[str, object], kind: str) -> None:
    """S3: whether the effect was there or not, reading settles it: what took effect is never even sent again."""
    quick.control("DELETE", "calls")
    quick.faults({**call, "kind": kind})
    walk_to_the_end(quick)
    counted = [row for row in quick.control("GET", "calls") if row["method"] == call["method"]]
    sent = sum(row["count"] for row in counted if "transfers" in row["route"])
    assert sent == 1 if kind.endswith("after") else sent in {1, 2}


@pytest.mark.parametrize("call", ["_send_request", "_send_acceptance"])
@pytest.mark.parametrize("effect", [True, False], ids=["after the effect", "before sending"])
def test_a_run_that_dies_at_the_call_is_settled_by_the_next(
    quick: Mixed, monkeypatch: pytest.MonkeyPatch, call: str, effect: bool
) -> None:
    """M29: killed between intention and answer, the next run reads first and ends where it would have ended."""
    real = sending.perform

    def dies(_case: Case, _intention: Intention, call: Call, send: Callable[[Call], object], _: object) -> None:
        if effect:
            send(call)
        raise KeyboardInterrupt

    def only_there(*arguments: object) -> None:
        with monkeypatch.context() as dying:
            dying.setattr(sending, "perform", dies)
            sent(*arguments)

    sent = getattr(sending, call)
    with monkeypatch.context() as dying:
        dying.setattr(sending, call, only_there)
        with pytest.raises(KeyboardInterrupt):
            quick.walk()
    assert sending.perform is real
    assert len(quick.journal.open_intentions(quick.case(VANARSDEL).chain)) == 1
    walk_to_the_end(quick)


def test_a_refused_acceptance_is_handed_to_a_person(quick: Mixed) -> None:
    """M24: where Microsoft does not take the body that it does not document, a person accepts the same rows by hand."""
    quick.faults({**ACCEPTANCE, "kind": "business_error", "code": 800002})
    held = quick.walk()
    assert held.outcome == "held"
    assert any(f"In the portal of {FRANCE}" in reason for reason in held.reasons)
    quick.accept_by_hand(*SEATS)
    assert quick.walk().outcome == "done"


def test_a_refused_request_says_why_and_stops_no_other(mixed: Mixed) -> None:
    """M24: what Microsoft refuses is said in words, and the other request goes on."""
    mixed.faults({**REQUEST, "kind": "business_error", "code": 900400})
    held = mixed.walk()
    assert held.outcome == "held"
    assert any("900400" in reason for reason in held.reasons)
    assert [each["targetProductTypes"] for each in mixed.transfers()] == [["AzureReservation", "AzureSubscription"]]
    assert mixed.walk().outcome == "waiting"
    assert len(mixed.transfers()) == 2
