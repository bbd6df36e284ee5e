"""Keys are made once, kept out of sight, and found again."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from evidence.sealed import Keyring

from consolidation.evidence.errors import SigningKeyError
from consolidation.evidence.signing import key_id, keygen, load_public_key, load_signing_key

NAME = "CONTOSO_SIGNING_KEY"


def test_without_a_keyring_the_private_half_is_a_file_for_its_owner(tmp_path: Path) -> None:
    """S10: where there is no keyring the private half lies in a file of mode 0600, and the maker is told where."""
    made = keygen(NAME, tmp_path)
    assert made.private_path is not None
    assert stat.S_IMODE(made.private_path.stat().st_mode) == 0o600
    assert str(made.private_path) in made.where
    assert "PRIVATE" not in made.public_path.read_text() + made.public_text + made.where.upper().replace(
        "THE PRIVATE", ""
    )
    assert key_id(load_public_key(made.public_path)) == made.key_id


def test_with_a_keyring_no_file_holds_the_private_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """S10: the operating system's keyring keeps the private half where it has one, and gives it back."""
    monkeypatch.setitem(sys.modules, "keyring", Keyring())
    made = keygen(NAME, tmp_path)
    assert made.private_path is None
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}.pub.pem"]
    found = load_signing_key(NAME)
    assert found is not None
    assert key_id(found.public_key()) == made.key_id


@pytest.mark.parametrize("form", ["path", "text", "one line"])
def test_a_key_is_found_in_its_variable(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """M32: the variable may hold the key's file or its text, also with the line breaks written out."""
    made = keygen(NAME, tmp_path)
    assert made.private_path is not None
    text = made.private_path.read_text()
    values = {"path": str(made.private_path), "text": text, "one line": text.strip().replace("\n", "\\n")}
    monkeypatch.setenv(NAME, values[form])
    found = load_signing_key(NAME)
    assert found is not None
    assert key_id(found.public_key()) == made.key_id


def test_nothing_found_is_none_and_something_wrong_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """S10: a key that cannot be used is an error that does not repeat what was in the variable."""
    monkeypatch.delenv(NAME, raising=False)
    assert load_signing_key(NAME) is None
    for value in ("a secret in an unknown form", "-----BEGIN PRIVATE KEY-----\na secret\n-----END PRIVATE KEY-----"):
        monkeypatch.setenv(NAME, value)
        with pytest.raises(SigningKeyError) as caught:
            load_signing_key(NAME)
        assert "secret" not in str(caught.value)


def test_a_key_of_another_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """M32: only Ed25519 signs and verifies manifests."""
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    monkeypatch.setenv(NAME, private.decode())
    with pytest.raises(SigningKeyError, match="not an Ed25519 key"):
        load_signing_key(NAME)
    with pytest.raises(SigningKeyError, match="not an Ed25519 key"):
        load_public_key(tmp_path / "public.pem")


def test_an_encrypted_key_is_refused_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """M32: a key that needs a password cannot sign unattended, and the error says what can."""
    private = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    monkeypatch.setenv(NAME, private.decode())
    with pytest.raises(SigningKeyError, match="keygen"):
        load_signing_key(NAME)


@pytest.mark.parametrize("keyring", [Keyring(), Keyring(priority=0)])
def test_a_key_is_never_replaced(keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """M32: a second key of the same name is refused, and the first one stays."""
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    made = keygen(NAME, tmp_path)
    with pytest.raises(SigningKeyError, match="exists already"):
        keygen(NAME, tmp_path)
    assert made.public_path.read_text() == made.public_text


@pytest.mark.parametrize("name", ["", "../x", "A B", "1KEY", "KEY=1"])
def test_a_key_is_named_like_a_variable(name: str, tmp_path: Path) -> None:
    """S11: the name of a key cannot lead out of the folder and can be set as a variable."""
    with pytest.raises(SigningKeyError):
        keygen(name, tmp_path / "keys")
    assert not (tmp_path / "keys").exists()
