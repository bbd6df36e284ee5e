"""A portfolio of any size, the same for the same seed."""

import random

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import Accepts, CustomerTenant, Holding, Portfolio
from partner_center_simulator.portfolios.partners import CONTOSO_FRANCE, CONTOSO_GERMANY

FIRST_WORDS = ("Adatum", "Fabrikam", "Litware", "Proseware", "Tailspin", "Trey", "Wingtip", "Woodgrove", "Lucerne")
SECOND_WORDS = ("Atelier", "Bau", "Conseil", "Druck", "Énergie", "Fahrrad", "Garten", "Hôtel", "Immobilier", "Käserei")
PLACES = {
    CONTOSO_FRANCE: ("FR", "fr-FR", ("Lille", "59000"), ("Rennes", "35000"), ("Dijon", "21000")),
    CONTOSO_GERMANY: ("DE", "de-DE", ("Köln", "50667"), ("Ulm", "89073"), ("Leipzig", "04109")),
}
GIVEN_NAMES = ("Aline", "Bastian", "Clara", "Dieter", "Elodie", "Franz", "Gaëlle", "Hanna")
FAMILY_NAMES = ("Arnaud", "Becker", "Chevalier", "Dietrich", "Evrard", "Fischer", "Girard", "Huber")
BASES = (
    catalogue.OFFICE_365_E1,
    catalogue.OFFICE_365_E3,
    catalogue.BUSINESS_BASIC,
    catalogue.BUSINESS_STANDARD,
    catalogue.EXCHANGE_ONLINE_PLAN_1,
    catalogue.EXCHANGE_ONLINE_PLAN_2,
)
WITH_ADD_ONS = frozenset(
    (catalogue.OFFICE_365_E1, catalogue.OFFICE_365_E3, catalogue.BUSINESS_BASIC, catalogue.BUSINESS_STANDARD)
)
ACCEPTS: tuple[Accepts, ...] = ("at_once",) * 8 + ("late", "never")


def build(customers: int, seed: int) -> Portfolio:
    """Return a portfolio of ``customers`` customers; eight in ten accept at once, one late, one never."""
    return Portfolio("generated", tuple(_customer(number, seed) for number in range(1, customers + 1)))


def _customer(number: int, seed: int) -> CustomerTenant:
    chance = random.Random(f"{seed}/{number}")  # noqa: S311 -- a reproducible world is wanted, not an unguessable one
    partner = chance.choice((CONTOSO_FRANCE, CONTOSO_GERMANY))
    country, culture, *towns = PLACES[partner]
    city, postal_code = chance.choice(towns)
    first, second = chance.choice(FIRST_WORDS), chance.choice(SECOND_WORDS)
    return CustomerTenant(
        domain=f"{first.lower()}{number:05d}.onmicrosoft.com",
        company=f"{first} {second} {number}",
        country=str(country),
        city=city,
        street=f"{chance.randint(1, 120)} {second}weg" if country == "DE" else f"{chance.randint(1, 120)} rue {second}",
        postal_code=postal_code,
        culture=str(culture),
        contact=(chance.choice(GIVEN_NAMES), chance.choice(FAMILY_NAMES)),
        accepts=chance.choice(ACCEPTS),
        partners=(partner,),
        holdings=tuple(_holding(chance, partner, base) for base in chance.sample(BASES, chance.randint(1, 3))),
    )


def _holding(chance: random.Random, partner: str, base: str) -> Holding:
    seats = chance.randint(2, 120)
    age = chance.randint(40, 1800)
    add_ons: tuple[Holding, ...] = ()
    if base in WITH_ADD_ONS and chance.random() < 0.3:
        add_ons = (Holding(partner, catalogue.EXCHANGE_ONLINE_ARCHIVING, seats, bought_days_ago=age),)
    return Holding(
        partner,
        base,
        seats,
        bought_days_ago=age,
        billing_cycle="annual" if chance.random() < 0.2 else "monthly",
        add_ons=add_ons,
    )
