"""The three partner tenants of every portfolio, and the people who work in them."""

from partner_center_simulator.portfolios.model import Operator, PartnerTenant

CONTOSO_FRANCE = "contoso-france"
CONTOSO_GERMANY = "contoso-germany"
CONTOSO_EUROPE = "contoso-europe"

PARTNER_TENANTS = (
    PartnerTenant(
        name=CONTOSO_FRANCE,
        tenant="5a1f0c3e-1111-4a6b-9c2d-000000000f0a",
        client_id="5a1f0c3e-1111-4a6b-9c2d-00000000ca11",
        company="Contoso France SARL",
        domain="contosofrance.onmicrosoft.com",
        country="FR",
        city="Lyon",
        street="12 quai Rambaud",
        postal_code="69002",
        culture="fr-FR",
        partner_id="4100011",
    ),
    PartnerTenant(
        name=CONTOSO_GERMANY,
        tenant="5a1f0c3e-2222-4a6b-9c2d-00000000de0a",
        client_id="5a1f0c3e-2222-4a6b-9c2d-00000000ca11",
        company="Contoso Deutschland GmbH",
        domain="contosodeutschland.onmicrosoft.com",
        country="DE",
        city="München",
        street="Lindwurmstraße 88",
        postal_code="80337",
        culture="de-DE",
        partner_id="4100022",
    ),
    PartnerTenant(
        name=CONTOSO_EUROPE,
        tenant="5a1f0c3e-3333-4a6b-9c2d-00000000e00a",
        client_id="5a1f0c3e-3333-4a6b-9c2d-00000000ca11",
        company="Contoso Europe SE",
        domain="contosoeurope.onmicrosoft.com",
        country="IE",
        city="Dublin",
        street="70 Sir John Rogerson's Quay",
        postal_code="D02 R296",
        culture="en-IE",
        partner_id="4100033",
        transitioning_to=True,
    ),
)

OPERATORS = (
    Operator("ana@contoso.example", "Ana Horvat"),
    Operator("ben@contoso.example", "Ben Okafor"),
    Operator("chloe@contoso.example", "Chloé Marchand", multi_factor=False),
)
