"""Customer agreements of the calling partner tenant (Microsoft page "Agreement resources")."""

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.paging import collection
from partner_center_simulator.commerce import agreements, relationships


def list_templates(call: Call) -> Answer:
    """Answer the agreement templates of one type."""
    return Answer(collection(agreements.templates(call.query.get("agreementtype"))))


def list_agreements(call: Call) -> Answer:
    """Answer what this partner tenant has attested for a customer."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    filed = agreements.on_file(call.state, call.tenant, customer["id"], call.query.get("agreementtype"))
    return Answer(collection(filed))


def attest(call: Call) -> Answer:
    """File an attestation."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    agreement = agreements.attest(call.state, call.tenant, customer["id"], call.object_body(), call.actor)
    return Answer(agreement, 201, effect={"attested": [customer["id"]]})


def directly_signed(call: Call) -> Answer:
    """Answer whether the customer signed with Microsoft itself."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    return Answer({"isSigned": customer["directSigned"]})


OPERATIONS = (
    Operation("GET", "/agreements", list_templates, app_only=False),
    Operation("GET", "/customers/{customer:uuid}/agreements", list_agreements, app_only=False),
    Operation("POST", "/customers/{customer:uuid}/agreements", attest, app_only=False),
    Operation(
        "GET",
        "/customers/{customer:uuid}/directSignedMicrosoftCustomerAgreementStatus",
        directly_signed,
        app_only=False,
    ),
)
