"""What a partner is charged and credited for one subscription, line by line, told from what became of it.

Seats are charged ahead, one cycle at a time; what changes inside a cycle is credited and charged anew. Sources of the
rules: Microsoft pages "Common billing scenarios" (legacy monthly, legacy annual, new commerce), "Reconciliation file
charge types" and "Understand the fields in Partner Center reconciliation files".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from partner_center_simulator.clock import parse_instant
from partner_center_simulator.commerce import prices, terms
from partner_center_simulator.commerce.billed.periods import FIRST_MONTH, FULL_REFUND, NOT_BILLED, OVER, kind_of
from partner_center_simulator.documents import Document

MONTHS = {"monthly": 1, "annual": 12, "triennial": 36}
LONGEST_MONTH = 31
CENT = Decimal("0.01")
EXTENDED_SERVICE_TERM = Decimal("1.03")
"""What the extended service term costs against the price before, as practitioners report it."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ChargeLine:
    """A charge or a credit.

    Attributes:
        posted: UTC day on which it arose; the billing period that holds it decides on the invoice.
        first: First charge day (UTC).
        last: Last charge day (UTC), included.
        charge_type: As Microsoft names it.
        unit_price: Of one seat for these days, before tax; a credit is negative.
        seats: Licences.
    """

    posted: date
    first: date
    last: date
    charge_type: str
    unit_price: Decimal
    seats: int

    @property
    def amount(self) -> Decimal:
        """Before tax, in the currency of the partner tenant."""
        return self.unit_price * self.seats


@dataclass(frozen=True)
class _Step:
    at: datetime
    seats: int
    """Seats that are charged from then on; 0 where none are."""


@dataclass(frozen=True)
class _Cycle:
    """One charge period, the first one of a subscription shortened when it began inside it."""

    begins: date
    first: date
    last: date
    price: Decimal
    is_legacy: bool
    is_extended: bool

    def unit_price(self, first: date, last: date) -> Decimal:
        """Return the price of one seat for some of its days; legacy rounds the price of a day first."""
        whole, days = (self.last - self.begins).days + 1, (last - first).days + 1
        if days >= whole:
            return self.price
        if not self.is_legacy:
            return (self.price * days / whole).quantize(CENT, ROUND_DOWN)
        places = Decimal("0.001") if whole <= LONGEST_MONTH else CENT
        daily = (self.price / whole).quantize(places, ROUND_HALF_UP)
        return min((daily * days).quantize(CENT, ROUND_HALF_UP), self.price)

    def line(self, posted: date, first: date, last: date, charge_type: str, seats: int) -> ChargeLine:
        """Return a charge for some seats more, or a credit for some less."""
        sign = 1 if seats >= 0 else -1
        return ChargeLine(posted, first, last, charge_type, sign * self.unit_price(first, last), abs(seats))


def charge_lines(subscription: Document, offer: Document, currency: str, today: date) -> Iterator[ChargeLine]:
    """Yield what arose up to today (UTC) for seats, in order; nothing for what is billed by usage or once."""
    kind = kind_of(subscription)
    resource = subscription["resource"]
    months = MONTHS.get(str(resource.get("billingCycle")).lower())
    if kind not in ("legacy", "new_commerce") or months is None:
        return
    is_legacy = kind == "legacy"
    term = resource.get("termDuration") or None
    price = prices.pricing(offer, resource["billingCycle"], 1, currency=currency, term_duration=term)["price"]
    steps = _steps(subscription, is_legacy=is_legacy)
    begun = steps[0].at.date()
    anchor = parse_instant(subscription["history"][0]["at"] if is_legacy else resource["effectiveStartDate"])
    for begins, last in _cycles(anchor, months, begun, today):
        extended = _is_extended(subscription, begins)
        price_now = Decimal(str(price)) * (EXTENDED_SERVICE_TERM if extended else 1)
        end = _shortened(resource, begins, last)
        if max(begins, begun) > end:
            continue
        cycle = _Cycle(begins, max(begins, begun), end, price_now.quantize(CENT), is_legacy, extended)
        yield from _of_cycle(cycle, steps, subscription, today)


