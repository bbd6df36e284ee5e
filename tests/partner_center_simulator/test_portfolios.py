"""Portfolios: what a test can plant, and the mixed one."""

from datetime import UTC, datetime

import pytest
from one_customer import customer

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import Holding, Portfolio
from partner_center_simulator.server import OtherPortfolio, Server

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
FRANCE, EUROPE = "contoso-france", "contoso-europe"


@pytest.fixture
def serve(tmp_path, world):
    """Return a function that serves a portfolio and returns its world; the servers are closed at the end."""
    servers = []

    def served(*holdings, **more):
        portfolio = Portfolio("planted", (customer(*holdings, **more),))
        server = Server(tmp_path / str(len(servers)), portfolio=portfolio, start=START).start()
        servers.append(server)
        return type(world)(server)

    yield served
    for server in servers:
        server.close()


def test_portfolio_is_data(serve):
    """A portfolio that a test builds is served, and a reset brings it back."""
    world = serve(Holding(FRANCE, catalogue.OFFICE_365_E1, 7))
    identifier = world.of_domain("humongous")
    (held,) = world.held(FRANCE, identifier)
    assert (held["quantity"], world.control("GET", "health")["portfolio"]) == (7, "planted")
    world.control(
        "POST", "portal", {"tenant": FRANCE, "customer": identifier, "subscription": held["id"], "quantity": 9}
    )
    world.control("POST", "reset")
    (again,) = world.held(FRANCE, identifier)
    assert (again["id"], again["quantity"]) == (held["id"], 7)


def test_home_keeps_its_portfolio(tmp_path):
    """A home goes on with what was planted, and another portfolio is refused there."""
    planted = Portfolio("planted", (customer(),))
    with Server(tmp_path / "home", portfolio=planted):
        pass
    with Server(tmp_path / "home", portfolio=planted) as server:
        assert server.state.customer_by_domain("humongous.onmicrosoft.com")
    with pytest.raises(OtherPortfolio):
        Server(tmp_path / "home", portfolio=Portfolio("other", ()))


def test_home_of_another_version_is_refused(tmp_path):
    """State that was kept in another form is not read as if it were of this one."""
    with Server(tmp_path / "home", portfolio="first") as server, server.state.transaction():
        server.state.documents.put("origin", "", "", {**server.state.origin, "form": 1})
    with pytest.raises(OtherPortfolio, match="another version"):
        Server(tmp_path / "home")


def test_holding_says_what_follows_from_nothing_else(serve):
    """Age in hours, renewal, aligned end, partner on record and any other member of a resource can be planted (M22)."""
    world = serve(
        Holding(FRANCE, catalogue.NEW_COMMERCE_BUSINESS_BASIC, 5, bought_days_ago=167 / 24, auto_renew=False),
        Holding(
            FRANCE,
            catalogue.NEW_COMMERCE_BUSINESS_PREMIUM,
            6,
            bought_days_ago=30,
            aligned_end_in_days=40,
            partner_id="5987654",
            fields={
                "promotionId": "CFQ7TTC0LCHC:0002:39NFJQT1PFMG",
                "refundOptions": None,
                "consumptionType": "Overage",
            },
        ),
    )
    young, aligned = world.held(FRANCE, world.of_domain("humongous"))
    assert (young["creationDate"][:16], young["autoRenewEnabled"]) == ("2026-11-15T10:00", False)
    assert young["cancellationAllowedUntilDate"][:16] == "2026-11-22T10:00"
    assert (aligned["commitmentEndDate"], aligned["customTermEndDate"]) == (
        "2027-01-01T00:00:00Z",
        "2027-01-01T23:59:59Z",
    )
    assert (aligned["partnerId"], aligned["consumptionType"]) == ("5987654", "Overage")
    assert aligned["promotionId"].endswith("39NFJQT1PFMG")
    assert "refundOptions" not in aligned


def test_unknown_kinds_can_be_planted(serve):
    """A product type, a status and an offer that nobody knows are shown as they are (S7)."""
    strange = {
        "attributes": {"objectType": "Qubit"},
        "productType": {"id": "Quantum", "displayName": "Quantum"},
        "offerId": "QX-1",
        "unitType": "Qubits",
    }
    world = serve(Holding(FRANCE, catalogue.OFFICE_365_E1, 1, status="entangled", fields=strange))
    (held,) = world.held(FRANCE, world.of_domain("humongous"))
    assert (held["status"], held["productType"]["id"], held["offerId"]) == ("entangled", "Quantum", "QX-1")
    assert held["attributes"]["objectType"] == "Qubit"


def test_mixed_customer_holds_one_of_each_kind(tmp_path, world):
    """The customer of ``mixed`` has accepted, and holds legacy, new commerce, a trial, Azure and a marketplace item."""
    with Server(tmp_path / "home", portfolio="mixed", start=START) as server:
        mixed = type(world)(server)
        identifier = mixed.of_domain("vanarsdel")
        held = {one["friendlyName"]: one for one in mixed.held(FRANCE, identifier)}
        plan = mixed.held(EUROPE, identifier)
    kinds = {name: one.get("productType", {}).get("id") for name, one in held.items()}
    assert kinds == {
        "E3 legacy": None,
        "Archiving legacy": None,
        "Premium annual": "OnlineServicesNCE",
        "Basic aligned": "OnlineServicesNCE",
        "Premium trial": "OnlineServicesNCE",
        "Azure production": "Azure",
        "Reserved web servers": "Azure",
        "Backup": "SaaS",
    }
    assert held["Basic aligned"]["commitmentEndDate"] == held["Premium annual"]["commitmentEndDate"]
    assert held["Premium trial"]["isTrial"]
    assert held["Reserved web servers"]["productType"]["subType"]["id"] == "Reservation"
    assert (held["Reserved web servers"]["termDuration"], held["Azure production"]["termDuration"]) == ("P1Y", "")
    assert (held["Backup"]["publisherName"], held["Backup"]["isMicrosoftProduct"]) == ("Tailwind Software", False)
    assert [one["offerId"] for one in plan] == [catalogue.AZURE_PLAN]
