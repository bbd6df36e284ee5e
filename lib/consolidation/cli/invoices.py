"""`consolidate invoices`: what the final invoices say, and a reconciliation file of the portal that is brought."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from consolidation.billing.invoices.kept import bring_file
from consolidation.billing.invoices.record import recorded_invoice
from consolidation.billing.invoices.view import invoice_table
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.evidence.archive import Archive
from consolidation.population import recorded_population
from consolidation.session import open_whole_journal


@click.command()
@click.argument("engagement")
@click.option("--read", "file", type=click.Path(path_type=Path), help="Keep this reconciliation file of the portal.")
@click.option("--tenant", default="", help="With --read: name of the tenant that was invoiced.")
@click.option(
    "--dated", type=click.DateTime(["%Y-%m-%d"]), help="With --read: date of the invoice, which the file does not say."
)
@click.pass_context
def invoices(context: click.Context, engagement: str, file: Path | None, tenant: str, dated: datetime | None) -> None:
    """Show the expected credits beside the invoiced ones, or keep a reconciliation file for the next run."""
    loaded = load_engagement(engagement)
    if (file is None) == (dated is not None) or bool(tenant) != (file is not None):
        raise EngagementError(["--read goes with --tenant and --dated."], next_step="Give all three, or none.")
    if file is None or dated is None:
        context.exit(_show(loaded))
        return
    names = [*(source.name for source in loaded.sources), loaded.target.name]
    if tenant not in names:
        raise EngagementError([f"{tenant} is no tenant of this engagement: {', '.join(names)}."])
    open_whole_journal(loaded)
    kept = bring_file(Archive(loaded.archive_folder), tenant, file, dated.date())
    click.echo(f"Kept as {kept.path.name}. The next 'consolidate run' compares it.")


def _show(loaded: Engagement) -> int:
    """Print the match table of every case that has one; 3 when something differs."""
    journal = open_whole_journal(loaded)
    differs = False
    for case in recorded_population(journal):
        found = recorded_invoice(journal, case.chain)
        if found is not None:
            click.echo(repr(invoice_table(found.rows, f"{case.company}, {case.source}")))
            for sentence in (*found.findings, *found.open, *found.trouble):
                click.echo(sentence)
            differs |= bool(found.findings)
    return 3 if differs else 0
