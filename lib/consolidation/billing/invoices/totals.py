"""The credits of an engagement: expected against received, for each source and currency, from the journal alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from consolidation.billing.invoices.record import recorded_invoice
from consolidation.journal import Journal
from consolidation.population import CaseName, read_cases


@dataclass(frozen=True)
class SourceCredits:
    """What the invoices of one source are to credit, and what they did.

    Attributes:
        source: Name of the source tenant.
        currency: ISO 4217.
        low: Least that is to be expected, all rows together.
        high: Most that is to be expected.
        received: What was credited so far.
        awaited: Rows whose final invoice is not there yet.
    """

    source: str
    currency: str
    low: Decimal
    high: Decimal
    received: Decimal
    awaited: int

    @property
    def words(self) -> str:
        """The figures in one sentence."""
        span = f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"
        return (
            f"{self.source}: {span} {self.currency} of credits expected, {self.received} received, "
            f"{self.awaited} awaited."
        )


def credit_totals(journal: Journal, cases: Iterable[CaseName]) -> tuple[SourceCredits, ...]:
    """Return the sums of every source and currency in which a credit is to be expected; unknown prices are in none."""
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for case, read in read_cases(journal, cases):
        found = recorded_invoice(read, case.chain)
        for row in found.rows if found else ():
            if row["bounds"]:
                low, high, currency = row["bounds"]
                more = (Decimal(low), Decimal(high), Decimal(row["amount"]), Decimal(row["state"] == "awaited"))
                key = (case.source, currency)
                sums[key] = [one + other for one, other in zip(sums[key], more, strict=True)]
    return tuple(
        SourceCredits(source, currency, low, high, received, int(awaited))
        for (source, currency), (low, high, received, awaited) in sorted(sums.items())
    )
