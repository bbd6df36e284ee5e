"""What the overlaps of an engagement come to: per case, in all, and for each day to come (M12).

Told from the journal alone. Amounts are before tax, in the currency of each source's tenant, by UTC days; what nobody
knows the price of is a number of seat-days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from consolidation.billing.case_overlap import billed_twice
from consolidation.billing.money import Amount
from consolidation.billing.overlap import partner_center_now
from consolidation.billing.overlap_cost import BilledTwice, cost_of_one_day, forecast, overlap_cost
from consolidation.billing.prices import Prices
from consolidation.interlocks import is_set_up_only
from consolidation.journal import Journal
from consolidation.population import CaseName, read_cases
from consolidation.tables import Column, Table

DAYS_AHEAD = 7
"""Days that the forecast looks ahead: long enough to show what a week-end costs."""


@dataclass(frozen=True)
class CaseCost:
    """What the overlap of one case costs.

    Attributes:
        case: Which case.
        rows: Its rows that stand in the target.
        today: UTC day by Partner Center's clock, as far as the journal knows it.
    """

    case: CaseName
    rows: tuple[BilledTwice, ...]
    today: date

    @property
    def so_far(self) -> Amount:
        """What is lost when what still runs is suspended today."""
        return overlap_cost(self.rows, self.today).cost

    @property
    def next_day(self) -> Amount:
        """What is lost with today, when nothing is suspended before tomorrow."""
        return cost_of_one_day(self.rows, self.today)

    @property
    def is_running(self) -> bool:
        """Whether a row is not suspended in the source yet."""
        return any(row.suspended_on is None for row in self.rows)

    @property
    def words(self) -> str:
        """The money of a case that is set up and not suspended, in one sentence."""
        return f"Lost so far: {self.so_far}; each day more: {self.next_day}."


def case_cost(journal: Journal, case: CaseName, prices: Prices) -> CaseCost:
    """Return what the overlap of a case costs until today."""
    return CaseCost(case, billed_twice(journal, case, prices), partner_center_now(journal, case.chain).date())


def case_costs(journal: Journal, cases: Iterable[CaseName], prices: Prices) -> tuple[CaseCost, ...]:
    """Return each case that is billed in both tenants or was for a day or more: those that still are first.

    Args:
        journal: The engagement's journal.
        cases: Each once.
        prices: What is known of prices.
    """
    listed = tuple(cases)
    found = {
        case: case_cost(read, case, prices)
        for case, read in read_cases(journal, listed)
        if is_set_up_only(read, case) or read.last(case.chain, "overlap") is not None
    }
    costs = [found[case] for case in listed if case in found and found[case].rows]
    return tuple(sorted(costs, key=lambda cost: not cost.is_running))


def cost_table(costs: Sequence[CaseCost], sources: int) -> Table:
    """Show each case with its overlap, then the sum of every source and of all.

    Args:
        costs: The cases.
        sources: How many source tenants the engagement has; one needs no sum of its own.
    """
    rows = [_row(cost.case.company, cost.case.source, [cost]) for cost in costs]
    names = sorted({cost.case.source for cost in costs})
    if sources > 1:
        rows += [_row("all cases", name, [cost for cost in costs if cost.case.source == name]) for name in names]
    rows.append(_row("all cases", "all sources", costs))
    return Table(
        columns=(
            Column("company", "Customer"),
            Column("source", "From"),
            Column("state", "Source"),
            Column("days", "Days billed twice", "number"),
            Column("seat_days", "Seat-days", "number"),
            Column("so_far", "Lost so far"),
            Column("next_day", "Each day more"),
        ),
        rows=tuple(rows) if costs else (),
        caption="What both tenants bill for the same seats; credits will be denied (M12)",
        empty="No customer is or was billed in both tenants for a day (M12).",
    )


def _row(company: str, source: str, costs: Sequence[CaseCost]) -> dict[str, object]:
    each = [overlap_cost(cost.rows, cost.today) for cost in costs]
    running = any(cost.is_running for cost in costs)
    return {
        "company": company,
        "source": source,
        "state": "NOT SUSPENDED" if running else "suspended",
        "days": max((one.days for one in each), default=0),
        "seat_days": sum(one.seat_days for one in each),
        "so_far": str(Amount.total(one.cost for one in each)),
        "next_day": str(Amount.total(cost.next_day for cost in costs)) if running else "nothing",
    }


def forecast_table(costs: Sequence[CaseCost]) -> Table:
    """Show what all overlaps will have cost for each day on which the suspensions may follow.

    Args:
        costs: The cases; those that are suspended go in with what they cost.
    """
    days = range(DAYS_AHEAD + 1) if any(cost.is_running for cost in costs) else range(0)
    ahead = [forecast(cost.rows, cost.today, cost.today + timedelta(days=DAYS_AHEAD)) for cost in costs]
    return Table(
        columns=(Column("day", "Suspended on", "date"), Column("cost", "Lost in all by then")),
        rows=tuple(
            {
                "day": max(each[number].until for each in ahead),
                "cost": str(Amount.total(each[number].cost for each in ahead)),
            }
            for number in days
        ),
        caption="What waiting costs: all customers together, by the day on which the rest is suspended",
        empty="Nothing is billed in both tenants today.",
    )
