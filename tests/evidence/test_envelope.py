"""The DSSE envelope: what is signed, and that no other spelling of a file is accepted."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from consolidation.evidence.envelope import PAYLOAD_TYPE, Envelope, pae, sign
from consolidation.evidence.errors import EvidenceError
from consolidation.journal.entries import canonical_json

KEY = Ed25519PrivateKey.generate()
FIELDS = st.sampled_from(["payload", "payloadType", "signatures", "keyid", "sig"])
JSON = st.recursive(st.none() | st.text() | st.floats(), lambda inner: st.lists(inner) | st.dictionaries(FIELDS, inner))


def test_what_is_signed_is_what_dsse_says() -> None:
    """M32: the pre-authentication encoding equals the example of DSSE's protocol, lengths counted in bytes."""
    assert (
        pae("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_any_dsse_verifier_accepts_the_signature() -> None:
    """M32: signature, payload and type stand in the file as DSSE names them, so that other tools can check them."""
    fields = json.loads(sign(b'{"a":1}', KEY).to_bytes())
    payload = base64.b64decode(fields["payload"])
    signed = b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), fields["payloadType"].encode(), len(payload), payload)
    KEY.public_key().verify(base64.b64decode(fields["signatures"][0]["sig"]), signed)


def test_a_signature_is_of_one_key_over_one_payload() -> None:
    """M32: another key, another payload or another payload type does not pass for the signed one."""
    envelope = sign(b"{}", KEY)
    assert envelope.is_signed_by(KEY.public_key())
    assert not envelope.is_signed_by(Ed25519PrivateKey.generate().public_key())
    assert not Envelope(b"{ }", envelope.signatures).is_signed_by(KEY.public_key())
    assert not Envelope(b"{}", envelope.signatures, "text/plain").is_signed_by(KEY.public_key())
    assert not sign(b"{}", None).is_signed_by(KEY.public_key())


@given(st.data())
def test_no_byte_of_an_envelope_changes_unseen(data: st.DataObject) -> None:
    """M32: whatever byte of a signed envelope is changed, it is refused or its signature no longer fits."""
    content = bytearray(sign(b'{"subject":[]}', KEY).to_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        envelope = Envelope.from_bytes(bytes(content))
    except EvidenceError:
        return
    assert not envelope.is_signed_by(KEY.public_key())


def test_only_one_spelling_of_an_envelope_is_accepted() -> None:
    """M32: a field more, other blanks or unused bits of base64 are refused: they would be changes that nobody sees."""
    content = sign(b"{}", KEY).to_bytes()
    fields = json.loads(content)
    spellings = [
        json.dumps(fields).encode(),
        content.rstrip(b"\n"),
        canonical_json({**fields, "note": ""}).encode() + b"\n",
        content.replace(b'"payload":"e30="', b'"payload":"e31="'),
    ]
    assert base64.b64decode("e31=") == b"{}"
    for spelling in spellings:
        with pytest.raises(EvidenceError, match="altered"):
            Envelope.from_bytes(spelling)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 100_000)
@example(b'{"payload":"\\ud800","payloadType":"","signatures":[]}')
@example(b'{"payload":"","payloadType":"","signatures":{"a":1}}\n')
def test_what_is_no_envelope_is_refused(content: bytes) -> None:
    """M32: arbitrary content is refused with one sentence, never with another error."""
    with pytest.raises(EvidenceError):
        Envelope.from_bytes(content)
