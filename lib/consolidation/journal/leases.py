"""Leases: one runner at a time works on a customer tenant, whatever happens to the others.

The database's clock decides when a lease has expired, so that computers whose clocks differ agree.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from consolidation.errors import JournalError, LeaseLost
from consolidation.journal.database import chain_transaction, database_time, leases_table
from consolidation.runner import runner_id

SECONDS = 300.0
"""How long a lease lives unless it is renewed: longer than any single call with its retries."""


class Leases:
    """Leases of one journal's database, per customer tenant (both cases of a customer share one)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, customer: str) -> None:
        """Take or renew the lease of a customer for this runner.

        Raises:
            LeaseLost: Another runner holds it and it has not expired.
        """
        key = customer.casefold()
        try:
            with chain_transaction(self._engine, f"lease/{key}") as connection:
                now = database_time(connection)
                # Locked, so that an intention that is just renewing the lease is seen and not robbed of it.
                mine = select(leases_table).where(leases_table.c.customer == key).with_for_update()
                held = connection.execute(mine).one_or_none()
                if held is None:
                    connection.execute(
                        insert(leases_table), {"customer": key, "owner": runner_id(), "expires": now + SECONDS}
                    )
                elif held.owner == runner_id() or held.expires <= now:
                    connection.execute(
                        update(leases_table)
                        .where(leases_table.c.customer == key)
                        .values(owner=runner_id(), expires=now + SECONDS)
                    )
                else:
                    raise _lost(customer, held.owner)
        except JournalError as error:
            if isinstance(error.__cause__, IntegrityError):  # two runners inserted at once: the other one was first
                raise _lost(customer, "another runner") from error
            raise

    def renew(self, customer: str) -> None:
        """Renew the lease that this runner took; it may have run out as long as nobody else took it since.

        Unlike `take` it never begins anew: a computer that slept while another runner took the customer, finished and
        gave it back must not go on with what it had read before.

        Raises:
            LeaseLost: It is not this runner's any more.
        """
        key = customer.casefold()
        with chain_transaction(self._engine, f"lease/{key}") as connection:
            renewed = connection.execute(
                update(leases_table)
                .where(leases_table.c.customer == key, leases_table.c.owner == runner_id())
                .values(expires=database_time(connection) + SECONDS)
            )
            if renewed.rowcount != 1:
                raise _lost(customer, "another runner, or was given back by it")

    def require(self, connection: Connection, customer: str) -> None:
        """Check, inside the caller's transaction, that this runner holds the lease, and renew it.

        Raises:
            LeaseLost: It was never taken, has expired, or is another runner's.
        """
        key = customer.casefold()
        now = database_time(connection)
        renewed = connection.execute(
            update(leases_table)
            .where(leases_table.c.customer == key, leases_table.c.owner == runner_id(), leases_table.c.expires > now)
            .values(expires=now + SECONDS)
        )
        if renewed.rowcount != 1:
            raise _lost(customer, "another runner, or nobody any more")

    def free(self, customer: str) -> None:
        """Give the lease back; without effect when it is not this runner's."""
        key = customer.casefold()
        with chain_transaction(self._engine, f"lease/{key}") as connection:
            connection.execute(
                delete(leases_table).where(leases_table.c.customer == key, leases_table.c.owner == runner_id())
            )


def _lost(customer: str, owner: str) -> LeaseLost:
    return LeaseLost(
        f"Customer {customer} is being worked on by {owner}.",
        next_step=f"Wait until that run has ended (a dead one frees it after {SECONDS / 60:.0f} minutes), then run.",
    )
