"""What the consultant of the demo chooses between two rounds: routes that no rule takes by itself (M23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from consolidation.approvals import ASSUMED
from consolidation.choices import chosen_routes, record_route, rows_of
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.inventory import last_observed
from consolidation.journal import Journal
from consolidation.population import CaseName, recorded_population


@dataclass(frozen=True)
class DemoChoice:
    """One choice of the demo.

    Attributes:
        domain: Initial domain of the customer.
        product: Name of the subscription.
        route: Which way it goes.
        reason: Why, as a consultant would write it.
        owner: Who buys what runs out.
        days: Days until that purchase.
    """

    domain: str
    product: str
    route: str
    reason: str
    owner: str = ""
    days: int = 0


CHOICES = (
    DemoChoice(
        "relecloud.onmicrosoft.com",
        "Microsoft 365 Business Premium",
        "replace_in_window",
        "it was bought under the wrong partner two days ago",
    ),
    DemoChoice("relecloud.onmicrosoft.com", "Exchange Online Kiosk", "retire", "the workshop that used it has closed"),
    DemoChoice(
        "lamnahealthcare.onmicrosoft.com",
        "Microsoft 365 Business Basic",
        "run_out",
        "the customer wants to keep the price of this term to its end",
        owner="Ana Trujillo",
        days=20,
    ),
)


def choose_routes(engagement: Engagement, journal: Journal) -> None:
    """Record the demo's choices that are not recorded yet, as assumed ones.

    Args:
        engagement: The demo's.
        journal: Its journal, after every case was prepared.

    Raises:
        ConsolidationError: The engagement is not on loopback, where alone something may be assumed (S12).
    """
    if not (engagement.approvals.automatic and engagement.cloud.is_loopback):
        raise ConsolidationError("Choices are assumed on loopback only (S12).", next_step="Use 'consolidate choose'.")
    for case in recorded_population(journal):
        for choice in (each for each in CHOICES if each.domain == case.domain):
            _record(journal, case, choice)


def _record(journal: Journal, case: CaseName, choice: DemoChoice) -> None:
    source = last_observed(journal, case.chain)
    if source is None:
        return  # it could not be prepared, and says so itself
    chosen = chosen_routes(journal, case.chain)
    rows = [row for row in rows_of(journal, case.chain, source) if row.product == choice.product]
    for row in rows:
        if row.subscription in chosen:
            continue
        buys = (source.read_at + timedelta(days=choice.days)).date().isoformat() if choice.owner else ""
        record_route(
            journal,
            case,
            row,
            choice.route,
            reason=choice.reason,
            by=ASSUMED,
            how="automatic",
            phase=None,
            purchase_on=buys,
            owner=choice.owner,
        )
