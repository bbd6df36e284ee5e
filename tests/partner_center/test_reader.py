"""What is read, from where, and what each answer means."""

import pytest

from partner_center import errors


def test_the_signed_in_tenant_is_that_of_the_organisation(kit):
    """S5: with a user it is the tenant id of the organisation profile."""
    kit.microsoft.on("GET", "profiles/organization", kit.answer({"tenantId": kit.tenant.upper(), "companyName": "N"}))
    reader = kit.reader()
    assert reader.signed_in_tenant() == kit.tenant.upper()
    reader.check_tenant()


def test_another_organisation_is_refused(kit):
    """S5: credentials of another tenant are found out before the first write."""
    other = "7c2d9a44-0f3b-4a0f-8d52-9b1e4f6a2002"
    kit.microsoft.on("GET", "profiles/organization", kit.answer({"tenantId": other}))
    with pytest.raises(errors.WrongTenant, match=other):
        kit.reader().check_tenant()


def test_without_a_user_the_tenant_is_that_of_the_token(kit):
    """S5: an application alone cannot read the profile, so the token's tid is compared."""
    reader = kit.reader(kit.application)
    assert reader.app_only
    reader.check_tenant()
    assert kit.microsoft.sent() == []
    kit.microsoft.token_answers = [{"access_token": kit.access_token(tenant="another")}]
    with pytest.raises(errors.WrongTenant):
        kit.reader(kit.application).check_tenant()


def test_what_needs_a_user_is_refused_before_it_is_sent(kit):
    """M20: signed in without a user, the calls that need one say so and send nothing."""
    reader = kit.reader(kit.application)
    calls = [
        reader.organization_profile,
        reader.partner_billing_profile,
        reader.relationship_request,
        reader.agreement_templates,
        lambda: reader.agreements(kit.customer),
        lambda: reader.directly_signed(kit.customer),
    ]
    for call in calls:
        with pytest.raises(errors.AppOnlyNotSupported, match="without a user"):
            call()
    assert kit.microsoft.requests == []


@pytest.mark.parametrize("response", [(403, 20002), (403, 424242), (404, 20003), (404, 1)])
def test_a_customer_who_has_not_accepted_has_no_relationship(kit, response):
    """M7: before the customer accepts, 403 and 404 alike mean "not yet"."""
    kit.microsoft.on("GET", "customers/[^/]*", kit.refusal(*response))
    with pytest.raises(errors.NoRelationship, match="Global admin"):
        kit.reader().customer(kit.customer)


@pytest.mark.parametrize("code", [900308, 900309])
def test_a_missing_role_is_not_taken_for_a_customer_who_has_not_accepted(kit, code):
    """M7: a refusal about ourselves is never shown as waiting for the customer."""
    kit.microsoft.on("GET", "customers/[^/]*", kit.refusal(403, code))
    with pytest.raises(errors.Forbidden) as raised:
        kit.reader().customer(kit.customer)
    assert not isinstance(raised.value, errors.NoRelationship)


def test_a_customer_is_read_with_profile_and_language(kit):
    """M35: company, domain, relationship, country and language of the customer are read."""
    kit.microsoft.on(
        "GET",
        "customers/[^/]*",
        kit.answer(
            {
                "id": kit.customer,
                "companyProfile": {"domain": "talvi.onmicrosoft.com", "companyName": "Talvikki Optik Oy"},
                "relationshipToPartner": "Reseller",
                "billingProfile": {"culture": "fi-FI", "language": "fi", "defaultAddress": {"country": "FI"}},
            }
        ),
    )
    customer = kit.reader().customer(kit.customer)
    assert (customer.company_name, customer.domain) == ("Talvikki Optik Oy", "talvi.onmicrosoft.com")
    assert (customer.relationship, customer.country) == ("reseller", "FI")
    assert (customer.culture, customer.language) == ("fi-FI", "fi")


