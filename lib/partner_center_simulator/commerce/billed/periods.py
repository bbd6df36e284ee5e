"""The days on which a partner pays for a subscription, told from what became of it.

Days are UTC dates, from the first that is billed to the first that is not; ``to`` is None while no end is in sight.
Sources of the rules: Microsoft pages "Subscription lifecycle states", "Common billing scenarios", "New-commerce
cancellation policy" and "Transfer new-commerce license-based subscriptions".
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from partner_center_simulator.clock import parse_instant
from partner_center_simulator.commerce import subscriptions
from partner_center_simulator.commerce.term_ends import EXTENDED_WHEN_BOUGHT_FROM, EXTENDED_WHEN_ENDING_FROM
from partner_center_simulator.documents import Document, Json

Kind = Literal["legacy", "usage", "new_commerce", "committed", "one_time", "trial", "unknown"]
NOT_BILLED = frozenset({"suspended", "deleted", "expired", "disabled", "none"})
OVER = frozenset({"expired", "disabled"})
"""Statuses that follow the end of a term of new commerce."""
FIRST_MONTH = timedelta(days=30)
FULL_REFUND = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Days on which the same seats are billed.

    Attributes:
        start: First day billed (UTC).
        end: First day not billed any more (UTC); None while no end is in sight.
        seats: As the subscription had them.
        service: ``term`` of what was bought, ``renewal`` after it, or ``extended`` service term.
    """

    start: date
    end: date | None
    seats: Json
    service: Literal["term", "renewal", "extended"] = "term"


def kind_of(subscription: Document) -> Kind:
    """Return by which rules a subscription is billed."""
    resource = subscription["resource"]
    if resource.get("isTrial"):
        return "trial"
    if resource.get("billingType") == "usage":
        return "usage"
    if subscriptions.is_legacy(subscription):
        return "legacy"
    product_type = resource["productType"].get("id") if isinstance(resource["productType"], dict) else None
    if product_type == "OnlineServicesNCE":
        return "new_commerce"
    if product_type == "Software":
        return "one_time"
    return "committed" if product_type in ("Azure", "SaaS") else "unknown"


def periods(subscription: Document) -> list[Period]:
    """Return the days billed for a subscription, so far and as far as they are owed already."""
    kind = kind_of(subscription)
    if kind == "one_time":
        return []
    if kind in ("legacy", "usage", "unknown"):
        return _while_active(subscription, first_month_is_free=kind == "legacy")
    return _merged(_term(subscription, kind))


def _while_active(subscription: Document, *, first_month_is_free: bool) -> list[Period]:
    """Bill while the status lets it: the day of a suspension is credited, and in the first month everything is."""
    history = subscription["history"]
    found: list[Period] = []
    bought = parse_instant(history[0]["at"])
    suspended = False
    for number, step in enumerate(history):
        begun, ended = parse_instant(step["at"]), _end_of_step(subscription, number)
        if step["status"] not in NOT_BILLED:
            found.append(Period(begun.date(), ended.date() if ended else None, step["quantity"]))
        elif not suspended:
            suspended = True
            if first_month_is_free and begun - bought < FIRST_MONTH:
                found = []
    return _merged(found)


def _term(subscription: Document, kind: Kind) -> list[Period]:
    """Bill to the end of the term whatever the status; only a cancellation or a transfer ends it before."""
    resource, history = subscription["resource"], subscription["history"]
    after_term, last = _after(resource.get("commitmentEndDate")), _last_day(subscription)
    found = []
    for number, step in enumerate(history):
        ended = _end_of_step(subscription, number)
        end = _earliest(ended.date() if ended else None, last or after_term)
        if step["status"] not in ("deleted", *OVER) and kind != "trial":
            found.append(Period(parse_instant(step["at"]).date(), end, step["quantity"]))
    if last is None and after_term is not None:
        service = None if subscription.get("cancelledAtTermEnd") else _service_after(resource, kind, after_term)
        if service is not None:
            found.append(Period(after_term, None, resource.get("quantity"), service))
    extended = subscription.get("extended")
    return _told_apart(found, parse_instant(extended["since"]).date()) if extended else found


def _told_apart(found: list[Period], extended_since: date) -> list[Period]:
    """Return the periods with what lies after the beginning of the extended service term told apart."""
    parts: list[Period] = []
    for one in found:
        if one.start < extended_since and (one.end is None or one.end > extended_since):
            parts += [replace(one, end=extended_since), replace(one, start=extended_since, service="extended")]
        else:
            parts.append(replace(one, service="extended") if one.start >= extended_since else one)
    return parts


def _last_day(subscription: Document) -> date | None:
    """Return the first day not billed because the subscription was transferred or cancelled, None when neither."""
    if subscription.get("left"):
        return parse_instant(subscription["left"]).date()
    cancelled = next((step["at"] for step in subscription["history"] if step["status"] == "deleted"), None)
    if cancelled is None:
        return None
    if subscription.get("extended"):
        return parse_instant(cancelled).date()
    begun = parse_instant(subscription["resource"].get("effectiveStartDate") or cancelled)
    instant = parse_instant(cancelled)
    return begun.date() if instant - begun < FULL_REFUND else instant.date()


def _service_after(resource: Document, kind: Kind, after_term: date) -> Literal["renewal", "extended"] | None:
    """Return what follows the term as things stand: a renewal, the extended service term, or nothing."""
    if resource.get("autoRenewEnabled") and resource["status"] == "active":
        return "renewal"
    begun = parse_instant(str(resource.get("effectiveStartDate") or resource.get("creationDate"))).date()
    ends = after_term - timedelta(days=1)
    is_open = kind == "new_commerce" and resource["status"] in ("active", "suspended")
    return "extended" if is_open and begun >= EXTENDED_WHEN_BOUGHT_FROM and ends >= EXTENDED_WHEN_ENDING_FROM else None


def _end_of_step(subscription: Document, number: int) -> datetime | None:
    history = subscription["history"]
    if number + 1 < len(history):
        return parse_instant(history[number + 1]["at"])
    return parse_instant(subscription["left"]) if subscription.get("left") else None


def _after(end_date: Json) -> date | None:
    """Return the day after an end date that belongs to the term; None for no end, or for one that is never."""
    if not end_date or str(end_date).startswith("9999"):
        return None
    return parse_instant(str(end_date)).date() + timedelta(days=1)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _merged(found: list[Period]) -> list[Period]:
    """Return the periods without empty ones, neighbours with the same seats as one."""
    merged: list[Period] = []
    for one in found:
        if one.end is not None and one.end <= one.start:
            continue
        last = merged[-1] if merged else None
        if last and last.end == one.start and (last.seats, last.service) == (one.seats, one.service):
            merged[-1] = replace(last, end=one.end)
        else:
            merged.append(one)
    return merged
