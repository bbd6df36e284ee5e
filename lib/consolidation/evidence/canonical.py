"""JSON in its one canonical form, read so strictly that no byte of it can be changed unseen."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from consolidation.evidence.errors import EvidenceError
from consolidation.journal.entries import canonical_json

_DIGITS = 64
"""Hexadecimal digits of a SHA-256."""


def read_canonical(content: bytes) -> Any:  # noqa: ANN401 - JSON of any shape; the caller looks at it
    """Read JSON that must be in its one canonical form.

    Raises:
        EvidenceError: It is not JSON, or another spelling of it.
    """
    value = _read(content)
    try:
        canonical = canonical_json(value).encode()
    except (ValueError, RecursionError) as error:
        raise EvidenceError("It is not JSON.") from error
    if canonical != content:
        raise EvidenceError("The JSON was altered: it is not in its canonical form.")
    return value


def read_with_digest(content: bytes, field: str) -> tuple[Any, bool]:
    """Read canonical JSON one of whose fields is the SHA-256 of all the others.

    Where the digest fits the bytes as they are, they are those that were written: that is seen without spelling all
    of it anew, which takes ten times as long as hashing it. Everything else is read by `read_canonical`.

    Args:
        content: JSON as it stands in a file.
        field: Name of the field; after it only names and text follow that cannot hold it unescaped.

    Returns:
        The value, and whether the digest in it fits its bytes. False is not yet a verdict.

    Raises:
        EvidenceError: It is not JSON, or another spelling of it.
    """
    name = f',"{field}":"'.encode()
    start = content.rfind(name)
    end = start + len(name) + _DIGITS + 1
    digest = content[start + len(name) : end - 1]
    fits = start > 0 and hashlib.sha256(content[:start] + content[end:]).hexdigest().encode() == digest
    return (_read(content), True) if fits else (read_canonical(content), False)


def _read(content: bytes) -> Any:  # noqa: ANN401 - JSON of any shape
    try:
        # Not the bytes themselves: json would take UTF-16 too, and spend time on finding out.
        return json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise EvidenceError("It is not JSON.") from error
