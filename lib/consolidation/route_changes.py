"""What an edited list changes, judged by the rules that every choice goes through before any of it is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consolidation.choices import BUY, check_route, chosen_routes
from consolidation.errors import EngagementError, Held
from consolidation.inventory import last_observed
from consolidation.journal import Journal
from consolidation.plan import CUT_OVER, PlanRow, frozen_plan
from consolidation.population import CaseName
from consolidation.replacements import check_pick
from consolidation.route_lists import ListedRow
from consolidation.routes import ChosenRoute
from consolidation.rows import subscription_rows
from consolidation.tables import Column, Table


@dataclass(frozen=True)
class Change:
    """What a person wrote into one row of a list.

    Attributes:
        listed: The row as it is now.
        route: The new route, empty for none.
        reason: Why, in the person's words.
        pick: What stands for the row in the target or is bought for it, empty for nothing.
        purchase_on: UTC day on which what runs out is bought in the target, yyyy-mm-dd.
        owner: Who buys it.
        place: File, sheet and row.
    """

    listed: ListedRow
    route: str
    reason: str
    pick: str
    purchase_on: str
    owner: str
    place: str


def check_changes(journal: Journal, changes: Sequence[Change]) -> tuple[Table, list[str]]:
    """Let the rules judge every change after those before it.

    Args:
        journal: What was ordered or is being transferred can no longer be chosen for.
        changes: Bases before their add-ons.

    Returns:
        Every row that changes, those that follow their base too; and what is wrong, one sentence each.
    """
    faults: list[str] = []
    found: list[Mapping[str, object]] = []
    picked = Counter((change.listed.case, change.pick) for change in changes if change.pick)
    for change in changes:
        if not change.pick:
            continue
        if change.pick != BUY and not _is_product(change) and picked[change.listed.case, change.pick] > 1:
            faults.append(f"{change.place}: {change.pick} is picked for several rows; it can stand for one.")
        if _is_product(change):
            faults += _wrong_product(journal, change)
        found.append(_difference(change.listed.case, change.listed.row, "", change.pick, change.reason or "picked"))
    for case in dict.fromkeys(change.listed.case for change in changes):
        found += _routes_of_case(journal, case, [change for change in changes if change.listed.case == case], faults)
    return _table(found), faults


def _is_product(change: Change) -> bool:
    return change.listed.waiting is not None and change.pick in change.listed.waiting.candidate_words


def _wrong_product(journal: Journal, change: Change) -> list[str]:
    plan = frozen_plan(journal, change.listed.case, CUT_OVER)
    if plan is None:
        return [f"{change.place}: the plan is gone: export again."]
    try:
        check_pick(journal, plan, plan.row(change.listed.row.subscription), change.reason)
    except EngagementError as error:
        return [f"{change.place}: {error}"]
    return []


def _routes_of_case(
    journal: Journal, case: CaseName, changes: Sequence[Change], faults: list[str]
) -> list[Mapping[str, object]]:
    source = last_observed(journal, case.chain)
    if source is None:
        raise Held([f"{case.company} is not prepared: run 01_prepare first."])
    chosen = dict(chosen_routes(journal, case.chain))
    before = subscription_rows(source, chosen)
    after = before
    reasons = {}
    for change in changes:
        if not change.route:
            continue
        row = next(row for row in after if row.subscription == change.listed.row.subscription)
        try:
            bought = {"purchase_on": change.purchase_on, "owner": change.owner}
            check_route(journal, case, row, change.route, change.reason, **bought)
        except EngagementError as error:
            faults.append(f"{change.place}: {error}")
            continue
        reasons[row.subscription] = change.reason
        # The rules know the routes; `check_route` has just made sure that this is one of them.
        chosen[row.subscription] = ChosenRoute(change.route, change.reason, "the list", **bought)  # type: ignore[arg-type]
        after = subscription_rows(source, chosen)
    now = {row.subscription: row for row in after}
    return [
        _difference(case, row, row.route or "undecided", now[row.subscription].route or "undecided", reason)
        for row in before
        for reason in [reasons.get(row.subscription, "follows from the other changes")]
        if row.route != now[row.subscription].route
    ]


def _difference(case: CaseName, row: PlanRow, before: str, after: str, reason: str) -> Mapping[str, object]:
    return {
        "company": case.company,
        "product": row.product,
        "seats": row.seats,
        "before": before,
        "after": after,
        "reason": reason,
        "id": row.subscription,
    }


def _table(differences: Sequence[Mapping[str, object]]) -> Table:
    return Table(
        columns=(
            Column("company", "Customer"),
            Column("product", "Product"),
            Column("seats", "Seats", "number"),
            Column("before", "Before"),
            Column("after", "After"),
            Column("reason", "Why"),
            Column("id", "Subscription id"),
        ),
        rows=tuple(differences),
        caption="What the list changes",
        empty="The list changes nothing.",
    )
