"""The faults of the grid, and how each strikes one call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

API = "/v1/"

SIMULATED = {
    "answer-lost": {"kind": "drop_after"},
    "error-before": {"kind": "error_500_before"},
    "error-after": {"kind": "error_500_after"},
    "throttled": {"kind": "throttle_429", "retry_after": 0},
    "token-expired": {"kind": "token_expired"},
}
"""Faults that the simulator itself makes, by their rule; see its `control.faults`."""

EXTENTS = ("once", "call", "line")
"""How long a fault lasts: this once; whenever this very call is made; from here on whatever is called. The latter two
end with the run, so that the run fails and another one has to go on."""

AT_ONE_POINT = (
    "killed-before",
    "killed-after",
    "lease-lost",
    "disk-full-before",
    "disk-full-after",
)
"""Faults that strike once by their nature."""

DATABASE_GONE = ("database-gone-before", "database-gone-after")
"""Faults of a journal on PostgreSQL."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        kind: What happens.
        extent: One of `EXTENTS`; empty for what strikes once by its nature.
    """

    kind: str
    extent: str = ""

    @property
    def name(self) -> str:
        """Kind and extent, as they stand in the id of a point."""
        return f"{self.kind}.{self.extent}" if self.extent else self.kind


FAULTS = (
    *(Fault(kind, extent) for kind in ("refused", *SIMULATED) for extent in EXTENTS),
    *(Fault(kind) for kind in AT_ONE_POINT),
)


UNANSWERED = (Fault("answer-lost", "line"), Fault("killed-after"), Fault("killed-before"))
"""After these a run does not know whether its write took effect, and the next one settles it."""

AT_THE_REPEAT = (
    *(Fault(kind, "call") for kind in ("refused", *SIMULATED)),
    *(Fault(kind) for kind in ("killed-before", "killed-after", "lease-lost")),
)
"""What strikes the next run when it sends an unanswered write once more."""


def named(name: str) -> Fault:
    """Return the fault of a name."""
    kind, _, extent = name.partition(".")
    return Fault(kind, extent)


def applies(fault: Fault, method: str, path: str) -> bool:
    """Tell whether a fault can strike a call.

    What needs no token at all cannot meet an expired one, and a read has no effect that a lasting error could come
    after: that is the error before it once more.
    """
    if fault.kind == "token-expired" and not path.startswith(API):
        return method != "GET"
    return not (fault.kind == "error-after" and fault.extent != "once" and method == "GET")


def rules(fault: Fault, method: str, path: str) -> list[dict[str, Any]]:
    """Return the simulator's rules for a fault that it makes itself, set just before the struck call is sent."""
    if fault.extent == "line":
        return [{**_rule(fault, place), "times": 0} for place in ("api", "sign_in")]
    at = "api" if path.startswith(API) else "sign_in"
    times = 0 if fault.extent == "call" else 1
    return [{**_rule(fault, at), "method": method, "path": f"^{re.escape(path)}$", "times": times}]


def _rule(fault: Fault, at: str) -> dict[str, Any]:
    # Where somebody signs in, what has expired is the sign-in itself.
    if fault.kind == "token-expired" and at == "sign_in":
        return {"kind": "mfa_required"}
    return {**SIMULATED[fault.kind], "at": at}
