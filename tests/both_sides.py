"""A running simulator and the clients of source and target that lead to it."""

import ssl
from datetime import date

import httpx
from contract.wire import ContractWire

from partner_center import Call, Cloud, Credentials, Patience, SourceClient, TargetClient
from partner_center_simulator.commerce import relationships
from partner_center_simulator.server import Server

FRANCE = "5a1f0c3e-1111-4a6b-9c2d-000000000f0a"
EUROPE = "5a1f0c3e-3333-4a6b-9c2d-00000000e00a"
IMPATIENT = Patience(attempts=3, first_wait=0, longest_wait=0)


class House:
    """A running simulator and the clients that lead to it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cloud = Cloud("simulator", server.url, server.url, server.url, ca_bundle=server.ca)
        self.wires: list[ContractWire] = []
        self.source = self.client(SourceClient, FRANCE, self.credentials("contoso-france"))
        self.target = self.client(TargetClient, EUROPE, self.credentials("contoso-europe"))

    def client(self, kind, tenant: str, credentials: Credentials, **options: object):
        """Make a client whose every request is held to the contract on the wire."""
        trusted = ssl.create_default_context(cafile=self.server.ca)
        self.wires.append(ContractWire(httpx.HTTPTransport(verify=trusted)))
        known = {"patience": IMPATIENT, "wire": self.wires[-1], **options}
        return kind(self.cloud, tenant, credentials, **known)

    def credentials(self, name: str) -> Credentials:
        return Credentials.find(f"{name}.env", folder=self.server.home, loopback=self.cloud.is_loopback)

    def customer(self, company: str) -> str:
        return next(customer.id for customer in self.source.customers() if customer.company_name == company)

    def accepts(self, customer: str) -> None:
        relationships.accept(self.server.state, EUROPE, customer, "admin@customer.example")

    def fail(self, **rule: object) -> None:
        self.server.simulator.faults.set([rule])

    def close(self) -> None:
        self.source.close()
        self.target.close()


def attest(house: House, customer: str) -> None:
    """Attest the customer agreement."""
    template = house.target.customer_agreement_template()
    house.target.attest_agreement(
        customer, template.template_id, "Margaux", "Delorme", "m@fabrikam.example", date(2026, 2, 3), Call.new()
    )
