"""Ending a term of new commerce: cancelled in its window, not renewed, extended, cancelled at its end."""

from datetime import UTC, datetime, timedelta

import pytest

from partner_center_simulator.commerce import term_ends
from partner_center_simulator.portfolios import new_commerce

DAY = 86400


@pytest.fixture
def source(world):
    """Return a client of the source."""
    return world.api("contoso-france")


class Seats:
    """Seats of new commerce that a customer has through the source."""

    def __init__(self, world, source, item=new_commerce.BUSINESS_PREMIUM, **more):
        self.world, self.api = world, source
        self.customer = world.customer("Fabrikam")
        self.request = {"tenant": "contoso-france", "customer": self.customer}
        term = {"termDuration": "P1M", "quantity": 15, **more}
        self.id = world.control("POST", "portal", {**self.request, "offer": item, **term})["id"]
        self.path = f"/customers/{self.customer}/subscriptions/{self.id}"

    def read(self):
        return self.world.read(self.api.get(self.path))

    def patch(self, body=None, **changes):
        return self.api.patch(self.path, json=body if body is not None else {**self.read(), **changes})

    def portal(self, **changes):
        return self.world.control("POST", "portal", {**self.request, "subscription": self.id, **changes})

    def go_to(self, day):
        """Move the clock to nine in the morning of a day."""
        self.world.control("POST", "clock", {"set": f"{day}T09:00:00Z"})

    def effects(self):
        """Return what was done to it, in order, with who did it."""
        return [
            (entry["actor"], next(iter(entry["effect"])))
            for entry in self.world.writes()
            if entry["effect"] and entry["path"].endswith(self.id)
        ]


@pytest.fixture
def seats(world, source):
    """Return seats that were bought by the month on 22 November 2026."""
    return Seats(world, source)


@pytest.mark.parametrize(
    ("hours", "refund"), [(23, "Full"), (25, "Partial"), (167, "Partial")], ids=["first day", "second day", "last hour"]
)
def test_seats_are_cancelled_inside_the_window(world, seats, hours, refund):
    """M23: inside 168 hours a PATCH cancels; the write log has the refund and what the customer held before."""
    whole = seats.read()
    world.control("POST", "clock", {"advance_seconds": hours * 3600})
    after = seats.patch({**whole, "status": "deleted", "autoRenewEnabled": False})
    assert (after.status_code, world.read(after)["status"]) == (200, "deleted")
    entry = world.writes()[-1]
    assert (entry["effect"]["cancelled"], entry["effect"]["refund"]) == ([seats.id], refund)
    assert {row["status"] for row in entry["before"] if row["id"] == seats.id} == {"active"}
    record = world.read(seats.api.get("/auditrecords"))["items"][-1]
    assert record["operationType"] == "update_subscription"
    assert {"key": "Status", "value": "deleted"} in record["customizedData"]


def test_after_the_window_nothing_is_cancelled(world, seats):
    """M23: after 168 hours a cancellation is refused with 900213 and the seats stay active."""
    world.control("POST", "clock", {"advance_seconds": 168 * 3600 + 1})
    refused = seats.patch(status="deleted")
    assert (refused.status_code, world.read(refused)["code"]) == (400, 900213)
    assert (seats.read()["status"], seats.read()["refundableQuantity"]) == (
        "active",
        {"totalQuantity": 0, "details": []},
    )


def test_auto_renew_is_switched_off_and_what_was_scheduled_is_lost(world, seats):
    """M23: the whole resource with auto-renew off clears the next-term instructions and changes nothing else."""
    product, sku, availability = new_commerce.BUSINESS_PREMIUM.split(":")
    planned = {
        "product": {
            "productId": product,
            "skuId": sku,
            "availabilityId": availability,
            "billingCycle": "Annual",
            "termDuration": "P1Y",
        },
        "quantity": 9,
    }
    whole = world.read(seats.patch(scheduledNextTermInstructions=planned))
    assert whole["scheduledNextTermInstructions"] == planned
    after = world.read(seats.patch({**whole, "autoRenewEnabled": False}))
    assert "scheduledNextTermInstructions" not in after
    assert {**after, "autoRenewEnabled": True, "scheduledNextTermInstructions": planned} == whole
    entry = world.writes()[-1]
    assert (entry["effect"]["auto_renew_off"], entry["effect"]["lost_instructions"]) == (
        [seats.id],
        ["scheduledNextTermInstructions"],
    )
    assert seats.id in {row["id"] for row in entry["before"]}


