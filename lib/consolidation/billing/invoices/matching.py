"""Lines of invoices against the credits to expect: per subscription, net of all its lines (M17, M18, M34).

Which lines belong to a credit is told by their charge type; a type that is not known counts as one, so that nothing is
left out. Source: "Reconciliation file charge types", "Common legacy monthly billing scenarios".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from consolidation.billing.invoices.lines import InvoicedLine
from consolidation.billing.money import Amount, Range
from consolidation.currencies import decimals
from consolidation.errors import EngagementError
from partner_center.invoices import BillingProvider

State = Literal["matched", "differs", "missing", "unexpected", "price unknown", "awaited", "nothing expected"]

FINDINGS: frozenset[State] = frozenset({"differs", "missing", "unexpected"})
"""States that a person has to look at."""

_ORDINARY = frozenset({
    "activationfee", "cyclefee", "purchasefee", "newpurchasecyclefee", "cycleinstanceprorate",
    "proratefeeswhenpurchase", "proratefeewhenrenew", "proratefeeswhenactivate",
    "proratefeeswhenconverttoanewoffering", "new", "renew", "cyclecharge", "addquantity", "removequantity",
    "movequantity", "convert", "changebillingplan", "extendterm",
})  # fmt: skip
"""Charge types of seats that go on, letters alone in lower case: what reverses a charge for a change of seats too."""

_MOST_PLACES = 5


@dataclass(frozen=True)
class Expectation:
    """What the invoices are to show of one subscription that was ended in the source.

    Attributes:
        subscription: Source subscription id, lower case.
        product: Name.
        seats: Seats when it ended.
        provider: The billing system.
        ended_on: UTC day of the suspension, cancellation or transfer.
        credit: Negative or zero; seat-days where the price is unknown.
    """

    subscription: str
    product: str
    seats: int
    provider: BillingProvider
    ended_on: date
    credit: Amount


@dataclass(frozen=True)
class MatchedRow:
    """One subscription after the comparison.

    Attributes:
        expectation: What was expected; None for one that nobody ended.
        subscription: Its id, lower case.
        product: Name.
        received: Net of its credits, one for each currency.
        charged_after: Net of what was charged for days after its end, one for each currency.
        state: How it ends.
        words: Why, in one sentence.
        places: Where its lines stand.
    """

    expectation: Expectation | None
    subscription: str
    product: str
    received: Mapping[str, Decimal]
    charged_after: Mapping[str, Decimal]
    state: State
    words: str
    places: tuple[str, ...] = ()


@dataclass
class _Net:
    received: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    charged_after: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    places: list[str] = field(default_factory=list)
    seen: dict[InvoicedLine, str] = field(default_factory=dict)


def match(
    expectations: Sequence[Expectation], lines: Iterable[InvoicedLine], seen: Mapping[BillingProvider, bool]
) -> tuple[MatchedRow, ...]:
    """Compare each subscription that was ended with its lines, in the order given; each stands in one row (S8).

    Only lines of these subscriptions are kept in memory.

    Args:
        expectations: Each subscription once.
        lines: Of the source's invoices from the first end on.
        seen: Whether the final invoice of a billing system was read: before that nothing is missing.

    Raises:
        EngagementError: A line of a file stands twice, cell by cell.
    """
    wanted = {one.subscription: one for one in expectations}
    nets: dict[str, _Net] = {one.subscription: _Net() for one in expectations}
    for line in lines:
        expected = wanted.get(line.subscription)
        if expected is not None:
            _add(nets[line.subscription], expected, line)
    return tuple(_row(one, nets[one.subscription], is_final=seen.get(one.provider, False)) for one in expectations)


def _add(net: _Net, expected: Expectation, line: InvoicedLine) -> None:
    _refuse_twice(net, line)
    if len(net.places) < _MOST_PLACES and line.place not in net.places:
        net.places.append(line.place)
    if re.sub(r"[\W_]+", "", line.charge_type).casefold() not in _ORDINARY:
        net.received[line.currency] += line.amount
    elif line.first > expected.ended_on:
        net.charged_after[line.currency] += line.amount


def _refuse_twice(net: _Net, line: InvoicedLine) -> None:
    """Refuse a line of a file that says what another one says: a charge that counts twice makes a wrong sum."""
    file, is_file, _ = line.place.partition(" line ")
    if not is_file:
        return  # Partner Center's own lines are taken as they come
    same = InvoicedLine(**{**vars(line), "place": file})
    first = net.seen.setdefault(same, line.place)
    if first != line.place:
        problem = f"{line.place} says the same as {first}: a charge would count twice."
        raise EngagementError([problem], next_step="Take one of the two away, or export the file again.")


def _row(expected: Expectation, net: _Net, *, is_final: bool) -> MatchedRow:
    received = {currency: amount for currency, amount in net.received.items() if amount}
    after = {currency: amount for currency, amount in net.charged_after.items() if amount}
    state, words = _judged(expected, received, after, is_final=is_final)
    return MatchedRow(
        expected, expected.subscription, expected.product, received, after, state, words, tuple(net.places)
    )


def _judged(
    expected: Expectation, received: Mapping[str, Decimal], after: Mapping[str, Decimal], *, is_final: bool
) -> tuple[State, str]:
    if after:
        return "unexpected", f"{in_words(after)} charged for days after {expected.ended_on} (M18)."
    if not is_final:
        return "awaited", "Its final invoice is not there yet."
    if not expected.credit.is_known:
        words = f"{in_words(received)} credited" if received else "no credit"
        return "price unknown", f"{words}: without a price there is nothing to compare with."
    ranges = expected.credit.ranges
    if not ranges or expected.credit.is_nothing:
        return ("unexpected", f"{in_words(received)} without a reason.") if received else ("nothing expected", "")
    (credit,) = ranges
    if not received:
        return "missing", f"{credit} was to be credited, and no line does."
    if set(received) != {credit.currency}:
        return "differs", f"It was credited in {', '.join(sorted(received))}, not in {credit.currency}."
    return _compared(credit, received[credit.currency], expected)


def _compared(credit: Range, amount: Decimal, expected: Expectation) -> tuple[State, str]:
    """Compare with the range; a line is unit price times seats, so what rounding takes counts for each seat.

    The bounds are rounded themselves, hence one seat more.
    """
    unit = Decimal(1).scaleb(-decimals(credit.currency))
    tolerance = unit * (expected.seats + 1) * (1 if expected.provider == "onetime" else Decimal("0.5"))
    if credit.low - tolerance <= amount <= credit.high + tolerance:
        return "matched", ""
    off = amount - (credit.high if amount > credit.high else credit.low)
    less = "too little" if off > 0 else "too much"
    return "differs", f"{abs(off)} {credit.currency} {less} was credited."


def in_words(amounts: Mapping[str, Decimal]) -> str:
    """Return sums in several currencies as text."""
    return " + ".join(f"{amounts[code]:.{decimals(code)}f} {code}" for code in sorted(amounts)) or "nothing"
