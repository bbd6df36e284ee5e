"""What others change holds the plan that it touches, with who, what and when (M33, S6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import EUROPE, FABRIKAM, FRANCE, World, engagement_text

from consolidation.activity_log.foreign import touching
from consolidation.approvals import record_decision
from consolidation.plan import PlanRow, frozen_plan
from partner_center import Person
from partner_center.models import AuditRecord

READ_AT = datetime(2026, 2, 3, 12, tzinfo=UTC)
ROW = PlanRow("s-1", product="Office 365 E3", seats=10)


def ten_seats(world: World, tenant: str = FRANCE) -> dict[str, Any]:
    """Return Fabrikam's subscription with ten seats in a tenant."""
    return next(item for item in world.subscriptions(tenant, FABRIKAM).values() if item["quantity"] == 10)


def change_and_change_back(world: World, subscription: dict[str, Any], tenant: str = FRANCE) -> None:
    """Let eve set other seats in the portal and set them back, half a minute after what was done before."""
    world.control("POST", "clock", {"advance_seconds": 30})
    for seats in (subscription["quantity"] + 2, subscription["quantity"]):
        change = {"subscription": subscription["id"], "quantity": seats, "user": "eve@contoso.example"}
        world.portal(tenant, FABRIKAM, **change)


def suspended(world: World) -> list[dict[str, Any]]:
    """Return the API's suspensions."""
    return [write for write in world.writes("api") if (write["effect"] or {}).get("suspended")]


@pytest.fixture
def bought(world: World) -> World:
    """A world in which everything of Fabrikam stands in the target and nothing is suspended."""
    world.ready_to_move(FABRIKAM)
    world.run("04_recreate", FABRIKAM)
    return world


def test_a_change_that_was_undone_holds_the_suspension_once(bought: World) -> None:
    """S6, M33: who touched a row since the plan is named with tenant and time; a new approval is the way on."""
    change_and_change_back(bought, ten_seats(bought))
    bought.run("05_suspend", FABRIKAM)
    held = bought.outcome("05_suspend", FABRIKAM)
    assert held.outcome == "held"
    assert sum("eve@contoso.example changed" in reason and "contoso-france" in reason for reason in held.reasons) == 2
    assert "run 04_recreate again" in " ".join(held.reasons)
    assert not suspended(bought)
    drifted = bought.journal.last(bought.case(FABRIKAM).chain, "drifted", phase="04_recreate")
    assert drifted is not None
    assert {each["record"]["userPrincipalName"] for each in drifted.body["records"]} == {"eve@contoso.example"}
    again = bought.run("04_recreate", FABRIKAM)
    assert any("eve@contoso.example" in repr(shown) for shown in again.shown)  # whoever approves sees it
    bought.run("05_suspend", FABRIKAM)
    assert bought.outcome("05_suspend", FABRIKAM).outcome == "done"


def test_people_approve_again_what_somebody_touched(world: World) -> None:
    """S6, M28: where people approve, a change since the plan was read ends their approval before the first order."""
    policy = {"required": 1, "self_approval": True, "approvers": ["ana@contoso.example"]}
    world.ready_to_move(FABRIKAM)
    world.path.write_text(engagement_text(world.server, approvals=policy), encoding="utf-8")
    world.run("04_recreate", FABRIKAM)
    approve(world)
    change_and_change_back(world, ten_seats(world))
    world.run("04_recreate", FABRIKAM)
    held = world.outcome("04_recreate", FABRIKAM)
    assert held.outcome == "held"
    assert "eve@contoso.example" in " ".join(held.reasons)
    assert not [write for write in world.writes("api") if (write["effect"] or {}).get("cart")]
    approve(world)
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "done"


def approve(world: World) -> None:
    """Let Ana approve the newest plan of Fabrikam's cut-over."""
    plan = frozen_plan(world.journal, world.case(FABRIKAM), "04_recreate")
    assert plan is not None
    record_decision(world.journal, plan, Person("o-1", "ana@contoso.example", "Ana"), approved=True, how="command line")


def test_a_change_before_the_plan_is_part_of_it(world: World) -> None:
    """S6: what was changed before both tenants were read stands in the plan and holds nothing."""
    world.ready_to_move(FABRIKAM)
    change_and_change_back(world, ten_seats(world))
    world.control("POST", "clock", {"advance_seconds": 30})
    world.run("04_recreate", FABRIKAM)
    world.run("05_suspend", FABRIKAM)
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"


