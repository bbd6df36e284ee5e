"""Customer agreements (Microsoft page "Confirm customer acceptance of the Microsoft Customer Agreement")."""

from partner_center_simulator import activity_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import parse_instant
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

CLOUD_AGREEMENT = "MicrosoftCloudAgreement"
TEMPLATES = (
    {
        "templateId": "998b88de-aa99-4388-a42c-1b3517d49490",
        "agreementType": CLOUD_AGREEMENT,
        "agreementLink": "https://docs.microsoft.com/partner-center/agreements",
        "versionRank": 0,
    },
    {
        "templateId": "117a77b0-9360-443b-8795-c6dedc750cf9",
        "agreementType": "MicrosoftCustomerAgreement",
        "agreementLink": "https://aka.ms/customeragreement",
        "versionRank": 0,
    },
)
ALREADY_CONFIRMED = {
    "errorName": "PartnerConfirmedAgreementAlreadyExists",
    "isRetryable": False,
    "parameters": {},
    "errorMessageExtended": "InternalErrorCode=600061",
}


def templates(agreement_type: str | None) -> list[Document]:
    """Return the templates of one type, of all for ``*``; left out, the type is the outdated cloud agreement."""
    wanted = agreement_type or CLOUD_AGREEMENT
    return [dict(template) for template in TEMPLATES if wanted in ("*", template["agreementType"])]


def on_file(state: State, tenant: str, customer: str, agreement_type: str | None) -> list[Document]:
    """Return the attestations that this partner tenant has filed; dates in the list carry no zone."""
    wanted = agreement_type or CLOUD_AGREEMENT
    return [
        {**agreement, "dateAgreed": str(agreement["dateAgreed"]).removesuffix("Z")}
        for agreement in state.documents.scope("agreement", f"{tenant}/{customer}").values()
        if wanted in ("*", agreement["type"])
    ]


def require(state: State, tenant: str, customer: str) -> None:
    """Refuse a purchase while the customer agreement is neither attested by this partner nor signed directly.

    Raises:
        Refusal: 403 / 13605.
    """
    known = state.customer(customer)
    attested = any(
        agreement["type"] == "MicrosoftCustomerAgreement" for agreement in on_file(state, tenant, customer, "*")
    )
    if not attested and not (known and known["directSigned"]):
        raise Refusal(403, 13605, "Acceptance of the customer agreement is not confirmed.")


def attest(state: State, tenant: str, customer: str, body: Document, actor: Actor) -> Document:
    """File an attestation for the calling partner tenant.

    Raises:
        Refusal: 400 / 800002 for a body that is incomplete, 400 / 600061 for the same contact again.
    """
    template = next((one for one in TEMPLATES if one["templateId"] == str(body.get("templateId")).lower()), None)
    if template is None:
        raise Refusal(400, 800002, "templateId is not that of an agreement.")
    if str(body.get("type", template["agreementType"])) != template["agreementType"]:
        raise Refusal(400, 800002, "type does not fit the template.")
    contact = _contact(body.get("primaryContact"))
    agreed = _date(body.get("dateAgreed"))
    for agreement in state.documents.scope("agreement", f"{tenant}/{customer}").values():
        if agreement["templateId"] == template["templateId"] and _same(agreement["primaryContact"], contact):
            raise Refusal(400, 600061, "Agreement already confirmed.", second_dialect=ALREADY_CONFIRMED)
    document = {
        "userId": actor.object_id,
        "primaryContact": contact,
        "templateId": template["templateId"],
        "dateAgreed": agreed,
        "type": template["agreementType"],
        "agreementLink": template["agreementLink"],
    }
    number = state.next_number("agreement", f"{tenant}/{customer}")
    state.documents.put("agreement", f"{tenant}/{customer}", f"{number:06d}", document)
    facts = [("AgreementType", template["agreementType"]), ("DateAgreed", agreed), ("Email", contact["email"])]
    activity_log.record(
        state, tenant, actor, customer, resource_type="agreement", operation_type="create_agreement", facts=facts
    )
    return document


def _contact(value: Json) -> Document:
    if not isinstance(value, dict):
        raise Refusal(400, 800002, "primaryContact is missing.")
    for name in ("firstName", "lastName", "email"):
        if not str(value.get(name) or "").strip():
            raise Refusal(400, 800002, f"primaryContact.{name} is missing.")
    if "@" not in str(value["email"]):
        raise Refusal(400, 800002, "primaryContact.email is not an e-mail address.")
    return value


def _date(value: Json) -> str:
    try:
        return parse_instant(str(value)).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError as error:
        raise Refusal(400, 800002, "dateAgreed is not a date.") from error


def _same(one: Document, other: Document) -> bool:
    return all(
        str(one.get(name)).strip().lower() == str(other.get(name)).strip().lower()
        for name in ("firstName", "lastName", "email")
    )
