"""Tables and connection of the journal: SQLite by default, PostgreSQL by URL.

A deferred BEGIN on SQLite loses appends when several processes write, so every write transaction is BEGIN IMMEDIATE,
in WAL mode with synchronous FULL: an effect's intention must survive a power cut.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from consolidation.errors import JournalError
from consolidation.journal.location import shared_folder
from consolidation.runner import started_by_run

metadata = MetaData()

entries_table = Table(
    "entries",
    metadata,
    Column("chain", String(200), nullable=False),
    Column("number", Integer, nullable=False),
    Column("v", Integer, nullable=False),
    Column("at", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("phase", String(40)),
    Column("runner", String(100), nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("chain", "number"),
    # For what is asked of all cases at once: without it each such question reads the whole journal.
    Index("entries_by_kind", "kind", "phase", "chain", "number"),
)

# Where each chain ends: the hashes of a chain cannot show that its newest entries were cut off.
heads_table = Table(
    "heads",
    metadata,
    Column("chain", String(200), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)

# One open intention per row: the unique key is what stops a second order for the same source subscription (S3).
open_intentions_table = Table(
    "open_intentions",
    metadata,
    Column("chain", String(200), nullable=False),
    Column("row_key", String(200), nullable=False),
    Column("number", Integer, nullable=False),
    PrimaryKeyConstraint("chain", "row_key"),
)

# Each target subscription stands for one source row only, over all cases, and each source row has one of its own.
claims_table = Table(
    "claims",
    metadata,
    Column("target_subscription", String(200), primary_key=True),
    Column("chain", String(200), nullable=False),
    Column("source_subscription", String(200), nullable=False),
    UniqueConstraint("chain", "source_subscription"),
)

leases_table = Table(
    "leases",
    metadata,
    Column("customer", String(100), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("expires", Float, nullable=False),
)

# Cases whose cut-over was begun; it counts as long as its runner holds the customer's lease (S13).
cut_overs_table = Table(
    "cut_overs",
    metadata,
    Column("chain", String(200), primary_key=True),
    Column("customer", String(100), nullable=False),
    Column("owner", String(100), nullable=False),
)

# The rate budget: when the calls granted so far will have been earned, in seconds of the database's clock.
budget_table = Table(
    "budget",
    metadata,
    Column("tenant", String(100), primary_key=True),
    Column("earned", Float, nullable=False),
)


def connect(url: str) -> Engine:
    """Open the journal's database and create its tables when they are missing.

    Raises:
        JournalError: The database cannot be reached, or the SQLite file lies where its locks do not work.
    """
    parsed = database_url(url)
    try:
        engine = _engine(parsed)
        if not _is_complete(engine):
            with engine.begin() as connection:
                if engine.dialect.name == "postgresql":  # two first starts at once must not both create the tables
                    connection.execute(select(func.pg_advisory_xact_lock(_TABLES_LOCK)))
                metadata.create_all(connection)
                for index in entries_table.indexes:  # a journal from before it has the table already
                    index.create(connection, checkfirst=True)
    # A file that is no database fails in the driver, before SQLAlchemy wraps its errors.
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        shown = parsed.render_as_string(hide_password=True)
        raise JournalError(
            f"The journal {shown} cannot be opened: {_cause(error)}.",
            next_step="Check the path or the URL under 'journal', and that its folder can be written to.",
        ) from error
    return engine


def _is_complete(engine: Engine) -> bool:
    """Tell whether all is there: whoever opens a journal that others write to does not wait for their locks."""
    with engine.connect().execution_options(**{_READS: True}) as connection:
        found = inspect(connection)
        if not metadata.tables.keys() <= set(found.get_table_names()):
            return False
        indexes = {index["name"] for index in found.get_indexes(entries_table.name)}
        return {index.name for index in entries_table.indexes} <= indexes


def database_url(url: str) -> URL:
    """Read the URL of a journal without connecting: a SQLite file or a PostgreSQL database.

    Raises:
        JournalError: It is neither, or the SQLite file lies where its locks do not work.
    """
    prefix = "sqlite:///"
    if url.startswith(prefix) and url != prefix:
        path = url.removeprefix(prefix)
        _refuse_shared_folder(Path(path))
        return URL.create("sqlite", database=path)
    try:
        parsed = make_url(url)
    except SQLAlchemyError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "postgresql":
        raise JournalError(
            "The journal's URL names neither a SQLite file nor a PostgreSQL database.",
            next_step="Write sqlite:///FILE.db or postgresql://USER@HOST/DATABASE.",
        )
    return parsed.set(drivername="postgresql+psycopg")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": 30}, **_pool())
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        # What a chain's lock protects is only seen by statements with a snapshot of their own.
        return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
    except ModuleNotFoundError as error:
        raise JournalError(
            "A journal on PostgreSQL needs the driver psycopg, which is not installed.",
            next_step="Install it with: pip install 'tenant-consolidation[postgresql]'.",
        ) from error


def _pool() -> dict[str, Any]:
    """Return how connections to a file are kept.

    Whoever closes the last one pays for a checkpoint, so a run keeps them: it asks often and ends soon. A notebook by
    hand may stay open for days, and holds nothing between two questions: the file can be copied, or put back.
    """
    return {"max_overflow": -1} if started_by_run() else {"poolclass": NullPool}


def _cause(error: Exception) -> str:
    """Return what the driver said, without SQLAlchemy's own words around it and without a full stop."""
    return str(error.__cause__ or error).strip().rstrip(".")


