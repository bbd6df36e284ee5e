"""Usage-based Azure by Microsoft's support: the dossier of a wave and the clock that runs from the hand-over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import ALPINE, EUROPE, FABRIKAM, NORTHWIND, TENANTS, World, engagement_text

from consolidation.azure_support import SIGNATURES, contact_due, late_sentence
from consolidation.confirmations import record_confirmation
from consolidation.desk import azure_dossiers
from consolidation.session import open_engagement

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=730)).map(lambda since: BEGINNING + since)


@pytest.mark.parametrize(
    ("notified", "due"),
    [
        ("2026-02-03T09:00", "2026-02-03T17:00"),  # a Tuesday morning: the same day
        ("2026-02-03T13:00", "2026-02-04T13:00"),
        ("2026-02-06T16:00", "2026-02-09T16:00"),  # a Friday: the weekend does not count
        ("2026-02-07T12:00", "2026-02-09T17:00"),  # a Saturday counts from Monday
        ("2026-02-03T22:00", "2026-02-04T17:00"),
    ],
)
def test_microsoft_has_eight_business_hours(notified: str, due: str) -> None:
    """M15: support is to get in touch within eight business hours, Monday to Friday, 09:00 to 17:00 UTC."""
    assert contact_due(datetime.fromisoformat(f"{notified}+00:00")) == datetime.fromisoformat(f"{due}+00:00")


@given(notified=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=5)))
def test_the_clock_never_ends_outside_business_hours_nor_early(notified: datetime, later: timedelta) -> None:
    """M15: the end lies on a weekday in office hours, at least eight hours on, and never sooner for a later notice."""
    due = contact_due(notified)
    assert due.weekday() < 5
    assert 9 <= due.hour <= 17  # whose business hours is not said: ours are 09:00 to 17:00 UTC
    assert due - notified >= timedelta(hours=8)
    assert contact_due(notified + later) >= due


def in_waves(world: World, waves: dict[str, str]) -> None:
    """Let the engagement name its customers with their waves."""
    lines = [f"{customer},{wave},it@{customer}" for customer, wave in waves.items()]
    text = "\n".join(["customer,wave,contact_email", *lines])
    (world.path.parent / "waves.csv").write_text(text, encoding="utf-8")
    world.path.write_text(engagement_text(world.server, customers="waves.csv"), encoding="utf-8")


def found(world: World) -> Any:
    """Return the dossiers as the portfolio's notebook would show them."""
    return azure_dossiers(open_engagement(str(world.path), "90_portfolio"))


def test_a_dossier_names_who_has_accepted_and_nobody_else(world: World) -> None:
    """M15: the text of a wave holds company, contact, tenants, Azure ids and signatures, of accepted customers only."""
    in_waves(world, {NORTHWIND: "March", FABRIKAM: "March", ALPINE: "April"})
    world.prepare_all()
    (before,) = found(world).values()
    assert (before.wave, before.text) == ("March", "")
    assert [case.name.domain for case in before.not_ready] == [NORTHWIND]
    world.accept(NORTHWIND)
    world.run("02_invite", NORTHWIND)
    ((name, dossier),) = found(world).items()
    assert name == "azure-support-March.txt"
    assert dossier.not_ready == ()
    azure = next(item for item in world.subscriptions("contoso-france", NORTHWIND).values() if item["entitlementId"])
    for words in (
        "Northwind Traders",
        f"it@{NORTHWIND}",
        world.case(NORTHWIND).customer,
        TENANTS["contoso-france"],
        TENANTS["contoso-europe"],
        azure["entitlementId"],
        *SIGNATURES,
    ):
        assert words in dossier.text
    assert "Fabrikam" not in dossier.text


def test_support_moves_what_the_dossier_names(world: World) -> None:
    """M15, M31: the text as written is enough for support; the case is done when both tenants show the move."""
    world.ready_to_move(NORTHWIND)
    (dossier,) = found(world).values()
    record_confirmation(world.journal, world.case(NORTHWIND).chain, "microsoft_notified", by="ana", how="notebook")
    world.run("06_azure", NORTHWIND)
    assert world.outcome("06_azure", NORTHWIND).waiting_on == "Microsoft"
    assert world.control("POST", "azure-support", {"text": dossier.text})
    world.run("06_azure", NORTHWIND)
    assert world.outcome("06_azure", NORTHWIND).outcome == "done"


def test_azure_that_was_moved_and_then_suspended_in_the_target_is_without_service(world: World) -> None:
    """M14, M15: it runs in neither tenant: held with what to do, not a wait for Microsoft; reactivated, it is done."""
    world.ready_to_move(NORTHWIND)
    (dossier,) = found(world).values()
    record_confirmation(world.journal, world.case(NORTHWIND).chain, "microsoft_notified", by="ana", how="notebook")
    world.control("POST", "azure-support", {"text": dossier.text})
    (azure,) = [each for each in world.subscriptions(EUROPE, NORTHWIND).values() if each["billingType"] == "usage"]
    world.portal(EUROPE, NORTHWIND, subscription=azure["id"], status="suspended")
    world.run("06_azure", NORTHWIND)
    held = world.outcome("06_azure", NORTHWIND)
    assert held.outcome == "held"
    assert held.reasons[0].startswith("CUSTOMER WITHOUT SERVICE: ")
    assert "is suspended in the source and suspended in the target" in held.reasons[0]
    world.portal(EUROPE, NORTHWIND, subscription=azure["id"], status="active")
    world.run("06_azure", NORTHWIND)
    assert world.outcome("06_azure", NORTHWIND).outcome == "done"


def test_two_waves_never_share_a_file(world: World) -> None:
    """S11: waves whose names differ only in signs that no file name can hold get a file each."""
    in_waves(world, {NORTHWIND: "March/1", FABRIKAM: "x"})
    world.prepare_all()
    first, second = (SimpleNamespace(wave=wave) for wave in ("March/1", "March:1"))
    from consolidation import desk

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(desk, "dossiers", lambda _cases: [first, second])
        assert list(found(world)) == ["azure-support-March-1.txt", "azure-support-March-1-again.txt"]


def test_lateness_says_whom_to_ask_and_what_to_quote(world: World) -> None:
    """M15: when Microsoft's time is over the outcome names the ticket and the next step, and not a minute before."""
    world.ready_to_move(NORTHWIND)
    chain = world.case(NORTHWIND).chain
    entry = record_confirmation(world.journal, chain, "microsoft_notified", by="ana", how="notebook", ticket="T-7")
    due = contact_due(datetime.fromisoformat(entry.at))
    assert late_sentence(entry, due) == ""
    assert "ticket T-7" in late_sentence(entry, due + timedelta(seconds=1))
    world.control("POST", "clock", {"advance_seconds": 6 * 86400})
    world.run("06_azure", NORTHWIND)
    late = world.outcome("06_azure", NORTHWIND)
    assert late.waiting_on == "Microsoft"
    assert any("ticket T-7" in reason for reason in late.reasons)
