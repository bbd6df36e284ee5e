"""Making a plan: reuse the frozen one, hold on drift, or freeze a new one. Never while an intention is open."""

from __future__ import annotations

from collections.abc import Callable

from consolidation.approvals import decision_on
from consolidation.case import Case
from consolidation.choices import route_chosen_since
from consolidation.drift import drift
from consolidation.errors import Held
from consolidation.inventory import Snapshot
from consolidation.plan import Plan, freeze, frozen_plan


def frozen_or_new(case: Case, source: Snapshot, target: Snapshot, build: Callable[[], Plan]) -> Plan:
    """Return the plan of this phase: the frozen one while it still fits, else a new one.

    Args:
        case: The case and its phase.
        source: What the source says now.
        target: What the target says now.
        build: Computes a plan from what was just read.

    Raises:
        Held: The frozen plan was approved and something changed since; the reasons name rows and fields (S6). Or an
            effect of this customer is open: what it did is not known yet.
    """
    frozen = frozen_plan(case.journal, case.name, case.phase)
    if frozen is not None:
        if case.journal.open_intentions(case.chain):
            return frozen
        changes = drift(case.engagement, case.journal, frozen, source, target)
        if not changes and not frozen.problems and not route_chosen_since(case.journal, frozen):
            return frozen
        if changes and decision_on(case.engagement, case.journal, frozen).by and not _ended(case, frozen):
            hold_for_drift(case, frozen, changes)
    _require_settled(case)
    new = build()
    # A plan that is the same once more needs no new entry, and keeps its approval.
    return frozen if frozen is not None and _same(frozen, new) else freeze(case.journal, new)


def _require_settled(case: Case) -> None:
    """Make no plan while an intention is open, in the customer's cases under other sources too: they share a target."""
    for chain in case.journal.chains_of(case.customer):
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


def hold_for_drift(case: Case, plan: Plan, changes: tuple[str, ...]) -> None:
    """End the approval of a plan because of drift and hold the case.

    Raises:
        Held: Always; the reasons name what changed.
    """
    body = {"digest": plan.digest, "plan": plan.number, "changes": list(changes)}
    case.journal.append(case.chain, "drifted", body, phase=plan.phase)
    raise Held(
        [*changes, f"The approval of plan {plan.digest[:12]} ended (S6): run {plan.phase} again for a new plan."]
    )


def _ended(case: Case, plan: Plan) -> bool:
    """Tell whether drift has ended this plan's approval already."""
    return bool(case.journal.entries(case.chain, after=plan.number, kinds={"drifted"}, phase=plan.phase))
