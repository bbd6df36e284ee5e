"""How close the shared rate budget comes to Microsoft's limit (M37). Run by hand; it takes as long as the limit asks.

    .venv/bin/python tests/benchmarks/throttle.py [--customers 1000] [--limit 500] [--latency 0.3] [--processes 2]

A simulator allows LIMIT calls a minute and tenant and answers each after LATENCY seconds. Several processes with one
journal, as kernels are, read every customer's subscriptions. The figure is a ratio: time taken to the least time that
the limit allows for the same number of calls; refused calls are counted.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from consolidation.clients import Clients
from consolidation.engagement import load_engagement
from consolidation.session import open_journal
from partner_center_simulator.server import Server

FRANCE = "5a1f0c3e-1111-4a6b-9c2d-000000000f0a"
EUROPE = "5a1f0c3e-3333-4a6b-9c2d-00000000e00a"
THREADS = 8
"""Calls that one process has under way: with latency a single one could not reach the limit."""


def write_engagement(server: Server, limit: int) -> Path:
    """Write an engagement with one source on the simulator and the same rate as its limit."""
    endpoints = dict.fromkeys(("login", "partner_center", "graph"), server.url)
    source = {"name": "france", "tenant": FRANCE, "credentials": str(server.home / "contoso-france.env")}
    target = {"name": "europe", "tenant": EUROPE, "credentials": str(server.home / "contoso-europe.env")}
    values = {
        "name": "throttle",
        "cloud": {**endpoints, "ca_bundle": str(server.ca)},
        "sources": [source],
        "target": target,
        "customers": "all",
        "approvals": "automatic",
        "throttle": {"requests_per_minute": limit},
        "journal": "sqlite:///journal.db",
        "archive": "archive",
    }
    path = server.home / "engagement.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def read_subscriptions(path: str, customers: list[str]) -> tuple[int, int]:
    """Read the subscriptions of these customers in a process of its own.

    Returns:
        How many there are, and how many calls were refused with 429.
    """
    engagement = load_engagement(path)
    clients = Clients(engagement, open_journal(engagement), print)
    refused: list[str] = []
    pause = clients.budget.pause

    def counted(tenant: str, seconds: float) -> None:
        refused.append(tenant)
        pause(tenant, seconds)

    clients.budget.pause = counted  # type: ignore[method-assign]
    client = clients.source("france")
    with ThreadPoolExecutor(THREADS) as threads:
        return sum(len(found) for found in threads.map(client.subscriptions, customers)), len(refused)


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--latency", type=float, default=0.3)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, Server(Path(home), customers=options.customers) as server:
        server.state.set_settings({"latency": options.latency, "requests_per_minute": options.limit})
        path = write_engagement(server, options.limit)
        engagement = load_engagement(path)
        started = time.monotonic()
        client = Clients(engagement, open_journal(engagement), print).source("france")
        customers = [customer.id for customer in client.customers()]
        shares = [(str(path), customers[part :: options.processes]) for part in range(options.processes)]
        with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
            results = pool.starmap(read_subscriptions, shares)
        taken = time.monotonic() - started
    calls = len(customers) + -(-len(customers) // 500)
    least = calls / options.limit * 60
    subscriptions, refused = (sum(column) for column in zip(*results, strict=True))
    print(f"{len(customers)} customers, {subscriptions} subscriptions, {calls} calls in {taken:.1f} s")  # noqa: T201
    print(f"calls refused with 429: {refused}")  # noqa: T201
    print(f"least by the limit: {least:.1f} s; ratio {taken / least:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
