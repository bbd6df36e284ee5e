"""Transfers of new commerce and Azure: asked for by the target, accepted by the source, ended by the clock."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.mixed import PORTFOLIO as MIXED
from partner_center_simulator.portfolios.model import Holding, Portfolio
from partner_center_simulator.server import Server

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
FRANCE, GERMANY, EUROPE = "contoso-france", "contoso-germany", "contoso-europe"
QUARTER = 900


@pytest.fixture(scope="module")
def running_mixed(tmp_path_factory):
    """Serve the mixed portfolio, with enough further seats of new commerce for more than one request."""
    (customer,) = MIXED.customers
    many = tuple(
        Holding(FRANCE, catalogue.NEW_COMMERCE_BUSINESS_BASIC, 1 + number, nickname=f"Branch {number}")
        for number in range(26)
    )
    customer = replace(customer, holdings=customer.holdings + many)
    portfolio = Portfolio("mixed-with-branches", (customer,))
    with Server(tmp_path_factory.mktemp("mixed"), portfolio=portfolio, start=START) as server:
        yield server


@pytest.fixture
def mixed(running_mixed, world):
    """Return that simulator in its first state."""
    here = type(world)(running_mixed)
    here.control("POST", "reset")
    return Transfers(here)


class Transfers:
    """What the two partners do about the transfers of the mixed customer."""

    def __init__(self, world):
        self.world = world
        self.customer = world.of_domain("vanarsdel")
        self.path = f"/customers/{self.customer}/transfers"
        self.source, self.target = world.api(FRANCE), world.api(EUROPE)

    def tenant(self, name):
        return self.world.state.partner(name)["tenant"]

    def ask(self, **more):
        body = {"sourcePartnerTenantId": self.tenant(FRANCE), "customerName": "VanArsdel SAS", "transferType": 5}
        return self.target.post(self.path, json={**body, **more})

    def asked(self, **more):
        answer = self.ask(**more)
        assert answer.status_code == 201, answer.text
        return self.world.read(answer)

    def patch(self, api, transfer, **body):
        return api.patch(f"{self.path}/{transfer['id']}", json={"id": transfer["id"], **body})

    def accept(self, transfer, *items, status="InProgress"):
        items = [item if isinstance(item, dict) else {"subscriptionId": item} for item in items]
        return self.patch(self.source, transfer, status=status, transferType=5, lineItems=items)

    def held(self, name=FRANCE):
        return {one["friendlyName"]: one for one in self.world.held(name, self.customer)}

    def seen(self, api, transfer):
        return self.world.read(api.get(f"{self.path}/{transfer['id']}"))

    def later(self, seconds):
        self.world.control("POST", "clock", {"advance_seconds": seconds})

    def refused(self, answer, status, code):
        assert (answer.status_code, self.world.read(answer)["code"]) == (status, code), answer.text


def test_request_is_pending_for_thirty_days(mixed):
    """The target asks without line items; both sides see it pending, expiring after 30 days, and nothing has moved."""
    transfer = mixed.asked(targetProductTypes=["OnlineServicesNCE"], partnerOnRecord="5987654")
    assert (transfer["status"], transfer["lineItems"], transfer["transferType"]) == ("Pending", [], 5)
    assert transfer["expirationTime"][:16] == "2026-12-22T09:00"
    assert transfer["targetPartnerTenantId"] == mixed.tenant(EUROPE)
    for api in (mixed.source, mixed.target):
        assert mixed.seen(api, transfer) == transfer
        assert mixed.world.read(api.get(mixed.path)) == [transfer]
    assert mixed.world.writes()[-1]["effect"] == {"transfer_requested": transfer["id"]}
    (record,) = mixed.world.read(mixed.target.get("/auditrecords"))["items"]
    assert (record["resourceType"], record["operationType"]) == ("transfer", "create_transfer")


@pytest.mark.parametrize("transfer_type", [3, 5, "ModernAzure", "newCommerce"])
def test_type_is_taken_as_number_or_name(mixed, transfer_type):
    """Both published types, as number or name, ask for new commerce."""
    assert mixed.asked(transferType=transfer_type)["transferType"] in (3, 5)


def test_what_cannot_be_asked_for(mixed):
    """Each request that Partner Center refuses is refused with its code, and none is kept."""
    legacy_offer = {"sourcePartnerTenantId": mixed.tenant(EUROPE), "targetPartnerTenantId": mixed.tenant(FRANCE)}
    mixed.refused(mixed.ask(sourcePartnerTenantId=None), 400, 800002)
    mixed.refused(mixed.ask(sourcePartnerTenantId=mixed.tenant(EUROPE)), 400, 900148)
    mixed.refused(mixed.ask(sourcePartnerTenantId=str(uuid4())), 400, 900400)
    mixed.refused(mixed.ask(sourcePartnerTenantId=mixed.tenant(GERMANY)), 400, 900400)
    mixed.refused(mixed.ask(**legacy_offer), 400, 900400)
    mixed.refused(mixed.ask(transferType=7), 400, 800002)
    mixed.refused(mixed.ask(targetProductTypes=["Everything"]), 400, 800002)
    mixed.refused(mixed.ask(lineItems=[{"subscriptionId": str(uuid4())}]), 400, 800002)
    stranger = mixed.world.api(GERMANY)
    mixed.refused(stranger.post(mixed.path, json={"sourcePartnerTenantId": mixed.tenant(FRANCE)}), 403, 20002)
    assert mixed.world.read(mixed.target.get(mixed.path)) == []


def test_azure_needs_a_plan_and_no_legacy_azure(mixed):
    """Azure is asked for and accepted only with an active plan under the target, and without legacy Azure (M24)."""
    azure = {"targetProductTypes": ["AzureSubscription"]}
    transfer = mixed.asked()
    (plan,) = mixed.held(EUROPE).values()
    change = {"tenant": EUROPE, "customer": mixed.customer, "subscription": plan["id"], "status": "suspended"}
    mixed.world.control("POST", "portal", change)
    mixed.refused(mixed.ask(**azure), 400, 900133)
    mixed.refused(mixed.accept(transfer, mixed.held()["Azure production"]["id"]), 400, 900133)
    mixed.world.control("POST", "portal", {**change, "status": "active"})
    assert mixed.ask(**azure).status_code == 201
    legacy = {"tenant": FRANCE, "customer": mixed.customer, "offer": catalogue.AZURE}
    mixed.world.control("POST", "portal", legacy)
    mixed.refused(mixed.ask(**azure), 400, 900131)
    assert mixed.ask(targetProductTypes=["OnlineServicesNCE"]).status_code == 201


def test_target_without_a_plan_is_told(world):
    """Azure cannot be asked for by a partner that has no plan for the customer (M24)."""
    api, customer = world.ready_to_buy("Fabrikam")
    body = {"sourcePartnerTenantId": world.state.partner(FRANCE)["tenant"], "targetProductTypes": ["AzureReservation"]}
    answer = api.post(f"/customers/{customer}/transfers", json=body)
    assert (answer.status_code, world.read(answer)["code"]) == (400, 900132)


def test_transfer_keeps_all_but_the_ids(mixed):
    """After a quarter of an hour the target has the subscription under new ids, term and seats as they were (M24)."""
    old = mixed.held()["Premium annual"]
    transfer = mixed.asked()
    accepted = mixed.accept(transfer, {"subscriptionId": old["id"], "quantity": 15, "productType": "OnlineServicesNCE"})
    assert mixed.world.read(accepted)["status"] == "InProgress"
    assert mixed.seen(mixed.target, transfer)["lineItems"] == []
    mixed.later(QUARTER - 60)
    assert mixed.seen(mixed.target, transfer)["status"] == "InProgress"
    assert mixed.held()["Premium annual"] == old
    mixed.later(60)
    ended = mixed.seen(mixed.target, transfer)
    (item,) = ended["lineItems"]
    assert (ended["status"], item["status"], item["subscriptionId"]) == ("Complete", "Complete", old["id"])
    new = mixed.held(EUROPE)["Premium annual"]
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)} - {"links"}
    assert changed == {"id", "orderId", "creationDate"}
    assert new["orderId"] == item["orderId"]
    assert new["creationDate"] == ended["completedTime"]
    assert (item["partnerIdOnRecord"], new["partnerId"]) == ("5987654", "5987654")
    order = mixed.world.read(mixed.target.get(f"/customers/{mixed.customer}/orders/{new['orderId']}"))
    assert order["lineItems"][0]["subscriptionId"] == new["id"]
    assert "Premium annual" not in mixed.held()
    gone = f"/customers/{mixed.customer}/subscriptions/{old['id']}"
    mixed.refused(mixed.source.get(gone), 404, 20003)
    mixed.refused(mixed.source.patch(gone, json={**old, "status": "suspended"}), 404, 20003)


def test_transfer_is_in_both_logs(mixed):
    """Acceptance and end are logged with what was held before, and who did it; the end is Microsoft's (M33)."""
    old = mixed.held()["Premium annual"]
    transfer = mixed.asked()
    mixed.accept(transfer, old["id"])
    mixed.later(86_400)
    accepted, ended = mixed.world.writes()[-2:]
    assert accepted["effect"] == {"transfer_accepted": [old["id"]], "transfer": transfer["id"]}
    (moved,) = ended["effect"]["moved"]
    new = mixed.held(EUROPE)["Premium annual"]
    assert (ended["actor"], ended["effect"]["transfer_completed"], ended["user"]) == ("microsoft", transfer["id"], None)
    assert (moved["from"], moved["to"], moved["order"]) == (old["id"], new["id"], new["orderId"])
    # What the clock brought about bears the time at which it was due, not that of the call that found it.
    assert (accepted["time"][:16], ended["time"][:16]) == ("2026-11-22T09:00", "2026-11-22T09:15")
    for entry in (accepted, ended):
        assert (FRANCE, old["id"]) in {(row["tenant"], row["id"]) for row in entry["before"]}
    for api in (mixed.source, mixed.target):
        record = mixed.world.read(api.get("/auditrecords"))["items"][-1]
        assert (record["operationType"], record["userPrincipalName"]) == ("update_transfer", None)
        assert {"key": "SubscriptionId-0", "value": old["id"]} in record["customizedData"]


