"""How much a notebook of its own per case costs (M37): the same cases in four ways, in turns. Run by hand.

    .venv/bin/python tests/benchmarks/batch.py [--cases 200] [--sample 10] [--rounds 2] [--workers 8] [--phase P]

| way | what it is |
|---|---|
| ours | `consolidate run`: warm kernels, archive with HTML, manifest |
| papermill CLI | the command `papermill` once for each case, two at a time |
| papermill API | `papermill.execute_notebook` in a loop with two threads, kernels started anew |
| plain script | the same library calls in one process without notebook, kernel, archive or HTML: the floor |

Each way has a journal of its own that has listed the customers, and all ask one simulator, which takes its part of the
machine as Partner Center would not. Wall time depends on what else runs, processor time hardly: both are given.
The cases are cut into rounds and the ways take turns in each, so that what else
runs on the machine slows all of them. The two ways of papermill are measured on a sample; the table gives seconds per
case and the ratio to ours, and both are as true for all cases as for the sample, for each case is done alone.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from consolidation.cli.try_out import is_up
from consolidation.engagement import load_engagement
from consolidation.population import CaseName, recorded_population
from consolidation.session import open_journal

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
TENANTS = {
    "contoso-france": "5a1f0c3e-1111-4a6b-9c2d-000000000f0a",
    "contoso-germany": "5a1f0c3e-2222-4a6b-9c2d-00000000de0a",
    "contoso-europe": "5a1f0c3e-3333-4a6b-9c2d-00000000e00a",
}
TOGETHER = 2
"""Notebooks at the same time for the two ways of papermill, and threads of the plain script: one for each core."""

API_LOOP = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
import papermill
notebook, folder, cases = json.load(sys.stdin)
def one(numbered):
    number, parameters = numbered
    papermill.execute_notebook(notebook, f"{folder}/{number}.ipynb", parameters=parameters, kernel_name="python3",
                               progress_bar=False, shutdown_kernel="immediate")
with ThreadPoolExecutor(TOGETHER) as threads:
    list(threads.map(one, enumerate(cases)))
""".replace("TOGETHER", str(TOGETHER))

PLAIN_SCRIPT = """
import asyncio, json, sys
from concurrent.futures import ThreadPoolExecutor
import ast
notebook, folder, cases = json.load(sys.stdin)
cells = [cell for cell in json.load(open(notebook, encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
codes = [compile("".join(cell["source"]), "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT) for cell in cells]
async def one(parameters):
    names = {}
    for number, code in enumerate(codes):
        waits = eval(code, names)
        if waits is not None:
            await waits
        if number == 0:
            names.update(parameters)
with ThreadPoolExecutor(TOGETHER) as threads:
    list(threads.map(lambda parameters: asyncio.run(one(parameters)), cases))
""".replace("TOGETHER", str(TOGETHER))


@dataclass
class Way:
    """One way to work on cases, with what it took so far.

    Attributes:
        work: Does so many cases; takes the engagement file and the cases.
        share: Which of a round's cases it does, from 0 to 1.
        seconds: Wall time so far.
        processor: Processor time so far, of all its processes.
        cases: How many it did.
    """

    work: Callable[[Path, list[CaseName]], None]
    share: float = 1.0
    seconds: float = 0.0
    processor: float = 0.0
    cases: int = 0

    def turn(self, engagement: Path, cases: list[CaseName]) -> None:
        """Do its share of these cases and take the time."""
        mine = cases[: max(1, round(len(cases) * self.share))]
        started, used = time.monotonic(), processor_seconds()
        self.work(engagement, mine)
        self.seconds += time.monotonic() - started
        self.processor += processor_seconds() - used
        self.cases += len(mine)


