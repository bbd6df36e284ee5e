"""The mixed portfolio: one customer of a direct partner who holds something of each kind that takes its own route."""

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import CustomerTenant, Holding, Portfolio
from partner_center_simulator.portfolios.partners import CONTOSO_EUROPE, CONTOSO_FRANCE

TRIAL_BECOMES = catalogue.NEW_COMMERCE_BUSINESS_PREMIUM.split(":")

HOLDINGS = (
    Holding(
        CONTOSO_FRANCE,
        catalogue.OFFICE_365_E3,
        20,
        nickname="E3 legacy",
        bought_days_ago=700,
        add_ons=(
            Holding(
                CONTOSO_FRANCE,
                catalogue.EXCHANGE_ONLINE_ARCHIVING,
                20,
                nickname="Archiving legacy",
                bought_days_ago=700,
            ),
        ),
    ),
    Holding(
        CONTOSO_FRANCE,
        catalogue.NEW_COMMERCE_BUSINESS_PREMIUM,
        15,
        nickname="Premium annual",
        bought_days_ago=200,
        partner_id="5987654",
    ),
    Holding(
        CONTOSO_FRANCE,
        catalogue.NEW_COMMERCE_BUSINESS_BASIC,
        8,
        nickname="Basic aligned",
        bought_days_ago=90,
        # The last day of the other one's term of 365 days.
        aligned_end_in_days=164,
        partner_id="5987654",
    ),
    Holding(
        CONTOSO_FRANCE,
        catalogue.NEW_COMMERCE_BUSINESS_PREMIUM_TRIAL,
        25,
        nickname="Premium trial",
        bought_days_ago=12,
        term_duration="P1M",
        fields={
            "scheduledNextTermInstructions": {
                "product": {
                    "productId": TRIAL_BECOMES[0],
                    "skuId": TRIAL_BECOMES[1],
                    "availabilityId": TRIAL_BECOMES[2],
                    "billingCycle": "Monthly",
                    "termDuration": "P1M",
                },
                "quantity": 25,
            }
        },
    ),
    Holding(
        CONTOSO_FRANCE,
        catalogue.AZURE_PLAN,
        1,
        nickname="Azure production",
        bought_days_ago=640,
        billing_cycle="one_time",
    ),
    Holding(
        CONTOSO_FRANCE,
        catalogue.AZURE_RESERVATION,
        3,
        nickname="Reserved web servers",
        bought_days_ago=120,
        billing_cycle="one_time",
        term_duration="P1Y",
    ),
    Holding(CONTOSO_FRANCE, catalogue.MARKETPLACE_BACKUP, 20, nickname="Backup", bought_days_ago=150),
    # Azure under a plan is transferred to partners that have a plan for the customer.
    Holding(
        CONTOSO_EUROPE,
        catalogue.AZURE_PLAN,
        1,
        nickname="Azure plan",
        bought_days_ago=3,
        billing_cycle="one_time",
    ),
)

PORTFOLIO = Portfolio(
    name="mixed",
    customers=(
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
            holdings=HOLDINGS,
        ),
    ),
)
"""Its customer has accepted before the simulation starts, and its agreement is on file with both partners."""