def test_transfer_at_once(mixed):
    """With transfer_seconds 0 the next call finds the transfer ended."""
    mixed.world.control("POST", "settings", {"transfer_seconds": 0})
    transfer = mixed.asked()
    mixed.accept(transfer, mixed.held()["Premium annual"]["id"])
    assert mixed.seen(mixed.target, transfer)["status"] == "Complete"


def test_azure_reservation_and_plan_move_like_seats(mixed):
    """A plan and a reservation are line items of their own product types and have new ids under the target (M24)."""
    held = mixed.held()
    transfer = mixed.asked(targetProductTypes=["AzureSubscription", "AzureReservation"])
    mixed.accept(transfer, held["Azure production"]["id"], held["Reserved web servers"]["id"])
    mixed.later(QUARTER)
    products = [item["productType"] for item in mixed.seen(mixed.target, transfer)["lineItems"]]
    assert products == ["AzureSubscription", "AzureReservation"]
    moved = mixed.held(EUROPE)
    assert moved["Azure production"]["entitlementId"] == held["Azure production"]["entitlementId"]
    assert moved["Reserved web servers"]["commitmentEndDate"] == held["Reserved web servers"]["commitmentEndDate"]
    assert not {"Azure production", "Reserved web servers"} & set(mixed.held())


def test_items_that_cannot_be_accepted(mixed):
    """A subscription that cannot go, or one that is told wrongly, refuses the whole acceptance (S2)."""
    held = mixed.held()
    seats = held["Premium annual"]["id"]
    transfer = mixed.asked(targetProductTypes=["OnlineServicesNCE"])
    suspended = {"tenant": FRANCE, "customer": mixed.customer, "subscription": held["Branch 3"]["id"]}
    mixed.world.control("POST", "portal", {**suspended, "status": "suspended"})
    not_valid = [held[name]["id"] for name in ("E3 legacy", "Premium trial", "Branch 3", "Azure production")]
    for identifier in (*not_valid, str(uuid4())):
        mixed.refused(mixed.accept(transfer, seats, identifier), 400, 800078)
    mixed.refused(mixed.accept(transfer, {"subscriptionId": seats, "quantity": 14}), 400, 800002)
    mixed.refused(mixed.accept(transfer, {"subscriptionId": seats, "productType": "Software"}), 400, 800002)
    mixed.refused(mixed.accept(transfer, seats, seats.upper()), 400, 800002)
    mixed.refused(mixed.accept(transfer), 400, 800002)
    branches = [one["id"] for name, one in held.items() if name.startswith("Branch") and name != "Branch 3"]
    mixed.refused(mixed.accept(transfer, seats, *branches), 400, 800002)
    assert mixed.seen(mixed.source, transfer)["status"] == "Pending"
    assert mixed.accept(transfer, *branches).status_code == 200


