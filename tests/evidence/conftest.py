"""A small archive that was sealed twice, with a real journal and a real key."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consolidation.evidence.archive import Archive
from consolidation.evidence.manifest import write_manifest
from consolidation.evidence.signing import keygen, load_signing_key
from consolidation.journal import Journal, case_chain

SOURCE = "contoso-france"
ADATUM = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
FABRIKAM = "27d89901-beb7-51d8-9252-86f45e298b84"
COMPANIES = {ADATUM: "Adatum GmbH", FABRIKAM: "Fabrikam Boulangerie"}
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Sealed:
    """An archive, its journal and its key; `seal` ends one more run."""

    archive: Archive
    journal: Journal
    key: Ed25519PrivateKey
    public: Path

    @property
    def root(self) -> Path:
        return self.archive.root

    def case(self, customer: str) -> Path:
        return self.archive.case_folder(SOURCE, customer, COMPANIES[customer])

    def effect(self, customer: str, phase: str) -> None:
        chain = case_chain(SOURCE, customer)
        self.journal.append(chain, "intended", {"action": "checkout", "rows": ["a\u2028b"]}, phase=phase)
        self.journal.append(chain, "done", {"action": "checkout", "seats": 25}, phase=phase)

    def notebook(self, customer: str, phase: str) -> Path:
        path = self.archive.notebook_path(self.case(customer), phase, NOON)
        self.archive.write(path, f'{{"cells": [], "phase": "{phase}"}}')
        self.archive.write(path.with_suffix(".html"), f"<!DOCTYPE html><title>{phase}</title>")
        relative = path.relative_to(self.root).as_posix()
        self.journal.append(case_chain(SOURCE, customer), "archived", {"notebook": relative}, phase=phase)
        return path

    def seal(self, *, signed: bool = True) -> Path:
        population = [
            {"source": SOURCE, "customer": customer, "company": company, "phases": {}, "state": "running"}
            for customer, company in COMPANIES.items()
        ]
        key = self.key if signed else None
        run = {"runner": "run-1", "started_by": "ana@laptop", "started": NOON.isoformat()}
        return write_manifest(
            self.archive, self.journal, population=population, run=run, plan_digests={"case": "70ff"}, signing_key=key
        )


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sealed]:
    """An archive without files, with a journal and a key made by `keygen`."""
    # Whatever keyring this computer has is not the tests' to write to.
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr("keyring.core._keyring_backend", None, raising=False)
    generated = keygen("TEST_SIGNING_KEY", tmp_path / "keys")
    monkeypatch.setenv("TEST_SIGNING_KEY", str(generated.private_path))
    key = load_signing_key("TEST_SIGNING_KEY")
    assert key is not None
    journal = Journal(f"sqlite:///{tmp_path / 'journal.db'}")
    yield Sealed(Archive(tmp_path / "archive" / "contoso-europe"), journal, key, generated.public_path)
    journal.close()


@pytest.fixture
def sealed(empty: Sealed) -> Sealed:
    """Two runs: the second one appended segments and notebooks; both ended with a signed manifest."""
    empty.journal.append("engagement", "opened", {"name": "contoso-europe"})
    empty.archive.write(empty.archive.engagement_folder() / "exports" / "customers.csv", "customer\r\nAdatum\r\n")
    empty.effect(ADATUM, "04_recreate")
    empty.notebook(ADATUM, "04_recreate")
    empty.archive.write(empty.case(ADATUM) / "mails" / "invitation.eml", "Subject: Bonjour\n\nÉté")
    empty.seal()
    empty.journal.append("engagement", "confirmed", {"step": "irreversible"})
    empty.effect(ADATUM, "05_suspend")
    empty.notebook(ADATUM, "05_suspend")
    empty.effect(FABRIKAM, "04_recreate")
    empty.notebook(FABRIKAM, "04_recreate")
    empty.seal()
    return empty


@pytest.fixture
def copied(sealed: Sealed, tmp_path: Path) -> Path:
    """A copy of the sealed archive elsewhere, to be damaged."""
    return shutil.copytree(sealed.root, tmp_path / "moved")
