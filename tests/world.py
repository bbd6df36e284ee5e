"""A world for tests: the simulator over TLS in this process, an engagement on it, and the notebooks' own cells."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import yaml

from consolidation.clients import Clients
from consolidation.engagement import Engagement, load_engagement
from consolidation.journal import Journal
from consolidation.outcomes import CASE_PHASES, Outcome, latest_outcome
from consolidation.population import CaseName, find_case, recorded_population
from consolidation.session import open_journal
from partner_center_simulator.commerce import relationships
from partner_center_simulator.server import Server

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"

FABRIKAM = "fabrikamboulangerie.onmicrosoft.com"
NORTHWIND = "northwindtraders.onmicrosoft.com"
ALPINE = "alpineskihouse.onmicrosoft.com"
VANARSDEL = "vanarsdel.onmicrosoft.com"

FRANCE, GERMANY, EUROPE = "contoso-france", "contoso-germany", "contoso-europe"
TENANTS = {
    FRANCE: "5a1f0c3e-1111-4a6b-9c2d-000000000f0a",
    GERMANY: "5a1f0c3e-2222-4a6b-9c2d-00000000de0a",
    EUROPE: "5a1f0c3e-3333-4a6b-9c2d-00000000e00a",
}


@dataclass
class World:
    """One simulator with one engagement on it."""

    server: Server
    path: Path

    @property
    def engagement(self) -> Engagement:
        """The engagement, read anew."""
        return load_engagement(self.path)

    @property
    def journal(self) -> Journal:
        """The engagement's journal."""
        return open_journal(self.engagement)

    @property
    def clients(self) -> Clients:
        """Clients of its tenants."""
        return Clients(self.engagement, self.journal, print)

    def case(self, customer: str, source: str = "") -> CaseName:
        """Find a case that 00_connect has listed."""
        with closing(self.journal) as journal:
            return find_case(recorded_population(journal), customer, source)

    def run(self, phase: str, customer: str = "", source: str = "", **parameters: str) -> SimpleNamespace:
        """Execute the code cells of a notebook in this process and return its variables."""
        given = {"engagement": str(self.path), **parameters}
        if phase in CASE_PHASES:
            given |= {"customer": customer, "source": source}
        return run_cells(phase, given)

    def outcome(self, phase: str, customer: str, source: str = "") -> Outcome:
        """Return the newest outcome of a phase of a case."""
        with closing(self.journal) as journal:
            found = latest_outcome(journal, find_case(recorded_population(journal), customer, source).chain, phase)
        assert found is not None, f"{phase} of {customer} has no outcome"
        return found

    def prepare_all(self) -> None:
        """Run 00_connect, and 01_prepare for every case."""
        self.run("00_connect")
        with closing(self.journal) as journal:
            population = recorded_population(journal)
        for case in population:
            self.run("01_prepare", case.customer, case.source)

    def accept(self, customer: str) -> None:
        """Let the customer's Global admin accept the target's invitation."""
        relationships.accept(self.server.state, TENANTS[EUROPE], self.case(customer).customer, f"admin@{customer}")

    def ready_to_move(self, *customers: str) -> None:
        """Bring customers up to the cut-over: everybody prepared, these accepted and attested."""
        self.prepare_all()
        for customer in customers:
            self.accept(customer)
            self.run("02_invite", customer)

    def invoices_come(self, customer: str, source: str = "") -> Outcome:
        """Let the months of the final invoice and of the one after it pass, look at them, and return how it closes."""
        self.control("POST", "clock", {"advance_seconds": 80 * 86_400})
        self.run("07_close", customer, source)
        return self.outcome("07_close", customer, source)

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Call the simulator's control API."""
        with httpx.Client(
            verify=ssl.create_default_context(cafile=self.server.ca), base_url=self.server.url, trust_env=False
        ) as client:
            answer = client.request(method, f"/simulator/{path}", json=body)
            answer.raise_for_status()
            return answer.json() if answer.content else None

    def faults(self, *rules: dict[str, object]) -> None:
        """Put these fault rules in force."""
        self.control("POST", "faults", {"rules": list(rules)})

    def writes(self, *actors: str) -> list[dict[str, Any]]:
        """Return the simulator's own log of writes, of all actors or of some."""
        return [write for write in self.control("GET", "writes") if not actors or write["actor"] in actors]

    def subscriptions(self, tenant: str, customer: str) -> dict[str, dict[str, Any]]:
        """Return product name -> subscription as a tenant's API lists it, read by a client of our own."""
        client = self.clients.target if tenant == EUROPE else self.clients.source(tenant)
        found = client.subscriptions(self.case(customer).customer)
        return {item.offer_name or item.friendly_name: item.received for item in found}

    def portal(self, tenant: str, customer: str, **change: object) -> dict[str, Any]:
        """Let somebody change something by hand in a tenant's portal."""
        body = {"tenant": tenant, "customer": self.case(customer).customer, **change}
        return self.control("POST", "portal", body)

    def transfers(self) -> list[dict[str, Any]]:
        """Return every transfer as Microsoft sees it, the lines that a target does not see yet among it."""
        found: list[dict[str, Any]] = self.control("GET", "transfers")
        return found

    def transfer_by_hand(self, tenant: str, customer: str, **act: object) -> dict[str, Any]:
        """Let a person request, withdraw, accept or reject a transfer in the portal of a tenant."""
        body = {"tenant": tenant, "customer": self.case(customer).customer, **act}
        done: dict[str, Any] = self.control("POST", "transfers", body)
        return done


