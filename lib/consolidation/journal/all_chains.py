"""Reads over all chains at once: one statement, where one for each case would make a run of thousands quadratic."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Engine, func, select

from consolidation.journal import chain_rows
from consolidation.journal.database import entries_table, heads_table, reading
from consolidation.journal.entries import Entry


class AllChains:
    """Every chain of one journal's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def entries(self, kinds: Collection[str], *, phase: str | None = None) -> Iterator[Entry]:
        """Yield the entries of some kinds, or of one phase, chain by chain and in order.

        Raises:
            JournalError: One of them cannot be read, or a newer program wrote it.
        """
        query = select(entries_table).where(entries_table.c.kind.in_(kinds))
        if phase is not None:
            query = query.where(entries_table.c.phase == phase)
        ordered = query.order_by(entries_table.c.chain, entries_table.c.number)
        with reading(self._engine) as connection:
            for row in connection.execution_options(yield_per=500).execute(ordered).mappings():
                yield chain_rows.read_row(row)

    def newest(self, kinds: Collection[str], *, phase: str | None = None) -> dict[str, int]:
        """Return chain -> number of its newest entry of some kinds, for chains that have one; no entry is read."""
        query = select(entries_table.c.chain, func.max(entries_table.c.number).label("number")).where(
            entries_table.c.kind.in_(kinds)
        )
        if phase is not None:
            query = query.where(entries_table.c.phase == phase)
        with reading(self._engine) as connection:
            rows = connection.execute(query.group_by(entries_table.c.chain))
            return {row.chain: row.number for row in rows}

    def of_customer(self, customer: str) -> list[str]:
        """Return the chains of a customer's cases, one for each source tenant that holds the customer."""
        ending = f"/{customer.casefold()}"
        # A run of thousands asks this for each customer: the database looks through the names, and hands out a few.
        query = select(heads_table.c.chain).where(heads_table.c.chain.endswith(ending, autoescape=True))
        with reading(self._engine) as connection:
            found = connection.execute(query).scalars().all()
        # SQLite takes capital letters for small ones there.
        return sorted(chain for chain in found if chain.startswith("case/") and chain.endswith(ending))

    def heads(self) -> dict[str, int]:
        """Return chain -> number of its newest entry."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(heads_table.c.chain, heads_table.c.number))
            return {row.chain: row.number for row in rows}
