"""Choices that only a person may make: what stands for a row in the target, and another route than the rules give.

A choice is an entry of the journal; the next plan is made with it, has a new digest, and is approved like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from consolidation.errors import EngagementError
from consolidation.inventory import Snapshot, last_observed
from consolidation.journal import Entry, Journal
from consolidation.plan import Plan, PlanRow
from consolidation.population import CaseName
from consolidation.routes import ChosenRoute
from consolidation.rows import subscription_rows
from consolidation.transfers.record import moving_rows
from partner_center.models import identity

BUY = "buy"
"""Chosen instead of a target subscription: buy one for this row although one with the same offer and seats stands."""


def open_choices(plan: Plan) -> tuple[PlanRow, ...]:
    """Return the rows of a plan for which somebody has to pick a target subscription, or what is bought instead."""
    return tuple(row for row in plan.rows if row.candidates)


def record_choice(journal: Journal, plan: Plan, row: PlanRow, choice: str, *, by: str, how: str) -> Entry:
    """Write what a person picked for a row.

    Args:
        journal: The engagement's journal.
        plan: The plan that showed the candidates.
        row: One of its `open_choices`.
        choice: One of the row's candidates, or `BUY` for a row that is to be bought.
        by: Who picked.
        how: `notebook`, `file` or `automatic`.

    Raises:
        ValueError: The choice is not offered.
    """
    if choice not in (*row.candidates, *((BUY,) if row.target_action == "order" else ())):
        message = f"{choice} is not offered for {row.product}."
        raise ValueError(message)
    body = {"row": row.subscription, "choice": choice, "by": by, "how": how, "plan": plan.digest}
    return journal.append(plan.case.chain, "chosen", body, phase=plan.phase)


def record_purchase(
    journal: Journal, case: CaseName, row: PlanRow, target_subscription: str, *, by: str, how: str
) -> Entry:
    """Write which target subscription stands for a row that runs out; `07_close` looks whether it is active there.

    Args:
        journal: The engagement's journal.
        case: Whose row.
        row: The row of what runs out.
        target_subscription: Id of what was bought in the target.
        by: Who says so.
        how: `command line`.

    Raises:
        EngagementError: The row does not run out, or one stands for it already.
    """
    chosen = chosen_routes(journal, case.chain).get(row.subscription)
    if chosen is None or chosen.route != "run_out":
        raise EngagementError([f"{row.product} does not run out: what is bought for it is planned by 04_recreate."])
    claimed = journal.claims(case.chain).get(row.subscription)
    if claimed:
        raise EngagementError([f"{claimed} stands for {row.product} already: there is nothing left to choose."])
    body = {"row": row.subscription, "choice": identity(target_subscription), "by": by, "how": how}
    return journal.append(case.chain, "chosen", body)


def choices(journal: Journal, chain: str) -> Mapping[str, str]:
    """Return source subscription id -> what was picked for it, the newest choice of each."""
    picked = (entry for entry in journal.entries(chain, kinds={"chosen"}) if "choice" in entry.body)
    return {str(entry.body["row"]): str(entry.body["choice"]) for entry in picked}


def check_route(
    journal: Journal, case: CaseName, row: PlanRow, route: str, reason: str, *, purchase_on: str = "", owner: str = ""
) -> None:
    """Make sure that a person may choose this route for a row, for this reason.

    Args:
        journal: The engagement's journal.
        case: Whose row.
        row: As it is now.
        route: What is chosen.
        reason: Why.
        purchase_on: UTC day (yyyy-mm-dd) on which what runs out is bought in the target; `run_out` alone needs it.
        owner: Who buys it.

    Raises:
        EngagementError: The route is not allowed, no reason is given, the row stands in the target already, or nobody
            is named who buys what runs out on a certain day.
    """
    if not reason.strip():
        raise EngagementError([f"Nobody said why {row.product} goes another way."], next_step="Give the reason.")
    if not (route == "run_out" and _bought_again(journal, case, row)):
        require_nothing_done(journal, case, row)
    if route not in row.allowed:
        offered = f"Allowed: {', '.join(row.allowed)}." if row.allowed else "No other route is allowed for it."
        now = f"its route is {row.route}" if row.route else "it is undecided"
        raise EngagementError([f"{row.product} cannot be routed {route!r}; {now}."], next_step=offered)
    if route == "run_out":
        _check_purchase(row, purchase_on, owner)


def require_nothing_done(journal: Journal, case: CaseName, row: PlanRow) -> None:
    """Make sure that a row still can be decided on.

    Raises:
        EngagementError: It stands in the target, was ordered there, is being transferred, or an effect on it is open.
    """
    if row.subscription in journal.claims(case.chain):
        raise EngagementError([f"{row.product} stands in the target already: there is nothing left to choose."])
    if any(row.subscription in entry.body["rows"] for entry in _orders(journal, case.chain)):
        raise EngagementError([f"{row.product} was ordered in the target already: there is nothing left to choose."])
    if row.subscription in moving_rows(journal, case.chain):
        raise EngagementError([f"{row.product} is being transferred already: there is nothing left to choose."])
    if any(row.subscription in intention.rows for intention in journal.open_intentions(case.chain)):
        raise EngagementError(
            [f"What was sent for {row.product} is not answered yet."], next_step="Run its phase first, then choose."
        )


def _bought_again(journal: Journal, case: CaseName, row: PlanRow) -> bool:
    """Tell whether a row was bought again to be cancelled in its window: after that it can still run out."""
    chosen = chosen_routes(journal, case.chain).get(row.subscription)
    replaced = chosen is not None and chosen.route == "replace_in_window"
    unanswered = any(row.subscription in intention.rows for intention in journal.open_intentions(case.chain))
    return replaced and not unanswered and row.subscription in journal.claims(case.chain)


def _check_purchase(row: PlanRow, purchase_on: str, owner: str) -> None:
    if not purchase_on.strip() or not owner.strip():
        raise EngagementError(
            [f"Nobody said who buys {row.product} in the target before it has run out, and on which day."],
            next_step="Give the day, --buy-on yyyy-mm-dd, and who buys it, --owner NAME.",
        )
    try:
        date.fromisoformat(purchase_on.strip())
    except ValueError as error:
        raise EngagementError([f"{purchase_on!r} is not a date."], next_step="Write yyyy-mm-dd.") from error


def _orders(journal: Journal, chain: str) -> list[Entry]:
    """Return the checkouts of a case that ordered all of their cart."""
    done = journal.entries(chain, kinds={"done"})
    return [entry for entry in done if entry.body["action"] == "checkout" and not entry.body["errors"]]


def record_route(
    journal: Journal,
    case: CaseName,
    row: PlanRow,
    route: str,
    *,
    reason: str,
    by: str,
    how: str,
    phase: str | None,
    purchase_on: str = "",
    owner: str = "",
) -> Entry:
    """Write that a person chose another route for a subscription; notebook and command line write the same record.

    Args:
        journal: The engagement's journal.
        case: Whose subscription.
        row: The subscription's row as it is now, see `rows_to_choose_for`.
        route: One of the row's `allowed`.
        reason: Why, in the person's words.
        by: Who chose.
        how: `notebook`, `file` or `command line`.
        phase: The notebook, if one is running.
        purchase_on: See `check_route`.
        owner: See `check_route`.

    Raises:
        EngagementError: See `check_route`.
    """
    check_route(journal, case, row, route, reason, purchase_on=purchase_on, owner=owner)
    body = {"subscription": row.subscription, "route": route, "reason": reason.strip(), "by": by, "how": how}
    if route == "run_out":
        day = date.fromisoformat(purchase_on.strip()).isoformat()
        body |= {"purchase_on": day, "owner": owner.strip()}
    return journal.append(case.chain, "chosen", body, phase=phase)


def chosen_routes(journal: Journal, chain: str) -> Mapping[str, ChosenRoute]:
    """Return source subscription id in lower case -> the route that a person chose for it, the newest of each."""
    return {
        identity(entry.body["subscription"]): ChosenRoute(
            entry.body["route"],
            entry.body["reason"],
            entry.body["by"],
            entry.body.get("purchase_on", ""),
            entry.body.get("owner", ""),
        )
        for entry in journal.entries(chain, kinds={"chosen"})
        if "route" in entry.body
    }


def route_chosen_since(journal: Journal, plan: Plan) -> tuple[str, ...]:
    """Return the subscriptions for which a person chose a route, or another product, after the plan was frozen."""
    entries = journal.entries(plan.case.chain, after=plan.number, kinds={"chosen"})
    decided = (entry.body["subscription"] for entry in entries if entry.body.keys() & {"route", "product"})
    return tuple(dict.fromkeys(decided))


def rows_to_choose_for(journal: Journal, case: CaseName) -> list[PlanRow]:
    """Return the case's rows with what may be chosen for each, as the source was read last; no call is made.

    The next plan judges each choice again, by the time of its own reads.

    Raises:
        EngagementError: The source was never read.
    """
    source = last_observed(journal, case.chain)
    if source is None:
        raise EngagementError([f"{case.company} is not prepared."], next_step="Run 01_prepare first.")
    return rows_of(journal, case.chain, source)


def rows_of(journal: Journal, chain: str, source: Snapshot) -> list[PlanRow]:
    """Return the row of every subscription of a source, with the routes that people chose for them."""
    return subscription_rows(source, chosen_routes(journal, chain))
