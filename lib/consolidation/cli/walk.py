"""`consolidate run`: walks each case as far as it can go."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from consolidation.cli.show import exit_code, show_portfolio
from consolidation.engagement import Engagement, load_engagement
from consolidation.errors import EngagementError
from consolidation.journal import ENGAGEMENT_CHAIN
from consolidation.outcomes import CASE_PHASES, latest_outcome
from consolidation.population import CaseName, recorded_population
from consolidation.portfolio import Portfolio, read_portfolio_of
from consolidation.runner import VARIABLE
from consolidation.session import open_journal
from consolidation.wave_lists import read_wave_list


@click.command()
@click.argument("engagement")
@click.option(
    "--customers", multiple=True, metavar="C", help="Only this customer (tenant id or domain); may be repeated."
)
@click.option("--wave", type=click.Path(path_type=Path), help="Only the customers of this CSV.")
@click.option(
    "--phase", "phases", multiple=True, metavar="P", help="Only this phase, also when it is done; may be repeated."
)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Notebooks at the same time.")
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
    shard: str | None,
    plan_only: bool,
    as_json: bool,
) -> None:
    """Walk each case of ENGAGEMENT as far as it can go, through papermill."""
    loaded = load_engagement(engagement)
    chosen = choose(loaded, customers, wave, shard)
    check_phases(phases)
    for tenant in (*loaded.sources, loaded.target):
        loaded.find_credentials(tenant)
    if plan_only:
        portfolio = plan_cases(loaded, chosen)
    else:
        portfolio = run_engagement(loaded, chosen, phases=phases, workers=workers, quiet=as_json)
    show_portfolio(portfolio, as_json=as_json)
    context.exit(_exit_code(loaded, portfolio))


def run_engagement(
    engagement: Engagement,
    chosen: Callable[[CaseName], bool],
    *,
    phases: tuple[str, ...] = (),
    workers: int = 2,
    quiet: bool = False,
) -> Portfolio:
    """Run the cases with a progress bar, say what was written, and return how every case stands."""
    # The kernels inherit the runner's id, so that they share its leases.
    os.environ.setdefault(VARIABLE, f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}")
    # Papermill and pandas take seconds to import; only a run needs them.
    from tqdm import tqdm

    from consolidation.batch import Batch, Options

    journal = open_journal(engagement)
    total = len(CASE_PHASES) * sum(chosen(case) for case in recorded_population(journal)) or None
    with tqdm(total=total, desc=engagement.name, unit="notebook", disable=quiet) as bar:

        def tell(title: str, phase: str) -> None:
            bar.set_postfix_str(f"{phase} {title}"[:60], refresh=False)
            bar.update()

        options = Options(notebooks_folder(engagement), phases, chosen, workers)
        report = Batch(engagement, journal, options, tell).run()
    click.echo(report.sentence, err=True)
    for line in report.left:
        click.echo(line, err=True)
    click.echo(f"Archive: {engagement.archive_folder}", err=True)
    return read_portfolio_of(engagement, journal)


def plan_cases(engagement: Engagement, chosen: Callable[[CaseName], bool]) -> Portfolio:
    """Write the plan of the cut-over of every case that can be planned into the journal, and nothing else."""
    from consolidation.session import open_case
    from consolidation.steps import make_plan, observe

    journal = open_journal(engagement)
    for case in recorded_population(journal):
        if not chosen(case):
            continue
        session = open_case(str(engagement.path), case.customer, case.source, "04_recreate")
        observe(session)
        plan = make_plan(session)
        stopped = f": {session.trouble}" if session.trouble else ""
        digest = plan.plan.digest if plan.plan else "no plan"
        click.echo(f"{case.company} ({case.source}): {digest}{stopped}", err=True)
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


def choose(
    engagement: Engagement, customers: tuple[str, ...], wave: Path | None, shard: str | None
) -> Callable[[CaseName], bool]:
    """Return which cases take part.

    Raises:
        EngagementError: A customer or a line of the wave names nobody, or the shard is not i/n.
    """
    listed = read_wave_list(wave) if wave else ()
    wanted = {(entry.customer.casefold(), entry.source.casefold()) for entry in listed}
    wanted |= {(customer.strip().casefold(), "") for customer in customers}
    index, count = _shard(shard)

    def chosen(case: CaseName) -> bool:
        # By customer, not by case: both cases of one customer share a lease.
        part = int(hashlib.sha256(case.customer.encode()).hexdigest(), 16) % count
        names = {(name, source) for name in (case.customer, case.domain.casefold()) for source in ("", case.source)}
        return part == index and (not wanted or bool(wanted & names))

    population = recorded_population(open_journal(engagement))
    known = {name for case in population for name in (case.customer, case.domain.casefold())}
    unknown = sorted(name for name, _ in wanted if population and name not in known)
    if unknown:
        raise EngagementError(
            [f"No source tenant has the customer {name!r}." for name in unknown],
            next_step="Give a tenant id or domain from engagement/exports/customers.csv of the archive.",
        )
    return chosen


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 1
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise EngagementError([f"{text!r} is no shard."], next_step="Write i/n with 1 ≤ i ≤ n, for example 1/4.")
    return int(index) - 1, int(count)


def check_phases(phases: tuple[str, ...]) -> None:
    """Refuse names that are no phase.

    Raises:
        EngagementError: Names them and the known ones.
    """
    from consolidation.outcomes import ENGAGEMENT_PHASES

    known = (*ENGAGEMENT_PHASES, *CASE_PHASES)
    unknown = [phase for phase in phases if phase not in known]
    if unknown:
        names = ", ".join(sorted(known))
        raise EngagementError([f"{phase!r} is not a phase." for phase in unknown], next_step=f"Phases: {names}.")


def _exit_code(engagement: Engagement, portfolio: Portfolio) -> int:
    connected = latest_outcome(open_journal(engagement), ENGAGEMENT_CHAIN, "00_connect")
    if connected is not None and connected.outcome in {"failed", "held"}:
        for reason in connected.reasons:
            click.echo(f"00_connect: {reason}", err=True)
        return 1 if connected.outcome == "failed" else 3
    return exit_code(portfolio)
