"""The interlocks of what is retired or runs out: only what a person chose, and only what the plan says (S1, S2, S6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from offline import NOON, make_engagement, make_plan, make_row, make_subscription
from routes.looked_at import SEATS

from consolidation.endings.rows import RENEWAL_OFF
from consolidation.interlocks import renewal_may_be_switched_off, suspension_is_safe
from consolidation.plan import PlanRow
from partner_center.models import Subscription

SOON = timedelta(seconds=2)
WHY = {"chosen_by": "ana", "because": "nobody uses it"}


def retired(identifier: str, **fields: object) -> PlanRow:
    """Return the row of legacy seats that a person retired."""
    values = {"route": "retire", "details": WHY, "target_action": "none", "target_offer": "", "target_seats": 0}
    return make_row(identifier, **{**values, **fields})


def test_a_retired_row_needs_no_counterpart_and_no_other_row_gains_by_it() -> None:
    """S1: exactly the row that a person retired goes without a counterpart; an add-on that is kept holds its base."""
    base, addon = make_subscription("BASE"), make_subscription("ADD", parentSubscriptionId="BASE", quantity=4)

    def reasons(*rows: PlanRow) -> list[str]:
        return suspension_is_safe(rows, [base, addon][: len(rows)], [None] * len(rows), read_apart=SOON)

    assert reasons(retired("base")) == []
    assert reasons(retired("base"), retired("add", parent="base")) == []
    kept = make_row("add", parent="base", product="Extra")
    assert "Extra has no subscription of its own in the target (S1)" in reasons(retired("base"), kept)[0]
    by_hand = make_row("add", parent="base", product="Extra", route="manual")
    assert "never suspended by us" in reasons(retired("base"), by_hand)[0]
    assert "never suspended by us" in reasons(retired("base", details={}))[0]  # nobody said so
    assert "never suspended by us" in reasons(retired("base", details={**WHY, "because": ""}))[0]
    assert "never suspended by us" in reasons(retired("base", kind="new-commerce seats"))[0]


ENDING = make_row(
    "nce",
    kind="new-commerce seats",
    route="run_out",
    source_action=RENEWAL_OFF,
    target_action="none",
    target_offer="",
    target_seats=0,
    details={**WHY, "purchase_on": "2026-05-20", "owner": "ben", "term_ends": "2026-05-31"},
)
HELD = make_subscription("NCE", **SEATS)

RENEWALS: dict[str, tuple[PlanRow, Subscription, str]] = {
    "as approved": (ENDING, HELD, ""),
    "a route of another kind": (make_row("nce", route="transfer"), HELD, "that it ends was not approved (S6)"),
    "an action of another kind": (make_row("nce", route="run_out"), HELD, "that it ends was not approved (S6)"),
    "a row that is not the plan's": (make_row("other", route="transfer"), HELD, "was not approved (S6)"),
    "legacy seats": (
        retired("nce", source_action=RENEWAL_OFF),
        HELD,
        "is legacy seats: only new commerce ends with its term (S4)",
    ),
    "another subscription": (ENDING, make_subscription("OTHER", **SEATS), "another subscription was read"),
    "a suspended one": (ENDING, make_subscription("NCE", **SEATS, status="suspended"), "is suspended in the source"),
    "other seats": (ENDING, make_subscription("NCE", **SEATS, quantity=9), "10 seats were approved"),
    "a term that is over": (
        ENDING,
        make_subscription("NCE", **{**SEATS, "commitmentEndDate": "2026-02-02T00:00:00Z"}),
        "its renewal may be running",
    ),
}


@pytest.mark.parametrize("name", RENEWALS)
def test_renewal_is_switched_off_as_approved(name: str, tmp_path: object) -> None:
    """S2, S4, S6: only seats of new commerce that the approved plan lets end, as they were approved, in their term."""
    row, source, words = RENEWALS[name]
    plan = make_plan(make_engagement(tmp_path), row)  # type: ignore[arg-type]
    reasons = renewal_may_be_switched_off(plan, row, source, now=NOON, read_apart=SOON)
    assert bool(reasons) is bool(words)
    assert not words or words in reasons[0], reasons
    other = make_plan(make_engagement(tmp_path), make_row("nce"))  # type: ignore[arg-type]
    assert renewal_may_be_switched_off(other, row, source, now=NOON, read_apart=SOON)
    late = renewal_may_be_switched_off(plan, row, source, now=NOON, read_apart=timedelta(seconds=61))
    assert late
