"""What people see of the final invoice: findings first, and the days that both tenants were charged for (M12, M17)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from consolidation.billing.double_billing import double_billing
from consolidation.billing.invoices.final_invoice import FinalInvoice
from consolidation.billing.invoices.lines import InvoicedLine
from consolidation.billing.invoices.matching import Expectation, match
from consolidation.billing.invoices.view import invoice_page
from consolidation.billing.money import Amount, Range

CREDIT = Amount((Range(Decimal(-20), Decimal(-20), "EUR"),))


def charge(first: date, amount: str, charge_type: str) -> InvoicedLine:
    """Return a line of ten seats up to the end of November."""
    last = date(2026, 11, 30)
    return InvoicedLine(
        "D1", "office", "c", "s", "e3", "E3", charge_type, first, last, Decimal(10), Decimal(amount), "EUR"
    )


def test_days_charged_in_both_tenants_are_shown_beside_the_match() -> None:
    """M12, M17: a credit that came too small leaves days charged twice, and both are on the page."""
    source = [charge(date(2026, 11, 1), "30.00", "Cycle fee"), charge(date(2026, 11, 26), "-5.00", "Cancel fee")]
    target = [charge(date(2026, 11, 21), "10.00", "new")]
    rows = match([Expectation("s", "E3", 10, "office", date(2026, 11, 21), CREDIT)], source, {"office": True})
    twice = double_billing([one.billed("from") for one in source], [one.billed("to") for one in target])
    found = FinalInvoice(rows, twice, ("The next one is open.",), (), date(2026, 12, 15), date(2026, 12, 1), ("D1",))
    page = repr(invoice_page(found, "Fabrikam"))
    assert page.startswith("[HELD]")
    assert "E3, differs: 15.00 EUR too little was credited." in page
    assert "2026-11-21" in page
    assert "2026-11-25" in page
    assert found.since == date(2026, 11, 21)
