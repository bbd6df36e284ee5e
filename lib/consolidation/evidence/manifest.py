"""Manifests: at the end of each run, one signed statement over every file of the archive.

The form is an in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md) in a DSSE envelope. Each manifest
names the digest of its predecessor and lists all files, not only the new ones, so that the newest one speaks for the
whole archive and an older one shows what was there before.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consolidation.evidence.archive import Archive, manifest_name
from consolidation.evidence.canonical import read_with_digest
from consolidation.evidence.envelope import Envelope, sign
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.run_record import RunRecord
from consolidation.evidence.segments import JournalReader, write_segments
from consolidation.evidence.signing import key_id, raw_public_key
from consolidation.journal.entries import canonical_json

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:tenant-consolidation:manifest:v1"

_IN_ONE_PIECE = 8_000_000
"""Bytes of a file that is read at once."""


@dataclass(frozen=True)
class Manifest:
    """What a manifest states.

    Attributes:
        subjects: Path inside the archive -> SHA-256, hexadecimal.
        heads: Journal chain -> number and hash of its last archived entry.
        previous: Name and SHA-256 of the manifest before it, or None for the first.
        signer: Raw public key of the one who says to have signed it, or None when it is unsigned.
        written: When, ISO 8601 in UTC, by the writer's clock.
        service: Address of the time-stamp service that was to stamp it, or None.
    """

    subjects: dict[str, str]
    heads: dict[str, tuple[int, str]]
    previous: tuple[str, str] | None
    signer: bytes | None
    written: str
    service: str | None


def write_manifest(
    archive: Archive,
    journal: JournalReader,
    *,
    population: Sequence[Mapping[str, Any]],
    run: Mapping[str, Any],
    plan_digests: Mapping[str, str],
    decisions: Sequence[Mapping[str, Any]] = (),
    signing_key: Ed25519PrivateKey | None,
    time_stamp_service: str | None = None,
) -> Path:
    """Archive the journal's new entries and seal the archive with the next manifest.

    One writer at a time: the caller holds the engagement's lease, or two runs would claim the same number.

    Args:
        archive: The engagement's archive.
        journal: The engagement's journal.
        population: One mapping for each case, not-started cases too: at least `source`, `customer`, `company`,
            `phases` (phase -> outcome) and `state`.
        run: Who, runner, started and finished (UTC), program, outcomes. No secrets (S10). What was executed and called
            since the manifest before is added here from the journal.
        plan_digests: What names a plan (case and phase) -> its digest.
        decisions: Who approved, rejected and confirmed what, with object id and user name.
        signing_key: None leaves the manifest unsigned, which only a loopback engagement may.
        time_stamp_service: Address of the service that the caller will ask to stamp it.

    Returns:
        Path of the manifest.

    Raises:
        EvidenceError: The archive and the journal contradict each other, something in the archive is no file, or a
            value is not JSON.
    """
    companies = {(str(case["source"]), str(case["customer"])): str(case["company"]) for case in population}
    record = RunRecord()
    heads = write_segments(archive, journal, companies, record.add)
    number, previous = _predecessor(archive)
    predicate = {
        "population": [dict(case) for case in population],
        "run": {**run, "notebooks": record.notebooks, "calls": record.calls},
        "plans": dict(plan_digests),
        "decisions": [dict(decision) for decision in decisions],
        "chains": {chain: {"number": last, "hash": head} for chain, (last, head) in heads.items()},
        "previous": previous,
        "signer": _signer(signing_key),
        "timeStampService": time_stamp_service,
        "written": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    payload = _statement(_subjects(archive), predicate)
    return archive.write(Path(manifest_name(number)), sign(payload, signing_key).to_bytes())


def _statement(subjects: list[dict[str, Any]], predicate: dict[str, Any]) -> bytes:
    """Return the statement with its own digest, as it is signed."""
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }
    try:
        predicate["selfDigest"] = self_digest(statement)
        return canonical_json(statement).encode()
    except (TypeError, ValueError) as error:
        raise EvidenceError(
            f"The manifest cannot be written: {error}.", next_step="Pass text, numbers, lists and mappings only."
        ) from error


def read_manifest(payload: bytes) -> Manifest:
    """Read a manifest's statement.

    Raises:
        EvidenceError: It is not a statement of this program, a newer kind, or it was altered.
    """
    statement, fits = read_with_digest(payload, "selfDigest")
    try:
        kind = statement["predicateType"]
        if statement["_type"] != STATEMENT_TYPE or kind != PREDICATE_TYPE:
            raise EvidenceError(f"It is a statement of another kind: {kind!r}.", next_step="Use the newer program.")
        predicate = statement["predicate"]
        stated = predicate.pop("selfDigest")
        if not fits and stated != self_digest(statement):
            raise EvidenceError("The statement was altered: it does not have the digest that it names.")
        return _manifest(statement["subject"], predicate)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise EvidenceError("It is not a statement of this program.") from error


def archived_heads(archive: Archive) -> dict[str, tuple[int, str]]:
    """Return chain -> number and hash of the last entry that the newest manifest vouches for; empty without one.

    Raises:
        EvidenceError: The newest manifest cannot be read.
    """
    manifests = archive.manifests()
    if not manifests:
        return {}
    _, newest = manifests[-1]
    try:
        return read_manifest(Envelope.from_bytes(newest.path.read_bytes()).payload).heads
    except (OSError, EvidenceError) as error:
        raise EvidenceError(
            f"{newest.name} of the archive cannot be read: {error}",
            next_step="Run 'consolidate verify' on the archive and restore what it names.",
        ) from error


def self_digest(statement: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a statement, hexadecimal, over its canonical JSON without `selfDigest`.

    It proves nothing against a forger, who would compute it anew; it finds the flipped bit in a manifest that nobody
    signed and that has no successor yet.
    """
    return hashlib.sha256(canonical_json(statement).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        # In one piece where it is small, as nearly all are: half the time of reading it in pieces.
        if os.fstat(file.fileno()).st_size <= _IN_ONE_PIECE:
            return hashlib.sha256(file.read()).hexdigest()
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(subjects: Any, predicate: Any) -> Manifest:  # noqa: ANN401 - JSON from a file, checked here
    listed = {str(subject["name"]): str(subject["digest"]["sha256"]) for subject in subjects}
    if len(listed) != len(subjects):
        raise ValueError("a file is listed twice")
    previous, signer = predicate["previous"], predicate["signer"]
    return Manifest(
        subjects=listed,
        heads={str(chain): (int(head["number"]), str(head["hash"])) for chain, head in predicate["chains"].items()},
        previous=None if previous is None else (str(previous["name"]), str(previous["digest"]["sha256"])),
        signer=None if signer is None else base64.b64decode(signer["publicKey"], validate=True),
        written=str(predicate["written"]),
        service=predicate["timeStampService"],
    )


def _predecessor(archive: Archive) -> tuple[int, dict[str, Any] | None]:
    manifests = archive.manifests()
    if not manifests:
        return 1, None
    number, newest = manifests[-1]
    if newest.problem:
        raise EvidenceError(f"{newest.name} {newest.problem}.", next_step="Restore it from a copy of the archive.")
    return number + 1, {"name": newest.name, "digest": {"sha256": sha256_of(newest.path)}}


def _subjects(archive: Archive) -> list[dict[str, Any]]:
    subjects = []
    for file in sorted(archive.files(), key=lambda file: file.name):
        if file.problem:
            raise EvidenceError(
                f"{file.name} in the archive {file.problem}.", next_step="Remove it from the archive and run again."
            )
        try:
            digest = sha256_of(file.path)
        except OSError as error:
            raise EvidenceError(
                f"{file.name} in the archive cannot be read: {error.strerror}.", next_step="Check its permissions."
            ) from error
        subjects.append({"name": file.name, "digest": {"sha256": digest}})
    return subjects


def _signer(key: Ed25519PrivateKey | None) -> dict[str, str] | None:
    if key is None:
        return None
    public = key.public_key()
    return {"keyId": key_id(public), "publicKey": base64.b64encode(raw_public_key(public)).decode()}
