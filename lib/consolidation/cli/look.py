"""`consolidate status`, `watch`, `export`, `report` and `log`: look, and write files for people."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from consolidation.cli.show import exit_code, show_portfolio
from consolidation.engagement import load_engagement
from consolidation.errors import EngagementError
from consolidation.exports import write_csv, write_workbook
from consolidation.journal import Journal
from consolidation.outcomes import engagement_outcomes
from consolidation.population import CaseName, find_case, recorded_population
from consolidation.portfolio import read_portfolio_of
from consolidation.session import open_engagement, open_whole_journal


@click.command()
@click.argument("engagement")
@click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON document.")
@click.pass_context
def status(context: click.Context, engagement: str, as_json: bool) -> None:
    """Show case by phase: outcome, who we wait for, what is held and why."""
    loaded = load_engagement(engagement)
    journal = open_whole_journal(loaded)
    portfolio = read_portfolio_of(loaded, journal)
    show_portfolio(portfolio, as_json=as_json)
    context.exit(exit_code(portfolio, engagement_outcomes(journal)))


@click.command()
@click.argument("engagement")
@click.pass_context
def watch(context: click.Context, engagement: str) -> None:
    """Read the sources of the cases that were moved: nobody adds subscriptions there again."""
    from consolidation.case import Case
    from consolidation.watch import watch as watch_sources
    from consolidation.watch import watch_table

    open_whole_journal(load_engagement(engagement))
    session = open_engagement(engagement, "90_portfolio")
    if session.trouble is not None:
        raise session.trouble
    loaded, journal, clients = session.opened()
    cases = [Case(loaded, journal, clients, name, "watch") for name in recorded_population(journal)]
    watched = list(watch_sources(cases))
    click.echo(repr(watch_table(watched)))
    if any(one.failed for one in watched):
        context.exit(1)
    context.exit(3 if any(one.found for one in watched) else 0)


@click.command()
@click.argument("engagement")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder to write to; the default is named after the engagement.",
)
@click.option("--customer", default="", help="One customer alone, tenant id or domain: one workbook to send.")
@click.option("--source", default="", help="Source tenant of that customer; needed when several hold the customer.")
def export(engagement: str, folder: Path | None, customer: str, source: str) -> None:
    """Write the workbook of all cases, lists as CSV, and the texts for Microsoft's Azure support; or one customer's."""
    from consolidation.activity_log.keeping import kept_log, kept_since
    from consolidation.activity_log.view import Period, log_table
    from consolidation.desk import azure_dossiers
    from consolidation.evidence.archive import Archive
    from consolidation.phases.connect import population_table
    from consolidation.workbooks import case_records, engagement_sheets

    open_whole_journal(load_engagement(engagement))
    session = open_engagement(engagement, "90_portfolio")
    if session.trouble is not None:
        raise session.trouble
    loaded, journal, _ = session.opened()
    to = folder or Path(f"export-{loaded.name}")
    to.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    cases = recorded_population(journal)
    if customer:
        click.echo(str(_export_customer(journal, find_case(cases, customer, source), to)))
        return
    sheets = engagement_sheets(read_portfolio_of(loaded, journal), case_records(journal, cases))
    title = f"Consolidation {loaded.name}"
    written = [write_workbook(to / "cases.xlsx", sheets, title=title, subject="All cases", created=now)]
    written.append(write_csv(to / "customers.csv", population_table(cases)))
    if (first := kept_since(journal, loaded)) is not None:
        period = Period(first, now.date())
        kept = log_table(kept_log(loaded, Archive(loaded.archive_folder), period, None), period)
        written.append(write_csv(to / "activity-log.csv", kept))
    for name, dossier in azure_dossiers(session).items():
        if dossier.text:
            written.append(to / name)
            written[-1].write_text(dossier.text, encoding="utf-8")
    for path in written:
        click.echo(str(path))


def _export_customer(journal: Journal, case: CaseName, to: Path) -> Path:
    from consolidation.evidence.names import slug
    from consolidation.workbooks import case_records, customer_sheets

    records = case_records(journal, [case])
    if not records:
        raise EngagementError([f"{case.company} is not prepared."], next_step="Run 01_prepare first.")
    return write_workbook(
        to / f"{slug(case.company)}_{case.customer}.xlsx",
        customer_sheets(records[0]),
        title=f"Subscriptions of {case.company} under {case.source}",
        subject=f"As read at {records[0].prepared.read_at:%Y-%m-%d %H:%M} UTC",
        created=records[0].prepared.read_at,
    )


@click.command()
@click.argument("engagement")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder to write to; the default is named after the engagement.",
)
@click.option("--pdf", is_flag=True, help="Print each page to PDF too, through the Chromium on the PATH.")
def report(engagement: str, folder: Path | None, *, pdf: bool) -> None:
    """Write dossier and closure certificate of each customer, and a certificate of each source, from the evidence."""
    from consolidation.report import write_report

    loaded = load_engagement(engagement)
    journal = open_whole_journal(loaded)
    for path in write_report(loaded, journal, folder or Path(f"report-{loaded.name}"), pdf=pdf):
        click.echo(str(path))


@click.command()
@click.argument("engagement")
@click.option("--from", "date_from", default="", help="First UTC day, yyyy-mm-dd; default 30 days back.")
@click.option("--to", "date_to", default="", help="Last UTC day, included; default today.")
@click.option("--customer", default="", help="Tenant id, domain or a part of the company name.")
@click.option("--csv", "path", type=click.Path(path_type=Path), help="Write CSV instead of a table.")
def log(engagement: str, date_from: str, date_to: str, customer: str, path: Path | None) -> None:
    """Show the activity log of all tenants, by date and customer."""
    from consolidation.activity_log.keeping import kept_since, read_log
    from consolidation.activity_log.view import find_customer, log_table, read_period
    from consolidation.evidence.archive import Archive

    open_whole_journal(load_engagement(engagement))
    session = open_engagement(engagement, "91_activity_log")
    if session.trouble is not None:
        raise session.trouble
    loaded, journal, clients = session.opened()
    today = clients.target.server_time().date()
    period = read_period(date_from, date_to, today=today, kept_since=kept_since(journal, loaded))
    case = find_customer(recorded_population(journal), customer)
    table = log_table(read_log(loaded, clients, Archive(loaded.archive_folder), period, case), period)
    if path is None:
        click.echo(repr(table))
    else:
        click.echo(str(write_csv(path, table)))
