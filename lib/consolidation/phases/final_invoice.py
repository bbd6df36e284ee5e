"""How `07_close` ends by the invoices of the source, once nothing else is left to do (M17, M18)."""

from __future__ import annotations

from consolidation.billing.invoices.record import PHASE, RecordedInvoice, recorded_invoice
from consolidation.case import Case
from consolidation.confirmations import confirmation
from consolidation.outcomes import Outcome

AGREES = "The source's final invoice agrees with what was done, and nothing was charged after it (M17)."

MOST_NAMED = 3
"""So many findings are named in the outcome; all of them stand in the notebook."""


def invoiced_outcome(case: Case, closed: tuple[str, ...]) -> Outcome:
    """Return how the case ends: held on what differs, waiting for an invoice, or done.

    Args:
        case: Its last look at the invoices is in the journal.
        closed: Why nothing else is left, one sentence each.
    """
    found = recorded_invoice(case.journal, case.chain)
    if found is None:
        return Outcome(PHASE, "done", closed)
    said = _said_done(case, found)
    if found.findings and not said:
        more = len(found.findings) - MOST_NAMED
        step = (
            "Ask Microsoft's billing support with the lines named in 07_close; when it is settled: consolidate confirm "
            "ENGAGEMENT --step manual_done."
        )
        named = (*found.findings[:MOST_NAMED], *((f"And {more} more.",) if more > 0 else ()))
        return Outcome(PHASE, "held", (*named, step))
    if found.open:
        reasons = (*closed, *found.open, *found.trouble)
        return Outcome(PHASE, "waiting", reasons, waiting_on="Microsoft", since=f"{found.since}T00:00:00+00:00")
    agrees = f"{said} confirmed that what differed in the final invoice is settled (M17)." if found.findings else AGREES
    return Outcome(PHASE, "done", (*closed, agrees))


def _said_done(case: Case, found: RecordedInvoice) -> str:
    """Return who confirmed that what differs is settled, since it was first found; empty when nobody did."""
    said = confirmation(case.journal, case.chain, "manual_done")
    first = next(
        entry.number
        for entry in case.journal.entries(case.chain, kinds={"verified"}, phase=PHASE)
        if (entry.body.get("invoices") or {}).get("findings", []) == list(found.findings)
    )
    return str(said.body["by"]) if found.findings and said is not None and said.number > first else ""