def engagement_text(server: Server, **changes: object) -> str:
    """Return the text of an engagement on a simulator; keyword arguments replace its keys."""
    credentials = {name: str(server.home / f"{name}.env") for name in TENANTS}
    sources = [{"name": name, "tenant": TENANTS[name], "credentials": credentials[name]} for name in (FRANCE, GERMANY)]
    cloud = dict.fromkeys(("login", "partner_center", "graph"), server.url)
    values: dict[str, object] = {
        "name": "test",
        "cloud": {**cloud, "ca_bundle": str(server.ca)},
        "sources": sources,
        "target": {"name": EUROPE, "tenant": TENANTS[EUROPE], "credentials": credentials[EUROPE]},
        "customers": "all",
        "approvals": "automatic",
        "throttle": {"requests_per_minute": 100_000},
        "journal": "sqlite:///journal.db",
        "archive": "archive",
        **changes,
    }
    return yaml.safe_dump({key: value for key, value in values.items() if value is not None}, sort_keys=False)


def run_cells(phase: str, parameters: dict[str, str]) -> SimpleNamespace:
    """Execute a notebook's code cells in this process, parameters injected after their cell as papermill does."""
    cells = json.loads((NOTEBOOKS / f"{phase}.ipynb").read_text(encoding="utf-8"))["cells"]
    variables: dict[str, Any] = {}
    shown = []
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        shown.append(_run_cell("".join(cell["source"]), variables))
        if "parameters" in cell["metadata"].get("tags", ()):
            variables |= parameters
    return SimpleNamespace(**{key: value for key, value in variables.items() if key.isidentifier()}, shown=shown)


def _run_cell(source: str, variables: dict[str, Any]) -> object:
    """Execute one cell, top-level await included, and return the value of its last expression."""
    tree = ast.parse(source)
    ends_in = tree.body[-1] if tree.body else None
    last = ast.Expression(ends_in.value) if isinstance(ends_in, ast.Expr) else None
    if last is not None:
        tree.body.pop()
    _evaluate(compile(tree, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), variables)
    if last is None:
        return None
    return _evaluate(compile(last, "cell", "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), variables)


def _evaluate(code: Any, variables: dict[str, Any]) -> object:
    result = eval(code, variables)  # noqa: S307 - the notebooks of this repository
    if not inspect.iscoroutine(result):
        return result
    # In a thread of its own: the browser tests have an event loop in this one.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, result).result()
