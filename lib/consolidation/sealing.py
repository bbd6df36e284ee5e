"""Seals the archive at the end of a run: journal segments and the next manifest, under the engagement's lease."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consolidation.engagement import Engagement
from consolidation.errors import EngagementError, LeaseLost
from consolidation.evidence.archive import Archive, manifest_number
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.manifest import write_manifest
from consolidation.evidence.signing import load_signing_key
from consolidation.evidence.time_stamps import EXTRA, can_stamp, request_stamp, stamp_name
from consolidation.journal import Journal
from consolidation.outcomes import engagement_outcomes
from consolidation.portfolio import read_portfolio_of
from consolidation.provenance import program
from consolidation.runner import operating_system_user, runner_id

_OF_A_DECISION = ("digest", "approved", "reason", "step", "by", "how", "started_by", "ticket")


@dataclass(frozen=True)
class Seal:
    """The end of a run in the archive.

    Attributes:
        manifest: File name of the manifest.
        lacking: That it could not be time-stamped, and why; empty when it was, or no service is named.
    """

    manifest: str
    lacking: str = ""


def seal_archive(engagement: Engagement, journal: Journal, archive: Archive, *, started: datetime) -> Seal:
    """Write the next manifest over every file of the archive, and have it time-stamped where a service is named.

    A service that does not answer spoils nothing: the manifest stands, and `verify` names it until the next one has
    its stamp.

    Args:
        engagement: Its key signs; without one the manifest is unsigned, which only loopback may.
        journal: Its new entries are archived as segments.
        archive: The engagement's archive.
        started: When the run began, UTC.

    Raises:
        EvidenceError: Archive and journal contradict each other.
        EngagementError: The signing key is named and cannot be found.
    """
    lease = f"archive of {engagement.name}"
    _wait_for(journal, lease)
    try:
        path = write_manifest(
            archive,
            journal,
            population=_population(engagement, journal),
            run=_run(engagement, journal, started),
            plan_digests=_plan_digests(journal),
            decisions=_decisions(journal),
            signing_key=signing_key(engagement),
            time_stamp_service=engagement.time_stamp,
        )
        lacking = "" if engagement.time_stamp is None else stamp_manifest(archive, path, engagement.time_stamp)
    finally:
        journal.leases.free(lease)
    return Seal(path.name, lacking)


def stamp_manifest(archive: Archive, manifest: Path, service: str) -> str:
    """Keep a time stamp of a manifest beside it.

    Args:
        archive: Where the manifest lies.
        manifest: Its path.
        service: Address of the time-stamp service.

    Returns:
        Why there is none, one sentence with what comes next; empty when it was stamped.
    """
    content = manifest.read_bytes()
    try:
        stamp = request_stamp(content, service)
    except EvidenceError as error:
        return f"{manifest.name} has no time stamp: {error} The next run asks again."
    archive.write(Path(stamp_name(manifest_number(manifest.name) or 0, stamp)), stamp)
    return ""


def _wait_for(journal: Journal, lease: str) -> None:
    """Take the archive's lease; another run that ends at the same time holds it for seconds.

    Raises:
        LeaseLost: It is still held after two minutes.
    """
    deadline = time.monotonic() + 120
    while True:
        try:
            journal.leases.take(lease)
        except LeaseLost:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def require_means(engagement: Engagement) -> None:
    """See before anything is called that the run can be sealed as the engagement wants it.

    Raises:
        EngagementError: The signing key cannot be found, or nothing here can read time stamps.
    """
    signing_key(engagement)
    if engagement.time_stamp is not None and not can_stamp():
        raise EngagementError(
            ["The engagement names a time-stamp service, and the package that asks it is not installed."],
            next_step=f"Run {EXTRA}, or take 'time_stamp' out of {engagement.path.name}.",
        )


def signing_key(engagement: Engagement) -> Ed25519PrivateKey | None:
    """Return the key that signs the manifests, or None for a loopback engagement without one.

    Raises:
        EngagementError: The key is named and cannot be found.
    """
    if engagement.signing_key is None:
        return None
    key = load_signing_key(engagement.signing_key)
    if key is None:
        raise EngagementError(
            [f"The signing key {engagement.signing_key} is neither in the environment nor in the keyring."],
            next_step=f"Set it, or make one with 'consolidate keygen {engagement.signing_key}'.",
        )
    return key


def _run(engagement: Engagement, journal: Journal, started: datetime) -> dict[str, object]:
    return {
        "engagement": engagement.name,
        "runner": runner_id(),
        "started_by": operating_system_user(),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "engagement_file_sha256": hashlib.sha256(Path(engagement.path).read_bytes()).hexdigest(),
        "approval_policy": engagement.policy(),
        "outcomes": {phase: outcome.body() for phase, outcome in engagement_outcomes(journal).items()},
        "program": program(),
    }


def _population(engagement: Engagement, journal: Journal) -> list[dict[str, object]]:
    """Return every case with its phases and its state, for the manifest."""
    portfolio = read_portfolio_of(engagement, journal)
    return [
        {**case, "state": status.state}
        for case, status in zip(portfolio.document()["cases"], portfolio.cases, strict=True)
    ]


def _plan_digests(journal: Journal) -> dict[str, str]:
    """Return case and phase -> digest of the newest frozen plan."""
    return {f"{entry.chain} {entry.phase}": str(entry.body["digest"]) for entry in journal.every.entries({"planned"})}


def _decisions(journal: Journal) -> list[dict[str, object]]:
    """Return every approval, rejection and confirmation so far: who, by object id and user name, what, how and when.

    A confirmation is a person's word that names no account: `by` is what was given.
    """
    return [
        {
            "chain": entry.chain,
            "number": entry.number,
            "phase": entry.phase,
            "at": entry.at,
            "kind": entry.kind,
            **{name: entry.body[name] for name in _OF_A_DECISION if name in entry.body},
        }
        for entry in journal.every.entries({"decided", "confirmed"})
    ]
