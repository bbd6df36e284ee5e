"""The verbs of the engagement's own notebooks: the portfolio and the activity log."""

from __future__ import annotations

from consolidation.activity_log.keeping import gap_sentence, gaps, keep_log, kept_log, kept_since
from consolidation.activity_log.matching import Comparison, compare, effects_of, foreign_table, missing_table
from consolidation.activity_log.view import Period, find_customer, log_table, read_period
from consolidation.approval_queue import queue_table, waiting_plans
from consolidation.azure_support import Dossier, azure_rows, dossiers
from consolidation.billing.invoices.totals import credit_totals
from consolidation.billing.lost import CaseCost, case_costs, cost_table, forecast_table
from consolidation.billing.prices import Prices
from consolidation.case import Case
from consolidation.display import Box, Page, Showable
from consolidation.evidence.archive import Archive
from consolidation.evidence.names import slug
from consolidation.exports import csv_bytes
from consolidation.front_end import someone_is_there
from consolidation.invitations.campaign import Invited, escalation_table, funnel_table, read_campaign
from consolidation.population import CaseName, read_cases, recorded_population
from consolidation.portfolio import Portfolio, read_portfolio_of
from consolidation.session import Known, Session


def _portfolio(session: Session) -> Portfolio:
    engagement, journal, _ = session.opened()
    return read_portfolio_of(engagement, journal)


def show_cases(session: Session) -> Showable:
    """Show every case once, phase by phase, and what it costs where both tenants are or were billed (M12)."""
    return session.part(lambda: _cases(session))


def _cases(session: Session) -> Showable:
    engagement, _, _ = session.opened()
    costs = _costs(session)
    money = (cost_table(costs, len(engagement.sources)), forecast_table(costs))
    portfolio = _portfolio(session)
    if not someone_is_there():
        return Page(portfolio.table, *money)
    # The filters bring widgets along, which no headless run needs.
    from IPython.display import display

    from consolidation.forms.filters import FilteredCases

    display(FilteredCases(engagement, portfolio).widget)
    return Page(*money)


async def work_on_queue(session: Session) -> Showable:
    """Let an approver go through the plans that wait, and show what waits then; headless only show it (M27, M28)."""
    if session.trouble is not None:
        return session.not_done()
    try:
        engagement, journal, _ = session.opened()
        if someone_is_there():
            from consolidation.forms.queue import queue_form

            await queue_form(engagement, journal)
        return queue_table(waiting_plans(engagement, journal))
    except Known as error:
        return session.stop(error)


def _costs(session: Session) -> tuple[CaseCost, ...]:
    engagement, journal, _ = session.opened()
    return case_costs(journal, recorded_population(journal), Prices(engagement.price_list))


def show_waiting(session: Session) -> Showable:
    """Show whom we wait for and since when, the campaign by wave, and whom to ring (M35)."""
    return session.part(lambda: _waiting(session))


def _waiting(session: Session) -> Showable:
    customers = _campaign(session)
    return Page(_portfolio(session).waiting, funnel_table(customers), escalation_table(customers))


def _campaign(session: Session) -> tuple[Invited, ...]:
    engagement, journal, _ = session.opened()
    return read_campaign(engagement, journal)


def show_held(session: Session) -> Showable:
    """Show what is held or failed, why, and the next step."""
    return session.part(lambda: _portfolio(session).held)


def show_progress(session: Session) -> object:
    """Plot how far each phase has come, how many seats have moved, and what overlaps and credits come to."""
    return session.part(lambda: _progress(session))


def _progress(session: Session) -> object:
    # Matplotlib takes a while to import and only this plot needs it.
    from consolidation.plots import plot_progress

    _, journal, _ = session.opened()
    credited = credit_totals(journal, recorded_population(journal))
    return plot_progress(_portfolio(session).cases, _costs(session), _campaign(session), credited)


def show_azure_hand_over(session: Session) -> Showable:
    """Write the dossiers for Microsoft's Azure support, one per wave, and show them (M15)."""
    return session.part(lambda: _azure_hand_over(session))


