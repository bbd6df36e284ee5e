"""The command `consolidate`.

Exit codes: 2 for all that is knowable without a call; then 1 something failed, 3 something is held, 0 all done or
waiting.
"""

from __future__ import annotations

import io
import os
import signal
import sys

import click

from consolidation.cli.decide import approve, choose, confirm
from consolidation.cli.files import preview, routes
from consolidation.cli.invoices import invoices
from consolidation.cli.look import export, log, report, status, watch
from consolidation.cli.prove import keygen, verify
from consolidation.cli.try_out import demo, lab, simulator
from consolidation.cli.walk import run
from consolidation.errors import ConsolidationError, CustomerUnknown, EngagementError, Held, JournalRefused
from partner_center.errors import CredentialsMissing, PartnerCenterError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tenant-consolidation")
def cli() -> None:
    """Consolidate a CSP partner's regional Partner Center tenants into one."""


for _command in (
    run,
    status,
    watch,
    approve,
    choose,
    confirm,
    verify,
    keygen,
    export,
    preview,
    routes,
    report,
    log,
    invoices,
    simulator,
    demo,
    lab,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; an error of a known kind is a few sentences and an exit code, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console of another code page shows "?" instead of stopping
            stream.reconfigure(errors="replace")
    # A scheduler stops with SIGTERM: it means what ^C means. While cases are walked, both ask for a safe end first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        click.echo("Stopped at once: run again, what is open is settled first.", err=True)
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads of notebooks in hand would be waited for, and their kernels end with this process alone.
        os._exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except EngagementError as error:
        _stop([*error.problems, error.next_step], 2)
    except (CredentialsMissing, CustomerUnknown, JournalRefused) as error:
        _stop([str(error)], 2)
    except Held as error:
        _stop(list(error.reasons), 3)
    except (ConsolidationError, PartnerCenterError) as error:
        _stop([str(error)], 1)


def _stop(sentences: list[str], code: int) -> None:
    for sentence in sentences:
        if sentence:
            click.echo(sentence, err=True)
    sys.exit(code)
