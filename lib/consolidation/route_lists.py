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
    Column("product", "Product", width=34),
    Column("company", "Customer", width=26),
    Column("seats", "Seats", "number"),
    Column("status", "Status"),
    Column("kind", "Kind"),
    Column("route", "Route now"),
    Column("new", "New route", width=18, options="allowed"),
    Column("reason", "Reason", width=34),
    Column("purchase_on", "Bought on"),
    Column("owner", "Bought by"),
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
"""The columns of the list. A person fills in `New route` and `Pick` with their `Reason`, and for `run_out` the UTC day
on which it is bought in the target and by whom."""


@dataclass(frozen=True)
class ListedRow:
    """One row that a list may change.

    Attributes:
        case: Whose subscription.
        row: As it is now, with the routes that are allowed now.
        waiting: The same row in the newest plan of the cut-over, where something is to be picked for it.
        plan: Beginning of that plan's digest, empty where there is nothing to pick.
    """

    case: CaseName
    row: PlanRow
    waiting: PlanRow | None = None
    plan: str = ""

    @property
    def candidates(self) -> tuple[str, ...]:
        """What may be picked: target subscriptions, `BUY`, or what is bought in the place of an old offer."""
        if self.waiting is None:
            return ()
        buys = self.waiting.target_action == "order" and not self.waiting.candidate_words
        return (*self.waiting.candidates, *((BUY,) if buys else ()))

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
            found.append(ListedRow(case, row, waiting, plan.digest[:12] if plan and waiting else ""))
    if not found:
        raise EngagementError(["No case is prepared: there are no rows."], next_step="Run 01_prepare first.")
    return found


def route_list_table(rows: Sequence[ListedRow]) -> Table:
    """Return the list as it is exported; the cells to fill in are empty."""
    return Table(
        columns=COLUMNS,
        rows=tuple(_shown(each) for each in rows),
        caption="Fill in New route or Pick, and Reason; leave the rest. Nothing is changed by this file alone",
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
