"""Every read and every write against the simulated Partner Center, over TLS and through MSAL."""

import re
import ssl
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import httpx
import pytest
from both_sides import EUROPE, FRANCE, attest

from partner_center import Call, CartLine, SourceClient, TargetClient, errors
from partner_center.auth import sign_in_person
from partner_center.models import same_id

BASE = "796B6B5F-613C-4E24-A17C-EBA730D49C02"


def test_the_signed_in_organisation_is_checked(house):
    """S5: with a user it is the organisation profile, with an application alone the token's tenant."""
    house.source.check_tenant()
    alone = replace(house.credentials("contoso-europe"), refresh_token=None)
    with house.client(TargetClient, EUROPE, alone) as client:
        assert client.app_only
        client.check_tenant()
    assert house.source.organization_profile().company_name == "Contoso France SARL"
    assert house.target.partner_billing_profile().billing_currency == "EUR"


def test_credentials_of_another_tenant_are_refused(house):
    """S5: the credentials of one tenant do not sign in to another."""
    with (
        house.client(SourceClient, FRANCE, house.credentials("contoso-europe")) as client,
        pytest.raises(errors.SignInRefused),
    ):
        client.check_tenant()


def test_a_wrong_secret_is_said(house):
    """M20: the sentence names the secret, and never shows it."""
    wrong = replace(house.credentials("contoso-france"), client_secret="not the secret")
    client = house.client(SourceClient, FRANCE, wrong)
    with client, pytest.raises(errors.SignInRefused) as raised:
        client.customers()
    assert "not the secret" not in str(raised.value)


def test_everything_is_read_in_the_source(house):
    """M2: customers over several pages, subscriptions with their add-ons, profiles, offers and orders are read."""
    with house.client(SourceClient, FRANCE, house.credentials("contoso-france"), page_size=1) as client:
        assert sorted(customer.company_name for customer in client.customers()) == [
            "Fabrikam Boulangerie",
            "Northwind Traders",
        ]
    fabrikam = house.customer("Fabrikam Boulangerie")
    subscriptions = house.source.subscriptions(fabrikam)
    assert len(subscriptions) == 3
    addon = next(row for row in subscriptions if row.parent_subscription_id)
    base = house.source.subscription(fabrikam, addon.parent_subscription_id)
    assert (base.quantity, addon.quantity, base.status, base.product_type_id) == (25, 25, "active", None)
    assert same_id(base.offer_id, BASE)
    assert all(row.unreadable == () for row in subscriptions)
    customer = house.source.customer(fabrikam)
    assert (customer.relationship, customer.domain) == ("reseller", "fabrikamboulangerie.onmicrosoft.com")
    profile = house.source.customer_billing_profile(fabrikam)
    assert (profile.culture, profile.country) == ("fr-FR", "FR")
    offers = {offer.id.upper(): offer for offer in house.source.offers("FR")}
    assert offers[BASE].is_available_for_purchase
    assert house.source.offer(BASE, "FR").name == offers[BASE].name
    assert house.source.agreements(fabrikam)
    assert house.source.agreement_templates()
    assert house.source.directly_signed(fabrikam) is False


def test_before_acceptance_there_is_no_relationship(house):
    """M7: the target does not see the customer until they accept, and does after."""
    fabrikam = house.customer("Fabrikam Boulangerie")
    with pytest.raises(errors.NoRelationship):
        house.target.customer(fabrikam)
    with pytest.raises(errors.NoRelationship):
        house.target.create_cart(fabrikam, [CartLine(BASE, 1, "monthly")], Call.new())
    assert EUROPE in house.target.relationship_request()
    house.accepts(fabrikam)
    assert house.target.customer(fabrikam).relationship == "reseller"


def test_a_base_with_its_addon_is_bought_and_the_source_suspended(house):
    """M9, M13: agreement, cart, checkout, read-back, then the suspension, which takes the add-on along."""
    fabrikam = house.customer("Fabrikam Boulangerie")
    house.accepts(fabrikam)
    rows = house.source.subscriptions(fabrikam)
    addon = next(row for row in rows if row.parent_subscription_id)
    base = house.source.subscription(fabrikam, addon.parent_subscription_id)
    line = CartLine(base.offer_id, 25, base.billing_cycle, addons=(CartLine(addon.offer_id, 25, addon.billing_cycle),))
    with pytest.raises(errors.AgreementMissing):
        house.target.create_cart(fabrikam, [line], Call.new())
    attest(house, fabrikam)
    with pytest.raises(errors.AgreementAlreadyConfirmed):
        attest(house, fabrikam)
    cart = house.target.create_cart(fabrikam, [line], Call.new())
    assert [each.error for each in cart.all_lines] == [None, None]
    assert all(each.pricing.extended_price > 0 for each in cart.all_lines)
    assert house.target.cart(fabrikam, cart.id).status == "active"
    result = house.target.checkout(fabrikam, cart.id, Call.new())
    assert result.order_errors == ()
    assert house.target.cart(fabrikam, cart.id).status == "ordered"
    assert [order.id for order in house.target.orders(fabrikam)] == [order.id for order in result.orders]
    order = house.target.order(fabrikam, result.orders[0].id, include_price=True)
    bought = [house.target.subscription(fabrikam, each.subscription_id) for each in order.lines]
    assert [each.status for each in bought] == ["active", "active"]
    after = house.source.suspend(fabrikam, base, Call.new())
    assert after is None or after.status == "suspended"
    assert {house.source.subscription(fabrikam, each.id).status for each in (base, addon)} == {"suspended"}


