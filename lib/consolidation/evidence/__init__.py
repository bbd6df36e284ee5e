"""The archive that an auditor gets: folders, static HTML, manifests, signatures, and `verify`."""

from consolidation.evidence.archive import Archive
from consolidation.evidence.errors import ArchiveError, EvidenceError, SigningKeyError
from consolidation.evidence.findings import Finding, Verification
from consolidation.evidence.manifest import write_manifest
from consolidation.evidence.segments import write_segments
from consolidation.evidence.signing import GeneratedKey, keygen, load_signing_key
from consolidation.evidence.static_html import Banner, render
from consolidation.evidence.verification import verify

__all__ = [
    "Archive",
    "ArchiveError",
    "Banner",
    "EvidenceError",
    "Finding",
    "GeneratedKey",
    "SigningKeyError",
    "Verification",
    "keygen",
    "load_signing_key",
    "render",
    "verify",
    "write_manifest",
    "write_segments",
]
