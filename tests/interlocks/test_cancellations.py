"""The interlocks of a replacement inside the window: what may be bought again, and what may be cancelled (S1, M23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from offline import NOON, make_engagement, make_plan, make_row, make_subscription
from routes.looked_at import SEATS

from consolidation.interlocks import cancellation_is_safe, windows_are_open
from consolidation.plan import PlanRow
from consolidation.replacing.rows import CANCEL
from partner_center.models import Subscription

SOON = timedelta(seconds=2)
WINDOW = {"cancellationAllowedUntilDate": (NOON + timedelta(hours=2)).isoformat()}
ROW = make_row(
    "nce",
    kind="new-commerce seats",
    route="replace_in_window",
    source_action=CANCEL,
    allowed=("transfer", "run_out"),
    details={"chosen_by": "ana", "because": "it was just bought"},
)
HELD = make_subscription("NCE", **{**SEATS, **WINDOW})
TARGET = make_subscription("NEW", **{**SEATS, "quantity": HELD.quantity})

CANCELLATIONS: dict[str, tuple[PlanRow, Subscription, Subscription | None, str]] = {
    "as approved": (ROW, HELD, TARGET, ""),
    "another route": (replace(ROW, route="transfer"), HELD, TARGET, "that it is cancelled was not approved (S6)"),
    "another action": (replace(ROW, source_action="suspend"), HELD, TARGET, "was not approved (S6)"),
    "legacy seats": (replace(ROW, kind="legacy seats"), HELD, TARGET, "it is never cancelled by us (S2)"),
    "another subscription": (ROW, make_subscription("OTHER", **SEATS), TARGET, "another subscription was read"),
    "suspended": (ROW, make_subscription("NCE", **{**SEATS, **WINDOW, "status": "suspended"}), TARGET, "(S7)"),
    "other seats": (ROW, make_subscription("NCE", **{**SEATS, **WINDOW, "quantity": 1}), TARGET, "has 1 now (S6)"),
    "no counterpart": (ROW, HELD, None, "has no subscription of its own in the target (S1)"),
    "a suspended counterpart": (ROW, HELD, make_subscription("NEW", status="suspended"), "not active (S1)"),
    "fewer seats": (ROW, HELD, make_subscription("NEW", **{**SEATS, "quantity": 1}), "the target has 1 seats"),
}


def reasons(
    folder: Path,
    row: PlanRow,
    source: Subscription,
    counterpart: Subscription | None,
    *,
    later: timedelta = timedelta(0),
    apart: timedelta = SOON,
) -> list[str]:
    """Return why the row may not be cancelled at noon, or later."""
    seats = source.quantity if row is ROW and source is HELD else row.seats
    row = replace(row, seats=seats or 0)
    plan = make_plan(make_engagement(folder), row)
    return cancellation_is_safe(plan, row, source, counterpart, now=NOON + later, read_apart=apart)


@pytest.mark.parametrize("case", CANCELLATIONS)
def test_only_what_stands_in_the_target_is_cancelled(tmp_path: Path, case: str) -> None:
    """S1, S2, S6: exactly the approved seats, and only beside an active target subscription with as many."""
    row, source, counterpart, expected = CANCELLATIONS[case]
    found = reasons(tmp_path, row, source, counterpart)
    assert bool(found) == bool(expected)
    assert expected in " ".join(found)


def test_nothing_is_cancelled_at_the_edge_of_the_window_or_after_it(tmp_path: Path) -> None:
    """M23: five minutes before the end by Partner Center's clock it stops, and says what that costs."""
    assert reasons(tmp_path, ROW, HELD, TARGET, later=timedelta(minutes=115)) == []
    (late,) = reasons(tmp_path, ROW, HELD, TARGET, later=timedelta(minutes=116))
    assert "both tenants bill its seats until its term ends. Choose run_out" in late
    assert "60 seconds" in " ".join(reasons(tmp_path, ROW, HELD, TARGET, apart=timedelta(seconds=61)))


def test_nothing_is_bought_again_in_the_last_hour_of_the_window(tmp_path: Path) -> None:
    """M23: what could not be cancelled in time is not bought; what is claimed already is not asked again."""
    plan = make_plan(make_engagement(tmp_path), ROW)
    assert windows_are_open(plan, {}, {"nce": HELD}, NOON + timedelta(hours=1)) == []
    (late,) = windows_are_open(plan, {}, {"nce": HELD}, NOON + timedelta(minutes=61))
    assert "nothing was bought. Choose another route: transfer, run_out." in late
    assert windows_are_open(plan, {"nce": "new"}, {"nce": HELD}, NOON + timedelta(hours=3)) == []
