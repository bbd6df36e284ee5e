"""The first portfolio: three customers under two source tenants, one of each kind that a runbook must tell apart."""

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import CustomerTenant, GrantedAdministration, Holding, Portfolio
from partner_center_simulator.portfolios.partners import CONTOSO_FRANCE, CONTOSO_GERMANY

PORTFOLIO = Portfolio(
    name="first",
    customers=(
        CustomerTenant(
            domain="fabrikamboulangerie.onmicrosoft.com",
            company="Fabrikam Boulangerie",
            country="FR",
            city="Lyon",
            street="4 rue Mercière",
            postal_code="69002",
            culture="fr-FR",
            contact=("Margaux", "Delorme"),
            accepts="at_once",
            partners=(CONTOSO_FRANCE,),
            holdings=(
                Holding(
                    CONTOSO_FRANCE,
                    catalogue.OFFICE_365_E3,
                    25,
                    nickname="E3 siège",
                    bought_days_ago=1130,
                    add_ons=(
                        Holding(
                            CONTOSO_FRANCE,
                            catalogue.EXCHANGE_ONLINE_ARCHIVING,
                            25,
                            nickname="Archivage",
                            bought_days_ago=1130,
                        ),
                    ),
                ),
                Holding(
                    CONTOSO_FRANCE,
                    catalogue.EXCHANGE_ONLINE_PLAN_1,
                    10,
                    nickname="Exchange Online (Plan 1)",
                    bought_days_ago=512,
                ),
            ),
            administration=(
                GrantedAdministration(
                    CONTOSO_FRANCE,
                    "Contoso France support",
                    # Global Reader, Service Support Administrator, User Administrator
                    (
                        "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
                        "f023fd81-a637-4b56-95fd-791ac0226033",
                        "fe930be7-5e62-47db-91af-98c3a49a38b1",
                    ),
                ),
            ),
        ),
        CustomerTenant(
            domain="northwindtraders.onmicrosoft.com",
            company="Northwind Traders",
            country="FR",
            city="Nantes",
            street="21 quai de la Fosse",
            postal_code="44000",
            culture="en-GB",
            contact=("Owen", "Bell"),
            accepts="at_once",
            partners=(CONTOSO_FRANCE,),
            holdings=(
                Holding(CONTOSO_FRANCE, catalogue.AZURE, 1, nickname="Azure production", bought_days_ago=905),
                Holding(CONTOSO_FRANCE, catalogue.OFFICE_365_E1, 40, nickname="Office 365 E1", bought_days_ago=640),
            ),
        ),
        CustomerTenant(
            domain="alpineskihouse.onmicrosoft.com",
            company="Alpine Ski House GmbH",
            country="DE",
            city="Garmisch-Partenkirchen",
            street="Zugspitzstraße 17",
            postal_code="82467",
            culture="de-DE",
            contact=("Leni", "Brandner"),
            accepts="never",
            partners=(CONTOSO_GERMANY,),
            holdings=(
                Holding(CONTOSO_GERMANY, catalogue.OFFICE_365_E3, 12, nickname="Office 365 E3", bought_days_ago=388),
            ),
        ),
    ),
)