def test_who_changed_the_target_is_named_and_ends_no_approval(bought: World) -> None:
    """M11, M33: seats that are missing in the target hold with who took them; set again, the case goes on."""
    bought.control("POST", "clock", {"advance_seconds": 30})
    change = {"subscription": ten_seats(bought, EUROPE)["id"], "user": "mallory@contoso.example"}
    bought.portal(EUROPE, FABRIKAM, quantity=7, **change)
    bought.run("05_suspend", FABRIKAM)
    held = bought.outcome("05_suspend", FABRIKAM)
    assert held.outcome == "held"
    assert any("mallory@contoso.example" in reason and "contoso-europe" in reason for reason in held.reasons)
    bought.portal(EUROPE, FABRIKAM, quantity=10, **change)
    bought.run("05_suspend", FABRIKAM)
    assert bought.outcome("05_suspend", FABRIKAM).outcome == "done"


def test_a_log_that_cannot_be_read_stops_purchases_and_no_suspension(world: World) -> None:
    """S9, M12: nothing is bought while the log is silent; what stands in both tenants is suspended all the same."""
    world.ready_to_move(FABRIKAM)
    silent = {"method": "GET", "path": "/auditrecords", "times": 0, "kind": "business_error", "code": 800002}
    world.faults(silent)
    world.run("04_recreate", FABRIKAM)
    assert world.outcome("04_recreate", FABRIKAM).outcome == "failed"
    assert not [write for write in world.writes("api") if (write["effect"] or {}).get("cart")]
    world.faults()
    world.run("04_recreate", FABRIKAM)
    world.faults(silent)
    shown = world.run("05_suspend", FABRIKAM).shown
    assert any("activity log could not be read" in repr(part) for part in shown)
    assert world.outcome("05_suspend", FABRIKAM).outcome == "done"


def test_the_log_is_read_for_the_customer_alone(bought: World) -> None:
    """M37: the look at the log before the suspension is one list read of the source, for this customer's days."""
    bought.control("DELETE", "calls")
    bought.run("05_suspend", FABRIKAM)
    assert reads_of_the_log(bought) == {FRANCE: 1}
    bought.run("05_suspend", FABRIKAM)
    assert reads_of_the_log(bought) == {FRANCE: 1}  # nothing is left to do: nothing is asked


def reads_of_the_log(world: World) -> dict[str, int]:
    """Return tenant -> how often its activity log was read since the calls were last counted from zero."""
    calls = world.control("GET", "calls")
    return {call["tenant"]: call["count"] for call in calls if call["route"].endswith("/auditrecords")}


EVENTS = st.fixed_dictionaries(
    {
        "touches": st.booleans(),
        "kind": st.sampled_from(["update_subscription", "create_order", "update_transfer", "Create_Transfer"]),
        "seconds": st.none() | st.integers(-90, 90),
        "call": st.sampled_from([None, "C-1", "c-2"]),
        "printed": st.sampled_from(["customizedData", "resourceNewValue", "resourceOldValue"]),
    }
)


@given(events=st.lists(EVENTS, max_size=8))
def test_exactly_what_touches_a_row_after_it_was_read_holds(events: list[dict[str, Any]]) -> None:
    """S6, S7: a change holds when it names a row, is not ours, and came after the second of the reading or at none."""
    records = [(FRANCE, logged(number, event)) for number, event in enumerate(events)]
    found = [one.record for one in touching(records, {"s-1": ROW}, READ_AT, {"c-1"})]
    assert found == [
        f"r-{number}"
        for number, event in enumerate(events)
        if event["touches"]
        and not event["kind"].casefold().endswith("transfer")
        and event["call"] != "C-1"
        and (event["seconds"] is None or event["seconds"] >= 1)
    ]


def logged(number: int, event: dict[str, Any]) -> AuditRecord:
    """Return the record of an event as Microsoft prints it."""
    at = None if event["seconds"] is None else (READ_AT + timedelta(seconds=event["seconds"])).isoformat()
    name = "S-1" if event["touches"] else "S-2"
    whole = [{"key": "SubscriptionId", "value": name}] if event["printed"] == "customizedData" else f'{{"Id":"{name}"}}'
    return AuditRecord.model_validate(
        {
            "id": f"r-{number}",
            "operationType": event["kind"],
            "operationDate": at,
            "operationStatus": "succeeded",
            "originalCorrelationId": event["call"],
            event["printed"]: whole,
        }
    )
