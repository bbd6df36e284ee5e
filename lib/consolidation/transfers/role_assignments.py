"""What does not move with Azure: who may work in it. A text for the customer (M24)."""

from __future__ import annotations

from collections.abc import Sequence

from consolidation.case import Case
from consolidation.plan import PlanRow
from partner_center import PartnerCenterReader

AZURE_KINDS = frozenset({"Azure plan", "reservation", "savings plan"})

# One line is one paragraph: mail programs break lines by themselves.
_BEFORE = (
    "Azure of {company}: who may work in it after the transfer",
    "",
    "{target} takes over the billing of your Azure from {source}. Nothing in Azure itself is moved, stopped or "
    "changed: resources, data, users and their rights stay as they are. That is why rights need your attention.",
    "",
    "What is transferred",
)

_AFTER = (
    "",
    "What does not move",
    "- Role assignments stay exactly as they are. {source} keeps every right that it has in your Azure today.",
    "- {target} gets no right in your Azure by the transfer: neither to support you, nor to see resources.",
    "- Applications, automation and service principals of {source} go on working until you take their rights away.",
    "",
    "What to grant to {target} (tenant {target_tenant})",
    "1. Ask {target} for the object id of its group AdminAgents, and agree which role its work needs: Support Request "
    "Contributor to open support requests for you, Reader to see resources, Contributor or Owner to work in them.",
    "2. On each Azure subscription that is transferred, somebody of yours with the role Owner or User Access "
    "Administrator grants that role to the group. In Azure Cloud Shell (PowerShell):",
    '   New-AzRoleAssignment -ObjectId "<object id of the group>" -RoleDefinitionName "<role>" '
    '-Scope "/subscriptions/<Azure subscription id>" -ObjectType "ForeignGroup"',
    "3. Let {target} confirm that it can see the subscription and open a support request, before you take rights away "
    "from {source}.",
    "",
    "What to take away from {source} (tenant {source_tenant})",
    "4. List who has rights, on each subscription and on each management group above it. In Azure Cloud Shell:",
    "   az role assignment list --all --include-inherited --output table",
    "   Look for entries of type foreign group or foreign principal, and for groups, users, applications and service "
    "principals that belong to {source}.",
    "5. Remove those that {source} no longer needs, on the day on which you and both partners agreed. Look at Azure "
    "Lighthouse delegations and at delegated admin relationships of {source} in the Microsoft 365 admin center too.",
)

_RESERVATIONS = (
    "",
    "Reservations and savings plans",
    "- A reservation that was paid upfront can no longer be exchanged after the transfer.",
    "- Where {target} bills in another currency than {source}, a reservation is cancelled at its next billing cycle: "
    "ask {target} first.",
    "- Rights on reservation orders and savings plans are assignments of their own: look at them in step 4 as well.",
)

_LIMITS = (
    "",
    "What this text cannot know",
    "It was written from Partner Center, which shows no role assignment. Only you, with a sign-in to your own Azure, "
    "can see who has which right. Keep the list of step 4.",
)


def role_assignment_text(case: Case, rows: Sequence[PlanRow]) -> str:
    """Return the text for the customer; empty for a customer without Azure to be transferred.

    Source: "Transfer Azure subscriptions under an Azure plan" (role assignments stay, the old partner keeps its rights,
    the new one gets none), "Reinstate admin privileges for a customer's Azure CSP subscriptions" (how to grant them).
    """
    azure = [row for row in rows if row.kind in AZURE_KINDS]
    if not azure:
        return ""
    words = {
        "company": case.name.company,
        "source": _partner_name(case.source, case.name.source),
        "source_tenant": case.source_tenant.tenant,
        "target": _partner_name(case.target, case.engagement.target.name),
        "target_tenant": case.engagement.target.tenant,
    }
    apart = any(row.kind != "Azure plan" for row in azure)
    template = (*_AFTER, *(_RESERVATIONS if apart else ()), *_LIMITS)
    # Names are data and are filled in once: braces in them are nothing to fill in again (S11).
    lines = [line.format_map(words) for line in _BEFORE]
    lines += [f"- {row.product}: {row.kind}, Partner Center id {row.subscription}" for row in azure]
    lines += [line.format_map(words) for line in template]
    return "\n".join(lines) + "\n"


def _partner_name(client: PartnerCenterReader, name: str) -> str:
    """Return the partner's company name, which the customer knows; an application alone may not read it."""
    return name if client.app_only else client.organization_profile().company_name or name
