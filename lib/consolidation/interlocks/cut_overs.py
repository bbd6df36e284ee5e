"""Before a case's first cart: the day is long enough, and few others are between set-up and suspension (S9, S13)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from consolidation.case import Case
from consolidation.journal import Journal
from consolidation.outcomes import FINISHED
from consolidation.population import CaseName, recorded_population

SHORTEST_CUT_OVER = timedelta(minutes=15)
"""What a cut-over is given at least: an order may take 15 minutes to appear ("Get all of a customer's orders")."""

LONGEST_CUT_OVER = timedelta(hours=3)
"""What is counted of a cut-over at most: one that took longer was left lying, or met a bad day. Twice as much is the
most that is asked of a day; without an end to it, one slow evening would leave no hour in which another may start."""

NEWEST_CUT_OVERS = 20
"""So many are looked at: how long Microsoft takes changes from week to week."""

MOST_UNFINISHED = 3
"""With so many cases set up but not suspended, no new cut-over starts (S13)."""


def cut_over_may_start(case: Case, now: datetime) -> list[str]:
    """S9 and S13: the rest of the UTC day suffices, and not too many cases are set up but not suspended.

    From here on the case counts for all others, until its customer's lease ends: its order is not announced yet.

    Args:
        case: The case that would start.
        now: Partner Center's clock, UTC.
    """
    reasons = []
    population = recorded_population(case.journal)
    others = begin_cut_over(case.journal, case.name, population)
    if others:
        names = ", ".join(f"{other.company} ({other.source})" for other in population if other.chain in others)
        in_hand = not others.isdisjoint(case.journal.cut_overs.under_way())
        state = "in the middle of their cut-over" if in_hand else "set up but not suspended"
        reasons.append(f"{len(others)} cases are {state} (S13): finish them first: {names}.")
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    needed = measured_cut_over(case.journal, population)
    if midnight - now < needed:
        reasons.append(
            f"The UTC day ends in {_minutes(midnight - now)} minutes and a cut-over may take {_minutes(needed)} (S9): "
            "start it tomorrow, or both tenants are billed for a day (M12)."
        )
    return reasons


def begin_cut_over(journal: Journal, case: CaseName, population: Iterable[CaseName]) -> frozenset[str]:
    """Let a case's cut-over begin, unless three others are in hand or set up but not suspended (S13).

    Args:
        journal: Of the engagement.
        case: Whose customer's lease this runner holds.
        population: Every case of the engagement.

    Returns:
        Chains of the others when they are too many; empty when it has begun.
    """
    # As often as not this is the answer, and whoever waits asks again and again: then no look at every case.
    under_way = journal.cut_overs.under_way()
    if case.chain in under_way:
        return frozenset()
    if len(under_way) >= MOST_UNFINISHED:
        return under_way
    standing = {other.chain for other in set_up_only(journal, population)}
    return journal.cut_overs.begin(case.chain, case.customer, besides=standing, most=MOST_UNFINISHED)


def set_up_only(journal: Journal, population: Iterable[CaseName]) -> list[CaseName]:
    """Return the cases that have orders in the target and rows in the source that are still to be suspended (S13).

    Only cases that have bought or claimed something since their suspension ended well are looked at one by one.
    """
    effects = journal.every.newest({"intended", "claimed"})
    ended = {
        entry.chain: entry.number if entry.body["outcome"] in FINISHED else 0
        for entry in journal.every.entries({"outcome"}, phase="05_suspend")
    }
    begun = (case for case in population if effects.get(case.chain, 0) > ended.get(case.chain, 0))
    return [case for case in begun if is_set_up_only(journal, case)]


def is_set_up_only(journal: Journal, case: CaseName) -> bool:
    """Tell whether a case has orders in the target and rows in the source that are still to be suspended (S13)."""
    entries = journal.entries(case.chain, kinds={"intended", "refused", "claimed", "outcome"})
    # A refused repeat says nothing of the first time, whose answer was lost.
    refused = {entry.body["intended"] for entry in entries if entry.kind == "refused" and not entry.body.get("repeat")}
    set_up = finished = 0
    for entry in entries:
        # A checkout counts from its intention on: its answer may be lost, or the order not yet be provisioned.
        ordered = entry.kind == "intended" and entry.body["action"] == "checkout" and entry.number not in refused
        # What support moved is suspended by support: it is no cut-over of ours.
        if ordered or (entry.kind == "claimed" and entry.phase == "04_recreate"):
            set_up = entry.number
        elif entry.kind == "outcome" and entry.phase == "05_suspend" and entry.body["outcome"] in FINISHED:
            finished = entry.number
        elif entry.kind == "outcome" and entry.phase == "05_suspend":
            finished = 0
    return set_up > finished


def measured_cut_over(journal: Journal, population: Iterable[CaseName]) -> timedelta:
    """Return the time to allow for set-up, read-back and suspension: twice the longest of the newest measured (S9).

    Measured are cut-overs that one runner carried from the first cart to the last suspension, by Partner Center's
    clock: what was interrupted says nothing of how long it takes, and the clocks of two computers may differ.
    """
    measured: list[tuple[datetime, timedelta]] = []
    chains = {case.chain for case in population}
    answered = [
        entry
        for phase in ("04_recreate", "05_suspend")
        for entry in journal.every.entries({"done"}, phase=phase)
        if entry.chain in chains and entry.body.get("answered_at")
    ]
    for _, found in groupby(sorted(answered, key=lambda entry: entry.chain), key=lambda entry: entry.chain):
        effects = list(found)
        if {entry.phase for entry in effects} != {"04_recreate", "05_suspend"}:
            continue
        times = [datetime.fromisoformat(entry.body["answered_at"]) for entry in effects]
        if len({entry.runner for entry in effects}) == 1:
            measured.append((max(times), min(max(times) - min(times), LONGEST_CUT_OVER)))
    newest = (took for _, took in sorted(measured)[-NEWEST_CUT_OVERS:])
    return max(SHORTEST_CUT_OVER, 2 * max(newest, default=timedelta(0)))


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
