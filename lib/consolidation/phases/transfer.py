"""03_transfer: what goes from partner to partner, shown row by row and held (M23, M24)."""

from __future__ import annotations

from typing import ClassVar

from consolidation.case import Case
from consolidation.choices import rows_of
from consolidation.display import Box, Showable
from consolidation.outcomes import Outcome
from consolidation.phases.phase import Phase, both_sides, observe_both_sides, observed
from consolidation.plan import Plan, PlanRow, plan_header
from consolidation.tables import counted

ROUTES = ("transfer", "azure_transfer")


class Transfer(Phase):
    """Show new-commerce seats and Azure plans; they are never suspended, and never bought twice (S2)."""

    name: ClassVar[str] = "03_transfer"

    def observe(self, case: Case) -> Showable:
        """Read and keep both sides."""
        return observe_both_sides(case)

    def plan(self, case: Case) -> Plan:
        """Show the rows that would go this way."""
        return Plan(self.name, case.name, plan_header(case.engagement, case.name), self._rows(case))

    def _rows(self, case: Case) -> tuple[PlanRow, ...]:
        source, _ = observed(case)
        return tuple(row for row in rows_of(case.journal, case.chain, source) if row.route in ROUTES)

    def verify(self, case: Case) -> Showable:
        """Show both sides as read."""
        rows = self._rows(case)
        if not rows:
            return Box("not_applicable", "Nothing of this customer is transferred.")
        return Box("held", f"By transfer: {counted(len(rows), 'subscription')}.", table=both_sides(case))

    def outcome(self, case: Case) -> Outcome:
        """Hold while something is to be transferred; the runbook does not request transfers yet."""
        rows = self._rows(case)
        if not rows:
            return Outcome(self.name, "not_applicable", ("Nothing of this customer is transferred.",))
        names = ", ".join(sorted({row.product for row in rows}))
        return Outcome(
            self.name,
            "held",
            (
                f"{counted(len(rows), 'subscription')} to be transferred, never suspended (S2): {names}. Request the "
                "transfer in the target's portal, let the source accept it, then run 03_transfer again.",
            ),
        )
