"""Random damage to every kind of file, thousands of times: each is found, and the damaged file is named."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from evidence.authority import Authority, listening
from evidence.conftest import nothing_yet, run_twice
from evidence.sealed import ADATUM, Sealed

from consolidation.evidence.archive import manifest_number
from consolidation.evidence.envelope import Envelope
from consolidation.evidence.manifest import self_digest
from consolidation.evidence.verification import verify
from consolidation.journal.entries import canonical_json

KINDS = {
    "notebook": "*.ipynb",
    "page": "*.html",
    "list": "*.csv",
    "workbook": "*.xlsx",
    "mail": "*.eml",
    "journal segment": "*.jsonl",
    "manifest": "manifest-*.json",
    "time stamp": "manifest-*.tsr",
}


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    """An archive of two runs with every kind of file, in several folders, both manifests signed and stamped."""
    folder = tmp_path_factory.mktemp("complete")
    authority = Authority(folder / "authority")
    with listening(authority), nothing_yet(folder) as archive:
        workbook = random.Random(0).randbytes(700)  # noqa: S311 - no secret
        for place in (archive.case(ADATUM), archive.archive.engagement_folder()):
            archive.archive.write(place / "exports" / "cases.xlsx", workbook)
            archive.archive.write(place / "mails" / "reminder.eml", f"Subject: {place.name}\n\nSecond\nthird line\n")
            archive.archive.write(place / "exports" / "log.csv", f"{place.name}\r\n1\r\n2\r\n")
        yield run_twice(archive, service=authority.address)


def change_a_byte(path: Path, chance: random.Random) -> str:
    """Put another byte in the place of one."""
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    path.write_bytes(content)
    return path.name


def drop_an_entry(path: Path, chance: random.Random) -> str:
    """Take out one line; of a manifest one file that it lists, everything fitted but the signature; else one byte."""
    if manifest_number(path.name) is not None:
        return _drop_a_subject(path, chance)
    content = path.read_bytes()
    parts = content.splitlines(keepends=True) if content.isascii() or path.suffix == ".jsonl" else []
    parts = parts if len(parts) > 1 else [bytes([byte]) for byte in content]
    del parts[chance.randrange(len(parts))]
    path.write_bytes(b"".join(parts))
    return path.name


def _drop_a_subject(path: Path, chance: random.Random) -> str:
    envelope = Envelope.from_bytes(path.read_bytes())
    statement = json.loads(envelope.payload)
    del statement["predicate"]["selfDigest"]
    del statement["subject"][chance.randrange(len(statement["subject"]))]
    statement["predicate"]["selfDigest"] = self_digest(statement)
    path.write_bytes(Envelope(canonical_json(statement).encode(), envelope.signatures).to_bytes())
    return path.name


def cut(path: Path, chance: random.Random) -> str:
    """Leave the beginning of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))])
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


def replay(path: Path, chance: random.Random) -> str:
    """Put what another file of its kind holds in its place."""
    root = next(parent for parent in path.parents if list(parent.glob("manifest-*")))
    others = {other.read_bytes() for other in root.rglob(f"*{path.suffix}")} - {path.read_bytes()}
    path.write_bytes(chance.choice(sorted(others)) if others else b"")
    return path.name


TRIALS: dict[Callable[[Path, random.Random], str], int] = {
    change_a_byte: 170,
    drop_an_entry: 90,
    cut: 20,
    remove: 10,
    add: 10,
    rename: 10,
    replay: 10,
}
"""Damage -> how often it is done to each kind of file: 2,560 in all."""


OF_A_PAIR = ("There is no manifest that it could stamp", "Its time stamp is missing")
"""What the newest manifest and its time stamp say of each other when one of them is gone: no third file names them."""


def restore(path: Path, content: bytes, named: str) -> None:
    """Undo whatever was done to one file, the copy of it that has another name included."""
    if named != path.name:
        path.with_name(named).unlink()
    path.write_bytes(content)


@pytest.mark.parametrize("kind", KINDS)
def test_random_damage_is_found_and_named(complete: Sealed, kind: str) -> None:
    """M32: one byte changed or one entry dropped at random, 2,000 times and more: each is found, with its name.

    So is a file cut, removed, added, renamed or replayed. Half of the trials are without the public key: what its
    signature would show, hash and digest show as well.
    """
    chance = random.Random(kind)  # noqa: S311 - the trials are to be the same each time
    files = sorted(complete.root.rglob(KINDS[kind]))
    tried = 0
    for damage, times in TRIALS.items():
        for trial in range(times):
            path = chance.choice(files)
            honest = path.read_bytes()
            named = damage(path, chance)
            result = verify(complete.root, complete.public if trial % 2 else None)
            what = f"{damage.__name__} of {path.name}, trial {trial}"
            assert not result.intact, f"{what} was not found"
            names_it = any(named in finding.path for finding in result.findings)
            names_it = names_it or any(words in finding.what for finding in result.findings for words in OF_A_PAIR)
            assert names_it, what
            restore(path, honest, named)
            tried += 1
    assert tried == sum(TRIALS.values())
    assert verify(complete.root, complete.public).intact


def test_the_trials_are_as_many_as_they_should_be() -> None:
    """M32: bytes changed and entries dropped alone are more than 2,000 trials."""
    assert len(KINDS) * (TRIALS[change_a_byte] + TRIALS[drop_an_entry]) >= 2_000


def test_an_unsigned_archive_shows_accidents_too(sealed: Sealed) -> None:
    """M32: without any signature a changed byte is found all the same, in the newest manifest as well."""
    for path in sealed.root.glob("manifest-*"):
        path.unlink()
    newest = sealed.seal(signed=False)
    honest = newest.read_bytes()
    for trial in range(100):
        change_a_byte(newest, random.Random(trial))  # noqa: S311 - the trials are to be the same each time
        assert not verify(sealed.root).intact
        newest.write_bytes(honest)
