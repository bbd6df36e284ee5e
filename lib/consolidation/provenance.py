"""Which program it was: package, commit, lock and what is installed, for those who want to run the same one again."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from importlib.metadata import distributions, version
from pathlib import Path

PACKAGE = "tenant-consolidation"

_HERE = Path(__file__).resolve()
_CHECKOUT = _HERE.parents[2]
"""Where `pyproject.toml` and `requirements.lock` lie when the package runs from its own checkout."""


def program() -> dict[str, object]:
    """Describe the program that runs.

    Returns:
        Name, version, `git` (commit, and whether a tracked or new file differs from it; None outside a checkout),
        `lock_sha256` (None where there is no lock), Python, operating system, and every installed package.
    """
    lock = _CHECKOUT / "requirements.lock"
    return {
        "name": PACKAGE,
        "version": version(PACKAGE),
        "git": git_state(_HERE),
        "lock_sha256": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else None,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": dict(sorted((each.name, each.version) for each in distributions())),
    }


def git_state(file: Path) -> dict[str, object] | None:
    """Return commit and `dirty` of the checkout that tracks a file; None when none does, or there is no git.

    A package that was installed into a folder of somebody else's checkout is not tracked by it: that commit would say
    nothing about the package.
    """
    if _git(file, "ls-files", "--error-unmatch", file.name) is None:
        return None
    commit, changes = _git(file, "rev-parse", "HEAD"), _git(file, "status", "--porcelain")
    return None if commit is None or changes is None else {"commit": commit.strip(), "dirty": bool(changes)}


def _git(file: Path, *arguments: str) -> str | None:
    # Variables such as GIT_DIR, which a hook sets, would lead to another repository than the file's.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(file.parent), *arguments],  # noqa: S607 - the user's own git, wherever it lies
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
