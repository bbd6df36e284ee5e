"""Rows that end in the source without a purchase in the cut-over: what the plan says of them (M23, S1, S2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from consolidation.inventory import ACTIVE, Snapshot
from consolidation.plan import PlanRow
from consolidation.routes.terms import last_day
from partner_center.models import Subscription

ENDING_ROUTES = ("run_out", "retire")
"""Routes of what ends in the source by a person's choice, without a purchase in the cut-over."""

RENEWAL_OFF = "switch auto-renew off"
"""What is done in the source to new commerce that ends with its term: its service goes on until then."""


def takes_service(row: PlanRow) -> bool:
    """Tell whether the plan takes a row's service in the source at once; switching its renewal off does not."""
    return row.source_action not in {"none", RENEWAL_OFF}


def is_retired(row: PlanRow) -> bool:
    """Tell whether a person retired this very row and said why (S1)."""
    return row.route == "retire" and row.is_chosen and bool(row.details.get("because"))


def with_endings(rows: Sequence[PlanRow], source: Snapshot) -> list[PlanRow]:
    """Give the rows that run out or are retired what is done to them in the source, and what stops that.

    Args:
        rows: Of a plan, with their routes.
        source: What the source says now.
    """
    found = source.by_id()
    retired = {row.subscription for row in rows if _is_to_be_suspended(row)}
    return [_with_ending(row, rows, retired, found.get(row.subscription)) for row in rows]


def _is_to_be_suspended(row: PlanRow) -> bool:
    return row.route == "retire" and row.kind == "legacy seats" and row.status.casefold() == ACTIVE


def _with_ending(
    row: PlanRow, rows: Sequence[PlanRow], retired: set[str], subscription: Subscription | None
) -> PlanRow:
    if row.subscription in retired:
        action = "goes with its base" if row.parent in retired else "suspend"
        return replace(row, source_action=action, problems=(*row.problems, *_taken_along(row, rows)))
    if row.route in ENDING_ROUTES and subscription is not None and row.status.casefold() == ACTIVE:
        return _ending_with_its_term(row, subscription)
    return row


def _taken_along(base: PlanRow, rows: Sequence[PlanRow]) -> list[str]:
    """Name the active add-ons that the suspension of a retired base would take along although they are kept (S1)."""
    return [
        f"Its suspension takes the add-on {row.product} along, whose route is {row.route}: retire that as well, or end "
        "it in the source's portal first."
        for row in rows
        if row.parent == base.subscription and row.status.casefold() == ACTIVE and row.route not in {None, "retire"}
    ]


def _ending_with_its_term(row: PlanRow, subscription: Subscription) -> PlanRow:
    """Let new commerce end with its term; the day of that end is approved, too: a renewal would move it by a year."""
    day = last_day(subscription)
    details = {**row.details, "term_ends": f"{day:%Y-%m-%d}" if day else ""}
    problems = list(row.problems)
    if subscription.auto_renew_enabled is None:
        problems.append("Partner Center did not print whether it renews: look at it in the source's portal (S7).")
    if row.route == "run_out":
        problems += _purchase_problems(details)
    action = "none" if subscription.auto_renew_enabled is False else RENEWAL_OFF
    return replace(row, source_action=action, details=details, problems=tuple(problems))


def _purchase_problems(details: dict[str, str]) -> list[str]:
    """Say what is missing of the purchase in the target: whose it is, and a day on which the service still runs."""
    on, owner, ends = (details.get(name, "") for name in ("purchase_on", "owner", "term_ends"))
    if not on or not owner:
        return ["Nobody said who buys it in the target, and on which day: choose run_out again with --buy-on, --owner."]
    if ends and on > ends:
        return [f"{owner} would buy it in the target on {on}, after its term has ended with {ends}: choose again."]
    return []
