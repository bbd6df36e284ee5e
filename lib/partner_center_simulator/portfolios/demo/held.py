"""Customers of the demo in whose case a person decides about a row, or acts outside."""

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import CustomerTenant, Holding
from partner_center_simulator.portfolios.partners import CONTOSO_EUROPE, CONTOSO_FRANCE, CONTOSO_GERMANY

BRANCHES = 80
BRANCHES_PER_ORDER = 20


def _branch(number: int) -> tuple[Holding, Holding]:
    """Return the two subscriptions of one branch; branches were opened, and bought for, twenty at a time."""
    opening = number // BRANCHES_PER_ORDER
    age = 1100 - 130 * opening
    return (
        Holding(
            CONTOSO_GERMANY,
            catalogue.BUSINESS_BASIC,
            2 + number % 7,
            nickname=f"Filiale {number + 1:03d}",
            bought_days_ago=age,
            order=f"desks-{opening}",
        ),
        Holding(
            CONTOSO_GERMANY,
            catalogue.EXCHANGE_ONLINE_KIOSK,
            1 + number % 4,
            nickname=f"Filiale {number + 1:03d} Kasse",
            bought_days_ago=age,
            order=f"tills-{opening}",
        ),
    )


CUSTOMERS = (
    CustomerTenant(
        domain="consolidated.onmicrosoft.com",
        company="Consolidated <script>alert(1)</script> Messenger",
        country="FR",
        city="Marseille",
        street="2 boulevard des Dames",
        postal_code="13002",
        culture="fr-FR",
        contact=("Rachid", "Benali"),
        accepts="at_once",
        partners=(CONTOSO_FRANCE,),
        holdings=(
            Holding(
                CONTOSO_FRANCE, catalogue.OFFICE_365_E3, 11, nickname="E3", bought_days_ago=450, status="quarantined"
            ),
            Holding(CONTOSO_FRANCE, catalogue.EXCHANGE_ONLINE_PLAN_2, 7, bought_days_ago=450),
        ),
    ),
    CustomerTenant(
        domain="lucernepublishing.onmicrosoft.com",
        company='=HYPERLINK("https://lucerne.example","Lucerne Publishing")',
        country="FR",
        city="Annecy",
        street="14 rue Royale",
        postal_code="74000",
        culture="fr-FR",
        contact=("Claire", "Fontanel"),
        accepts="at_once",
        partners=(CONTOSO_FRANCE, CONTOSO_EUROPE),
        holdings=(
            Holding(CONTOSO_FRANCE, catalogue.OFFICE_365_E3, 16, nickname="E3 rédaction", bought_days_ago=820),
            Holding(CONTOSO_FRANCE, catalogue.POWER_BI_PRO, 3, bought_days_ago=260),
            Holding(CONTOSO_EUROPE, catalogue.OFFICE_365_E3, 16, nickname="E3 bought by hand", bought_days_ago=2),
        ),
    ),
    CustomerTenant(
        domain="margiestravel.onmicrosoft.com",
        company="Margie's Travel",
        country="DE",
        city="Bremen",
        street="Böttcherstraße 3",
        postal_code="28195",
        culture="en-GB",
        contact=("Margie", "Hansen"),
        accepts="at_once",
        partners=(CONTOSO_GERMANY,),
        holdings=(
            Holding(
                CONTOSO_GERMANY,
                catalogue.OFFICE_365_E4,
                20,
                nickname="E4 with voice",
                bought_days_ago=3020,
                add_ons=(Holding(CONTOSO_GERMANY, catalogue.MY_ANALYTICS, 20, bought_days_ago=1500),),
            ),
            Holding(CONTOSO_GERMANY, catalogue.EXCHANGE_ONLINE_PLAN_1, 5, bought_days_ago=900),
        ),
    ),
    CustomerTenant(
        domain="woodgrovefilialen.onmicrosoft.com",
        company="Woodgrove Filialbetriebe AG",
        country="DE",
        city="Hannover",
        street="Georgstraße 52",
        postal_code="30159",
        culture="de-DE",
        contact=("Ole", "Harms"),
        accepts="at_once",
        partners=(CONTOSO_GERMANY,),
        holdings=tuple(holding for number in range(BRANCHES) for holding in _branch(number)),
    ),
)
