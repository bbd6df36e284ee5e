"""Invoices of the simulator: what is charged and credited, on which invoice, and how its pages read (M17)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_customer import customer

from partner_center_simulator.commerce.billed.charge_lines import charge_lines
from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import Holding, Portfolio
from partner_center_simulator.server import Server

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
FRANCE, EUROPE = "contoso-france", "contoso-europe"
DAY = 86_400
BASIC = catalogue.NEW_COMMERCE_BUSINESS_BASIC

HOLDINGS = (
    Holding(FRANCE, catalogue.OFFICE_365_E3, 20, nickname="E3", bought_days_ago=100),
    Holding(FRANCE, catalogue.OFFICE_365_E1, 5, nickname="young E1", bought_days_ago=10),
    Holding(FRANCE, BASIC, 8, nickname="fresh Basic", bought_days_ago=0),
)


@pytest.fixture(scope="module")
def running_books(tmp_path_factory):
    """Serve a portfolio with one customer whose seats are billed in both systems."""
    held = customer(*HOLDINGS, partners=(FRANCE, EUROPE))
    with Server(tmp_path_factory.mktemp("invoices"), portfolio=Portfolio("books", (held,)), start=START) as server:
        yield server


class Books:
    """One customer, what people change in the portal, and the invoices of its partner."""

    def __init__(self, world):
        self.world = world
        self.customer = world.of_domain("humongous")
        self.api = world.api(FRANCE)

    def portal(self, name, **change):
        held = {one["friendlyName"]: one["id"] for one in self.world.held(FRANCE, self.customer)}
        self.world.control(
            "POST", "portal", {"tenant": FRANCE, "customer": self.customer, "subscription": held[name], **change}
        )

    def later(self, days):
        self.world.control("POST", "clock", {"advance_seconds": days * DAY})
        self.api = self.world.api(FRANCE)  # a token does not live for weeks

    def invoices(self, kind):
        found = self.world.read(self.api.get("/invoices"))["items"]
        return {one["invoiceDate"][:10]: one["id"] for one in found if one["invoiceType"] == kind}

    def page(self, invoice, provider, **more):
        query = {"provider": provider, "invoicelineitemtype": "billinglineitems", **more}
        headers = {"MS-ContinuationToken": query.pop("token")} if "token" in query else {}
        return self.world.read(self.api.get(f"/invoices/{invoice}/lineitems", params=query, headers=headers))

    def lines(self, invoice, name, provider="office"):
        return [
            (one["chargeType"], one["chargeStartDate"][:10], one["chargeEndDate"][:10], one["subtotal"])
            for one in self.page(invoice, provider)["items"]
            if one["subscriptionDescription"] == name
        ]


@pytest.fixture
def books(running_books, world):
    """Return that customer in its first state."""
    here = type(world)(running_books)
    here.control("POST", "reset")
    return Books(here)


def test_a_suspension_is_credited_on_the_next_invoice_and_nothing_follows(books):
    """The unused days stand as a credit on the invoice of the next billing day, and no line comes after it (M17)."""
    books.portal("E3", status="suspended")
    books.later(24)
    (invoice,) = [one for day, one in books.invoices("Recurring").items() if day == "2026-12-15"]
    price = Decimal(str(next(one.price for one in catalogue.CATALOGUE if one.identifier == catalogue.OFFICE_365_E3)))
    daily = (price / 30).quantize(Decimal("0.001"))
    credit = float((daily * 22).quantize(Decimal("0.01")) * -20)
    assert books.lines(invoice, "E3")[1:] == [("Cancel fee", "2026-11-22", "2026-12-13", pytest.approx(credit))]
    books.later(31)
    (after,) = [one for day, one in books.invoices("Recurring").items() if day == "2027-01-15"]
    assert books.lines(after, "E3") == []


def test_the_first_thirty_days_are_credited_as_a_whole(books):
    """Suspended before 30 days have passed, the whole period is credited."""
    books.portal("young E1", status="suspended")
    books.later(24)
    lines = [line for invoice in books.invoices("Recurring").values() for line in books.lines(invoice, "young E1")]
    assert sorted(line[0] for line in lines) == ["Cancel fee", "Purchase fee"]
    assert sum(line[3] for line in lines) == 0


def test_a_change_of_seats_reverses_the_period(books):
    """Seats that change inside a period reverse its charge and charge it anew in two pieces."""
    books.portal("E3", quantity=25)
    books.later(24)
    lines = books.lines(books.invoices("Recurring")["2026-12-15"], "E3")
    pieces = [line for line in lines if line[0] == "Cycle instance prorate"]
    assert [(first, last) for _, first, last, _ in pieces] == [
        ("2026-11-14", "2026-12-13"),
        ("2026-11-14", "2026-11-21"),
        ("2026-11-22", "2026-12-13"),
    ]
    assert pieces[0][3] < 0 < pieces[1][3] < pieces[2][3]


def test_new_commerce_is_invoiced_by_the_calendar_month(books):
    """Seats of new commerce stand on the invoice of the 7th; suspending them credits nothing, cancelling does (M23)."""
    books.portal("fresh Basic", status="suspended")
    books.later(16)
    lines = books.lines(books.invoices("OneTime")["2026-12-07"], "fresh Basic", "onetime")
    assert [(line[0], line[3] > 0) for line in lines] == [("new", True)]
    books.world.control("POST", "reset")
    books.later(0)
    books.portal("fresh Basic", status="deleted")
    books.later(16)
    lines = books.lines(books.invoices("OneTime")["2026-12-07"], "fresh Basic", "onetime")
    assert [line[0] for line in lines] == ["new", "cancelImmediate"]
    assert sum(line[3] for line in lines) == 0


@pytest.mark.parametrize(("provider", "kind"), [("office", "Recurring"), ("onetime", "OneTime")])
def test_no_next_link_can_be_followed_as_printed(books, provider, kind):
    """Each next link has a slip of the samples; the offset or the token leads to the page all the same."""
    books.portal("E3", quantity=25)
    books.portal("fresh Basic", quantity=12)
    books.later(24)
    invoice = max(books.invoices(kind).items())[1]
    first = books.page(invoice, provider, size=1)
    link = first["links"]["next"]
    assert "nvoicelineitemtype" in link["uri"].replace("invoicelineitemtype", "")
    more = {"offset": 1} if provider == "office" else {"seekOperation": "Next", "token": link["headers"][0]["value"]}
    second = books.page(invoice, provider, size=1, **more)
    assert second["items"]
    assert second["items"] != first["items"]


@given(steps=st.lists(st.tuples(st.integers(0, 120), st.sampled_from((0, 3, 7, 10))), max_size=6))
def test_legacy_lines_charge_exactly_the_days_billed(steps):
    """Net of credits, a day is charged for the seats that it was billed for, give or take what rounding leaves."""
    history = [{"at": "2026-01-10T09:00:00.000Z", "status": "active", "quantity": 5}]
    for day, seats in sorted(dict(steps).items()):
        at = date.fromordinal(date(2026, 2, 15).toordinal() + day)
        was = history[-1]["quantity"]
        status, quantity = ("suspended", was) if seats == 0 else ("active", seats)
        history.append({"at": f"{at}T10:00:00.000Z", "status": status, "quantity": quantity})
    subscription = {"resource": {"billingCycle": "monthly", "billingType": "license"}, "history": history}
    offer = {"price": 10.0, "item": None}
    net: dict[date, Decimal] = {}
    for line in charge_lines(subscription, offer, "EUR", date(2026, 7, 15)):
        days = (line.last - line.first).days + 1
        for number in range(days):
            day = date.fromordinal(line.first.toordinal() + number)
            net[day] = net.get(day, Decimal(0)) + line.amount / days
    for day, amount in net.items():
        step = [one for one in history if one["at"][:10] <= day.isoformat()][-1]
        seats = 0 if step["status"] == "suspended" else step["quantity"]
        assert abs(amount - Decimal(10) * seats / 30) < Decimal("1.0") + seats * Decimal("0.08"), day