def _of_cycle(cycle: _Cycle, steps: list[_Step], subscription: Document, today: date) -> Iterator[ChargeLine]:
    # What changes on the first day of a cycle comes after its charge.
    before = [step for step in steps if step.at.date() < cycle.first] or steps[:1]
    seats = before[-1].seats
    left = parse_instant(subscription["left"]) if subscription.get("left") else None
    if left is not None and left.date() < cycle.first:
        return
    if seats:
        yield cycle.line(cycle.first, cycle.first, cycle.last, _charge_type(cycle, subscription), seats)
    changed = False
    for step in steps[len(before) :]:
        day = step.at.date()
        if day > min(cycle.last, today):
            break
        if cycle.is_legacy:
            yield from _legacy_change(cycle, steps[0].at, step, seats, changed=changed)
        else:
            yield from _new_commerce_change(cycle, subscription, step, seats)
        changed |= bool(seats and step.seats)
        seats = step.seats
    if left is not None and seats and left.date() <= min(cycle.last, today):
        yield cycle.line(left.date(), left.date(), cycle.last, "customerCredit", -seats)


def _legacy_change(cycle: _Cycle, bought: datetime, step: _Step, seats: int, *, changed: bool) -> Iterator[ChargeLine]:
    """Yield what a suspension, a reactivation or a change of seats comes to in the cycle that it falls in."""
    day = step.at.date()
    if step.seats == seats:
        return
    if not step.seats:
        first = cycle.first if step.at - bought < FIRST_MONTH else day
        yield cycle.line(day, first, cycle.last, "Cancel instance prorate" if changed else "Cancel fee", -seats)
    elif not seats:
        yield cycle.line(day, day, cycle.last, "Prorate fees when activate", step.seats)
    else:
        yield cycle.line(day, cycle.first, cycle.last, "Cycle instance prorate", -seats)
        if day > cycle.first:
            yield cycle.line(day, cycle.first, day - ONE_DAY, "Cycle instance prorate", seats)
        yield cycle.line(day, day, cycle.last, "Cycle instance prorate", step.seats)


def _new_commerce_change(cycle: _Cycle, subscription: Document, step: _Step, seats: int) -> Iterator[ChargeLine]:
    day = step.at.date()
    if step.seats > seats:
        yield cycle.line(day, day, cycle.last, "addQuantity", step.seats - seats)
    elif step.seats:
        if step.seats < seats:
            yield cycle.line(day, day, cycle.last, "removeQuantity", step.seats - seats)
    elif seats:
        begun = parse_instant(subscription["resource"]["effectiveStartDate"])
        is_full = step.at - begun < FULL_REFUND and not cycle.is_extended
        yield cycle.line(day, cycle.first if is_full else day, cycle.last, "cancelImmediate", -seats)


def _steps(subscription: Document, *, is_legacy: bool) -> list[_Step]:
    """Return from when on how many seats are charged: new commerce is charged while it is suspended too."""
    free = NOT_BILLED if is_legacy else {"deleted", *OVER}
    return [
        _Step(parse_instant(step["at"]), 0 if step["status"] in free else int(step["quantity"] or 0))
        for step in subscription["history"]
    ]


def _cycles(anchor: datetime, months: int, begun: date, today: date) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each cycle from the one that a subscription began in, up to today."""
    number = 0
    while terms.months_after(anchor, number * months).date() > begun:
        number -= 1
    while True:
        first, after = (terms.months_after(anchor, (number + one) * months).date() for one in (0, 1))
        if first > today:
            return
        if after > begun:
            yield first, after - ONE_DAY
        number += 1


def _shortened(resource: Document, begins: date, last: date) -> date:
    """Return the last day of a cycle: an aligned end of the term cuts it short."""
    end = resource.get("customTermEndDate")
    ends = parse_instant(str(end)).date() if end else None
    return ends if ends is not None and begins <= ends < last else last


def _is_extended(subscription: Document, begins: date) -> bool:
    extended = subscription.get("extended")
    return extended is not None and parse_instant(extended["since"]).date() <= begins


def _charge_type(cycle: _Cycle, subscription: Document) -> str:
    is_first = cycle.first == parse_instant(subscription["history"][0]["at"]).date()
    if cycle.is_legacy:
        return "Purchase fee" if is_first else "Cycle fee"
    if cycle.is_extended:
        return "extendTerm"
    if is_first:
        return "new"
    starts = parse_instant(subscription["resource"]["effectiveStartDate"]).date()
    return "renew" if cycle.begins == starts else "cycleCharge"
