"""Reading transfers from both tenants, and keeping them in the journal as received."""

from __future__ import annotations

from consolidation.case import Case
from consolidation.transfers.record import recorded_transfers, requests_of
from consolidation.transfers.stages import stage_of
from partner_center.errors import NoRelationship
from partner_center.models import Transfer, identity, same_id


def read_transfers(case: Case) -> dict[str, Transfer]:
    """Read the transfers of this customer from our source to our target, keep what changed, return them by id.

    Both tenants are asked: before the completion only the source sees the line items. What is listed no longer stays
    as it was last read.
    """
    before = recorded_transfers(case.journal, case.chain)
    now: dict[str, Transfer] = {}
    for transfer in (*_listed_by_target(case), *case.source.transfers(case.customer)):
        key = identity(transfer.id)
        if _is_ours(case, transfer) and (key not in now or transfer.line_items):
            now[key] = transfer
    changed = [transfer.received for key, transfer in now.items() if before.get(key) != transfer]
    if changed:
        case.journal.append(case.chain, "observed", {"transfers": changed}, phase=case.phase)
    case.transfers = before | now
    return case.transfers


def transfers_of(case: Case) -> dict[str, Transfer]:
    """Return what this execution has read; reads it now when no cell did."""
    return read_transfers(case) if case.transfers is None else case.transfers


def has_changed(case: Case) -> bool:
    """Tell by one read of the target whether a notebook that waits for a transfer has something to do.

    A transfer that is complete is waited for until the target shows its subscriptions: that is looked at each time.
    """
    before = recorded_transfers(case.journal, case.chain)
    now = {identity(transfer.id): transfer for transfer in _listed_by_target(case)}
    for request in requests_of(case.journal, case.chain):
        known, found = before.get(request.transfer), now.get(request.transfer)
        if known is None or found is None or known.status != found.status or stage_of(found) == "complete":
            return True
    return False


def _listed_by_target(case: Case) -> list[Transfer]:
    try:
        return case.target.transfers(case.customer)
    except NoRelationship:
        return []  # before the customer has accepted there is nothing that the target could have asked for


def _is_ours(case: Case, transfer: Transfer) -> bool:
    """Tell whether a transfer goes from our source to our target; a tenant that is not printed is not held against it.

    The customer may be transferred between others meanwhile: that is not ours to read.
    """
    ends = (
        (transfer.source_partner_tenant_id, case.source_tenant.tenant),
        (transfer.target_partner_tenant_id, case.engagement.target.tenant),
    )
    return all(found is None or same_id(found, ours) for found, ours in ends)
