"""Each run appends the journal's new entries to the archive."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence.sealed import ADATUM, SOURCE, Sealed

from consolidation.evidence.errors import EvidenceError
from consolidation.evidence.segments import segment_numbers, write_segments
from consolidation.journal import Entry, Journal, case_chain, check_chain


def test_segments_together_are_the_journal(sealed: Sealed) -> None:
    """M32: the segments of a case, in order, hold every entry of its chain once, and none is written again."""
    names = sorted(path.name for path in sealed.case(ADATUM).glob("journal-*.jsonl"))
    lines = [
        line
        for name in names
        for line in (sealed.case(ADATUM) / name).read_text(encoding="utf-8").removesuffix("\n").split("\n")
    ]
    assert names == ["journal-000001-000003.jsonl", "journal-000004-000006.jsonl"]
    chain = case_chain(SOURCE, ADATUM)
    assert check_chain(map(Entry.from_line, lines)) == sealed.journal.head(chain)


def test_a_journal_that_did_not_grow_adds_nothing(sealed: Sealed) -> None:
    """M32: without new entries no segment is written, and the heads are those of the archive."""
    before = {file.name for file in sealed.archive.files()}
    heads = write_segments(sealed.archive, sealed.journal, {})
    assert {file.name for file in sealed.archive.files()} == before
    assert heads == {chain: sealed.journal.head(chain) for chain in sealed.journal.chains()}


def test_a_journal_that_lost_entries_is_not_archived_over(sealed: Sealed, tmp_path: Path) -> None:
    """M32: a journal that lacks what the archive holds, or tells it differently, is refused with the next step."""
    other = Journal(f"sqlite:///{tmp_path / 'other.db'}")
    other.append("engagement", "opened", {"name": "someone else"})
    with pytest.raises(EvidenceError, match="Restore the journal"):
        write_segments(sealed.archive, other, {})
    other.append("engagement", "confirmed", {})
    with pytest.raises(EvidenceError, match="does not have that entry"):
        write_segments(sealed.archive, other, {})
    other.close()


@pytest.mark.parametrize(
    "name", ["journal-1-2.jsonl", "journal-000001-000002.jsonl.bak", "journal-0000001-0000002.jsonl"]
)
def test_only_one_spelling_names_a_segment(name: str) -> None:
    """M32: a file that is not named as this program names segments is not one."""
    assert segment_numbers(name) is None
