"""Customers, their pages and profiles, and the activity log."""

import json

import pytest

from partner_center_simulator.server import Server


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """Serve a generated portfolio."""
    with Server(tmp_path_factory.mktemp("crowd"), customers=24, seed=5) as server:
        yield server


def read_all(world, api, path, **params):
    """Follow the pages of a collection to their end."""
    pages, headers = [], {}
    while True:
        answer = api.get(path, params=params, headers=headers)
        if answer.status_code == 400 and world.read(answer)["code"] == 2000:
            return pages
        page = world.read(answer)
        pages.append(page)
        if not page.get("continuationToken"):
            return pages
        assert page["links"]["next"]["headers"] == [{"key": "MS-ContinuationToken", "value": page["continuationToken"]}]
        headers = {"MS-ContinuationToken": page["continuationToken"]}
        params["seekOperation"] = "Next"


@pytest.mark.parametrize("size", [1, 2, 5, 500])
def test_pages_hold_every_customer_once(world, crowd, size):
    """Whatever the page size, all pages together hold every customer once, in one order (S8)."""
    there = type(world)(crowd)
    api = there.api("contoso-france")
    expected = list(there.state.documents.scope("relationship", there.state.partner("contoso-france")["tenant"]))
    pages = read_all(there, api, "/customers", size=size)
    assert [item["id"] for page in pages for item in page["items"]] == expected
    assert all(len(page["items"]) <= size for page in pages)


def test_full_last_page_leads_to_2000(world):
    """A token that has nothing behind it is answered with 400 / 2000."""
    api = world.api("contoso-france")
    page = world.read(api.get("/customers", params={"size": 2}))
    assert len(page["items"]) == 2
    answer = api.get(
        "/customers",
        params={"size": 2, "seekOperation": "next"},
        headers={"MS-ContinuationToken": page["continuationToken"]},
    )
    assert (answer.status_code, world.read(answer)["code"]) == (400, 2000)


def test_customers_are_filtered_by_domain_and_name(world):
    """The list can be filtered by the start of domain or company name, letter case aside."""
    api = world.api("contoso-france")
    for field, value in (("Domain", "NORTHWIND"), ("CompanyName", "northwind t")):
        condition = json.dumps({"Field": field, "Value": value, "Operator": "starts_with"})
        items = world.read(api.get("/customers", params={"size": 0, "filter": condition}))["items"]
        assert [item["companyProfile"]["companyName"] for item in items] == ["Northwind Traders"]


def test_customer_shows_billing_profile_and_no_delegated_access(world):
    """One customer in full has culture, language and country, and no delegated access."""
    answer = world.read(world.api("contoso-france").get(f"/customers/{world.customer('Fabrikam')}"))
    assert answer["relationshipToPartner"] == "reseller"
    assert answer["allowDelegatedAccess"] is False
    profile = answer["billingProfile"]
    assert (profile["culture"], profile["language"], profile["defaultAddress"]["country"]) == ("fr-FR", "fr", "FR")


def test_customer_of_another_partner_is_refused(world):
    """Without a relationship every call for a customer is 403 / 20002, unknown customers alike."""
    api = world.api("contoso-europe")
    for customer in (world.customer("Fabrikam"), "11111111-2222-4333-8444-555555555555"):
        for path in ("", "/subscriptions", "/orders", "/profiles/billing"):
            answer = api.get(f"/customers/{customer}{path}")
            assert (answer.status_code, world.read(answer)["code"]) == (403, 20002)


def test_invitation_link_carries_the_calling_tenant(world):
    """The relationship request is form A of the link with the id of the calling tenant (M6)."""
    url = world.read(world.api("contoso-europe").get("/customers/relationshiprequests"))["url"]
    assert url.startswith(f"{world.server.url}/Adminportal/Home?invType=ResellerRelationship&partnerId=")
    assert world.state.partner("contoso-europe")["tenant"] in url
    assert url.endswith("&msppId=0&DAP=false#/BillingAccounts/partner-invitation")


