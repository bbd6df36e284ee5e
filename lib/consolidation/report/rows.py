"""How each subscription of a source ended, in words: every row once (S8, M30)."""

from __future__ import annotations

from dataclasses import dataclass

from consolidation.choices import chosen_routes
from consolidation.inventory import ACTIVE, baseline, last_observed
from consolidation.journal import Journal
from consolidation.population import CaseName
from consolidation.rows import subscription_rows
from consolidation.tables import Column, Table
from consolidation.transfers.record import transferred_rows


@dataclass(frozen=True)
class EndedRow:
    """One subscription of the source, as it was recorded and as it was seen last.

    Attributes:
        product: Name shown.
        seats: When it was recorded.
        route: The route, or `undecided`.
        target: Target subscription that stands for it, or empty.
        before: Status when it was recorded.
        now: Status when the source was read last; `not listed` when it is gone from the list.
        addon: Whether it stands under a base.
        reason: Why this route.
    """

    product: str
    seats: int
    route: str
    target: str
    before: str
    now: str
    addon: bool
    reason: str

    @property
    def is_open(self) -> bool:
        """Whether it is still active in the source although its route says that it leaves."""
        return self.now.casefold() == ACTIVE and self.route != "leave"

    @property
    def words(self) -> str:
        """How it ended, in one sentence."""
        if self.route == "leave":
            return f"Left with the source ({self.now})."
        if self.is_open:
            return "OPEN: still active in the source."
        there = "not listed in the source any more" if self.now == "not listed" else f"{self.now} in the source"
        if self.target:
            return f"Stands in the target; {there}."
        return f"Ended without a counterpart in the target: {there}."


def ended_rows(journal: Journal, case: CaseName) -> list[EndedRow]:
    """Return every subscription that was recorded, and every one that appeared since, once.

    Args:
        journal: Holds record, claims and what was read last.
        case: Whose; one that was never prepared has no rows.
    """
    record, last = baseline(journal, case.chain), last_observed(journal, case.chain)
    if record is None or last is None:
        return []
    claims = {**journal.claims(case.chain), **transferred_rows(journal, case.chain)}
    chosen = chosen_routes(journal, case.chain)
    now = last.by_id()
    recorded = subscription_rows(record[0], chosen)
    known = {row.subscription for row in recorded}
    appeared = [row for row in subscription_rows(last, chosen) if row.subscription not in known]
    return [
        EndedRow(
            row.product,
            row.seats,
            row.route or "undecided",
            claims.get(row.subscription, ""),
            row.status if row.subscription in known else "added later",
            now[row.subscription].status if row.subscription in now else "not listed",
            bool(row.parent),
            row.reason,
        )
        for row in [*recorded, *appeared]
    ]


def ended_table(rows: list[EndedRow], company: str) -> Table:
    """Show how every row ended."""
    return Table(
        columns=(
            Column("product", "Product"),
            Column("seats", "Seats", "number"),
            Column("before", "When recorded"),
            Column("route", "Route"),
            Column("words", "How it ended"),
            Column("target", "Stands in the target as"),
        ),
        rows=tuple(
            {
                "product": row.product,
                "seats": row.seats,
                "before": row.before,
                "route": row.route,
                "words": row.words,
                "target": row.target,
                "addon": row.addon,
            }
            for row in rows
        ),
        caption=f"Every subscription of {company} in the source, once",
        indent="addon",
        total=("seats",),
        empty="Nothing is recorded: 01_prepare has not ended for this customer.",
    )
