"""One line of an invoice, from whatever it was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from consolidation.billing.double_billing import BilledLine
from consolidation.billing.periods import utc_day
from consolidation.currencies import CURRENCIES
from partner_center.invoices import BillingProvider, InvoiceLine
from partner_center.models import identity


@dataclass(frozen=True)
class InvoicedLine:
    """A charge or a credit on an invoice, before tax.

    Attributes:
        place: Invoice, or file and line, for people.
        provider: The billing system.
        customer: Customer tenant id, lower case.
        subscription: Partner Center's subscription id, lower case.
        licence: What tells the licence, lower case.
        product: Name.
        charge_type: As written.
        first: First charge day, UTC.
        last: Last charge day, UTC, included.
        seats: As written; None where nothing is.
        amount: A credit is negative.
        currency: ISO 4217.
    """

    place: str
    provider: BillingProvider
    customer: str
    subscription: str
    licence: str
    product: str
    charge_type: str
    first: date
    last: date
    seats: Decimal | None
    amount: Decimal
    currency: str

    def billed(self, tenant: str) -> BilledLine:
        """Return the line as the finder of double billing takes it."""
        return BilledLine(tenant, self.customer, self.licence, self.first, self.last, self.amount, self.currency)


class UnreadableLine(ValueError):
    """A line that cannot be compared: something that decides is missing or makes no sense (S7)."""


def customer_of(printed: str | None) -> str:
    """Return the customer tenant id in lower case: one printed sample puts `org:` before it."""
    return identity(printed).removeprefix("org:")


def line_of_answer(line: InvoiceLine, invoice: str) -> InvoicedLine:
    """Return a line as Partner Center answered it.

    Args:
        line: As read.
        invoice: Its invoice, for people.

    Raises:
        UnreadableLine: Subscription, days, amount or currency are missing.
    """
    subscription = identity(line.subscription)
    first, last = line.charge_start_date, line.charge_end_date
    if not subscription or first is None or last is None or line.subtotal is None or line.currency not in CURRENCIES:
        raise UnreadableLine(f"{invoice}: a line of {line.subscription or 'no subscription'} cannot be read.")
    return InvoicedLine(
        place=invoice,
        provider="office" if line.is_legacy else "onetime",
        customer=customer_of(line.customer_id),
        subscription=subscription,
        licence=line.licence.casefold(),
        product=line.offer_name or line.sku_name or line.product_name,
        charge_type=line.charge_type,
        first=utc_day(first),
        last=max(utc_day(first), utc_day(last)),
        seats=line.quantity,
        amount=line.subtotal + 0,  # a negative zero becomes zero
        currency=line.currency,
    )