def _azure_hand_over(session: Session) -> Showable:
    found = azure_dossiers(session)
    if not found:
        return Box("not_applicable", "No customer of this engagement has usage-based Azure.")
    engagement, _, _ = session.opened()
    archive = Archive(engagement.archive_folder)
    parts: list[Showable | str] = []
    for name, dossier in found.items():
        details = {}
        if dossier.text:
            path = archive.engagement_folder() / "exports" / name
            if not path.exists() or path.read_text(encoding="utf-8") != dossier.text:
                path = archive.write_beside(path, dossier.text)
            details["File"] = path.relative_to(archive.root).as_posix()
        not_ready = tuple(f"Not in the text, has not accepted yet: {case.name.company}." for case in dossier.not_ready)
        title = f"For Microsoft's Azure support{f', wave {dossier.wave}' if dossier.wave else ''}"
        parts += [Box("note", title, not_ready, details=details), *dossier.text.splitlines()]
    return Page(*parts)


def azure_dossiers(session: Session) -> dict[str, Dossier]:
    """Return file name -> dossier of each wave; empty when no customer has usage-based Azure.

    A wave's name may hold anything, the name of its file may not (S11); two waves never share a file.
    """
    engagement, journal, clients = session.opened()
    population = recorded_population(journal)
    with_azure = {
        name
        for name, read in read_cases(journal, population)
        if azure_rows(Case(engagement, read, clients, name, "06_azure"))
    }
    cases = [Case(engagement, journal, clients, name, "06_azure") for name in population if name in with_azure]
    found: dict[str, Dossier] = {}
    for dossier in dossiers(cases):
        name = f"azure-support-{slug(dossier.wave)}" if dossier.wave else "azure-support"
        while f"{name}.txt" in found:
            name = f"{name}-again"
        found[f"{name}.txt"] = dossier
    return found


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
    archive = Archive(engagement.archive_folder)
    case = find_customer(recorded_population(journal), customer)
    readings = keep_log(engagement, journal, clients, archive)
    today = clients.target.server_time().date()
    period = read_period(date_from, date_to, today=today, kept_since=kept_since(journal, engagement))
    records = kept_log(engagement, archive, period, case)
    table = log_table(records, period)
    name = f"activity-log-{period.start}-{period.end}.csv"
    path = archive.write_beside(archive.engagement_folder() / "exports" / name, csv_bytes(table))
    missed = [gap_sentence(each.tenant, gap) for each in readings for gap in gaps(journal, each.tenant)]
    return Page(
        table,
        f"Written to {path.relative_to(archive.root).as_posix()} in the archive.",
        Box("failed" if missed else "note", "Kept in the archive", (*missed, *(each.sentence() for each in readings))),
        *comparison_shown(compare_with_journal(session, case)),
    )


def compare_with_journal(session: Session, case: CaseName | None) -> Comparison:
    """Match the whole kept log with what we changed, both ways (M33).

    Args:
        session: The open notebook; the log has just been kept.
        case: The only customer that is looked at, or None for all.
    """
    engagement, journal, clients = session.opened()
    cases = [name for name in recorded_population(journal) if case is None or name.customer == case.customer]
    first = kept_since(journal, engagement) or clients.target.server_time().date()
    whole = Period(first, clients.target.server_time().date())
    effects = [effect for name in cases for effect in effects_of(journal, name)]
    records = kept_log(engagement, Archive(engagement.archive_folder), whole, case)
    return compare(effects, records, {name.customer for name in cases})


def comparison_shown(comparison: Comparison) -> tuple[Showable, Showable, Showable]:
    """Show how many of our own changes the log has, which it has not, and every change that is not ours."""
    by_id = sum(match.how == "correlation id" for match in comparison.matches)
    by_fields = sum(match.how == "fields" for match in comparison.matches)
    words = (
        f"Found by correlation id: {by_id}; by their fields: {by_fields}; not in the log: {len(comparison.missing)}.",
        "A record may take a while to appear; what is not there after a day is a question for Microsoft's support.",
    )
    good = not comparison.missing
    title = f"Our own changes: {len(comparison.matches)}"
    return Box("done" if good else "held", title, words), missing_table(comparison), foreign_table(comparison)
