"""The time stamps of an archive: each fits its manifest, and none that must be there is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cryptography.x509 import Certificate

from consolidation.evidence.archive import ArchivedFile
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.findings import Verification
from consolidation.evidence.time_stamps import EXTRA, Stamp, can_stamp, read_stamp, stamp_name


def check_stamps(
    stamps: Sequence[tuple[int, ArchivedFile]],
    manifests: Mapping[int, ArchivedFile],
    services: Mapping[int, str],
    authorities: Sequence[Certificate],
    result: Verification,
) -> None:
    """Check every time stamp against its manifest.

    Args:
        stamps: Number of the manifest and the file, for each stamp.
        manifests: Number -> the manifest's file.
        services: Number -> the service that the manifest says it was to be stamped by.
        authorities: Certificates that the stamps must come from; none leaves that unchecked, which a note says.
        result: Takes findings and notes.
    """
    found: dict[int, Stamp] = {}
    for number, file in stamps:
        try:
            stamp = _check(number, file, manifests, found, authorities)
        except EvidenceError as error:
            result.add(file.name, error.message)
        except OSError as error:
            result.add(file.name, f"It cannot be read: {error.strerror}.")
        else:
            if stamp is not None:
                found[number] = stamp
    _say_what_is_missing({number for number, _ in stamps}, manifests, services, result)
    if stamps and not can_stamp():
        result.notes.append(f"The time stamps were not read: {EXTRA}.")
    elif found:
        newest = max(found)
        held = f"{len(found)} of {len(manifests)} manifests are time-stamped"
        by = f"the newest of them, {manifests[newest].name}, at {found[newest].at:%Y-%m-%d %H:%M:%S} UTC"
        checked = "" if authorities else "; no certificate was given, so whose the stamps are was not checked"
        result.notes.append(f"{held}: {by} by {found[newest].by}{checked}.")


def _check(
    number: int,
    file: ArchivedFile,
    manifests: Mapping[int, ArchivedFile],
    found: Mapping[int, Stamp],
    authorities: Sequence[Certificate],
) -> Stamp | None:
    """Return what a stamp says, or None when nothing here can read it."""
    if file.problem:
        raise EvidenceError(f"It {file.problem}.")
    content = file.path.read_bytes()
    if stamp_name(number, content) != file.name:
        raise EvidenceError("Altered: its content is not the one that its name states.")
    if number not in manifests or manifests[number].problem:
        raise EvidenceError("There is no manifest that it could stamp.")
    if number in found:
        raise EvidenceError("Added: its manifest has a time stamp already.")
    return read_stamp(content, manifests[number].path.read_bytes(), authorities) if can_stamp() else None


def _say_what_is_missing(
    stamped: set[int], manifests: Mapping[int, ArchivedFile], services: Mapping[int, str], result: Verification
) -> None:
    missing = [number for number in sorted(services) if number not in stamped]
    if missing and missing[-1] == max(manifests):
        result.add(
            manifests[missing.pop()].name,
            "Its time stamp is missing: it was removed, or the service did not answer; then the next run brings one.",
        )
    if missing:
        # A stamp that was there when a later manifest was written is listed by it, and missed as any other file.
        names = ", ".join(manifests[number].name for number in missing)
        result.notes.append(f"The service gave no time stamp for {names}; the next stamp covers what they say.")
