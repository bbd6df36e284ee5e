"""What it costs that both tenants are billed for the same seats: so far, and for each day to come (M12).

The target bills from the day of its set-up, the source up to the day before its suspension, because the suspension
day is credited ("Common legacy monthly billing scenarios"). So set-up and suspension on one UTC day are no overlap.
What is lost is what the source bills in between; Microsoft credits nothing of it ("CSP regional authorization tenant
consolidation"), unless the source is suspended so soon after the purchase that everything is credited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from consolidation.billing.legacy import WHOLE_PERIOD_DAYS
from consolidation.billing.money import Amount, Range
from consolidation.billing.periods import MONTHS, anchors_before, charge_period
from consolidation.billing.prices import UnitPrice
from consolidation.billing.proration import READINGS, Charge, Reading, prorated

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BilledTwice:
    """One source subscription whose own target subscription stands.

    Attributes:
        subscription: Source subscription id, lower case.
        product: Its name.
        seats: Seats in the source.
        billing_cycle: As Partner Center says it.
        set_up_on: UTC day on which the target subscription was created.
        suspended_on: UTC day of the suspension in the source, None while it goes on.
        anchors: First days of a charge period, one for each reading; see `periods.period_anchors`.
        unit_price: Price of one seat for one billing period, None when nobody knows it.
        purchased_on: UTC day of the order in the source. What is suspended before 30 days have passed since is credited
            as a whole, the days of the overlap too; None when the day is unknown: then none of them is.
    """

    subscription: str
    product: str
    seats: int
    billing_cycle: str
    set_up_on: date
    suspended_on: date | None
    anchors: tuple[date, ...]
    unit_price: UnitPrice | None
    purchased_on: date | None = None

    def days(self, today: date) -> int:
        """Return the UTC days that both tenants bill when what still runs is suspended today."""
        return max(0, ((self.suspended_on or today) - self.set_up_on).days)

    def cost(self, today: date) -> Amount:
        """Return what those days cost in the source, in its tenant's currency, or as seat-days without a price."""
        days = self.days(today)
        held = ((self.suspended_on or today) - self.purchased_on).days if self.purchased_on else WHOLE_PERIOD_DAYS + 1
        months = MONTHS.get(self.billing_cycle.casefold())
        if not days or held < WHOLE_PERIOD_DAYS:
            return Amount()
        if self.unit_price is None or months is None or not self.anchors:
            return Amount(unknown_seat_days=days * self.seats)
        last = self.set_up_on + timedelta(days=days - 1)
        anchors = anchors_before(self.anchors, self.set_up_on)
        costs = [self._cost(anchor, months, last, reading) for anchor in anchors for reading in READINGS]
        if held == WHOLE_PERIOD_DAYS:  # either may be so, see `legacy_credit`
            costs.append(Decimal(0))
        return Amount((Range.spanning(costs, self.unit_price.currency),))

    def _cost(self, anchor: date, months: int, last: date, reading: Reading) -> Decimal:
        """Add up what the days from the set-up on cost, period by period."""
        assert self.unit_price is not None  # noqa: S101 - `cost` has looked
        cost, day = Decimal(0), self.set_up_on
        while day <= last:
            period = charge_period(anchor, months, day)
            end = min(period.last, last)
            charge = Charge(period, self.seats, (self.unit_price.amount,), self.unit_price.currency)
            cost += prorated(charge, (end - day).days + 1, self.seats, reading)
            day = end + _ONE_DAY
        return cost


@dataclass(frozen=True)
class RowCost:
    """One row of an overlap: its days and what they cost."""

    billed: BilledTwice
    days: int
    cost: Amount


@dataclass(frozen=True)
class OverlapCost:
    """What the overlap of a case comes to, each of its rows once (S8).

    Attributes:
        rows: In the order of the plan, those without an overlap too.
        until: UTC day on which what still runs is taken to be suspended.
    """

    rows: tuple[RowCost, ...]
    until: date

    @property
    def days(self) -> int:
        """UTC days of the longest overlap."""
        return max((row.days for row in self.rows), default=0)

    @property
    def seat_days(self) -> int:
        """Seats times days over all rows."""
        return sum(row.days * row.billed.seats for row in self.rows)

    @property
    def cost(self) -> Amount:
        """The sum of the rows."""
        return Amount.total(row.cost for row in self.rows)


def overlap_cost(billed: Sequence[BilledTwice], today: date) -> OverlapCost:
    """Return what the overlap has cost when what still runs is suspended today.

    Args:
        billed: The rows of one case, or of many.
        today: UTC day by Partner Center's clock.
    """
    return OverlapCost(tuple(RowCost(row, row.days(today), row.cost(today)) for row in billed), today)


def forecast(billed: Sequence[BilledTwice], today: date, until: date) -> tuple[OverlapCost, ...]:
    """Return what the overlap will have cost for each day on which the suspension may follow.

    The first is today: the cost so far. Each further one adds the day before it.

    Args:
        billed: The rows of one case, or of many.
        today: UTC day by Partner Center's clock.
        until: Last UTC day to look at.
    """
    days = (until - today).days + 1
    return tuple(overlap_cost(billed, today + timedelta(days=number)) for number in range(days))


def cost_of_one_day(billed: Sequence[BilledTwice], day: date) -> Amount:
    """Return what one UTC day costs for the rows that both tenants bill on it, counted by itself.

    Args:
        billed: The rows of one case, or of many.
        day: Not before the set-up of a row, and before its suspension; the other rows cost nothing.
    """
    both = [row for row in billed if row.set_up_on <= day and (row.suspended_on is None or day < row.suspended_on)]
    return overlap_cost([replace(row, set_up_on=day, suspended_on=None) for row in both], day + _ONE_DAY).cost
