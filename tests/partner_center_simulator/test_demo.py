"""The demo portfolio: every kind of customer is in it, and no name in it does harm."""

import re
from collections import Counter
from itertools import chain

import pytest

from partner_center_simulator.people.outside import play_the_people
from partner_center_simulator.portfolios import catalogue, first
from partner_center_simulator.portfolios import demo as portfolio

SOURCES = ("contoso-france", "contoso-germany")
HOSTILE = {
    "adventureworks": '"',
    "wideworldimporters": "../",
    "baeckereimueller": "ä",
    "tailspintoys": "-",
    "ateliertrey": "'",
    "consolidated": "<script>alert(1)</script>",
    "lucernepublishing": "=HYPERLINK(",
    "fourthcoffee": "\N{ARABIC LETTER ALEF}",
    "citypowerlight": "&",
}


def customer_of(domain):
    """Return a customer of the demo as the portfolio describes it."""
    return next(one for one in portfolio.PORTFOLIO.customers if one.domain == f"{domain}.onmicrosoft.com")


def in_sources(world, domain):
    """Return a customer's subscriptions in all source tenants that it is related to."""
    customer = world.of_domain(domain)
    related = [name for name in SOURCES if world.state.relationship(world.state.partner(name)["tenant"], customer)]
    return [item for name in related for item in world.held(name, customer)]


def test_demo_has_its_customers_under_both_sources(demo):
    """The demo holds the first portfolio and at least fourteen customers, some under each of the two sources (M4)."""
    customers = demo.control("GET", "state")["customers"]
    assert len(customers) == 20
    assert {one.company for one in first.PORTFOLIO.customers} < {one["companyName"] for one in customers}
    counts = [demo.read(demo.api(name).get("/customers"))["totalCount"] for name in SOURCES]
    assert counts == [11, 10]


def test_each_customer_stands_in_the_table_of_the_demo():
    """The table says of each customer why it is there and where its case must end, once."""
    rows = [line.split("|")[1:4] for line in portfolio.__doc__.splitlines() if line.startswith("| ")][1:]
    named = [name.strip() for name, _, _ in rows]
    assert sorted(named) == sorted(one.domain.split(".")[0] for one in portfolio.PORTFOLIO.customers)
    assert all(cell.strip() for row in rows for cell in row)


def test_domains_are_plain():
    """Domains are plain host names, whatever the company calls itself."""
    assert all(re.fullmatch(r"[a-z]+\.onmicrosoft\.com", one.domain) for one in portfolio.PORTFOLIO.customers)


def test_offers_are_of_the_catalogue_and_add_ons_fit_their_bases():
    """Each holding is a real offer, and each add-on stands under a base that it can be bought for (M9)."""
    offers = {offer.identifier: offer for offer in catalogue.CATALOGUE}
    for holding in chain.from_iterable(one.holdings for one in portfolio.PORTFOLIO.customers):
        assert not offers[holding.offer].is_add_on
        for add_on in holding.add_ons:
            assert holding.offer in offers[add_on.offer].prerequisites
            assert (add_on.partner, add_on.billing_cycle) == (holding.partner, holding.billing_cycle)


def test_bases_with_several_add_ons(demo):
    """One customer has several subscriptions, and several add-ons under one base."""
    items = in_sources(demo, "adventureworks")
    parents = Counter(item["parentSubscriptionId"] for item in items if item.get("parentSubscriptionId"))
    assert len(items) == 8
    assert sorted(parents.values()) == [1, 3]
    assert {item["billingCycle"] for item in items} == {"monthly", "annual"}


def test_azure_alone_and_mixed(demo):
    """One customer has legacy Azure and nothing else, one has it beside legacy and new-commerce seats (M15, M22)."""
    (azure,) = in_sources(demo, "wideworldimporters")
    assert (azure["offerId"], azure["billingType"]) == ("MS-AZR-0145P", "usage")
    assert azure["entitlementId"]
    mixed = in_sources(demo, "ateliertrey")
    assert [item.get("productType", {}).get("id", item["offerId"]) for item in mixed] == [
        catalogue.OFFICE_365_E1,
        "OnlineServicesNCE",
        "MS-AZR-0145P",
    ]


def test_one_tenant_under_both_sources(demo):
    """One customer tenant holds the same product with the same seats under both sources, in two subscriptions (M4)."""
    customer = demo.of_domain("baeckereimueller")
    same = [item for item in in_sources(demo, "baeckereimueller") if item["quantity"] == 18]
    assert len({item["id"] for item in same}) == 2
    assert {item["offerId"] for item in same} == {catalogue.EXCHANGE_ONLINE_PLAN_1}
    assert all(len(demo.held(name, customer)) >= 1 for name in SOURCES)


