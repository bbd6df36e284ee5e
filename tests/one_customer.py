"""A customer tenant that holds what a test of the simulator plants."""

from __future__ import annotations

from partner_center_simulator.portfolios.model import CustomerTenant, Holding


def customer(*holdings: Holding, partners: tuple[str, ...] = ("contoso-france",)) -> CustomerTenant:
    """Return a customer tenant that holds these, with these partners."""
    return CustomerTenant(
        domain="humongous.onmicrosoft.com",
        company="Humongous Insurance",
        country="FR",
        city="Reims",
        street="1 place Royale",
        postal_code="51100",
        culture="fr-FR",
        contact=("Lena", "Moreau"),
        accepts="at_once",
        partners=partners,
        holdings=holdings,
    )