def test_agreements_of_every_type_are_asked_for(kit):
    """M8: without the star only the retired agreement would be listed."""
    listed = {"primaryContact": {"firstName": "Aino", "email": "a@x.example"}, "dateAgreed": "2026-02-03T00:00:00"}
    kit.microsoft.on("GET", "customers/.*/agreements", kit.answer({"items": [listed, listed]}))
    kit.microsoft.on("GET", "agreements", kit.answer({"items": [{"templateId": "t1", "versionRank": 0}]}))
    reader = kit.reader()
    assert [template.template_id for template in reader.agreement_templates()] == ["t1"]
    agreements = reader.agreements(kit.customer)
    assert [agreement.first_name for agreement in agreements] == ["Aino", "Aino"]
    assert agreements[0].date_agreed.tzinfo is not None
    assert all(request.url.params["agreementType"] == "*" for request in kit.microsoft.sent())


def test_the_customer_agreement_in_force_is_the_highest_version(kit):
    """M8: the newest version of the customer agreement is attested, never the retired cloud agreement."""
    kind = "MicrosoftCustomerAgreement"
    templates = [
        {"templateId": "old", "agreementType": kind, "versionRank": 0},
        {"templateId": "new", "agreementType": kind, "versionRank": 2},
        {"templateId": "cloud", "agreementType": "MicrosoftCloudAgreement", "versionRank": 9},
    ]
    kit.microsoft.on("GET", "agreements", kit.answer({"items": templates}), kit.answer({"items": templates[2:]}))
    reader = kit.reader()
    assert reader.customer_agreement_template().template_id == "new"
    with pytest.raises(errors.UnreadableAnswer, match="lists no version"):
        reader.customer_agreement_template()


@pytest.mark.parametrize(("value", "signed"), [(True, True), ("true", True), (False, False), ("perhaps", False)])
def test_only_a_plain_yes_counts_as_signed_directly(kit, value, signed):
    """M8: a strange answer never lets an attestation be skipped."""
    kit.microsoft.on("GET", "customers/.*/directSigned.*", kit.answer({"IsSigned": value}))
    assert kit.reader().directly_signed(kit.customer) is signed


def test_a_missing_field_is_an_error(kit):
    """S7: an answer without the link is not an empty link."""
    kit.microsoft.on("GET", "customers/relationshiprequests", kit.answer({"attributes": {}}))
    with pytest.raises(errors.UnreadableAnswer, match="does not say url"):
        kit.reader().relationship_request()


def test_the_relationship_request_is_given_as_it_is(kit):
    """M6: the link that carries the target's id is not changed in any letter."""
    link = "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId=7c2d&msppId=0#/Billing"
    kit.microsoft.on("GET", "customers/relationshiprequests", kit.answer({"url": link}))
    assert kit.reader().relationship_request() == link


def test_prices_of_orders_are_asked_for_only_when_wanted(kit):
    """M34: include_price is sent when prices are wanted."""
    kit.microsoft.on("GET", "customers/.*/orders", kit.answer({"items": []}))
    kit.microsoft.on("GET", "customers/.*/orders/o1", kit.answer({"id": "o1", "lineItems": []}))
    reader = kit.reader()
    reader.orders(kit.customer)
    reader.order(kit.customer, "o1", include_price=True)
    assert [dict(request.url.params) for request in kit.microsoft.sent()] == [{}, {"include_price": "true"}]


@pytest.mark.parametrize("hostile", ["../../customers", "a/b?c=d#e", "ä ö"])
def test_an_id_stays_one_segment_of_the_path(kit, hostile):
    """S11: whatever stands in an id, it cannot lead to another address."""
    kit.microsoft.on("GET", ".*", kit.answer({"id": hostile}))
    kit.reader().subscription(kit.customer, hostile)
    path = kit.microsoft.sent()[0].url.raw_path.decode()
    assert path.startswith(f"/v1/customers/{kit.customer}/subscriptions/")
    assert path.count("/") == 5
    assert "?" not in path


@pytest.mark.parametrize("nothing", ["", " ", ".", ".."])
def test_an_empty_id_is_refused(kit, nothing):
    """S11: an empty id would read the list in place of the row."""
    with pytest.raises(ValueError, match="not an id"):
        kit.reader().subscription(kit.customer, nothing)
