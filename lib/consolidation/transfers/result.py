"""What a plan of transfers has come to: each row in words, and the outcome that follows (M24, M30, M31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from consolidation.case import Case
from consolidation.choices import chosen_routes
from consolidation.inventory import ACTIVE, Snapshot, baseline, product_name
from consolidation.plan import Plan, PlanRow
from consolidation.tables import Column, Table, counted
from consolidation.transfers.matching import Match
from consolidation.transfers.planning import ACCEPT_BY_API
from consolidation.transfers.reading import begun
from consolidation.transfers.record import goes_by_transfer, transferred_rows
from consolidation.transfers.stages import LONGEST_RETRY
from consolidation.transfers.standing import FRUITLESS, Standing
from consolidation.transfers.words import billing_sentence, ended_sentence, named, portal_sentence, support_sentence
from partner_center.models import identity


@dataclass
class Result:
    """How a plan of transfers stands.

    Attributes:
        held: What waits for us, one sentence each.
        waiting: What waits for Microsoft, one sentence each.
        since: When the oldest of those waits began, ISO 8601 UTC.
        done: Source subscription ids that moved and were read back on both sides.
        days: When the transfers were complete.
        words: Source subscription id -> how its row stands, in words.
    """

    held: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    since: str = ""
    done: list[str] = field(default_factory=list)
    days: list[datetime] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)

    def wait(self, sentence: str, since: datetime) -> None:
        """Note a wait for Microsoft, which began then."""
        self.waiting.append(sentence)
        self.since = min(filter(None, (self.since, since.isoformat())))

    @property
    def billing(self) -> str:
        """Who is billed from when; empty when nothing moved."""
        return billing_sentence(self.days)


def read_result(
    case: Case, standing: Sequence[Standing], found: Sequence[Match], source: Snapshot, *, now: datetime
) -> Result:
    """Judge every row: what moved by both sides' lists, what moves by Microsoft's clocks, what ended by its end.

    Args:
        case: Its journal knows when we accepted.
        standing: The rows of a plan.
        found: What the target has for those that moved.
        source: What the source lists now.
        now: Partner Center's clock, UTC.
    """
    result = Result()
    for match in found:
        _judge_moved(match, source, result, now)
    for state in ("pending", "in_progress"):
        together: dict[str, list[Standing]] = {}
        for each in standing:
            if each.state == state and each.transfer is not None:
                together.setdefault(identity(each.transfer.id), []).append(each)
        for group in together.values():
            _judge_open(case, group, result, now)
    for each in standing:
        if each.state in FRUITLESS:
            result.words[each.row.subscription] = each.state.replace("_", " ")
            result.held.append(f"{ended_sentence(each)} Run 03_transfer again: a new plan asks anew.")
        elif each.state == "unknown":
            status = each.transfer.status if each.transfer else "not listed any more"
            result.words[each.row.subscription] = status
            result.held.append(f"The transfer of {named([each.row])} is '{status}': look at it in the portal (S7).")
        elif each.state == "not_requested":
            result.words[each.row.subscription] = "not requested yet"
            until = each.row.not_before
            if until and now < datetime.fromisoformat(until):
                result.wait(
                    f"The renewal of {named([each.row])} runs until {until[:16]} UTC: it is asked for then.", now
                )
            else:
                result.held.append(f"Not requested yet: {named([each.row])}. Run 03_transfer again.")
    return result


def _judge_open(case: Case, group: Sequence[Standing], result: Result, now: datetime) -> None:
    """Judge the rows of one request that is open: it waits for the source's person, for us, or for Microsoft."""
    transfer, rows = group[0].transfer, [each.row for each in group]
    assert transfer is not None  # noqa: S101 - only rows with a transfer are grouped
    result.words |= {row.subscription: group[0].state.replace("_", " ") for row in rows}
    if group[0].state == "pending":
        by_us = rows[0].source_action == ACCEPT_BY_API
        again = f"Request {transfer.id} is not accepted yet: run 03_transfer again."
        result.held.append(again if by_us else portal_sentence(case, transfer, rows))
        return
    since = begun(case, transfer)
    if now - since > LONGEST_RETRY:
        result.held.append(support_sentence(transfer, rows, since))
    else:
        result.wait(
            f"Microsoft carries transfer {transfer.id} out, usually within 15 minutes and within three days at most: "
            f"{named(rows)}.",
            since,
        )


