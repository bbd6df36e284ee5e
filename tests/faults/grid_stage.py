"""Where a case is walked: a simulator in its own process and one engagement, put back to an earlier moment at will.

Everything lies in one folder that is copied and put back; the address stays the same, for a journal belongs to it.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from database_server import DatabaseServer
from faults.grid_gate import control
from faults.grid_scenarios import Scenario
from sqlalchemy import create_engine, text
from world import World, engagement_text

from consolidation.journal import Journal
from consolidation.journal.database import database_url
from partner_center_simulator.portfolios.model import Portfolio

FORK = multiprocessing.get_context("fork")
"""Every process is a fork of one that has done the imports: a walk costs what the walk costs."""

LIVE = "live"


@dataclass(frozen=True)
class OtherServer:
    """A simulator that another process serves, with the face that `World` looks at."""

    home: Path
    url: str

    @property
    def ca(self) -> Path:
        """Certificate of its authority."""
        return self.home / "ca.pem"


class Stage:
    """One simulator, one engagement, and the moments that were kept of them.

    Args:
        folder: Its own, empty.
        scenario: What is planted and set.
        database: Where the journal lies; None for SQLite in the folder.
    """

    def __init__(self, folder: Path, scenario: Scenario, database: DatabaseServer | None = None) -> None:
        self.scenario = scenario
        self.database = database
        self.folder = folder / LIVE
        self._kept = folder / "kept"
        self.folder.mkdir(parents=True)
        self._port = _free_port()
        self._process: Any = None
        self._serve()
        changes = dict(scenario.engagement)
        if database is not None:
            changes["journal"] = database.url(database.create(LIVE))
        self.world.path.write_text(engagement_text(self.world.server, **changes), encoding="utf-8")
        if scenario.settings:
            self.control("POST", "settings", dict(scenario.settings))

    @property
    def home(self) -> Path:
        """Folder of the simulator."""
        return self.folder / "simulator"

    @property
    def world(self) -> World:
        """The world to walk in."""
        server = OtherServer(self.home, f"https://localhost:{self._port}")
        return World(server, self.folder / "engagement.yaml")

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """Open the journal and let go of it again."""
        opened = self.world.journal
        try:
            yield opened
        finally:
            opened.close()

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Call the simulator's control API."""
        return control(self.home, method, path, body)

    def keep(self, moment: str) -> None:
        """Keep everything as it is now under a name."""
        self._stop()
        shutil.copytree(self.folder, self._kept / moment)
        if self.database is not None:
            self.database.create(f"kept_{moment}", like=LIVE)
        self._serve()

    def put_back(self, moment: str) -> None:
        """Make everything as it was at that moment."""
        self._stop()
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept / moment, self.folder)
        if self.database is not None:
            self.database.drop(LIVE)
            self.database.create(LIVE, like=f"kept_{moment}")
        self._serve()

    def end_fault(self) -> None:
        """End what strikes calls from outside, and let every lease have expired, as time would."""
        self.control("POST", "faults", {"rules": []})
        if self.database is not None and not self.database.is_up():
            self.database.start()
        engine = create_engine(database_url(self.world.engagement.journal_url))
        with engine.begin() as connection:
            connection.execute(text("UPDATE leases SET expires = 0"))
        engine.dispose()

    def close(self) -> None:
        """Stop the simulator."""
        self._stop()

    def _serve(self) -> None:
        ours, theirs = FORK.Pipe()
        arguments = (self.home, self.scenario.portfolio, self._port, theirs, ours)
        self._process = FORK.Process(target=_serve, args=arguments, name="simulator", daemon=True)
        self._process.start()
        theirs.close()
        self._connection = ours
        ours.recv()

    def _stop(self) -> None:
        """Kill it: its state is on disk before each answer, so that it loses nothing."""
        self._process.kill()
        self._process.join()
        self._connection.close()


def _serve(home: Path, portfolio: str | Portfolio, port: int, stage: Connection, other_end: Connection) -> None:
    """Be the simulator until whoever started it is gone."""
    from partner_center_simulator.server import Server

    other_end.close()  # a fork inherits it, and would wait for itself
    with Server(home, portfolio=portfolio, port=port):
        stage.send("up")
        stage.poll(None)


def _free_port() -> int:
    """Return a free port below those that the system gives to outgoing connections: it must be free again and again."""
    # Each process looks in a place of its own: a port whose simulator is just being put back would seem to be free.
    for port in (21_000 + (os.getpid() * 16 + turn) % 11_000 for turn in range(11_000)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                probe.listen()
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