def test_only_the_source_answers_and_only_the_target_withdraws(mixed):
    """Each side has its own acts, a stranger finds no transfer at all, and an unknown word changes nothing (S4)."""
    transfer, seats = mixed.asked(), mixed.held()["Premium annual"]["id"]
    items = [{"subscriptionId": seats}]
    mixed.refused(mixed.patch(mixed.target, transfer, status="InProgress", lineItems=items), 400, 900102)
    mixed.refused(mixed.patch(mixed.source, transfer, status="Cancel"), 400, 900102)
    mixed.refused(mixed.patch(mixed.source, transfer, status="Completed"), 400, 800002)
    mixed.refused(mixed.patch(mixed.source, {"id": str(uuid4())}, status="Reject"), 404, 900100)
    mixed.refused(mixed.world.api(GERMANY).get(f"{mixed.path}/{transfer['id']}"), 403, 20002)
    assert mixed.seen(mixed.source, transfer) == transfer


def test_words_for_accepting_that_are_guesses(mixed):
    """The word that accepts is not published: those that Microsoft's pages print for it are all taken."""
    for number, word in enumerate(["InProgress", "inprogress", "Active", "Accept"]):
        transfer = mixed.asked()
        item = mixed.held()[f"Branch {number}"]["id"]
        assert mixed.world.read(mixed.accept(transfer, item, status=word))["status"] == "InProgress"


