"""Classification: what a subscription is, the only safe route for it, and why (M22)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime

from consolidation.routes.alternatives import ALTERNATIVES, EXTENDED, NOT_EXTENDED, STILL_CANCELLABLE
from consolidation.routes.facts import Facts, Route
from consolidation.routes.kinds import Kind, kind_of
from consolidation.routes.remarks import REMARKS
from consolidation.routes.rules import RULES, Rule
from partner_center.models import Subscription, identity


@dataclass(frozen=True)
class ChosenRoute:
    """What a person chose for one subscription.

    Attributes:
        route: One of the routes that were allowed then.
        reason: Why, in the person's words.
        by: Who chose.
        purchase_on: UTC day (yyyy-mm-dd) on which what runs out is bought in the target; empty for other routes.
        owner: Who buys it; empty for other routes.
    """

    route: Route
    reason: str
    by: str
    purchase_on: str = ""
    owner: str = ""


@dataclass(frozen=True)
class Classification:
    """Kind and route of one subscription.

    Attributes:
        kind: What it is.
        route: What happens to it; None while a person has to decide.
        reason: Why, in words; with what a person has to do where it is not done by the runbook.
        source: Titles of the Microsoft pages behind it, or the word that it was only observed.
        rule: The line of the table that decided, in words.
        allowed: The other routes that a person may choose.
        chosen: What a person chose, where it counts; None where the rules decide.
        not_before: First moment (UTC) at which the route may begin; None at once.
    """

    kind: Kind
    route: Route | None
    reason: str
    source: str
    rule: str
    allowed: tuple[Route, ...] = ()
    chosen: ChosenRoute | None = None
    not_before: datetime | None = None


def classify(
    subscription: Subscription,
    siblings: Mapping[str, Subscription],
    now: datetime,
    chosen: Mapping[str, ChosenRoute],
    moved: Container[str] = (),
) -> Classification:
    """Give a subscription its kind and route: the first rule that fits, or what a person chose of what is allowed.

    A choice that is not allowed any more, because a window has closed or its base goes another way, leaves the row
    undecided: neither the rule nor the choice may win in silence.

    Args:
        subscription: What to classify.
        siblings: Every subscription of the same customer and tenant, by id in lower case.
        now: Partner Center's clock when they were read (UTC).
        chosen: Subscription id in lower case -> what a person chose.
        moved: Ids in lower case of what this runbook bought in the target already: as bases they count as recreated.
    """
    facts = _facts(subscription, siblings, now, chosen, moved)
    rule = next(rule for rule in RULES if rule.fits(facts))
    choice = chosen.get(identity(subscription.id))
    if choice is None or choice.route == rule.route or _has_ended(facts, rule, choice):
        return _by_rule(facts, rule)
    if choice.route in _alternatives(facts, rule):
        return _by_choice(facts, rule, choice)
    found = _by_rule(facts, rule)
    lapsed = f"{choice.by} chose {choice.route}, which is not possible any more: choose again. {found.reason}"
    others = tuple(dict.fromkeys((*([rule.route] if rule.route else []), *found.allowed)))
    return Classification(found.kind, None, lapsed, found.source, found.rule, others)


def _facts(
    subscription: Subscription,
    siblings: Mapping[str, Subscription],
    now: datetime,
    chosen: Mapping[str, ChosenRoute],
    moved: Container[str],
) -> Facts:
    parent = identity(subscription.parent_subscription_id)
    base = siblings.get(parent) if parent else None
    route: Route | None = None
    if base is not None and parent in moved:
        route = "recreate"
    elif base is not None and not identity(base.parent_subscription_id):  # an add-on of an add-on may be a loop
        route = classify(base, siblings, now, chosen, moved).route
    return Facts(subscription, kind_of(subscription), now, siblings, base, route)


def _has_ended(facts: Facts, rule: Rule, choice: ChosenRoute) -> bool:
    """Tell whether there is nothing left to choose: what a person chose to end or to move has ended."""
    over = {"suspended", "deleted"}
    if choice.route in {"run_out", "retire"}:
        over |= {"expired", "disabled"}  # its term is over, as was chosen
    return rule.route == "leave" and facts.status in over


def _alternatives(facts: Facts, rule: Rule) -> tuple[Route, ...]:
    """Return what a person may choose instead of a rule's route, each once."""
    fitting = (line.route for line in ALTERNATIVES if line.fits(facts, rule.route) and line.route != rule.route)
    return tuple(dict.fromkeys(fitting))


def _by_rule(facts: Facts, rule: Rule) -> Classification:
    words = _words(facts)
    said = [remark for remark in REMARKS if remark.fits(facts)]
    return Classification(
        kind=facts.kind,
        route=rule.route,
        reason=" ".join([rule.reason.format_map(words), *(remark.text.format_map(words) for remark in said)]),
        source="; ".join(dict.fromkeys([rule.source, *(remark.source for remark in said)])),
        rule=rule.case,
        allowed=_alternatives(facts, rule),
        not_before=facts.renewal_over if rule.waits else None,
    )


def _by_choice(facts: Facts, rule: Rule, choice: ChosenRoute) -> Classification:
    by_rule = _by_rule(facts, rule)
    line = next(line for line in ALTERNATIVES if line.route == choice.route and line.fits(facts, rule.route))
    guidance = line.guidance.format_map({**_words(facts), **_ending_words(facts, choice)})
    others = (*([rule.route] if rule.route else []), *(route for route in by_rule.allowed if route != choice.route))
    return Classification(
        kind=facts.kind,
        route=choice.route,
        reason=f"Chosen by {choice.by} because {choice.reason}: {guidance} By the rules: {by_rule.reason}",
        source=by_rule.source,
        rule=by_rule.rule,
        allowed=tuple(dict.fromkeys(others)),
        chosen=choice,
    )


def _ending_words(facts: Facts, choice: ChosenRoute) -> dict[str, str]:
    """Return what the guidance names of an end: whose the purchase is, and what follows a term that is not renewed."""
    words = facts.words()
    return {
        "owner": choice.owner or "somebody who is not named",
        "purchase_on": choice.purchase_on or "a day that is not named",
        "extension": (EXTENDED if facts.may_be_extended else NOT_EXTENDED).format_map(words),
        "still": STILL_CANCELLABLE.format_map(words) if facts.in_window else "",
    }


def _words(facts: Facts) -> dict[str, str]:
    aligned = f" with that of {facts.words()['aligned_with']}" if facts.aligned_with else ""
    return {**facts.words(), "kind": facts.kind, "aligned": aligned}