def test_a_partial_body_takes_the_renewal_away(world, seats):
    """M23: whoever sends the seats alone loses auto-renew by it."""
    assert world.read(seats.patch({"quantity": 16}))["autoRenewEnabled"] is False
    assert world.writes()[-1]["effect"]["auto_renew_off"] == [seats.id]


@pytest.mark.parametrize(
    "planned",
    [
        "later",
        {"quantity": 0},
        {"quantity": 301},
        {"product": {"productId": "NONE", "skuId": "0001", "availabilityId": "NONE"}},
        {"product": {"termDuration": "P2Y", "billingCycle": "Annual"}},
    ],
)
def test_what_cannot_be_scheduled_is_refused(world, seats, planned):
    """M23: next-term instructions must name an item, a term and seats that are on sale."""
    refused = seats.patch(scheduledNextTermInstructions=planned)
    assert (refused.status_code, world.read(refused)["code"]) == (400, 800002)


def test_a_term_is_renewed_by_the_clock(world, seats):
    """M23: at 00:00 UTC after its last day the next term begins, with a window of its own."""
    assert seats.read()["commitmentEndDate"] == "2026-12-21T00:00:00Z"
    world.control("POST", "clock", {"set": "2026-12-21T23:59:00Z"})
    assert seats.effects()[1:] == []
    world.control("POST", "clock", {"set": "2026-12-22T00:00:01Z"})
    after = seats.read()
    assert (after["effectiveStartDate"], after["commitmentEndDate"]) == (
        "2026-12-22T00:00:00.000Z",
        "2027-01-21T00:00:00Z",
    )
    assert after["refundableQuantity"]["totalQuantity"] == 15
    assert seats.effects()[1:] == [("microsoft", "renewed")]
    record = world.read(seats.api.get("/auditrecords"))["items"][-1]
    assert (record["userPrincipalName"], record["applicationId"], record["originalCorrelationId"]) == (
        None,
        "Microsoft Partner Center",
        None,
    )
    assert world.read(seats.patch(status="deleted"))["status"] == "deleted"


def test_what_was_scheduled_comes_with_the_renewal(seats):
    """M23: seats, term and billing cycle of the next term are those of its instructions."""
    product, sku, availability = new_commerce.BUSINESS_STANDARD.split(":")
    item = {"productId": product, "skuId": sku, "availabilityId": availability}
    planned = {**item, "billingCycle": "Annual", "termDuration": "P1Y"}
    seats.patch(
        scheduledNextTermInstructions={"product": planned, "quantity": 9, "customTermEndDate": "2027-06-30T00:00:00"}
    )
    seats.go_to("2026-12-22")
    after = seats.read()
    assert (after["quantity"], after["termDuration"], after["billingCycle"]) == (9, "P1Y", "annual")
    assert (after["offerId"], after["offerName"]) == (new_commerce.BUSINESS_STANDARD, "Microsoft 365 Business Standard")
    assert after["commitmentEndDate"] == "2027-06-30T00:00:00Z"
    assert "scheduledNextTermInstructions" not in after


@pytest.mark.parametrize(
    ("item", "term", "ended", "surcharge"),
    [
        (new_commerce.BUSINESS_PREMIUM, {}, "2026-12-22", 0.03),
        (new_commerce.COPILOT, {"termDuration": "P1Y"}, "2027-11-22", 0.23),
    ],
    ids=["with a monthly plan", "without one"],
)
def test_without_renewal_seats_go_into_the_extended_service_term(world, source, item, term, ended, surcharge):
    """M23: auto-renew off no longer ends the billing: a dearer month follows, and it can be cancelled at any time."""
    seats = Seats(world, source, item, **term)
    seats.patch(autoRenewEnabled=False)
    seats.go_to(ended)
    extended = seats.read()
    assert (extended["status"], extended["autoRenewEnabled"]) == ("active", False)
    assert (extended["termDuration"], extended["billingCycle"]) == ("P1M", "monthly")
    entry = world.writes()[-1]
    assert (entry["actor"], entry["effect"]) == ("microsoft", {"extended": [seats.id], "surcharge": surcharge})
    world.control("POST", "clock", {"advance_seconds": 45 * DAY})
    assert seats.read()["commitmentEndDate"] > extended["commitmentEndDate"], "it goes on until it is cancelled"
    assert world.read(seats.patch(status="deleted"))["status"] == "deleted"
    assert world.writes()[-1]["effect"]["refund"] == "Partial"


