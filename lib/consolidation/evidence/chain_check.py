"""The journal inside the archive: every chain recomputed from its first entry over all segments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from consolidation.evidence.canonical import read_with_digest
from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.findings import Verification
from consolidation.evidence.names import chain_of_folder
from consolidation.evidence.segments import segment_numbers
from consolidation.journal.entries import FIRST_PREVIOUS, VERSION, Entry

_TYPES: dict[str, type | tuple[type, ...]] = {
    "chain": str, "number": int, "v": int, "at": str, "kind": str, "phase": (str, type(None)), "runner": str,
    "body": dict, "previous": str, "hash": str,
}  # fmt: skip


@dataclass
class ArchivedChain:
    """One chain as the archive holds it.

    Attributes:
        folder: Folder of its segments, a path inside the archive.
        hashes: Entry number -> hash of that entry.
        effects: Phase -> numbers of the entries `done` in it; None stands for entries that name no phase.
        notebooks: Path of a notebook inside the archive -> number of the entry `archived` that was written after it.
        digests: Path of a notebook inside the archive -> its SHA-256 as that entry states it.
        number: Number of the last entry read.
        head: Hash of the last entry read; None when it could not be read.
    """

    folder: str
    hashes: dict[int, str] = field(default_factory=dict)
    effects: dict[str | None, list[int]] = field(default_factory=lambda: defaultdict(list))
    notebooks: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    number: int = 0
    head: str | None = FIRST_PREVIOUS


def check_chains(segments: Mapping[str, bytes], result: Verification) -> dict[str, ArchivedChain]:
    """Recompute every chain from its segments.

    Args:
        segments: Path inside the archive -> content, for each journal segment.
        result: Takes the findings and the counts.

    Returns:
        Chain -> what the archive holds of it.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in segments:
        folders[name.rpartition("/")[0]].append(name)
    chains: dict[str, ArchivedChain] = {}
    for folder, names in sorted(folders.items()):
        chain = chain_of_folder(folder)
        if chain is None or chain in chains:
            for name in names:
                result.add(name, "A journal segment lies in a folder where no chain, or not this one, belongs.")
            continue
        archived = chains[chain] = ArchivedChain(folder)
        for name in sorted(names, key=_numbers):
            _check_segment(name, segments[name], chain, archived, result)
        result.chains += 1
        result.effects += sum(map(len, archived.effects.values()))
    return chains


def _numbers(name: str) -> tuple[int, int]:
    return segment_numbers(name.rpartition("/")[2]) or (0, 0)


def _check_segment(name: str, content: bytes, chain: str, archived: ArchivedChain, result: Verification) -> None:
    first, last = _numbers(name)
    read: list[int] = []
    for place, entry, altered in _entries(name, content, result):
        if entry is None:
            # What stood there cannot be known; the next entry is judged by itself.
            archived.number, archived.head = archived.number + 1, None
            continue
        read.append(entry.number)
        for fault in _faults(entry, chain, archived, altered=altered):
            result.add(name, f"Line {place}, entry {entry.number}: {fault}")
        archived.number, archived.head = entry.number, entry.hash
        archived.hashes[entry.number] = entry.hash
        if entry.kind == "done":
            archived.effects[entry.phase].append(entry.number)
        elif entry.kind == "archived":
            notebook = str(entry.body.get("notebook"))
            archived.notebooks[notebook] = entry.number
            archived.digests[notebook] = str(entry.body.get("sha256"))
    if (read[:1], read[-1:]) != ([first], [last]):
        result.add(name, f"Its name says entries {first} to {last}; it does not start and end with these.")
    result.entries += len(read)


def _entries(name: str, content: bytes, result: Verification) -> Iterator[tuple[int, Entry | None, bool]]:
    """Yield line number, entry, and whether its hash does not fit; None for a line that is no entry, a finding."""
    if not content.endswith(b"\n"):
        result.add(name, "The last line is cut off: it has no line end.")
    # Not splitlines(): text inside an entry may hold line separators of Unicode.
    for place, line in enumerate(content.removesuffix(b"\n").split(b"\n"), start=1):
        try:
            fields, fits = read_with_digest(line, "hash")
            if not isinstance(fields, dict) or fields.keys() != _TYPES.keys():
                raise EvidenceError("It does not have the fields of a journal entry.")
            if not all(isinstance(fields[key], kind) for key, kind in _TYPES.items()):
                raise EvidenceError("A field of it is not of its type.")
            yield place, Entry(**fields), not fits
        except EvidenceError as error:
            result.add(name, f"Line {place} is not a journal entry: {error.message}")
            yield place, None, True


def _faults(entry: Entry, chain: str, archived: ArchivedChain, *, altered: bool) -> Iterator[str]:
    """Yield what is wrong with an entry, seen from the one before it."""
    if entry.v > VERSION:
        yield f"it has version {entry.v}, this program knows {VERSION}; use the newer program."
    if entry.chain != chain:
        yield f"it belongs to the chain {entry.chain!r}, not here."
    if entry.number <= archived.number:
        yield f"it stands behind entry {archived.number}: out of order or twice."
    elif entry.number > archived.number + 1:
        yield f"it follows entry {archived.number}: entries are missing."
    elif archived.head is not None and entry.previous != archived.head:
        yield "it does not continue the chain: the hash of the entry before it does not fit."
    if altered:
        yield "it was altered: its own hash does not fit."