def test_transfer_in_progress_cannot_be_stopped(mixed):
    """Once accepted, nobody withdraws, rejects or accepts again, and its subscription goes into no other transfer."""
    transfer, other, seats = mixed.asked(), mixed.asked(), mixed.held()["Premium annual"]["id"]
    mixed.accept(transfer, seats)
    mixed.refused(mixed.patch(mixed.target, transfer, status="Cancel"), 409, 900101)
    mixed.refused(mixed.patch(mixed.source, transfer, status="Reject"), 409, 900101)
    mixed.refused(mixed.accept(transfer, seats), 409, 900101)
    mixed.refused(mixed.accept(other, seats), 409, 900101)
    mixed.later(QUARTER)
    mixed.refused(mixed.patch(mixed.target, transfer, status="Cancel"), 400, 900102)


@pytest.mark.parametrize(("side", "word", "effect"), [(EUROPE, "Cancel", "withdrawn"), (FRANCE, "Reject", "rejected")])
def test_withdrawn_and_rejected_are_over(mixed, side, word, effect):
    """A request that was withdrawn or rejected takes no answer any more."""
    transfer = mixed.asked()
    assert mixed.world.read(mixed.patch(mixed.world.api(side), transfer, status=word))["status"] == word
    assert mixed.world.writes()[-1]["effect"] == {f"transfer_{effect}": transfer["id"]}
    mixed.refused(mixed.accept(transfer, mixed.held()["Premium annual"]["id"]), 400, 900102)


