"""DSSE, the envelope around a signed statement (secure-systems-lab/dsse, protocol.md and envelope.md, version 1).

Envelopes are read strictly: only the one form that this program writes is accepted, so that no byte of a file can be
changed unseen.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from consolidation.evidence.canonical import read_canonical
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.signing import key_id
from consolidation.journal.entries import canonical_json

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True)
class Signature:
    """One signature: the id of its key, and its 64 bytes."""

    key_id: str
    value: bytes


@dataclass(frozen=True)
class Envelope:
    """A statement with the signatures over it; none when it is unsigned.

    Attributes:
        payload: The statement's bytes.
        signatures: In the order of the file.
        payload_type: What the bytes are; signed together with them.
    """

    payload: bytes
    signatures: tuple[Signature, ...] = ()
    payload_type: str = PAYLOAD_TYPE

    def to_bytes(self) -> bytes:
        """Return the file's content: one line of canonical JSON."""
        fields = {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": [
                {"keyid": signature.key_id, "sig": base64.b64encode(signature.value).decode()}
                for signature in self.signatures
            ],
        }
        return f"{canonical_json(fields)}\n".encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Envelope:
        """Read an envelope.

        Raises:
            EvidenceError: It is not one, or not in the form that this program writes.
        """
        fields = read_canonical(content.removesuffix(b"\n"))
        try:
            signatures = tuple(
                Signature(str(signature["keyid"]), _decoded(signature["sig"])) for signature in fields["signatures"]
            )
            envelope = cls(_decoded(fields["payload"]), signatures, str(fields["payloadType"]))
        except (KeyError, TypeError, ValueError) as error:
            raise EvidenceError("It is not a DSSE envelope.") from error
        # Base64 leaves bits over, and JSON lets fields be added: both would be changes that nobody sees.
        if envelope.to_bytes() != content:
            raise EvidenceError("The envelope was altered: it is not in the form that this program writes.")
        return envelope

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Tell whether one of the signatures names this key and fits."""
        signed = pae(self.payload_type, self.payload)
        for signature in self.signatures:
            if signature.key_id == key_id(key):
                try:
                    key.verify(signature.value, signed)
                except InvalidSignature:
                    continue
                return True
        return False


def sign(payload: bytes, key: Ed25519PrivateKey | None) -> Envelope:
    """Put a statement into an envelope, signed, or unsigned when there is no key."""
    if key is None:
        return Envelope(payload)
    return Envelope(payload, (Signature(key_id(key.public_key()), key.sign(pae(PAYLOAD_TYPE, payload))),))


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def _decoded(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError("base64 is text")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
