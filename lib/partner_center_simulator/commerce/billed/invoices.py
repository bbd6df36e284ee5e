"""The invoices of a partner tenant: legacy seats by its own anniversary day, new commerce by the calendar month.

They are made from the charge lines whenever they are asked for: an invoice is there once its date has come by the
simulated clock. Sources of the rules: Microsoft pages "Billing basics" and "Invoice resources".
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from partner_center_simulator.commerce import subscriptions
from partner_center_simulator.commerce.billed.charge_lines import ChargeLine, charge_lines
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State

Provider = Literal["office", "one_time"]

ANNIVERSARY_DAY = 14
"""Day of the month on which the legacy billing period of every simulated partner begins."""
LEGACY_DELAY = timedelta(days=2)
"""From the end of a legacy billing period to its invoice."""
NEW_COMMERCE_DAY = 7
"""Day of the next month on which new commerce is invoiced: it is one between the 6th and the 8th."""


@dataclass(frozen=True)
class InvoicedLine:
    """A charge line with what it is for."""

    partner: Document
    customer: Document
    subscription: Document
    offer: Document
    line: ChargeLine


@dataclass(frozen=True)
class Invoice:
    """An invoice.

    Attributes:
        identifier: As the API shows it.
        provider: Legacy seats or new commerce.
        period: First and last day of the billing period (UTC).
        day: Its date (UTC).
        lines: What is charged and credited, by customer.
    """

    identifier: str
    provider: Provider
    period: tuple[date, date]
    day: date
    lines: tuple[InvoicedLine, ...]

    @property
    def total(self) -> Decimal:
        """Before tax; negative where the credits are more than the charges."""
        return sum((one.line.amount for one in self.lines), Decimal(0))


def invoices(state: State, tenant: str) -> list[Invoice]:
    """Return the invoices of a partner tenant up to now, the newest first; a period without a line has none."""
    today = state.clock.now().date()
    found: defaultdict[tuple[date, Provider], list[InvoicedLine]] = defaultdict(list)
    for one in _lines(state, tenant, today):
        provider: Provider = "office" if subscriptions.is_legacy(one.subscription) else "one_time"
        found[_period(provider, one.line.posted)[0], provider].append(one)
    made = [_invoice(state, tenant, provider, first, lines) for (first, provider), lines in found.items()]
    due = [one for one in made if one.day <= today]
    return sorted(due, key=lambda one: (one.day, one.provider), reverse=True)


def _lines(state: State, tenant: str, today: date) -> Iterator[InvoicedLine]:
    partner = state.partner(tenant)
    if partner is None:
        return
    for identifier, customer in state.documents.scope("customer", "").items():
        for held in (state.former_subscriptions(tenant, identifier), state.subscriptions(tenant, identifier)):
            for subscription in held.values():
                offer = state.offer(str(subscription["resource"]["offerId"]))
                if offer is not None:
                    for line in charge_lines(subscription, offer, partner["currency"], today):
                        yield InvoicedLine(partner, customer, subscription, offer, line)


def _invoice(state: State, tenant: str, provider: Provider, first: date, lines: list[InvoicedLine]) -> Invoice:
    period = _period(provider, first)
    name = state.identifier("invoice", tenant, provider, first.isoformat()).replace("-", "")[:9].upper()
    if provider == "office":
        return Invoice(f"D{name}", provider, period, period[1] + LEGACY_DELAY, tuple(lines))
    day = (period[1] + timedelta(days=1)).replace(day=NEW_COMMERCE_DAY)
    return Invoice(f"G{name}", provider, period, day, tuple(lines))


def _period(provider: Provider, day: date) -> tuple[date, date]:
    """Return first and last day of the billing period that a day lies in."""
    begins = ANNIVERSARY_DAY if provider == "office" else 1
    first = day.replace(day=begins)
    if first > day:
        first = (day.replace(day=1) - timedelta(days=1)).replace(day=begins)
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=begins)
    return first, after - timedelta(days=1)
