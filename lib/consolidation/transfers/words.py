"""What people are told about transfers: what to do in a portal, what Microsoft is told, what it means for the bills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from consolidation.case import Case
from consolidation.plan import PlanRow
from consolidation.tables import counted
from consolidation.transfers.standing import Standing
from partner_center.models import Transfer

MOST_NAMED = 5
"""So many subscriptions are named in a sentence; all of them stand in the plan."""

_ENDS = {
    "withdrawn": "was withdrawn in the target",
    "rejected": "was rejected by the source: ask there why",
    "expired": "was not answered in time and expired",
    "failed": "failed",
    "not_selected": "was accepted without it: the source selected other subscriptions",
}


def named(rows: Sequence[PlanRow]) -> str:
    """Return subscriptions by product and seats, the first few of many."""
    words = [f"{row.product}, {counted(row.seats, 'seat')} ({row.subscription})" for row in rows[:MOST_NAMED]]
    more = [f"and {len(rows) - MOST_NAMED} more, see the plan"] if len(rows) > MOST_NAMED else []
    return "; ".join([*words, *more])


def ended_sentence(each: Standing) -> str:
    """Say how the request for a row ended, and with which error; the row stays with the source."""
    transfer = each.transfer.id if each.transfer else "unknown"
    error = each.line.transfer_error if each.line and each.line.transfer_error else ""
    why = f": {error.rstrip('.')}" if error else ""
    return f"{each.row.product} ({each.row.subscription}) has not moved: request {transfer} {_ENDS[each.state]}{why}."


def portal_sentence(case: Case, transfer: Transfer, rows: Sequence[PlanRow]) -> str:
    """Say what a person does in the source's portal, with which request and which subscriptions, until when."""
    expires = transfer.expiration_time
    until = f" before {expires:%Y-%m-%d %H:%M} UTC" if expires else " within 30 days of the request"
    return (
        f"In the portal of {case.name.source}, customer {case.name.company}: open the transfer request {transfer.id} "
        f"of {case.engagement.target.name}, select exactly {named(rows)}, and accept it{until}. Then run 03_transfer "
        "again: it reads back what moved."
    )


def support_sentence(transfer: Transfer, rows: Sequence[PlanRow], since: datetime) -> str:
    """Say what to tell Microsoft's support when its retries of three days are over."""
    return (
        f"Transfer {transfer.id} is not through after three days, in which Microsoft tries it again by itself. Open a "
        f"support request from the target's portal: transfer {transfer.id}, accepted {since:%Y-%m-%d %H:%M} UTC, from "
        f"{transfer.source_partner_tenant_id} to {transfer.target_partner_tenant_id}, subscriptions {named(rows)}."
    )


def billing_sentence(days: Iterable[datetime]) -> str:
    """Say who is billed from when; the vendor's page and practitioners differ by the day of the transfer itself."""
    on = sorted({day.date() for day in days})
    if not on:
        return ""
    spans = " and ".join(f"the source is billed up to {day - timedelta(days=1)}, the target from {day}" for day in on)
    return (
        f"By Microsoft's page {spans}. A practitioner reports the day of the transfer on the source's invoice: compare "
        "both invoices for that day."
    )
