"""The catalogue of new commerce: what is asked for, and what is read of the answers."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_center import errors
from partner_center.catalogue import Availability, CustomTermEndDate, Qualification, Sku
from partner_center.models import Cart, Order, Subscription

AVAILABILITY = {
    "id": "A",
    "productId": "P",
    "skuId": "0001",
    "catalogItemId": "P:0001:A",
    "defaultCurrency": {"code": "EUR", "symbol": "EUR"},
    "segment": "Commercial",
    "isPurchasable": True,
    "terms": [
        {"duration": "P1Y", "billingCycle": "Annual"},
        {"duration": "P1Y", "billingCycle": "Monthly"},
        {"duration": "", "billingCycle": "OneTime", "cancellationPolicies": None},
    ],
}


def test_the_catalogue_is_asked_for_as_printed(kit):
    """M25: market, view and segment go along by the names of the pages, and nothing that was not asked for."""
    kit.microsoft.on("GET", ".*", kit.answer({"items": []}))
    reader = kit.reader()
    reader.products("FR")
    reader.products("FR", "Software", "education")
    reader.skus("P", "FR")
    reader.availabilities("P", "0001", "FR", "nonprofit")
    reader.customer_products(kit.customer)
    reader.customer_skus(kit.customer, "P", "education")
    reader.customer_availabilities(kit.customer, "P", "0001")
    reader.promotions("FR")
    reader.custom_term_end_dates(kit.customer, "P1Y", start=date(2026, 2, 3), subscription_id="c81f")
    asked = [
        (request.url.path.removeprefix("/v1/").replace(kit.customer, "C"), dict(request.url.params))
        for request in kit.microsoft.sent("GET")
    ]
    assert asked == [
        ("products", {"country": "FR", "targetView": "OnlineServices"}),
        ("products", {"country": "FR", "targetView": "Software", "targetSegment": "education"}),
        ("products/P/skus", {"country": "FR"}),
        ("products/P/skus/0001/availabilities", {"country": "FR", "targetSegment": "nonprofit"}),
        ("customers/C/products", {"targetView": "OnlineServices"}),
        ("customers/C/products/P/skus", {"targetSegment": "education"}),
        ("customers/C/products/P/skus/0001/availabilities", {}),
        ("productpromotions", {"country": "FR", "segment": "commercial"}),
        (
            "customers/C/subscriptions/customTermEndDates",
            {"term_duration": "P1Y", "term_start_date": "2026-02-03", "target_coterm_subscription_id": "c81f"},
        ),
    ]


@pytest.mark.parametrize(
    ("code", "kind"), [(400013, errors.NotFound), (400018, errors.NotFound), (400019, errors.NotFound)]
)
def test_what_is_gone_from_the_catalogue_is_told(kit, code, kind):
    """M26: a product, SKU or availability that is gone is an error that says to look it up anew."""
    kit.microsoft.on("GET", "products/.*", kit.refusal(404, code))
    with pytest.raises(kind, match="catalogue again"):
        kit.reader().availabilities("P", "0001", "FR")


def test_a_segment_that_the_partner_may_not_see_is_told(kit):
    """M25: 400030 and 400036 are not taken for an empty catalogue."""
    kit.microsoft.on("GET", "products", kit.refusal(403, 400030), kit.refusal(403, 400036))
    for _ in range(2):
        with pytest.raises(errors.Forbidden, match="Check the"):
            kit.reader().products("FR", target_segment="government")


def test_an_item_that_is_not_available_is_an_error_though_it_comes_with_200(kit):
    """M26: the one code that comes with success is not read as a SKU."""
    kit.microsoft.on("GET", ".*", kit.answer({"code": 400072, "description": "Not available."}))
    with pytest.raises(errors.NotPurchasable):
        kit.reader().sku("P", "0001", "FR")


@pytest.mark.parametrize("strange", ["P:0002:A", "Q:0001:A", "A"])
def test_an_availability_of_another_sku_is_never_given_back(kit, strange):
    """S3: what is bought by it would be something else."""
    kit.microsoft.on(
        "GET", ".*", kit.answer({"items": [AVAILABILITY, {**AVAILABILITY, "id": "B", "catalogItemId": strange}]})
    )
    reader = kit.reader()
    for read in (
        lambda: reader.availabilities("P", "0001", "FR"),
        lambda: reader.customer_availabilities(kit.customer, "P", "0001"),
    ):
        with pytest.raises(errors.UnreadableAnswer, match="P:0001"):
            read()


def test_a_term_is_found_in_any_spelling():
    """M25: duration and billing cycle are compared without letter case and underscore."""
    read = Availability.model_validate(AVAILABILITY)
    assert (read.currency, read.segment, read.unreadable) == ("EUR", "commercial", ())
    assert read.term("p1y", "MONTHLY") is read.terms[1]
    assert read.term("", "one_time") is read.terms[2]
    assert read.term("P1M", "monthly") is None


@given(st.sampled_from(["id", "catalogItemId"]), st.none() | st.integers() | st.lists(st.text(), min_size=1))
def test_an_availability_without_its_ids_is_no_row(name, value):
    """S8: what cannot be named cannot be bought, so the list that holds it is refused."""
    row = {**AVAILABILITY, name: value}
    if isinstance(value, int):
        assert Availability.model_validate(row)
        return
    with pytest.raises(ValueError, match="validation error"):
        Availability.model_validate(row)


def test_a_sku_tells_its_licence():
    """M26: the licence identity and the prerequisites are read from the attributes that differ by SKU."""
    sku = Sku.model_validate(
        {"id": "0001", "dynamicAttributes": {"isAddon": True, "prerequisiteSkus": ["P/0001"], "provisioningId": "x"}}
    )
    assert (sku.is_addon, sku.prerequisite_skus, sku.provisioning_id) == (True, ("P/0001",), "x")
    bare = Sku.model_validate({"id": "0001"})
    assert (bare.is_addon, bare.prerequisite_skus, bare.provisioning_id) == (None, (), None)


def test_end_dates_and_qualifications_are_read():
    """M25: the kinds are words in one spelling, the day is a point in time in UTC."""
    end = CustomTermEndDate.model_validate(
        {
            "allowedCustomTermEndDateType": "subscriptionAligned",
            "allowedCustomTermEndDate": "2026-12-31T00:00:00",
            "cotermSubscriptionIds": ["a"],
        }
    )
    assert (end.type, end.end, end.subscription_ids) == (
        "subscription_aligned",
        datetime(2026, 12, 31, tzinfo=UTC),
        ("a",),
    )
    read = Qualification.model_validate({"qualification": "GovernmentCommunityCloud", "vettingStatus": "InReview"})
    assert (read.qualification, read.vetting_status) == ("government_community_cloud", "in_review")


@pytest.mark.parametrize(
    ("moment", "refund"),
    [("2026-02-02T09:15:00", "full"), ("2026-02-02T09:15:01", "partial"), ("2026-02-08T09:15:01", None)],
)
def test_the_refund_at_a_moment_is_told(moment, refund):
    """M23: it is the first option that has not expired, to the second."""
    options = [
        {"type": "Full", "expiresAt": "2026-02-02T09:15:00Z"},
        {"type": "Partial", "expiresAt": "2026-02-08T09:15:00Z"},
        {"type": "Strange", "expiresAt": None},
    ]
    read = Subscription.model_validate({"id": "x", "refundOptions": options})
    found = read.refund_at(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert (found.type if found else None) == refund


def test_seats_that_can_be_handed_back_are_read():
    """M23: in all and by purchase, with the moment until when."""
    read = Subscription.model_validate(
        {
            "id": "x",
            "refundableQuantity": {
                "totalQuantity": 15,
                "details": [{"quantity": 15, "allowedUntilDateTime": "2026-02-08T09:15:00Z"}],
            },
        }
    )
    assert read.refundable_quantity.total_quantity == 15
    assert read.refundable_quantity.details[0].allowed_until_date_time == datetime(2026, 2, 8, 9, 15, tzinfo=UTC)
    assert Subscription.model_validate({"id": "x", "refundableQuantity": None}).refundable_quantity is None


def test_a_priced_line_tells_promotion_and_aligned_end():
    """S14: list price, price after a promotion and what the shortened first period costs are told apart."""
    line = {
        "id": 0,
        "catalogItemId": "P:0001:A",
        "promotionId": "P:0001:X",
        "customTermEndDate": "2026-12-31T00:00:00",
        "pricing": {"listPrice": 247.2, "discountedPrice": 210.12, "proratedPrice": 74.84, "extendedPrice": 374.2},
    }
    cart = Cart.model_validate({"id": "c", "lineItems": [line]})
    assert (cart.lines[0].promotion_id, cart.lines[0].pricing.prorated_price) == ("P:0001:X", Decimal("74.84"))
    assert cart.lines[0].custom_term_end_date == datetime(2026, 12, 31, tzinfo=UTC)
    order = Order.model_validate({"id": "o", "lineItems": [{"customTermEndDate": "2026-12-31T23:59:59Z"}]})
    assert order.lines[0].custom_term_end_date == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
