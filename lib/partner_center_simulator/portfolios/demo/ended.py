"""Customers of the demo for whom somebody chooses how something ends: replaced, retired, or run out."""

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import CustomerTenant, Holding
from partner_center_simulator.portfolios.partners import CONTOSO_GERMANY

CUSTOMERS = (
    CustomerTenant(
        domain="relecloud.onmicrosoft.com",
        company="Relecloud GmbH",
        country="DE",
        city="Leipzig",
        street="Karl-Heine-Straße 40",
        postal_code="04229",
        culture="de-DE",
        contact=("Jonas", "Petzold"),
        accepts="at_once",
        partners=(CONTOSO_GERMANY,),
        holdings=(
            Holding(CONTOSO_GERMANY, catalogue.OFFICE_365_E1, 9, bought_days_ago=400),
            Holding(CONTOSO_GERMANY, catalogue.EXCHANGE_ONLINE_KIOSK, 5, nickname="Werkstatt", bought_days_ago=400),
            Holding(CONTOSO_GERMANY, catalogue.NEW_COMMERCE_BUSINESS_PREMIUM, 12, bought_days_ago=2),
        ),
    ),
    CustomerTenant(
        domain="lamnahealthcare.onmicrosoft.com",
        company="Lamna Healthcare",
        country="DE",
        city="Ulm",
        street="Olgastraße 77",
        postal_code="89073",
        culture="de-DE",
        contact=("Ines", "Kaltenbach"),
        accepts="at_once",
        partners=(CONTOSO_GERMANY,),
        holdings=(Holding(CONTOSO_GERMANY, catalogue.NEW_COMMERCE_BUSINESS_BASIC, 7, bought_days_ago=335),),
    ),
)
