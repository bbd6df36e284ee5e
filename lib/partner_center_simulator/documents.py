"""Everything the simulator remembers: JSON documents in memory, written through to one SQLite table."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = Any
"""Any JSON value: what a caller sent, before a rule has looked at it."""
Document = dict[str, Json]
"""A JSON object."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, scope, key)
)
"""
UPSERT = """
INSERT INTO documents (kind, scope, key, body) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, scope, key) DO UPDATE SET body = excluded.body
"""
DELETE = "DELETE FROM documents WHERE kind = ? AND scope = ? AND key = ?"
EMPTY: Mapping[str, Document] = {}


class HomeInUse(Exception):
    """Another process serves this home folder."""


class Documents:
    """Documents by kind, scope and key; a change is on disk before its transaction ends.

    A document that was handed out is never changed in place: a change is a new document put under the same key. That
    is what makes taking back a failed transaction a matter of putting the old documents back.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._tree: dict[str, dict[str, dict[str, Document]]] = {}
        self._before: dict[tuple[str, str, str], Document | None] | None = None
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=0.5)
        try:
            # Held for good: a second server on the same folder would answer from memory that is out of date.
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing this way; only a power cut could, and this is a simulation.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(SCHEMA)
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._connection.close()
            raise HomeInUse(f"{path} is in use by another simulator: {error}") from error
        for kind, scope, key, body in self._connection.execute(
            "SELECT kind, scope, key, body FROM documents ORDER BY rowid"
        ):
            self._tree.setdefault(kind, {}).setdefault(scope, {})[key] = json.loads(body)

    def get(self, kind: str, scope: str, key: str) -> Document | None:
        """Return one document, or None."""
        return self._tree.get(kind, {}).get(scope, {}).get(key)

    def scope(self, kind: str, scope: str) -> Mapping[str, Document]:
        """Return the documents of one scope by key, in the order in which they were first put."""
        return self._tree.get(kind, {}).get(scope, EMPTY)

    def scopes(self, kind: str) -> Mapping[str, Mapping[str, Document]]:
        """Return all scopes of a kind."""
        return self._tree.get(kind, {})

    def put(self, kind: str, scope: str, key: str, document: Document) -> None:
        """Insert or replace one document; only inside a transaction."""
        if self._before is None:
            raise RuntimeError("documents change inside a transaction only")
        self._before.setdefault((kind, scope, key), self.get(kind, scope, key))
        self._tree.setdefault(kind, {}).setdefault(scope, {})[key] = document

    def remove(self, kind: str, scope: str, key: str) -> None:
        """Take one document away; only inside a transaction.

        Raises:
            KeyError: There is no such document.
        """
        if self._before is None:
            raise RuntimeError("documents change inside a transaction only")
        self._before.setdefault((kind, scope, key), self.get(kind, scope, key))
        del self._tree[kind][scope][key]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all changes of the block, on disk, or none of them; an inner transaction joins the outer one."""
        with self._lock:
            if self._before is not None:
                yield
                return
            self._before = {}
            try:
                yield
                self._write()
            except BaseException:
                self._take_back()
                raise
            finally:
                self._before = None

    def clear(self, keep: frozenset[str]) -> None:
        """Forget every kind that is not in ``keep``."""
        with self._lock:
            for kind in [kind for kind in self._tree if kind not in keep]:
                self._connection.execute("DELETE FROM documents WHERE kind = ?", (kind,))
                del self._tree[kind]

    def close(self) -> None:
        """Close the database; the object is of no use afterwards."""
        with self._lock:
            self._connection.close()

    def _write(self) -> None:
        if not self._before:
            return
        after = {address: self.get(*address) for address in self._before}
        rows = [(*address, json.dumps(document)) for address, document in after.items() if document is not None]
        gone = [address for address, document in after.items() if document is None]
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(UPSERT, rows)
            self._connection.executemany(DELETE, gone)
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _take_back(self) -> None:
        for (kind, scope, key), document in (self._before or {}).items():
            if document is None:
                self._tree[kind][scope].pop(key, None)
            else:
                self._tree[kind][scope][key] = document
