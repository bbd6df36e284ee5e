"""What can go wrong with the evidence itself, each with the step that comes next.

    EvidenceError         something about the archive, its manifests or its pages cannot be done as asked
      ArchiveError        a file cannot be archived: its name or its place
        AlreadyArchived   a file of that name is there
      SigningKeyError     a key cannot be made, found or read

What `verify` finds wrong in an archive is a finding, never an error: a hostile file must not stop the check.
"""

from __future__ import annotations

from consolidation.errors import ConsolidationError


class EvidenceError(ConsolidationError):
    """The evidence cannot be written or checked as asked."""


class ArchiveError(EvidenceError):
    """A file cannot be archived under this name."""


class AlreadyArchived(ArchiveError):
    """A file of this name is archived, and evidence is never replaced."""


class SigningKeyError(EvidenceError):
    """A signing key or a public key cannot be made, found or read."""