def test_states_from_before_and_a_state_that_nobody_knows(demo):
    """Suspended and deleted subscriptions are listed beside an active one, and an unknown status is passed on (S7)."""
    before = in_sources(demo, "graphicdesign")
    assert sorted(item["status"] for item in before) == ["active", "deleted", "suspended"]
    reasons = next(item["suspensionReasons"] for item in before if item["status"] == "suspended")
    assert reasons == ["Customer cancellation"]
    assert {item["status"] for item in in_sources(demo, "consolidated")} == {"quarantined", "active"}


def test_bought_by_hand_in_the_target(demo):
    """One customer is related to the target already, its agreement is attested, and its base was bought there (M8)."""
    customer = demo.of_domain("lucernepublishing")
    api = demo.api("contoso-europe")
    filed = demo.read(api.get(f"/customers/{customer}/agreements", params={"agreementType": "*"}))["items"]
    assert [one["type"] for one in filed] == ["MicrosoftCustomerAgreement"]
    (bought,) = demo.held("contoso-europe", customer)
    twin = next(item for item in in_sources(demo, "lucernepublishing") if item["offerId"] == bought["offerId"])
    assert (twin["quantity"], twin["status"], bought["status"]) == (bought["quantity"], "active", "active")
    assert twin["id"] != bought["id"]


def test_base_that_is_no_longer_for_sale(demo):
    """One base with an add-on cannot be bought any more, while its add-on could be (M26)."""
    base, add_on, _ = in_sources(demo, "margiestravel")
    assert add_on["parentSubscriptionId"] == base["id"]
    api = demo.api("contoso-europe")
    sold = [
        demo.read(api.get(f"/offers/{item['offerId']}", params={"country": "DE"}))["isAvailableForPurchase"]
        for item in (base, add_on)
    ]
    assert sold == [False, True]


def test_too_many_subscriptions_for_both_tenants(demo):
    """One customer has 160 active subscriptions, more than the limit leaves room for twice, in eight orders (M25)."""
    items = in_sources(demo, "woodgrovefilialen")
    assert [item["status"] for item in items] == ["active"] * 160
    assert len({item["friendlyName"] for item in items}) == 160
    assert set(Counter(item["orderId"] for item in items).values()) == {20}


def test_new_commerce_seats_look_as_documented(demo):
    """New-commerce seats carry product type and term, end on a day that belongs to it, and have no etag (M23)."""
    yearly, monthly = in_sources(demo, "fourthcoffee")
    assert yearly["productType"] == {"id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE"}
    assert (yearly["creationDate"][:10], yearly["effectiveStartDate"][:10]) == ("2025-07-10", "2026-07-10")
    assert (yearly["commitmentEndDate"], yearly["commitmentEndDateTime"]) == (
        "2027-07-09T00:00:00Z",
        "2027-07-09T23:59:59Z",
    )
    assert yearly["cancellationAllowedUntilDate"].startswith("2026-07-17T09:00")
    assert yearly["refundOptions"][0]["expiresAt"].startswith("2026-07-11T09:00")
    assert yearly["refundableQuantity"] == {"totalQuantity": 0, "details": []}
    assert (yearly["termDuration"], monthly["termDuration"]) == ("P1Y", "P1M")
    assert monthly["effectiveStartDate"] <= "2026-11-22T09:00:01" < monthly["commitmentEndDateTime"]
    assert all("etag" not in item["attributes"] for item in (yearly, monthly))
    assert all(len(item["orderId"]) == 12 for item in (yearly, monthly))


def test_azure_plan_is_not_legacy_azure(demo):
    """An Azure plan is of product type Azure, without term and end, and support does not move it (S2, M24)."""
    (plan,) = in_sources(demo, "citypowerlight")
    assert (plan["productType"]["id"], plan["offerId"]) == ("Azure", catalogue.AZURE_PLAN)
    assert (plan["termDuration"], plan["commitmentEndDate"][:4]) == ("", "9999")
    assert "etag" not in plan["attributes"]
    assert set(plan["links"]) == {"self", "product", "sku"}
    customer = demo.of_domain("citypowerlight")
    acts = demo.control("POST", "azure-support", {"text": f"City Power & Light, {customer}"})
    assert [act["result"] for act in acts] == ["no Azure subscription"]


def test_somebody_never_answers_and_somebody_is_late():
    """One customer never accepts and one accepts late; all others accept when they are first asked (M35)."""
    answers = {one.domain.split(".")[0]: one.accepts for one in portfolio.PORTFOLIO.customers}
    assert {name: answer for name, answer in answers.items() if answer != "at_once"} == {
        "alpineskihouse": "never",
        "tailspintoys": "late",
    }


