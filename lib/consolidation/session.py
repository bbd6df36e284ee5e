"""What a notebook holds in its variable: the engagement or the case it works on, and what stopped it, if anything did.

A notebook always runs to its last cell. The first error of a known kind stops the parts after it, is shown as a box,
and becomes the outcome; an error of an unknown kind is a fault of ours and stays a traceback, of which a person in
front sees a box and one line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from consolidation.case import Case
from consolidation.clients import Clients
from consolidation.display import Box, Showable, error_box
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import ConsolidationError, Held, JournalRefused, LeaseLost, Waiting
from consolidation.evidence.archive import Archive
from consolidation.evidence.manifest import archived_heads
from consolidation.front_end import SignInNotice, show_fault
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.outcomes import ENGAGEMENT_PHASES, Outcome, record_outcome
from consolidation.population import find_case, read_population, recorded_population
from consolidation.runner import started_by_run
from partner_center import PartnerCenterError

Known = (ConsolidationError, PartnerCenterError)
"""Errors that end a phase with an outcome instead of a traceback."""

Result = TypeVar("Result")


@dataclass
class Session:
    """One execution of one notebook.

    Attributes:
        phase: The notebook's name.
        engagement: None when its file could not be used.
        journal: None when it could not be opened.
        clients: None when there is no engagement.
        case: The case, for a per-customer notebook.
        trouble: The first error of a known kind.
        notice: Shows the message of a device sign-in while it lasts.
    """

    phase: str
    engagement: Engagement | None = None
    journal: Journal | None = None
    clients: Clients | None = None
    case: Case | None = None
    trouble: ConsolidationError | PartnerCenterError | None = None
    notice: SignInNotice = field(default_factory=SignInNotice, repr=False)

    @property
    def chain(self) -> str:
        """The chain this notebook writes to."""
        return self.case.chain if self.case else ENGAGEMENT_CHAIN

    def opened(self) -> tuple[Engagement, Journal, Clients]:
        """Return engagement, journal and clients of a session that is open."""
        if self.engagement is None or self.journal is None or self.clients is None:
            raise ConsolidationError("The engagement is not open.", next_step="Run the cells above again.")
        return self.engagement, self.journal, self.clients

    def require_case(self) -> Case:
        """Return the case of a per-customer notebook."""
        if self.case is None:
            raise ConsolidationError("No case is open.", next_step="Run the cells above again.")
        return self.case

    def part(self, do: Callable[[], Result]) -> Result | Box:
        """Run one part of the notebook unless an earlier one was stopped; stop on an error of a known kind."""
        if self.trouble is not None:
            return self.not_done()
        try:
            return do()
        except Known as error:
            return self.stop(error)
        except Exception as error:
            show_fault(error)
            raise
        finally:
            self.notice.clear()

    def not_done(self) -> Box:
        """Return what a part shows that comes after the one that was stopped."""
        return Box("note", "Not done, because an earlier cell was stopped.", (str(self.trouble),))

    def stop(self, error: ConsolidationError | PartnerCenterError) -> Box:
        """Stop the parts that follow because of an error of a known kind, and show it."""
        self.trouble = error
        return trouble_box(error)

    def outcome_of_trouble(self) -> Outcome | None:
        """Return the outcome that the trouble stands for, or None without trouble."""
        if self.trouble is None:
            return None
        if isinstance(self.trouble, Waiting):
            error = self.trouble
            return Outcome(self.phase, "waiting", error.reasons, waiting_on=error.on, since=error.since)
        if isinstance(self.trouble, Held):
            return Outcome(self.phase, "held", self.trouble.reasons)
        if isinstance(self.trouble, LeaseLost):
            return Outcome(self.phase, "held", (str(self.trouble),))
        return Outcome(self.phase, "failed", (str(self.trouble),))

    def write_outcome(self, outcome: Outcome) -> Showable:
        """Write the outcome into the chain and show it; without a journal, or with a refused one, only show it."""
        refused = isinstance(self.trouble, JournalRefused)
        if self.journal is not None and not refused and (self.case is not None or self.phase in ENGAGEMENT_PHASES):
            record_outcome(self.journal, self.chain, outcome)
        return outcome_box(outcome)

    def _repr_html_(self) -> str:
        return self._header()._repr_html_()

    def __repr__(self) -> str:
        return repr(self._header())

    def _header(self) -> Box:
        if self.trouble is not None:
            return trouble_box(self.trouble)
        engagement, _, _ = self.opened()
        details = {
            "Engagement": f"{engagement.name} ({engagement.path.name})",
            "Cloud": f"{engagement.cloud.name}, {engagement.cloud.partner_center}",
            "Transitioning To": f"{engagement.target.name} {engagement.target.tenant}",
        }
        if self.case is None:
            sources = ", ".join(f"{source.name} {source.tenant}" for source in engagement.sources)
            return Box(
                "note",
                f"{self.phase}: {engagement.name}",
                engagement.cloud.limits,
                details={**details, "From": sources},
            )
        details["Transitioning From"] = f"{self.case.name.source} {self.case.source_tenant.tenant}"
        details["Customer"] = f"{self.case.name.domain} {self.case.customer}"
        return Box("note", f"{self.phase}: {self.case.name.company}", engagement.cloud.limits, details=details)


def open_engagement(engagement: str, phase: str) -> Session:
    """Open an engagement for one of its own notebooks (00, 90, 91).

    Args:
        engagement: Path of the YAML file, relative to the working directory or a folder above it.
        phase: The notebook's name.
    """
    session = Session(phase)
    try:
        session.engagement = load_engagement(engagement)
        if started_by_run():  # the run has looked at the whole journal before it started this kernel
            session.journal = open_journal(session.engagement)
            session.journal.check(ENGAGEMENT_CHAIN)
        else:
            session.journal = open_whole_journal(session.engagement)
        session.clients = Clients(session.engagement, session.journal, session.notice.show)
    except Known as error:
        session.trouble = error
    return session


def open_case(engagement: str, customer: str, source: str, phase: str) -> Session:
    """Open one case for a per-customer notebook.

    Args:
        engagement: Path of the YAML file.
        customer: Tenant id or domain of the customer.
        source: Name of the source tenant; empty for the only one that holds the customer.
        phase: The notebook's name.
    """
    session = open_engagement(engagement, phase)
    if session.trouble is not None:
        return session
    loaded, journal, clients = session.opened()
    try:
        population = recorded_population(journal) or read_population(loaded, clients)
        name = find_case(population, customer, source)
        journal.check(name.chain)
        session.case = Case(loaded, journal, clients, name, phase)
    except Known as error:
        session.trouble = error
    return session


def open_journal(engagement: Engagement) -> Journal:
    """Open the engagement's journal and make sure that it is this engagement's.

    Raises:
        JournalError: It cannot be opened.
        JournalRefused: It belongs to another engagement.
    """
    journal = Journal(engagement.journal_url)
    journal.bind(
        {
            "name": engagement.name,
            "endpoints": list(engagement.cloud.endpoints),
            "sources": {source.name: source.tenant for source in engagement.sources},
            "target": engagement.target.tenant,
        }
    )
    return journal


def open_whole_journal(engagement: Engagement) -> Journal:
    """Open the engagement's journal and check all of it: every door that people and schedulers come in by does so.

    Raises:
        JournalError: It cannot be opened.
        JournalRefused: It was altered or cut short, is another engagement's or a newer program's; the first bad entry
            is named.
    """
    archived = archived_heads(Archive(engagement.archive_folder))  # before the journal: it only grows meanwhile
    journal = open_journal(engagement)
    journal.check_whole(archived)
    return journal


def trouble_box(error: ConsolidationError | PartnerCenterError) -> Box:
    """Return a known error as a box: held and waiting are states, everything else is a failure."""
    if isinstance(error, Waiting):
        return Box("waiting", f"Waiting for {error.on}", error.reasons, details={"Since": error.since})
    if isinstance(error, Held):
        return Box("held", "Held for us", error.reasons)
    return error_box(error)


_TITLES = {
    "done": "Done",
    "waiting": "Waiting for {on}",
    "held": "Held for us",
    "failed": "Failed",
    "not_applicable": "Not applicable",
}


def outcome_box(outcome: Outcome) -> Box:
    """Return an outcome as the last box of a notebook."""
    title = f"{outcome.phase}: {_TITLES[outcome.outcome].format(on=outcome.waiting_on)}"
    details = {"Since": outcome.since} if outcome.since else {}
    return Box(outcome.outcome, title, outcome.reasons, details=details)
