"""A world for tests of transfers: a customer who holds one of each kind; transfers take a quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from world import EUROPE, FRANCE, VANARSDEL, World, engagement_text

from consolidation.outcomes import Outcome
from partner_center_simulator.portfolios.mixed import PORTFOLIO
from partner_center_simulator.portfolios.model import Portfolio
from partner_center_simulator.server import Server

QUARTER = 900.0


class Mixed(World):
    """The world of VanArsdel: two subscriptions of new-commerce seats, an Azure plan with a reservation, and legacy."""

    def walk(self, phase: str = "03_transfer") -> Outcome:
        """Run a phase of the customer and return its outcome."""
        self.run(phase, VANARSDEL)
        return self.outcome(phase, VANARSDEL)

    def shown(self, phase: str = "03_transfer") -> SimpleNamespace:
        """Run a phase and return the variables of its notebook."""
        return self.run(phase, VANARSDEL)

    def later(self, seconds: float = QUARTER + 1) -> None:
        """Let Partner Center's clock go on."""
        self.control("POST", "clock", {"advance_seconds": seconds})

    def held_by(self, tenant: str) -> dict[str, dict[str, object]]:
        """Return nickname -> subscription as a tenant lists it, those that make charges."""
        client = self.clients.target if tenant == EUROPE else self.clients.source(tenant)
        found = client.subscriptions(self.case(VANARSDEL).customer)
        return {item.friendly_name: item.received for item in found if item.status == "active"}

    def source_id(self, nickname: str) -> str:
        """Return the id of a subscription under the source."""
        return str(self.held_by(FRANCE)[nickname]["id"])

    def by_hand(self, tenant: str, **act: object) -> dict[str, object]:
        """Let a person act on a transfer in the portal of a tenant."""
        return self.transfer_by_hand(tenant, VANARSDEL, **act)

    def seats_request(self) -> str:
        """Return the id of the newest request for seats."""
        return str([each for each in self.transfers() if each["targetProductTypes"] == ["OnlineServicesNCE"]][-1]["id"])

    def accept_by_hand(self, *nicknames: str) -> None:
        """Let the source's person accept the request for seats with these subscriptions."""
        ids = [self.source_id(nickname) for nickname in nicknames]
        self.by_hand(FRANCE, act="accept", transfer=self.seats_request(), subscriptions=ids)


SEATS = ("Premium annual", "Basic aligned")
AZURE = ("Azure production", "Reserved web servers")


def serve(folder: Path, portfolio: Portfolio | str, accept: str) -> Iterator[Mixed]:
    """Serve a portfolio with an engagement on it, everybody prepared and the customer's agreement seen."""
    with Server(folder / "simulator", portfolio=portfolio) as server:
        path = folder / "engagement.yaml"
        path.write_text(engagement_text(server, transfers={"accept": accept}), encoding="utf-8")
        world = Mixed(server, path)
        world.ready_to_move(VANARSDEL)
        yield world


def seats_alone() -> Portfolio:
    """Return the customer with nothing but two subscriptions of new-commerce seats, without a reseller on record."""
    (customer,) = PORTFOLIO.customers
    holdings = tuple(replace(each, partner_id=None) for each in customer.holdings if each.nickname in SEATS)
    return Portfolio("mixed", (replace(customer, holdings=holdings),))
