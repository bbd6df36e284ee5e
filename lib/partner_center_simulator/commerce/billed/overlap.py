"""Days that two partners pay for the same licence of a customer.

No document says which subscription under the target stands for which one under a source, except after a transfer. The
others are paired so that the fewest seats and days are left over: what is told is the least that is paid twice.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce.billed.periods import Period, kind_of, periods
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State


@dataclass(frozen=True)
class Billed:
    """One subscription of one partner tenant with the days billed for it."""

    partner: Document
    customer: str
    subscription: Document
    periods: list[Period]

    @property
    def identifier(self) -> str:
        """The subscription id."""
        return str(self.subscription["resource"]["id"])

    @property
    def licence(self) -> str:
        """What is the same in both tenants: legacy offer, or product and SKU, in lower case."""
        return ":".join(str(self.subscription["resource"]["offerId"]).lower().split(":")[:2])

    @property
    def seats(self) -> int:
        """Licences; 0 where the subscription shows no number."""
        quantity = self.subscription["resource"].get("quantity")
        return quantity if isinstance(quantity, int) else 0

    def stands_for(self, other: "Billed") -> bool:
        """Tell whether it came from another one by a transfer, or by Microsoft's support."""
        origin = self.subscription.get("transferredFrom") or self.subscription.get("movedFrom")
        return bool(origin) and str(origin).lower() == other.identifier.lower()

    def row(self) -> Document:
        """Return the subscription with its days as JSON."""
        resource = self.subscription["resource"]
        return {
            "tenant": self.partner["name"],
            "customer": self.customer,
            "subscription": self.identifier,
            "name": resource.get("friendlyName"),
            "offer": resource["offerId"],
            "licence": self.licence,
            "kind": kind_of(self.subscription),
            "status": "transferred" if self.subscription.get("left") else resource["status"],
            "seats": resource.get("quantity"),
            "billed": [
                {"from": _text(one.start), "to": _text(one.end), "seats": one.seats, "service": one.service}
                for one in self.periods
            ],
        }


def statement(state: State, customer: str | None) -> Document:
    """Return what is billed for one customer (tenant id) or for all, and what of it is billed twice.

    The days of an overlap count what is owed already: to its end where that is known, else to the end of today.
    """
    today = state.clock.now().date()
    rows = [
        one for known in state.documents.scope("customer", "") if customer in (None, known) for one in _of(state, known)
    ]
    return {
        "now": timestamp(state.clock.now()),
        "subscriptions": [one.row() for one in rows],
        "overlap": [found for pair in _pairs(rows) for found in _overlap(*pair, today)],
    }


def _of(state: State, customer: str) -> Iterator[Billed]:
    for partner in state.partners():
        tenant = partner["tenant"]
        for held in (state.former_subscriptions(tenant, customer), state.subscriptions(tenant, customer)):
            for subscription in held.values():
                yield Billed(partner, customer, subscription, periods(subscription))


def _pairs(rows: list[Billed]) -> Iterator[tuple[Billed, Billed]]:
    """Pair each subscription under a source with at most one under the target."""
    groups: defaultdict[tuple[str, str], tuple[list[Billed], list[Billed]]] = defaultdict(lambda: ([], []))
    for one in rows:
        groups[one.customer, one.licence][int(one.partner["transitioningTo"])].append(one)
    for sources, targets in groups.values():
        taken: set[str] = set()
        for source, target in sorted(product(sources, targets), key=lambda pair: _distance(*pair)):
            if not {source.identifier, target.identifier} & taken:
                taken |= {source.identifier, target.identifier}
                yield source, target


def _distance(source: Billed, target: Billed) -> tuple[bool, int, int]:
    common = sum(((end or date.max) - start).days for start, end, _, _ in _common(source, target))
    return not target.stands_for(source), abs(source.seats - target.seats), common


def _common(source: Billed, target: Billed) -> Iterator[tuple[date, date | None, Period, Period]]:
    for one, other in product(source.periods, target.periods):
        start = max(one.start, other.start)
        end = min((day for day in (one.end, other.end) if day is not None), default=None)
        if end is None or start < end:
            yield start, end, one, other


def _overlap(source: Billed, target: Billed, today: date) -> Iterator[Document]:
    for start, end, one, other in _common(source, target):
        known = end or max(start, today + timedelta(days=1))
        seats = [period.seats for period in (one, other) if isinstance(period.seats, int)]
        yield {
            "customer": source.customer,
            "licence": source.licence,
            "source": {"tenant": source.partner["name"], "subscription": source.identifier},
            "target": {"tenant": target.partner["name"], "subscription": target.identifier},
            "from": _text(start),
            "to": _text(end),
            "days": (known - start).days,
            "seats": min(seats, default=0),
        }


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
