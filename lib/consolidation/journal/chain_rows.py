"""Entries as rows of the database: read one, find the head of a chain, append to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from consolidation.errors import JournalRefused
from consolidation.journal.database import entries_table, heads_table
from consolidation.journal.entries import (
    FIRST_PREVIOUS,
    RESTORE,
    VERSION,
    Entry,
    altered,
    canonical_json,
    cut_short,
    entry_hash,
    require_known_version,
)
from consolidation.runner import runner_id


def read_row(row: RowMapping) -> Entry:
    """Read a row of the table.

    Raises:
        JournalRefused: A newer program wrote the entry, or its body is not what was written; the message names it.
    """
    require_known_version(row["chain"], row["number"], row["v"])
    try:
        body = json.loads(row["body"])
    except ValueError as error:
        raise altered(row["chain"], row["number"]) from error
    return Entry(**{**row, "body": body})


def head(connection: Connection, chain: str) -> tuple[int, str]:
    """Return number and hash of the newest entry of a chain; (0, zeros) for one that does not exist yet.

    Raises:
        JournalRefused: The chain does not end where it was left; the message names the entry.
    """
    newest = connection.execute(
        select(entries_table.c.number, entries_table.c.hash, entries_table.c.v)
        .where(entries_table.c.chain == chain)
        .order_by(entries_table.c.number.desc())
        .limit(1)
    ).one_or_none()
    found = (newest.number, newest.hash) if newest else (0, FIRST_PREVIOUS)
    if newest:
        require_known_version(chain, newest.number, newest.v)  # nothing is appended to what a newer program wrote
    require_head(connection, chain, found)
    return found


def require_head(connection: Connection, chain: str, found: tuple[int, str]) -> None:
    """Refuse a chain that does not end where the table of heads says: the newest entries were cut off or exchanged.

    Raises:
        JournalRefused: Names the first entry that is missing or was altered.
    """
    kept = connection.execute(select(heads_table).where(heads_table.c.chain == chain)).one_or_none()
    if kept is None and found[0]:
        raise JournalRefused(
            f"Entry {found[0]} of {chain} is not in the table of heads: it was removed there, or a program from before "
            "that table wrote this journal.",
            next_step=RESTORE,
        )
    if kept is not None and found[0] < kept.number:
        raise cut_short(chain, found[0] + 1)
    if kept is not None and found != (kept.number, kept.hash):
        raise altered(chain, found[0])


def append(connection: Connection, chain: str, kind: str, body: Mapping[str, Any], phase: str | None) -> Entry:
    """Append one entry inside the caller's transaction, which must be the only one that appends to the chain."""
    number, previous = head(connection, chain)
    # What is hashed is what will be read back: dates and decimals must be text before they come here.
    plain = json.loads(canonical_json(body))
    fields: dict[str, Any] = {
        "chain": chain,
        "number": number + 1,
        "v": VERSION,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "kind": kind,
        "phase": phase,
        "runner": runner_id(),
        "body": plain,
        "previous": previous,
    }
    entry = Entry(**fields, hash=entry_hash(**fields))
    connection.execute(insert(entries_table), {**fields, "body": canonical_json(plain), "hash": entry.hash})
    ends = {"number": entry.number, "hash": entry.hash}
    moved = connection.execute(update(heads_table).where(heads_table.c.chain == chain).values(**ends))
    if moved.rowcount == 0:
        connection.execute(insert(heads_table), {"chain": chain, **ends})
    return entry
