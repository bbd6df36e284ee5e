"""One entry of the journal, its hash, and the check of a whole chain."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from consolidation.errors import JournalError, JournalRefused

VERSION = 1
"""The version that this program writes; an entry with a newer one is refused."""

FIRST_PREVIOUS = "0" * 64
"""What the first entry of a chain names as its predecessor's hash."""


@dataclass(frozen=True)
class Entry:
    """One journal entry.

    Attributes:
        chain: `engagement` or `case/<source>/<customer tenant id>`.
        number: Place in its chain, from 1, without gaps.
        v: Version of the entry's form.
        at: When it was written, ISO 8601 in UTC, by this computer's clock.
        kind: observed, planned, chosen, decided, confirmed, intended, retried, done, refused, claimed, verified,
            drifted, overlap, outcome, archived, opened.
        phase: The notebook it belongs to, or None.
        runner: Who wrote it: the id of the run or of the notebook's process.
        body: What happened; JSON.
        previous: Hash of the entry before it in the chain.
        hash: SHA-256, hexadecimal, over the canonical JSON of all the others.
    """

    chain: str
    number: int
    v: int
    at: str
    kind: str
    phase: str | None
    runner: str
    body: dict[str, Any]
    previous: str
    hash: str

    def line(self) -> str:
        """Return the entry as one line of canonical JSON, the form of the journal segments in the archive."""
        # Not asdict(): it copies every body, which takes longer than all the hashing.
        return canonical_json(vars(self))

    @classmethod
    def from_line(cls, text: str) -> Self:
        """Read one line of a journal segment.

        Raises:
            JournalError: The line is not an entry.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise JournalError(f"This line is not a journal entry: {error}.") from error


_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def canonical_json(value: object) -> str:
    """Return JSON that is the same for the same value: keys sorted, no blanks, text as it is.

    Half a character, which JSON allows and UTF-8 does not, stays an escape: one odd company name must not stop a case.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _LONE_SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def entry_hash(
    *,
    chain: str,
    number: int,
    v: int,
    at: str,
    kind: str,
    phase: str | None,
    runner: str,
    body: Mapping[str, Any],
    previous: str,
) -> str:
    """Return the SHA-256 of an entry, hexadecimal, over its canonical JSON without the hash itself."""
    covered = {
        "chain": chain,
        "number": number,
        "v": v,
        "at": at,
        "kind": kind,
        "phase": phase,
        "runner": runner,
        "body": body,
        "previous": previous,
    }
    return hashlib.sha256(canonical_json(covered).encode()).hexdigest()


def check_chain(entries: Iterable[Entry]) -> tuple[int, str]:
    """Check one chain from its first entry on and return its head (number, hash).

    Raises:
        JournalRefused: Names the first entry that was altered, moved, left out, or is newer than this program.
    """
    number, previous = 0, FIRST_PREVIOUS
    for entry in entries:
        require_known_version(entry.chain, entry.number, entry.v)
        if entry.number != number + 1:
            raise JournalRefused(
                f"Entry {entry.number} of {entry.chain} follows entry {number}: entries are missing.",
                next_step=RESTORE,
            )
        covered = {key: value for key, value in vars(entry).items() if key != "hash"}
        if entry.previous != previous or entry.hash != entry_hash(**covered):
            raise altered(entry.chain, entry.number)
        number, previous = entry.number, entry.hash
    return number, previous


def require_known_version(chain: str, number: int, v: int) -> None:
    """Refuse an entry that a newer program wrote: this one could misread it.

    Raises:
        JournalRefused: Names the entry and both versions.
    """
    if v > VERSION:
        raise JournalRefused(
            f"Entry {number} of {chain} has version {v}; this program knows {VERSION}.",
            next_step="Use the newer program.",
        )


def altered(chain: str, number: int) -> JournalRefused:
    """Return the error that names an entry which is not as it was written."""
    return JournalRefused(f"Entry {number} of {chain} was altered: its hash does not fit.", next_step=RESTORE)


def cut_short(chain: str, number: int) -> JournalRefused:
    """Return the error that names the first entry of a chain which was cut off at its end, or is gone altogether."""
    return JournalRefused(f"Entry {number} of {chain} is missing: the journal was cut short there.", next_step=RESTORE)


RESTORE = "Nothing runs on this journal: restore it from a backup and compare it with the archive's segments."
"""What to do with a journal that was altered."""
