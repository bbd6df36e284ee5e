"""Promotions: what is cheaper for a while (Microsoft page "Get promotions")."""

from partner_center_simulator.clock import timestamp
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State

SHOWN = ("id", "name", "startDate", "endDate")


def listed(state: State, segment: str) -> list[Document]:
    """Return the promotions of a segment that run now, as the API shows them; they are the same in every market."""
    return [
        {name: promotion[name] for name in SHOWN}
        for promotion in state.documents.scope("promotion", "").values()
        if promotion["segment"] == segment and _runs(state, promotion)
    ]


def fitting(state: State, identifier: str, offer: Document, duration: str) -> Document | None:
    """Return the promotion of this id when it runs now and fits an item and a term; None otherwise."""
    promotion = state.documents.get("promotion", "", identifier.lower())
    if promotion is None or not _runs(state, promotion) or promotion["segment"] != offer["item"]["segment"]:
        return None
    sku = str(promotion["id"]).rpartition(":")[0]
    fits = offer["resource"]["id"].startswith(f"{sku}:") and duration.upper() in promotion["durations"]
    return promotion if fits else None


def _runs(state: State, promotion: Document) -> bool:
    return bool(promotion["startDate"] <= timestamp(state.clock.now()) < promotion["endDate"])
