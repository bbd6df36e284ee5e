"""The plans that wait for an approval, over all cases: one by one, or those together that do the same (M27, M28)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from consolidation.approvals import Decision, decision_on
from consolidation.engagement import Engagement
from consolidation.journal import Journal
from consolidation.outcomes import FINISHED
from consolidation.plan import Plan, frozen_plan
from consolidation.population import CaseName, read_cases, recorded_population
from consolidation.tables import Column, Table

APPROVED_PHASES = ("04_recreate", "03_transfer", "02_invite")
"""Phases whose plans somebody approves; the cut-over first, for its UTC day is counted."""


@dataclass(frozen=True)
class WaitingPlan:
    """A frozen plan that needs more approvals, and what it has by now."""

    plan: Plan
    decision: Decision

    @property
    def likeness(self) -> tuple[object, ...]:
        """What two plans have in common that do the same: phase, and of each row all but whose it is and how many.

        Details are compared too: who accepted an agreement, on which day, or why a person chose a route.
        """
        rows = sorted(
            (row.product, row.kind, row.status, row.route or "", row.target_action, row.source_action, row.target_offer,
             row.term_to_buy, row.billing_cycle_to_buy, row.target_term_end, row.price_ceiling, bool(row.parent),
             tuple(sorted(row.details.items())))
            for row in self.plan.rows
        )  # fmt: skip
        return (self.plan.phase, self.plan.notes, *rows)


def waiting_plans(engagement: Engagement, journal: Journal) -> tuple[WaitingPlan, ...]:
    """Return every plan that waits for an approval: neither rejected, nor held by a problem, nor carried out."""
    population = recorded_population(journal)
    found: dict[tuple[str, CaseName], WaitingPlan] = {}
    for case, read in read_cases(journal, population):
        for phase in APPROVED_PHASES:
            plan = frozen_plan(read, case, phase)
            if plan is None or plan.problems or not plan.needs_approval or _has_ended(read, plan):
                continue
            decision = decision_on(engagement, read, plan)
            if not decision.approved and not _is_rejected(read, plan):
                found[phase, case] = WaitingPlan(plan, decision)
    return tuple(found[phase, case] for phase in APPROVED_PHASES for case in population if (phase, case) in found)


def _has_ended(journal: Journal, plan: Plan) -> bool:
    ended = journal.last(plan.case.chain, "outcome", phase=plan.phase)
    return ended is not None and ended.number > plan.number and ended.body["outcome"] in FINISHED


def _is_rejected(journal: Journal, plan: Plan) -> bool:
    decided = journal.entries(plan.case.chain, after=plan.number, kinds={"decided"}, phase=plan.phase)
    newest = {entry.body["by"]["object_id"]: entry for entry in decided if entry.body["digest"] == plan.digest}
    return any(not entry.body["approved"] for entry in newest.values())


def alike(waiting: Sequence[WaitingPlan]) -> tuple[tuple[WaitingPlan, ...], ...]:
    """Return the plans in groups that do the same with other seats, in the order of the first of each."""
    groups: dict[tuple[object, ...], list[WaitingPlan]] = defaultdict(list)
    for each in waiting:
        groups[each.likeness].append(each)
    return tuple(tuple(group) for group in groups.values())


def queue_table(waiting: Sequence[WaitingPlan], *, summed: bool = False) -> Table:
    """Show each waiting plan once: whose, what it buys and takes away, who approved, and which do the same.

    Args:
        waiting: The plans.
        summed: Whether their rows and seats are added up, for those that are decided on together.
    """
    number = {each.likeness: place for place, each in reversed([*enumerate((g[0] for g in alike(waiting)), start=1)])}
    return Table(
        columns=(
            Column("company", "Customer"),
            Column("source", "From"),
            Column("phase", "Phase"),
            Column("rows", "Rows", "number"),
            Column("bought", "Seats in the target", "number"),
            Column("given", "Seats in the source", "number"),
            Column("by", "Approved by"),
            Column("alike", "Alike", "number"),
            Column("digest", "Digest"),
        ),
        rows=tuple(
            {
                "company": each.plan.case.company or each.plan.case.domain,
                "source": each.plan.case.source,
                "phase": each.plan.phase,
                "rows": len(each.plan.rows),
                "bought": sum(row.target_seats for row in each.plan.rows),
                "given": sum(row.seats for row in each.plan.rows if row.source_action != "none"),
                "by": each.decision.by or "nobody yet",
                "alike": number[each.likeness],
                "digest": each.plan.digest[:12],
            }
            for each in waiting
        ),
        total=("rows", "bought", "given") if summed else (),
        caption="Plans that wait for an approval; those with the same number under Alike do the same with other seats",
        empty="No plan waits for an approval.",
    )
