"""The final invoice as people see it: credits expected against received, what is open, and what was billed twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from consolidation.billing.double_billing import DoubleBilling
from consolidation.billing.invoices.final_invoice import FinalInvoice
from consolidation.billing.invoices.record import shown
from consolidation.display import Box, Page, Showable, State
from consolidation.tables import Column, Table, counted


def invoice_page(found: FinalInvoice, company: str) -> Showable:
    """Show how the invoices of the source compare with what was done there.

    Args:
        found: What was read.
        company: Of the customer.
    """
    kind: State = "done"
    title = "The final invoice agrees with what was done, and nothing was charged after it."
    if found.findings:
        kind = "held"
        title = f"The source's invoices differ from what was done: {counted(len(found.findings), 'row')}."
    elif found.open:
        title, kind = "An invoice of the source is still to come.", "waiting"
    rows = invoice_table([shown(row) for row in found.rows], company)
    box = Box(kind, title, (*found.findings, *found.open, *found.trouble), table=rows)
    return Page(box, twice_table(found.twice)) if found.twice else box


def invoice_table(rows: Sequence[Mapping[str, Any]], company: str) -> Table:
    """Show each subscription that was ended with its credit, as `record.shown` gives it."""
    return Table(
        columns=(
            Column("product", "Product"),
            Column("seats", "Seats", "number"),
            Column("ended", "Ended in the source"),
            Column("expected", "Credit expected"),
            Column("received", "Credit received"),
            Column("state", "Result"),
            Column("words", "Why"),
            Column("where", "Stands in"),
        ),
        rows=tuple(dict(row) for row in rows),
        caption=f"{company}: the source's invoices, net per subscription, before tax",
        empty="Nothing was ended in the source.",
    )


def twice_table(found: Sequence[DoubleBilling]) -> Table:
    """Show the days that source and target were both charged for, after every credit."""
    return Table(
        columns=(
            Column("licence", "Licence"),
            Column("first", "From", "date"),
            Column("last", "To, included", "date"),
            Column("days", "Days", "number"),
            Column("source", "Charged in the source"),
            Column("target", "Charged in the target"),
        ),
        rows=tuple(
            {
                "licence": one.licence,
                "first": one.first,
                "last": one.last,
                "days": one.days,
                "source": f"{one.source_amount} {one.source_currency}",
                "target": f"{one.target_amount} {one.target_currency}",
            }
            for one in found
        ),
        caption="Days that both tenants were charged for, by the lines of both: credits for them are denied (M12)",
    )