def test_only_a_person_in_the_portal_cancels_at_the_end(world, seats):
    """M23: the field of the API is not known, so it cannot be set there; chosen in the portal, the billing ends."""
    seats.patch(cancelAtTermEnd=True, cancelledAtTermEnd=True)
    assert seats.effects()[1:] == []
    chosen = seats.portal(cancelAtTermEnd=True, user="dora@contoso.example")
    assert (chosen["status"], chosen["autoRenewEnabled"]) == ("active", False)
    entry = world.writes()[-1]
    assert (entry["actor"], entry["effect"]) == (
        "portal",
        {"cancel_at_term_end": [seats.id], "auto_renew_off": [seats.id]},
    )
    assert seats.id in {row["id"] for row in entry["before"]}
    record = world.read(seats.api.get("/auditrecords"))["items"][-1]
    assert {"key": "EndOfTermAction", "value": "Cancel"} in record["customizedData"]
    seats.go_to("2026-12-22")
    assert seats.read()["status"] == "disabled"
    refused = seats.patch(autoRenewEnabled=True)
    assert world.read(refused)["code"] == 900279
    seats.go_to("2027-03-22")
    assert seats.read()["status"] == "deleted"


@pytest.mark.parametrize("back", [{"cancelAtTermEnd": False}, {"autoRenewEnabled": True}])
def test_a_cancellation_at_the_end_can_be_taken_back(seats, back):
    """M23: a person who takes it back, or switches auto-renew on, ends the cancellation."""
    seats.portal(cancelAtTermEnd=True)
    seats.portal(**back)
    seats.go_to("2026-12-22")
    assert seats.read()["status"] == "active"


def test_the_portal_cancels_active_seats_only(world, seats):
    """M23: legacy subscriptions and suspended seats have no choice for the end of their term."""
    seats.portal(status="suspended")
    legacy = next(one for one in world.held("contoso-france", seats.customer) if "productType" not in one)
    for identifier in (seats.id, legacy["id"]):
        with world.browser() as browser:
            body = {**seats.request, "subscription": identifier, "cancelAtTermEnd": True}
            assert browser.post("/simulator/portal", json=body).json()["code"] == 800002


def test_suspending_ends_no_billing(seats):
    """M23: suspended seats are extended as active ones are, and stay suspended."""
    seats.patch(status="suspended")
    seats.go_to("2026-12-22")
    assert (seats.read()["status"], seats.read()["commitmentEndDate"][:10]) == ("suspended", "2027-01-21")
    assert seats.effects()[1:] == [("api", "suspended"), ("microsoft", "extended")]


def test_a_trial_becomes_paid(world, source):
    """M22: a trial that renews by itself is no trial any more."""
    seats = Seats(world, source, new_commerce.BUSINESS_PREMIUM_TRIAL, billingCycle="none", quantity=25)
    seats.go_to("2026-12-22")
    assert (seats.read()["isTrial"], seats.read()["billingCycle"]) == (False, "monthly")


def test_a_trial_expires(world, source):
    """M22: a trial that is not renewed expires, is disabled after 30 days and deleted after 90 more."""
    seats = Seats(world, source, new_commerce.BUSINESS_PREMIUM_TRIAL, billingCycle="none", quantity=25)
    seats.portal(autoRenewEnabled=False)
    seen = []
    for day in ("2026-12-21", "2026-12-22", "2027-01-21", "2027-04-21"):
        seats.go_to(day)
        seen.append(seats.read()["status"])
    assert seen == ["active", "expired", "disabled", "deleted"]


