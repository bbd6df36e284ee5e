"""Who is signed in (Microsoft pages "Get an organization profile", "Get partner billing profile")."""

from partner_center_simulator.api.calls import Answer, Call, Operation


def organization(call: Call) -> Answer:
    """Answer the organisation of the token."""
    partner = call.partner
    return Answer(
        {
            "id": partner["tenant"],
            "companyName": partner["companyName"],
            "defaultAddress": partner["address"],
            "tenantId": partner["tenant"],
            "domain": partner["domain"],
            "email": f"operations@{partner['domain']}",
            "language": partner["culture"].split("-")[0],
            "culture": partner["culture"],
            "profileType": "OrganizationProfile",
            "attributes": {"etag": "1", "objectType": "OrganizationProfile"},
        }
    )


def billing(call: Call) -> Answer:
    """Answer the partner's own billing profile with its currency."""
    partner = call.partner
    return Answer(
        {
            "companyName": partner["companyName"],
            "address": partner["address"],
            "taxId": None,
            "billingCurrency": partner["currency"],
            "profileType": "BillingProfile",
            "attributes": {"objectType": "PartnerBillingProfile"},
        }
    )


OPERATIONS = (
    Operation("GET", "/profiles/organization", organization, app_only=False),
    Operation("GET", "/profiles/billing", billing, app_only=False),
)
