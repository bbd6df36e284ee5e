"""The interlock of an acceptance: each reason why a transfer is not accepted, one by one (S2, S4, S6)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from offline import CUSTOMER, EUROPE, FRANCE, NOON, TENANTS, make_engagement, make_plan, make_row, make_subscription

from consolidation.interlocks import transfer_may_be_accepted
from consolidation.plan import Plan
from partner_center.models import Transfer

ROW = make_row(route="transfer", kind="new-commerce seats", target_action="request transfer")
PENDING = {
    "id": "t1",
    "status": "Pending",
    "sourcePartnerTenantId": TENANTS[FRANCE],
    "targetPartnerTenantId": TENANTS[EUROPE].upper(),
    "customerTenantId": CUSTOMER,
    "expirationTime": "2026-03-05T12:00:00Z",
}


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """An approved plan with the one row."""
    return make_plan(make_engagement(tmp_path), ROW)


def reasons(plan: Plan, *, seconds: float = 1, rows: tuple[object, ...] = (ROW,), **changes: object) -> list[str]:
    """Return why the row is not accepted, with these changes to the transfer or to the subscription."""
    transfer = Transfer.model_validate(PENDING | {key: value for key, value in changes.items() if key in PENDING})
    fields = {key: value for key, value in changes.items() if key not in PENDING}
    source = make_subscription(fields.pop("subscription", "AAAA0001"), **{**fields, **_status(changes)})
    return transfer_may_be_accepted(
        plan, rows, [source] * len(rows), transfer, now=NOON, read_apart=timedelta(seconds=seconds)
    )


def _status(changes: dict[str, object]) -> dict[str, object]:
    return {"status": changes["held"]} if "held" in changes else {}


def test_the_approved_row_in_our_own_request_is_accepted(plan: Plan) -> None:
    """S6: as approved, active and pending, nothing stands in the way."""
    assert reasons(plan) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seconds": 61}, "60 seconds"),
        ({"status": "InProgress"}, "not pending"),
        ({"expirationTime": "2026-02-03T11:59:59Z"}, "expired"),
        ({"sourcePartnerTenantId": TENANTS[EUROPE]}, "S4"),
        ({"targetPartnerTenantId": TENANTS[FRANCE]}, "S4"),
        ({"customerTenantId": None}, "S4"),
        ({"held": "suspended"}, "S2"),
        ({"held": "quarantined"}, "S2"),
        ({"quantity": 11}, "S6"),
        ({"quantity": None}, "S6"),
        ({"subscription": "BBBB0002"}, "S6"),
        ({"rows": (make_row(route="transfer", seats=10, product="Another"),)}, "S6"),
        ({"rows": (make_row(route="recreate"),)}, "S6"),
        ({"rows": (ROW,) * 26}, "26 subscriptions"),
    ],
)
def test_what_was_not_approved_or_cannot_move_is_not_accepted(
    plan: Plan, change: dict[str, object], words: str
) -> None:
    """S2, S4, S6: another request, another row, other seats, or a row that is not active is never accepted."""
    found = reasons(plan, **change)  # type: ignore[arg-type]
    assert any(words in reason for reason in found), found
