"""What the status of a transfer, and of a line in it, means (M24).

Microsoft's table names Active and Completed; its samples, its portal and working clients show other words
("TransferEntity resources"). A word that is not here holds its rows for a person (S7).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from partner_center.models import Transfer, TransferLineItem

Stage = Literal["pending", "in_progress", "complete", "withdrawn", "rejected", "expired", "failed", "unknown"]

TRANSFER_ROUTES = ("transfer", "azure_transfer")
"""Routes whose rows go from partner to partner."""

MOST_ITEMS = 25
"""Subscriptions in one request at most, as partners of Microsoft report."""

USUALLY_WITHIN = timedelta(minutes=15)
LONGEST_RETRY = timedelta(days=3)
"""Microsoft completes a transfer usually within the first, and retries up to the second ("Get transfer details")."""

ENDED = frozenset({"withdrawn", "rejected", "expired", "failed"})
"""Stages after which nothing moves any more: only a new request can."""

_STAGES: dict[str, Stage] = {
    "pending": "pending",
    "in_progress": "in_progress",
    "complete": "complete",
    "completed": "complete",
    "partially_complete": "complete",
    "partially_completed": "complete",
    "cancel": "withdrawn",
    "canceled": "withdrawn",
    "cancelled": "withdrawn",
    "withdrawn": "withdrawn",
    "reject": "rejected",
    "rejected": "rejected",
    "expired": "expired",
    "failed": "failed",
}


def stage_of(transfer: Transfer) -> Stage:
    """Return the stage of a transfer; partly complete counts as complete, its lines say which of them failed."""
    if transfer.status == "active":  # the table's word for both: only an accepted one has lines
        return "in_progress" if transfer.line_items else "pending"
    return _STAGES.get(transfer.status, "unknown")


def line_stage(transfer: Transfer, line: TransferLineItem) -> Stage:
    """Return the stage of one subscription in a transfer: its own word first, else that of the whole."""
    if line.transfer_error:
        return "failed"
    if line.status:
        return _STAGES.get(line.status, "unknown")
    return stage_of(transfer)
