"""What an overlap of the two tenants' billing comes to: days and seats for which both are billed (M12).

A day is a UTC day by Partner Center's clock. The target counts from its creation date as read, the source to the day on
which it was suspended; that day itself is credited, so set-up and suspension on one UTC day are no overlap ("Common
billing scenarios").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from consolidation.endings.rows import takes_service
from consolidation.inventory import ACTIVE, Snapshot
from consolidation.journal import Entry, Journal
from consolidation.plan import Plan, PlanRow, frozen_plan
from consolidation.population import CaseName
from consolidation.tables import counted


@dataclass(frozen=True)
class OverlapDays:
    """One row of a case that stands in the target.

    Attributes:
        row: Its row in the plan.
        set_up: UTC day from which the target bills it.
        suspended: UTC day on which the source was suspended, None while it is not.
        days: UTC days for which both tenants are billed, so far.
    """

    row: PlanRow
    set_up: date
    suspended: date | None
    days: int


@dataclass(frozen=True)
class Overlap:
    """What both tenants bill for one case.

    Attributes:
        rows: Every row that stands in the target and is, or will be, suspended in the source.
    """

    rows: tuple[OverlapDays, ...] = ()

    @property
    def days(self) -> int:
        """The longest overlap of a row, in UTC days."""
        return max((row.days for row in self.rows), default=0)

    @property
    def seats(self) -> int:
        """Seats of the rows that were billed twice for a day or more."""
        return sum(row.row.seats for row in self.rows if row.days)

    @property
    def seat_days(self) -> int:
        """Seats times days, over all rows."""
        return sum(row.row.seats * row.days for row in self.rows)

    @property
    def seats_not_suspended(self) -> int:
        """Seats of the rows that stand in the target and are not suspended in the source yet."""
        return sum(row.row.seats for row in self.rows if row.suspended is None)

    @property
    def sentence(self) -> str:
        """The overlap of a case that is suspended, in words; Microsoft refuses credits for it."""
        if self.days <= 0:
            return "Set up and suspended on the same UTC day: no day is billed twice."
        return (
            f"OVERLAP: both tenants are billed for {counted(self.days, 'day')}, {counted(self.seats, 'seat')}, "
            f"{counted(self.seat_days, 'seat-day')} in all; credits will be denied (M12)."
        )

    @property
    def alarm(self) -> str:
        """The overlap so far of a case that is set up and not suspended, in words."""
        return (
            f"SET UP, NOT SUSPENDED: both tenants are billed for {counted(self.days, 'day')} so far, for "
            f"{counted(self.seats_not_suspended, 'seat')}: suspend today, credits will be denied (M12)."
        )

    def body(self) -> dict[str, Any]:
        """Return the journal's form."""
        rows = [
            {
                "subscription": item.row.subscription,
                "product": item.row.product,
                "seats": item.row.seats,
                "set_up": item.set_up.isoformat(),
                "suspended": item.suspended.isoformat() if item.suspended else None,
                "days": item.days,
            }
            for item in self.rows
            if item.days
        ]
        return {"days": self.days, "seats": self.seats, "seat_days": self.seat_days, "rows": rows}


def overlap(journal: Journal, case: CaseName, target: Snapshot) -> Overlap:
    """Return the overlap of a case from what the target says now.

    Args:
        journal: Holds the plan, the suspensions and the claims.
        case: Which case.
        target: All subscriptions of the target, with their creation dates.
    """
    return _overlap(journal, case, target, target.read_at.date())


def overlap_so_far(journal: Journal, case: CaseName) -> Overlap:
    """Return the overlap of a case from the journal alone, until today by Partner Center's clock."""
    observed = [entry for entry in journal.entries(case.chain, kinds={"observed"}) if "target" in entry.body]
    target = Snapshot.from_body(observed[-1].body["target"]) if observed else None
    return _overlap(journal, case, target, partner_center_now(journal, case.chain).date())


def _overlap(journal: Journal, case: CaseName, target: Snapshot | None, today: date) -> Overlap:
    plan = frozen_plan(journal, case, "04_recreate")
    if plan is None:
        return Overlap()
    set_up = _set_up_days(journal, case, target)
    suspended = suspension_days(journal, case, plan)
    rows = []
    for row in plan.rows:
        if row.subscription in set_up and (takes_service(row) or row.subscription in suspended):
            first, end = set_up[row.subscription], suspended.get(row.subscription)
            rows.append(OverlapDays(row, first, end, max(((end or today) - first).days, 0)))
    return Overlap(tuple(rows))


def _set_up_days(journal: Journal, case: CaseName, target: Snapshot | None) -> dict[str, date]:
    """Return source row -> day on which its counterpart was set up: as read, else as its order was answered or sent."""
    days: dict[str, date] = {}
    refused = {entry.body["intended"] for entry in journal.entries(case.chain, kinds={"refused"})}
    for entry in journal.entries(case.chain, kinds={"intended", "done"}, phase="04_recreate"):
        if entry.body["action"] == "checkout" and entry.number not in refused:
            at = datetime.fromisoformat(entry.body.get("answered_at") or entry.at)
            days |= dict.fromkeys(entry.body["rows"], at.date())
    created = target.by_id() if target else {}
    for row, claimed in journal.claims(case.chain).items():
        counterpart = created.get(claimed)
        if counterpart and counterpart.creation_date:
            days[row] = counterpart.creation_date.date()
    return days


def suspension_days(journal: Journal, case: CaseName, plan: Plan) -> dict[str, date]:
    """Return source row -> day on which Partner Center answered its suspension, else on which it was first read so."""
    days = _seen_suspended(journal, case.chain)
    entries = journal.entries(case.chain, kinds={"done"}, phase="05_suspend")
    for entry in entries:
        answered: Mapping[str, Any] = entry.body
        # Switching auto-renew off suspends nothing.
        if answered.get("answered_at") and answered.get("action") != "auto_renew_off":
            days |= dict.fromkeys(answered["rows"], datetime.fromisoformat(answered["answered_at"]).date())
    # An add-on that went with its base has the base's day.
    return days | {row.subscription: days[row.parent] for row in plan.rows if row.parent in days}


def _seen_suspended(journal: Journal, chain: str) -> dict[str, date]:
    """Return source row -> the day on which what is not active any more was first read so: somebody did it by hand."""
    seen: dict[str, date] = {}
    settled: set[str] = set()
    for entry in reversed(journal.entries(chain, kinds={"observed"})):
        if "source" not in entry.body:
            continue
        snapshot = Snapshot.from_body(entry.body["source"])
        for identifier, item in snapshot.by_id().items():
            if item.status.casefold() == ACTIVE:
                settled.add(identifier)  # what was read before it was active is another story
            elif identifier not in settled:
                seen[identifier] = snapshot.read_at.date()
    return seen


def partner_center_now(journal: Journal, chain: str) -> datetime:
    """Return Partner Center's time: as it was last told, and what has passed since; our clock measures durations only.

    Args:
        journal: Holds what Partner Center told.
        chain: The case's chain.
    """
    here = datetime.now(UTC)
    for entry in reversed(journal.entries(chain, kinds={"observed", "done"})):
        told = _told(entry)
        if told is not None:
            return told + max(here - datetime.fromisoformat(entry.at), timedelta(0))
    return here


def _told(entry: Entry) -> datetime | None:
    """Return the time by Partner Center's clock at which an entry was written, as far as it says so."""
    sides = [entry.body[side]["read_at"] for side in ("source", "target", "watch") if side in entry.body]
    told = max([*sides, entry.body.get("answered_at") or ""])
    return datetime.fromisoformat(told) if told else None
