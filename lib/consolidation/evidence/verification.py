"""`verify`: is this archive what its manifests say, complete and in order? Offline, from the files alone.

What it cannot see: that the newest runs were cut off together with their manifests, or, without a signature, that
everything was written anew. Against the first, note the newest manifest's digest elsewhere; against the second, keep
the private key where the operators cannot reach it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path

from consolidation.evidence.archive import Archive, ArchivedFile, notebook_phase
from consolidation.evidence.chain_check import ArchivedChain, check_chains
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.findings import Verification
from consolidation.evidence.manifest import sha256_of
from consolidation.evidence.manifest_check import ManifestCheck, Stated
from consolidation.evidence.segments import segment_numbers
from consolidation.evidence.signing import load_public_key
from consolidation.evidence.stamp_check import check_stamps
from consolidation.evidence.time_stamps import EXTRA, can_stamp, load_authorities, stamp_number


def verify(root: Path, public_key: Path | None = None, authority: Path | None = None) -> Verification:
    """Check the archive of one engagement.

    Args:
        root: The engagement's folder in the archive; it may have been moved.
        public_key: The `.pub.pem` file whose key must have signed every manifest; without it signatures are only
            checked against the key that the manifests themselves name, and a note says so.
        authority: PEM file with the certificates that time stamps must come from; without it only their form and what
            they stamp are checked, and a note says so.

    Returns:
        Findings, each naming its file, and counts. Whatever the files contain, it becomes a finding.

    Raises:
        EvidenceError: There is no such folder, the public key or the certificates cannot be read, or nothing here can
            read time stamps although they are to be checked.
    """
    if not root.is_dir():
        raise EvidenceError(f"There is no archive in {root}.", next_step="Name the folder of one engagement.")
    key = None if public_key is None else load_public_key(public_key)
    if authority is not None and not can_stamp():
        raise EvidenceError("Nothing here can read time stamps.", next_step=f"Run {EXTRA} first.")
    authorities = [] if authority is None else load_authorities(authority)
    archive, result = Archive(root), Verification()
    manifests = archive.manifests()
    check = ManifestCheck(key, result)
    for number, file in manifests:
        check.read(number, file)
    check.finish()
    digests, segments = _read_files(archive, result)
    check_stamps(archive.stamps(), dict(manifests), check.stated.services, authorities, result)
    newest = manifests[-1][0] if manifests else 0
    _compare(digests, check.stated, newest if newest in check.stated.services else None, result)
    chains = check_chains(segments, result)
    _compare_heads(chains, check.stated, result)
    _compare_notebooks(chains, digests, result)
    _check_coverage(chains, digests, result)
    return result


def _read_files(archive: Archive, result: Verification) -> tuple[dict[str, str], dict[str, bytes]]:
    """Return the digest of every evidence file by its path, and the content of every journal segment."""
    digests: dict[str, str] = {}
    segments: dict[str, bytes] = {}
    for file in archive.files():
        if file.problem:
            result.add(file.name, f"It {file.problem}.")
            continue
        try:
            if _is_segment(file):
                segments[file.name] = file.path.read_bytes()
                digests[file.name] = hashlib.sha256(segments[file.name]).hexdigest()
            else:
                digests[file.name] = sha256_of(file.path)
        except OSError as error:
            result.add(file.name, f"It cannot be read: {error.strerror}.")
            digests[file.name] = ""  # it is there: not also missing
    result.files = len(digests)
    return digests, segments


def _is_segment(file: ArchivedFile) -> bool:
    return segment_numbers(file.path.name) is not None


def _compare(digests: dict[str, str], stated: Stated, stamped: int | None, result: Verification) -> None:
    """Compare files with manifests; the stamp of the newest manifest, `stamped`, came after it and is in none."""
    for name, (digest, manifest) in sorted(stated.first_seen.items()):
        if name not in digests:
            result.add(name, f"Missing: {manifest} lists it.")
        elif digests[name] not in ("", digest):
            result.add(name, f"Altered: its content is not what {manifest} recorded.")
    for name in sorted(digests.keys() - stated.first_seen.keys()):
        if stamped is not None and stamp_number(name) == stamped:
            continue  # whether it fits was looked at
        result.add(name, "Added: no manifest lists it; it was put here by hand, or its run has not ended yet.")


def _compare_heads(chains: dict[str, ArchivedChain], stated: Stated, result: Verification) -> None:
    """Each manifest saw a prefix of each chain; the newest one saw its end."""
    for manifest, heads in stated.heads.items():
        for chain, (number, head) in heads.items():
            archived = chains.get(chain)
            if number and (archived is None or archived.hashes.get(number) != head):
                result.add(
                    manifest, f"The archive does not hold entry {number} of {chain!r} as this manifest states it."
                )
    if stated.newest is None:
        return
    name, newest = stated.newest
    for chain, archived in chains.items():
        vouched = newest.heads.get(chain, (0, ""))[0]
        if archived.number > vouched:
            result.add(archived.folder, f"Its journal goes to entry {archived.number}; {name} vouches up to {vouched}.")


def _compare_notebooks(chains: dict[str, ArchivedChain], digests: dict[str, str], result: Verification) -> None:
    """Each notebook that the journal calls archived is there, and is what was written then."""
    for archived in chains.values():
        for name, number in archived.notebooks.items():
            if name not in digests:
                result.add(name, f"Missing: journal entry {number} in {archived.folder} calls it archived.")
            elif digests[name] not in ("", archived.digests[name]):
                result.add(name, f"Altered: its content is not what journal entry {number} recorded.")


def _check_coverage(chains: dict[str, ArchivedChain], digests: dict[str, str], result: Verification) -> None:
    """Every effect must be in an archived notebook of its phase, one that was executed to show it.

    A notebook that the journal calls archived before the effect cannot show it: then the effect came from a notebook
    that a person ran by hand, which `run` has not executed since (RULES, "Outcome and evidence"). A notebook that the
    journal does not name counts: the program may have been killed between the two.
    """
    notebooks: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in digests:
        folder, _, file_name = name.rpartition("/")
        phase = notebook_phase(file_name)
        if phase is not None and folder.endswith("/notebooks"):
            notebooks[folder.removesuffix("/notebooks"), phase].append(name)
    for archived in chains.values():
        for phase, numbers in archived.effects.items():
            candidates = notebooks[archived.folder, phase or ""]
            newest = max((archived.notebooks.get(name, archived.number + 1) for name in candidates), default=0)
            uncovered = [str(number) for number in numbers if number > newest]
            if uncovered:
                result.add(
                    archived.folder,
                    f"No archived notebook of {phase or 'a phase'} covers the effects in journal entries "
                    f"{', '.join(uncovered)}: execute that phase again with 'consolidate run --phase'.",
                )
