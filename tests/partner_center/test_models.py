"""Reading resources: nothing is lost, nothing unknown breaks."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from partner_center.models import (
    AuditRecord,
    Cart,
    CheckoutResult,
    Customer,
    Offer,
    Subscription,
    identity,
    same_id,
)

LEGACY = {
    "id": "5D0C1A2B-7E3F-4C68-9B0A-1F2E3D4C5B6A",
    "offerId": "91FD106F-4B2C-4938-95AC-F54F74E9A239",
    "offerName": "Office 365 E1",
    "friendlyName": "E1 shop floor",
    "quantity": 42,
    "unitType": "Licenses",
    "creationDate": "2019-05-20T08:11:02.1131234Z",
    "effectiveStartDate": "2025-05-20T00:00:00",
    "commitmentEndDate": "2026-05-20T02:00:00+02:00",
    "status": "active",
    "autoRenewEnabled": True,
    "billingType": "license",
    "billingCycle": "monthly",
    "partnerId": "",
    "orderId": "a5b4c3d2-1e0f-4a9b-8c7d-6e5f4a3b2c1d",
    "attributes": {"etag": "eyJpZCI6IngifQ==", "objectType": "Subscription"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def change_case(name: str, upper: list[bool]) -> str:
    """Write a name with these letters in upper case."""
    return "".join(letter.upper() if up else letter.lower() for letter, up in zip(name, upper, strict=True))


def test_a_legacy_subscription_is_read():
    """M2: what defines a subscription is read with its types, times in UTC."""
    read = Subscription.model_validate(LEGACY)
    assert (read.quantity, read.status, read.billing_cycle, read.product_type_id) == (42, "active", "monthly", None)
    assert read.creation_date == datetime(2019, 5, 20, 8, 11, 2, 113123, tzinfo=UTC)
    assert read.effective_start_date == datetime(2025, 5, 20, tzinfo=UTC)
    assert read.commitment_end_date == datetime(2026, 5, 20, tzinfo=UTC)
    assert read.partner_id is None
    assert read.etag == "eyJpZCI6IngifQ=="
    assert read.unreadable == ()


@given(st.dictionaries(st.text(min_size=1), JSON, max_size=5))
def test_unknown_fields_survive_the_round_trip(extra):
    """S7: whatever Microsoft adds stays in ``received``, and the known fields are read all the same."""
    known = {name.casefold() for name in LEGACY}
    extra = {name: value for name, value in extra.items() if name.casefold() not in known}
    source = LEGACY | extra
    read = Subscription.model_validate(source)
    assert read.id == LEGACY["id"]
    assert json.dumps(read.received) == json.dumps(source)


@given(st.data())
def test_names_are_read_in_any_letter_case(data):
    """S7: an answer in PascalCase or any other letter case reads the same, and is kept as it came."""
    source = {
        change_case(name, data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))): value
        for name, value in LEGACY.items()
    }
    read = Subscription.model_validate(source)
    assert read == Subscription.model_validate(LEGACY)
    assert list(read.received) == list(source)


@given(st.sampled_from(sorted(LEGACY.keys() - {"id"})), JSON)
def test_a_field_that_cannot_be_understood_is_named_and_breaks_nothing(name, value):
    """S7: a strange value costs that field alone; the row stays and says which field it was."""
    read = Subscription.model_validate(LEGACY | {name: value})
    assert read.id == LEGACY["id"]
    assert read.received[name] == value
    assert {field.split(".")[0] for field in read.unreadable} <= {name}


def test_a_strange_number_of_seats_is_no_number():
    """S7: seats that are not a whole number are unknown, never guessed."""
    for strange in ("many", 2.5, None, [3]):
        assert Subscription.model_validate(LEGACY | {"quantity": strange}).quantity is None
    assert Subscription.model_validate(LEGACY | {"quantity": "many"}).unreadable == ("quantity",)
    assert Subscription.model_validate(LEGACY | {"quantity": "42"}).quantity == 42


def test_a_part_that_cannot_be_understood_is_named_too():
    """S7: what is strange inside a part of a resource shows at the resource."""
    customer = Customer.model_validate({"id": "c", "companyProfile": {"domain": [1], "companyName": "A"}})
    assert customer.company_name == "A"
    assert customer.unreadable == ("companyProfile.domain",)


def test_an_unknown_status_is_kept_as_a_word():
    """S7: a status that nobody has seen is text, and known ones are the same in every spelling."""
    assert Subscription.model_validate(LEGACY | {"status": "Sleeping Beauty"}).status == "sleeping_beauty"
    assert Subscription.model_validate(LEGACY | {"billingCycle": "OneTime"}).billing_cycle == "one_time"
    assert Subscription.model_validate(LEGACY | {"billingCycle": "one_time"}).billing_cycle == "one_time"
    assert Subscription.model_validate(LEGACY | {"status": None}).status == ""


def test_a_row_without_an_id_is_refused():
    """S8: a row that cannot be named is an error, not a row less."""
    with pytest.raises(ValidationError):
        Subscription.model_validate({"status": "active"})


def test_received_is_a_copy():
    """S6: changing what was given out does not change what was received."""
    source = {**LEGACY, "attributes": {"etag": "1"}}
    read = Subscription.model_validate(source)
    source["attributes"]["etag"] = "2"
    read.received["attributes"]["etag"] = "3"
    assert read.received["attributes"]["etag"] == "1"
    assert "received" not in repr(read)


def test_year_one_means_no_value():
    """S7: 0001-01-01 is Microsoft's "no value", and the year 9999 does not overflow."""
    read = Subscription.model_validate(
        LEGACY | {"creationDate": "0001-01-01T00:00:00Z", "commitmentEndDate": "9999-12-31T23:59:59-08:00"}
    )
    assert read.creation_date is None
    assert read.commitment_end_date == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_ids_are_the_same_in_any_letter_case():
    """S3: Microsoft prints one id in upper and in lower case; a missing id equals nothing."""
    assert same_id("5D0C1A2B", " 5d0c1a2b ")
    assert identity("5D0C") == "5d0c"
    assert not same_id(None, None)
    assert not same_id("", "")


