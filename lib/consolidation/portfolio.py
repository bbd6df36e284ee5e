"""All cases at a glance: the table of cases, the funnel, whom we wait for, what is held (M30)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from consolidation.billing.lost import CaseCost, case_cost
from consolidation.billing.overlap import Overlap, overlap_so_far, partner_center_now
from consolidation.billing.prices import Prices
from consolidation.endings.standing import NOTHING_STANDS, open_purchases, purchases_due
from consolidation.engagement import Engagement
from consolidation.interlocks import is_set_up_only
from consolidation.inventory import ACTIVE, baseline
from consolidation.journal import Journal
from consolidation.outcomes import CASE_PHASES, FINISHED, Outcome, case_outcomes
from consolidation.population import CaseName, read_cases, recorded_population
from consolidation.tables import Column, Table
from consolidation.transfers.record import transferred_rows

SIGNS = {"done": "✓", "waiting": "…", "held": "!", "failed": "✗", "not_applicable": "–", None: "·"}
"""One sign for each outcome, so that a table of cases fits on a page; None has never run."""

LEGEND = "✓ done  … waiting  ! held  ✗ failed  – not applicable  · not started"

STATES = ("failed", "held", "waiting", "in_progress", "not_started", "done")
"""States of a case, the one that needs somebody first."""


@dataclass(frozen=True)
class CaseStatus:
    """One case with the newest outcome of each phase.

    Attributes:
        case: Which case.
        outcomes: Phase -> newest outcome; phases that never ran are absent.
        notebooks: Phase -> newest archived notebook, relative to the archive.
        overlap: What both tenants bill so far, for a case that stands in the target and is not suspended in the source
            (S13); None for any other.
        cost: What that costs, for such a case.
        seats: Active seats in the source when it was prepared.
        seats_moved: Those of them whose own target subscription stands and whose source row is suspended, or which
            were transferred.
    """

    case: CaseName
    outcomes: dict[str, Outcome]
    notebooks: dict[str, str]
    overlap: Overlap | None
    cost: CaseCost | None = None
    seats: int = 0
    seats_moved: int = 0

    @property
    def set_up_only(self) -> bool:
        """Whether it stands in the target and is not suspended in the source."""
        return self.overlap is not None

    @property
    def alarm(self) -> str:
        """That both tenants are billed, for how long and how much (S13, M12); empty for any other case."""
        money = f" {self.cost.words}" if self.cost and self.cost.rows else ""
        return f"{self.overlap.alarm}{money}" if self.overlap else ""

    @property
    def state(self) -> str:
        """The state of the whole case: the worst of its phases, `done` only when all seven have ended."""
        found = {outcome.outcome for outcome in self.outcomes.values()}
        for state in ("failed", "held", "waiting"):
            if state in found:
                return state
        if not found:
            return "not_started"
        complete = all(phase in self.outcomes for phase in CASE_PHASES) and found <= FINISHED
        return "done" if complete else "in_progress"

    @property
    def decisive(self) -> Outcome | None:
        """The outcome that gives the case its state, or None for a case without trouble."""
        for outcome in self.outcomes.values():
            if outcome.outcome == self.state and self.state in {"failed", "held", "waiting"}:
                return outcome
        return None


@dataclass(frozen=True)
class Portfolio:
    """Every case of an engagement exactly once (S8), those that are billed in both tenants first."""

    engagement: str
    cases: tuple[CaseStatus, ...]

    def document(self) -> dict[str, Any]:
        """Return the document that `--json` prints; `totals` counts cases by their state.

        What is set up and not suspended is said first among the reasons of the phase that has to end it.
        """
        return {
            "engagement": self.engagement,
            "cases": [
                {
                    "source": status.case.source,
                    "customer": status.case.customer,
                    "company": status.case.company,
                    "phases": {
                        phase: {**outcome.body(), "notebook": status.notebooks.get(phase)}
                        for phase, outcome in sorted(_with_alarm(status).items())
                    },
                }
                for status in self.cases
            ],
            "totals": dict(sorted(Counter(status.state for status in self.cases).items())),
        }

    @property
    def table(self) -> Table:
        """The table of cases: case by phase, with the reason that decides."""
        columns = (
            Column("company", "Customer", width=28),
            Column("source", "From"),
            *(Column(phase, phase[:2]) for phase in CASE_PHASES),
            Column("why", "State and reason"),
        )
        return Table(
            columns=columns,
            rows=tuple(_row(status) for status in self.cases),
            caption=f"{self.engagement}: every case once. {LEGEND}",
            empty="No cases are listed yet: run 00_connect.",
        )

    @property
    def waiting(self) -> Table:
        """Whom we wait for and how long, the longest wait first."""
        now = datetime.now(UTC)
        rows = [
            {
                "company": status.case.company,
                "source": status.case.source,
                "on": outcome.waiting_on,
                "since": datetime.fromisoformat(outcome.since) if outcome.since else None,
                "days": max((now - datetime.fromisoformat(outcome.since)).days, 0) if outcome.since else None,
                "why": " ".join(outcome.reasons),
            }
            for status in self.cases
            for outcome in status.outcomes.values()
            if outcome.outcome == "waiting"
        ]
        return Table(
            columns=(
                Column("company", "Customer", width=28),
                Column("source", "From"),
                Column("on", "We wait for"),
                Column("since", "Since", "datetime"),
                Column("days", "Days", "number"),
                Column("why", "For what"),
            ),
            rows=tuple(sorted(rows, key=lambda row: str(row["since"]))),
            caption="Waiting",
            empty="We wait for nobody.",
        )

    @property
    def held(self) -> Table:
        """What is held or has failed, with the reason and the next step."""
        rows = tuple(
            {
                "company": status.case.company,
                "source": status.case.source,
                "phase": phase,
                "outcome": outcome.outcome,
                "why": " ".join(outcome.reasons),
            }
            for status in self.cases
            for phase, outcome in sorted(_with_alarm(status).items())
            if outcome.outcome in {"held", "failed"} or phase == _alarming(status)
        )
        return Table(
            columns=(
                Column("company", "Customer", width=28),
                Column("source", "From"),
                Column("phase", "Phase"),
                Column("outcome", "Outcome"),
                Column("why", "Why, and what to do next"),
            ),
            rows=rows,
            caption="Held and failed",
            empty="Nothing is held.",
        )


def read_portfolio_of(engagement: Engagement, journal: Journal) -> Portfolio:
    """Read every case's newest outcomes from the journal."""
    prices = Prices(engagement.price_list)
    population = recorded_population(journal)
    found = {case: _status(read, case, prices) for case, read in read_cases(journal, population)}
    cases = [found.get(case) or CaseStatus(case, {}, {}, None) for case in population]
    return Portfolio(engagement.name, tuple(sorted(cases, key=_urgency)))


