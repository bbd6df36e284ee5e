"""What the journal knows of a case's transfers: whom we asked, what was accepted, what was claimed."""

from __future__ import annotations

from dataclasses import dataclass

from consolidation.journal import Journal
from consolidation.transfers.stages import ENDED, TRANSFER_ROUTES, line_stage, stage_of
from partner_center.models import Transfer, identity

PHASE = "03_transfer"


@dataclass(frozen=True)
class Request:
    """A request of ours that Partner Center knows.

    Attributes:
        transfer: Its id, lower case.
        rows: Source subscriptions that it was made for.
        plan: Digest of the plan it belongs to.
        number: Number of its `done` entry.
    """

    transfer: str
    rows: tuple[str, ...]
    plan: str
    number: int


def requests_of(journal: Journal, chain: str) -> list[Request]:
    """Return the requests of a case, oldest first; a request that a newer plan took over stands there twice."""
    return [
        Request(identity(entry.body["transfer"]), tuple(entry.body["rows"]), entry.body["plan"], entry.number)
        for entry in journal.entries(chain, kinds={"done"}, phase=PHASE)
        if entry.body["action"] == "request_transfer"
    ]


def accepted_at(journal: Journal, chain: str, transfer: str) -> str:
    """Return when we accepted a transfer for the source, ISO 8601 UTC; empty when a person did, or nobody yet."""
    for entry in reversed(journal.entries(chain, kinds={"done"}, phase=PHASE)):
        if entry.body["action"] == "accept_transfer" and entry.body["transfer"] == transfer:
            return str(entry.body.get("answered_at") or entry.at)
    return ""


def recorded_transfers(journal: Journal, chain: str) -> dict[str, Transfer]:
    """Return transfer id -> the transfer as it was last read; one that is no longer listed stays as it was."""
    found: dict[str, Transfer] = {}
    for entry in journal.entries(chain, kinds={"observed"}, phase=PHASE):
        for body in entry.body.get("transfers", ()):
            transfer = Transfer.model_validate(body)
            found[identity(transfer.id)] = transfer
    return found


def transferred_rows(journal: Journal, chain: str) -> dict[str, str]:
    """Return source subscription id -> target subscription id of what was transferred and found in the target."""
    pairs: dict[str, str] = {}
    for entry in journal.entries(chain, kinds={"claimed"}, phase=PHASE):
        pairs |= entry.body["claims"]
    return pairs


def asked_rows(journal: Journal, chain: str) -> set[str]:
    """Return the source subscriptions that a transfer explains when the source does not list them any more.

    A request counts as soon as it is written: its answer may be lost, and the source's person is quick.
    """
    entries = journal.entries(chain, kinds={"intended", "refused"}, phase=PHASE)
    refused = {entry.body["intended"] for entry in entries if entry.kind == "refused"}
    asked = {
        row
        for entry in entries
        if entry.kind == "intended" and entry.body["action"] == "request_transfer" and entry.number not in refused
        for row in entry.body["rows"]
    }
    return asked | transferred_rows(journal, chain).keys()


def moving_rows(journal: Journal, chain: str) -> set[str]:
    """Return the source subscriptions whose status a transfer explains: accepted, in progress or complete.

    A request alone explains no other status: whoever suspends a row that waits for its transfer makes it impossible.
    """
    recorded = recorded_transfers(journal, chain)
    moving = set(transferred_rows(journal, chain))
    for transfer in recorded.values():
        lines = [line for line in transfer.line_items if line_stage(transfer, line) in {"in_progress", "complete"}]
        moving |= {identity(line.subscription_id) for line in lines}
    entries = journal.entries(chain, kinds={"intended", "refused"}, phase=PHASE)
    refused = {entry.body["intended"] for entry in entries if entry.kind == "refused"}
    for entry in entries:
        if entry.kind == "intended" and entry.body["action"] == "accept_transfer" and entry.number not in refused:
            known = recorded.get(entry.body["transfer"])
            if known is None or stage_of(known) not in ENDED:
                moving |= set(entry.body["rows"])
    return moving


def goes_by_transfer(route: str | None) -> bool:
    """Tell whether a route leads from partner to partner."""
    return route in TRANSFER_ROUTES
