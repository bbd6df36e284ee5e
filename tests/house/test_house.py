"""The house rules that machines can check, run by the same tools that everybody has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from world import NOTEBOOKS, ROOT

BIN = Path(sys.executable).parent

CHECKS = {
    "ruff lint": [str(BIN / "ruff"), "check", "."],
    "ruff format": [str(BIN / "ruff"), "format", "--check", "."],
    "mypy strict": [str(BIN / "mypy")],
    "imports point one way": [str(BIN / "lint-imports"), "--no-cache"],
    "notebooks without outputs": [str(BIN / "nbstripout"), "--verify", *map(str, sorted(NOTEBOOKS.glob("*.ipynb")))],
}


@pytest.mark.parametrize("name", CHECKS)
def test_check_passes(name: str) -> None:
    """The house stands: ruff, mypy strict, the import rules and nbstripout find nothing."""
    found = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-4000:] + found.stderr[-2000:]


def tracked_files() -> list[Path]:
    """Return the files that git tracks, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_nothing_of_a_machine_is_committed() -> None:
    """S10: no home folder, private key or package index of somebody's machine stands in a file of the project."""
    folders = r"(?<![\w.:/~])/(?:work|root|home|Users)/\w"
    machine = re.compile(rf"{folders}|BEGIN (?:EC |RSA )?PRIVATE KEY-----\n|index-url[ =]+\w+:")
    for path in tracked_files():
        if path.suffix in {".png", ".xlsx"} or path == Path(__file__):
            continue
        found = machine.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{path.relative_to(ROOT)}: {found.group(0) if found else ''}"


def test_executed_notebooks_and_secrets_are_ignored_by_git() -> None:
    """S10: the demo's folder, credentials files and databases cannot be committed by accident."""
    names = [
        "demo/archive/x.ipynb",
        "demo/simulator/contoso-france.env",
        "contoso.db",
        "archive/manifest-0001.dsse.json",
    ]
    ignored = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ignored.stdout.split() == names


def test_modules_fit_on_a_few_screens() -> None:
    """The house stands: no module of lib/ has more than 320 lines."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in (ROOT / "lib").rglob("*.py")
        if (count := path.read_text(encoding="utf-8").count("\n")) > 320
    }
    assert not long


def test_nothing_of_the_project_is_ignored_by_git() -> None:
    """The house stands: what lies under lib/, notebooks/, parameters/ and tests/ reaches a clone."""
    found = subprocess.run(
        ["git", "status", "--porcelain", "--ignored", "lib", "notebooks", "parameters", "tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    ignored = [line[3:] for line in found.stdout.splitlines() if line.startswith("!!")]
    assert [name for name in ignored if "__pycache__" not in name and ".ipynb_checkpoints" not in name] == []
