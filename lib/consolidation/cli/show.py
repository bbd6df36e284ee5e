"""How the command line shows cases: a table for people, or exactly one JSON document."""

from __future__ import annotations

import json

import click
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from consolidation.outcomes import CASE_PHASES
from consolidation.portfolio import Portfolio, why
from consolidation.tables import single_line

_SIGNS = {"done": "✓", "waiting": "…", "held": "!", "failed": "✗", "not_applicable": "–", None: "·"}


def show_portfolio(portfolio: Portfolio, *, as_json: bool) -> None:
    """Print every case once, as a table or as JSON."""
    if as_json:
        click.echo(json.dumps(portfolio.document(), ensure_ascii=False, indent=2))
        return
    table = RichTable(
        title=f"{portfolio.engagement}: {len(portfolio.cases)} cases", title_justify="left", show_lines=True
    )
    table.add_column("Customer")
    table.add_column("From")
    for phase in CASE_PHASES:
        table.add_column(phase[:2], justify="center")
    table.add_column("State and reason", ratio=1)
    for status in portfolio.cases:
        outcomes = [status.outcomes.get(phase) for phase in CASE_PHASES]
        signs = [_SIGNS[outcome.outcome if outcome else None] for outcome in outcomes]
        # Text, not markup: a company called [red] is shown as it is written (S11).
        table.add_row(
            Text(single_line(status.case.company)), status.case.source, *signs, Text(single_line(why(status)))
        )
    Console().print(table)
    click.echo("01 prepare  02 invite  03 transfer  04 recreate  05 suspend  06 azure  07 close")
    click.echo("✓ done  … waiting  ! held  ✗ failed  – not applicable  · not started")


def exit_code(portfolio: Portfolio) -> int:
    """Return 1 when something failed, 3 when something is held, else 0."""
    states = {outcome.outcome for status in portfolio.cases for outcome in status.outcomes.values()}
    if "failed" in states:
        return 1
    return 3 if "held" in states else 0
