"""What is said when this computer's clock and Partner Center's differ: "today" is what Partner Center says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from consolidation.case import Case
from consolidation.display import Box, Page, Showable

TOLERANCE = timedelta(minutes=5)
"""A difference up to this much is not worth a sentence."""


def with_clock_note(shown: Showable, case: Case) -> Showable:
    """Return what a case has just observed, under a box where the clocks differ."""
    told = [snapshot.read_at for snapshot in (case.source_snapshot, case.target_snapshot) if snapshot is not None]
    note = clock_note(datetime.now(UTC) - max(told)) if told else []
    return Page(*note, shown) if note else shown


def clock_note(ahead: timedelta) -> list[Box]:
    """Return a box that says by how much the clocks differ, or nothing where they do not differ by more than 5 minutes.

    Args:
        ahead: By how much this computer's clock is ahead of Partner Center's; negative when it is behind.
    """
    if abs(ahead) <= TOLERANCE:
        return []
    which = "ahead of" if ahead > timedelta(0) else "behind"
    title = f"This computer's clock is {abs(ahead).total_seconds() / 60:.0f} minutes {which} Partner Center's."
    return [Box("note", title, ("'Today' is what Partner Center says; this computer only measures durations.",))]
