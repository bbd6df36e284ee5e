"""The activity log against the journal, both ways (M33)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import make_case_name
from world import EUROPE, FABRIKAM, FRANCE, World

from consolidation.activity_log.keeping import keep_log
from consolidation.activity_log.matching import Comparison, Effect, compare
from consolidation.desk import compare_with_journal
from consolidation.evidence.archive import Archive
from consolidation.session import open_engagement
from partner_center.models import AuditRecord

CASE = make_case_name()
AT = datetime(2026, 2, 3, 12, tzinfo=UTC)


def compared(world: World) -> Comparison:
    """Keep the log and compare it with the journal."""
    keep_log(world.engagement, world.journal, world.clients, Archive(world.engagement.archive_folder))
    return compare_with_journal(open_engagement(str(world.path), "91_activity_log"), None)


def test_every_change_of_ours_is_found_by_its_correlation_id(world: World) -> None:
    """M33: after a whole move each attestation, checkout and suspension is found in Microsoft's log by its id."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    world.run("05_suspend", FABRIKAM)
    found = compared(world)
    assert {match.effect.action for match in found.matches} == {"attest_agreement", "checkout", "suspend"}
    assert {match.how for match in found.matches} == {"correlation id"}
    foreign = {record.operation_type for _, record in found.foreign}
    assert foreign == {"add_customer"}  # the customer's own acceptance


@pytest.mark.parametrize("kind", ["drop_after", "error_500_after", "throttle_429"])
def test_a_repeated_call_is_found_as_well(world: World, kind: str) -> None:
    """M33: a call whose answer was lost or that was throttled has several ids, and is still found once."""
    world.ready_to_move(FABRIKAM)
    world.faults({"method": "POST", "path": "checkout", "kind": kind})
    world.run("04_recreate", FABRIKAM)
    world.faults()
    world.run("04_recreate", FABRIKAM)
    found = compared(world)
    assert found.missing == ()
    assert not [record for _, record in found.foreign if record.operation_type == "create_order"]


def test_what_somebody_else_changed_is_shown_with_who_did_it(world: World) -> None:
    """M33: a change by hand in either portal is foreign, and the log names the person."""
    world.ready_to_move(FABRIKAM)
    source = next(item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10)
    world.portal(FRANCE, FABRIKAM, subscription=source["id"], quantity=12, user="eve@contoso.example")
    world.portal(EUROPE, FABRIKAM, offer=source["offerId"], quantity=3, user="mallory@contoso.example")
    found = compared(world)
    users = {(tenant, record.user_principal_name) for tenant, record in found.foreign}
    assert {(FRANCE, "eve@contoso.example"), (EUROPE, "mallory@contoso.example")} <= users
    shown = world.run("91_activity_log", date_from="", date_to="", customer="").shown
    assert any("eve@contoso.example" in repr(part) for part in shown)


def test_a_change_that_the_log_does_not_show_is_named(world: World) -> None:
    """M33: an effect of ours that Microsoft's log lacks is shown as missing, not passed over."""
    world.ready_to_move(FABRIKAM)
    effect = Effect(world.case(FABRIKAM), "suspend", AT, frozenset({"c-1"}), frozenset({"s-1"}), settled=True)
    found = compare([effect], [], {effect.case.customer})
    assert found.missing == (found.matches[0],)


def record(**fields: object) -> AuditRecord:
    """Return a record of the log as Microsoft prints it."""
    printed = {
        "id": "r-1",
        "customerId": CASE.customer.upper(),
        "operationType": "update_subscription",
        "operationDate": AT.isoformat(),
        "operationStatus": "succeeded",
        "customizedData": [{"key": "SubscriptionId", "value": "S-1"}],
        **fields,
    }
    return AuditRecord.model_validate(printed)


OURS = Effect(CASE, "suspend", AT, frozenset({"c-1"}), frozenset({"s-1"}), settled=True)


@pytest.mark.parametrize(
    ("fields", "how"),
    [
        ({"originalCorrelationId": "C-1", "customizedData": []}, "correlation id"),
        ({}, "fields"),
        ({"customizedData": [], "resourceNewValue": '{"Id":"S-1"}'}, "fields"),
        ({"originalCorrelationId": "c-2"}, ""),
        ({"operationType": "create_order"}, ""),
        ({"operationDate": (AT + timedelta(minutes=16)).isoformat()}, ""),
        ({"customizedData": [{"key": "SubscriptionId", "value": "S-2"}]}, ""),
        ({"customerId": "other"}, ""),
        ({"operationStatus": "failed"}, ""),
    ],
)
def test_what_makes_a_record_ours(fields: dict[str, object], how: str) -> None:
    """M33: the correlation id decides; without one customer, operation, time and an id of ours must all fit."""
    found = compare([OURS], [(FRANCE, record(**fields))], {CASE.customer})
    assert found.matches[0].how == how


@given(
    own=st.lists(st.integers(0, 6), max_size=6),
    logged=st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), max_size=10),
)
def test_effects_and_records_are_each_in_one_place(own: list[int], logged: list[tuple[int, bool, bool]]) -> None:
    """M33, S8: every effect is in exactly one match, every change in one match or foreign, reads in neither."""
    effects = [replace(OURS, correlation_ids=frozenset({f"c-{place}"}), ids=frozenset({f"s-{place}"})) for place in own]
    records = [
        (
            FRANCE,
            record(
                id=f"r-{number}",
                originalCorrelationId=f"c-{place}" if by_id else None,
                operationType="update_subscription" if change else "get_software_key",
                customizedData=[{"key": "SubscriptionId", "value": f"s-{place}"}],
            ),
        )
        for number, (place, by_id, change) in enumerate(logged)
    ]
    found = compare(effects, records, {CASE.customer})
    assert [match.effect for match in found.matches] == effects
    placed = [each.id for match in found.matches for _, each in match.records] + [each.id for _, each in found.foreign]
    assert sorted(placed) == sorted(f"r-{number}" for number, (_, _, change) in enumerate(logged) if change)
