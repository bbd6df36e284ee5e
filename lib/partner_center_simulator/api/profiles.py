"""Who is signed in, and who has a Partner ID.

Microsoft pages "Get an organization profile", "Get partner billing profile", "Verify a PartnerID".
"""

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.refusals import Refusal


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


def mpn(call: Call) -> Answer:
    """Answer the partner's own Partner ID, or whose the one in question is: only those of the partners are known."""
    asked = call.query.get("mpnid") or call.partner["partnerId"]
    known = {partner["partnerId"]: partner["companyName"] for partner in call.state.partners()}
    if asked not in known:
        raise Refusal(404, 3000, "The Partner ID does not exist.")
    return Answer(
        {
            "partnerName": known[asked],
            "mpnId": asked,
            "profileType": "MpnProfile",
            "attributes": {"objectType": "MpnProfile"},
        }
    )


OPERATIONS = (
    Operation("GET", "/profiles/organization", organization, app_only=False),
    Operation("GET", "/profiles/billing", billing, app_only=False),
    Operation("GET", "/profiles/mpn", mpn, app_only=False),
)
