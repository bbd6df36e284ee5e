"""01_prepare: every subscription and seat count of the source is known and kept before anything else (M2, M5)."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from consolidation.approvals import Decision
from consolidation.case import Case
from consolidation.choices import chosen_routes, rows_of
from consolidation.display import Box, Showable
from consolidation.exports import workbook_bytes
from consolidation.inventory import Snapshot, baseline
from consolidation.journal.entries import canonical_json
from consolidation.outcomes import Outcome
from consolidation.phases.phase import Phase, Progress, both_sides, observe_both_sides, observed
from consolidation.plan import Plan, plan_header
from consolidation.tables import counted
from consolidation.workbooks import subscriptions_table


class Prepare(Phase):
    """Record what the source holds, with the route each row will take; writes to neither tenant."""

    name: ClassVar[str] = "01_prepare"

    def observe(self, case: Case) -> Showable:
        """Read and keep both sides; the newest record from before the first effect is the one compared with later."""
        return observe_both_sides(case)

    def plan(self, case: Case) -> Plan:
        """Show each row with its kind and route; nothing is approved here."""
        source, _ = observed(case)
        rows = tuple(rows_of(case.journal, case.chain, source))
        return Plan(self.name, case.name, plan_header(case.engagement, case.name), rows)

    def apply(self, case: Case, plan: Plan, decision: Decision, progress: Progress) -> None:  # noqa: ARG002 - nothing is decided here
        """Write the subscriptions to an Excel file in the archive (M19)."""
        source, _ = observed(case)
        chosen = chosen_routes(case.journal, case.chain)
        content = workbook_bytes(
            [("Subscriptions", subscriptions_table(case.name, source, chosen))],
            title=f"Subscriptions of {case.name.company} under {case.name.source}",
            subject=f"As read at {source.read_at:%Y-%m-%d %H:%M} UTC",
            created=source.read_at,
        )
        name = f"subscriptions-{source.read_at:%Y%m%dT%H%M%SZ}.xlsx"
        path = case.archive.write_beside(case.folder / "exports" / name, content)
        progress(f"Wrote {len(plan.rows)} subscriptions to {path.name} in the archive.")

    def verify(self, case: Case) -> Showable:
        """Compare rows read with rows kept: rows in = rows out (S8)."""
        record = baseline(case.journal, case.chain)
        source, _ = observed(case)
        kept = record[0] if record else None
        if kept is None or kept.by_id().keys() != source.by_id().keys():
            return Box("note", "The record from before the first effect stays what later phases compare with.")
        seats = sum(item.quantity or 0 for item in kept.subscriptions)
        return Box(
            "done",
            f"{counted(len(kept.subscriptions), 'subscription')} with {counted(seats, 'seat')} read and kept.",
            table=both_sides(case),
            details={"Digest of the record": snapshot_digest(kept)},
        )

    def outcome(self, case: Case) -> Outcome:
        """Done when a record is kept."""
        record = baseline(case.journal, case.chain)
        if record is None:
            return Outcome(self.name, "failed", ("No record of the source is kept: run 01_prepare again.",))
        count = len(record[0].subscriptions)
        return Outcome(
            self.name,
            "done",
            (f"{counted(count, 'subscription')} recorded, digest {snapshot_digest(record[0])[:12]}.",),
        )


def snapshot_digest(snapshot: Snapshot) -> str:
    """Return the SHA-256 over a record's bodies as received, independent of their order."""
    bodies = sorted(canonical_json(item.received) for item in snapshot.subscriptions)
    return hashlib.sha256("\n".join(bodies).encode()).hexdigest()
