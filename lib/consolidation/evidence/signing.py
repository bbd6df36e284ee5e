"""Ed25519 keys that sign manifests: made once, the private half kept by the operating system where it can."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from consolidation.evidence.errors import SigningKeyError

KEYRING_SERVICE = "consolidation"
"""Under this service name the OS keyring holds the private halves; the user name is the key's name."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True)
class GeneratedKey:
    """A key pair that was just made.

    Attributes:
        key_id: First 16 hexadecimal digits of the SHA-256 of the raw public key.
        public_path: File of the public half, for auditors: `consolidate verify --key`.
        public_text: The public half as PEM.
        private_path: File of the private half, or None when the OS keyring holds it.
    """

    key_id: str
    public_path: Path
    public_text: str
    private_path: Path | None

    @property
    def where(self) -> str:
        """Where the private half lies and what to do with it, for the one who made it."""
        if self.private_path is None:
            return f"The private half is in this computer's keyring, under {KEYRING_SERVICE}."
        return (
            f"The private half is in {self.private_path}, readable by you alone: this computer offers no keyring. "
            "Move it to a place that the operators of the consolidation cannot reach."
        )


def keygen(name: str, folder: Path) -> GeneratedKey:
    """Make an Ed25519 key pair.

    Args:
        name: The engagement's `signing_key`: the name of an environment variable or keyring entry.
        folder: Where `<name>.pub.pem` goes, and `<name>.pem` where there is no keyring.

    Raises:
        SigningKeyError: The name cannot be a variable's name, or a key of that name exists: it is never replaced,
            because manifests signed with it could no longer be continued.
    """
    _require_name(name)
    private_path, public_path = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    backend = _usable_keyring()
    exists = [str(path) for path in (private_path, public_path) if path.exists()]
    if backend is not None and backend.get_password(KEYRING_SERVICE, name) is not None:
        exists.append("the entry in the keyring")
    if exists:
        raise SigningKeyError(
            f"A key named {name} exists already: {', '.join(exists)}.", next_step="Choose another name for a new key."
        )
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if backend is None:
            _write_new(private_path, private, mode=0o600)
        _write_new(public_path, public, mode=0o644)
    except OSError as error:
        raise SigningKeyError(
            f"The key could not be written to {folder}: {error.strerror}.", next_step="Name a folder you may write to."
        ) from error
    if backend is not None:
        backend.set_password(KEYRING_SERVICE, name, private.decode())
    return GeneratedKey(
        key_id(key.public_key()), public_path, public.decode(), private_path if backend is None else None
    )


def load_signing_key(name: str) -> Ed25519PrivateKey | None:
    """Find a private key: the environment variable of that name (PEM text, or path of a PEM file), then the keyring.

    Returns:
        The key, or None when neither holds one.

    Raises:
        SigningKeyError: Something was found that is not an unencrypted Ed25519 private key in PEM.
    """
    _require_name(name)
    value = os.environ.get(name)
    if value:
        return _private_key(_pem_of_variable(name, value), f"The variable {name}")
    backend = _usable_keyring()
    stored = backend.get_password(KEYRING_SERVICE, name) if backend is not None else None
    return None if stored is None else _private_key(stored.encode(), f"The keyring entry {name}")


def load_public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key, the file that `keygen` wrote.

    Raises:
        SigningKeyError: The file cannot be read or holds no Ed25519 public key.
    """
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(
            f"{path} holds no readable public key.", next_step="Name the .pub.pem file that 'consolidate keygen' wrote."
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyError(
            f"{path} is not an Ed25519 key.", next_step="Name the file that 'consolidate keygen' wrote."
        )
    return key


def raw_public_key(key: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key (RFC 8032)."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def key_id(key: Ed25519PublicKey) -> str:
    """Return the name of a key in envelopes: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(raw_public_key(key)).hexdigest()[:16]


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SigningKeyError(
            f"{name!r} cannot name a key.", next_step="Use letters, digits and '_', for example CONTOSO_SIGNING_KEY."
        )


def _pem_of_variable(name: str, value: str) -> bytes:
    if value.lstrip().startswith("-----BEGIN"):
        # Many tools that set variables can only hold a line break as the two characters \n.
        return value.strip().replace("\\n", "\n").encode()
    try:
        return Path(value).read_bytes()
    except (OSError, ValueError) as error:
        # The value itself is not shown: somebody may have put the key there in a form that we do not know.
        raise SigningKeyError(
            f"The variable {name} is neither a key in PEM nor the path of a file that can be read.",
            next_step="Set it to the path of the .pem file that 'consolidate keygen' wrote.",
        ) from error


def _private_key(pem: bytes, where: str) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(
            f"{where} holds no unencrypted private key in PEM.", next_step="Make one with 'consolidate keygen'."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"{where} is not an Ed25519 key.", next_step="Make one with 'consolidate keygen'.")
    return key


def _usable_keyring() -> Any:  # noqa: ANN401 - keyring is an extra, without types where it is not installed
    """Return the operating system's keyring, or None when there is none that keeps secrets."""
    try:
        import keyring  # an extra: without it keys live in files and variables
    except ImportError:
        return None
    backend = keyring.get_keyring()
    return backend if backend.priority >= 1 else None  # keyring's own measure of "recommended"


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
