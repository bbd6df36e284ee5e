"""`consolidate simulator` and `demo`: try the runbook without any tenant.

The simulator is another program and is started as one: nothing here imports it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from consolidation.cli.demo_choices import choose_routes
from consolidation.cli.show import exit_code, show_portfolio
from consolidation.engagement import Engagement, find_engagement_file, load_engagement
from consolidation.errors import ConsolidationError
from consolidation.outcomes import engagement_outcomes
from consolidation.session import open_journal, open_whole_journal
from consolidation.stopping import Stop

SIMULATOR = "partner_center_simulator"
START_PAGE = "demo/start.md"
"""The page that `lab` writes and opens, relative to the project."""

ROUNDS = 4
"""How often the demo lets the people outside act and walks on; it stops as soon as nobody acts any more."""


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def simulator(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Serve the simulator; see `consolidate simulator --help` for its options."""
    command = [sys.executable, "-m", SIMULATOR, "serve", *arguments]
    if os.name == "posix":
        os.execv(sys.executable, command)  # noqa: S606 - so that whoever stops this command stops the simulator
    context.exit(subprocess.run(command, check=False).returncode)


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Notebooks at the same time.")
@click.pass_context
def demo(context: click.Context, workers: int) -> None:
    """Run the whole runbook for the demo portfolio on the simulator."""
    from consolidation.cli.walk import run_engagement

    path = find_engagement_file("parameters/demo.yaml")
    home = path.parent.parent / "demo" / "simulator"
    stop = Stop()
    with running_simulator(home, _port(path)):
        engagement = load_engagement(path)
        open_whole_journal(engagement)
        portfolio = run_engagement(engagement, lambda _case: True, stop, workers=workers)
        for _ in range(ROUNDS):
            if not stop.asked:
                choose_routes(engagement, open_journal(engagement))
            if stop.asked or not _people_act(engagement, home):
                break
            portfolio = run_engagement(engagement, lambda _case: True, stop, workers=workers)
    show_portfolio(portfolio, as_json=False)
    click.echo(f"\nThe evidence: {engagement.archive_folder}")
    click.echo(f"Check it:     consolidate verify {engagement.archive_folder}")
    code = exit_code(portfolio, engagement_outcomes(open_journal(engagement)))
    context.exit(stop.exit_code if stop.asked else 1 if code == 1 else 0)


@click.command()
def lab() -> None:
    """Open JupyterLab on the notebooks, with the demo engagement and its simulator."""
    from consolidation.start_page import write_start_page

    path = find_engagement_file("parameters/demo.yaml")
    root = path.parent.parent
    with running_simulator(root / "demo" / "simulator", _port(path)):
        engagement = load_engagement(path)
        write_start_page(engagement, open_whole_journal(engagement), root / START_PAGE, root / "notebooks")
        environment = {**os.environ, **lab_environment(root / "demo" / "lab")}
        subprocess.run(lab_command(root), check=False, env=environment)


_JUPYTERLAB = """
from consolidation.kernels.provisioner import warm_up
from jupyterlab.labapp import main
warm_up()
main()
"""
"""JupyterLab in a process that has begun to warm up before anybody opens a notebook."""


def lab_command(root: Path) -> list[str]:
    """Return the command that opens JupyterLab on the start page of the project in a folder."""
    options = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{START_PAGE}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return [sys.executable, "-c", _JUPYTERLAB, *options]


def lab_environment(folder: Path) -> dict[str, str]:
    """Write JupyterLab's defaults for this project into a folder, and return the environment that names it.

    Markdown opens as a page to read and not as a text to edit, nobody is asked about news, and cells out of sight stay
    in the page, so that the keyboard, a screen reader and the browser's search reach them. They are defaults: what
    somebody has set for themselves counts for more. Kernels are forked as those of a run are, so that a notebook is
    ready as soon as it is open.
    """
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    from consolidation.kernels.provisioner import NAME

    settings = {
        "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false"},
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
    }
    written = folder / "labconfig" / "default_setting_overrides.json"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    return {
        "JUPYTER_CONFIG_PATH": os.pathsep.join([str(folder), *([others] if others else [])]),
        KernelProvisionerFactory.default_provisioner_name_env: NAME,
    }


def _port(path: Path) -> int:
    """Return the port of the demo's endpoints, without loading the engagement: its CA exists only once served."""
    import yaml

    address = yaml.safe_load(path.read_text(encoding="utf-8"))["cloud"]["partner_center"]
    return urlsplit(address).port or 443


def _people_act(engagement: Engagement, home: Path) -> bool:
    """Let customers and Microsoft's support act on what the run has written; tell whether anybody did."""
    command = [sys.executable, "-m", SIMULATOR, "play", str(engagement.archive_folder), "--home", str(home)]
    played = subprocess.run(command, check=False, capture_output=True, text=True)
    click.echo(played.stdout, nl=False)
    if played.returncode != 0:
        raise ConsolidationError(f"The people outside could not act: {played.stderr.strip()}")
    return bool(played.stdout.strip())


@contextmanager
def running_simulator(home: Path, port: int) -> Iterator[None]:
    """Start the simulator when it is not up, and stop only what was started here.

    Args:
        home: Folder of its state, CA and credentials.
        port: Its fixed port on loopback.

    Raises:
        ConsolidationError: It did not start.
    """
    if is_up(port):
        yield
        return
    home.mkdir(parents=True, exist_ok=True)
    with (home / "simulator.log").open("a", encoding="utf-8") as output:
        command = [sys.executable, "-m", SIMULATOR, "serve", "--home", str(home), "--port", str(port)]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_up(process, port, home)
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def is_up(port: int) -> bool:
    """Tell whether something listens on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_until_up(process: subprocess.Popen[bytes], port: int, home: Path) -> None:
    deadline = time.monotonic() + 60
    while not is_up(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ConsolidationError("The simulator did not start.", next_step=f"See {home / 'simulator.log'}.")
        time.sleep(0.1)
