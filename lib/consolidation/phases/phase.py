"""What every per-customer notebook has in common: observe, plan, apply, verify, and an outcome."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from consolidation.approvals import Decision
from consolidation.case import Case
from consolidation.display import Box, Page, Showable
from consolidation.inventory import Snapshot, bases_before_addons, product_name, read_snapshot, record_snapshots
from consolidation.outcomes import Outcome
from consolidation.plan import Plan, plan_header
from consolidation.routes import kind_of
from consolidation.tables import Column, Table

Progress = Callable[[str], None]


class Phase(ABC):
    """One step of the runbook for one case. It can run again at any time: what is already so is left alone."""

    name: ClassVar[str]

    @abstractmethod
    def observe(self, case: Case) -> Showable:
        """Read what Partner Center says and keep it in the journal."""

    def plan(self, case: Case) -> Plan:
        """Return the frozen rows of this phase; a phase that changes nothing has no rows."""
        return Plan(self.name, case.name, plan_header(case.engagement, case.name), ())

    def in_money(self, case: Case, plan: Plan) -> Showable | None:  # noqa: ARG002 - for phases whose plan costs something
        """Return what the plan comes to, shown beside its rows and not approved with them; None when it is nothing."""
        return None

    def apply(  # noqa: B027 - a phase that changes nothing leaves it so
        self, case: Case, plan: Plan, decision: Decision, progress: Progress
    ) -> None:
        """Carry the plan out, row by row, intention before effect."""

    @abstractmethod
    def verify(self, case: Case) -> Showable:
        """Read back what is so now."""

    def hand_over(self, case: Case) -> Showable:  # noqa: ARG002 - a phase without a text needs no case
        """Write what people outside need from this phase into the archive, and show it."""
        return Box("not_applicable", "Nobody outside needs a text from this step.")

    @abstractmethod
    def outcome(self, case: Case) -> Outcome:
        """Say how the phase ends, from what was read back."""


def kept_text(case: Case, name: str, text: str, title: str) -> Showable:
    """Write a text for people outside into the case's exports, once while it is the same, and show it."""
    kept = case.folder / "exports" / name
    if not kept.exists() or kept.read_text(encoding="utf-8") != text:
        kept = case.archive.write_beside(kept, text)
    return Page(
        Box("note", title, details={"File": kept.relative_to(case.archive.root).as_posix()}), *text.splitlines()
    )


def observe_both_sides(case: Case) -> Showable:
    """Read both tenants, keep the bodies as received, and show them."""
    source = read_snapshot(case.source, case.customer, "source")
    target = read_snapshot(case.target, case.customer, "target")
    record_snapshots(case.journal, case.chain, (source, target), phase=case.phase)
    case.source_snapshot, case.target_snapshot = source, target
    return both_sides(case)


def both_sides(case: Case) -> Table:
    """Show what was read last from source and target, every subscription of each once (S8)."""
    source, target = observed(case)
    rows = [*_rows(source, case.name.source), *_rows(target, case.engagement.target.name)]
    relationship = "" if target.related else "; the target has no relationship with this customer yet"
    return Table(
        columns=(
            Column("product", "Product"),
            Column("tenant", "Tenant"),
            Column("seats", "Seats", "number"),
            Column("status", "Status"),
            Column("kind", "Kind"),
            Column("end", "Term ends", "date"),
            Column("id", "Subscription id"),
        ),
        rows=tuple(rows),
        caption=f"{case.name.company}: as read at {source.read_at:%Y-%m-%d %H:%M} UTC{relationship}",
        indent="addon",
        empty="No subscriptions in either tenant.",
    )


def _rows(snapshot: Snapshot, tenant: str) -> list[dict[str, object]]:
    return [
        {
            "tenant": tenant,
            "product": product_name(item),
            "seats": item.quantity,
            "status": item.status,
            "kind": kind_of(item),
            "end": item.commitment_end_date,
            "id": item.id,
            "addon": bool(item.parent_subscription_id),
        }
        for item in bases_before_addons(snapshot.subscriptions)
    ]


def observed(case: Case) -> tuple[Snapshot, Snapshot]:
    """Return what this execution has read; reads it now when no cell did."""
    if case.source_snapshot is None or case.target_snapshot is None:
        observe_both_sides(case)
    assert case.source_snapshot is not None  # noqa: S101 - observe_both_sides sets both
    assert case.target_snapshot is not None  # noqa: S101
    return case.source_snapshot, case.target_snapshot
