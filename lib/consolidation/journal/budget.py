"""The rate budget: one row per partner tenant in the journal's database, shared by all kernels and machines (M37)."""

from __future__ import annotations

import time

from sqlalchemy import Connection, Engine, insert, select, update

from consolidation.journal.database import budget_table, chain_transaction, database_time


class SharedBudget:
    """Lets all processes together send no more calls to a tenant than allowed, and stops all for a `Retry-After`.

    The row holds the time at which the calls granted so far will have been earned (the generic cell rate algorithm):
    one number is enough, and it survives every process.

    Args:
        engine: Database of the journal.
        requests_per_minute: Calls per minute and partner tenant.

    Attributes:
        burst: Calls that may go at once after a pause. The pace of the rest is so much lower that no window of a
            minute, wherever it begins, holds more calls than allowed.
    """

    def __init__(self, engine: Engine, requests_per_minute: int) -> None:
        self._engine = engine
        self.burst = max(1, requests_per_minute // 20)
        self._interval = 60.0 / max(1, requests_per_minute - self.burst)

    def take(self, tenant: str) -> None:
        """Wait until a call to the tenant may be sent."""
        with chain_transaction(self._engine, f"budget/{tenant}") as connection:
            now = database_time(connection)
            earned = max(now, _earned(connection, tenant)) + self._interval
            _set_earned(connection, tenant, earned)
        # Waiting happens outside the transaction: others must be able to take their turn meanwhile.
        wait = earned - self._interval * self.burst - now
        if wait > 0:
            time.sleep(wait)

    def pause(self, tenant: str, seconds: float) -> None:
        """Stop the calls of all processes to a tenant for some seconds, as Microsoft asked."""
        with chain_transaction(self._engine, f"budget/{tenant}") as connection:
            resume = database_time(connection) + seconds + self._interval * self.burst
            _set_earned(connection, tenant, max(resume, _earned(connection, tenant)))


def _earned(connection: Connection, tenant: str) -> float:
    row = connection.execute(select(budget_table.c.earned).where(budget_table.c.tenant == tenant)).one_or_none()
    return float(row.earned) if row else 0.0


def _set_earned(connection: Connection, tenant: str, earned: float) -> None:
    changed = connection.execute(update(budget_table).where(budget_table.c.tenant == tenant).values(earned=earned))
    if changed.rowcount == 0:
        connection.execute(insert(budget_table), {"tenant": tenant, "earned": earned})