def _judge_moved(match: Match, source: Snapshot, result: Result, now: datetime) -> None:
    """Judge a row that moved: gone from the source or not active there, and active with its seats in the target."""
    row, transfer, item = match.standing.row, match.standing.transfer, match.counterpart
    moved_at = (transfer.completed_time or transfer.last_modified_time if transfer else None) or now
    left = source.by_id().get(row.subscription)
    key, late = row.subscription, now - moved_at > LONGEST_RETRY
    result.words[key] = "moved, not read back on both sides yet"
    if match.candidates:
        result.held.append(
            f"{named([row])} has moved, and {counted(len(match.candidates), 'subscription')} of the target fit it: "
            f"pick the one that stands for it in the notebook: {', '.join(match.candidates)}."
        )
    elif item is None:
        sentence = f"{named([row])} has moved, and the target does not show it yet."
        _wait_or_hold(result, sentence, moved_at, late=late)
    elif left is not None and left.status.casefold() == ACTIVE:
        sentence = f"{named([row])} has moved to {item.id}, and the source still lists it as active."
        _wait_or_hold(result, sentence, moved_at, late=late)
    elif item.status.casefold() != ACTIVE:
        result.held.append(f"{row.product} is {item.status} in the target ({item.id}): look at it in the portal.")
    elif (item.quantity or 0) != row.seats:
        result.held.append(
            f"{row.product}: the target has {item.quantity} seats, the source had {row.seats}: set {row.seats} seats "
            f"on {item.id} in the target's portal."
        )
    else:
        result.words[key] = f"moved to {item.id}"
        result.done.append(key)
        if transfer is not None:
            result.days.append(moved_at)


def _wait_or_hold(result: Result, sentence: str, since: datetime, *, late: bool) -> None:
    if late:
        result.held.append(f"{sentence} That was three days ago: ask Microsoft's support from the target's portal.")
    else:
        result.wait(sentence, since)


def moved_against_choice(case: Case) -> tuple[str, ...]:
    """Name what was transferred although a person had chosen another end for it, one sentence each.

    Whoever has the request in the source's portal may accept it until it is withdrawn, and a transfer is not undone:
    what somebody wanted to end is billed on in the target until a person ends it there.
    """
    moved, chosen = transferred_rows(case.journal, case.chain), chosen_routes(case.journal, case.chain)
    record = baseline(case.journal, case.chain)
    recorded = record[0].by_id() if record else {}
    sentences = []
    for row, target in moved.items():
        wanted = chosen.get(row)
        if wanted is not None and not goes_by_transfer(wanted.route):
            product = product_name(recorded[row]) if row in recorded else row
            sentences.append(
                f"{product} ({row}) was transferred, for the source accepted the request before it was withdrawn; "
                f"{wanted.by} had chosen {wanted.route!r}, because {wanted.reason.rstrip('.')}. It is billed in the "
                f"target as {target} and renews there until somebody ends it in the target's portal."
            )
    return tuple(sentences)


def result_table(case: Case, plan: Plan, found: Sequence[Match], result: Result) -> Table:
    """Show every row of the plan with what became of it (S8)."""
    items = {match.standing.row.subscription: match.counterpart for match in found}

    def row_of(row: PlanRow) -> dict[str, object]:
        item = items.get(row.subscription)
        return {
            "product": row.product,
            "seats": row.seats,
            "target": item.quantity if item else None,
            "request": row.details.get("request", ""),
            "status": item.status if item else "",
            "result": result.words.get(row.subscription, row.target_action),
        }

    return Table(
        columns=(
            Column("product", "Product"),
            Column("seats", "Seats in source", "number"),
            Column("target", "Seats in target", "number"),
            Column("request", "Request", width=9),
            Column("status", "Status in target"),
            Column("result", "Read back"),
        ),
        rows=tuple(row_of(row) for row in plan.rows),
        caption=f"{case.name.company}: each subscription to be transferred, as both tenants show it",
    )
