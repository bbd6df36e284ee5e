"""The verbs of the engagement's own notebooks: the portfolio and the activity log."""

from __future__ import annotations

from consolidation.activity_log import find_customer, log_table, read_log, read_period
from consolidation.case import Case
from consolidation.display import Box, Page, Showable
from consolidation.evidence.archive import Archive
from consolidation.exports import csv_bytes
from consolidation.phases.azure import azure_rows, hand_over_text
from consolidation.population import recorded_population
from consolidation.portfolio import Portfolio, read_portfolio_of
from consolidation.session import Session


def _portfolio(session: Session) -> Portfolio:
    engagement, journal, _ = session.opened()
    return read_portfolio_of(engagement, journal)


def show_cases(session: Session) -> Showable:
    """Show every case once, phase by phase."""
    return session.part(lambda: _portfolio(session).table)


def show_waiting(session: Session) -> Showable:
    """Show whom we wait for and since when."""
    return session.part(lambda: _portfolio(session).waiting)


def show_held(session: Session) -> Showable:
    """Show what is held or failed, why, and the next step."""
    return session.part(lambda: _portfolio(session).held)


def show_progress(session: Session) -> object:
    """Plot how far each phase has come and how many seats have moved."""
    return session.part(lambda: _progress(session))


def _progress(session: Session) -> object:
    # Matplotlib takes a while to import and only this plot needs it.
    from consolidation.plots import plot_progress

    return plot_progress(_portfolio(session).cases)


def show_azure_hand_over(session: Session) -> Showable:
    """Write the text for Microsoft with the company names of all cases that have usage-based Azure (M15)."""
    return session.part(lambda: _azure_hand_over(session))


def _azure_hand_over(session: Session) -> Showable:
    text = engagement_hand_over(session)
    if not text:
        return Box("not_applicable", "No customer of this engagement has usage-based Azure.")
    engagement, _, _ = session.opened()
    archive = Archive(engagement.archive_folder)
    path = archive.engagement_folder() / "exports" / "azure-companies.txt"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path = archive.write_beside(path, text)
    return Page(
        Box("note", "For Microsoft's Azure support", details={"File": path.relative_to(archive.root).as_posix()}),
        *text.splitlines(),
    )


def engagement_hand_over(session: Session) -> str:
    """Return the text for Microsoft: one paragraph per case with usage-based Azure, empty when there is none."""
    engagement, journal, clients = session.opened()
    paragraphs = []
    for name in recorded_population(journal):
        case = Case(engagement, journal, clients, name, "06_azure")
        if journal.last(case.chain, "observed", phase="01_prepare") and azure_rows(case):
            paragraphs.append(hand_over_text(case))
    return "\n".join(paragraphs)


def show_activity_log(session: Session, date_from: str, date_to: str, customer: str) -> Showable:
    """Read the activity log of all tenants, filter by UTC days and customer, write it as CSV (M21).

    Args:
        session: The open notebook.
        date_from: First day, yyyy-mm-dd; empty for 30 days before the last.
        date_to: Last day, yyyy-mm-dd, included; empty for today.
        customer: Tenant id, domain or a part of the company name; empty for all.
    """
    return session.part(lambda: _activity_log(session, date_from, date_to, customer))


def _activity_log(session: Session, date_from: str, date_to: str, customer: str) -> Showable:
    engagement, journal, clients = session.opened()
    period = read_period(date_from, date_to, today=clients.target.server_time().date())
    case = find_customer(recorded_population(journal), customer)
    table = log_table(read_log(engagement, clients, period, case), period)
    archive = Archive(engagement.archive_folder)
    name = f"activity-log-{period.start}-{period.end}.csv"
    path = archive.write_beside(archive.engagement_folder() / "exports" / name, csv_bytes(table))
    return Page(table, f"Written to {path.relative_to(archive.root).as_posix()} in the archive.")
