"""What the two partner tenants must have before anything is bought: agreement, market, currency, Partner IDs (M25).

One limit is met at the checkout only: whether Microsoft has the customer under review, or refuses it by its check of
risks (800069, 800073 to 800075). No call that we know shows it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from consolidation.case import Case
from consolidation.outcomes import latest_outcome
from consolidation.plan import PlanRow
from consolidation.relationship import read_relationship
from partner_center import PartnerCenterReader
from partner_center.errors import Forbidden, NotFound
from partner_center.models import Offer

UNKNOWN_PARTNER = "3000"
NOT_ENROLLED = "2030"


@dataclass(frozen=True)
class Currencies:
    """The billing currencies of source and target, ISO 4217, empty where they cannot be read."""

    source: str
    target: str

    @property
    def differ(self) -> bool:
        """Whether prices of the two cannot be compared."""
        return bool(self.source and self.target) and self.source.casefold() != self.target.casefold()

    @property
    def notes(self) -> list[str]:
        """What whoever approves should know of them, one sentence each."""
        if self.differ:
            return [
                f"The source is billed in {self.source}, the target in {self.target}: no price of the source is a "
                "ceiling for the target. Compare them in the target's portal before you approve."
            ]
        if not self.source or not self.target:
            return ["The billing currencies cannot be read with this sign-in: compare source and target by hand."]
        return []


def currencies(case: Case) -> Currencies:
    """Read in which currency each of the two partner tenants is billed ("Get partner billing profile")."""
    return Currencies(_currency(case.source), _currency(case.target))


def _currency(client: PartnerCenterReader) -> str:
    try:
        return client.partner_billing_profile().billing_currency.strip().upper()
    except Forbidden:
        return ""  # an application alone, or a user without that role: the plan says that it is not known


def agreement_missing(case: Case) -> list[str]:
    """Return why the target may not buy for the customer as far as the customer agreement goes (13605).

    What `02_invite` read back is not read again.
    """
    invited = latest_outcome(case.journal, case.chain, "02_invite")
    if (invited is not None and invited.outcome == "done") or read_relationship(case).agreement_in_place:
        return []
    return ["The target has no confirmation of the customer agreement and may not buy: run 02_invite first (M8)."]


def offers_of(case: Case, country: str) -> list[Offer]:
    """Read what the target may buy in a market (ISO 3166 alpha-2): nothing where it is not enrolled for it (2030)."""
    if not country.strip():
        return []
    try:
        return case.target.offers(country)
    except Forbidden as error:
        if error.code != NOT_ENROLLED:
            raise
        return []


def market_closed(country: str, offers: Sequence[Offer]) -> list[str]:
    """Return why the target cannot sell in the customer's market: it is decided by the country of the customer tenant.

    A consolidation is possible within a CSP region, not across ("CSP regional authorization overview"; error 2030).

    Args:
        country: ISO 3166 alpha-2, empty where Partner Center prints none.
        offers: What the target may buy there.
    """
    if not country.strip():
        return ["The customer's country is not known, and with it its market: set it in the target's portal first."]
    if not offers:
        return [
            f"The target's catalogue is empty for the market {country}: it may not sell there. A customer of another "
            "CSP region cannot be moved to this target; ask Microsoft's partner support."
        ]
    return []


def with_partner_ids(case: Case, rows: Iterable[PlanRow]) -> tuple[list[PlanRow], list[str]]:
    """Check the Partner ID of each row that carries one into the target, once per id ("Verify a PartnerID").

    Only its existence can be read: whether the reseller is active and linked to this partner, the cart says (900154).

    Returns:
        The rows, with a problem where Microsoft does not know the id, and what could not be checked.
    """
    every = list(rows)
    wanted = {row.partner for row in every if row.partner and row.target_action == "order"}
    found = {partner: _partner_problem(case, partner) for partner in sorted(wanted)}
    unread = [partner for partner, problem in found.items() if problem is None]
    notes = [f"Partner ID {', '.join(unread)} cannot be checked with this sign-in."] if unread else []
    checked = []
    for row in every:
        problem = found.get(row.partner) if row.target_action == "order" else None
        checked.append(replace(row, problems=(*row.problems, problem)) if problem else row)
    return checked, notes


def _partner_problem(case: Case, partner: str) -> str | None:
    """Return what is wrong with a Partner ID, empty for nothing, None when it cannot be read."""
    try:
        case.target.partner_profile(partner)
    except NotFound as error:
        if error.code != UNKNOWN_PARTNER:
            return None
        return (
            f"Microsoft does not know the Partner ID {partner} on record: correct it in the source's portal, or clear "
            "it there, and plan again. Without one the reseller loses its incentive."
        )
    except Forbidden:
        return None
    return ""
