"""`consolidate run`: walks each case as far as it can go."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

import click

from consolidation.cli.selection import select_cases
from consolidation.cli.show import exit_code, show_portfolio
from consolidation.cli.signals import stopping_at_signals
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.outcomes import CASE_PHASES, ENGAGEMENT_PHASES, engagement_outcomes
from consolidation.population import CaseName, recorded_population
from consolidation.portfolio import Portfolio, read_portfolio_of
from consolidation.runner import begin_run
from consolidation.sealing import require_means
from consolidation.session import open_journal, open_whole_journal
from consolidation.stopping import Stop


@click.command()
@click.argument("engagement")
@click.option(
    "--customers", multiple=True, metavar="C", help="Only this customer (tenant id or domain); may be repeated."
)
@click.option("--wave", type=click.Path(path_type=Path), help="Only the customers of this CSV.")
@click.option(
    "--phase", "phases", multiple=True, metavar="P", help="Only this phase, also when it is done; may be repeated."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Notebooks at the same time, by threads.",
)
@click.option(
    "--executor",
    default="threads",
    metavar="threads|dask:ADDRESS",
    show_default=True,
    help="What runs the notebooks: threads here, or the workers of a dask scheduler.",
)
@click.option("--shard", metavar="i/n", help="Only the i-th of n parts of the customers, for several schedulers.")
@click.option("--plan", "plan_only", is_flag=True, help="Write plans into the journal and nothing else.")
@click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON document.")
@click.pass_context
def run(
    context: click.Context,
    engagement: str,
    customers: tuple[str, ...],
    wave: Path | None,
    phases: tuple[str, ...],
    workers: int,
    executor: str,
    shard: str | None,
    plan_only: bool,
    as_json: bool,
) -> None:
    """Walk each case of ENGAGEMENT as far as it can go, through papermill."""
    begin_run()
    loaded = load_engagement(engagement)
    chosen = select_cases(customers, wave, shard)
    check_phases(phases)
    dask = dask_address(executor)
    if dask:
        check_dask(loaded)
    for tenant in (*loaded.sources, loaded.target):
        loaded.find_credentials(tenant)
    require_means(loaded)
    journal = open_whole_journal(loaded)
    if recorded_population(journal):
        chosen.require_known(recorded_population(journal))
    stop = Stop()
    # A device sign-in prints its message: with --json, stdout is for the document alone.
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        if plan_only:
            portfolio = plan_cases(loaded, chosen)
        else:
            portfolio = run_engagement(loaded, chosen, stop, phases=phases, workers=workers, dask=dask, quiet=as_json)
    show_portfolio(portfolio, as_json=as_json)
    if stop.asked:
        context.exit(stop.exit_code)
    if portfolio.cases:  # a first run lists the customers only now
        chosen.require_known(status.case for status in portfolio.cases)
    context.exit(exit_code(portfolio, engagement_outcomes(journal)))


def run_engagement(
    engagement: Engagement,
    chosen: Callable[[CaseName], bool],
    stop: Stop,
    *,
    phases: tuple[str, ...] = (),
    workers: int = 2,
    dask: str = "",
    quiet: bool = False,
) -> Portfolio:
    """Run the cases with a progress bar, say what was written, and return how every case stands.

    Args:
        engagement: Loaded and checked.
        chosen: Tells whether a case takes part.
        stop: Asked by the first ^C or SIGTERM; a second one stops at once and fails what is in hand.
        phases: As `--phase`.
        workers: Notebooks executed at the same time, by threads.
        dask: Address of a dask scheduler; empty for threads.
        quiet: No progress bar.
    """
    begin_run()
    # Papermill and pandas take seconds to import; only a run needs them.
    from consolidation.kernels.provisioner import warm_up

    if not dask:
        warm_up()
    from consolidation.batch import Batch, Options
    from consolidation.cli.bar import Bar

    journal = open_journal(engagement)
    options = Options(notebooks_folder(engagement), phases, chosen, workers, dask)
    with Bar(engagement.name, quiet=quiet) as bar, stopping_at_signals(stop):
        report = Batch(engagement, journal, options, bar, stop).run()
    click.echo(report.sentence, err=True)
    if stop.asked:
        click.echo(stop.sentence, err=True)
    for line in report.left:
        click.echo(line, err=True)
    click.echo(f"Archive: {engagement.archive_folder}", err=True)
    return read_portfolio_of(engagement, journal)


def plan_cases(engagement: Engagement, chosen: Callable[[CaseName], bool]) -> Portfolio:
    """Write the plans of transfer and cut-over of every case that can be planned into the journal, and nothing else.

    Raises:
        EngagementError: The customers are not listed yet.
    """
    from consolidation.session import open_case
    from consolidation.steps import make_plan, observe

    journal = open_journal(engagement)
    population = recorded_population(journal)
    if not population:
        raise EngagementError(["The customers are not listed yet."], next_step="Run it with --phase 00_connect first.")
    for case in population:
        if not chosen(case):
            continue
        for phase in ("03_transfer", "04_recreate"):
            session = open_case(str(engagement.path), case.customer, case.source, phase)
            observe(session)
            plan = make_plan(session)
            stopped = f": {session.trouble}" if session.trouble else ""
            digest = plan.plan.digest if plan.plan and plan.plan.rows else "no plan"
            click.echo(f"{case.company} ({case.source}), {phase}: {digest}{stopped}", err=True)
    return read_portfolio_of(engagement, journal)


def notebooks_folder(engagement: Engagement) -> Path:
    """Find the folder of the notebooks beside `pyproject.toml`, above the working directory or the engagement file.

    Raises:
        EngagementError: There is none.
    """
    starts = (Path.cwd(), engagement.folder, Path(__file__).resolve().parent)
    for start in starts:
        for folder in (start, *start.parents):
            if (folder / "notebooks" / "01_prepare.ipynb").is_file():
                return folder / "notebooks"
    raise EngagementError(["The notebooks are not found."], next_step="Start the command in the project's folder.")


def dask_address(executor: str) -> str:
    """Return the scheduler's address of `dask:ADDRESS`; empty for `threads`.

    Raises:
        EngagementError: It is neither.
    """
    kind, _, address = executor.partition(":")
    if executor != "threads" and not (kind == "dask" and address.strip()):
        raise EngagementError(
            [f"There is no executor {executor!r}."],
            next_step="Use threads, or dask:ADDRESS with the address that 'dask scheduler' prints; under another "
            "scheduler give each job a part with --shard i/n.",
        )
    return address.strip()


def check_dask(engagement: Engagement) -> None:
    """Refuse what workers on several computers cannot share, before anything is asked of anybody.

    Raises:
        EngagementError: The journal is a SQLite file.
    """
    from consolidation.executors.dask_workers import require_shared_journal

    require_shared_journal(engagement)


def check_phases(phases: tuple[str, ...]) -> None:
    """Refuse names that are no phase.

    Raises:
        EngagementError: Names them and the known ones.
    """
    known = (*ENGAGEMENT_PHASES, *CASE_PHASES)
    unknown = [phase for phase in phases if phase not in known]
    if unknown:
        names = ", ".join(sorted(known))
        raise EngagementError([f"{phase!r} is not a phase." for phase in unknown], next_step=f"Phases: {names}.")
