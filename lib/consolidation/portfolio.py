"""All cases at a glance: the table of cases, the funnel, whom we wait for, what is held (M30)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from consolidation.engagement import Engagement
from consolidation.interlocks import is_set_up_only
from consolidation.journal import Journal
from consolidation.outcomes import CASE_PHASES, FINISHED, Outcome, case_outcomes
from consolidation.population import CaseName, recorded_population
from consolidation.tables import Column, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATES = ("failed", "held", "waiting", "in_progress", "not_started", "done")
"""States of a case, the one that needs somebody first."""


@dataclass(frozen=True)
class CaseStatus:
    """One case with the newest outcome of each phase.

    Attributes:
        case: Which case.
        outcomes: Phase -> newest outcome; phases that never ran are absent.
        notebooks: Phase -> newest archived notebook, relative to the archive.
        set_up_only: It stands in the target and is not suspended in the source: both are billed (S13).
    """

    case: CaseName
    outcomes: dict[str, Outcome]
    notebooks: dict[str, str]
    set_up_only: bool

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
    """Every case of an engagement exactly once (S8)."""

    engagement: str
    cases: tuple[CaseStatus, ...]

    def document(self) -> dict[str, Any]:
        """Return the document that `--json` prints; `totals` counts cases by their state."""
        return {
            "engagement": self.engagement,
            "cases": [
                {
                    "source": status.case.source,
                    "customer": status.case.customer,
                    "company": status.case.company,
                    "phases": {
                        phase: {**outcome.body(), "notebook": status.notebooks.get(phase)}
                        for phase, outcome in sorted(status.outcomes.items())
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
            Column("company", "Customer"),
            Column("source", "From"),
            *(Column(phase, phase) for phase in CASE_PHASES),
            Column("why", "Why"),
        )
        return Table(
            columns=columns,
            rows=tuple(_row(status) for status in self.cases),
            caption=f"{self.engagement}: every case once",
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
                Column("company", "Customer"),
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
            for phase, outcome in sorted(status.outcomes.items())
            if outcome.outcome in {"held", "failed"}
        )
        return Table(
            columns=(
                Column("company", "Customer"),
                Column("source", "From"),
                Column("phase", "Phase"),
                Column("outcome", "Outcome"),
                Column("why", "Why, and what to do next"),
            ),
            rows=rows,
            caption="Held and failed",
            empty="Nothing is held.",
        )

    def funnel(self) -> Figure:
        """Plot how many cases have passed each phase; reads in black and white."""
        return plot_funnel(self.cases)


def read_portfolio_of(engagement: Engagement, journal: Journal) -> Portfolio:
    """Read every case's newest outcomes from the journal."""
    cases = tuple(_status(journal, case) for case in recorded_population(journal))
    return Portfolio(engagement.name, cases)


def _status(journal: Journal, case: CaseName) -> CaseStatus:
    notebooks = {
        str(entry.phase): str(entry.body["notebook"]) for entry in journal.entries(case.chain, kinds={"archived"})
    }
    return CaseStatus(case, case_outcomes(journal, case), notebooks, is_set_up_only(journal, case))


def _row(status: CaseStatus) -> dict[str, object]:
    row: dict[str, object] = {"company": status.case.company, "source": status.case.source, "why": why(status)}
    for phase in CASE_PHASES:
        outcome = status.outcomes.get(phase)
        row[phase] = outcome.outcome.replace("_", " ") if outcome else "not started"
    return row


def why(status: CaseStatus) -> str:
    """Say why a case is where it is; a case that is billed in both tenants says so first (S13)."""
    alarm = "SET UP, NOT SUSPENDED: both tenants are billed. " if status.set_up_only else ""
    decisive = status.decisive
    if decisive is None:
        return (alarm + status.state.replace("_", " ")).strip()
    waiting = (
        f"Waiting for {decisive.waiting_on} since {(decisive.since or '')[:16]} UTC. " if decisive.waiting_on else ""
    )
    return f"{alarm}{decisive.phase}: {waiting}{' '.join(decisive.reasons)}"


def plot_funnel(cases: Sequence[CaseStatus]) -> Figure:
    """Plot the number of cases per phase and outcome as bars told apart by hatching as well as by grey."""
    # Imported where a plot is drawn: `consolidate status` must stay quick.
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    styles = {
        "done": ("#404040", ""),
        "not applicable": ("#d9d9d9", ""),
        "waiting": ("#ffffff", "..."),
        "held": ("#ffffff", "///"),
        "failed": ("#ffffff", "xxx"),
        "not started": ("#ffffff", ""),
    }
    figure = Figure(figsize=(9, 0.45 * len(CASE_PHASES) + 1.2), layout="constrained")
    axes = figure.subplots()
    starts = [0] * len(CASE_PHASES)
    for name, (colour, hatch) in styles.items():
        counts = [sum(_row(status)[phase] == name for status in cases) for phase in CASE_PHASES]
        axes.barh(CASE_PHASES, counts, left=starts, color=colour, hatch=hatch, edgecolor="#404040", label=name)
        starts = [start + count for start, count in zip(starts, counts, strict=True)]
    axes.invert_yaxis()
    axes.set_xlabel("cases")
    axes.set_title(f"{len(cases)} cases: how far each phase has come", loc="left")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    return figure
