"""A PostgreSQL server of the tests' own: started, stopped and started again, on a private socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import create_engine, text

MISSING = (
    "These tests start a PostgreSQL of their own: install its server (on Debian and Ubuntu: apt install postgresql)."
)


class MissingServer(Exception):
    """The programs of PostgreSQL's server are not installed."""


class DatabaseServer:
    """A running, empty PostgreSQL; a context manager.

    Attributes:
        home: Folder of its data and of its socket.
        user: Whom it runs as, None for the present user: it refuses to run as root.

    Raises:
        MissingServer: It is not installed.
    """

    def __init__(self) -> None:
        self.user = _user()
        self._pg_ctl, initdb = _program("pg_ctl"), _program("initdb")
        # Not pytest's folder: only its owner may enter that, and the server runs as somebody else.
        self.home = Path(tempfile.mkdtemp(prefix="journal-"))
        if self.user is not None:
            os.chown(self.home, pwd.getpwnam(self.user).pw_uid, -1)
        self._data = str(self.home / "data")
        self._run(initdb, "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._run(*self.stopping)
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    @property
    def stopping(self) -> tuple[str, ...]:
        """The command that stops it as a power cut would: no connection is ended in order."""
        return (self._pg_ctl, "-D", self._data, "-w", "-m", "immediate", "stop")

    def start(self) -> None:
        """Start it, for the first time or again."""
        settings = f"-k {self.home} -c listen_addresses='' -c fsync=off -c max_connections=60"
        self._run(self._pg_ctl, "-D", self._data, "-w", "-l", str(self.home / "log"), "-o", settings, "start")

    def is_up(self) -> bool:
        """Tell whether it runs."""
        command = [self._pg_ctl, "-D", self._data, "status"]
        return subprocess.run(command, check=False, user=self.user, cwd=self.home, capture_output=True).returncode == 0

    def url(self, name: str) -> str:
        """Return the URL of one of its databases, as an engagement names it."""
        return f"postgresql://postgres@/{name}?host={self.home}"

    def create(self, name: str = "", *, like: str = "template1") -> str:
        """Create a database, empty or a copy of another one, and return its name."""
        name = name or f"journal_{uuid.uuid4().hex}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, if there is one of this name."""
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        url = self.url("postgres").replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _run(self, *command: str) -> None:
        # To a file: the server inherits the output, and a pipe would stay open as long as it lives.
        with (self.home / "output").open("ab") as output:
            subprocess.run(command, check=True, user=self.user, cwd=self.home, stdout=output, stderr=output)


def _program(name: str) -> str:
    """Find a program of PostgreSQL's server, which distributions keep off the PATH."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = shutil.which(name) or next((str(path) for path in beside), None)
    if found is None:
        raise MissingServer(MISSING)
    return found


def _user() -> str | None:
    """Return whom the server runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
