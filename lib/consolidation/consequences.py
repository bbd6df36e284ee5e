"""What applying a plan changes in which tenant, in words and numbers, for whoever approves it (M27)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from consolidation.billing.prices import UnitPrice
from consolidation.display import Box
from consolidation.endings.rows import RENEWAL_OFF, takes_service
from consolidation.plan import Plan, PlanRow, money_text
from consolidation.replacing.rows import CANCEL
from consolidation.tables import Column, Table, counted
from consolidation.transfers.planning import requested_together
from consolidation.transfers.standing import REQUEST

Side = Literal["target", "source"]


@dataclass(frozen=True)
class _Effect:
    """What an action does to the seats of a row in its tenant, and whether it can be taken back."""

    undo: str
    before: bool = False
    after: bool = False
    reversible: bool = False


_EFFECTS: dict[str, _Effect] = {
    "order": _Effect("no: the runbook never cancels an order", after=True),
    "adopt": _Effect("nothing is changed there", before=True, after=True, reversible=True),
    "attest": _Effect("no: it is a legal statement"),
    REQUEST: _Effect("until it is accepted; then no", after=True),
    "withdraw request": _Effect("it can be requested again", reversible=True),
    "suspend": _Effect("not by this tool; in the portal, base first", before=True),
    "goes with its base": _Effect("not by this tool; in the portal, after its base", before=True),
    CANCEL: _Effect("no: it is cancelled for good", before=True),
    RENEWAL_OFF: _Effect("in the portal, until its term ends", before=True, after=True),
}
_ACCEPTED = _Effect("no", before=True)
"""A transfer that the source accepts, by API or in its portal."""


def is_irreversible(plan: Plan) -> bool:
    """Tell whether anything in a plan cannot be taken back by this tool: then the customer's name is typed."""
    actions = {row.target_action for row in plan.rows} | {row.source_action for row in plan.rows}
    return any(not _EFFECTS.get(action, _ACCEPTED).reversible for action in actions - {"none"})


def consequence_box(plan: Plan, target: str, notes: tuple[str, ...] = ()) -> Box:
    """Return what a plan changes: which tenant is written, rows of each action, seats before and after, and money.

    Args:
        plan: As it is shown for approval.
        target: Name of the target.
        notes: What else whoever approves should know.
    """
    words = consequence(plan, target)
    return Box("note", words, notes, table=consequence_table(plan, target), details={"Digest": plan.digest})


def consequence_table(plan: Plan, target: str) -> Table:
    """Return one row for each tenant and action, with seats before and after and what is known of the money.

    Args:
        plan: As it is shown for approval.
        target: Name of the target.
    """
    found: dict[tuple[Side, str], list[PlanRow]] = defaultdict(list)
    for row in plan.rows:
        found["target", row.target_action].append(row)
        found["source", row.source_action].append(row)
    names = {"target": f"{target} (target)", "source": f"{plan.case.source} (source)"}
    return Table(
        columns=(
            Column("tenant", "Tenant that is written"),
            Column("action", "Action"),
            Column("rows", "Rows", "number"),
            Column("before", "Seats before", "number"),
            Column("after", "Seats after", "number"),
            Column("change", "Change"),
            Column("money", "Money, before tax"),
            Column("undo", "Can it be undone?"),
        ),
        rows=tuple(
            {"tenant": names[side], **_summed(side, action, rows)}
            for (side, action), rows in sorted(found.items(), key=lambda item: item[0][0] != "target")
            if action != "none"
        ),
        caption=f"{plan.case.company}: what is done when these rows are approved",
        empty="Nothing is changed in either tenant.",
    )


def _summed(side: Side, action: str, rows: list[PlanRow]) -> dict[str, object]:
    effect = _EFFECTS.get(action, _ACCEPTED)
    counts = action != "attest"
    seats = sum(_seats(side, row) for row in rows)
    before, after = seats * effect.before, seats * effect.after
    return {
        "action": "buy" if action == "order" else action,
        "rows": len(rows),
        "before": before if counts else None,
        "after": after if counts else None,
        "change": _difference(after - before) if counts else "",
        "money": _at_most(rows) if action == "order" else "",
        "undo": effect.undo,
    }


def _seats(side: Side, row: PlanRow) -> int:
    return row.target_seats if side == "target" and row.target_action == "order" else row.seats


def _difference(seats: int) -> str:
    """Return a difference by sign and word, so that nobody has to see a colour."""
    if seats == 0:
        return "0, the same"
    signed = f"+{seats} more" if seats > 0 else f"\N{MINUS SIGN}{-seats} fewer"
    return signed.replace(" ", "\N{NO-BREAK SPACE}")


def _at_most(rows: Iterable[PlanRow]) -> str:
    """Return what a purchase may cost by the approved ceilings, apart by currency and billing cycle (S14)."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    unknown = 0
    for row in rows:
        price = UnitPrice.of_order(row.price_ceiling)
        if price is None:
            unknown += 1
            continue
        sums[price.currency, row.billing_cycle_to_buy or "for each billing cycle"] += price.amount * row.target_seats
    known = [f"at most {money_text(amount, currency)} {cycle}" for (currency, cycle), amount in sorted(sums.items())]
    return ", ".join([*known, *([f"unknown for {counted(unknown, 'row')}"] if unknown else [])])


def consequence(plan: Plan, target: str) -> str:
    """Return what is changed in the target and in the source when this plan is applied, and that it stays so.

    Args:
        plan: As it is shown for approval.
        target: Name of the target.
    """
    source = plan.case.source
    if plan.phase == "02_invite":
        return f"In {target}: a legal statement is filed. It cannot be taken back."
    if plan.phase == "03_transfer":
        requests = len(requested_together(plan.rows))
        rows = sum(row.target_action == REQUEST for row in plan.rows)
        return (
            f"In {target}: {counted(requests, 'request')} for {counted(rows, 'subscription')}. In {source}: exactly "
            "these rows are accepted, as the column says. What is accepted cannot be taken back."
        )
    bought = sum(row.target_seats for row in plan.rows)
    adopted = sum(row.target_action == "adopt" for row in plan.rows)
    cancelled = sum(row.source_action == CANCEL for row in plan.rows)
    suspended = sum(takes_service(row) for row in plan.rows) - cancelled
    ending = sum(row.source_action == RENEWAL_OFF for row in plan.rows)
    gone = f", {counted(cancelled, 'row')} to cancel for good" if cancelled else ""
    ends = f", {counted(ending, 'row')} not to renew" if ending else ""
    return (
        f"In {target}: {counted(bought, 'seat')} to buy, {counted(adopted, 'row')} to adopt. In {source}: "
        f"{counted(suspended, 'row')} to suspend{gone}{ends}. Neither can be undone by this tool."
    )
