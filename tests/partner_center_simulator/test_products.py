"""The catalogue of new commerce: what is sold where, to whom, and on which terms."""

import pytest

from partner_center_simulator.portfolios import new_commerce

PREMIUM, PREMIUM_SKU, PREMIUM_AVAILABILITY = new_commerce.BUSINESS_PREMIUM.split(":")
BASIC = new_commerce.BUSINESS_BASIC.split(":")[0]


@pytest.fixture
def api(world):
    """Return a client of the target."""
    return world.api("contoso-europe")


def titles(world, api, path, **query):
    """Return the titles of a list of products."""
    return {one["title"] for one in world.read(api.get(path, params=query))["items"]}


def test_products_are_those_of_a_market(world, api):
    """M25: a product that is sold in some countries alone is listed there and nowhere else."""
    seen = {
        country: titles(world, api, "/products", country=country, targetView="OnlineServices")
        for country in ("FR", "US", "br")
    }
    assert "Microsoft 365 E3 EEA (no Teams)" in seen["FR"]
    assert "Office 365 G3" in seen["US"]
    assert seen["FR"] - seen["US"] == {"Microsoft 365 E3 EEA (no Teams)"}
    assert not seen["br"] & {"Microsoft 365 E3 EEA (no Teams)", "Office 365 G3"}


def test_target_views_tell_seats_from_azure(world, api):
    """M22: the view decides which kind of product is listed."""
    seen = {
        view: {
            one["productType"]["id"] for one in world.read(api.get(f"/products?country=FR&targetView={view}"))["items"]
        }
        for view in ("OnlineServices", "MicrosoftAzure", "AzureReservations", "Software", "SpecializedOffers")
    }
    assert seen == {
        "OnlineServices": {"OnlineServicesNCE"},
        "MicrosoftAzure": {"Azure"},
        "AzureReservations": {"Azure"},
        "Software": {"Software"},
        "SpecializedOffers": set(),
    }
    plan = titles(world, api, "/products", country="FR", targetView="Azure")
    assert plan == {"Azure plan"}


def test_a_sku_tells_seats_and_licence(world, api):
    """M25: limits of seats, prerequisites of an add-on and the licence identity stand on the SKU."""
    product, sku, _ = new_commerce.COPILOT.split(":")
    add_on = world.read(api.get(f"/products/{product}/skus/{sku}", params={"country": "FR"}))
    assert add_on["dynamicAttributes"]["isAddon"] is True
    assert f"{BASIC}/0001" in add_on["dynamicAttributes"]["prerequisiteSkus"]
    base = world.read(api.get(f"/products/{BASIC}/skus", params={"country": "FR"}))["items"][0]
    assert (base["minimumQuantity"], base["maximumQuantity"], base["isTrial"]) == (1, 300, False)
    assert base["dynamicAttributes"]["provisioningId"] == "3b555118-da6a-4418-894f-7df1e2096870"
    skus = world.read(api.get(f"/products/{PREMIUM}/skus", params={"country": "FR"}))["items"]
    assert [(one["id"], one["isTrial"]) for one in skus] == [("0002", False), ("0003", True)]


def test_an_availability_tells_its_terms_and_no_price(world, api):
    """M23: duration, billing cycle and window stand on each term; what it costs is on a line of a cart alone."""
    path = f"/products/{PREMIUM}/skus/{PREMIUM_SKU}/availabilities/{PREMIUM_AVAILABILITY}"
    found = world.read(api.get(path, params={"country": "FR"}))
    assert found["catalogItemId"] == new_commerce.BUSINESS_PREMIUM
    assert (found["isPurchasable"], found["defaultCurrency"]["code"], found["country"]) == (True, "EUR", "FR")
    offered = {(term["duration"], term["billingCycle"]) for term in found["terms"]}
    assert {("P1M", "Monthly"), ("P1Y", "Annual"), ("P3Y", "Triennial")} <= offered
    refunds = found["terms"][0]["cancellationPolicies"][0]["refundOptions"]
    assert [(one["type"], one["expiresAfter"]) for one in refunds] == [("Full", "P1D"), ("Partial", "P7D")]
    assert "price" not in str(found).lower()


def test_nonprofit_is_answered_only_when_asked_for(world, api):
    """M25: without a segment the availabilities for nonprofit organisations are left out."""
    path = f"/products/{BASIC}/skus/0001/availabilities"
    plain = world.read(api.get(path, params={"country": "FR"}))["items"]
    asked = world.read(api.get(path, params={"country": "FR", "targetSegment": "nonprofit"}))["items"]
    assert [one["segment"] for one in plain] == ["commercial"]
    assert [one["segment"] for one in asked] == ["nonprofit"]


def test_a_customer_sees_the_segments_it_is_qualified_for(world, api):
    """M25: by customer, the market is that of the customer and other segments need an approved qualification."""
    customer = world.accept("Fabrikam")
    path = f"/customers/{customer}/products"
    view = {"targetView": "OnlineServices"}
    assert world.read(api.get(f"/customers/{customer}/qualifications"))[0]["qualification"] == "None"
    assert "Office 365 A3 for faculty" not in titles(world, api, path, **view)
    request = {"tenant": "contoso-europe", "customer": customer, "qualification": "Education"}
    world.control("POST", "qualifications", {**request, "vettingStatus": "InReview"})
    assert "Office 365 A3 for faculty" not in titles(world, api, path, **view)
    world.control("POST", "qualifications", request)
    assert "Office 365 A3 for faculty" in titles(world, api, path, **view)
    assert titles(world, api, path, **view, targetSegment="education") == {"Office 365 A3 for faculty"}
    assert [one["vettingStatus"] for one in world.read(api.get(f"/customers/{customer}/qualifications"))] == [
        "Approved"
    ]
    source = world.api("contoso-france")
    assert world.read(source.get(f"/customers/{customer}/qualifications"))[0]["qualification"] == "None"


def test_what_is_withdrawn_stays_listed_as_not_purchasable(world, api):
    """M26: an item that can no longer be bought says so in the catalogue."""
    world.control("POST", "offers", {"offer": new_commerce.POWER_BI_PRO, "isAvailableForPurchase": False})
    product, sku, _ = new_commerce.POWER_BI_PRO.split(":")
    found = world.read(api.get(f"/products/{product}/skus/{sku}/availabilities", params={"country": "FR"}))["items"]
    assert [one["isPurchasable"] for one in found] == [False]


def test_promotions_are_listed_while_they_run(world, api):
    """M25: a promotion shows in its segment, and no longer when it has ended."""
    query = {"country": "FR", "segment": "commercial"}
    before = world.read(api.get("/productpromotions", params=query))["items"]
    assert [one["id"].rpartition(":")[0] for one in before] == ["CFQ7TTC0LCHC:0002", "CFQ7TTC0LH18:0001"]
    assert set(before[0]) == {"id", "name", "startDate", "endDate"}
    world.control("POST", "clock", {"advance_seconds": 21 * 86400})
    assert world.read(api.get("/productpromotions", params=query))["items"] == before[:1]
