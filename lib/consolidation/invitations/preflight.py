"""What can be known before a customer is asked, so that nobody is invited in vain (M1, M8, M25, M35)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consolidation.limits.partner_tenants import currencies, market_closed, offers_of
from consolidation.tables import Column, Table
from partner_center.errors import Forbidden

if TYPE_CHECKING:
    from consolidation.case import Case

_B2C = ("b2c", "ciam", "externalid")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at before the invitation.

    Attributes:
        what: What was looked at.
        found: What was found, in words.
        problem: Why the customer is not invited because of it; empty when nothing speaks against it.
    """

    what: str
    found: str
    problem: str = ""


@dataclass(frozen=True)
class Preflight:
    """Everything that was looked at before one invitation.

    Attributes:
        findings: Each thing once.
        agreement_needed: Whether the customer has to be asked who accepted the customer agreement.
    """

    findings: tuple[Finding, ...]
    agreement_needed: bool

    @property
    def problems(self) -> list[str]:
        """Why the customer is not invited; empty when nothing speaks against it."""
        return [finding.problem for finding in self.findings if finding.problem]

    @property
    def table(self) -> Table:
        """What was looked at, as a table."""
        return Table(
            columns=(Column("what", "Looked at before the invitation"), Column("found", "Found")),
            rows=tuple({"what": finding.what, "found": finding.problem or finding.found} for finding in self.findings),
            caption="Before the customer is asked",
        )


def look_before_inviting(case: Case) -> Preflight:
    """Look at cloud, market, currency, agreement and the kind of tenant before the first mail goes.

    The market is decided by the country of the customer's tenant, and a consolidation is possible within a CSP region
    only ("CSP regional authorization overview"). A tenant with B2C or external-identity features takes no reseller,
    which no call of Partner Center shows: only its name can raise the question.

    Raises:
        partner_center.PartnerCenterError: Something could not be read.
    """
    agreement, needed = _agreement(case)
    findings = (*_cloud(case), _market(case), _currency(case), _kind_of_tenant(case), agreement)
    return Preflight(findings, needed)


def _cloud(case: Case) -> tuple[Finding, ...]:
    if case.engagement.cloud.takes_relationship_requests:
        return ()
    problem = next(iter(case.engagement.cloud.limits), "")
    return (Finding("Relationship requests", "", f"In this cloud nobody can be invited: {problem}"),)


def _market(case: Case) -> Finding:
    what = "Market"
    country = case.source.customer(case.customer).country or case.source.customer_billing_profile(case.customer).country
    if not country.strip():
        return Finding(what, "The customer's country is not printed: check in the portal that the target sells there.")
    closed = market_closed(country, offers_of(case, country))
    return Finding(what, f"{country}: the target sells there.", " ".join(closed))


def _currency(case: Case) -> Finding:
    found = currencies(case)
    return Finding("Currency", " ".join(found.notes) or f"Source and target are both billed in {found.target}.")


def _kind_of_tenant(case: Case) -> Finding:
    asked = "A tenant with B2C or external-identity features cannot accept; Partner Center does not show that."
    suspicious = any(word in case.name.domain.casefold() for word in _B2C)
    if suspicious:
        return Finding("Kind of tenant", f"{case.name.domain} is named like one: ask the customer first. {asked}")
    return Finding("Kind of tenant", f"Nothing in its name speaks of one. {asked}")


def _agreement(case: Case) -> tuple[Finding, bool]:
    """Return what the source knows of the customer agreement, and whether the customer has to be asked for it."""
    what = "Customer agreement"
    try:
        if case.source.directly_signed(case.customer):
            return Finding(what, "Signed with Microsoft directly: the mail does not ask for it."), False
        filed = [one for one in case.source.agreements(case.customer) if one.email and one.date_agreed]
    except Forbidden:
        return Finding(what, "Cannot be read under the source with this sign-in: the mail asks for it."), True
    if not filed:
        return Finding(what, "The source has none on file: the mail asks who accepted it, and when."), True
    last = max(filed, key=lambda one: str(one.date_agreed))
    who = f"{last.first_name} {last.last_name}".strip()
    return (
        Finding(what, f"Under the source: {who}, {last.date_agreed:%Y-%m-%d}. The target needs its own (M8)."),
        True,
    )
