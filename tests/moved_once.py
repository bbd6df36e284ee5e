"""What has to be so after whole runs that were disturbed: both customers moved, nothing twice, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator

from demo_run import consolidate
from world import EUROPE, FABRIKAM, FRANCE, NORTHWIND, World

from consolidation.session import open_whole_journal


def ordered(world: World) -> list[str]:
    """Return the customers of the orders that took effect, in their order."""
    return [write["customer"] for write in world.writes("api") if (write["effect"] or {}).get("ordered")]


def seats(world: World, tenant: str, customer: str, status: str) -> dict[str, int]:
    """Return product -> seats of a customer in a tenant, of one status, Azure apart: support moves that."""
    found = world.subscriptions(tenant, customer).values()
    kept = [item for item in found if item["status"] == status and item["billingType"] != "usage"]
    return {item["offerId"]: item["quantity"] for item in kept}


def assert_moved_once(world: World) -> None:
    """Both customers stand in the target with the seats of the source, nothing twice, and journal and archive agree."""
    assert len(ordered(world)) == 3  # Fabrikam has two bases, Northwind one
    for customer in (FABRIKAM, NORTHWIND):
        assert seats(world, EUROPE, customer, "active") == seats(world, FRANCE, customer, "suspended") != {}
        assert not seats(world, FRANCE, customer, "active")
    open_whole_journal(world.engagement)
    verified = consolidate(world.path.parent, "verify", str(world.engagement.archive_folder))
    assert verified.returncode == 0, verified.stdout


def notebooks_of(world: World, customer: str) -> Iterator[tuple[int, list[str]]]:
    """Yield for each executed notebook of a customer the number of its last entry, and the runner of each."""
    runners: list[str] = []
    for entry in world.journal.entries(world.case(customer).chain):
        runners.append(entry.runner)
        if entry.kind == "archived":
            yield entry.number, runners
            runners = []
