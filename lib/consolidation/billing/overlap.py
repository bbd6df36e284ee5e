"""What an overlap of the two tenants' billing comes to (M12)."""

from __future__ import annotations

from datetime import datetime

from consolidation.inventory import Snapshot
from consolidation.journal import Journal
from consolidation.tables import counted


def overlap_days(journal: Journal, chain: str, target: Snapshot) -> int:
    """Return for how many UTC days both tenants were billed for a row of the case, the longest of its rows.

    The target counts from its creation date as read, the source to the day on which Partner Center answered the
    suspension, or on which it was first read back as suspended. The suspension day itself is credited, so set-up and
    suspension on one UTC day are no overlap ("Common billing scenarios").

    Args:
        journal: Holds the suspensions and the claims.
        chain: The case.
        target: All subscriptions of the target, with their creation dates.
    """
    created = target.by_id()
    claims = journal.claims(chain)
    days = 0
    for entry in journal.entries(chain, kinds={"done"}, phase="05_suspend"):
        if not entry.body.get("answered_at"):  # an add-on that went with its base has the base's day
            continue
        suspended_on = datetime.fromisoformat(entry.body["answered_at"]).date()
        for row in entry.body["rows"]:
            counterpart = created.get(claims.get(row, ""))
            if counterpart and counterpart.creation_date:
                days = max(days, (suspended_on - counterpart.creation_date.date()).days)
    return days


def overlap_sentence(days: int) -> str:
    """Return the overlap in words; Microsoft refuses credits for it."""
    if days <= 0:
        return "Set up and suspended on the same UTC day: no day is billed twice."
    return f"OVERLAP: both tenants are billed for {counted(days, 'day')}; credits will be denied (M12)."
