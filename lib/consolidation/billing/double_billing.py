"""Seats that a source and the target were both charged for, found in their line items (M17).

The rule is ours, for Microsoft has none: the same customer, the same licence, and charge days that a line of the
source and a line of the target have in common, after every credit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from consolidation.billing.money import to_minor_units

_ONE_DAY = timedelta(days=1)

_ROUNDING = Fraction(2, 100)
"""What rounding may leave of a day that was credited: the published annual scenario leaves 1.2 %."""


@dataclass(frozen=True)
class BilledLine:
    """A charge or a credit, as an invoice prints it.

    Attributes:
        tenant: Partner tenant that was billed.
        customer: Customer tenant id.
        licence: What tells the licence: `provisioningId` of the new-commerce SKU, or `durableOfferId`.
        first: First charge day, UTC.
        last: Last charge day, UTC, included.
        amount: Before tax; a credit is negative.
        currency: ISO 4217.

    Raises:
        ValueError: The days are exchanged.
    """

    tenant: str
    customer: str
    licence: str
    first: date
    last: date
    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if self.last < self.first:
            message = f"A line from {self.first} to {self.last} has no days."
            raise ValueError(message)


@dataclass(frozen=True)
class DoubleBilling:
    """Days on which both tenants were charged for the same licence of a customer.

    Attributes:
        customer: Customer tenant id, lower case.
        licence: Lower case.
        source: Partner tenant.
        target: Partner tenant.
        first: First such day, UTC.
        last: Last such day, UTC, included; every day between them is one.
        source_amount: What the source was charged for these days, after credits, in `source_currency`.
        source_currency: ISO 4217.
        target_amount: Likewise in the target.
        target_currency: ISO 4217.
    """

    customer: str
    licence: str
    source: str
    target: str
    first: date
    last: date
    source_amount: Decimal
    source_currency: str
    target_amount: Decimal
    target_currency: str

    @property
    def days(self) -> int:
        """UTC days that were billed twice."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class _Span:
    """Days that follow one another with the same net amount a day, credits included."""

    first: date
    last: date
    daily: Fraction

    def part(self, first: date, last: date) -> Fraction:
        return self.daily * ((last - first).days + 1)


def double_billing(source: Iterable[BilledLine], target: Iterable[BilledLine]) -> tuple[DoubleBilling, ...]:
    """Find what was billed twice, by customer, licence and first day.

    A line counts evenly for each of its days. A credit takes away from the days that it names, so a charge that was
    credited for its unused days is no finding for them; what rounding leaves of it, up to 2 %, is none either.

    Args:
        source: Lines of any number of source tenants.
        target: Lines of the target.
    """
    targets: dict[tuple[str, str], list[tuple[str, str, list[_Span]]]] = defaultdict(list)
    for (tenant, customer, licence, currency), spans in _net(target).items():
        targets[customer, licence].append((tenant, currency, spans))
    found = [
        DoubleBilling(
            customer, licence, from_tenant, to_tenant, first, last,
            _money(there, from_currency), from_currency, _money(here, to_currency), to_currency,
        )
        for (from_tenant, customer, licence, from_currency), from_spans in _net(source).items()
        for to_tenant, to_currency, to_spans in targets.get((customer, licence), ())
        for first, last, there, here in _common(from_spans, to_spans)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.customer, one.licence, one.first, one.source, one.target)))


def _money(amount: Fraction, currency: str) -> Decimal:
    return to_minor_units(Decimal(amount.numerator) / Decimal(amount.denominator), currency)


def _net(lines: Iterable[BilledLine]) -> dict[tuple[str, str, str, str], list[_Span]]:
    """Return (tenant, customer, licence, currency) -> the days on which something is charged after credits."""
    groups: dict[tuple[str, str, str, str], list[BilledLine]] = defaultdict(list)
    for line in lines:
        key = (line.tenant.casefold(), line.customer.casefold(), line.licence.casefold(), line.currency)
        groups[key].append(line)
    return {key: list(_charged_spans(group)) for key, group in groups.items()}


def _charged_spans(lines: list[BilledLine]) -> Iterator[_Span]:
    """Sweep over the days once: at each seam, what begins is added and what ended is taken away."""
    charges: dict[date, Fraction] = defaultdict(Fraction)
    net: dict[date, Fraction] = defaultdict(Fraction)
    for line in lines:
        daily = Fraction(line.amount) / ((line.last - line.first).days + 1)
        for day, sign in ((line.first, 1), (line.last + _ONE_DAY, -1)):
            net[day] += sign * daily
            charges[day] += sign * max(daily, Fraction(0))
    seams = sorted(net)
    charged = left = Fraction(0)
    for first, after in pairwise(seams):
        charged, left = charged + charges[first], left + net[first]
        if left > charged * _ROUNDING:
            yield _Span(first, after - _ONE_DAY, left)


def _common(source: list[_Span], target: list[_Span]) -> Iterator[tuple[date, date, Fraction, Fraction]]:
    """Return (first, last, amount in the source, amount in the target) of each unbroken run of common days."""
    run: tuple[date, date, Fraction, Fraction] | None = None
    one, other = 0, 0
    while one < len(source) and other < len(target):
        there, here = source[one], target[other]
        first, last = max(there.first, here.first), min(there.last, here.last)
        if first <= last:
            amounts = there.part(first, last), here.part(first, last)
            if run is not None and run[1] + _ONE_DAY == first:
                run = (run[0], last, run[2] + amounts[0], run[3] + amounts[1])
            else:
                if run is not None:
                    yield run
                run = (first, last, *amounts)
        if there.last <= here.last:
            one += 1
        if here.last <= there.last:
            other += 1
    if run is not None:
        yield run
