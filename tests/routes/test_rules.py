"""Every subscription gets its kind and the only safe route, with the reason in words and its source (M22)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offline import NOON, make_subscription
from routes.looked_at import AZURE_PLAN, LEGACY_AZURE, SEATS, SOFTWARE, base, look, seats

from consolidation.routes import KNOWN_STATUSES, kind_of
from consolidation.routes.kinds import Kind
from consolidation.routes.rules import RULES
from partner_center.models import Subscription

UNDER_BASE = {"parentSubscriptionId": "base"}
NOT_RENEWED = {**SEATS, "autoRenewEnabled": False}
OLD = {"creationDate": "2024-06-01T09:00:00Z", "effectiveStartDate": "2025-03-01T09:00:00Z"}
MAY_31 = datetime.fromisoformat("2026-05-31T00:00:00+00:00")
AFTER = datetime.fromisoformat("2026-06-01T00:00:00+00:00")


@dataclass(frozen=True)
class Row:
    """A line of the table of rules, with an example that it decides."""

    rule: str
    fields: dict[str, object]
    kind: str
    route: str | None
    words: str
    siblings: tuple[Subscription, ...] = ()
    now: datetime = NOON
    waits_until: datetime | None = field(default=None)


ROWS = {
    "unknown status": Row(
        "a status that nobody knows",
        {"status": "hibernating"},
        "legacy seats",
        None,
        "'hibernating' is in no Microsoft",
    ),
    "no status": Row("a status that nobody knows", {"status": None}, "legacy seats", None, "look at it in the portal"),
    "unknown product": Row(
        "a product that nobody knows", {"productType": {"id": "Hologram"}}, "unknown", None, "product type is in no"
    ),
    "pending": Row("still being provisioned", {"status": "pending"}, "legacy seats", None, "still being provisioned"),
    "seats suspended before": Row(
        "new commerce, suspended",
        {**SEATS, "status": "suspended"},
        "new-commerce seats",
        "leave",
        "goes on being billed to the end of its term, 2026-05-31",
    ),
    "seats expired before": Row(
        "new commerce, not renewed",
        {**SEATS, "status": "expired"},
        "new-commerce seats",
        "leave",
        "buy it in the target",
    ),
    "seats disabled before": Row(
        "new commerce, not renewed",
        {**SEATS, "status": "disabled"},
        "new-commerce seats",
        "leave",
        "was disabled before",
    ),
    "legacy suspended before": Row(
        "not active", {"status": "suspended"}, "legacy seats", "leave", "was suspended before we began"
    ),
    "deleted before": Row("not active", {"status": "deleted"}, "legacy seats", "leave", "was deleted before we began"),
    "Azure suspended before": Row(
        "not active", {**LEGACY_AZURE, "status": "suspended"}, "legacy Azure", "leave", "before we began"
    ),
    "an add-on without its base": Row(
        "an add-on whose base is not listed", UNDER_BASE, "legacy seats", None, "cannot be bought without one"
    ),
    "an add-on of an add-on": Row(
        "an add-on of an add-on",
        UNDER_BASE,
        "legacy seats",
        None,
        "is an add-on itself",
        (base(parentSubscriptionId="root"), make_subscription("ROOT")),
    ),
    "its own base": Row(
        "an add-on of an add-on", {"parentSubscriptionId": "ONE"}, "legacy seats", None, "is an add-on itself"
    ),
    "a trial under a base that is recreated": Row(
        "an add-on that goes when its base is suspended, and is not bought again",
        {**UNDER_BASE, "isTrial": True},
        "trial",
        None,
        "takes it along",
        (base(),),
    ),
    "an add-on under a base that is left": Row(
        "an add-on whose base goes another way",
        UNDER_BASE,
        "legacy seats",
        None,
        "is not recreated (leave)",
        (base(status="suspended"),),
    ),
    "an add-on under a base that nobody knows": Row(
        "an add-on whose base goes another way",
        UNDER_BASE,
        "legacy seats",
        None,
        "is not recreated (undecided)",
        (base(status="hibernating"),),
    ),
    "an add-on under a base that is recreated": Row(
        "legacy seats", UNDER_BASE, "legacy seats", "recreate", "The same offer and seats", (base(),)
    ),
    "a benefit": Row("free or internal", {"billingType": "benefit"}, "free or internal", "leave", "makes no charges"),
    "free": Row("free or internal", {"billingType": "none"}, "free or internal", "leave", "makes no charges"),
    "a new-commerce benefit": Row(
        "free or internal", {**SEATS, "billingType": "benefit"}, "free or internal", "leave", "makes no charges"
    ),
    "a trial that becomes paid": Row(
        "a trial that renews into a paid subscription",
        {**SEATS, "isTrial": True},
        "trial",
        "manual",
        "becomes a paid subscription of the source on 2026-06-01 00:00 UTC",
    ),
    "a trial whose renewal is not said": Row(
        "a trial that renews into a paid subscription",
        {**SEATS, "isTrial": True, "autoRenewEnabled": None},
        "trial",
        "manual",
        "switch auto-renew off",
    ),
    "a trial that ends": Row("a trial", {**NOT_RENEWED, "isTrial": True}, "trial", "leave", "ends by itself"),
    "a legacy trial": Row("a trial", {"isTrial": True}, "trial", "leave", "costs nothing"),
    "legacy seats": Row("legacy seats", {}, "legacy seats", "recreate", "suspended the same day"),
    "legacy Azure": Row("legacy Azure", LEGACY_AZURE, "legacy Azure", "azure_support", "never suspended by hand"),
    "legacy Azure in small letters": Row(
        "legacy Azure",
        {**LEGACY_AZURE, "offerId": "ms-azr-0145p"},
        "legacy Azure",
        "azure_support",
        "Microsoft support",
    ),
    "the renewal has just begun": Row(
        "the renewal is running",
        SEATS,
        "new-commerce seats",
        "transfer",
        "ask after 2026-06-02 00:00 UTC",
        now=AFTER,
        waits_until=AFTER + timedelta(hours=24),
    ),
    "the last second of a renewal": Row(
        "the renewal is running",
        SEATS,
        "new-commerce seats",
        "transfer",
        "may take 24 hours",
        now=AFTER + timedelta(hours=24) - timedelta(seconds=1),
        waits_until=AFTER + timedelta(hours=24),
    ),
    "no renewal after 24 hours": Row(
        "past its end, and it should have been renewed",
        SEATS,
        "new-commerce seats",
        None,
        "shows no new one",
        now=AFTER + timedelta(hours=24),
    ),
    "past its end, whether it renews is not said": Row(
        "past its end, and it should have been renewed",
        {**SEATS, "autoRenewEnabled": None},
        "new-commerce seats",
        None,
        "look at it in the portal",
        now=AFTER,
    ),
    "in the extended service term": Row(
        "past its end, in the extended service term",
        NOT_RENEWED,
        "new-commerce seats",
        "manual",
        "billed by the month",
        now=AFTER,
    ),
    "past its end, bought too early for the extended service term": Row(
        "past its end, not renewed",
        {**NOT_RENEWED, **OLD},
        "new-commerce seats",
        "manual",
        "and yet it is active",
        now=AFTER,
    ),
    "ends in three days, not renewed": Row(
        "ends before a transfer may be through, and does not renew",
        NOT_RENEWED,
        "new-commerce seats",
        None,
        "Ask the customer today",
        now=AFTER - timedelta(days=3),
    ),
    "ends in more than three days, not renewed": Row(
        "new-commerce seats",
        NOT_RENEWED,
        "new-commerce seats",
        "transfer",
        "It does not renew",
        now=AFTER - timedelta(days=3, seconds=1),
    ),
    "ends today and renews": Row(
        "its term ends today, and it renews",
        SEATS,
        "new-commerce seats",
        "transfer",
        "Its term ends today",
        now=MAY_31,
        waits_until=AFTER + timedelta(hours=24),
    ),
    "the last second of its term": Row(
        "its term ends today, and it renews",
        SEATS,
        "new-commerce seats",
        "transfer",
        "ask after 2026-06-02",
        now=AFTER - timedelta(seconds=1),
        waits_until=AFTER + timedelta(hours=24),
    ),
    "the day before its last one": Row(
        "new-commerce seats", SEATS, "new-commerce seats", "transfer", "transferred", now=MAY_31 - timedelta(seconds=1)
    ),
    "new-commerce seats": Row(
        "new-commerce seats", SEATS, "new-commerce seats", "transfer", "goes on billing when suspended"
    ),
    "new commerce in capitals": Row(
        "new-commerce seats",
        {**SEATS, "productType": {"id": "ONLINESERVICESNCE"}},
        "new-commerce seats",
        "transfer",
        "transferred",
    ),
    "new commerce without an end": Row(
        "new-commerce seats", {**SEATS, "commitmentEndDate": None}, "new-commerce seats", "transfer", "transferred"
    ),
    "an Azure plan": Row("an Azure plan", AZURE_PLAN, "Azure plan", "azure_transfer", "the source selects and accepts"),
    "a reservation": Row(
        "a reservation",
        {**AZURE_PLAN, "termDuration": "P1Y"},
        "reservation",
        "azure_transfer",
        "no longer be exchanged",
    ),
    "a reservation by its sub-type": Row(
        "a reservation",
        {"productType": {"id": "Azure", "subType": {"id": "Reservation"}}},
        "reservation",
        "azure_transfer",
        "with another currency in the target it is cancelled",
    ),
    "a reservation by its type": Row(
        "a reservation", {"productType": {"id": "AzureReservations"}}, "reservation", "azure_transfer", "transferred"
    ),
    "a savings plan by its lines": Row(
        "a savings plan",
        {**AZURE_PLAN, "termDuration": "P3Y", "lineItems": [{"id": "1", "friendlyName": "Compute"}]},
        "savings plan",
        "azure_transfer",
        "the source selects both",
    ),
    "a savings plan by its sub-type": Row(
        "a savings plan",
        {"productType": {"id": "Azure", "subType": {"id": "SavingsPlan"}}, "termDuration": "P3Y"},
        "savings plan",
        "azure_transfer",
        "transferred",
    ),
    "perpetual software": Row("perpetual software", SOFTWARE, "software", "leave", "bought once"),
    "software with a term": Row(
        "software with a term", {**SOFTWARE, "termDuration": "P1Y"}, "software", "manual", "by hand"
    ),
    "marketplace": Row("marketplace", {"productType": {"id": "SaaS"}}, "marketplace", "manual", "publisher"),
    "another publisher's": Row("marketplace", {"isMicrosoftProduct": False}, "marketplace", "manual", "publisher"),
    "an offer id of no known form": Row(
        "a product that nobody knows", {"offerId": "ABC"}, "unknown", None, "look at it in the portal and decide"
    ),
    "a billing type of no known form": Row(
        "a product that nobody knows", {"billingType": "barter"}, "unknown", None, "look at it in the portal"
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_each_line_of_the_table(name: str) -> None:
    """M22, S7: each line of the table gives kind, route, reason and source; what nobody knows waits for a person."""
    row = ROWS[name]
    found = look(row.fields, *row.siblings, now=row.now)
    assert found.rule == row.rule
    assert (found.kind, found.route) == (row.kind, row.route)
    assert row.words in found.reason
    assert "{" not in found.reason
    assert found.source
    assert found.not_before == row.waits_until


def test_every_line_of_the_table_is_tested_and_named_once() -> None:
    """M22: no rule stands in the table without an example here, and each has a name of its own."""
    names = [rule.case for rule in RULES]
    assert len(set(names)) == len(names)
    assert {row.rule for row in ROWS.values()} == set(names)


def test_only_legacy_seats_are_ever_recreated() -> None:
    """S2, M23: nothing that is transferred, and no Azure, has the one route that ends in a suspension."""
    assert {row.kind for row in ROWS.values() if row.route == "recreate"} == {"legacy seats"}
    assert {row.route for row in ROWS.values() if row.kind == "new-commerce seats"} <= {
        "transfer",
        "leave",
        "manual",
        None,
    }


def test_what_was_bought_in_the_target_already_takes_its_addon_along() -> None:
    """S3: an add-on that still shows active after its base was suspended by the runbook goes the way of its base."""
    suspended = base(status="suspended")
    assert look(UNDER_BASE, suspended).route is None
    assert look(UNDER_BASE, suspended, moved=("base",)).route == "recreate"


REMARKS = {
    "hour 167 of the window": ({**SEATS, "effectiveStartDate": "2026-01-27T13:00:00Z"}, (), "2026-02-03 13:00 UTC"),
    "renewed a day ago": ({**SEATS, "effectiveStartDate": "2026-02-02T12:00:00Z"}, (), "It was renewed on 2026-02-02"),
    "bought a day ago": (
        {**SEATS, "creationDate": "2026-02-02T12:00:00Z", "effectiveStartDate": "2026-02-02T12:00:00Z"},
        (),
        "It was bought on 2026-02-02",
    ),
    "what Partner Center prints of the window": (
        {**SEATS, "cancellationAllowedUntilDate": "2026-02-03T12:00:01Z"},
        (),
        "until 2026-02-03 12:00 UTC",
    ),
    "the extended service term": (NOT_RENEWED, (), "auto-renew off alone does not stop it"),
    "a term from before it": ({**NOT_RENEWED, **OLD}, (), "It does not renew: its term ends with 2026-05-31."),
    "an aligned end date": (
        {**SEATS, "customTermEndDate": "2026-05-31T23:59:59"},
        (),
        "Its end date 2026-05-31 is aligned.",
    ),
    "aligned with a sibling": (
        SEATS,
        (seats(effectiveStartDate="2025-09-14T09:00:00Z"),),
        "is aligned with that of Visio",
    ),
    "two lines of one product": (
        {**SEATS, "orderId": "o1"},
        (seats(orderId="O1", offerId="CFQ7TTC0LF8R:0002:CFQ7TTC0XXXX", offerName="Calling part"),),
        "with Calling part, the same product",
    ),
    "a scheduled change": ({**SEATS, "scheduledNextTermInstructions": {"quantity": 3}}, (), "A change is scheduled"),
    "a legacy term that ends soon": ({"commitmentEndDate": "2026-02-20T00:00:00Z"}, (), "ends at 2026-02-20 00:00 UTC"),
}


@pytest.mark.parametrize("name", REMARKS)
def test_what_is_said_beside_the_route(name: str) -> None:
    """M22, M23: windows, aligned ends, the extended service term and split products are said with the route."""
    fields, siblings, words = REMARKS[name]
    found = look(fields, *siblings)
    assert found.route == ("recreate" if "legacy" in name else "transfer")
    assert words in found.reason
    assert "; " in found.source


SILENCE = {
    "hour 169 of the window": ({**SEATS, "effectiveStartDate": "2026-01-27T11:00:00Z"}, (), "until then"),
    "bought on the same day with the same end": (SEATS, (seats(),), "aligned"),
    "the same product in another order": (
        {**SEATS, "orderId": "o1"},
        (seats(orderId="o2", offerId="CFQ7TTC0LF8R:0002:CFQ7TTC0XXXX"),),
        "one order",
    ),
    "other seats of the same order": (
        {**SEATS, "orderId": "o1"},
        (seats(orderId="o1", offerId="CFQ7TTC0LF8R:0002:CFQ7TTC0XXXX", quantity=3),),
        "one order",
    ),
    "another product of the same order": ({**SEATS, "orderId": "o1"}, (seats(orderId="o1"),), "one order"),
    "ends before 4 May 2026": (
        {**NOT_RENEWED, "commitmentEndDate": "2026-05-03T00:00:00Z"},
        (),
        "extended service term",
    ),
    "bought before 1 April 2025": (
        {**NOT_RENEWED, "effectiveStartDate": "2025-03-31T23:59:59Z"},
        (),
        "extended service term",
    ),
    "a legacy term that ends in five weeks": ({"commitmentEndDate": "2026-03-10T00:00:00Z"}, (), "ends at"),
}


@pytest.mark.parametrize("name", SILENCE)
def test_what_is_not_so_is_not_said(name: str) -> None:
    """M22: a remark stands only where it is true, to the hour and to the day."""
    fields, siblings, words = SILENCE[name]
    assert words not in look(fields, *siblings).reason


@pytest.mark.parametrize(
    ("start", "end"), [("2025-04-01T00:00:00Z", "2026-05-04T00:00:00Z"), (None, "2026-05-04T00:00:00Z")]
)
def test_the_first_extended_service_terms(start: str | None, end: str) -> None:
    """M23: bought on 1 April 2025 and ending on 4 May 2026 is the first that is billed on; an unknown start counts."""
    found = look({**NOT_RENEWED, "effectiveStartDate": start, "commitmentEndDate": end})
    assert "extended service term" in found.reason
    assert "practitioners" in found.source


_TEXTS = st.none() | st.text(max_size=40) | st.sampled_from(["MS-AZR-0145P", "license", "usage", *KNOWN_STATUSES])
_DATES = (
    st.none() | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | st.sampled_from(["9999-12-31T23:59:59Z"])
)


@given(
    status=_TEXTS,
    offer=_TEXTS,
    billing=_TEXTS,
    product=_TEXTS | st.sampled_from(["OnlineServicesNCE", "Azure", "Software"]),
    term=_TEXTS,
    trial=st.none() | st.booleans(),
    renews=st.none() | st.booleans(),
    quantity=st.none() | st.integers() | st.text(max_size=3),
    start=_DATES,
    end=_DATES,
    exact=_DATES,
    until=_DATES,
)
def test_no_value_breaks_the_classification(**fields: object) -> None:
    """S7: whatever Partner Center prints, the row gets a kind and a reason; an unknown status never gets a route."""
    printed = {
        "status": fields["status"],
        "offerId": fields["offer"],
        "billingType": fields["billing"],
        "productType": {"id": fields["product"]},
        "termDuration": fields["term"],
        "isTrial": fields["trial"],
        "autoRenewEnabled": fields["renews"],
        "quantity": fields["quantity"],
        "effectiveStartDate": fields["start"],
        "commitmentEndDate": fields["end"],
        "commitmentEndDateTime": fields["exact"],
        "cancellationAllowedUntilDate": fields["until"],
    }
    subscription = make_subscription("ONE", **printed)
    found = look(printed, seats(), base())
    kinds: tuple[Kind, ...] = (kind_of(subscription),)
    assert found.kind in kinds
    assert found.reason
    if subscription.status not in KNOWN_STATUSES:
        assert found.route is None
    if found.kind in {"legacy Azure", "Azure plan", "reservation", "savings plan", "new-commerce seats"}:
        assert found.route != "recreate"
        assert "recreate" not in found.allowed
