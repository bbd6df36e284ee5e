"""The command: ``python -m partner_center_simulator serve`` and ``play``."""

import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

import click

from partner_center_simulator.clock import parse_instant
from partner_center_simulator.control import faults as faults_module
from partner_center_simulator.control.faults import BadRule
from partner_center_simulator.control.settings import BadSetting, read_file
from partner_center_simulator.documents import HomeInUse
from partner_center_simulator.people.outside import CannotPlay, play_the_people
from partner_center_simulator.portfolios import UnknownPortfolio
from partner_center_simulator.server import DEFAULT_PORT, CannotStart, OtherPortfolio, Server

HOME = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo/simulator"),
    show_default=True,
    help="Folder with state, certificates and credentials.",
)
FAULTS_HELP = "\b\n" + (faults_module.__doc__ or "").replace("\n\n", "\n\n\b\n")


@click.group()
def main() -> None:
    """Partner Center on loopback, for trying the runbook and for its tests."""


@main.command(epilog=FAULTS_HELP)
@HOME
@click.option("--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0: any free one.")
@click.option("--portfolio", help="Name of the portfolio; without it the home's own, else the demo.")
@click.option("--customers", type=click.IntRange(0), help="A generated portfolio of this many customers.")
@click.option("--seed", type=int, help="Seed of all ids and of the generated portfolio.")
@click.option("--latency", type=click.FloatRange(0), help="Seconds that each call takes longer.")
@click.option(
    "--faults",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file of faults and settings for this run; its form is below.",
)
@click.option("--start", help="Date and time (ISO 8601, UTC) at which Partner Center's clock begins.")
def serve(
    home: Path,
    port: int,
    portfolio: str | None,
    customers: int | None,
    seed: int | None,
    latency: float | None,
    faults: Path | None,
    start: str | None,
) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        with Server(
            home,
            portfolio=portfolio,
            customers=customers,
            seed=seed,
            port=port,
            latency=latency,
            faults=read_file(faults) if faults else None,
            start=_instant(start),
        ) as server:
            origin = server.state.origin or {}
            print(
                f"Partner Center simulator ready on {server.url}, portfolio {origin['portfolio']}, "
                f"clock {server.state.clock.now():%Y-%m-%d %H:%M} UTC, home {server.home}",
                flush=True,
            )
            stop.wait()
    except (CannotStart, HomeInUse, OtherPortfolio, UnknownPortfolio, BadRule, BadSetting) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


@main.command()
@click.argument("archive", type=click.Path(exists=True, file_okay=False, path_type=Path))
@HOME
@click.option("--verbose", is_flag=True, help="Also say on stderr who did nothing, and why.")
def play(archive: Path, home: Path, *, verbose: bool) -> None:
    """Play the people outside: customers who answer mails in ARCHIVE, Azure support that reads hand-overs there.

    Prints one line for each who acted now, and nothing when nobody did; the exit code is 0 both ways.
    """
    try:
        for act in play_the_people(archive, home):
            if act.acted:
                print(act.sentence, flush=True)
            elif verbose:
                print(act.sentence, file=sys.stderr, flush=True)
    except CannotPlay as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise click.BadParameter("write it as 2026-11-22 or 2026-11-22T09:00", param_hint="--start") from error


if __name__ == "__main__":
    main(prog_name="python -m partner_center_simulator")
