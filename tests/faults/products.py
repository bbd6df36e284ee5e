"""Which products are the same, and which one a person picked for a row: read from what had been approved."""

from __future__ import annotations

from faults.history import CaseKey, History


def product(offer: object) -> str:
    """Return what an offer id names: of new commerce product and SKU, whichever the availability; else the offer."""
    return ":".join(str(offer).lower().split(":")[:2])


def products_of(history: History, case: CaseKey) -> dict[str, set[str]]:
    """Return each subscription that a source holds, or held -> the products that stand for it in the target.

    That is what approved plans bought for it, as somebody picked it; its own where nothing was bought for it.
    """
    bought: dict[str, set[str]] = {}
    for (of, _), approval in history.approvals.items():
        for row in approval.rows if of == case else ():
            if row["subscription"] in approval.announced and row["target_offer"]:
                bought.setdefault(row["subscription"], set()).add(product(row["target_offer"]))
    return {key: bought.get(key, {product(one.offer)}) for key, one in history.ever_held(*case).items()}
