"""Customers of the demo who hold new commerce or an Azure plan: the source hands it over to the target."""

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import CustomerTenant, Holding
from partner_center_simulator.portfolios.partners import CONTOSO_EUROPE, CONTOSO_FRANCE, CONTOSO_GERMANY

AZURE_PLAN_IN_TARGET = Holding(
    CONTOSO_EUROPE,
    catalogue.AZURE_PLAN,
    1,
    nickname="Azure plan, still empty",
    bought_days_ago=3,
    billing_cycle="one_time",
)
"""Azure is transferred to partners that have a plan for the customer; somebody has set it up by hand."""

CUSTOMERS = (
    CustomerTenant(
        domain="ateliertrey.onmicrosoft.com",
        company="L'Atelier Trey",
        country="FR",
        city="Bordeaux",
        street="31 cours de l'Intendance",
        postal_code="33000",
        culture="fr-FR",
        contact=("Elise", "Castaing"),
        accepts="at_once",
        partners=(CONTOSO_FRANCE,),
        holdings=(
            Holding(CONTOSO_FRANCE, catalogue.OFFICE_365_E1, 30, nickname="E1 magasin", bought_days_ago=675),
            Holding(CONTOSO_FRANCE, catalogue.NEW_COMMERCE_BUSINESS_BASIC, 15, bought_days_ago=110),
            Holding(CONTOSO_FRANCE, catalogue.AZURE, 1, nickname="Azure boutique", bought_days_ago=980),
        ),
    ),
    CustomerTenant(
        domain="fourthcoffee.onmicrosoft.com",
        company="القهوة الرابعة",
        country="FR",
        city="Paris",
        street="1 rue des Fossés Saint-Bernard",
        postal_code="75005",
        culture="ar-MA",
        contact=("Yasmine", "Alaoui"),
        accepts="at_once",
        partners=(CONTOSO_FRANCE,),
        holdings=(
            Holding(CONTOSO_FRANCE, catalogue.NEW_COMMERCE_BUSINESS_PREMIUM, 40, bought_days_ago=500),
            Holding(
                CONTOSO_FRANCE,
                catalogue.NEW_COMMERCE_BUSINESS_BASIC,
                6,
                nickname="Saisonniers",
                bought_days_ago=75,
                term_duration="P1M",
            ),
        ),
    ),
    CustomerTenant(
        domain="citypowerlight.onmicrosoft.com",
        company="City Power & Light",
        country="DE",
        city="Essen",
        street="Huyssenallee 12",
        postal_code="45128",
        culture="en-GB",
        contact=("Priya", "Nair"),
        accepts="at_once",
        partners=(CONTOSO_GERMANY, CONTOSO_EUROPE),
        holdings=(
            Holding(CONTOSO_GERMANY, catalogue.AZURE_PLAN, 1, bought_days_ago=640, billing_cycle="one_time"),
            AZURE_PLAN_IN_TARGET,
        ),
    ),
    CustomerTenant(
        domain="vanarsdel.onmicrosoft.com",
        company="VanArsdel SAS",
        country="FR",
        city="Strasbourg",
        street="6 quai des Bateliers",
        postal_code="67000",
        culture="fr-FR",
        contact=("Camille", "Roth"),
        accepts="at_once",
        partners=(CONTOSO_FRANCE, CONTOSO_EUROPE),
        holdings=(
            Holding(
                CONTOSO_FRANCE,
                catalogue.OFFICE_365_E3,
                20,
                nickname="E3 atelier",
                bought_days_ago=700,
                add_ons=(Holding(CONTOSO_FRANCE, catalogue.EXCHANGE_ONLINE_ARCHIVING, 20, bought_days_ago=700),),
            ),
            Holding(CONTOSO_FRANCE, catalogue.NEW_COMMERCE_BUSINESS_PREMIUM, 15, bought_days_ago=200),
            Holding(
                CONTOSO_FRANCE,
                catalogue.NEW_COMMERCE_BUSINESS_BASIC,
                8,
                bought_days_ago=90,
                aligned_end_in_days=164,
            ),
            Holding(
                CONTOSO_FRANCE,
                catalogue.NEW_COMMERCE_BUSINESS_PREMIUM_TRIAL,
                25,
                nickname="Essai Premium",
                bought_days_ago=12,
                term_duration="P1M",
                auto_renew=False,
            ),
            Holding(CONTOSO_FRANCE, catalogue.AZURE_PLAN, 1, bought_days_ago=640, billing_cycle="one_time"),
            Holding(
                CONTOSO_FRANCE,
                catalogue.AZURE_RESERVATION,
                3,
                bought_days_ago=120,
                billing_cycle="one_time",
                term_duration="P1Y",
            ),
            AZURE_PLAN_IN_TARGET,
        ),
    ),
)
