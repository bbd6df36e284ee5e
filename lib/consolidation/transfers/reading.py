"""Reading transfers from both tenants, and keeping them in the journal as received."""

from __future__ import annotations

from datetime import datetime

from consolidation.case import Case
from consolidation.plan import frozen_plan
from consolidation.transfers.record import PHASE, accepted_at, recorded_transfers, requests_of
from consolidation.transfers.stages import LONGEST_RETRY, stage_of
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
    """Tell by one read of the target whether a notebook that waits for transfers has something to do.

    A transfer that is complete is waited for until the target shows its subscriptions: that is looked at each time. One
    that Microsoft has tried for three days is nothing to wait for any more.
    """
    made = requests_of(case.journal, case.chain)
    requests = {each.transfer for each in made}
    if not requests or _due(case, {row for each in made for row in each.rows}):
        return True
    before = recorded_transfers(case.journal, case.chain)
    now = {identity(transfer.id): transfer for transfer in _listed_by_target(case)}
    for key in requests:
        known, found = before.get(key), now.get(key)
        if known is None or found is None or known.status != found.status or stage_of(found) == "complete":
            return True
        if stage_of(found) == "in_progress" and case.target.server_time() - begun(case, found) > LONGEST_RETRY:
            return True
    return False


def _due(case: Case, requested: set[str]) -> bool:
    """Tell whether a row of the plan waited for its renewal, which is over now."""
    plan = frozen_plan(case.journal, case.name, PHASE)
    waiting = {row.not_before for row in (plan.rows if plan else ()) if row.subscription not in requested}
    moments = [datetime.fromisoformat(each) for each in waiting if each]
    return bool(moments) and case.target.server_time() >= min(moments)


def begun(case: Case, transfer: Transfer) -> datetime:
    """Return since when Microsoft works on a transfer: our acceptance, else the newest moment that it names, UTC."""
    ours = accepted_at(case.journal, case.chain, identity(transfer.id))
    if ours:
        return datetime.fromisoformat(ours)
    said = transfer.completed_time or transfer.last_modified_time or transfer.created_time
    return said or case.target.server_time()


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
