"""A small archive with its journal and key, as two runs leave it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consolidation.evidence.archive import Archive
from consolidation.evidence.manifest import write_manifest
from consolidation.journal import Journal, case_chain
from consolidation.sealing import stamp_manifest

SOURCE = "contoso-france"
ADATUM = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
FABRIKAM = "27d89901-beb7-51d8-9252-86f45e298b84"
COMPANIES = {ADATUM: "Adatum GmbH", FABRIKAM: "Fabrikam Boulangerie"}
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Keyring:
    """An operating system's keyring: what `keyring.get_keyring()` answers with.

    Args:
        priority: keyring's measure: 1 and more is recommended, 0 is its backend that refuses.
    """

    def __init__(self, priority: float = 5) -> None:
        self.priority = priority
        self.stored: dict[tuple[str, str], str] = {}

    def get_keyring(self) -> Keyring:
        return self

    def get_password(self, service: str, name: str) -> str | None:
        return self.stored.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self.stored[service, name] = password


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
        text = f'{{"cells": [], "phase": "{phase}"}}'
        self.archive.write(path, text)
        self.archive.write(path.with_suffix(".html"), f"<!DOCTYPE html><title>{phase}</title>")
        relative = path.relative_to(self.root).as_posix()
        body = {"notebook": relative, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        self.journal.append(case_chain(SOURCE, customer), "archived", body, phase=phase)
        return path

    def seal_and_stamp(self, service: str) -> str:
        return stamp_manifest(self.archive, self.seal(service=service), service)

    def seal(self, *, signed: bool = True, service: str | None = None) -> Path:
        population = [
            {"source": SOURCE, "customer": customer, "company": company, "phases": {}, "state": "running"}
            for customer, company in COMPANIES.items()
        ]
        key = self.key if signed else None
        run = {"runner": "run-1", "started_by": "ana@laptop", "started": NOON.isoformat()}
        return write_manifest(
            self.archive,
            self.journal,
            population=population,
            run=run,
            plan_digests={"case": "70ff"},
            signing_key=key,
            time_stamp_service=service,
        )
