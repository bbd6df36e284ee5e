"""What a person may choose instead of the route by the rules, with a reason. What no line allows is not offered.

Never offered: to suspend new commerce or Azure, which no route does (S2); to leave paid legacy seats behind; to take
an add-on away from a base that is recreated, because the suspension of the base takes the add-on along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consolidation.routes.facts import Facts, Route


@dataclass(frozen=True)
class Alternative:
    """One line of the table.

    Attributes:
        route: What may be chosen.
        case: For which subscriptions, in words.
        fits: The same as a question to the facts and the route by the rules.
        guidance: What a person does then, and when.
    """

    route: Route
    case: str
    fits: Callable[[Facts, Route | None], bool]
    guidance: str


_CONFIRM = "Then confirm the step manual_done."

EXTENDED = (
    "In the source's portal a person sets its cancellation for the end of the term, {end}, and confirms the step "
    "manual_done: auto-renew off alone does not stop the billing. As practitioners report, an extended service term "
    "follows, billed by the month at 3 % more (23 % more where no monthly plan exists) until somebody cancels it, "
    "which is possible on any day. Which field of the API sets that cancellation is not known, so before the term is "
    "over nobody but that person can tell whether it is set."
)
"""What is uncertain of the extended service term, and what it costs: practitioners report it, Microsoft does not."""

NOT_EXTENDED = "Then it ends with {end} by itself."
STILL_CANCELLABLE = " Until {window_end} a person may cancel it in the source's portal instead, and gets a refund."


def _seats(it: Facts) -> bool:
    return it.kind == "new-commerce seats" and it.is_active


def _trial(it: Facts) -> bool:
    # Whether it still renews does not matter: the choice stays a choice after the runbook switched that off.
    return it.kind == "trial" and it.new_commerce and it.is_active


def _legacy(it: Facts) -> bool:
    return it.kind == "legacy seats" and it.is_active


def _goes_with_its_base(it: Facts) -> bool:
    return it.is_addon and it.is_active and it.base_route == "recreate" and not it.base_is_addon


ALTERNATIVES: tuple[Alternative, ...] = (
    Alternative(
        "transfer",
        "seats of new commerce that end too soon to be sure",
        lambda it, route: _seats(it) and route is None and not it.ended,
        "The target asks for it today and the source accepts; if it is not through with {end}, buy it in the target.",
    ),
    Alternative(
        "replace_in_window",
        "seats of new commerce that can still be cancelled",
        lambda it, _route: _seats(it) and not it.ended and it.in_window,
        "04_recreate buys {seats} in the target, and when they are active there 05_suspend cancels this one in the "
        "source, all before {window_end}: after that it cannot be cancelled, and is billed to the end of its term.",
    ),
    Alternative(
        "run_out",
        "seats of new commerce, and trials",
        lambda it, _route: (_seats(it) or _trial(it)) and not it.ended and it.left is not None,
        "05_suspend switches its auto-renew off. {extension} On {purchase_on} {owner} buys {seats} in the target: from "
        "14 days before the end, status and watch name it until the target shows what stands for it.",
    ),
    Alternative(
        "retire",
        "legacy seats",
        lambda it, _route: _legacy(it) and not _goes_with_its_base(it),
        "It is not bought in the target, and its users lose it: 05_suspend suspends it in the source, when every other "
        "row of the customer stands in the target.",
    ),
    Alternative(
        "retire",
        "seats of new commerce, and trials",
        lambda it, _route: _seats(it) or _trial(it),
        "It is not bought in the target, and its users lose it with {end}. It is not suspended, because billing would "
        "go on: 05_suspend switches its auto-renew off. {extension}{still}",
    ),
    Alternative(
        "leave",
        "what may stay with the source: seats of new commerce, software, the marketplace, and what nobody knows",
        lambda it, route: (
            (_seats(it) and route is not None)
            or (it.is_active and it.kind in {"software", "marketplace"})
            or (route is None and (it.kind == "unknown" or not it.knows_status))
        ),
        "It stays with the source, which goes on billing it as before.",
    ),
    Alternative(
        "manual",
        "whatever a person settles outside of this runbook",
        lambda it, _route: it.status not in {"pending", "suspended", "deleted"} and not _goes_with_its_base(it),
        f"A person settles it with the customer, in the portals of both partners. {_CONFIRM}",
    ),
)
