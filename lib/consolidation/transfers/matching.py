"""Finding the subscription in the target that stands for a transferred one: under the target it has a new id (M24).

The way back is the order that the transfer's line item names. Where it is missing, product, seats, term and end date
decide when only one fits; otherwise a person picks ("TransferEntity resources" as read in 2024 and later).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consolidation.case import Case
from consolidation.choices import choices
from consolidation.inventory import DELETED, Snapshot, baseline
from consolidation.plan import PlanRow
from consolidation.tables import counted
from consolidation.transfers.record import transferred_rows
from consolidation.transfers.standing import Standing
from partner_center.models import Subscription, identity, same_id

NO_DAY = "no end"


@dataclass(frozen=True)
class Match:
    """What the target has for a row that moved.

    Attributes:
        standing: The row.
        counterpart: The one subscription that stands for it, None while there is none, or several fit.
        candidates: Those among which a person picks, lower case.
        how: In words, for the journal.
    """

    standing: Standing
    counterpart: Subscription | None = None
    candidates: tuple[str, ...] = ()
    how: str = ""


def product_and_sku(offer: str) -> str:
    """Return product and SKU of a catalogue item; the third part, the availability, changes with the price list."""
    return ":".join(offer.casefold().split(":")[:2])


def end_day(subscription: Subscription) -> str:
    """Return the last day of the term, yyyy-mm-dd in UTC, or words where there is none."""
    ends = subscription.commitment_end_date
    return f"{ends:%Y-%m-%d}" if ends else NO_DAY


def matches(case: Case, standing: Sequence[Standing], target: Snapshot) -> list[Match]:
    """Find the counterpart of each row that moved, those found earlier by their claim.

    Args:
        case: Its journal knows claims and choices.
        standing: Rows of a plan; those that did not move have no match.
        target: What the target lists now.
    """
    moved = [each for each in standing if each.state == "moved"]
    claims = transferred_rows(case.journal, case.chain)
    now = target.by_id()
    taken = set(case.journal.claimed(now))
    free = {key: item for key, item in now.items() if key not in taken and item.status.casefold() != DELETED}
    found = []
    for each in moved:
        claimed = claims.get(each.row.subscription)
        if claimed is not None:
            found.append(Match(each, now.get(claimed), how="claimed"))
        elif each.line is not None and each.line.order_id:
            found.append(_by_order(case, each, free))
        else:
            found.append(_by_likeness(case, each, moved, claims, free))
    return found


def _by_order(case: Case, each: Standing, free: Mapping[str, Subscription]) -> Match:
    """Find it by the order that the transfer made; of several in one order, by what it is."""
    order = each.line.order_id if each.line else None
    ordered = {key: item for key, item in free.items() if same_id(item.order_id, order)}
    alike = {key: item for key, item in ordered.items() if _alike(each.row, item)}
    return _one_of(case, each, ordered if len(ordered) == 1 else alike, how=f"order {order}")


def _by_likeness(
    case: Case,
    each: Standing,
    moved: Sequence[Standing],
    claims: Mapping[str, str],
    free: Mapping[str, Subscription],
) -> Match:
    """Find it by product, seats, term and end date among what is new in the target since the case was prepared."""
    record = baseline(case.journal, case.chain)
    before = record[1].by_id() if record else {}
    alike = {key: item for key, item in free.items() if key not in before and _alike(each.row, item)}
    rivals = [
        other
        for other in moved
        if other.row.subscription not in claims and any(_alike(other.row, item) for item in alike.values())
    ]
    how = "product, seats, term and end date"
    if len(alike) == 1 and len(rivals) > 1:
        return _picked(case, each, alike, how=how)
    return _one_of(case, each, alike, how=how)


def _one_of(case: Case, each: Standing, fitting: Mapping[str, Subscription], *, how: str) -> Match:
    if len(fitting) == 1:
        (only,) = fitting.values()
        return Match(each, only, how=how)
    return _picked(case, each, fitting, how=how) if fitting else Match(each)


def _picked(case: Case, each: Standing, fitting: Mapping[str, Subscription], *, how: str) -> Match:
    """Take the one that a person picked for this row; offer those that nobody picked for another."""
    chosen = choices(case.journal, case.chain)
    pick = chosen.get(each.row.subscription, "")
    if pick in fitting:
        return Match(each, fitting[pick], how=f"picked by a person among those alike in {how}")
    elsewhere = {choice for row, choice in chosen.items() if row != each.row.subscription}
    return Match(each, candidates=tuple(sorted(set(fitting) - elsewhere)))


def _alike(row: PlanRow, item: Subscription) -> bool:
    """Tell whether a target subscription is what a row was: a transfer changes neither seats nor term nor its end."""
    return (
        product_and_sku(row.offer) == product_and_sku(item.offer_id)
        and (item.quantity or 0) == row.seats
        and (item.term_duration or "").casefold() == row.term.casefold()
        and row.details.get("ends", NO_DAY) == end_day(item)
    )


def claim_found(case: Case, found: Sequence[Match]) -> list[str]:
    """Claim what was found for rows that have no claim yet; return one sentence for each."""
    known = transferred_rows(case.journal, case.chain)
    told = []
    for match in found:
        row, counterpart = match.standing.row, match.counterpart
        if counterpart is None or row.subscription in known:
            continue
        transfer = match.standing.transfer
        body = {"how": f"transferred, found by {match.how}", "transfer": identity(transfer.id) if transfer else ""}
        case.journal.claim(case.chain, {row.subscription: counterpart.id}, body, phase=case.phase)
        told.append(f"Transferred: {row.product}, {counted(row.seats, 'seat')}, in the target as {counterpart.id}.")
    return told
