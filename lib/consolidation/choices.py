"""Choices that only a person may make: what stands for a row in the target, and another route than the rules give.

A choice is an entry of the journal; the next plan is made with it, has a new digest, and is approved like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    """Return the rows of a plan for which somebody has to pick."""
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


def choices(journal: Journal, chain: str) -> Mapping[str, str]:
    """Return source subscription id -> what was picked for it, the newest choice of each."""
    picked = (entry for entry in journal.entries(chain, kinds={"chosen"}) if "choice" in entry.body)
    return {str(entry.body["row"]): str(entry.body["choice"]) for entry in picked}


def check_route(journal: Journal, case: CaseName, row: PlanRow, route: str, reason: str) -> None:
    """Make sure that a person may choose this route for a row, for this reason.

    Raises:
        EngagementError: The route is not allowed, no reason is given, or the row stands in the target already.
    """
    if not reason.strip():
        raise EngagementError([f"Nobody said why {row.product} goes another way."], next_step="Give the reason.")
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
    if route not in row.allowed:
        offered = f"Allowed: {', '.join(row.allowed)}." if row.allowed else "No other route is allowed for it."
        now = f"its route is {row.route}" if row.route else "it is undecided"
        raise EngagementError([f"{row.product} cannot be routed {route!r}; {now}."], next_step=offered)


def _orders(journal: Journal, chain: str) -> list[Entry]:
    """Return the checkouts of a case that ordered all of their cart."""
    done = journal.entries(chain, kinds={"done"})
    return [entry for entry in done if entry.body["action"] == "checkout" and not entry.body["errors"]]


def record_route(
    journal: Journal, case: CaseName, row: PlanRow, route: str, *, reason: str, by: str, how: str, phase: str | None
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

    Raises:
        EngagementError: See `check_route`.
    """
    check_route(journal, case, row, route, reason)
    body = {"subscription": row.subscription, "route": route, "reason": reason.strip(), "by": by, "how": how}
    return journal.append(case.chain, "chosen", body, phase=phase)


def chosen_routes(journal: Journal, chain: str) -> Mapping[str, ChosenRoute]:
    """Return source subscription id in lower case -> the route that a person chose for it, the newest of each."""
    return {
        identity(entry.body["subscription"]): ChosenRoute(entry.body["route"], entry.body["reason"], entry.body["by"])
        for entry in journal.entries(chain, kinds={"chosen"})
        if "route" in entry.body
    }


def route_chosen_since(journal: Journal, plan: Plan) -> tuple[str, ...]:
    """Return the subscriptions for which a person chose a route after the plan was frozen: it knows nothing of them."""
    entries = journal.entries(plan.case.chain, after=plan.number, kinds={"chosen"})
    return tuple(dict.fromkeys(entry.body["subscription"] for entry in entries if "route" in entry.body))


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
