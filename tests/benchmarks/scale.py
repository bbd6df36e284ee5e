"""How a run grows with its cases (M37): time, memory of the runner, and what looks at the whole. Run by hand.

    .venv/bin/python tests/benchmarks/scale.py [--sizes 500 1000 5000] [--all-phases] [--workers 8]

For each size a generated portfolio is served without latency, and the real commands are run: `consolidate run`, with
`--phase 01_prepare` or, with `--all-phases`, the whole walk in rounds between which the people outside act; then
`status`, `90_portfolio` and `verify`. A flat column of seconds per case is a cost that grows linearly; the runner's
peak memory says whether it holds more than the cases in hand.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from batch import ROOT, adopt_orphans, processor_seconds, served, write_engagement

from consolidation.engagement import load_engagement

HEAD = """\
| customers | run | per case | processor per case | runner's memory | `status` | `90_portfolio` | `verify` | journal |
|---|---|---|---|---|---|---|---|---|"""
"""Wall time of the run, processor time of the others: what else works on the machine changes that little."""

ROUNDS = 4
"""How often the people outside act and the run goes on; it stops as soon as nobody acts any more."""


@dataclass(frozen=True)
class Ran:
    """A command that has ended.

    Attributes:
        seconds: Wall time.
        processor: Processor time, of its kernels too.
        megabytes: Peak memory of its own process, without its children.
    """

    seconds: float
    processor: float
    megabytes: float


def consolidate(*arguments: str) -> Ran:
    """Run the command and measure it."""
    started, before = time.monotonic(), processor_seconds()
    program = str(Path(sys.executable).with_name("consolidate"))
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([program, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in {0, 3}:  # 3: a case is held, which is an outcome
            errors.seek(0)
            sys.exit(f"consolidate {arguments[0]} ended with {process.returncode}: {errors.read()[-2000:].decode()}")
    return Ran(time.monotonic() - started, processor_seconds() - before, used.ru_maxrss / 1024)


def walk(engagement: Path, simulator: Path, workers: int) -> Ran:
    """Run the whole walk, the people outside acting in between."""
    archive = load_engagement(engagement).archive_folder
    seconds, processor, megabytes = 0.0, 0.0, 0.0
    for _ in range(ROUNDS):
        ran = consolidate("run", str(engagement), "--workers", str(workers), "--json")
        seconds, processor = seconds + ran.seconds, processor + ran.processor
        megabytes = max(megabytes, ran.megabytes)
        play = [sys.executable, "-m", "partner_center_simulator", "play", str(archive), "--home", str(simulator)]
        if not subprocess.run(play, check=True, capture_output=True, text=True).stdout.strip():
            break
    return Ran(seconds, processor, megabytes)


def measure(customers: int, workers: int, *, all_phases: bool) -> str:
    """Return the line of the table for one size."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "simulator", customers) as url:
        simulator = Path(folder) / "simulator"
        path = write_engagement(Path(folder) / "engagement", simulator, url)
        consolidate("run", str(path), "--phase", "00_connect", "--json")
        if all_phases:
            ran = walk(path, simulator, workers)
        else:
            ran = consolidate("run", str(path), "--phase", "01_prepare", "--workers", str(workers), "--json")
        status = consolidate("status", str(path), "--json")
        portfolio = consolidate("run", str(path), "--phase", "90_portfolio", "--json")
        verify = consolidate("verify", str(load_engagement(path).archive_folder))
        journal = (path.parent / "journal.db").stat().st_size / 2**20
    each = f"{ran.seconds:.0f} s | {ran.seconds / customers:.2f} s | {ran.processor / customers:.2f} s"
    looks = " | ".join(f"{one.processor:.1f} s" for one in (status, portfolio, verify))
    return f"| {customers} | {each} | {ran.megabytes:.0f} MB | {looks} | {journal:.1f} MB |"


def main() -> None:
    """Measure each size and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 1000, 5000])
    parser.add_argument("--all-phases", action="store_true")
    parser.add_argument("--workers", type=int, default=8)
    options = parser.parse_args()
    adopt_orphans()
    print(HEAD)  # noqa: T201
    for size in options.sizes:
        print(measure(size, options.workers, all_phases=options.all_phases), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
