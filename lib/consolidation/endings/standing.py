"""How what runs out stands, by Partner Center's clock: who buys it, when, and how many days are left (M23).

Nothing is asked of Partner Center here: the journal knows the plan, the choice, the claims and the last time told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from consolidation.choices import chosen_routes
from consolidation.inventory import last_observed
from consolidation.journal import Journal
from consolidation.plan import CUT_OVER, frozen_plan
from consolidation.population import CaseName
from consolidation.routes.terms import last_day
from consolidation.rows import observed_row
from consolidation.transfers.record import transferred_rows

NOTICE = timedelta(days=14)
"""From so long before the end of the term on, a purchase that is missing needs us."""


NOTHING_STANDS = "nothing that is active there stands for it yet"


@dataclass(frozen=True)
class Purchase:
    """The purchase in the target that is still to come for what runs out in the source.

    Attributes:
        subscription: Source subscription id in lower case.
        source: Name of the source.
        product: Its name.
        offer: Its offer in the source.
        seats: Its seats in the source.
        on: UTC day (yyyy-mm-dd) on which it is to be bought; empty when nobody said.
        owner: Who buys it; empty when nobody said.
        ends: Last UTC day of its term; None when it is not known.
    """

    subscription: str
    source: str
    product: str
    offer: str
    seats: int
    on: str
    owner: str
    ends: date | None

    def days_left(self, now: datetime) -> int | None:
        """Return the whole days that its service runs after this one, negative when it is over; None without an end."""
        return None if self.ends is None else (self.ends - now.astimezone(UTC).date()).days

    def is_due(self, now: datetime) -> bool:
        """Tell whether the purchase needs us now: from 14 days before the end of the term, or on the planned day."""
        left = self.days_left(now)
        late = bool(self.on) and self.on < now.astimezone(UTC).date().isoformat()
        return late or left is None or left <= NOTICE.days

    def words(self, now: datetime) -> str:
        """Say what is to be bought, by whom, when, and how many days are left."""
        left = self.days_left(now)
        if left is None:
            time = "nobody knows when its term ends"
        elif left < 0:
            time = f"its term ended with {self.ends}"
        else:
            time = f"its term ends with {self.ends}, {left} {'day' if left == 1 else 'days'} left"
        who = (
            f"{self.owner or 'somebody who is not named'} buys it in the target on {self.on or 'no day that is named'}"
        )
        return f"{self.product} with {self.seats} seats runs out in {self.source}: {time}. {who}; {NOTHING_STANDS}."


def open_purchases(journal: Journal, case: CaseName) -> list[Purchase]:
    """Return the purchases that are still to come: chosen to run out, and nothing in the target stands for them yet."""
    waiting = {key: each for key, each in chosen_routes(journal, case.chain).items() if each.route == "run_out"}
    if not waiting:
        return []
    settled = journal.claims(case.chain).keys() | transferred_rows(journal, case.chain).keys()
    plan = frozen_plan(journal, case, CUT_OVER)
    planned = {row.subscription: row for row in plan.rows} if plan else {}
    source = last_observed(journal, case.chain)
    listed = source.by_id() if source else {}
    found = []
    for key, choice in waiting.items():
        item = listed.get(key)
        row = planned.get(key) or (observed_row(item) if item else None)
        if key in settled or row is None:
            continue
        live = last_day(item) if item else None
        # The end that was approved: an extended service term would only seem to move it.
        ends = row.details.get("term_ends") or (f"{live:%Y-%m-%d}" if live else "")
        day = date.fromisoformat(ends) if ends else None
        what = (key, case.source, row.product, row.offer, row.seats)
        found.append(Purchase(*what, on=choice.purchase_on, owner=choice.owner, ends=day))
    return found


def approved_end(journal: Journal, case: CaseName, subscription: str) -> str:
    """Return the last UTC day (yyyy-mm-dd) of the term with which the newest plan lets a row end; empty without one."""
    plan = frozen_plan(journal, case, CUT_OVER)
    ends = (row.details.get("term_ends", "") for row in plan.rows if row.subscription == subscription) if plan else ()
    return next(iter(ends), "")


def purchases_due(journal: Journal, case: CaseName, now: datetime) -> tuple[str, ...]:
    """Say of each purchase that needs us now what is to be done; empty when none does.

    Args:
        journal: The engagement's journal.
        case: Which case.
        now: Partner Center's clock, UTC.
    """
    return tuple(each.words(now) for each in open_purchases(journal, case) if each.is_due(now))
