"""Billed days: which partner pays for which day, and which days are paid twice (M12, M23)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_customer import customer

from partner_center_simulator.commerce.billed.periods import periods
from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import Holding, Portfolio
from partner_center_simulator.server import Server

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
FRANCE, GERMANY, EUROPE = "contoso-france", "contoso-germany", "contoso-europe"
DAY = 86_400
BASIC, PREMIUM = catalogue.NEW_COMMERCE_BUSINESS_BASIC, catalogue.NEW_COMMERCE_BUSINESS_PREMIUM


class Books:
    """One customer of all partners, whose subscriptions people change in the portals."""

    def __init__(self, world):
        self.world = world
        self.customer = world.of_domain("humongous")

    def portal(self, tenant, name=None, **change):
        request = {"tenant": tenant, "customer": self.customer, **change}
        if name is not None:
            held = {one["friendlyName"]: one["id"] for one in self.world.held(tenant, self.customer)}
            request["subscription"] = held[name]
        return self.world.control("POST", "portal", request)

    def later(self, days):
        self.world.control("POST", "clock", {"advance_seconds": days * DAY})

    def statement(self):
        return self.world.control("GET", "billed", customer=self.customer)

    def days(self, tenant, name):
        """Return from, to and seats of each period of a subscription."""
        rows = [row for row in self.statement()["subscriptions"] if (row["tenant"], row["name"]) == (tenant, name)]
        (row,) = rows
        return [(one["from"], one["to"], one["seats"]) for one in row["billed"]]

    def overlap(self):
        return [(one["from"], one["to"], one["days"], one["seats"]) for one in self.statement()["overlap"]]


HOLDINGS = (
    Holding(FRANCE, catalogue.OFFICE_365_E3, 20, nickname="E3", bought_days_ago=100),
    Holding(FRANCE, catalogue.OFFICE_365_E1, 5, nickname="young E1", bought_days_ago=10),
    Holding(FRANCE, PREMIUM, 15, nickname="Premium", bought_days_ago=200),
    Holding(FRANCE, BASIC, 8, nickname="fresh Basic", bought_days_ago=0),
    Holding(FRANCE, catalogue.WINDOWS_SERVER, 1, nickname="Server", billing_cycle="one_time"),
    Holding(FRANCE, catalogue.NEW_COMMERCE_BUSINESS_PREMIUM_TRIAL, 25, nickname="Trial", bought_days_ago=3),
    Holding(FRANCE, catalogue.AZURE_RESERVATION, 2, nickname="Reserved", bought_days_ago=30, auto_renew=False),
    Holding(FRANCE, catalogue.POWER_BI_PRO, 3, nickname="Power BI", bought_days_ago=50),
    Holding(GERMANY, catalogue.POWER_BI_PRO, 7, nickname="Power BI too", bought_days_ago=60),
)


@pytest.fixture(scope="module")
def running_books(tmp_path_factory):
    """Serve a portfolio with one customer that every partner has."""
    held = customer(*HOLDINGS, partners=(FRANCE, GERMANY, EUROPE))
    with Server(tmp_path_factory.mktemp("books"), portfolio=Portfolio("books", (held,)), start=START) as server:
        yield server


@pytest.fixture
def books(running_books, world):
    """Return that customer in its first state."""
    here = type(world)(running_books)
    here.control("POST", "reset")
    return Books(here)


def test_legacy_is_credited_for_the_day_of_its_suspension(books):
    """Set up and suspended on the same UTC day, no day is paid twice (M12)."""
    books.portal(EUROPE, offer=catalogue.OFFICE_365_E3, quantity=20, friendlyName="E3")
    assert books.overlap() == [("2026-11-22", None, 1, 20)]
    books.portal(FRANCE, "E3", status="suspended")
    assert books.days(FRANCE, "E3") == [("2026-08-14", "2026-11-22", 20)]
    assert books.days(EUROPE, "E3") == [("2026-11-22", None, 20)]
    assert books.overlap() == []


def test_legacy_suspended_later_is_paid_twice_until_then(books):
    """Each day between set-up and suspension is paid to both partners (M12)."""
    books.portal(EUROPE, offer=catalogue.OFFICE_365_E3, quantity=18)
    books.later(2)
    books.portal(FRANCE, "E3", status="suspended")
    books.later(5)
    assert books.overlap() == [("2026-11-22", "2026-11-24", 2, 18)]


def test_legacy_in_its_first_month_is_credited_wholly(books):
    """Suspended before 30 days have passed, no day of it was paid; brought back, it is paid from that day."""
    books.portal(FRANCE, "young E1", status="suspended")
    assert books.days(FRANCE, "young E1") == []
    books.later(3)
    books.portal(FRANCE, "young E1", status="active")
    assert books.days(FRANCE, "young E1") == [("2026-11-25", None, 5)]


def test_seats_are_told_apart(books):
    """A change of seats begins a new period on its day."""
    books.portal(FRANCE, "E3", quantity=22)
    books.later(1)
    books.portal(FRANCE, "E3", quantity=25)
    assert books.days(FRANCE, "E3") == [
        ("2026-08-14", "2026-11-22", 20),
        ("2026-11-22", "2026-11-23", 22),
        ("2026-11-23", None, 25),
    ]


def test_suspended_new_commerce_is_paid_to_the_end_and_on(books):
    """Suspending new commerce ends nothing: the term is paid, and the extended service term follows it (M23)."""
    books.portal(FRANCE, "Premium", status="suspended")
    books.portal(EUROPE, offer=PREMIUM, quantity=15)
    assert books.days(FRANCE, "Premium") == [("2026-05-06", "2027-05-06", 15), ("2027-05-06", None, 15)]
    (row,) = [one for one in books.statement()["subscriptions"] if one["name"] == "Premium"]
    assert [one["service"] for one in row["billed"]] == ["term", "extended"]
    assert row["licence"] == "cfq7ttc0lchc:0002"
    # The target's own term begins today; what the two have in common is owed already.
    assert books.overlap()[0] == ("2026-11-22", "2027-05-06", 165, 15)


def test_what_the_clock_brings_is_billed_as_foretold(books):
    """The days foretold before the end of a term are those billed after it: renewed, extended, cancelled (M23)."""
    for name, change in (("Premium", {"autoRenewEnabled": False}), ("fresh Basic", {"cancelAtTermEnd": True})):
        books.portal(FRANCE, name, **change)
    foretold = {name: books.days(FRANCE, name) for name in ("Premium", "fresh Basic")}
    assert foretold == {
        "Premium": [("2026-05-06", "2027-05-06", 15), ("2027-05-06", None, 15)],
        "fresh Basic": [("2026-11-22", "2027-11-22", 8)],
    }
    books.later(500)
    books.world.control("POST", "clock", {"set": "2028-04-05T09:00:00Z"})
    term, *extended = books.days(FRANCE, "Premium")
    assert (term, extended[0][0]) == (foretold["Premium"][0], "2027-05-06")
    assert books.days(FRANCE, "fresh Basic") == foretold["fresh Basic"], "deleted long after its term"
    (row,) = [one for one in books.statement()["subscriptions"] if one["name"] == "Premium"]
    assert {one["service"] for one in row["billed"][1:]} == {"extended"}
    books.portal(FRANCE, "Premium", status="deleted")
    assert books.days(FRANCE, "Premium") == [term, ("2027-05-06", "2028-04-05", 15)]


def test_transfer_day_is_the_targets(books):
    """The source pays up to the day before the transfer, the target from that day on (M24)."""
    (old,) = [one for one in books.world.held(FRANCE, books.customer) if one["friendlyName"] == "Premium"]
    ask = {"act": "request", "tenant": EUROPE, "customer": books.customer, "source": FRANCE}
    transfer = books.world.control("POST", "transfers", ask)["id"]
    accept = {"act": "accept", "tenant": FRANCE, "customer": books.customer, "transfer": transfer}
    books.world.control("POST", "transfers", {**accept, "subscriptions": [old["id"]]})
    books.later(1)
    assert books.days(FRANCE, "Premium") == [("2026-05-06", "2026-11-22", 15)]
    assert books.days(EUROPE, "Premium") == [("2026-11-22", "2027-05-06", 15), ("2027-05-06", None, 15)]
    statuses = {row["tenant"]: row["status"] for row in books.statement()["subscriptions"] if row["name"] == "Premium"}
    assert statuses == {FRANCE: "transferred", EUROPE: "active"}
    assert books.overlap() == []


@pytest.mark.parametrize(("days", "paid"), [(0.5, []), (3, [("2026-11-22", "2026-11-25", 8)])])
def test_cancelled_in_the_window(books, days, paid):
    """Cancelled in the first 24 hours nothing is paid, later in the window the days until then (M23)."""
    books.later(days)
    books.portal(FRANCE, "fresh Basic", status="deleted")
    assert books.days(FRANCE, "fresh Basic") == paid


def test_kinds_that_are_not_paid_by_the_day(books):
    """Perpetual software has no days, a trial none before it becomes paid, a reservation none after its term."""
    assert books.days(FRANCE, "Server") == []
    assert [one[1] for one in books.days(FRANCE, "Trial")] == [None]
    assert books.days(FRANCE, "Trial")[0][0] > "2027-01-01"
    assert books.days(FRANCE, "Reserved") == [("2026-10-23", "2027-10-23", 2)]


def test_two_sources_do_not_overlap(books):
    """The same licence under two sources is two subscriptions; each pairs with one of the target, closest first."""
    assert books.overlap() == []
    books.portal(EUROPE, offer=catalogue.POWER_BI_PRO, quantity=7)
    (found,) = books.statement()["overlap"]
    assert found["source"]["tenant"] == GERMANY
    books.portal(EUROPE, offer=catalogue.POWER_BI_PRO, quantity=3)
    assert len(books.overlap()) == 2
    books.portal(GERMANY, "Power BI too", status="suspended")
    assert [one["source"]["tenant"] for one in books.statement()["overlap"]] == [FRANCE]


def test_unknown_customer_is_refused(books):
    """A customer tenant that does not exist is an error and not an empty statement (S8)."""
    with books.world.browser() as browser:
        answer = browser.get("/simulator/billed", params={"customer": "nobody"})
    assert answer.status_code == 400


STEPS = st.lists(
    st.tuples(st.integers(1, 90), st.sampled_from(["active", "suspended", "deleted"]), st.integers(1, 3)), max_size=8
)


@given(STEPS)
def test_usage_is_paid_on_the_days_that_end_active(steps):
    """A day is paid exactly when the subscription is active at its end, with the seats it then has."""
    history, moment = [{"at": START.isoformat(), "status": "active", "quantity": 1}], START
    for hours, status, seats in steps:
        moment += timedelta(hours=hours)
        history.append({"at": moment.isoformat(), "status": status, "quantity": seats})
    found = periods({"resource": {"billingType": "usage", "offerId": "MS-AZR-0145P"}, "history": history})
    assert all(one.end is not None for one in found[:-1])
    for offset in range(40):
        day = START.date() + timedelta(days=offset)
        last = [step for step in history if date.fromisoformat(step["at"][:10]) <= day][-1]
        paid = [one.seats for one in found if one.start <= day and (one.end is None or day < one.end)]
        assert paid == ([last["quantity"]] if last["status"] == "active" else [])
