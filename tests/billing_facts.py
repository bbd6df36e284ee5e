"""The subscription of Microsoft's billing scenarios: one seat, bought on 13 January 2018."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from consolidation.billing.periods import MONTHS, charge_period
from consolidation.billing.proration import Charge, SeatChange

BOUGHT = date(2018, 1, 13)


def charge_on(
    day: date,
    cycle: str,
    *unit_prices: str,
    seats: int = 1,
    changes: tuple[SeatChange, ...] = (),
    anchor: date = BOUGHT,
) -> Charge:
    """Return the charge of the period that a day lies in, in US dollars."""
    period = charge_period(anchor, MONTHS[cycle], day)
    return Charge(period, seats, tuple(map(Decimal, unit_prices)), "USD", changes)