@pytest.mark.parametrize(
    ("status", "fall"),
    [("active", ("2026-11-23", "expired")), ("suspended", ("2026-11-23", "disabled"))],
)
def test_older_terms_end_as_before(world, seats, status, fall):
    """M23: what was last renewed before April 2025 is not extended: it expires, or is disabled when suspended."""
    began = {"effectiveStartDate": "2025-03-31T00:00:00.000Z", "commitmentEndDate": "2026-11-22T00:00:00Z"}
    tenant = world.state.partner("contoso-france")["tenant"]
    held = world.state.subscriptions(tenant, seats.customer)[seats.id]
    with world.state.transaction():
        resource = {**held["resource"], **began, "autoRenewEnabled": False, "status": status}
        world.state.put_subscription(tenant, seats.customer, {**held, "resource": resource})
    day, fallen = fall
    seats.go_to(day)
    assert seats.read()["status"] == fallen
    seats.go_to("2027-03-23")
    assert seats.read()["status"] == "deleted"


def test_while_the_renewal_runs_little_can_be_changed(world, seats):
    """M23: auto-renew, instructions, suspending are read-only (900280) then, other changes are 409 and pass later."""
    world.control("POST", "settings", {"renewal_seconds": 7200})
    world.control("POST", "clock", {"set": "2026-12-22T00:30:00Z"})
    for changes, status, code in (
        ({"autoRenewEnabled": False}, 400, 900280),
        ({"scheduledNextTermInstructions": {"quantity": 3}}, 400, 900280),
        ({"status": "suspended"}, 400, 900280),
        ({"friendlyName": "Renamed"}, 409, 800082),
    ):
        refused = seats.patch(**changes)
        assert (refused.status_code, world.read(refused)["code"]) == (status, code), changes
    assert seats.patch().status_code == 200, "sending back what was read changes nothing"
    with world.browser() as browser:
        body = {**seats.request, "subscription": seats.id, "cancelAtTermEnd": True}
        assert browser.post("/simulator/portal", json=body).json()["code"] == 900280
    world.control("POST", "clock", {"set": "2026-12-22T02:00:01Z"})
    assert seats.patch(friendlyName="Renamed").status_code == 200
    assert seats.read()["effectiveStartDate"].startswith("2026-12-22T00:00")


@pytest.mark.parametrize(
    "choice", [{}, {"autoRenewEnabled": False}, {"cancelAtTermEnd": True}, {"status": "suspended"}]
)
def test_a_leap_of_the_clock_ends_where_small_steps_do(world, seats, choice):
    """M23: what happens by the clock does not depend on how often somebody looks."""
    seats.portal(**choice)
    tenant = world.state.partner("contoso-france")["tenant"]
    first = world.state.subscriptions(tenant, seats.customer)[seats.id]
    start = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def after(step):
        with world.state.transaction():
            world.state.documents.put("subscription", f"{tenant}/{seats.customer}", seats.id, first)
        for days in range(step, 161, step):
            world.state.clock.set(start + timedelta(days=days))
            term_ends.settle_all(world.state)
        held = world.state.subscriptions(tenant, seats.customer)[seats.id]
        return {name: value for name, value in held.items() if name != "version"}

    assert after(160) == after(1)


@pytest.mark.parametrize("fields", [{"commitmentEndDate": "someday"}, {"commitmentEndDate": "9999-12-31T00:00:00Z"}])
def test_a_term_without_an_end_that_can_be_read_goes_on(world, seats, fields):
    """S7: what a portfolio plants for clients to bear does not stop the clock, and cannot be cancelled."""
    tenant = world.state.partner("contoso-france")["tenant"]
    held = world.state.subscriptions(tenant, seats.customer)[seats.id]
    strange = {**fields, "refundableQuantity": "some", "cancellationAllowedUntilDate": None}
    with world.state.transaction():
        resource = {**held["resource"], **strange}
        world.state.put_subscription(tenant, seats.customer, {**held, "resource": resource})
    world.control("POST", "clock", {"set": "2027-12-22T09:00:00Z"})
    term_ends.settle(world.state, seats.customer)
    with world.browser() as browser:
        body = {**seats.request, "subscription": seats.id, "status": "deleted"}
        assert browser.post("/simulator/portal", json=body).json()["code"] == 800061
    assert world.state.subscriptions(tenant, seats.customer)[seats.id]["resource"]["status"] == "active"
