"""What an approver reads before the click: which tenant, how many rows and seats, what it costs, what stays (M27)."""

from __future__ import annotations

from pathlib import Path

import pytest
from offline import EUROPE, FRANCE, make_engagement, make_plan, make_row

from consolidation.consequences import consequence_box, consequence_table, is_irreversible
from consolidation.engagement import Engagement


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement on loopback."""
    return make_engagement(tmp_path)


def test_rows_seats_and_money_of_each_action(engagement: Engagement) -> None:
    """M27, S8: each action in each tenant is one line: its rows, seats before and after, and the approved ceiling."""
    plan = make_plan(
        engagement,
        make_row("base", price_ceiling="12.30 EUR"),
        make_row("add", parent="base", source_action="goes with its base", price_ceiling="2.00 EUR"),
        make_row("free", seats=3, target_seats=3),
        make_row("here", target_action="adopt", target_seats=0, adopted="t"),
        make_row("gone", target_action="none", source_action="none", target_seats=0, route="leave"),
    )
    rows = consequence_table(plan, EUROPE).rows
    shown = [tuple(str(value).replace("\N{NO-BREAK SPACE}", " ") for value in list(row.values())[:6]) for row in rows]
    assert shown == [
        (f"{EUROPE} (target)", "buy", "3", "0", "23", "+23 more"),
        (f"{EUROPE} (target)", "adopt", "1", "10", "10", "0, the same"),
        (f"{FRANCE} (source)", "suspend", "3", "23", "0", "\N{MINUS SIGN}23 fewer"),
        (f"{FRANCE} (source)", "goes with its base", "1", "10", "0", "\N{MINUS SIGN}10 fewer"),
    ]
    assert rows[0]["money"] == "at most 143.00 EUR monthly, unknown for 1 row"
    assert rows[0]["undo"] == "no: the runbook never cancels an order"
    assert plan.digest in consequence_box(plan, EUROPE)._repr_html_()


@pytest.mark.parametrize(
    ("target", "source", "irreversible"),
    [
        ("order", "none", True),
        ("attest", "none", True),
        ("adopt", "suspend", True),
        ("none", "accept transfer", True),
        ("none", "an action of a later version", True),
        ("adopt", "none", False),
        ("withdraw request", "none", False),
        ("none", "none", False),
    ],
)
def test_what_this_tool_cannot_take_back(
    engagement: Engagement, target: str, source: str, *, irreversible: bool
) -> None:
    """M27: a plan is irreversible when one of its actions is; what nobody knows counts as such (S7)."""
    assert is_irreversible(make_plan(engagement, make_row(target_action=target, source_action=source))) is irreversible
