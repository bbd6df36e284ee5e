"""How the command line shows cases: a table for people, or exactly one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click
from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from consolidation.outcomes import CASE_PHASES, Outcome
from consolidation.portfolio import LEGEND, SIGNS, Portfolio, why
from consolidation.tables import single_line


def show_portfolio(portfolio: Portfolio, *, as_json: bool) -> None:
    """Print every case once, as a table or as JSON."""
    if as_json:
        # Escaped, so that no console's encoding can spoil a company's name.
        click.echo(json.dumps(portfolio.document(), indent=2))
        return
    console = Console()
    console.print(_table(portfolio))
    click.echo("01 prepare  02 invite  03 transfer  04 recreate  05 suspend  06 azure  07 close")
    click.echo(LEGEND)
    # The reasons stand below the table: in a narrow terminal a column of their own would be one word wide.
    for status in portfolio.cases:
        if status.decisive is not None or status.set_up_only:
            name = f"{single_line(status.case.company)} ({status.case.source})"
            loudly = "bold red" if status.set_up_only else ""
            console.print(Text.assemble("\n", (name, f"bold {loudly}"), "\n  ", (single_line(why(status)), loudly)))


def _table(portfolio: Portfolio) -> RichTable:
    title = f"{portfolio.engagement}: {len(portfolio.cases)} cases"
    table = RichTable(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Customer")
    table.add_column("From", no_wrap=True)
    for phase in CASE_PHASES:
        table.add_column(phase[:2], justify="center", no_wrap=True)
    table.add_column("State", no_wrap=True)
    for status in portfolio.cases:
        outcomes = [status.outcomes.get(phase) for phase in CASE_PHASES]
        signs = [SIGNS[outcome.outcome if outcome else None] for outcome in outcomes]
        state = Text(status.state.replace("_", " "))
        if status.set_up_only:
            state = Text("NOT SUSPENDED", "bold red")
        # Text, not markup: a company called [red] is shown as it is written (S11).
        table.add_row(Text(single_line(status.case.company)), status.case.source, *signs, state)
    return table


def exit_code(portfolio: Portfolio, engagement: Mapping[str, Outcome]) -> int:
    """Return 1 when something failed, 3 when something is held, else 0; say it when it is one of the engagement's own.

    A case that is set up and not suspended counts as held: it needs us.

    Args:
        portfolio: Every case.
        engagement: Phase -> newest outcome of the engagement's own notebooks, which the table of cases does not show.
    """
    states = {outcome.outcome for status in portfolio.cases for outcome in status.outcomes.values()}
    if any(status.set_up_only and status.state == "in_progress" for status in portfolio.cases):
        states.add("held")  # a run that died wrote no outcome, and the case needs us all the same
    for phase, outcome in sorted(engagement.items()):
        states.add(outcome.outcome)
        if outcome.outcome in {"failed", "held"}:
            click.echo(f"{phase}: {' '.join(outcome.reasons)}", err=True)
    if "failed" in states:
        return 1
    return 3 if "held" in states else 0
