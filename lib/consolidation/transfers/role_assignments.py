"""What does not move with Azure: who may work in it. A text for the customer, in its language (M24, M35)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from consolidation.case import Case
from consolidation.invitations.languages import LANGUAGES, customer_language, mail_language
from consolidation.plan import PlanRow
from consolidation.tables import single_line
from partner_center import PartnerCenterReader

AZURE_KINDS = frozenset({"Azure plan", "reservation", "savings plan"})

# The same in every language: what is typed is not translated.
_GRANT: Final = (
    'New-AzRoleAssignment -ObjectId "<object id of the group>" -RoleDefinitionName "<role>" '
    '-Scope "/subscriptions/<Azure subscription id>" -ObjectType "ForeignGroup"'
)
_LOOK: Final = "az role assignment list --all --include-inherited --output table"


def role_assignment_text(case: Case, rows: Sequence[PlanRow]) -> str:
    """Return the text for the customer; empty for a customer without Azure to be transferred.

    Source: "Transfer Azure subscriptions under an Azure plan" (role assignments stay, the old partner keeps its rights,
    the new one gets none), "Reinstate admin privileges for a customer's Azure CSP subscriptions" (how to grant them).
    """
    azure = [row for row in rows if row.kind in AZURE_KINDS]
    if not azure:
        return ""
    # Only the packaged languages have this text; a partner's own templates are those of the mails.
    wanted = customer_language(case, case.source.customer_billing_profile(case.customer))
    packaged = tuple(each for each in case.engagement.invitations.languages if each in LANGUAGES)
    names = {
        "company": case.name.company,
        "source": _partner_name(case.source, case.name.source),
        "source_tenant": case.source_tenant.tenant,
        "target": _partner_name(case.target, case.engagement.target.name),
        "target_tenant": case.engagement.target.tenant,
    }
    names = {name: single_line(value) for name, value in names.items()}
    return written(mail_language(wanted, packaged or LANGUAGES[:1]), names, azure)


def written(language: str, names: dict[str, str], azure: Sequence[PlanRow]) -> str:
    """Return the text in one of the packaged languages; a line is a paragraph, for mail programs break it themselves.

    Args:
        language: One of `LANGUAGES`.
        names: `company`, and `source`, `source_tenant`, `target` and `target_tenant`: data, filled in once (S11).
        azure: What is transferred, of the kinds `AZURE_KINDS`.
    """
    # Plain text is not escaped: that would show entities instead of names.
    loader = PackageLoader("consolidation.transfers")
    templates = SandboxedEnvironment(loader=loader, undefined=StrictUndefined, trim_blocks=True, autoescape=False)
    commitments = any(row.kind != "Azure plan" for row in azure)
    template = templates.get_template(f"role-assignments.{language}.jinja")
    return template.render(names, rows=azure, commitments=commitments, grant=_GRANT, look=_LOOK) + "\n"


def _partner_name(client: PartnerCenterReader, name: str) -> str:
    """Return the partner's company name, which the customer knows; an application alone may not read it."""
    return name if client.app_only else client.organization_profile().company_name or name
