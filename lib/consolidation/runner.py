"""Who is running: one id per `consolidate run`, or one per notebook that a person started."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from functools import cache

VARIABLE = "CONSOLIDATION_RUNNER"


@cache
def runner_id() -> str:
    """Return the id of this runner: from the environment (kernels inherit it from `run`), else one for this process."""
    return os.environ.get(VARIABLE) or f"notebook-{uuid.uuid4().hex[:12]}"


def started_by_run() -> bool:
    """Tell whether `consolidate run` started this process."""
    return VARIABLE in os.environ


def operating_system_user() -> str:
    """Return user and computer, for example `ana@laptop-17`: who started it, not who is signed in."""
    return f"{getpass.getuser()}@{socket.gethostname()}"
