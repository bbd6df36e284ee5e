"""`consolidate preview` and `routes`: files of people and of the portal go in, and nothing is done because of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from consolidation.edited_routes import EditedRoutes, read_edited_routes, record_edited_routes
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.exports import write_csv, write_workbook
from consolidation.journal import Journal
from consolidation.people import identify_person
from consolidation.population import find_case, recorded_population
from consolidation.portal_files.comparison import Comparison, compare_with_partner_center
from consolidation.portal_files.preview import (
    NOTHING_IS_WRITTEN,
    Preview,
    activity_table,
    customers_table,
    make_preview,
    preview_table,
    unknown_table,
)
from consolidation.portal_files.reading import read_portal_file
from consolidation.route_lists import listed_rows, route_list_table
from consolidation.session import open_whole_journal
from consolidation.tables import Table


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--engagement", default="", help="Compare with what this engagement has read of Partner Center.")
@click.option("--source", default="", help="Source tenant that the files were exported from; default all sources.")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder for preview.xlsx and customers.csv.")
@click.pass_context
def preview(context: click.Context, files: tuple[Path, ...], engagement: str, source: str, folder: Path | None) -> None:
    """Read the portal's own exports: what would be moved, what they cannot say, where Partner Center differs."""
    found = make_preview([read_portal_file(path) for path in files])
    compared = _compare(found, engagement, source)
    for file in found.files:
        click.echo(f"{file.name}: {file.kind}, {len(file.rows)} rows.")
    for note in found.notes:
        click.echo(note)
    table = preview_table(found, compared.said if compared else None)
    if found.subscriptions:
        click.echo(repr(table))
    if found.activities:
        click.echo(repr(activity_table(found)))
    if compared:
        click.echo(repr(compared.table))
    click.echo(f"These files cannot say: {'; '.join(found.unknown)}.")
    click.echo(NOTHING_IS_WRITTEN)
    if folder is not None:
        _write(found, compared, folder)
    context.exit(3 if compared and compared.differences else 0)


def _compare(found: Preview, engagement: str, source: str) -> Comparison | None:
    if not engagement:
        if source:
            raise EngagementError(["--source names a tenant of an engagement."], next_step="Give --engagement.")
        return None
    loaded = load_engagement(engagement)
    if source:
        loaded.source(source)
    journal = open_whole_journal(loaded)
    cases = [case for case in recorded_population(journal) if source in {"", case.source}]
    return compare_with_partner_center(journal, found, cases)


def _write(found: Preview, compared: Comparison | None, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sheets = [
        ("Preview", preview_table(found, compared.said if compared else None)),
        ("Customers", customers_table(found)),
        *([("Activity log", activity_table(found))] if found.activities else []),
        *([("Differences", compared.table)] if compared else []),
        ("Not in the files", unknown_table(found)),
    ]
    title = "Preview from files: not a plan"
    path = write_workbook(folder / "preview.xlsx", sheets, title=title, subject=title, created=datetime.now(UTC))
    click.echo(str(path))
    click.echo(str(write_csv(folder / "customers.csv", customers_table(found))))


@click.command()
@click.argument("engagement")
@click.option("--write", "to", type=click.Path(path_type=Path), help="Write the rows to this .xlsx or .csv.")
@click.option("--read", "edited", type=click.Path(path_type=Path), help="Show what this edited list changes.")
@click.option("--record", is_flag=True, help="With --read: record the changes as choices.")
@click.option("--customer", default="", help="With --write: one customer, tenant id or domain.")
@click.option("--source", default="", help="Source tenant; needed when several hold the customer.")
def routes(engagement: str, to: Path | None, edited: Path | None, record: bool, customer: str, source: str) -> None:
    """Write the rows of the plans to a list that a person edits, or read it back as choices."""
    if (to is None) == (edited is None) or (record and edited is None):
        raise EngagementError(["Give either --write FILE or --read FILE; --record goes with --read."])
    loaded = load_engagement(engagement)
    journal = open_whole_journal(loaded)
    cases = recorded_population(journal)
    if to is not None:
        rows = listed_rows(journal, [find_case(cases, customer, source)] if customer else cases)
        click.echo(str(_write_routes(to, route_list_table(rows), loaded.name)))
        click.echo(f"Fill in 'New route' or 'Pick', and 'Reason'; then: consolidate routes {engagement} --read FILE.")
    if edited is not None:
        _read_routes(loaded, journal, read_edited_routes(edited, journal, listed_rows(journal, cases)), record=record)


def _read_routes(loaded: Engagement, journal: Journal, found: EditedRoutes, *, record: bool) -> None:
    click.echo(repr(found.differences))
    if found.left_out:
        click.echo(f"{found.left_out} more rows of these customers are not in the list: they stay as they are.")
    if not found.changes:
        return
    if not record:
        click.echo("Nothing is recorded yet: look at the changes, then run it again with --record.")
        return
    person = identify_person(loaded, lambda message: click.echo(message, err=True))
    record_edited_routes(loaded, journal, found, by=person.user_name)
    click.echo(f"{len(found.changes)} choices recorded by {person.user_name}.")
    click.echo("The next run makes the plans anew; where a digest changed, it has to be approved again.")


def _write_routes(to: Path, table: Table, name: str) -> Path:
    kind = to.suffix.casefold()
    if kind == ".csv":
        return write_csv(to, table)
    if kind != ".xlsx":
        raise EngagementError([f"{to.name} is neither .xlsx nor .csv."], next_step="Name the file so.")
    title = f"Routes of {name}"
    return write_workbook(to, [("Routes", table)], title=title, subject=title, created=datetime.now(UTC))
