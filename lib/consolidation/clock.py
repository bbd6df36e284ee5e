"""What is said when this computer's clock and Partner Center's differ: "today" is what Partner Center says."""

from __future__ import annotations

from datetime import timedelta

from consolidation.display import Box
from partner_center import PartnerCenterReader

TOLERANCE = timedelta(minutes=5)
"""A difference up to this much is not worth a sentence."""


def clock_note(client: PartnerCenterReader) -> list[Box]:
    """Return a box that says by how much the clocks differ, or nothing where they do not differ by more than 5 minutes.

    Args:
        client: Has just been answered, so that its tenant's time is known.
    """
    ahead = timedelta(seconds=client.clock_difference())
    if abs(ahead) <= TOLERANCE:
        return []
    which = "ahead of" if ahead > timedelta(0) else "behind"
    title = f"This computer's clock is {abs(ahead).total_seconds() / 60:.0f} minutes {which} Partner Center's."
    return [Box("note", title, ("'Today' is what Partner Center says; this computer only measures durations.",))]
