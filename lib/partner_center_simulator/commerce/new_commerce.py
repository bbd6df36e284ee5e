"""What sets a subscription of new commerce apart once it is bought: promotion, aligned end, seats to hand back."""

from datetime import datetime

from partner_center_simulator.clock import parse_instant, timestamp
from partner_center_simulator.commerce import terms
from partner_center_simulator.documents import Document, Json


def as_bought(resource: Document, line: Document) -> Document:
    """Return the resource of a subscription with what its cart line adds to the usual term."""
    changed = dict(resource)
    if line.get("promotionId"):
        changed["promotionId"] = line["promotionId"]
    renewal: Json = line.get("renewsTo")
    # The sample of the page shows an object, its table an array.
    renewal = renewal[0] if isinstance(renewal, list) and renewal else renewal
    if isinstance(renewal, dict) and renewal.get("termDuration"):
        changed["renewalTermDuration"] = str(renewal["termDuration"])
    if line.get("customTermEndDate"):
        changed |= terms.aligned(parse_instant(str(line["customTermEndDate"])))
    return changed


def open_batches(resource: Document, now: datetime) -> list[Document]:
    """Return the seats that can still be handed back, by purchase."""
    return [batch for batch in _batches(resource) if parse_instant(batch["allowedUntilDateTime"]) >= now]


def without_closed_batches(resource: Document, now: datetime) -> Document:
    """Return a resource without the seats whose window has closed."""
    still_open = open_batches(resource, now)
    return resource if still_open == _batches(resource) else with_batches(resource, still_open)


def with_batches(resource: Document, batches: list[Document]) -> Document:
    """Return a resource with these seats to hand back."""
    total = sum(batch["quantity"] for batch in batches)
    return {**resource, "refundableQuantity": {"totalQuantity": total, "details": batches}}


def after_seat_change(resource: Document, before: int, now: datetime) -> Document:
    """Return a resource whose seats changed: what was added can be handed back for seven days, the newest goes first.

    Raises:
        ValueError: More seats went than could be handed back.
    """
    batches = open_batches(resource, now)
    added = resource["quantity"] - before
    if added > 0:
        until = timestamp(now + terms.WINDOW)
        return with_batches(resource, [*batches, {"quantity": added, "allowedUntilDateTime": until}])
    left = -added
    kept: list[Document] = []
    for batch in reversed(batches):
        taken = min(left, batch["quantity"])
        left -= taken
        if batch["quantity"] > taken:
            kept.insert(0, {**batch, "quantity": batch["quantity"] - taken})
    if left:
        raise ValueError(f"{left} seats too many were handed back")
    return with_batches(resource, kept)


def refund_of(resource: Document, now: datetime) -> str:
    """Return the kind of refund that a cancellation gets now: Full, Partial or None."""
    for option in resource.get("refundOptions", []):
        if option.get("expiresAt") and parse_instant(option["expiresAt"]) >= now:
            return str(option["type"])
    return "None"


def _batches(resource: Document) -> list[Document]:
    # A portfolio may hold anything in place of them, for clients to bear.
    refundable: Json = resource.get("refundableQuantity")
    return list(refundable.get("details") or []) if isinstance(refundable, dict) else []
