"""The manifests of an archive: their sequence, their signatures, and that none takes back what an earlier one said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consolidation.evidence.archive import ArchivedFile, manifest_name
from consolidation.evidence.envelope import PAYLOAD_TYPE, Envelope
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.findings import Verification
from consolidation.evidence.manifest import Manifest, read_manifest
from consolidation.evidence.signing import key_id


@dataclass
class Stated:
    """What the readable manifests state together.

    Attributes:
        first_seen: Path inside the archive -> (SHA-256, name of the first manifest that lists it).
        newest: The newest readable manifest with its name; None when there is none.
        heads: Manifest name -> the heads of the chains that it states.
        services: Manifest number -> the time-stamp service that it names.
    """

    first_seen: dict[str, tuple[str, str]] = field(default_factory=dict)
    newest: tuple[str, Manifest] | None = None
    heads: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)
    services: dict[int, str] = field(default_factory=dict)


class ManifestCheck:
    """Reads the manifests one after the other, oldest first.

    Args:
        key: The public key that all must be signed with, or None.
        result: Takes the findings, the notes and the counts.
    """

    def __init__(self, key: Ed25519PublicKey | None, result: Verification) -> None:
        self.stated = Stated()
        self._key = key
        self._result = result
        self._before: tuple[str, str] | None = None
        self._number = 0
        self._signers: set[str] = set()
        self._unsigned = False

    def read(self, number: int, file: ArchivedFile) -> None:
        """Check one manifest."""
        if number > self._number + 1:
            first, last = manifest_name(self._number + 1), manifest_name(number - 1)
            named = first if first == last else f"{first} to {last}"
            self._result.add(first, f"Missing: {named} should lie before {file.name}.")
        self._number = number
        before, self._before = self._before, None
        try:
            if file.problem:
                raise EvidenceError(f"It {file.problem}.")
            content = file.path.read_bytes()
            self._before = (file.name, hashlib.sha256(content).hexdigest())
            self._result.newest = self._before
            self._result.manifests += 1
            envelope = Envelope.from_bytes(content)
            if envelope.payload_type != PAYLOAD_TYPE:
                raise EvidenceError(f"Its payload is of another type: {envelope.payload_type!r}.")
            manifest = read_manifest(envelope.payload)
        except OSError as error:
            self._result.add(file.name, f"It cannot be read: {error.strerror}.")
            return
        except EvidenceError as error:
            self._result.add(file.name, error.message)
            return
        self._check_signature(file.name, envelope, manifest)
        self._check_sequence(file.name, manifest, before)
        self._compare(file.name, manifest)

    def finish(self) -> None:
        """Say what can only be said when all manifests were read."""
        if not self._number:
            self._result.add(".", "There is no manifest: nothing vouches for these files.")
        if self._key is None and self._signers:
            names = ", ".join(sorted(self._signers))
            self._result.notes.append(
                f"The manifests are signed by key {names}; no public key was given, so whose it is was not checked."
            )
        elif self._key is None and self._unsigned:
            self._result.notes.append("The manifests are unsigned: whoever can write the archive can write them anew.")
        elif self._key is not None:
            self._result.notes.append(f"Signatures were checked with key {key_id(self._key)}.")

    def _check_signature(self, name: str, envelope: Envelope, manifest: Manifest) -> None:
        if not envelope.signatures:
            self._unsigned = True
            if self._key is not None:
                self._result.add(name, "It is unsigned, although a public key was given.")
            elif self._signers:
                self._result.add(name, "It is unsigned, although an earlier manifest is signed.")
            elif manifest.signer is not None:
                self._result.add(name, "Its signature was removed: the statement names a signer.")
            return
        self._signers.update(signature.key_id for signature in envelope.signatures)
        if self._key is not None:
            if all(signature.key_id != key_id(self._key) for signature in envelope.signatures):
                foreign = ", ".join(signature.key_id for signature in envelope.signatures)
                self._result.add(name, f"It is signed by a foreign key, {foreign}; {key_id(self._key)} was given.")
            elif not envelope.is_signed_by(self._key):
                self._result.add(name, f"The signature of key {key_id(self._key)} is wrong.")
        # Without the auditor's key, the key that the statement names at least shows that the two belong together.
        if not _is_signed_by_its_signer(envelope, manifest):
            self._result.add(name, "The signature is wrong: it does not fit the signer that the statement names.")

    def _check_sequence(self, name: str, manifest: Manifest, before: tuple[str, str] | None) -> None:
        if self._number == 1 and manifest.previous is not None:
            self._result.add(name, f"It names a predecessor, {manifest.previous[0]!r}, but must be the first.")
        elif self._number > 1 and before is not None and manifest.previous != before:
            self._result.add(name, f"It does not follow {before[0]}: the digest of its predecessor does not fit.")
        elif self._number > 1 and (manifest.previous or ("",))[0] != manifest_name(self._number - 1):
            self._result.add(name, "It does not name the manifest before it.")

    def _compare(self, name: str, manifest: Manifest) -> None:
        stated = self.stated
        for path, (digest, first) in stated.first_seen.items():
            now = manifest.subjects.get(path)
            known = stated.newest is None or path in stated.newest[1].subjects
            if now is None and known:
                self._result.add(name, f"It no longer lists {path!r}, which {first} lists.")
            elif now is not None and now != digest:
                self._result.add(name, f"It records another content of {path!r} than {first} does.")
        for path, digest in manifest.subjects.items():
            stated.first_seen.setdefault(path, (digest, name))
        stated.newest = (name, manifest)
        stated.heads[name] = manifest.heads
        if manifest.service is not None:
            stated.services[self._number] = manifest.service


def _is_signed_by_its_signer(envelope: Envelope, manifest: Manifest) -> bool:
    if manifest.signer is None or len(envelope.signatures) != 1:
        return False
    try:
        return envelope.is_signed_by(Ed25519PublicKey.from_public_bytes(manifest.signer))
    except ValueError:
        return False
