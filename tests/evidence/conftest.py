"""Archives to seal, verify and damage."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from evidence.sealed import ADATUM, FABRIKAM, Keyring, Sealed

from consolidation.evidence.archive import Archive
from consolidation.evidence.signing import keygen, load_signing_key
from consolidation.journal import Journal


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keyring of the computer that runs the tests is not theirs to write to."""
    monkeypatch.setitem(sys.modules, "keyring", Keyring(priority=0))


@contextmanager
def nothing_yet(folder: Path) -> Iterator[Sealed]:
    """An archive without files, with a journal and a key made by `keygen`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "keyring", Keyring(priority=0))
        generated = keygen("TEST_SIGNING_KEY", folder / "keys")
        patch.setenv("TEST_SIGNING_KEY", str(generated.private_path))
        key = load_signing_key("TEST_SIGNING_KEY")
    assert key is not None
    journal = Journal(f"sqlite:///{folder / 'journal.db'}")
    yield Sealed(Archive(folder / "archive" / "contoso-europe"), journal, key, generated.public_path)
    journal.close()


def run_twice(empty: Sealed, service: str | None = None) -> Sealed:
    """Two runs: the second one appends segments and notebooks; both end with a signed manifest, stamped on demand."""
    empty.journal.append("engagement", "opened", {"name": "contoso-europe"})
    empty.archive.write(empty.archive.engagement_folder() / "exports" / "customers.csv", "customer\r\nAdatum\r\n")
    empty.effect(ADATUM, "04_recreate")
    empty.notebook(ADATUM, "04_recreate")
    empty.archive.write(empty.case(ADATUM) / "mails" / "invitation.eml", "Subject: Bonjour\n\nÉté")
    empty.seal_and_stamp(service) if service else empty.seal()
    empty.journal.append("engagement", "confirmed", {"step": "irreversible"})
    empty.effect(ADATUM, "05_suspend")
    empty.notebook(ADATUM, "05_suspend")
    empty.effect(FABRIKAM, "04_recreate")
    empty.notebook(FABRIKAM, "04_recreate")
    empty.seal_and_stamp(service) if service else empty.seal()
    return empty


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Sealed]:
    """An archive without files."""
    with nothing_yet(tmp_path) as archive:
        yield archive


@pytest.fixture
def sealed(empty: Sealed) -> Sealed:
    """An archive sealed twice, to go on with."""
    return run_twice(empty)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    """An archive sealed twice, to read and to copy only."""
    with nothing_yet(tmp_path_factory.mktemp("original")) as archive:
        yield run_twice(archive)


@pytest.fixture
def copied(original: Sealed, tmp_path: Path) -> Path:
    """A copy of the original elsewhere, to be damaged."""
    return shutil.copytree(original.root, tmp_path / "moved")
