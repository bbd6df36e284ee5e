"""What the target says of its relationship with a customer and of the agreement behind it (M7, M8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from partner_center.errors import NoRelationship

if TYPE_CHECKING:
    from consolidation.case import Case

AGREEMENT = "MicrosoftCustomerAgreement"


@dataclass(frozen=True)
class Relationship:
    """Seen in the target at one moment.

    Attributes:
        related: Whether the customer appears under the target.
        relationship: As Partner Center says it, for example `reseller`.
        delegated_access: Classic delegated administration, in words; its absence does not stop buying.
        attested: Whether the target has filed its confirmation of the customer agreement.
        directly_signed: Whether the customer signed with Microsoft directly.
        template: Template id of the agreement in force, empty when not related.
        read_at: Partner Center's clock, UTC.
    """

    related: bool
    relationship: str
    delegated_access: str
    attested: bool
    directly_signed: bool
    template: str
    read_at: datetime

    @property
    def agreement_in_place(self) -> bool:
        """Whether the target may buy for this customer as far as the agreement goes."""
        return self.attested or self.directly_signed

    def body(self) -> dict[str, Any]:
        """Return the journal's form."""
        return {
            "related": self.related,
            "relationship": self.relationship,
            "attested": self.attested,
            "directly_signed": self.directly_signed,
            "read_at": self.read_at.isoformat(),
        }


def read_relationship(case: Case) -> Relationship:
    """Read relationship and agreement from the target.

    A customer that has not accepted answers 403 or 404 alike ("Get a customer by ID").
    """
    target = case.target
    try:
        customer = target.customer(case.customer)
    except NoRelationship:
        return Relationship(
            related=False,
            relationship="none",
            delegated_access="not granted",
            attested=False,
            directly_signed=False,
            template="",
            read_at=target.server_time(),
        )
    agreements = target.agreements(case.customer)
    attested = any(agreement.type.casefold() == AGREEMENT.casefold() for agreement in agreements)
    granted = {True: "granted", False: "not granted (normal today)", None: "not said"}
    return Relationship(
        related=customer.relationship.casefold() != "none",
        relationship=customer.relationship,
        delegated_access=granted[customer.allow_delegated_access],
        attested=attested,
        directly_signed=not attested and target.directly_signed(case.customer),
        template="" if attested else _template_in_force(case),
        read_at=target.server_time(),
    )


def _template_in_force(case: Case) -> str:
    """Return the template id with the highest rank ("Get agreement metadata for the Microsoft Customer Agreement")."""
    templates = [
        item for item in case.target.agreement_templates() if item.agreement_type.casefold() == AGREEMENT.casefold()
    ]
    newest = max(templates, key=lambda item: item.version_rank or 0, default=None)
    return newest.template_id if newest else ""
