"""The watch on the sources: nobody adds anything (M16), what was ended makes no charges (M18), what runs out is bought.

The customer stays on the source's list. What appears there afterwards, or is active again, is billed by the source, and
nobody looks at that tenant any more: so the watch reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consolidation.case import Case
from consolidation.charges import rows_that_charge
from consolidation.choices import chosen_routes
from consolidation.endings.standing import open_purchases, purchases_due
from consolidation.inventory import ACTIVE, Snapshot, baseline, product_name, read_snapshot
from consolidation.outcomes import case_outcomes
from consolidation.tables import Column, Table
from consolidation.transfers.record import transferred_rows
from partner_center import PartnerCenterError
from partner_center.models import Subscription, identity

MOVING_PHASES = ("03_transfer", "05_suspend", "06_azure")
"""Phases after which a row of the source should make no charges any more."""


@dataclass(frozen=True)
class Watched:
    """What the watch saw of one case.

    Attributes:
        case: Whose source.
        found: One sentence for each subscription that should not be active there; empty when all is well.
        failed: Why the source could not be read; empty when it could.
    """

    case: Case
    found: tuple[str, ...] = ()
    failed: str = ""

    @property
    def words(self) -> str:
        """The state of the case in words."""
        if self.failed:
            return f"could not be read: {self.failed}"
        return " ".join(self.found) or "as it was left"


def is_watched(case: Case) -> bool:
    """Tell whether its source is to stay quiet, because something was moved, or something runs out there."""
    return is_moved(case) or bool(open_purchases(case.journal, case.name))


def is_moved(case: Case) -> bool:
    """Tell whether something of this case was moved, so that its source is to stay quiet."""
    ended = case_outcomes(case.journal, case.name)
    return any(phase in ended and ended[phase].outcome == "done" for phase in MOVING_PHASES)


def watch(cases: Iterable[Case]) -> Iterator[Watched]:
    """Read the source of each case that was moved, by one list read each, and keep what was seen in its chain.

    Args:
        cases: All cases of the engagement; those of which nothing was moved are left out.

    Yields:
        One answer for each watched case; one that cannot be read does not stop the others.
    """
    for case in cases:
        if not is_watched(case):
            continue
        try:
            source = read_snapshot(case.source, case.customer, "source")
        except PartnerCenterError as error:
            yield Watched(case, failed=str(error))
            continue
        found = tuple(_found(case, source)) if is_moved(case) else ()
        found = (*found, *purchases_due(case.journal, case.name, source.read_at))
        case.journal.append(case.chain, "observed", {"watch": source.body(), "found": list(found)})
        yield Watched(case, found)


def _found(case: Case, source: Snapshot) -> Iterator[str]:
    record = baseline(case.journal, case.chain)
    recorded = record[0].by_id() if record else {}
    transferred = transferred_rows(case.journal, case.chain)
    moved = _moved(case) | transferred
    if not source.related:
        yield (
            "The customer is not on the source's list any more, so nothing can be seen there: find out who ended the "
            "relationship, because the final invoice and its credit are still to come (M17)."
        )
    charging = dict(rows_that_charge(case, source))
    for item in source.subscriptions:
        if item.status.casefold() != ACTIVE:
            if identity(item.id) in charging and identity(item.id) not in transferred:
                yield f"{_named(item)} {charging[identity(item.id)]}"
            continue
        known = recorded.get(identity(item.id))
        if known is None:
            yield f"{_named(item)} was added after the case was prepared: end it in the source, buy it in the target."
        elif identity(item.id) in transferred:
            yield (
                f"{_named(item)} is active in the source although it was transferred to "
                f"{transferred[identity(item.id)]}: ask Microsoft's support which partner is billed. Never suspend it."
            )
        elif identity(item.id) in moved and known.status.casefold() == ACTIVE:
            yield (
                f"{_named(item)} is active again although {moved[identity(item.id)]} stands for it in the target: both "
                "tenants are billed (M12, M18). Find out who reactivated it, then suspend it in the source's portal."
            )
        elif identity(item.id) in charging:
            yield f"{_named(item)} {charging[identity(item.id)]}"


def _moved(case: Case) -> dict[str, str]:
    """Return what was bought or moved by support, as far as the source was left: before that it is active by right.

    What runs out is active by right to the end of its term, although what follows it stands in the target already.
    """
    ended = case_outcomes(case.journal, case.name)
    left = any(phase in ended and ended[phase].outcome == "done" for phase in ("05_suspend", "06_azure"))
    claims = case.journal.claims(case.chain) if left else {}
    running_out = {key for key, each in chosen_routes(case.journal, case.chain).items() if each.route == "run_out"}
    return {key: claimed for key, claimed in claims.items() if key not in running_out}


def _named(item: Subscription) -> str:
    return f"{product_name(item)} with {item.quantity} seats ({identity(item.id)})"


def watch_table(watched: Iterable[Watched]) -> Table:
    """Show every watched case once, what needs somebody first."""
    rows = [
        {"company": one.case.name.company, "source": one.case.name.source, "seen": one.words}
        for one in sorted(watched, key=lambda one: not (one.found or one.failed))
    ]
    return Table(
        columns=(Column("company", "Customer"), Column("source", "Source"), Column("seen", "What the source shows")),
        rows=tuple(rows),
        caption="The sources after the move: nobody adds anything, what was ended makes no charges (M16, M18)",
        empty="No case has been moved yet: there is nothing to watch.",
    )
