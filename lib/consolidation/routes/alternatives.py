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


def _seats(it: Facts) -> bool:
    return it.kind == "new-commerce seats" and it.is_active


def _paid_trial(it: Facts) -> bool:
    return it.kind == "trial" and it.new_commerce and it.is_active and it.renews is not False


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
        "A person buys {seats} in the target's portal, sees them active there, and then cancels this one in the "
        f"source's portal, all before {{window_end}}: after that it cannot be cancelled. {_CONFIRM}",
    ),
    Alternative(
        "run_out",
        "seats of new commerce, and trials that become paid",
        lambda it, _route: (_seats(it) or _paid_trial(it)) and not it.ended and it.left is not None,
        "In the source's portal a person switches auto-renew off and sets the cancellation for the end of the term, "
        f"{{end}}; shortly before that day {{seats}} are bought in the target's portal. {_CONFIRM}",
    ),
    Alternative(
        "retire",
        "legacy seats",
        lambda it, _route: _legacy(it) and not _goes_with_its_base(it),
        "It is not bought in the target, and its users lose it. A person suspends it in the source's portal after "
        f"05_suspend of this case. {_CONFIRM}",
    ),
    Alternative(
        "retire",
        "seats of new commerce, and trials that become paid",
        lambda it, _route: _seats(it) or _paid_trial(it),
        "It is not bought in the target, and its users lose it. It is not suspended, because billing would go on: in "
        "the source's portal a person switches auto-renew off and sets the cancellation for the end of the term, "
        f"{{end}}. {_CONFIRM}",
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
