"""The final invoice of a case: which invoices were read, what they show, and what is still waited for (M17).

Every invoice is read from Partner Center once, by the first case that wants it, and lies in the archive for the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from consolidation.billing.double_billing import DoubleBilling, double_billing
from consolidation.billing.invoices.expectations import expectations_of
from consolidation.billing.invoices.kept import KeptInvoice, keep_invoice, kept_invoices
from consolidation.billing.invoices.lines import InvoicedLine
from consolidation.billing.invoices.matching import FINDINGS, Expectation, MatchedRow, match
from consolidation.billing.invoices.schedule import GRACE, expected_after, expected_days, final_invoice
from consolidation.billing.periods import utc_day
from consolidation.billing.prices import Prices
from consolidation.case import Case
from partner_center import PartnerCenterReader, errors
from partner_center.invoices import BillingProvider

SYSTEMS: dict[BillingProvider, str] = {"office": "legacy seats", "onetime": "new commerce"}


@dataclass(frozen=True)
class FinalInvoice:
    """What the invoices say of one case.

    Attributes:
        rows: Every subscription that was ended, once (S8).
        twice: Days that source and target were both charged for.
        open: What is waited for, one sentence each.
        trouble: What cannot be read, one sentence each, with the way round.
        next_day: UTC day from which it is worth looking again; None when nothing is waited for.
        read_on: UTC day on which this was looked at.
        files: Names of the source's invoices in the archive at that time.
    """

    rows: tuple[MatchedRow, ...]
    twice: tuple[DoubleBilling, ...]
    open: tuple[str, ...]
    trouble: tuple[str, ...]
    next_day: date | None
    read_on: date
    files: tuple[str, ...]

    @property
    def findings(self) -> tuple[str, ...]:
        """What a person has to look at, one sentence each."""
        return tuple(f"{row.product}, {row.state}: {row.words}" for row in self.rows if row.state in FINDINGS)

    @property
    def since(self) -> date:
        """UTC day of the last end: since then the invoice is waited for."""
        return max(row.expectation.ended_on for row in self.rows if row.expectation)


@dataclass
class _Tenant:
    """One tenant's invoices for one case: those of Partner Center, and those in the archive."""

    name: str
    dates: dict[BillingProvider, set[date]]
    kept: tuple[KeptInvoice, ...]
    trouble: tuple[str, ...]


def look_at_invoices(case: Case) -> FinalInvoice | None:
    """Read the invoices since the first end in the source, and compare; None when nothing was ended there.

    Raises:
        PartnerCenterError: An invoice could not be read, and it is not that invoices may not be read here.
        EngagementError: A reconciliation file that was brought cannot be read.
    """
    expected = expectations_of(case.journal, case.name, Prices(case.engagement.price_list))
    if not expected:
        return None
    first = min(one.ended_on for one in expected)
    source = _read_tenant(case, case.source, case.name.source, first)
    today = utc_day(case.source.server_time())
    unread: list[str] = []
    lines = list(_lines(case, source.kept, first, unread))
    ended = [line for line in lines if line.subscription in {one.subscription for one in expected}]
    finals = {one: final_invoice(one, _last(expected, one), _days(source, one)) for one in _systems(expected)}
    waits = [
        wait
        for provider, final in finals.items()
        for wait in _waits(case, provider, _last(expected, provider), final, source, today)
    ]
    target = _read_tenant(case, case.target, case.engagement.target.name, first) if lines else None
    return FinalInvoice(
        rows=match(expected, lines, {provider: final is not None for provider, final in finals.items()}),
        twice=_billed_twice(case, source, ended, target, first, unread),
        open=tuple(words for words, _ in waits),
        trouble=(*source.trouble, *(target.trouble if target else ()), *unread),
        next_day=min((day for _, day in waits), default=None),
        read_on=today,
        files=tuple(one.path.name for one in source.kept),
    )


def _read_tenant(case: Case, client: PartnerCenterReader, name: str, first: date) -> _Tenant:
    """Read and keep the invoices of a tenant from a day on; those that may not be read are named."""
    dates: dict[BillingProvider, set[date]] = {"office": set(), "onetime": set()}
    trouble: tuple[str, ...] = ()
    try:
        for invoice in client.invoices():
            if invoice.provider is None or invoice.invoice_date is None:
                continue
            day = utc_day(invoice.invoice_date)
            dates[invoice.provider].add(day)
            if day >= first:
                keep_invoice(case.archive, name, client, invoice)
    except (errors.Forbidden, errors.NotFound) as error:
        trouble = (
            f"The invoices of {name} cannot be read ({error}) Export the reconciliation file of the invoice in the "
            "portal, and bring it: consolidate invoices ENGAGEMENT "
            f"--tenant {name} --read FILE --dated YYYY-MM-DD, with the date of the invoice.",
        )
    kept = tuple(one for one in kept_invoices(case.archive, name) if one.day >= first)
    return _Tenant(name, dates, kept, trouble)


def _lines(case: Case, kept: Iterable[KeptInvoice], first: date, unread: list[str]) -> Iterator[InvoicedLine]:
    for one in kept:
        if one.day >= first:
            yield from one.lines(case.customer.casefold(), unread.append)


def _systems(expected: Sequence[Expectation]) -> tuple[BillingProvider, ...]:
    return tuple(dict.fromkeys(one.provider for one in expected))


def _last(expected: Sequence[Expectation], provider: BillingProvider) -> date:
    return max(one.ended_on for one in expected if one.provider == provider)


def _days(tenant: _Tenant, provider: BillingProvider) -> set[date]:
    return {one.day for one in tenant.kept if one.provider == provider}


def _waits(
    case: Case, provider: BillingProvider, ended_on: date, final: date | None, source: _Tenant, today: date
) -> Iterator[tuple[str, date]]:
    """Yield what is waited for of one billing system, and from which day on it is worth looking."""
    what = f"of {case.name.source} for {SYSTEMS[provider]}"
    if final is None:
        days = expected_days(provider, ended_on, source.dates[provider])
        late = " It is late: ask Microsoft's billing support." if today > days.last + GRACE else ""
        yield f"The final invoice {what} is expected {days}, with the credit (M17).{late}", days.first
        return
    after = expected_after(provider, final)
    came = any(day > final for day in _days(source, provider))
    if not came and today <= after.last + GRACE:
        yield (
            f"The final invoice {what} is there, of {final}. That nothing is charged after it is seen on the next one, "
            f"expected {after}, or when none has come by {after.last + GRACE} (M17).",
            min(after.first, after.last + GRACE),
        )


def _billed_twice(
    case: Case, source: _Tenant, lines: Iterable[InvoicedLine], target: _Tenant | None, first: date, unread: list[str]
) -> tuple[DoubleBilling, ...]:
    if target is None:
        return ()
    there = (line.billed(source.name) for line in lines if line.licence)  # of what was ended there alone
    here = (line.billed(target.name) for line in _lines(case, target.kept, first, unread) if line.licence)
    return double_billing(there, here)
