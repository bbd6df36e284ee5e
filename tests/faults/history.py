"""What happened in a scenario, as the simulator saw it: acts, each with the state before and after and its writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from partner_center_simulator.commerce import subscriptions
from partner_center_simulator.simulator import Simulator

Write = dict[str, Any]
"""One entry of the simulator's log of writes."""

CaseKey = tuple[str, str]
"""A case: short name of the source tenant, customer tenant id in lower case."""


@dataclass(frozen=True)
class Held:
    """One subscription at one moment.

    Attributes:
        tenant: Short name of the partner tenant.
        customer: Customer tenant id.
        resource: What the API shows of it, links aside.
        visible: False while its order is still being provisioned.
    """

    tenant: str
    customer: str
    resource: dict[str, Any]
    visible: bool

    @property
    def identifier(self) -> str:
        """The id in lower case."""
        return str(self.resource["id"]).lower()

    @property
    def offer(self) -> str:
        """The offer in lower case."""
        return str(self.resource["offerId"]).lower()


@dataclass(frozen=True)
class Moment:
    """The state of all tenants at one moment.

    Attributes:
        at: The simulator's clock, UTC.
        held: Every subscription of every customer in every partner tenant.
        carts: Cart id -> cart with its lines.
        reads: Partner tenants (short names) -> how often their organisation profile was read so far.
    """

    at: datetime
    held: tuple[Held, ...]
    carts: dict[str, dict[str, Any]]
    reads: dict[str, int]

    def of(self, tenant: str, customer: str) -> list[Held]:
        """Return what a customer holds through one partner tenant."""
        return [one for one in self.held if one.tenant == tenant and one.customer == customer]


@dataclass(frozen=True)
class Shown:
    """The rows that a notebook showed.

    Attributes:
        both_sides: (tenant, subscription id) of the table of both sides, None when it was not shown.
        plan: Subscription ids of the plan, None when there was none or it was not made from what was just read.
        workbook: Subscription ids in the Excel file that it wrote, None when it wrote none.
    """

    both_sides: tuple[tuple[str, str], ...] | None = None
    plan: tuple[str, ...] | None = None
    workbook: tuple[str, ...] | None = None


OUTSIDE, SOMEBODY_LOOKED, CHOSEN = "outside", "somebody looked", "somebody chose {}"
"""Acts that are no notebook: what others did in the tenants, a person's word on the orders of a case, or a route."""


@dataclass(frozen=True)
class Act:
    """One thing that somebody did.

    Attributes:
        phase: The notebook that the operator ran, `OUTSIDE`, or `SOMEBODY_LOOKED`.
        case: Its case; None for an engagement's notebook and for what others did.
        before: The state when it began.
        after: The state when it had ended.
        writes: What was written meanwhile, in order.
        outcome: How the notebook ended; empty for what others did.
        shown: Rows that it showed.
    """

    phase: str
    case: CaseKey | None
    before: Moment
    after: Moment
    writes: tuple[Write, ...] = ()
    outcome: str = ""
    shown: Shown = Shown()

    @property
    def ours(self) -> list[Write]:
        """The writes that came through the API: nobody but the tool uses it."""
        return [write for write in self.writes if write["actor"] == "api"]


@dataclass(frozen=True)
class Approval:
    """What stands in the journal behind one request id.

    Attributes:
        rows: Rows of the plan, as frozen.
        announced: Keys of the rows that the effect was announced for.
        approvers: Who had approved it, and not taken it back, when the effect was announced; the applier left out
            where their approval does not count.
        rejected: Whether somebody had rejected it.
        ended: Whether drift or a newer plan had ended it before the effect was announced.
    """

    rows: tuple[dict[str, Any], ...]
    announced: frozenset[str]
    approvers: frozenset[str]
    rejected: bool
    ended: bool


@dataclass
class History:
    """All acts of a scenario so far.

    Attributes:
        target: Short name of the target tenant.
        tenants: Short name -> tenant id, of all partner tenants of the engagement.
        cases: Every case of the engagement.
        required: How many approvals a plan needs.
        acts: Oldest first.
        approvals: (case, MS-RequestId) -> what the journal knows of it; absent when it was never announced.
    """

    target: str
    tenants: dict[str, str]
    cases: tuple[CaseKey, ...]
    required: int = 1
    acts: list[Act] = field(default_factory=list)
    approvals: dict[tuple[CaseKey, str], Approval] = field(default_factory=dict)

    @property
    def last(self) -> Act:
        """The newest act."""
        return self.acts[-1]

    def our_writes(self) -> Iterator[tuple[Act, Write]]:
        """Yield every write of ours with its act, oldest first."""
        for act in self.acts:
            for write in act.ours:
                yield act, write

    def noteworthy(self) -> set[str]:
        """Say in a few words what happened, for the statistics: they show whether scenarios reach what they are for."""
        words: set[str] = set()
        for act in self.acts:
            effects = {name for write in act.ours for name in write["effect"] or {}}
            words |= {f"the tool {name}" for name in effects}
            words |= {
                f"others {name}" for write in act.writes if write not in act.ours for name in write["effect"] or {}
            }
            struck = any(write["status"] is None or write["status"] >= 400 for write in act.ours)
            words |= {"a write was struck or refused"} if struck else set()
            words |= {f"{act.phase} ended {act.outcome}"} if act.outcome else set()
            words |= {act.phase} if act.phase.startswith(CHOSEN.format("")) else set()
        return words

    def ever_held(self, tenant: str, customer: str) -> dict[str, Held]:
        """Return everything that a customer ever held through a partner tenant, by id."""
        moments = [moment for act in self.acts for moment in (act.before, act.after)]
        return {one.identifier: one for moment in moments for one in moment.of(tenant, customer)}


def moment(simulator: Simulator) -> Moment:
    """Read the state of a simulator; what it hands out is never changed in place, so it need not be copied."""
    state = simulator.state
    held, carts = [], {}
    for partner in state.partners():
        tenant, name = partner["tenant"], partner["name"]
        for scope, found in state.documents.scopes("subscription").items():
            if scope.startswith(f"{tenant}/"):
                customer = scope.removeprefix(f"{tenant}/")
                held += [
                    Held(name, customer, one["resource"], subscriptions.is_provisioned(state, one))
                    for one in found.values()
                ]
        for scope, kept in state.documents.scopes("cart").items():
            if scope.startswith(f"{tenant}/"):
                carts |= {identifier: one["cart"] for identifier, one in kept.items()}
    reads = {
        str(row["tenant"]): int(str(row["count"]))
        for row in simulator.calls.rows()
        if str(row["route"]).endswith("profiles/organization")
    }
    return Moment(state.clock.now(), tuple(held), carts, reads)


def instant(text: str) -> datetime:
    """Read a time of the log of writes."""
    return datetime.fromisoformat(text).astimezone(UTC)
