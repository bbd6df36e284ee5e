"""Cut-overs under way: so many at once and no more, whatever the number of runners (S13).

What stands in the target is seen in the chains, but only once the order is announced: of several cases that begin in
the same second each would find none of the others. So a case puts its name down first, under one lock for all.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Engine, and_, delete, insert, select

from consolidation.journal.database import (
    chain_transaction,
    cut_overs_table,
    database_time,
    leases_table,
    reading,
)
from consolidation.runner import runner_id


class CutOvers:
    """Cases of one journal whose cut-over has begun, and whose runner still has the lease of their customer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, chain: str, customer: str, *, besides: Collection[str], most: int) -> frozenset[str]:
        """Put a case down as begun, unless too many others are; asked again for the same one, it has begun already.

        Args:
            chain: Of the case.
            customer: Its customer, whose lease this runner holds: when it ends, so does this.
            besides: Chains that count although nobody works on them: set up and not suspended.
            most: With so many others none begins.

        Returns:
            Chains of the others when they are too many; empty when it has begun.
        """
        with chain_transaction(self._engine, "cut-overs") as connection:
            under_way = _under_way(connection)
            if under_way.get(chain) == runner_id():
                return frozenset()
            others = frozenset(under_way).union(besides) - {chain}
            if len(others) >= most:
                return others
            connection.execute(delete(cut_overs_table).where(cut_overs_table.c.chain == chain))
            begun = {"chain": chain, "customer": customer.casefold(), "owner": runner_id()}
            connection.execute(insert(cut_overs_table), begun)
            return frozenset()

    def under_way(self) -> frozenset[str]:
        """Return the chains of the cases that somebody is cutting over now."""
        with reading(self._engine) as connection:
            return frozenset(_under_way(connection))

    def end(self, chain: str) -> None:
        """Make room for another case; without effect when it was not begun by this runner."""
        with chain_transaction(self._engine, "cut-overs") as connection:
            connection.execute(
                delete(cut_overs_table).where(cut_overs_table.c.chain == chain, cut_overs_table.c.owner == runner_id())
            )


def _under_way(connection: Connection) -> dict[str, str]:
    """Return chain -> runner of the cut-overs whose lease is still held by the one that began them."""
    held = and_(
        leases_table.c.customer == cut_overs_table.c.customer,
        leases_table.c.owner == cut_overs_table.c.owner,
        leases_table.c.expires > database_time(connection),
    )
    found = select(cut_overs_table.c.chain, cut_overs_table.c.owner).join(leases_table, held)
    return {begun.chain: begun.owner for begun in connection.execute(found)}