_TABLES_LOCK = 0x636F6E73  # any number of our own


def _refuse_shared_folder(path: Path) -> None:
    """Refuse a SQLite file on a network or synchronised folder, where locks do not hold, as far as that can be seen."""
    if shared_folder(path):
        raise JournalError(
            f"The journal {path} lies in a network or synchronised folder, where two computers would overwrite it.",
            next_step="Keep it on a local disk, or use PostgreSQL.",
        )


def _configure_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    """Set each new SQLite connection up for several processes and for power cuts."""
    connection.isolation_level = None  # we send BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Take the write lock at once, for a lock taken later can be lost to another process; readers need none."""
    reads = connection.get_execution_options().get(_READS, False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


_READS = "journal_reads"


@contextmanager
def reading(engine: Engine, *, one_state: bool = False) -> Iterator[Connection]:
    """Yield a connection that only reads, beside those that write.

    Args:
        engine: The journal's database.
        one_state: Whether all statements see the state of the first, whoever writes meanwhile.

    Raises:
        JournalError: The database did not answer.
    """
    options: dict[str, Any] = {_READS: True}
    if one_state and engine.dialect.name == "postgresql":  # on SQLite every transaction that reads does so
        options["isolation_level"] = "REPEATABLE READ"
    try:
        with engine.connect().execution_options(**options) as connection:
            yield connection
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise JournalError(
            f"The journal cannot be read: {_cause(error)}.",
            next_step="Reach the database again, then run the same command once more.",
        ) from error


@contextmanager
def chain_transaction(engine: Engine, chain: str) -> Iterator[Connection]:
    """Yield a transaction in which nobody else can append to the chain.

    Raises:
        JournalError: The database refused; nothing was written.
    """
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":  # SQLite has one writer by BEGIN IMMEDIATE already
                connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(chain))))
            yield connection
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise JournalError(
            f"The journal did not take an entry: {_cause(error)}.",
            next_step="Free disk space or reach the database again, then run the same command once more.",
        ) from error


def database_time(connection: Connection) -> float:
    """Return the database's clock in seconds since 1970 UTC: the one clock that all runners share."""
    if connection.dialect.name == "postgresql":
        statement = text("SELECT extract(epoch FROM clock_timestamp())")
    else:
        statement = text("SELECT (julianday('now') - 2440587.5) * 86400.0")
    return float(connection.execute(statement).scalar_one())
