"""Random damage to random files: each is found, and the damaged file is named."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from evidence.sealed import Sealed

from consolidation.evidence.verification import verify

TRIALS = 25


def flip(path: Path, chance: random.Random) -> str:
    """Change one bit and return the name of the file that must be reported."""
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return path.name


def cut(path: Path, chance: random.Random) -> str:
    """Leave the beginning of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])
    return path.name


def drop_a_line(path: Path, chance: random.Random) -> str:
    """Take one line out."""
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    path.write_bytes(b"".join(lines))
    return path.name


def remove(path: Path, _: random.Random) -> str:
    """Delete a file."""
    path.unlink()
    return path.name


def add(path: Path, chance: random.Random) -> str:
    """Put a copy beside it."""
    added = path.with_name(f"{chance.randrange(10**6)}{path.suffix}")
    shutil.copy(path, added)
    return added.name


def rename(path: Path, chance: random.Random) -> str:
    """Give it another name."""
    renamed = path.with_name(f"{chance.randrange(10**6)}{path.suffix}")
    path.rename(renamed)
    return renamed.name


@pytest.mark.parametrize("with_key", [True, False], ids=["key", "no key"])
@pytest.mark.parametrize("damage", [flip, cut, drop_a_line, remove, add, rename])
def test_random_damage_is_found_and_named(original: Sealed, tmp_path: Path, damage, with_key: bool) -> None:
    """M32: one byte or line changed or lost, a file cut, removed, added or renamed: each is found, with its name."""
    chance = random.Random(f"{damage.__name__} {with_key}")  # noqa: S311 - the trials are to be the same each time
    key = original.public if with_key else None
    newest = "manifest-0002.dsse.json"
    for _ in range(TRIALS):
        root = shutil.copytree(original.root, tmp_path / "trial")
        path = chance.choice(sorted(path for path in root.rglob("*") if path.is_file()))
        named = damage(path, chance)
        result = verify(root, key)
        assert not result.intact, f"{damage.__name__} of {path.name} was not found"
        if path.name == newest and damage in {remove, rename}:
            # Nothing is left that names the newest manifest; what it vouched for is no longer vouched for.
            assert any("no manifest lists it" in finding.what for finding in result.findings)
        else:
            assert any(named in finding.path for finding in result.findings), f"{damage.__name__} of {path.name}"
        shutil.rmtree(root)


def test_an_unsigned_archive_shows_accidents_too(sealed: Sealed) -> None:
    """M32: without any signature a flipped bit is found all the same, in the newest manifest as well."""
    for path in sealed.root.glob("manifest-*"):
        path.unlink()
    newest = sealed.seal(signed=False)
    honest = newest.read_bytes()
    for trial in range(TRIALS):
        flip(newest, random.Random(trial))  # noqa: S311 - the trials are to be the same each time
        assert not verify(sealed.root).intact
        newest.write_bytes(honest)
