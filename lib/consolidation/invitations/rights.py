"""What the source may do in the customer's tenant, and the target may not yet: GDAP of both, read from Graph (M8).

The tool creates no GDAP relationship: a person asks for one in the target's Partner Center, and its link goes into the
mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from consolidation.display import Box, Page, Showable
from consolidation.tables import Column, Table
from partner_center import PartnerCenterError, PartnerCenterReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consolidation.case import Case
    from partner_center.administration import AdminRelationship

ROLES: Final = {
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b": "Directory Readers",
    "f023fd81-a637-4b56-95fd-791ac0226033": "Service Support Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a": "License Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
    "69091246-20e8-4a56-aa4d-066075b2a7a8": "Teams Administrator",
    "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
    "5d6b6bb7-de71-4623-b4af-96380a352509": "Security Reader",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe": "Billing Administrator",
}
"""Roles that partners ask for most, by template id ("Microsoft Entra built-in roles"); any other is shown by its id."""


@dataclass(frozen=True)
class Rights:
    """The GDAP of both partner tenants with one customer.

    Attributes:
        source: Relationships of the source.
        target: Relationships of the target.
        asked: Whether the customer list holds a GDAP link for the mail.
    """

    source: Sequence[AdminRelationship]
    target: Sequence[AdminRelationship]
    asked: bool

    @property
    def lacking(self) -> frozenset[str]:
        """Template ids of the roles that the source has now and the target has not."""
        return _active_roles(self.source) - _active_roles(self.target)

    @property
    def advice(self) -> str:
        """What to do about it, one sentence; empty when nothing is lacking."""
        if not self.lacking:
            return ""
        names = ", ".join(sorted(role_name(role) for role in self.lacking))
        if any(one.status in {"created", "approval_pending", "activating"} for one in self.target):
            return f"The target has asked and the customer has not approved yet: {names}."
        if self.asked:
            return f"The target lacks {names}: the mail carries the link that asks for administration rights."
        return (
            f"The target lacks {names}: where they are needed, create a GDAP request in the target's Partner Center "
            "and put its link as gdap_link into the customer list. Buying needs none of them."
        )


def read_rights(case: Case) -> Rights | str:
    """Read GDAP of both partner tenants, or say why it cannot be read: it decides nothing and stops nothing."""
    if not case.engagement.cloud.lists_administration:
        return "Microsoft Graph lists no delegated administration in this cloud: look into the portal."
    asked = bool(case.listed and case.listed.gdap_link)
    try:
        return Rights(_relationships(case.source, case), _relationships(case.target, case), asked)
    except PartnerCenterError as error:
        return f"Delegated administration (GDAP) could not be read: {error}"


def rights_shown(case: Case, rights: Rights | str) -> Showable:
    """Show what the source has and the target lacks."""
    if isinstance(rights, str):
        return Box("note", "Administration rights (GDAP): not known", (rights,))
    every = sorted(_active_roles(rights.source) | _active_roles(rights.target), key=role_name)
    rows = [
        {
            "role": role_name(role),
            "source": "yes" if role in _active_roles(rights.source) else "no",
            "target": "yes" if role in _active_roles(rights.target) else "no",
        }
        for role in every
    ]
    table = Table(
        columns=(
            Column("role", "Administration right (GDAP)"),
            Column("source", case.name.source),
            Column("target", case.engagement.target.name),
        ),
        rows=tuple(rows),
        caption="What each partner tenant may do in the customer's tenant now",
        empty="Neither partner tenant has administration rights (GDAP) in the customer's tenant.",
    )
    return Page(table, rights.advice) if rights.advice else table


def rights_body(rights: Rights | str) -> dict[str, object]:
    """Return the journal's form."""
    if isinstance(rights, str):
        return {"unknown": rights}
    return {
        "source": [one.received for one in rights.source],
        "target": [one.received for one in rights.target],
        "lacking": sorted(rights.lacking),
    }


def role_name(role: str) -> str:
    """Return the name of a role, or its template id."""
    return ROLES.get(role.casefold(), role)


def _relationships(client: PartnerCenterReader, case: Case) -> list[AdminRelationship]:
    return client.administration.relationships(case.customer)


def _active_roles(relationships: Sequence[AdminRelationship]) -> frozenset[str]:
    return frozenset(role for one in relationships if one.is_active for role in one.roles)
