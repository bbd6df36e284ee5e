"""`consolidate preview` and `routes`: files of people and of the portal go in, and nothing is done because of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from consolidation.engagement import load_engagement
from consolidation.errors import EngagementError
from consolidation.exports import write_csv, write_workbook
from consolidation.population import recorded_population
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
from consolidation.session import open_whole_journal


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