def test_request_expires_after_thirty_days(mixed):
    """What nobody answers expires by the clock, at its moment, and cannot be accepted then."""
    transfer = mixed.asked()
    mixed.later(31 * 86_400)
    seen = mixed.seen(mixed.source, transfer)
    assert (seen["status"], seen["lastModifiedTime"]) == ("Expired", transfer["expirationTime"])
    mixed.refused(mixed.accept(transfer, mixed.held()["Premium annual"]["id"]), 400, 900102)
    assert mixed.world.writes()[-2]["effect"]["transfer_expired"] == transfer["id"]


def test_transfer_that_fails(mixed):
    """On request the next transfer fails wholly: 900103 on each item, and everything stays with the source."""
    mixed.world.control("POST", "transfer-outcomes", {"outcome": "failed"})
    before = mixed.held()
    transfer = mixed.asked()
    mixed.accept(transfer, before["Premium annual"]["id"])
    mixed.later(QUARTER)
    ended = mixed.seen(mixed.target, transfer)
    assert ended["status"] == "Failed"
    assert ended["lineItems"][0]["transferError"].startswith("900103")
    assert mixed.held() == before
    assert mixed.world.writes()[-1]["effect"]["failed"][0]["id"] == before["Premium annual"]["id"]


def test_transfer_that_fails_in_part(mixed):
    """On request named items fail and the others move; the next transfer is as ever."""
    held = mixed.held()
    stays, goes = held["Branch 1"]["id"], held["Branch 2"]["id"]
    waiting = mixed.world.control(
        "POST",
        "transfer-outcomes",
        {"outcome": "partial", "failed": [stays], "error": "900103: No.", "after_seconds": 5},
    )
    assert len(waiting) == 1
    transfer = mixed.asked()
    mixed.accept(transfer, stays, goes)
    mixed.later(5)
    ended = mixed.seen(mixed.target, transfer)
    errors = {item["subscriptionId"]: item["transferError"] for item in ended["lineItems"]}
    assert (ended["status"], errors) == ("PartiallyComplete", {stays: "900103: No.", goes: None})
    assert "Branch 1" in mixed.held()
    assert "Branch 2" in mixed.held(EUROPE)
    again = mixed.asked()
    mixed.accept(again, stays)
    mixed.later(QUARTER)
    assert mixed.seen(mixed.target, again)["status"] == "Complete"


def test_transfer_that_is_late(mixed):
    """On request the next transfer of a customer ends within the three days in which the service tries again."""
    late = {"outcome": "late", "customer": mixed.customer}
    mixed.world.control("POST", "transfer-outcomes", late)
    transfer = mixed.asked()
    mixed.accept(transfer, mixed.held()["Premium annual"]["id"])
    mixed.later(86_400)
    assert mixed.seen(mixed.target, transfer)["status"] == "InProgress"
    mixed.later(86_400)
    assert mixed.seen(mixed.target, transfer)["status"] == "Complete"


@pytest.mark.parametrize("wrong", [{}, {"outcome": "partial"}, {"outcome": "failed", "failed": ["x"]}, {"soon": True}])
def test_unknown_outcomes_are_refused(mixed, wrong):
    """An outcome that is not understood is refused in words and not kept."""
    with mixed.world.browser() as browser:
        answer = browser.post("/simulator/transfer-outcomes", json=wrong)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert mixed.world.control("GET", "transfer-outcomes") == []


