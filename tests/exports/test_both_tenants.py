"""Source and target side by side in the workbook: what differs is said, and what was not read is not claimed (M10)."""

from __future__ import annotations

from typing import Any

import pytest
from offline import make_case_name, make_subscription, snapshot

from consolidation.workbooks import CaseRecord, both_tenants_table

NONE_OF_ITS_OWN = {"claims": {}}
COMPARED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the same": ({}, {}, "same seats, active"),
    "other seats": ({"quantity": 7}, {}, "7 seats instead of 10"),
    "suspended there": ({"status": "suspended"}, {}, "suspended instead of active"),
    "not bought": ({}, NONE_OF_ITS_OWN, "nothing stands for it; route recreate"),
    "bought and not read": ({"id": "OTHER"}, {}, "set up, not read since"),
}


@pytest.mark.parametrize("kind", COMPARED)
def test_each_row_says_how_it_stands(kind: str) -> None:
    """M10, M31: a row is called the same only when its own counterpart was read active with the same seats."""
    target, record, words = dict(COMPARED[kind][0]), *COMPARED[kind][1:]
    read = snapshot("source", make_subscription("BASE"))
    there = snapshot("target", make_subscription(**{"identifier": target.pop("id", "T1"), **target}))
    values: dict[str, Any] = {"claims": {"base": "t1"}, **record}
    (row,) = both_tenants_table([CaseRecord(make_case_name(), read, read, there, **values)]).rows
    assert row["result"] == words


def test_what_left_the_source_is_said() -> None:
    """S8: a subscription that the source lists no longer keeps its row."""
    read, now = snapshot("source", make_subscription("BASE")), snapshot("source")
    (row,) = both_tenants_table([CaseRecord(make_case_name(), read, now, snapshot("target"))]).rows
    assert (row["source"], row["before"], row["after"]) == ("no longer listed", 10, 0)
