"""Making a plan: reuse the frozen one, or freeze a new one. Never while an intention is open.

Drift ends an approval and makes the new plan in one step: whoever looks next sees what changed and the rows to approve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from consolidation.activity_log.foreign import ForeignChange
from consolidation.approvals import decision_on
from consolidation.case import Case
from consolidation.choices import route_chosen_since
from consolidation.drift import drift
from consolidation.errors import Held
from consolidation.inventory import Snapshot
from consolidation.journal import Journal
from consolidation.plan import Plan, freeze, frozen_plan


def frozen_or_new(
    case: Case,
    source: Snapshot,
    target: Snapshot,
    build: Callable[[], Plan],
    outdated: Callable[[Plan], tuple[str, ...]] = lambda _plan: (),
) -> Plan:
    """Return the plan of this phase: the frozen one while it still fits, else a new one.

    Args:
        case: The case and its phase.
        source: What the source says now.
        target: What the target says now.
        build: Computes a plan from what was just read.
        outdated: Says what, beside drift, makes the frozen plan one that can no longer be applied.

    Where drift ended an approval, `case.drifted` says what changed: the new plan is shown with it, and nothing approves
    it by itself in this execution.

    Raises:
        Held: An effect of this customer is open: what it did is not known yet.
    """
    frozen = frozen_plan(case.journal, case.name, case.phase)
    if frozen is not None:
        if case.journal.open_intentions(case.chain):
            return frozen
        changes = (*drift(case.engagement, case.journal, frozen, source, target), *outdated(frozen))
        if not changes and not frozen.problems and not route_chosen_since(case.journal, frozen):
            return frozen
        if changes and decision_on(case.engagement, case.journal, frozen).by:
            record_drift(case, frozen, changes)
        if changes and _ended(case, frozen):
            case.drifted = changes
    _require_settled(case)
    new = build()
    # A plan that is the same once more needs no new entry, and keeps its approval.
    return frozen if frozen is not None and _same(frozen, new) else freeze(case.journal, new)


def changes_before(journal: Journal, plan: Plan) -> tuple[str, ...]:
    """Return what changed since the last approval, as long as the plan that came of it waits for its own.

    Args:
        journal: Holds plans and drift.
        plan: The newest frozen plan of its phase.
    """
    changes: tuple[str, ...] = ()
    for entry in journal.entries(plan.case.chain, kinds={"planned", "drifted", "decided"}, phase=plan.phase):
        if entry.kind == "drifted":
            changes = tuple(entry.body["changes"])
        elif entry.kind == "decided" and entry.body["approved"]:
            changes = ()
    return changes


def _require_settled(case: Case) -> None:
    """Make no plan while an intention is open, in the customer's cases under other sources too: they share a target."""
    for chain in case.journal.every.of_customer(case.customer):
        for intention in case.journal.open_intentions(chain):
            phase = intention.entry.phase
            raise Held([f"The answer to {intention.action} of {chain} is unknown: run its {phase} first (S3)."])


def _same(frozen: Plan, new: Plan) -> bool:
    """Tell whether a new plan says what the frozen one says, in what is approved and in what stops it from being so.

    The digest does not cover what a person has to pick, what stops the plan, or what stood in the target: a frozen
    plan with a problem that is solved, or blind to what appeared in the target since, would hold its case for ever.
    """
    picks = [[row.candidates for row in plan.rows] for plan in (frozen, new)]
    return (
        frozen.digest == new.digest
        and frozen.problems == new.problems
        and picks[0] == picks[1]
        and set(frozen.target_seen) == set(new.target_seen)
    )


def record_drift(case: Case, plan: Plan, changes: tuple[str, ...], foreign: Sequence[ForeignChange] = ()) -> None:
    """End the approval of a plan because something changed since; a record of the log does so once."""
    body: dict[str, object] = {"digest": plan.digest, "plan": plan.number, "changes": list(changes)}
    if foreign:
        body["records"] = [{"id": one.record, "record": one.received} for one in foreign]
    case.journal.append(case.chain, "drifted", body, phase=plan.phase)


def hold_for_drift(
    case: Case,
    plan: Plan,
    changes: tuple[str, ...],
    build: Callable[[], Plan] | None = None,
    foreign: Sequence[ForeignChange] = (),
) -> None:
    """End the approval of a plan because of drift, make the new plan where that can be done here, and hold the case.

    Args:
        case: The case.
        plan: The approved plan.
        changes: What changed since, as both tenants show it.
        build: Computes the new plan; None where another phase makes it.
        foreign: What others did to its rows since, as the log shows it.

    Raises:
        Held: Always; the reasons name what changed, who did it where the log says so, and the digest to approve.
    """
    changes = (*changes, *(one.sentence for one in foreign))
    record_drift(case, plan, changes, foreign)
    ended = f"The approval of plan {plan.digest[:12]} ended (S6)"
    if build is None:
        raise Held([*changes, f"{ended}: run {plan.phase} again for a new plan."])
    new = freeze(case.journal, build())
    raise Held(waiting_for_approval(case, new, changes))


def waiting_for_approval(case: Case, plan: Plan, changes: tuple[str, ...]) -> tuple[str, ...]:
    """Say what a plan lacks that took the place of an approved one: what changed stands first (S6)."""
    lacking = decision_on(case.engagement, case.journal, plan).lacking
    if not changes:
        return lacking
    if case.engagement.approvals.automatic and not plan.problems:
        lacking = (f"Plan {plan.digest[:12]} is new: the next run approves it by itself (loopback).",)
    return (*changes, "The approval ended with that (S6): look at the rows as they are now.", *lacking)


def _ended(case: Case, plan: Plan) -> bool:
    """Tell whether drift has ended this plan's approval already."""
    return bool(case.journal.entries(case.chain, after=plan.number, kinds={"drifted"}, phase=plan.phase))
