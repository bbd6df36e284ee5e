"""Whether a whole journal is as it was written: every chain to its last entry, and the tables that stand beside them.

The hashes of a chain show what was altered or taken out between two entries, but not that the newest were cut off. So
the head of each chain stands in a table of its own, and the archive's newest manifest names the heads that it has seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from sqlalchemy import Connection, select

from consolidation.errors import JournalRefused
from consolidation.journal.chain_rows import read_row, require_head
from consolidation.journal.database import claims_table, entries_table, heads_table, open_intentions_table
from consolidation.journal.entries import RESTORE, Entry, altered, check_chain, cut_short

Head = tuple[int, str]
"""Number and hash of a chain's newest entry."""


class _Beside:
    """What the entries of a chain say about the tables beside it: which effects are open, and what is claimed."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str], int] = {}
        self.claims: dict[str, tuple[str, int]] = {}

    def read(self, entry: Entry) -> None:
        if entry.kind == "intended":
            self.open |= {(entry.chain, row): entry.number for row in entry.body["rows"]}
        elif entry.kind in {"done", "refused"}:
            closed = entry.body.get("intended")
            self.open = {key: number for key, number in self.open.items() if number != closed}
        elif entry.kind == "claimed":
            claimed: Mapping[str, str] = entry.body["claims"]
            self.claims |= {target: (source, entry.number) for source, target in claimed.items()}


def check_whole(connection: Connection, archived: Mapping[str, Head]) -> None:
    """Check every chain of a journal, in one reading of it.

    Args:
        connection: Sees one state of the database from the first statement to the last.
        archived: Chain -> an older head of it that is known from elsewhere; the journal must still have that entry.

    Raises:
        JournalRefused: Names the first bad entry.
    """
    seen: set[str] = set()
    for chain, entries in groupby(_entries(connection), key=lambda entry: entry.chain):
        seen.add(chain)
        beside, known = _Beside(), dict([archived[chain]] if chain in archived else [])
        head = check_chain(_watched(entries, beside, known))
        require_head(connection, chain, head)
        if known:  # longer in the archive than here: the database was put back to an older state
            raise cut_short(chain, head[0] + 1)
        _check_open_intentions(connection, chain, beside)
        _check_claims(connection, chain, beside)
    ended = set(connection.execute(select(heads_table.c.chain)).scalars())
    for chain in sorted({*ended, *archived} - seen):
        raise cut_short(chain, 1)


def _entries(connection: Connection) -> Iterator[Entry]:
    query = select(entries_table).order_by(entries_table.c.chain, entries_table.c.number)
    for row in connection.execution_options(yield_per=500).execute(query).mappings():
        yield read_row(row)


def _watched(entries: Iterable[Entry], beside: _Beside, known: dict[int, str]) -> Iterator[Entry]:
    """Hand the entries on once each is compared with what is known from elsewhere."""
    for entry in entries:
        if known.pop(entry.number, entry.hash) != entry.hash:
            raise altered(entry.chain, entry.number)
        yield entry
        beside.read(entry)  # once it is checked: only then has it the form that it was written in


def _check_open_intentions(connection: Connection, chain: str, beside: _Beside) -> None:
    """Compare what is open: an effect that nobody knows of any more would be sent a second time (S3)."""
    rows = connection.execute(select(open_intentions_table).where(open_intentions_table.c.chain == chain))
    found = {(row.chain, row.row_key): row.number for row in rows}
    for key in sorted(found.keys() | beside.open.keys()):
        if found.get(key) != beside.open.get(key):
            raise _not_beside(chain, beside.open.get(key) or found[key], "open effects")


def _check_claims(connection: Connection, chain: str, beside: _Beside) -> None:
    """Compare what is claimed: a claim that was moved would stand for another row (S1)."""
    rows = connection.execute(select(claims_table).where(claims_table.c.chain == chain))
    found = {row.target_subscription: row.source_subscription for row in rows}
    for target in sorted(found.keys() | beside.claims.keys()):
        source, number = beside.claims.get(target, ("", 0))
        if found.get(target, "") != source:
            raise _not_beside(chain, number, "claims")


def _not_beside(chain: str, number: int, table: str) -> JournalRefused:
    named = f"Entry {number} of {chain}" if number else f"No entry of {chain}"
    return JournalRefused(
        f"{named} stands behind what the table of {table} says: the table was altered.", next_step=RESTORE
    )
