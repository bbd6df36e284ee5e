"""The journal of one engagement: chains of entries, intentions before effects, claims."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from consolidation.errors import Held, JournalError, JournalRefused
from consolidation.journal import chain_rows
from consolidation.journal.all_chains import AllChains
from consolidation.journal.budget import SharedBudget
from consolidation.journal.cut_overs import CutOvers
from consolidation.journal.database import (
    chain_transaction,
    claims_table,
    connect,
    entries_table,
    open_intentions_table,
    reading,
)
from consolidation.journal.entries import Entry, altered, canonical_json, check_chain
from consolidation.journal.leases import Leases
from consolidation.journal.wholeness import check_whole

ENGAGEMENT_CHAIN = "engagement"


def case_chain(source: str, customer: str) -> str:
    """Return the chain of a case: one customer tenant under one source tenant."""
    return f"case/{source}/{customer.casefold()}"


@dataclass(frozen=True)
class Intention:
    """An effect that was announced: `entry` is the `intended` entry, `rows` the plan rows it stands for."""

    entry: Entry
    rows: tuple[str, ...]

    @property
    def action(self) -> str:
        """What was going to be done, for example `checkout`."""
        return str(self.entry.body["action"])


class Journal:
    """Append-only memory of one engagement; safe with several processes and machines at once.

    Args:
        url: SQLAlchemy URL.

    Raises:
        JournalError: The database cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self._engine = connect(url)
        self.leases = Leases(self._engine)
        self.cut_overs = CutOvers(self._engine)
        self.every = AllChains(self._engine)

    @property
    def engine_url(self) -> str:
        """URL of the database without its password."""
        return self._engine.url.render_as_string(hide_password=True)

    def rate_budget(self, requests_per_minute: int) -> SharedBudget:
        """Return the rate budget that all kernels on this journal share."""
        return SharedBudget(self._engine, requests_per_minute)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def bind(self, identity: Mapping[str, Any]) -> None:
        """Tie a new journal to its engagement, or refuse one that belongs to another.

        Args:
            identity: What makes the engagement itself: name, endpoints, tenants.

        Raises:
            JournalRefused: The journal was opened for something else; the message names what differs.
        """
        before = self._opened(identity)
        given = json.loads(canonical_json(identity))
        differing = [key for key in ("name", "target", "endpoints") if before.get(key) != given[key]]
        # Sources may be added to an engagement that runs; what it started with must still be there.
        differing += [
            f"source {name}"
            for name, tenant in before.get("sources", {}).items()
            if given["sources"].get(name) != tenant
        ]
        if differing:
            raise JournalRefused(
                f"Entry 1 of {ENGAGEMENT_CHAIN}: this journal belongs to another engagement: what differs is "
                f"{', '.join(differing)}.",
                next_step="Give this engagement a journal of its own.",
            )

    def _opened(self, identity: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the journal was opened for; a new one is opened for this."""
        opened = self.entries(ENGAGEMENT_CHAIN, kinds={"opened"})
        if opened:
            return opened[0].body
        with chain_transaction(self._engine, ENGAGEMENT_CHAIN) as connection:
            # Looked at again under the lock: two first starts at once must not both open it.
            of_this_kind = select(entries_table).where(
                entries_table.c.chain == ENGAGEMENT_CHAIN, entries_table.c.kind == "opened"
            )
            row = connection.execute(of_this_kind).mappings().first()
            entry = chain_rows.read_row(row) if row else None
            return (entry or chain_rows.append(connection, ENGAGEMENT_CHAIN, "opened", identity, None)).body

    # Reading

    def chains(self) -> list[str]:
        """Return the names of all chains, the engagement's first."""
        with reading(self._engine) as connection:
            names = connection.execute(select(entries_table.c.chain).distinct()).scalars()
            return sorted(names, key=lambda name: (name != ENGAGEMENT_CHAIN, name))

    def entries(
        self, chain: str, *, after: int = 0, kinds: Collection[str] | None = None, phase: str | None = None
    ) -> list[Entry]:
        """Return the entries of a chain in order, those after a number, of some kinds, or of one phase.

        Raises:
            JournalError: One of them cannot be read, or a newer program wrote it.
        """
        query = select(entries_table).where(entries_table.c.chain == chain, entries_table.c.number > after)
        if kinds is not None:
            query = query.where(entries_table.c.kind.in_(kinds))
        if phase is not None:
            query = query.where(entries_table.c.phase == phase)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(entries_table.c.number)).mappings().all()
        return [chain_rows.read_row(row) for row in rows]

    def last(self, chain: str, kind: str, *, phase: str | None = None) -> Entry | None:
        """Return the newest entry of a kind, or None."""
        found = self.entries(chain, kinds={kind}, phase=phase)
        return found[-1] if found else None

    def head(self, chain: str) -> tuple[int, str]:
        """Return number and hash of the chain's newest entry; (0, zeros) for a chain that does not exist yet."""
        with reading(self._engine, one_state=True) as connection:
            return chain_rows.head(connection, chain)

    def check(self, chain: str) -> tuple[int, str]:
        """Check one chain from its first entry to its last and return its head.

        Raises:
            JournalRefused: Names the first bad entry.
        """
        with reading(self._engine, one_state=True) as connection:
            query = select(entries_table).where(entries_table.c.chain == chain).order_by(entries_table.c.number)
            head = check_chain(chain_rows.read_row(row) for row in connection.execute(query).mappings())
            chain_rows.require_head(connection, chain, head)
        return head

    def check_whole(self, archived: Mapping[str, tuple[int, str]]) -> None:
        """Check every chain, and the tables of heads, open effects and claims that stand beside them.

        Args:
            archived: Chain -> number and hash of an entry that the archive has: it must still be here.

        Raises:
            JournalRefused: Names the first bad entry.
        """
        with reading(self._engine, one_state=True) as connection:
            check_whole(connection, archived)

    def open_intentions(self, chain: str) -> list[Intention]:
        """Return the effects that were announced and whose end is unknown, oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(open_intentions_table.c.number, open_intentions_table.c.row_key)
                .where(open_intentions_table.c.chain == chain)
                .order_by(open_intentions_table.c.number, open_intentions_table.c.row_key)
            ).all()
        by_number: dict[int, list[str]] = {}
        for number, row_key in rows:
            by_number.setdefault(number, []).append(row_key)
        entries = {entry.number: entry for entry in self.entries(chain, kinds={"intended"})}
        lost = [number for number in by_number if number not in entries]
        if lost:  # the newest entries were cut off, which the hashes of the rest cannot show
            raise altered(chain, lost[0])
        return [Intention(entries[number], tuple(keys)) for number, keys in by_number.items()]

    def claims(self, chain: str) -> dict[str, str]:
        """Return source subscription id -> id of the target subscription that stands for it, for one case."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(claims_table.c.source_subscription, claims_table.c.target_subscription).where(
                    claims_table.c.chain == chain
                )
            ).all()
        return {row.source_subscription: row.target_subscription for row in rows}

    def claimed(self, target_subscriptions: Iterable[str]) -> dict[str, str]:
        """Return target subscription id -> chain of the case that claimed it, for those that are claimed."""
        wanted = {identifier.casefold() for identifier in target_subscriptions}
        with reading(self._engine) as connection:
            claimed = select(claims_table.c.target_subscription, claims_table.c.chain)
            rows = connection.execute(claimed.where(claims_table.c.target_subscription.in_(wanted))).all()
        return {row.target_subscription: row.chain for row in rows}

    # Writing

    def append(self, chain: str, kind: str, body: Mapping[str, Any], *, phase: str | None = None) -> Entry:
        """Append one entry.

        Raises:
            JournalError: The database did not take it.
        """
        with chain_transaction(self._engine, chain) as connection:
            return chain_rows.append(connection, chain, kind, body, phase)

    def intend(
        self, chain: str, rows: Collection[str], body: Mapping[str, Any], *, phase: str, customer: str
    ) -> Intention:
        """Announce an effect: the entry and the unique key of each row, in the transaction that checks the lease.

        Args:
            chain: The case.
            rows: Keys of the plan rows that the effect stands for.
            body: At least `action`, `request_id` and `correlation_id` of the call that will be sent.
            phase: The notebook.
            customer: Customer tenant whose lease this runner must hold.

        Raises:
            LeaseLost: Another runner has the customer.
            Held: One of the rows has an open intention already (S3).
        """
        keys = tuple(sorted({key.casefold() for key in rows}))
        try:
            with chain_transaction(self._engine, chain) as connection:
                self.leases.require(connection, customer)
                entry = chain_rows.append(connection, chain, "intended", {**body, "rows": list(keys)}, phase)
                connection.execute(
                    insert(open_intentions_table),
                    [{"chain": chain, "row_key": key, "number": entry.number} for key in keys],
                )
        except JournalError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise Held(["One of these rows has an open intention: run again, it is settled first (S3)."]) from error
            raise
        return Intention(entry, keys)

    def close_intention(self, intention: Intention, kind: str, body: Mapping[str, Any]) -> Entry:
        """End an intention with `done` or `refused` and Microsoft's answer."""
        entry = intention.entry
        with chain_transaction(self._engine, entry.chain) as connection:
            connection.execute(
                delete(open_intentions_table).where(
                    open_intentions_table.c.chain == entry.chain, open_intentions_table.c.number == entry.number
                )
            )
            closing = {"action": intention.action, "intended": entry.number, "rows": list(intention.rows), **body}
            return chain_rows.append(connection, entry.chain, kind, closing, entry.phase)

    def claim(self, chain: str, pairs: Mapping[str, str], body: Mapping[str, Any], *, phase: str) -> Entry:
        """Record which target subscription stands for which source row.

        Args:
            chain: The case.
            pairs: Source subscription id -> target subscription id.
            body: How it came about, for example the order.
            phase: The notebook.

        Raises:
            Held: A target subscription is claimed by another row already, or a row has one.
        """
        lower = {source.casefold(): target.casefold() for source, target in pairs.items()}
        try:
            with chain_transaction(self._engine, chain) as connection:
                connection.execute(
                    insert(claims_table),
                    [
                        {"target_subscription": target, "chain": chain, "source_subscription": source}
                        for source, target in lower.items()
                    ],
                )
                return chain_rows.append(connection, chain, "claimed", {**body, "claims": lower}, phase)
        except JournalError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise Held(
                    [
                        "A target subscription stands for another source row already, or this row has another one: "
                        "look at them in the portal."
                    ]
                ) from error
            raise
