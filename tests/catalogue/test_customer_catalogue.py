"""The catalogue of one customer: product, SKU and availability in the term and billing cycle of the source (M23)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from both_sides import House

from consolidation.catalogue import CustomerCatalogue, product_and_sku, same_product
from consolidation.price_lists import read_price_list
from partner_center_simulator.commerce import products
from partner_center_simulator.portfolios import new_commerce


@pytest.fixture
def customer(house: House) -> str:
    """Return a customer in France who is related to the target."""
    found: str = house.customer("Fabrikam Boulangerie")
    house.accepts(found)
    return found


@pytest.fixture
def catalogue(house: House, customer: str) -> CustomerCatalogue:
    """Return what the target can buy for it."""
    return CustomerCatalogue(house.target, customer, "FR")


def test_the_very_same_product_and_sku_is_found(catalogue: CustomerCatalogue) -> None:
    """M23: the source's product and SKU, its term and its billing cycle, with bounds, licence and promotions."""
    sale = catalogue.sale(new_commerce.BUSINESS_PREMIUM, "P1Y", "monthly", 15)
    assert sale.can_be_bought
    assert (sale.item, sale.catalog_item_id) == ("CFQ7TTC0LCHC:0002", new_commerce.BUSINESS_PREMIUM)
    assert (sale.minimum_seats, sale.maximum_seats, sale.currency) == (1, 300, "EUR")
    assert sale.licence == "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
    assert [one.name for one in sale.promotions] == ["Business Premium, a year at 15 % less"]
    assert (sale.price, sale.price_text) == (None, "")


REFUSALS = {
    "no such product": ("CFQ7TTC0NONE:0001", "P1Y", "monthly", 1, "not in the target's catalogue for the market FR"),
    "another market": (new_commerce.OFFICE_365_G3, "P1Y", "monthly", 1, "not in the target's catalogue"),
    "another segment": (new_commerce.OFFICE_365_A3, "P1Y", "annual", 1, "the segment education alone"),
    "no such term": (new_commerce.COPILOT, "P1M", "monthly", 1, "not sold for P1M monthly, but for P1Y annual, P1Y"),
    "no term": (new_commerce.COPILOT, "", "annual", 1, "not sold for no term annual"),
    "too many seats": (new_commerce.BUSINESS_BASIC, "P1Y", "monthly", 301, "up to 300 seats, the source has 301"),
    "a trial": (new_commerce.BUSINESS_PREMIUM_TRIAL, "P1M", "none", 25, "a trial is never bought"),
    "no item of new commerce": ("796b6b5f-613c-4e24-a17c-eba730d49c02", "P1Y", "monthly", 1, "not in the target's"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_bought_says_why(catalogue: CustomerCatalogue, name: str) -> None:
    """M25: market, segment, term and seats are checked in the plan, each with its reason in words."""
    item, term, cycle, seats, words = REFUSALS[name]
    sale = catalogue.sale(item, term, cycle, seats)
    assert not sale.can_be_bought
    assert any(words in reason for reason in sale.reasons), sale.reasons


def test_a_qualified_customer_buys_in_its_segment(house: House) -> None:
    """M25: the availability that the source has is found again; without one, what everybody may buy goes first."""
    customer = house.customer("Northwind Traders")
    house.accepts(customer)
    for name in ("Nonprofit", "Education"):
        products.qualify(house.server.state, house.target.tenant, customer, name, "Approved")
    catalogue = CustomerCatalogue(house.target, customer, "FR")
    held = catalogue.sale(new_commerce.BUSINESS_BASIC_NONPROFIT, "P1Y", "monthly", 5)
    assert (held.catalog_item_id, held.segment) == (new_commerce.BUSINESS_BASIC_NONPROFIT, "nonprofit")
    assert [one.name for one in held.promotions] == ["Business Basic for nonprofits"]
    assert catalogue.sale("CFQ7TTC0LH18:0001", "P1Y", "monthly", 5).segment == "commercial"
    assert catalogue.sale(new_commerce.OFFICE_365_A3, "P1Y", "annual", 5).can_be_bought


def test_an_addon_needs_one_of_its_products(catalogue: CustomerCatalogue) -> None:
    """M25: an add-on is bought only beside a product that the catalogue names, whoever sold that one (400041)."""
    sale = catalogue.sale(new_commerce.COPILOT, "P1Y", "monthly", 3)
    assert "holds none of the products" in sale.missing_prerequisite([new_commerce.POWER_BI_PRO])
    assert sale.missing_prerequisite([new_commerce.BUSINESS_PREMIUM]) == ""


def test_the_price_is_that_of_the_list_or_unknown(house: House, customer: str, tmp_path: Path) -> None:
    """M26: the catalogue has no prices; the engagement's list has, in the currency of the target or not at all."""
    lines = [
        "offer,unit_price,currency,billing_cycle,term",
        "CFQ7TTC0LCHC:0002,21.63,EUR,monthly,P1Y",
        "CFQ7TTC0LCHC:0002,24.72,EUR,monthly,P1M",
        "CFQ7TTC0LH18:0001,5.88,USD,monthly,P1Y",
    ]
    path = tmp_path / "prices.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    catalogue = CustomerCatalogue(house.target, customer, "FR", read_price_list(path))
    sale = catalogue.sale(new_commerce.BUSINESS_PREMIUM, "P1Y", "monthly", 1)
    assert sale.price is not None
    assert (sale.price.amount, sale.price_text) == (Decimal("21.63"), "21.63 EUR")
    assert catalogue.sale(new_commerce.BUSINESS_PREMIUM, "P1M", "monthly", 1).price_text == "24.72 EUR"
    assert catalogue.sale(new_commerce.BUSINESS_PREMIUM, "P1Y", "annual", 1).price is None
    assert catalogue.sale(new_commerce.BUSINESS_BASIC, "P1Y", "monthly", 1).price is None


def test_each_thing_is_read_once(house: House, customer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """M37: a plan of many rows of one product reads product, promotions and qualifications once."""
    asked: Counter[str] = Counter()
    for name in ("sku", "availabilities", "promotions", "qualifications", "custom_term_end_dates"):
        real = getattr(house.target, name)

        def counted(*given: object, _real: object = real, _name: str = name, **more: object) -> object:
            asked[_name] += 1
            return _real(*given, **more)  # type: ignore[operator]

        monkeypatch.setattr(house.target, name, counted)
    catalogue = CustomerCatalogue(house.target, customer, "FR")
    for seats in range(1, 9):
        catalogue.sale(new_commerce.BUSINESS_PREMIUM, "P1Y", "monthly", seats)
        catalogue.sale("CFQ7TTC0NONE:0001", "P1Y", "monthly", seats)
        assert catalogue.end_dates("P1Y")
    assert asked == {"sku": 2, "availabilities": 1, "promotions": 1, "qualifications": 1, "custom_term_end_dates": 1}


def test_an_availability_may_differ_and_a_product_may_not() -> None:
    """M10: ids of availabilities are issued anew, so product and SKU decide; a legacy offer is compared whole."""
    assert same_product("CFQ7TTC0LH18:0001", "cfq7ttc0lh18:0001:CFQ7TTC0K971")
    assert not same_product("CFQ7TTC0LH18:0001", "CFQ7TTC0LH18:0002")
    assert same_product("AB", "ab")
    assert not same_product("", "")
    assert not same_product("ab", "CFQ7TTC0LH18:0001")
    assert product_and_sku("796b6b5f-613c-4e24-a17c-eba730d49c02") == ""
