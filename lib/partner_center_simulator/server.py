"""A running simulator: one home folder, one port, one thread."""

import os
import socket
import threading
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from partner_center_simulator.application import application
from partner_center_simulator.certificates import certificates
from partner_center_simulator.connections import ClosableProtocol
from partner_center_simulator.control import settings
from partner_center_simulator.control.faults import Faults
from partner_center_simulator.documents import Json
from partner_center_simulator.entra import credentials
from partner_center_simulator.entra.tokens import Tokens
from partner_center_simulator.portfolios import portfolio as named_portfolio
from partner_center_simulator.portfolios.model import Portfolio
from partner_center_simulator.portfolios.planting import FORM, plant
from partner_center_simulator.simulator import Simulator
from partner_center_simulator.state import State

DEFAULT_PORT = 47443
DEFAULT_PORTFOLIO = "demo"
DEFAULT_SEED = 1


class OtherPortfolio(ValueError):
    """The home folder holds the state of another portfolio than the one asked for, or of another version."""


class CannotStart(RuntimeError):
    """The server did not come up."""


class Server:
    """Serves a home folder over HTTPS on loopback until it is closed; a context manager.

    A home that has state goes on with it. The state is on disk before each answer is sent, so that a killed server
    loses nothing.

    Args:
        home: Folder for state, certificates and credentials; made when missing.
        portfolio: Name of the portfolio, or the portfolio itself; None takes what the home holds, else the demo.
        customers: Size of the generated portfolio; None for the named one.
        seed: Seed of all ids and of the generated portfolio; None takes what the home holds, else 1.
        port: TCP port on 127.0.0.1; 0 takes any that is free.
        latency: Seconds that each call of the API takes longer; None leaves what is set.
        faults: Document of fault rules and settings (module control.faults); None for neither.
        start: Where Partner Center's clock is put (UTC); None leaves it, or starts today at 09:00.

    Attributes:
        url: Base URL, ``https://localhost:<port>``.
        ca: Certificate of the authority to trust.
        state: The state itself, for tests.
        simulator: All parts.

    Raises:
        HomeInUse: Another process serves this home.
        OtherPortfolio: The home holds another portfolio.
        BadRule, BadSetting: The faults are not understood.
        CannotStart: The port is taken, or the server did not come up.
    """

    def __init__(
        self,
        home: Path | str,
        *,
        portfolio: str | Portfolio | None = None,
        customers: int | None = None,
        seed: int | None = None,
        port: int = 0,
        latency: float | None = None,
        faults: Json = None,
        start: datetime | None = None,
    ) -> None:
        self.home = Path(home).absolute()
        self.home.mkdir(parents=True, exist_ok=True)
        self.state = State(self.home / "state.db", start=start)
        try:
            _plant_if_empty(self.state, portfolio, customers, seed)
            if latency is not None:
                self.state.set_settings({"latency": latency})
            rules = Faults()
            if faults is not None:
                settings.apply(self.state, rules, faults)
            self._socket = _listen(port)
        except BaseException:
            self.state.close()
            raise
        self.url = f"https://localhost:{self._socket.getsockname()[1]}"
        files = certificates(self.home)
        self.ca = files.authority
        tokens = Tokens(credentials.signing_key(self.state), self.url)
        credentials.write_out(self.state, tokens, self.home)
        own = portfolio if isinstance(portfolio, Portfolio) else None
        self.simulator = Simulator(self.home, self.url, self.state, tokens, rules, portfolio=own)
        config = uvicorn.Config(
            application(self.simulator),
            http=ClosableProtocol,
            loop="asyncio",
            ssl_certfile=str(files.server),
            ssl_keyfile=str(files.server_key),
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=3,
        )
        self._uvicorn = _Uvicorn(config)
        self._thread = threading.Thread(target=self._run, name="partner-center-simulator", daemon=True)

    def start(self) -> Self:
        """Serve in a thread of this process and return when calls are answered."""
        self._thread.start()
        self._uvicorn.began.wait()
        if not self._uvicorn.started:
            self.close()
            raise CannotStart(f"The simulator did not come up on {self.url}.")
        (self.home / "url.txt").write_text(f"{self.url}\n", encoding="utf-8")
        (self.home / "pid.txt").write_text(f"{os.getpid()}\n", encoding="utf-8")
        return self

    def close(self) -> None:
        """Answer what is under way, stop, and close the state; closing twice does no harm."""
        self._uvicorn.should_exit = True
        if self._thread.ident is not None:
            self._thread.join()
        self._socket.close()
        self.state.close()
        for name in ("pid.txt", "url.txt"):
            (self.home / name).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            self._uvicorn.began.set()


class _Uvicorn(uvicorn.Server):
    """Uvicorn's server, which tells when it has begun."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.began = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve, and tell."""
        await super().startup(sockets)
        self.began.set()


def _listen(port: int) -> socket.socket:
    # The protocol is named because only then asyncio sets TCP_NODELAY; without it a call takes 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as error:
        listening.close()
        raise CannotStart(f"Port {port} on 127.0.0.1 cannot be used: {error.strerror}.") from error
    return listening


def _plant_if_empty(state: State, portfolio: str | Portfolio | None, customers: int | None, seed: int | None) -> None:
    origin = state.origin
    if origin is None:
        number = DEFAULT_SEED if seed is None else seed
        planted = portfolio
        if not isinstance(planted, Portfolio):
            planted = named_portfolio(planted or DEFAULT_PORTFOLIO, customers=customers, seed=number)
        plant(state, planted, seed=number, customers=customers)
        return
    if origin.get("form") != FORM:
        raise OtherPortfolio("This home was made by another version; choose another home, or remove this one.")
    name = portfolio.name if isinstance(portfolio, Portfolio) else portfolio
    asked = {"portfolio": name, "customers": customers, "seed": seed}
    for name, value in asked.items():
        if value is not None and origin[name] != value:
            raise OtherPortfolio(
                f"This home holds the portfolio {origin['portfolio']!r} with seed {origin['seed']}, "
                f"and {name} {value!r} was asked for; choose another home, or remove this one."
            )
