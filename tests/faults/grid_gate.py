"""The gate: stands in the door of a process to the network, counts its calls, and lets a fault strike one of them."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import stamina
from faults.grid_faults import Fault, named, rules
from sqlalchemy import create_engine, text

from consolidation.journal.database import database_url

GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CONTROL = "/simulator/"
NOBODY_LISTENS = 1
ANY = 0
"""In place of the number of a call: the first one of its step with this method and path."""
OTHER_RUNNER = "another-runner"
ORDERS = "FAULT_GRID_ORDERS"


@dataclass(frozen=True)
class Called:
    """One call of a walk.

    Attributes:
        step: Name of the step.
        number: Of the call within the step, from 1.
        method: HTTP method.
        path: With `{id}` in place of ids.
    """

    step: str
    number: int
    method: str
    path: str


@dataclass(frozen=True)
class Orders:
    """What a gate is to do.

    Attributes:
        home: Folder of the simulator, with its address and its authority.
        journal: URL of the journal.
        customer: Tenant id of the customer whose lease is lost.
        call: The call to strike; None records only.
        fault: Name of the fault.
        room: Bytes to which a file can still grow once the disk is full.
        stop_database: Command that stops the database of the journal at once.
        user: Operating-system user of that command; empty for the present one.
    """

    home: str
    journal: str
    customer: str = ""
    call: Called | None = None
    fault: str = ""
    room: int = 0
    stop_database: tuple[str, ...] = ()
    user: str = ""


def control(home: Path, method: str, path: str, body: object = None) -> Any:
    """Call the control API of the simulator in a folder."""
    url = (home / "url.txt").read_text(encoding="utf-8").strip()
    context = ssl.create_default_context(cafile=str(home / "ca.pem"))
    with httpx.Client(verify=context, base_url=url, trust_env=False) as client:
        answer = client.request(method, f"{CONTROL}{path}", json=body)
        answer.raise_for_status()
        return answer.json()


class Gate:
    """Lets calls pass, and strikes the one that it is told to.

    Args:
        orders: What to do.
        tell: Is told of the struck call before anything happens to it: a process that is killed tells nothing more.
    """

    def __init__(self, orders: Orders, tell: Callable[[Called], None]) -> None:
        self.calls: list[Called] = []
        self._orders = orders
        self._fault: Fault = named(orders.fault)
        self._tell = tell
        self._step = ""
        self._number = 0
        self._struck = False
        self._refused: Callable[[httpx.Request], bool] = lambda _request: False

    def begin(self, step: str) -> None:
        """Count the calls of the next step."""
        self._step, self._number = step, 0

    def install(self) -> None:
        """Stand in the door of this process, for good."""
        send = httpx.HTTPTransport.handle_request

        def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            if request.url.path.startswith(CONTROL):
                return send(transport, request)
            return self._pass(request, lambda: send(transport, request))

        httpx.HTTPTransport.handle_request = handle_request
        # Between two attempts nobody waits: how often is tried stays as it is.
        stamina.set_testing(True, attempts=100, cap=True)

    def _pass(self, request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response:
        self._number += 1
        template = GUID.sub("{id}", request.url.path)
        call = Called(self._step, self._number, request.method, template)
        self.calls.append(call)
        if not self._struck and self._is_wanted(call):
            self._struck = True
            self._tell(call)
            return self._strike(request, send)
        if self._refused(request):
            return _refuse(request, send)
        return send()

    def _is_wanted(self, call: Called) -> bool:
        wanted = self._orders.call
        if wanted is None or wanted.step != call.step:
            return False
        same = (wanted.method, wanted.path) == (call.method, call.path)
        return same if wanted.number == ANY else wanted.number == call.number

    def _strike(self, request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response:
        kind = self._fault.kind
        if kind == "refused":
            return self._refuse_from_now(request, send)
        if kind == "lease-lost":
            self._lose_lease()
        elif kind.endswith(("-before", "-after")) and not kind.startswith("error-"):
            what, _, moment = kind.rpartition("-")
            happen = {"killed": self._die, "disk-full": self._fill_disk, "database-gone": self._stop_database}[what]
            if moment == "before":
                happen()
                return send()
            response = send()
            response.read()
            happen()
            return response
        else:
            struck = rules(self._fault, request.method, request.url.path)
            control(Path(self._orders.home), "POST", "faults", {"rules": struck})
        return send()

    def _refuse_from_now(self, request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response:
        same = (request.method, request.url.path)
        if self._fault.extent == "call":
            self._refused = lambda other: (other.method, other.url.path) == same
        elif self._fault.extent == "line":
            self._refused = lambda _other: True
        return _refuse(request, send)

    def _lose_lease(self) -> None:
        """Give the customer to another runner, as if ours had slept until its lease expired."""
        engine = create_engine(database_url(self._orders.journal))
        values = {"customer": self._orders.customer.casefold(), "owner": OTHER_RUNNER, "expires": 1e12}
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM leases WHERE customer = :customer"), values)
            connection.execute(text("INSERT INTO leases VALUES (:customer, :owner, :expires)"), values)
        engine.dispose()

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _fill_disk(self) -> None:
        """Let the kernel refuse to let any file grow, in the middle of a write where it comes to that."""
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._orders.room, most))

    def _stop_database(self) -> None:
        user = self._orders.user or None
        subprocess.run(self._orders.stop_database, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL)


def _refuse(request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response:
    """Send a request to where nobody listens, so that the operating system refuses the connection."""
    request.url = request.url.copy_with(port=NOBODY_LISTENS)
    return send()


def to_environment(orders: Orders, step: str, told: Path) -> str:
    """Return orders for a kernel: it reads them from its environment and tells of the struck call in a file."""
    return json.dumps({"orders": asdict(orders), "step": step, "told": str(told)})


def install_from_environment() -> None:
    """Install the gate that the environment orders, if it does; the kernels of papermill call this when they start."""
    if ORDERS not in os.environ:
        return
    given = json.loads(os.environ[ORDERS])
    call = given["orders"]["call"]
    orders = Orders(**{**given["orders"], "call": Called(**call) if call else None})
    gate = Gate(orders, lambda struck: _write_down(Path(given["told"]), struck))
    gate.begin(given["step"])
    gate.install()


def _write_down(path: Path, call: Called) -> None:
    path.write_text(json.dumps(asdict(call)), encoding="utf-8")
