"""All chains of a journal in one reading: whoever looks at every case asks the database twice and not once per case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from sqlalchemy import RowMapping, select

from consolidation.journal import chain_rows
from consolidation.journal.database import claims_table, entries_table, reading
from consolidation.journal.entries import Entry
from consolidation.journal.journal import Journal


class ReadChain(Journal):
    """A journal of which one chain was read beforehand; every other question goes to the database as ever.

    Args:
        journal: It stays open.
        chain: The chain that was read.
        rows: Its entries in order; what stands in them is read when somebody asks for it.
        claims: Its claims.
    """

    def __init__(self, journal: Journal, chain: str, rows: Sequence[RowMapping], claims: Mapping[str, str]) -> None:
        self._engine = journal._engine
        self.leases, self.every = journal.leases, journal.every
        self._chain, self._rows, self._claims = chain, rows, dict(claims)
        self._read: dict[int, Entry] = {}

    def entries(
        self, chain: str, *, after: int = 0, kinds: Collection[str] | None = None, phase: str | None = None
    ) -> list[Entry]:
        """Return entries as `Journal.entries` does, as they stood when the chain was read.

        Raises:
            JournalError: One of them cannot be read, or a newer program wrote it.
        """
        if chain != self._chain:
            return super().entries(chain, after=after, kinds=kinds, phase=phase)
        return [
            self._entry(row)
            for row in self._rows
            if row["number"] > after
            and (kinds is None or row["kind"] in kinds)
            and (phase is None or row["phase"] == phase)
        ]

    def claims(self, chain: str) -> dict[str, str]:
        """Return claims as `Journal.claims` does, as they stood when the chain was read."""
        return dict(self._claims) if chain == self._chain else super().claims(chain)

    def _entry(self, row: RowMapping) -> Entry:
        number = int(row["number"])
        if number not in self._read:
            self._read[number] = chain_rows.read_row(row)
        return self._read[number]


def read_chains(journal: Journal) -> Iterator[tuple[str, ReadChain]]:
    """Yield every chain with a journal that has it in memory, one after the other: only one is held at a time.

    Args:
        journal: The engagement's journal; others may write meanwhile, what is yielded is one state of it.

    Raises:
        JournalError: The database did not answer.
    """
    with reading(journal._engine, one_state=True) as connection:
        claims: dict[str, dict[str, str]] = defaultdict(dict)
        for row in connection.execute(select(claims_table)):
            claims[row.chain][row.source_subscription] = row.target_subscription
        ordered = select(entries_table).order_by(entries_table.c.chain, entries_table.c.number)
        found = connection.execution_options(yield_per=1000).execute(ordered).mappings()
        for chain, rows in groupby(found, key=lambda row: str(row["chain"])):
            yield chain, ReadChain(journal, chain, tuple(rows), claims[chain])