def test_a_suspension_of_what_has_changed_since_is_refused(house):
    """S1: the etag that was read decides: a second suspension with the old one is refused."""
    fabrikam = house.customer("Fabrikam Boulangerie")
    row = next(row for row in house.source.subscriptions(fabrikam) if row.quantity == 10)
    house.source.suspend(fabrikam, row, Call.new())
    with pytest.raises(errors.StaleEtag):
        house.source.suspend(fabrikam, row, Call.new())


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "error_500_before", "error_500_after"])
def test_a_lost_answer_is_unknown_and_settled_on_the_same_cart(house, kind):
    """S3: after a lost checkout the repeat on that very cart ends with one order, whether or not it had bought."""
    fabrikam = house.customer("Fabrikam Boulangerie")
    house.accepts(fabrikam)
    attest(house, fabrikam)
    cart = house.target.create_cart(fabrikam, [CartLine(BASE, 5, "monthly")], Call.new())
    house.fail(method="POST", path="checkout$", nth=1, kind=kind)
    call = Call.new()
    with pytest.raises(errors.AnswerUnknown):
        house.target.checkout(fabrikam, cart.id, call)
    result = house.target.checkout(fabrikam, cart.id, replace(call, correlation_id=Call.new().correlation_id))
    assert len(result.orders) == 1
    assert len(house.target.subscriptions(fabrikam)) == 1


def test_a_throttled_write_is_repeated_with_the_same_request_id(house, waits):
    """S3: 429 is not worked on, so the same request goes again after Retry-After, and is written down first."""
    fabrikam = house.customer("Fabrikam Boulangerie")
    row = next(row for row in house.source.subscriptions(fabrikam) if row.quantity == 10)
    house.fail(method="PATCH", path="subscriptions", nth=1, kind="throttle_429", retry_after=3)
    notes = []
    call = Call.new(lambda correlation_id, why: notes.append((correlation_id, why)))
    house.source.suspend(fabrikam, row, call)
    assert waits == [3.0]
    assert [correlation_id for correlation_id, _ in notes] == [call.correlation_id]


def test_own_effects_are_found_in_the_activity_log(house):
    """M33: the MS-CorrelationId of the call comes back as originalCorrelationId."""
    fabrikam = house.customer("Fabrikam Boulangerie")
    row = next(row for row in house.source.subscriptions(fabrikam) if row.quantity == 10)
    call = Call.new()
    house.source.suspend(fabrikam, row, call)
    today = house.source.server_time().date()
    records = house.source.audit_records(today, today, fabrikam)
    assert call.correlation_id in {record.original_correlation_id for record in records}
    assert house.source.audit_records(today - timedelta(days=2), today - timedelta(days=1), fabrikam) == []


def test_the_lines_of_invoices_are_read_over_faulty_links(house):
    """M17: each page of an invoice is reached by offset, and each line has its subscription's id, days and amount."""
    fabrikam = house.customer("Fabrikam Boulangerie")
    row = next(row for row in house.source.subscriptions(fabrikam) if row.quantity == 10)
    house.source.suspend(fabrikam, row, Call.new())
    house.server.state.clock.advance(24 * 86_400)
    with house.client(SourceClient, FRANCE, house.credentials("contoso-france"), page_size=1) as client:
        newest = client.invoices()[0]
        lines = list(client.invoice_lines(newest.id, newest.provider))
        assert list(client.invoice_lines(newest.id, "onetime")) == []
    (credit,) = [line for line in lines if same_id(line.subscription, row.id) and line.charge_type == "Cancel fee"]
    assert len(lines) > 2
    assert (newest.provider, credit.quantity, credit.currency, credit.is_legacy) == ("office", 10, "EUR", True)
    assert credit.subtotal == credit.unit_price * 10 < 0
    assert sum(line.subtotal for line in lines) == newest.total_charges


def test_the_clock_is_partner_centers(house):
    """S9: when Partner Center's clock moves, so does ours, whatever this computer's says."""
    house.server.state.clock.set(datetime(2031, 5, 4, 23, 59, tzinfo=UTC))
    house.source.customers()
    assert house.source.server_time().date() == date(2031, 5, 4)
    assert house.source.clock_difference() < -300


def test_a_person_signs_in_with_a_code(house):
    """M28: a person enters the code in the browser, and their object id and user name come from the ID token."""
    context = ssl.create_default_context(cafile=house.server.ca)

    def browse(message: str) -> None:
        code = re.search(r"\b[A-Z0-9]{3,}-?[A-Z0-9]{3,}\b", message).group()
        opener = build_opener(HTTPSHandler(context=context), ProxyHandler({}))
        page = opener.open(Request(f"{house.server.url}/devicelogin", data=f"code={code}".encode())).read().decode()
        people = re.findall(r'name="operator" value="([^"]+)"', page)
        form = f"code={code}&operator={people[1]}&decision=approve".encode()
        opener.open(Request(f"{house.server.url}/devicelogin/decide", data=form)).close()

    client_id = house.credentials("contoso-europe").client_id
    person = sign_in_person(house.cloud, EUROPE, client_id, browse)
    assert (person.user_name, person.name) == ("ben@contoso.example", "Ben Okafor")
    assert person.object_id


def test_a_service_that_is_down_is_said(house):
    """M20: when nothing listens any more, the sentence names the address, and nothing hangs."""
    house.source.customers()
    house.server.close()
    with pytest.raises(errors.Unreachable, match=re.escape(house.server.url)):
        house.source.customers()


def test_an_authority_that_is_not_trusted_is_said(house):
    """M20: without the simulator's authority the certificate is refused, with the name of the setting."""
    cloud = replace(house.cloud, ca_bundle=None)
    client = SourceClient(cloud, FRANCE, house.credentials("contoso-france"), wire=httpx.HTTPTransport())
    with client, pytest.raises(errors.Unreachable, match="ca_bundle"):
        client.customers()
