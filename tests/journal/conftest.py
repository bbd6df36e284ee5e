"""Every rule of the journal is proven on SQLite and on a real PostgreSQL of this machine."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from consolidation.journal import Journal
from consolidation.journal.database import database_url

MISSING = (
    "These tests start a PostgreSQL of their own: install its server (on Debian and Ubuntu: apt install postgresql)."
)


def _program(name: str) -> str:
    """Find a program of PostgreSQL's server, which distributions keep off the PATH."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name) or next((str(path) for path in beside), None)
    if found is None:
        pytest.fail(MISSING, pytrace=False)
    return found


def _user() -> str | None:
    """Return whom the server runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Serve an empty PostgreSQL on a private socket; yields the folder of the socket."""
    user = _user()
    # Not pytest's folder: only its owner may enter that, and the server runs as somebody else.
    home = Path(tempfile.mkdtemp(prefix="journal-"))
    if user is not None:
        os.chown(home, pwd.getpwnam(user).pw_uid, -1)

    def run(*command: str) -> None:
        # To a file: the server inherits the output, and a pipe would stay open as long as it lives.
        with (home / "output").open("ab") as output:
            subprocess.run(command, check=True, user=user, cwd=home, stdout=output, stderr=output)

    data = str(home / "data")
    settings = f"-k {home} -c listen_addresses='' -c fsync=off -c max_connections=60"
    try:
        run(_program("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        run(_program("pg_ctl"), "-D", data, "-w", "-l", str(home / "log"), "-o", settings, "start")
        yield str(home)
        run(_program("pg_ctl"), "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    socket = request.getfixturevalue("postgresql")
    name = f"journal_{uuid.uuid4().hex}"
    server = create_engine(f"postgresql+psycopg://postgres@/postgres?host={socket}", isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return f"postgresql://postgres@/{name}?host={socket}"


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