def test_one_of_each_kind_in_one_customer(demo):
    """One customer holds legacy with add-on, new commerce, a trial that ends, an Azure plan, a reservation (M22)."""
    items = in_sources(demo, "vanarsdel")
    assert len(items) == 7
    trial = next(item for item in items if item["isTrial"])
    assert (trial["autoRenewEnabled"], trial["productType"]["id"]) == (False, "OnlineServicesNCE")
    assert sum(item["productType"]["id"] == "Azure" for item in items if item.get("productType")) == 2
    (plan,) = demo.held("contoso-europe", demo.of_domain("vanarsdel"))
    assert (plan["offerId"], plan["status"]) == (catalogue.AZURE_PLAN, "active")


def test_a_transfer_under_way_ends_while_people_act(demo, tmp_path):
    """The quarter of an hour that Microsoft takes passes in the play, and only when a transfer is under way (M24)."""
    assert list(play_the_people(tmp_path, demo.server.home)) == []
    customer, before = demo.of_domain("vanarsdel"), demo.control("GET", "clock")["now"]
    ask = {"act": "request", "tenant": "contoso-europe", "customer": customer, "source": "contoso-france"}
    transfer = demo.control("POST", "transfers", {**ask, "targetProductTypes": ["OnlineServicesNCE"]})
    seats = [item["id"] for item in in_sources(demo, "vanarsdel") if item["quantity"] in {8, 15}]
    accept = {"act": "accept", "tenant": "contoso-france", "customer": customer, "transfer": transfer["id"]}
    demo.control("POST", "transfers", {**accept, "subscriptions": seats})
    (act,) = play_the_people(tmp_path, demo.server.home)
    assert act.acted
    assert "has ended" in act.sentence
    assert demo.control("GET", "clock")["now"] > before
    assert list(play_the_people(tmp_path, demo.server.home)) == []


@pytest.mark.parametrize("name", SOURCES)
def test_each_order_of_the_demo_shows_its_prices(demo, name):
    """Orders carry unit prices and a currency when asked, for each licence that a customer holds."""
    api = demo.api(name)
    for customer in demo.read(api.get("/customers"))["items"]:
        path = f"/customers/{customer['id']}/orders"
        orders = {one["id"]: one for one in demo.read(api.get(path, params={"include_price": "true"}))["items"]}
        for item in demo.held(name, customer["id"]):
            order = orders[item["orderId"]]
            (line,) = [one for one in order["lineItems"] if one["subscriptionId"] == item["id"]]
            assert order["currencyCode"] == "EUR"
            if item["billingType"] == "usage":
                assert "pricing" not in line
            else:
                assert (line["pricing"]["price"] > 0) is not item["isTrial"]


@pytest.mark.parametrize("domain", HOSTILE)
def test_names_are_harmless_on_the_pages(demo, domain):
    """Whatever a company calls itself, the pages show it as text, and it can accept (S11)."""
    assert HOSTILE[domain] in customer_of(domain).company
    target = demo.state.partner("contoso-europe")["tenant"]
    user = {"partnerId": target, "user": f"admin@{domain}.onmicrosoft.com"}
    with demo.browser() as browser:
        pages = [browser.get("/").text, browser.post("/Adminportal/sign-in", data=user).text]
        if "contoso-europe" not in customer_of(domain).partners:
            session = pages[-1].split('name="session" value="')[1].split('"')[0]
            pages.append(browser.post("/Adminportal/accept", data={"session": session, "agree": "yes"}).text)
            assert "is now a partner" in pages[-1]
    escaped = customer_of(domain).company.translate(
        {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&#34;", ord("'"): "&#39;"}
    )
    for page in pages:
        assert f"<bdi>{escaped}</bdi>" in page
        assert "<script" not in page


def test_play_of_the_demo_ends_by_itself(demo, tmp_path):
    """After two visits all have accepted who ever will, each under its own name, and then nobody acts any more."""
    invited = [one for one in portfolio.PORTFOLIO.customers if "contoso-europe" not in one.partners]
    for one in invited:
        demo.write_mail(tmp_path, demo.of_domain(one.domain.split(".")[0]))
    acted = [[act for act in play_the_people(tmp_path, demo.server.home) if act.acted] for _ in range(3)]
    assert [len(acts) for acts in acted] == [len(invited) - 2, 1, 0]
    sentences = [act.sentence for act in chain.from_iterable(acted)]
    for one in invited:
        accepted = any(sentence.endswith(f"is now a partner of {one.company}.") for sentence in sentences)
        assert accepted is (one.accepts != "never")
