"""RFC 3161 time stamps: an independent service confirms that a manifest existed at a time.

A stamp lies beside its manifest as the service sent it, so that any tool can check it, `openssl ts -verify` for one.
Its name holds the beginning of its own SHA-256: parts of a stamp are covered by no signature, and no manifest lists
the newest stamp yet. The package that reads stamps is an extra: without it nothing is stamped or checked.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import stamina
from cryptography import x509

from consolidation.evidence.errors import EvidenceError

EXTRA = "pip install 'tenant-consolidation[timestamp]'"

_STAMP = re.compile(r"manifest-(\d{4,9})-([0-9a-f]{16})\.tsr")
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
_LONGEST = 1_000_000
"""Bytes of an answer that are read: a stamp has some thousands."""


@dataclass(frozen=True)
class Stamp:
    """What a time stamp says.

    Attributes:
        at: When the service saw the digest, UTC, by the service's clock.
        by: Subject of the certificate that signed it, as it names itself.
    """

    at: datetime
    by: str


def can_stamp() -> bool:
    """Tell whether the package that asks for stamps and reads them is installed."""
    return importlib.util.find_spec("rfc3161_client") is not None


def stamp_name(number: int, stamp: bytes) -> str:
    """Return the file name of the stamp of the manifest with this number."""
    return f"manifest-{number:04d}-{hashlib.sha256(stamp).hexdigest()[:16]}.tsr"


def stamp_number(name: str) -> int | None:
    """Return the number of the manifest that a file stamps by its name, or None for any other file."""
    match = _STAMP.fullmatch(name)
    return int(match[1]) if match and f"{int(match[1]):04d}" == match[1] else None


def request_stamp(content: bytes, service: str) -> bytes:
    """Ask a service to stamp something; it is sent the SHA-256 and a random number, never the content.

    Args:
        content: What is stamped.
        service: `http:` or `https:` address of the service. Many have no TLS, and need none: the stamp is signed.

    Returns:
        The answer as received, DER.

    Raises:
        EvidenceError: The service cannot be reached, refuses, or stamps something else than it was asked for.
    """
    from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response

    asked = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    try:
        answer = _post(service, asked.as_bytes())
    except OSError as error:
        raise EvidenceError(f"The time-stamp service {service} cannot be reached: {error}.") from error
    try:
        response = decode_timestamp_response(answer)
        granted = PKIStatus(response.status) == PKIStatus.GRANTED
        same = granted and response.tst_info.nonce == asked.nonce and _stamps(response, content)
    except ValueError as error:
        # The reader is as strict as the standard. Some services are not: their stamps would convince nobody's reader.
        raise EvidenceError(f"The answer of the time-stamp service {service} cannot be read: {error}.") from error
    if not granted:
        raise EvidenceError(f"The time-stamp service {service} refused: {', '.join(response.status_string) or 'why?'}.")
    if not same:
        raise EvidenceError(f"The time-stamp service {service} stamped something else.")
    return answer


def read_stamp(stamp: bytes, content: bytes, authorities: Sequence[x509.Certificate] = ()) -> Stamp:
    """Check a stamp, offline.

    Args:
        stamp: As the service sent it.
        content: What it must be the stamp of.
        authorities: Certificates that the signer must come from, valid at the time of the stamp. Without them only the
            form and the digest are checked: anybody could have signed it.

    Raises:
        EvidenceError: It is no stamp, of something else, or its signature does not come from these authorities.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        response = decode_timestamp_response(stamp)
        if not _stamps(response, content):
            raise EvidenceError("It is the time stamp of something else.")
        if authorities:
            verifier = VerifierBuilder(roots=list(authorities)).build()
            verifier.verify(response, hashlib.sha256(content).digest())
        return Stamp(response.tst_info.gen_time, _signer(response))
    except VerificationError as error:
        raise EvidenceError(f"The time stamp does not hold: {error}.") from error
    except ValueError as error:
        raise EvidenceError("It is not a time stamp.") from error


def load_authorities(path: Path) -> list[x509.Certificate]:
    """Read the certificates of a time-stamp authority: one PEM file, its roots and what lies between.

    Raises:
        EvidenceError: The file cannot be read or holds no certificate.
    """
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EvidenceError(
            f"{path} holds no readable certificates.", next_step="Name the PEM file that the time-stamp service offers."
        ) from error


def _stamps(response: Any, content: bytes) -> bool:  # noqa: ANN401 - the extra may be missing, its types too
    imprint = response.tst_info.message_imprint
    return bool(imprint.hash_algorithm == _SHA256 and imprint.message == hashlib.sha256(content).digest())


def _signer(response: Any) -> str:  # noqa: ANN401 - as above
    for der in response.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(der)
        for signer in response.signed_data.signer_infos:
            if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
                return certificate.subject.rfc4514_string()
    return "an unnamed signer"


@stamina.retry(on=OSError, attempts=3, wait_initial=1.0, wait_max=5.0)
def _post(service: str, query: bytes) -> bytes:
    request = urllib.request.Request(  # noqa: S310 - the engagement takes http and https addresses alone
        service, data=query, headers={"Content-Type": "application/timestamp-query"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        return bytes(answer.read(_LONGEST))