def test_a_cart_tells_the_error_and_the_price_of_each_line():
    """S14: line errors and prices are read, money without rounding, add-ons among the lines."""
    cart = Cart.model_validate(
        {
            "id": "e0c3a5d2",
            "status": "Active",
            "expirationTimestamp": "2026-02-10T10:00:00Z",
            "lineItems": [
                {
                    "id": 0,
                    "catalogItemId": "X",
                    "quantity": 3,
                    "currencyCode": "EUR",
                    "pricing": {"listPrice": 0.1, "extendedPrice": 0.30},
                    "addonItems": [
                        {"id": "1", "catalogItemId": "Y", "quantity": 3, "error": {"errorCode": 10001}},
                    ],
                }
            ],
        }
    )
    base, addon = cart.all_lines
    assert (cart.status, cart.expiration) == ("active", datetime(2026, 2, 10, 10, tzinfo=UTC))
    assert base.pricing is not None
    assert base.pricing.extended_price == Decimal("0.3")
    assert (base.id, base.error, base.currency) == ("0", None, "EUR")
    assert addon.error is not None
    assert addon.error.error_code == "10001"


def test_both_printed_forms_of_a_checkout_are_read():
    """S3: the envelope with errors and one bare order are both a result of a checkout."""
    order = {"id": "b41f", "lineItems": [{"lineItemNumber": 0, "offerId": "X", "subscriptionId": "", "quantity": 1}]}
    envelope = CheckoutResult.read({"Orders": [order], "OrderErrors": [{"code": 800002, "description": "no"}]})
    bare = CheckoutResult.read(order)
    assert envelope.orders == bare.orders
    assert bare.orders[0].lines[0].subscription_id is None
    assert envelope.order_errors[0].code == "800002"
    with pytest.raises(ValueError, match="neither"):
        CheckoutResult.read({"something": "else"})


def test_offers_and_audit_records_are_read_as_recorded():
    """S7: null lists, null texts and link objects without an address are read."""
    offer = Offer.model_validate(
        {"id": "X", "name": None, "prerequisiteOffers": None, "isAddOn": True, "links": {"learnMore": {"headers": []}}}
    )
    assert (offer.prerequisite_offers, offer.is_add_on, offer.unreadable) == ((), True, ())
    record = AuditRecord.model_validate(
        {
            "operationType": "update_subscription",
            "operationDate": "2026-02-03T11:02:09.1234567Z",
            "customizedData": [{"key": "SubscriptionId", "value": "5D0C"}],
        }
    )
    assert record.operation_date == datetime(2026, 2, 3, 11, 2, 9, 123456, tzinfo=UTC)
    assert record.customized_data[0].value == "5D0C"
