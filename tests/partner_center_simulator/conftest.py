"""A running simulator, and what a test needs to call it."""

import json
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

import httpx
import pytest
from contract.contract import contract

from partner_center_simulator.portfolios.catalogue import EXCHANGE_ONLINE_ARCHIVING, OFFICE_365_E3
from partner_center_simulator.server import Server

CUSTOMER_AGREEMENT = "117a77b0-9360-443b-8795-c6dedc750cf9"


def hold_to_the_contract(answer):
    """Hold an exchange to the contract: each answer, and each request that Partner Center did not refuse."""
    answer.read()
    request = answer.request
    method, path = request.method, request.url.raw_path.decode()
    operation = served(method, path)
    if operation is None:
        assert answer.status_code == 404
        return
    contract().check_answer(method, path, answer.status_code, answer.headers, answer.content)
    if answer.status_code < 400:
        contract().check_request(method, path, None, request.headers, request.content)


def served(method, path):
    """Return the operation of the contract that a call belongs to, None when there is none."""
    try:
        return contract().operation(method, path)
    except AssertionError:
        return None


@dataclass
class World:
    """One simulator in its first state, with clients of its tenants."""

    server: Server

    @property
    def state(self):
        return self.server.state

    def trust(self):
        return ssl.create_default_context(cafile=str(self.server.ca))

    def browser(self):
        return httpx.Client(verify=self.trust(), base_url=self.server.url, trust_env=False)

    def api(self, name, *, app_only=False, audience=None):
        partner = self.state.partner(name)
        operator = None if app_only else partner["operators"][0]
        token = self.server.simulator.tokens.access_token(
            partner, audience or self.server.url, partner["clientId"], operator
        )
        return httpx.Client(
            verify=self.trust(),
            base_url=f"{self.server.url}/v1",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            event_hooks={"response": [hold_to_the_contract]},
        )

    def customer(self, company):
        return next(
            one["id"]
            for one in self.state.documents.scope("customer", "").values()
            if one["companyName"].startswith(company)
        )

    def control(self, method, name, body=None, **query):
        with self.browser() as browser:
            answer = browser.request(method, f"/simulator/{name}", json=body, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def writes(self):
        return self.control("GET", "writes")

    def of_domain(self, domain):
        """Return the tenant id of the customer with this name under onmicrosoft.com."""
        return self.state.customer_by_domain(f"{domain}.onmicrosoft.com")["id"]

    def held(self, name, customer):
        """Return a customer's subscriptions as the API lists them in a partner tenant."""
        return self.read(self.api(name).get(f"/customers/{customer}/subscriptions"))["items"]

    def accept(self, company, partner="contoso-europe"):
        """Let a customer accept through the pages, as a person would."""
        customer = self.state.customer(self.customer(company))
        tenant = self.state.partner(partner)["tenant"]
        with self.browser() as browser:
            sign_in = {"partnerId": tenant, "user": customer["users"][0]["userPrincipalName"]}
            page = browser.post("/Adminportal/sign-in", data=sign_in).text
            session = page.split('name="session" value="')[1].split('"')[0]
            done = browser.post("/Adminportal/accept", data={"session": session, "agree": "yes"})
        assert done.status_code == 200
        return customer["id"]

    def invitation_link(self):
        """Return the invitation link of the target as the API gives it."""
        return self.read(self.api("contoso-europe").get("/customers/relationshiprequests"))["url"]

    def write_mail(self, folder, customer, link=None):
        """Write an invitation mail to a customer tenant, as the runbook archives it."""
        mail = EmailMessage()
        mail["Subject"] = "Invitation"
        mail["X-Consolidation-Customer"] = customer
        mail.set_content(f"Bonjour,\n\nouvrez ce lien : <{link or self.invitation_link()}>.\n\nMerci à vous\n")
        path = folder / customer / "invitation.eml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mail.as_bytes())

    def attest(self, api, customer, email="margaux.delorme@fabrikam.example"):
        contact = {"firstName": "Margaux", "lastName": "Delorme", "email": email}
        body = {
            "primaryContact": contact,
            "templateId": CUSTOMER_AGREEMENT,
            "dateAgreed": "2026-02-03T00:00:00Z",
            "type": "MicrosoftCustomerAgreement",
        }
        return api.post(f"/customers/{customer}/agreements", json=body)

    def ready_to_buy(self, company="Fabrikam"):
        """Return a client of the target and a customer that has accepted and whose agreement is attested."""
        api = self.api("contoso-europe")
        customer = self.accept(company)
        assert self.attest(api, customer).status_code == 201
        return api, customer

    @staticmethod
    def read(answer):
        return json.loads(answer.content.decode("utf-8-sig"))


def base_with_add_on(seats=25):
    """Return the body of a cart with a base and its add-on."""
    add_on = {"id": 1, "catalogItemId": EXCHANGE_ONLINE_ARCHIVING, "quantity": seats, "billingCycle": "monthly"}
    line = {"id": 0, "catalogItemId": OFFICE_365_E3, "quantity": seats, "billingCycle": "monthly"}
    return {"lineItems": [{**line, "addonItems": [add_on]}]}


@pytest.fixture(scope="session")
def running_server(tmp_path_factory):
    """Serve one simulator with the first portfolio for all tests of the session."""
    start = datetime(2026, 11, 22, 9, tzinfo=UTC)
    with Server(tmp_path_factory.mktemp("simulator"), portfolio="first", start=start) as server:
        yield server


@pytest.fixture
def world(running_server):
    """Return that simulator, put back into its first state."""
    here = World(running_server)
    here.control("POST", "reset")
    return here


@pytest.fixture(scope="session")
def running_demo(tmp_path_factory):
    """Serve one simulator with the portfolio that it has when nobody asks for another."""
    start = datetime(2026, 11, 22, 9, tzinfo=UTC)
    with Server(tmp_path_factory.mktemp("demo"), start=start) as server:
        yield server


@pytest.fixture
def demo(running_demo):
    """Return the simulator of the demo, put back into its first state."""
    here = World(running_demo)
    here.control("POST", "reset")
    return here


@pytest.fixture
def cart_body():
    """Return the body of a cart with a base and its add-on."""
    return base_with_add_on()
