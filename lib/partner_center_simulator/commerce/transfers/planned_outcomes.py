"""How coming transfers end, when a test does not want them to end well."""

from partner_center_simulator.documents import Document, Json
from partner_center_simulator.state import State

ORDER_FAILED = "900103: The order could not be placed."
WELL: Document = {"outcome": "complete", "failed": [], "error": ORDER_FAILED, "after_seconds": None}
LATE = 2 * 86_400.0
"""The service tries again for three days (Microsoft page "Get transfer details by ID")."""
OUTCOMES: dict[str, float | None] = {"complete": None, "late": LATE, "partial": None, "failed": None}
"""Each outcome with the seconds from acceptance to it; None is the setting ``transfer_seconds``."""


class BadOutcome(ValueError):
    """An outcome is not understood."""


def plan(state: State, asked: Document) -> list[Document]:
    """Say how the next accepted transfer ends, and return all plans that wait.

    Args:
        state: The simulated cloud.
        asked: ``outcome``: complete, late, partial or failed; ``failed``: for partial, the subscription ids that do
            not come along; ``error``: the transferError of what fails; ``after_seconds``: from acceptance to the end
            (Partner Center's clock; without it the setting ``transfer_seconds``, for late two days);
            ``customer``: the next transfer of that customer; without it the next of anybody.

    Raises:
        BadOutcome: The request is not understood.
    """
    unknown = set(asked) - {"outcome", "failed", "error", "after_seconds", "customer"}
    outcome, failed, after = asked.get("outcome"), asked.get("failed", []), asked.get("after_seconds")
    if unknown:
        raise BadOutcome(f"there is no {', '.join(sorted(unknown))} of an outcome")
    if outcome not in OUTCOMES:
        raise BadOutcome(f"outcome is one of {', '.join(OUTCOMES)}")
    if bool(failed) != (outcome == "partial") or not isinstance(failed, list):
        raise BadOutcome("failed is a list of subscription ids, for partial and for nothing else")
    planned = {
        "outcome": outcome,
        "failed": [str(one).lower() for one in failed],
        "error": str(asked.get("error", ORDER_FAILED)),
        "after_seconds": _seconds(after) if after is not None else OUTCOMES[outcome],
        "customer": str(asked["customer"]).lower() if asked.get("customer") else None,
        "used_by": None,
    }
    with state.transaction():
        number = state.next_number("planned_outcome", "")
        state.documents.put("planned_outcome", "", f"{number:06d}", planned)
    return waiting(state)


def waiting(state: State) -> list[Document]:
    """Return the plans that no transfer has used yet."""
    return [one for one in state.documents.scope("planned_outcome", "").values() if one["used_by"] is None]


def take(state: State, customer: str, transfer: str) -> Document:
    """Return how a transfer of a customer ends, and note that this plan is used; inside a transaction."""
    for key, planned in state.documents.scope("planned_outcome", "").items():
        if planned["used_by"] is None and planned["customer"] in (None, customer.lower()):
            state.documents.put("planned_outcome", "", key, {**planned, "used_by": transfer.lower()})
            return planned
    return WELL


def _seconds(value: Json) -> float:
    seconds = float(value)
    if not seconds >= 0:
        raise BadOutcome("after_seconds is a number from 0 on")
    return seconds