def _urgency(status: CaseStatus) -> tuple[bool, int, int]:
    """Return what a case is ordered by: those that are billed twice first, the most seat-days first; then as listed."""
    billed = status.overlap
    return (billed is None, -billed.seat_days if billed else 0, -billed.seats_not_suspended if billed else 0)


def _alarming(status: CaseStatus) -> str | None:
    """Return the phase whose outcome says that a case is set up and not suspended: the newest of the cut-over."""
    if status.overlap is None:
        return None
    return max((phase for phase in status.outcomes if phase <= "05_suspend"), default=None)


def _with_alarm(status: CaseStatus) -> dict[str, Outcome]:
    """Return the outcomes; that both tenants are billed stands first among the reasons of one of them."""
    phase = _alarming(status)
    if phase is None:
        return status.outcomes
    outcome = status.outcomes[phase]
    return {**status.outcomes, phase: replace(outcome, reasons=(status.alarm, *outcome.reasons))}


def _status(journal: Journal, case: CaseName, prices: Prices) -> CaseStatus:
    notebooks = {
        str(entry.phase): str(entry.body["notebook"]) for entry in journal.entries(case.chain, kinds={"archived"})
    }
    outcomes = case_outcomes(journal, case)
    seats, moved = _seats(journal, case, outcomes)
    billed = overlap_so_far(journal, case) if is_set_up_only(journal, case) else None
    outcomes = _with_purchases(journal, case, outcomes)
    cost = case_cost(journal, case, prices) if billed is not None else None
    return CaseStatus(case, outcomes, notebooks, billed, cost, seats, moved)


def _with_purchases(journal: Journal, case: CaseName, outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    """Let a case need us from 14 days before something runs out that nobody has bought in the target yet (M23).

    It needs us although its last notebook was run before that day and waits: the clock is Partner Center's, as it was
    told last, and what has passed since.
    """
    if not open_purchases(journal, case):
        return outcomes
    due = purchases_due(journal, case, partner_center_now(journal, case.chain))
    close = outcomes.get("07_close")
    if not due or (close is not None and close.outcome == "failed"):
        return outcomes
    more = close.reasons if close is not None and close.outcome == "held" else ()
    others = [reason for reason in more if NOTHING_STANDS not in reason]  # those counted the days of another day
    return {**outcomes, "07_close": Outcome("07_close", "held", (*due, *others))}


def _seats(journal: Journal, case: CaseName, outcomes: Mapping[str, Outcome]) -> tuple[int, int]:
    """Return active seats when prepared, and those of them that were moved."""
    record = baseline(journal, case.chain)
    if record is None:
        return 0, 0
    active = {key: item.quantity or 0 for key, item in record[0].by_id().items() if item.status.casefold() == ACTIVE}
    suspended = outcomes.get("05_suspend")
    moved = set(transferred_rows(journal, case.chain))
    if suspended and suspended.outcome == "done":
        moved |= journal.claims(case.chain).keys()
    return sum(active.values()), sum(seats for key, seats in active.items() if key in moved)


def _row(status: CaseStatus) -> dict[str, object]:
    row: dict[str, object] = {"company": status.case.company, "source": status.case.source, "why": why(status)}
    for phase in CASE_PHASES:
        outcome = status.outcomes.get(phase)
        row[phase] = SIGNS[outcome.outcome if outcome else None]
    return row


def why(status: CaseStatus) -> str:
    """Say why a case is where it is; a case that is billed in both tenants says so first (S13)."""
    alarm = f"{status.alarm} " if status.alarm else ""
    decisive = status.decisive
    if decisive is None:
        return (alarm + status.state.replace("_", " ")).strip()
    since = f" since {_moment(decisive.since)}" if decisive.since else ""
    waiting = f"Waiting for {decisive.waiting_on}{since}. " if decisive.waiting_on else ""
    return f"{alarm}{decisive.phase}: {waiting}{' '.join(decisive.reasons)}"


def _moment(written: str) -> str:
    """Return an ISO 8601 moment to read: a day where only the day is known, as of an invoice that is to come."""
    moment = datetime.fromisoformat(written).astimezone(UTC)
    return f"{moment:%Y-%m-%d}" if not (moment.hour or moment.minute) else f"{moment:%Y-%m-%d %H:%M} UTC"