def test_same_customer_under_two_partners_shows_only_own_subscriptions(world):
    """Two partner tenants share a customer tenant, and each sees its own subscriptions only."""
    customer = world.accept("Fabrikam")
    assert world.read(world.api("contoso-europe").get(f"/customers/{customer}/subscriptions"))["items"] == []
    assert len(world.read(world.api("contoso-france").get(f"/customers/{customer}/subscriptions"))["items"]) == 3


def test_agreements_default_to_the_outdated_type(world):
    """Left out, the agreement type is the cloud agreement, which hides the customer agreement."""
    api, customer = world.api("contoso-france"), world.customer("Fabrikam")
    assert world.read(api.get(f"/customers/{customer}/agreements"))["items"] == []
    filed = world.read(api.get(f"/customers/{customer}/agreements", params={"agreementType": "*"}))["items"]
    assert [one["type"] for one in filed] == ["MicrosoftCustomerAgreement"]
    assert not filed[0]["dateAgreed"].endswith("Z")
    signed = api.get(f"/customers/{customer}/directSignedMicrosoftCustomerAgreementStatus")
    assert world.read(signed) == {"isSigned": False}
    templates = world.read(api.get("/agreements", params={"agreementType": "*"}))["items"]
    assert len({one["templateId"] for one in templates}) == 2


def test_same_attestation_twice_is_refused_in_the_other_dialect(world):
    """The same contact again is 400 / 600061, in the dialect that has no source and no data."""
    api, customer = world.ready_to_buy()
    again = world.attest(api, customer)
    body = world.read(again)
    assert (again.status_code, body["code"]) == (400, 600061)
    assert body["errorName"] == "PartnerConfirmedAgreementAlreadyExists"
    assert not {"source", "data"} & set(body)
    assert world.attest(api, customer, email="other@fabrikam.example").status_code == 201


def test_audit_log_filters_by_day_and_customer(world):
    """The log takes an inclusive end day, both spellings of a date, and one filter (M21)."""
    api, customer = world.ready_to_buy()
    world.control("POST", "clock", {"set": "2026-11-25T08:00:00Z"})
    world.attest(api, customer, email="second@fabrikam.example")

    def found(**params):
        return [item["operationType"] for item in world.read(api.get("/auditrecords", params=params))["items"]]

    assert found(startDate="2026-11-22", endDate="2026-11-22") == ["add_customer", "create_agreement"]
    assert found(startDate="11/25/2026 12:00:00 AM") == ["create_agreement"]
    condition = json.dumps({"Field": "ResourceType", "Value": "Agreement", "Operator": "equals"})
    assert found(filter=condition) == ["create_agreement", "create_agreement"]
    condition = json.dumps({"Field": "CustomerId", "Value": customer.upper(), "Operator": "equals"})
    assert len(found(filter=condition)) == 3
    assert api.get("/auditrecords", params={"startDate": "2026-08-20"}).status_code == 400


def test_audit_record_tells_author_and_correlation(world):
    """A record carries the correlation id of the call, the person, and seven fractional digits (M33)."""
    api = world.api("contoso-europe")
    customer = world.accept("Fabrikam")
    api.headers["MS-CorrelationId"] = "d4c3b2a1-0f9e-4d8c-b7a6-95847362514f"
    world.attest(api, customer)
    added, attested = world.read(api.get("/auditrecords"))["items"]
    assert added["userPrincipalName"] == "admin@fabrikamboulangerie.onmicrosoft.com"
    assert attested["originalCorrelationId"] == "d4c3b2a1-0f9e-4d8c-b7a6-95847362514f"
    assert attested["userPrincipalName"] == "ana@contoso.example"
    assert len(attested["operationDate"].split(".")[1]) == len("1234567Z")


def test_audit_pages_hold_every_record_once(world):
    """Pages of the log have no seam: no record is lost or repeated."""
    api, customer = world.ready_to_buy()
    for number in range(3):
        world.attest(api, customer, email=f"{number}@fabrikam.example")
    pages = read_all(world, api, "/auditrecords", size=2)
    records = [item["id"] for page in pages for item in page["items"]]
    assert len(records) == len(set(records)) == 5
