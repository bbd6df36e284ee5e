"""How each row of a plan of transfers stands, from what Partner Center says (M31)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from consolidation.case import Case
from consolidation.inventory import ACTIVE, Snapshot
from consolidation.plan import PlanRow
from consolidation.transfers.record import Request, requests_of, transferred_rows
from consolidation.transfers.stages import Stage, line_stage, stage_of
from partner_center.models import Transfer, TransferLineItem, identity

State = Literal[
    "not_requested",
    "pending",
    "in_progress",
    "moved",
    "not_selected",
    "withdrawn",
    "rejected",
    "expired",
    "failed",
    "unknown",
]

FRUITLESS = frozenset({"not_selected", "withdrawn", "rejected", "expired", "failed"})
"""States in which a request has ended for a row that did not move: only a new request under a new plan goes on."""

REQUEST, WITHDRAW = "request transfer", "withdraw request"
"""What a row of a plan of transfers does in the target."""


@dataclass(frozen=True)
class Standing:
    """One row and what became of it.

    Attributes:
        row: Of a plan.
        state: What both tenants say of its transfer.
        transfer: The transfer that decides, None before there is one.
        line: The row's line in it, None while the source has not selected it, or where nobody shows it.
        attempts: How many requests for it ended without moving it.
    """

    row: PlanRow
    state: State
    transfer: Transfer | None = None
    line: TransferLineItem | None = None
    attempts: int = 0


def standings(
    case: Case, rows: Sequence[PlanRow], source: Snapshot, transfers: Mapping[str, Transfer]
) -> list[Standing]:
    """Return how each subscription stands: what moved counts first, then what moves, then the newest request for it.

    Args:
        case: Its journal knows what was requested for which rows, and what was found in the target.
        rows: Of a plan, or those that a plan is made of; a row that withdraws a request is no subscription.
        source: What the source lists now.
        transfers: What both tenants say of the transfers, by id.
    """
    requests = requests_of(case.journal, case.chain)
    found = transferred_rows(case.journal, case.chain)
    listed = source.by_id()
    active = {key for key, item in listed.items() if item.status.casefold() == ACTIVE}
    return [
        _standing(row, transfers, requests, found=row.subscription in found, active=row.subscription in active)
        for row in rows
        if row.target_action != WITHDRAW
    ]


def _standing(
    row: PlanRow, transfers: Mapping[str, Transfer], requests: Sequence[Request], *, found: bool, active: bool
) -> Standing:
    own = list(dict.fromkeys(each.transfer for each in reversed(requests) if row.subscription in each.rows))
    states = [_state(row, transfers.get(key), active=active) for key in own]
    attempts = sum(state in FRUITLESS for state in states)
    for wanted, state in _DECIDES:
        for transfer, line in _lines_of(row, transfers.values()):
            if line_stage(transfer, line) == wanted:
                return Standing(row, state, transfer, line, attempts)
    if found:
        return Standing(row, "moved", attempts=attempts)
    if not own:
        return Standing(row, "not_requested")
    newest = transfers.get(own[0])
    own_line = next((line for _, line in _lines_of(row, [newest] if newest else [])), None)
    return Standing(row, states[0], newest, own_line, attempts)


_DECIDES: tuple[tuple[Stage, State], ...] = (("complete", "moved"), ("in_progress", "in_progress"))
"""A line that moved, or that moves, decides whichever request it belongs to, a person's own among them."""


def _lines_of(row: PlanRow, transfers: Iterable[Transfer]) -> Iterator[tuple[Transfer, TransferLineItem]]:
    for transfer in transfers:
        for line in transfer.line_items:
            if row.subscription in {identity(line.subscription_id), identity(line.source_subscription_id)}:
                yield transfer, line


def _state(row: PlanRow, transfer: Transfer | None, *, active: bool) -> State:
    """Return how a row stands in one of our own requests; `active` tells whether the source still has it."""
    if transfer is None:
        return "unknown"
    for _, line in _lines_of(row, [transfer]):
        stage = line_stage(transfer, line)
        return "moved" if stage == "complete" else stage
    stage = stage_of(transfer)
    if stage in {"complete", "in_progress"} and transfer.line_items and active:
        return "not_selected"  # the source selected others
    if stage == "complete":
        # Nobody shows its line, or by an id that is not the source's: then the source's list decides.
        return "in_progress" if active else "moved"
    return stage
