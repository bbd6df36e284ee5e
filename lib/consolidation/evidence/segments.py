"""Journal segments: the journal's chains as files in the archive, each run appending one file to each chain."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from consolidation.errors import JournalError
from consolidation.evidence.archive import Archive
from consolidation.evidence.errors import EvidenceError
from consolidation.journal.entries import FIRST_PREVIOUS, Entry

_SEGMENT = re.compile(r"journal-(\d{6,12})-(\d{6,12})\.jsonl")


class JournalReader(Protocol):
    """What the evidence needs of a journal."""

    def chains(self) -> list[str]:
        """Return the names of all chains."""
        ...

    def entries(self, chain: str, *, after: int = 0) -> list[Entry]:
        """Return the entries of a chain after a number, in order."""
        ...


def segment_name(first: int, last: int) -> str:
    """Return the file name of the segment that holds these entries."""
    return f"journal-{first:06d}-{last:06d}.jsonl"


def segment_numbers(file_name: str) -> tuple[int, int] | None:
    """Return the numbers of the first and last entry of a segment from its file name, or None for any other file."""
    match = _SEGMENT.fullmatch(file_name)
    if not match:
        return None
    first, last = int(match[1]), int(match[2])
    return (first, last) if file_name == segment_name(first, last) else None


def write_segments(
    archive: Archive,
    journal: JournalReader,
    companies: Mapping[tuple[str, str], str],
    gains: Callable[[Entry], None] = lambda _entry: None,
) -> dict[str, tuple[int, str]]:
    """Append what the journal gained since the last segments, one file for each chain that grew.

    Args:
        archive: Where they go.
        journal: Where they come from.
        companies: Company name by (source, customer tenant id), for the folder of a case that has none yet.
        gains: Takes each entry that is archived now.

    Returns:
        Chain -> number and hash of its last archived entry: what a manifest may vouch for.

    Raises:
        EvidenceError: The archive holds entries that the journal does not have: one of the two was cut or exchanged.
    """
    names = {(source, customer.casefold()): company for (source, customer), company in companies.items()}
    heads = {}
    for chain in journal.chains():
        folder = _folder(archive, chain, names)
        number, head = _archived_head(folder)
        gained = journal.entries(chain, after=max(number - 1, 0))
        if number:
            # Read along with the new entries: it must still be the one that was archived.
            if not gained or (gained[0].number, gained[0].hash) != (number, head):
                raise EvidenceError(
                    f"The archive holds entry {number} of {chain}, but the journal does not have that entry.",
                    next_step="Restore the journal from its backup, or give this engagement a new archive.",
                )
            gained = gained[1:]
        if gained:
            lines = "".join(f"{entry.line()}\n" for entry in gained)
            archive.write(folder / segment_name(gained[0].number, gained[-1].number), lines)
            number, head = gained[-1].number, gained[-1].hash
            for entry in gained:
                gains(entry)
        heads[chain] = (number, head)
    return heads


def _folder(archive: Archive, chain: str, companies: Mapping[tuple[str, str], str]) -> Path:
    if chain == "engagement":
        return archive.engagement_folder()
    _, source, customer = chain.split("/")
    return archive.case_folder(source, customer, companies.get((source, customer.casefold()), ""))


def _archived_head(folder: Path) -> tuple[int, str]:
    """Return number and hash of the last archived entry of a folder; (0, zeros) when there is none."""
    segments = (path for path in folder.glob("journal-*.jsonl") if segment_numbers(path.name))
    newest = max(segments, key=lambda path: segment_numbers(path.name) or (0, 0), default=None)
    if newest is None:
        return 0, FIRST_PREVIOUS
    try:
        # Not splitlines(): text inside an entry may hold line separators of Unicode.
        entry = Entry.from_line(newest.read_bytes().rstrip(b"\n").rpartition(b"\n")[2].decode())
    except (OSError, ValueError, JournalError) as error:
        raise EvidenceError(
            f"The journal segment {newest.name} of {folder.name} cannot be read: {error}.",
            next_step="Run 'consolidate verify' on the archive and restore what it names.",
        ) from error
    return entry.number, entry.hash
