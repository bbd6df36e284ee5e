"""The runbook's verbs: everything a notebook imports, and nothing else.

The names are loaded when they are first used, so that `consolidate status` does not pay for pandas.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

# nbformat brings jsonschema along, which builds a grammar of internationalised addresses while it is imported: three
# seconds in every process, for a check that no notebook asks for. It does without where there is no such module.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

if TYPE_CHECKING:
    from consolidation.confirming import confirm
    from consolidation.desk import (
        show_activity_log,
        show_azure_hand_over,
        show_cases,
        show_held,
        show_progress,
        show_waiting,
    )
    from consolidation.session import open_case, open_engagement
    from consolidation.steps import (
        apply,
        approve,
        check_registration,
        choose,
        hand_over,
        list_customers,
        make_plan,
        observe,
        seal,
        verify,
        write_invitation,
    )

_ROOMS = {
    "session": ("open_case", "open_engagement"),
    "confirming": ("confirm",),
    "steps": (
        "apply",
        "approve",
        "check_registration",
        "choose",
        "hand_over",
        "list_customers",
        "make_plan",
        "observe",
        "seal",
        "verify",
        "write_invitation",
    ),
    "desk": (
        "show_activity_log",
        "show_azure_hand_over",
        "show_cases",
        "show_held",
        "show_progress",
        "show_waiting",
    ),
}

__all__ = [
    "apply",
    "approve",
    "check_registration",
    "choose",
    "confirm",
    "hand_over",
    "list_customers",
    "make_plan",
    "observe",
    "open_case",
    "open_engagement",
    "seal",
    "show_activity_log",
    "show_azure_hand_over",
    "show_cases",
    "show_held",
    "show_progress",
    "show_waiting",
    "verify",
    "write_invitation",
]


def __getattr__(name: str) -> object:
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"consolidation.{room}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