def test_change_after_acceptance_stays_behind(mixed):
    """What is suspended between acceptance and end does not move, and the transfer says which (S2)."""
    seats, other = mixed.held()["Premium annual"]["id"], mixed.held()["Branch 1"]["id"]
    transfer = mixed.asked()
    mixed.accept(transfer, seats, other)
    change = {"tenant": FRANCE, "customer": mixed.customer, "subscription": seats, "status": "suspended"}
    mixed.world.control("POST", "portal", change)
    mixed.later(QUARTER)
    ended = mixed.seen(mixed.source, transfer)
    assert ended["status"] == "PartiallyComplete"
    assert "Suspended" in ended["lineItems"][0]["transferError"]


def test_people_do_it_in_the_portals(mixed):
    """People of both partners request, withdraw, reject and accept by hand, and are in the logs by name (M33)."""
    ask = {
        "act": "request",
        "tenant": EUROPE,
        "customer": mixed.customer,
        "source": FRANCE,
        "user": "tove@contoso.example",
    }
    first, second, third = [mixed.world.control("POST", "transfers", ask) for _ in range(3)]
    by_hand = {"customer": mixed.customer, "user": "sven@contoso.example"}
    mixed.world.control("POST", "transfers", {**by_hand, "act": "withdraw", "tenant": EUROPE, "transfer": first["id"]})
    mixed.world.control("POST", "transfers", {**by_hand, "act": "reject", "tenant": FRANCE, "transfer": second["id"]})
    seats = mixed.held()["Premium annual"]["id"]
    accept = {**by_hand, "act": "accept", "tenant": FRANCE, "transfer": third["id"], "subscriptions": [seats]}
    assert mixed.world.control("POST", "transfers", accept)["lineItems"][0]["subscriptionId"] == seats
    assert [one["status"] for one in mixed.world.control("GET", "transfers", customer=mixed.customer)] == [
        "Cancel",
        "Reject",
        "InProgress",
    ]
    entry = mixed.world.writes()[-1]
    assert (entry["actor"], entry["user"], entry["method"]) == ("portal", "sven@contoso.example", "portal")
    assert entry["effect"]["transfer_accepted"] == [seats]
    record = mixed.world.read(mixed.source.get("/auditrecords"))["items"][-1]
    assert (record["userPrincipalName"], record["operationType"]) == ("sven@contoso.example", "update_transfer")
    with mixed.world.browser() as browser:
        assert browser.post("/simulator/transfers", json={**accept, "act": "accept"}).json()["code"] == 900101


def test_eligibility_says_why_not(mixed):
    """Every subscription is in the list of eligibility, with the reason why it cannot be transferred (M24, S8)."""
    legacy = mixed.held()["E3 legacy"]
    mixed.source.patch(
        f"/customers/{mixed.customer}/subscriptions/{legacy['id']}", json={**legacy, "status": "suspended"}
    )
    path = f"/customers/{mixed.customer}/transferseligibility"
    rows = mixed.world.read(mixed.source.get(path, params={"transferType": "directToIndirect"}))
    reasons = {row["id"]: row["reason"] for row in rows}
    held = mixed.held()
    assert set(reasons) == {one["id"] for one in held.values()}
    assert reasons[legacy["id"]] == "Subscription is in state Suspended"
    assert reasons[held["Premium trial"]["id"]] == "Subscription is a trial"
    assert reasons[held["Premium annual"]["id"]] is None
    mixed.refused(mixed.source.get(path, params={"transferType": "sideways"}), 400, 800002)


def test_transfers_survive_a_restart(tmp_path, world):
    """A transfer that was accepted before a restart ends after it, and what left does not come back."""
    home = tmp_path / "home"
    with Server(home, portfolio="mixed", start=START) as server:
        mixed = Transfers(type(world)(server))
        transfer, seats = mixed.asked(), mixed.held()["Premium annual"]["id"]
        mixed.accept(transfer, seats)
    with Server(home) as server:
        mixed = Transfers(type(world)(server))
        mixed.later(QUARTER)
        assert mixed.seen(mixed.target, transfer)["status"] == "Complete"
    with Server(home) as server:
        mixed = Transfers(type(world)(server))
        assert "Premium annual" not in mixed.held()
        assert mixed.held(EUROPE)["Premium annual"]["id"] != seats