@dataclass
class Bench:
    """The four ways on one simulator.

    Attributes:
        home: Folder of all files.
        phase: The notebook.
        workers: Of `consolidate run`.
    """

    home: Path
    phase: str
    workers: int
    environment: dict[str, str] = field(default_factory=lambda: {**os.environ, "MPLBACKEND": "agg"})

    def ours(self, engagement: Path, cases: list[CaseName]) -> None:
        """Run the command on a wave list."""
        wave = engagement.parent / "wave.csv"
        lines = [f"{case.customer},{case.source}" for case in cases]
        wave.write_text("\n".join(("customer,source", *lines)), encoding="utf-8")
        options = ["--wave", str(wave), "--phase", self.phase, "--workers", str(self.workers), "--json"]
        self._command(self._program("consolidate"), "run", str(engagement), *options)

    def papermill_command(self, engagement: Path, cases: list[CaseName]) -> None:
        """Run papermill's command once for each case."""

        def one(case: CaseName) -> None:
            given = self._parameters(engagement, case)
            pairs = [part for name, value in given.items() for part in ("-p", name, value)]
            output = str(engagement.parent / f"{case.customer}.ipynb")
            self._command(self._program("papermill"), str(self._notebook), output, *pairs, "--no-progress-bar")

        with ThreadPoolExecutor(TOGETHER) as threads:
            list(threads.map(one, cases))

    def papermill_loop(self, engagement: Path, cases: list[CaseName]) -> None:
        """Call papermill's API in a loop, in a process of its own."""
        self._script(API_LOOP, engagement, cases)

    def plain_script(self, engagement: Path, cases: list[CaseName]) -> None:
        """Make the library calls of the notebook without one."""
        self._script(PLAIN_SCRIPT, engagement, cases)

    @property
    def _notebook(self) -> Path:
        return NOTEBOOKS / f"{self.phase}.ipynb"

    def _parameters(self, engagement: Path, case: CaseName) -> dict[str, str]:
        return {"engagement": str(engagement), "customer": case.customer, "source": case.source}

    def _script(self, text: str, engagement: Path, cases: list[CaseName]) -> None:
        every = [self._parameters(engagement, case) for case in cases]
        given = json.dumps([str(self._notebook), str(engagement.parent), every])
        self._command(sys.executable, "-c", text, given=given)

    def _program(self, name: str) -> str:
        return str(Path(sys.executable).with_name(name))

    def _command(self, *command: str, given: str | None = None) -> None:
        done = subprocess.run(
            command, input=given, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode not in {0, 3}:  # 3: a case is held, which is an outcome
            sys.exit(f"{' '.join(command[:3])} ended with {done.returncode}: {done.stderr[-2000:]}")


def adopt_orphans() -> None:
    """Become the parent of what our processes leave behind, so that their processor time is counted (Linux)."""
    subreaper = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
    ctypes.CDLL(None).prctl(subreaper, 1, 0, 0, 0)


def processor_seconds() -> float:
    """Return the processor time of all children that have ended: the warm process with its kernels too."""
    time.sleep(0.5)  # it ends when it sees that its run is gone
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_engagement(folder: Path, simulator: Path, url: str) -> Path:
    """Write an engagement with a journal and an archive of its own, and list its customers."""
    folder.mkdir()
    sources = [
        {"name": name, "tenant": TENANTS[name], "credentials": str(simulator / f"{name}.env")}
        for name in ("contoso-france", "contoso-germany")
    ]
    target = {"name": "contoso-europe", "tenant": TENANTS["contoso-europe"]}
    values = {
        "name": "benchmark",
        "cloud": {**dict.fromkeys(("login", "partner_center", "graph"), url), "ca_bundle": str(simulator / "ca.pem")},
        "sources": sources,
        "target": {**target, "credentials": str(simulator / "contoso-europe.env")},
        "customers": "all",
        "approvals": "automatic",
        "throttle": {"requests_per_minute": 1_000_000},
        "journal": "sqlite:///journal.db",
        "archive": "archive",
    }
    path = folder / "engagement.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


@contextmanager
def served(home: Path, customers: int) -> Iterator[str]:
    """Serve the generated portfolio in a process of its own; yield its address."""
    port = 47600 + os.getpid() % 1000
    options = ["--home", str(home), "--port", str(port), "--customers", str(customers)]
    process = subprocess.Popen([sys.executable, "-m", "partner_center_simulator", "serve", *options])
    try:
        while not is_up(port):
            if process.poll() is not None:
                sys.exit("The simulator did not start.")
            time.sleep(0.1)
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def table(ways: dict[str, Way], cases: int) -> str:
    """Return the ways as a Markdown table, with seconds per case and the ratio to ours."""
    ours = ways["ours"]
    wall, used = ours.seconds / ours.cases, ours.processor / ours.cases
    lines = [
        "| way | cases measured | seconds per case | for all | ratio to ours | processor seconds per case | ratio |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, way in ways.items():
        each = way.seconds / way.cases
        measured = f"{way.cases}" if way.cases >= cases else f"{way.cases} (sample, scaled per case)"
        processor = way.processor / way.cases
        times = f"{each:.2f} | {each * cases:.0f} s | {each / wall:.2f} | {processor:.2f} | {processor / used:.2f}"
        lines.append(f"| {name} | {measured} | {times} |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--sample", type=int, default=10, help="cases of the two ways of papermill")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--phase", default="01_prepare")
    options = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "simulator", options.cases) as url:
        home = Path(folder)
        bench = Bench(home, options.phase, options.workers)
        share = options.sample / options.cases
        ways = {
            "ours": Way(bench.ours),
            "papermill CLI": Way(bench.papermill_command, share),
            "papermill API": Way(bench.papermill_loop, share),
            "plain script": Way(bench.plain_script),
        }
        first = write_engagement(home / "first", home / "simulator", url)
        command = [str(Path(sys.executable).with_name("consolidate")), "run", str(first), "--phase", "00_connect"]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        cases = recorded_population(open_journal(load_engagement(first)))
        for name in ways:
            own = write_engagement(home / name.replace(" ", "-"), home / "simulator", url)
            shutil.copy(first.parent / "journal.db", own.parent)
        for part in range(options.rounds):
            for name, way in ways.items():
                way.turn(home / name.replace(" ", "-") / "engagement.yaml", cases[part :: options.rounds])
    print(f"{options.phase}, {len(cases)} cases in {options.rounds} rounds, {os.cpu_count()} cores")  # noqa: T201
    print(table(ways, len(cases)))  # noqa: T201


if __name__ == "__main__":
    main()
