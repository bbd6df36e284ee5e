"""The editable plan: every row of some cases in one list, with a cell for another route and one for what is picked.

A list changes nothing by itself. What differs is shown, checked by the rules that every choice goes through, and
recorded as choices; the next plan is made with them, has a new digest, and is approved like any other (M27, S6).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consolidation.choices import BUY, open_choices, rows_to_choose_for
from consolidation.errors import EngagementError
from consolidation.inventory import last_observed
from consolidation.journal import Journal
from consolidation.journal.entries import canonical_json
from consolidation.plan import CUT_OVER, PlanRow, frozen_plan
from consolidation.population import CaseName
from consolidation.tables import Column, Table

_STATE = ("parent", "kind", "offer", "seats", "status", "billing_cycle", "term", "auto_renew", "partner")

COLUMNS = (
    Column("company", "Customer", width=26),
    Column("product", "Product", width=34),
    Column("seats", "Seats", "number"),
    Column("status", "Status"),
    Column("kind", "Kind"),
    Column("route", "Route now"),
    Column("new", "New route", width=18, options="allowed"),
    Column("reason", "Reason for the new route", width=34),
    Column("candidates", "Candidates in the target", width=38),
    Column("pick", "Pick", width=18, options="candidates"),
    Column("allowed", "Allowed routes", width=26),
    Column("why", "Why", width=50),
    Column("source", "From"),
    Column("customer", "Customer tenant", width=38),
    Column("id", "Subscription id", width=38),
    Column("plan", "Plan"),
    Column("state", "State"),
)
"""The columns of the list; `New route`, `Reason for the new route` and `Pick` are those that a person fills in."""


@dataclass(frozen=True)
class ListedRow:
    """One row that a list may change.

    Attributes:
        case: Whose subscription.
        row: As it is now, with the routes that are allowed now.
        candidates: What may be picked for it in the newest plan of the cut-over.
        plan: Beginning of that plan's digest, empty where there is nothing to pick.
    """

    case: CaseName
    row: PlanRow
    candidates: tuple[str, ...] = ()
    plan: str = ""

    @property
    def state(self) -> str:
        """Beginning of the SHA-256 over what was read of the subscription: a list that is older is seen by it."""
        read = {name: getattr(self.row, name) for name in _STATE}
        return hashlib.sha256(canonical_json(read).encode()).hexdigest()[:16]


def listed_rows(journal: Journal, cases: Sequence[CaseName]) -> list[ListedRow]:
    """Return every row of the cases that are prepared, bases before their add-ons (S8).

    Raises:
        EngagementError: None of the cases is prepared.
    """
    found = []
    for case in cases:
        if last_observed(journal, case.chain) is None:
            continue
        plan = frozen_plan(journal, case, CUT_OVER)
        open_rows = {row.subscription: row for row in open_choices(plan)} if plan else {}
        for row in rows_to_choose_for(journal, case):
            waiting = open_rows.get(row.subscription)
            if plan is None or waiting is None:
                found.append(ListedRow(case, row))
                continue
            buy = (BUY,) if waiting.target_action == "order" else ()
            found.append(ListedRow(case, row, (*waiting.candidates, *buy), plan.digest[:12]))
    if not found:
        raise EngagementError(["No case is prepared: there are no rows."], next_step="Run 01_prepare first.")
    return found


def route_list_table(rows: Sequence[ListedRow]) -> Table:
    """Return the list as it is exported; its three cells to fill in are empty."""
    return Table(
        columns=COLUMNS,
        rows=tuple(_shown(each) for each in rows),
        caption="Fill in New route with its reason, or Pick; leave the rest. Nothing is changed by this file alone",
        indent="addon",
        empty="No rows.",
    )


def _shown(listed: ListedRow) -> Mapping[str, object]:
    row = listed.row
    return {
        "company": listed.case.company,
        "product": row.product,
        "seats": row.seats,
        "status": row.status,
        "kind": row.kind,
        "route": row.route or "undecided",
        "candidates": listed.candidates,
        "allowed": row.allowed,
        "why": row.reason,
        "source": listed.case.source,
        "customer": listed.case.customer,
        "id": row.subscription,
        "plan": listed.plan,
        "state": listed.state,
        "addon": bool(row.parent),
    }
