"""The interlocks can be read as a table, and the table is true."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

from consolidation import interlocks

ROOMS = Path(interlocks.__file__).parent.parent
CALLED_FROM = {
    "ready_for_writes": {
        "buying.py",
        "endings/switching.py",
        "phases/invite.py",
        "phases/recreate.py",
        "phases/suspend.py",
        "replacing/cancelling.py",
        "suspension.py",
    },
    "cancellation_is_safe": {"replacing/cancelling.py"},
    "windows_are_open": {"phases/recreate.py"},
    "renewal_may_be_switched_off": {"endings/switching.py"},
    "approved_as_shown": {"phases/invite.py", "phases/recreate.py", "phases/suspend.py"},
    "cut_over_may_start": {"phases/recreate.py"},
    "cart_as_approved": {"buying.py"},
    "routes_as_planned": {"phases/recreate.py", "phases/transfer.py"},
    "suspension_is_safe": {"suspension.py"},
    "transfer_may_be_accepted": {"transfers/sending.py"},
}


def test_the_table_names_every_interlock_and_its_rules() -> None:
    """S1 to S15: each function that gives reasons not to write stands in the table with the rules that it names."""
    rows = re.findall(r"^\| ([MS0-9, ]+) \| `(\w+)` \|", inspect.getdoc(interlocks) or "", re.MULTILINE)
    tabled = {name: set(rules.split(", ")) for rules, name in rows}
    found = {
        name: set(re.findall(r"\b[MS]\d+\b", (inspect.getdoc(function) or "").splitlines()[0]))
        for name, function in inspect.getmembers(interlocks, inspect.isfunction)
        if function.__module__.startswith(interlocks.__name__)
        if inspect.signature(function).return_annotation == "list[str]"
        if not name.startswith("_")
    }
    assert tabled == found


def test_each_interlock_is_asked_where_it_is_needed() -> None:
    """S1 to S15: no interlock is asked in fewer rooms than before; a room that stops asking shows here."""
    asked: dict[str, set[str]] = {name: set() for name in CALLED_FROM}
    for file in ROOMS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asked:
                asked[node.func.attr].add(file.relative_to(ROOMS).as_posix())
    assert all(asked[name] >= rooms for name, rooms in CALLED_FROM.items()), asked
