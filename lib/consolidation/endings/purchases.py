"""What was bought in the target for what runs out in the source: found by reading, or named by a person (M23, M31).

The purchase is a person's, on the day that the plan names. One target subscription stands for one row only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consolidation.case import Case
from consolidation.choices import choices
from consolidation.drift import bought_by_others
from consolidation.endings.standing import Purchase, open_purchases, purchases_due
from consolidation.inventory import ACTIVE, Snapshot, baseline
from partner_center.models import Subscription, identity


@dataclass(frozen=True)
class Matched:
    """What stands in the target for what runs out, before it is claimed.

    Attributes:
        found: Each purchase with its target subscription, and how it was found.
        asked: One sentence for each purchase that only a person can match.
    """

    found: tuple[tuple[Purchase, Subscription, str], ...]
    asked: tuple[str, ...]


def match_purchases(case: Case, target: Snapshot) -> Matched:
    """Match what runs out with what was bought in the target.

    Certain is what a person named, or the only one of the same product and seats that somebody bought there since the
    case was prepared, where one row only waits for that product.

    Args:
        case: Its journal knows the choices and claims.
        target: What the target says now.
    """
    waiting = open_purchases(case.journal, case.name)
    named = choices(case.journal, case.chain)
    unclaimed = (
        [item for item in _unclaimed(case, target) if identity(item.id) not in named.values()] if waiting else []
    )
    found, asked = [], []
    for purchase in waiting:
        if purchase.subscription in named:
            item, trouble = _named(case, purchase, named[purchase.subscription], target)
            found += [(purchase, item, "named by a person")] if item else []
            asked += [trouble] if trouble else []
            continue
        alike = [item for item in unclaimed if _product(item.offer_id) == _product(purchase.offer) != ""]
        rivals = [other for other in waiting if _product(other.offer) == _product(purchase.offer)]
        if len(alike) == len(rivals) == 1 and alike[0].quantity == purchase.seats:
            found.append((purchase, alike[0], "bought by hand, found in the target"))
        elif alike:
            ids = ", ".join(f"{identity(item.id)} with {item.quantity} seats" for item in alike)
            asked.append(f"{purchase.product}: the target has {ids}. {_how_to_name(case, purchase)}")
    return Matched(tuple(found), tuple(asked))


def claim_purchases(case: Case, target: Snapshot) -> None:
    """Claim what stands in the target for what runs out, as far as it is certain; a claim is for one row only.

    Raises:
        Held: Another case claimed one of them at this moment.
    """
    for purchase, item, how in match_purchases(case, target).found:
        body = {"how": how, "product": purchase.product, "seats": item.quantity}
        case.journal.claim(case.chain, {purchase.subscription: item.id}, body, phase=case.phase)


def purchases_to_come(case: Case, now: datetime, target: Snapshot) -> list[str]:
    """Say what a person has to do about what runs out: buy it now, name what was bought, look after what is gone.

    Args:
        case: Its journal knows what is to be bought.
        now: Partner Center's clock, UTC.
        target: What the target says now.
    """
    due = purchases_due(case.journal, case.name, now)
    return [*due, *match_purchases(case, target).asked, *_not_active_any_more(case, target)]


def _how_to_name(case: Case, purchase: Purchase) -> str:
    """Return the sentence that says how a person names what was bought."""
    return (
        f"Name what stands for it: 'consolidate choose ENGAGEMENT --customer {case.customer} --source "
        f"{case.name.source} --subscription {purchase.subscription} --bought-as ID'."
    )


def _not_active_any_more(case: Case, target: Snapshot) -> list[str]:
    """Name each target subscription that stands for what runs out and is not active there."""
    listed = target.by_id()
    return [
        f"{entry.body['product']}: {claimed} stands for it in the target and is "
        f"{listed[claimed].status if claimed in listed else 'not listed'} there: look at it in the portal."
        for entry in case.journal.entries(case.chain, kinds={"claimed"})
        if "product" in entry.body
        for claimed in entry.body["claims"].values()
        if claimed not in listed or listed[claimed].status.casefold() != ACTIVE
    ]


def _named(case: Case, purchase: Purchase, named: str, target: Snapshot) -> tuple[Subscription | None, str]:
    """Return the target subscription that a person named, or what is wrong with it."""
    item = target.by_id().get(named)
    if item is None or item.status.casefold() != ACTIVE:
        status = item.status if item else "not listed"
        return None, f"{purchase.product}: {named} was named for it and is {status} in the target. " + _how_to_name(
            case, purchase
        )
    if case.journal.claimed([item.id]):
        return None, f"{purchase.product}: {named} stands for another row already. {_how_to_name(case, purchase)}"
    return item, ""


def _unclaimed(case: Case, target: Snapshot) -> list[Subscription]:
    """Return what others bought in the target since the case was prepared, and that stands for no row yet."""
    record = baseline(case.journal, case.chain)
    before = record[1].by_id() if record else {}
    claimed = case.journal.claimed(item.id for item in target.subscriptions)
    return [
        item
        for item in bought_by_others(case.journal, case.customer, target)
        if identity(item.id) not in before and identity(item.id) not in claimed
    ]


def _product(offer: str) -> str:
    """Return product and SKU of a catalogue item id: the availability differs by market, term and time."""
    return ":".join(identity(offer).split(":")[:2])
