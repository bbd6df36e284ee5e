"""Every rule of the journal is proven on SQLite and on a real PostgreSQL of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from database_server import DatabaseServer, MissingServer
from sqlalchemy import Engine, create_engine

from consolidation.journal import Journal
from consolidation.journal.database import database_url


@pytest.fixture(scope="session")
def postgresql() -> Iterator[DatabaseServer]:
    """An empty PostgreSQL."""
    try:
        server = DatabaseServer()
    except MissingServer as error:
        pytest.fail(str(error), pytrace=False)
    with server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    server: DatabaseServer = request.getfixturevalue("postgresql")
    return server.url(server.create())


@pytest.fixture
def journal(url: str) -> Iterator[Journal]:
    """A new journal."""
    opened = Journal(url)
    yield opened
    opened.close()


@pytest.fixture
def database(url: str) -> Iterator[Engine]:
    """The journal's database, for whoever alters it behind the journal's back."""
    engine = create_engine(database_url(url))
    yield engine
    engine.dispose()
