"""Who is running: one id per `consolidate run`, or one per notebook that a person started."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from datetime import UTC, datetime
from functools import cache

VARIABLE = "CONSOLIDATION_RUNNER"
STARTED_BY = "CONSOLIDATION_STARTED_BY"
"""Set on workers of a cluster: who applies is the person who started the run, not the account of the worker."""


def runner_id() -> str:
    """Return the id of this runner: from the environment (kernels inherit it from `run`), else one for this process."""
    return os.environ.get(VARIABLE) or _own_id()


@cache
def _own_id() -> str:
    return f"notebook-{uuid.uuid4().hex[:12]}"


def begin_run() -> None:
    """Make this process a run: its id goes into the environment, so that the kernels share its leases.

    Before anything is written: a lease taken under another id would keep the run's own kernels out.
    """
    if not started_by_run():
        os.environ[VARIABLE] = f"run-{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def started_by_run() -> bool:
    """Tell whether `consolidate run` started this process."""
    return bool(os.environ.get(VARIABLE))


def is_of_run(runner: str, run: str) -> bool:
    """Tell whether a runner is this run or one of its workers on other computers."""
    return runner == run or runner.startswith(f"{run}/")


def operating_system_user() -> str:
    """Return user and computer, for example `ana@laptop-17`: who started it, not who is signed in."""
    if told := os.environ.get(STARTED_BY):
        return told
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        user = f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown user"
    return f"{user}@{socket.gethostname()}"
