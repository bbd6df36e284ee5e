"""Customers of the calling partner tenant and its invitation link (Microsoft page "Customer resources")."""

from collections.abc import Iterator

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.paging import filter_of, page
from partner_center_simulator.commerce import products, relationships
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal

FILTER_FIELDS = {"companyname": "companyName", "domain": "domain"}


def list_customers(call: Call) -> Answer:
    """Answer one page of the customers, in the order in which they came."""
    return Answer(page(call, "/customers", _listed(call)))


def get_customer(call: Call) -> Answer:
    """Answer one customer in full; address and e-mail of the company are left out without delegated access."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    shown = _shown(customer)
    shown["commerceId"] = call.state.identifier("commerce", call.tenant, customer["id"])
    shown["billingProfile"] = _billing_profile(call, customer)
    shown["allowDelegatedAccess"] = False
    return Answer(shown)


def get_billing_profile(call: Call) -> Answer:
    """Answer the billing profile that this partner keeps of a customer."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    return Answer(_billing_profile(call, customer))


def list_qualifications(call: Call) -> Answer:
    """Answer the qualifications that this partner has of a customer, as a bare array."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    return Answer(products.qualifications(call.state, call.tenant, customer["id"]))


def get_relationship_request(call: Call) -> Answer:
    """Answer the invitation link of the calling partner tenant; nothing is made by asking for it."""
    query = f"invType=ResellerRelationship&partnerId={call.tenant}&msppId=0&DAP=false"
    url = f"{call.simulator.url}/Adminportal/Home?{query}#/BillingAccounts/partner-invitation"
    return Answer({"url": url, "attributes": {"objectType": "RelationshipRequest"}})


def _listed(call: Call) -> Iterator[Document]:
    wanted = filter_of(call)
    if wanted and (wanted[0] not in FILTER_FIELDS or wanted[2] != "starts_with"):
        raise Refusal(400, 800002, "The list filters CompanyName and Domain by starts_with.")
    for identifier in call.state.documents.scope("relationship", call.tenant):
        customer = call.state.customer(identifier)
        if customer is None:
            continue
        if wanted and not str(customer[FILTER_FIELDS[wanted[0]]]).lower().startswith(wanted[1].lower()):
            continue
        yield _shown(customer)


def _shown(customer: Document) -> Document:
    return {
        "id": customer["id"],
        "companyProfile": {
            "tenantId": customer["id"],
            "domain": customer["domain"],
            "companyName": customer["companyName"],
            "attributes": {"objectType": "CustomerCompanyProfile"},
        },
        "relationshipToPartner": "reseller",
        "links": {"self": {"uri": f"/customers/{customer['id']}", "method": "GET", "headers": []}},
        "attributes": {"objectType": "Customer"},
    }


def _billing_profile(call: Call, customer: Document) -> Document:
    return {
        "id": call.state.identifier("billing-profile", call.tenant, customer["id"]),
        **customer["contact"],
        "culture": customer["culture"],
        "language": customer["culture"].split("-")[0],
        "companyName": customer["companyName"],
        "defaultAddress": customer["address"],
        "attributes": {"etag": "1", "objectType": "CustomerBillingProfile"},
    }


OPERATIONS = (
    Operation("GET", "/customers", list_customers),
    Operation("GET", "/customers/relationshiprequests", get_relationship_request, app_only=False),
    Operation("GET", "/customers/{customer:uuid}", get_customer),
    Operation("GET", "/customers/{customer:uuid}/profiles/billing", get_billing_profile),
    Operation("GET", "/customers/{customer:uuid}/qualifications", list_qualifications),
)
