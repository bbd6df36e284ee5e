"""The ways to install the project say the same: `pyproject.toml` is the source of them all."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    """The normalised name at the beginning of a requirement."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement).group()).casefold()


def test_conda_takes_python_and_pip_and_nothing_else():
    """Conda brings the Python that the project asks for; a package named in two places would be two truths."""
    assert ENVIRONMENT["name"] == PROJECT["name"]
    python, pip, installed = ENVIRONMENT["dependencies"]
    assert PROJECT["requires-python"] == f">={python.removeprefix('python=')}"
    assert pip == "pip"
    assert list(installed) == ["pip"]


def test_conda_installs_the_project_with_all_its_dependencies():
    """The pip section is the project itself with extras that exist, so that it mirrors `pyproject.toml`."""
    (line,) = ENVIRONMENT["dependencies"][-1]["pip"]
    extras = re.fullmatch(r"--editable \.\[([a-z,]+)\]", line).group(1).split(",")
    assert set(extras) <= set(PROJECT["optional-dependencies"])
    assert "test" in extras


def test_the_lock_holds_every_dependency_with_a_hash():
    """What `requirements.lock` installs covers every dependency and extra, each with a hash."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    locked = {name_of(block) for block in blocks if re.match(r"[A-Za-z0-9._-]+==", block)}
    needed = {name_of(each) for each in PROJECT["dependencies"]}
    for extra in PROJECT["optional-dependencies"].values():
        needed |= {name_of(each) for each in extra}
    assert needed - locked == set()
    assert all("--hash=sha256:" in block for block in blocks if re.match(r"[A-Za-z0-9._-]+==", block))


def test_no_address_of_a_registry_is_kept():
    """Neither the lock nor the environment names a package index: everybody uses their own."""
    for name in ("requirements.lock", "environment.yml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--index-url" not in text
        assert "http://" not in text
        assert "https://" not in text
