"""The end of a term of new commerce, by the clock: renewal, extended service term, expiry.

Sources of the rules: Microsoft pages "Manage customer subscriptions", "Subscription lifecycle states" and, for the
extended service term since 4 May 2026, practitioners' pages. Inferred are the status of a subscription whose end was
chosen, that a trial is not extended, and that suspended seats are: nobody says that suspending ends the billing.
"""

import re
from datetime import UTC, date, datetime, timedelta

from partner_center_simulator import activity_log, write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.clock import parse_instant, timestamp
from partner_center_simulator.commerce import new_commerce, subscriptions, terms
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

MICROSOFT = Actor("microsoft", application_id="Microsoft Partner Center")
EXTENDED_WHEN_BOUGHT_FROM = date(2025, 4, 1)
EXTENDED_WHEN_ENDING_FROM = date(2026, 5, 4)
"""Practitioners report both days; no Microsoft page that could be read in full does."""
SURCHARGE = 0.03
SURCHARGE_WITHOUT_MONTHLY_PLAN = 0.23
FREE_DAYS = timedelta(days=30)
DISABLED_DAYS = timedelta(days=90)
CHOSEN = "cancelledAtTermEnd"
EXTENDED = "extended"
UNTIL = "until"
IS_DAY = re.compile(r"\d{4}-\d{2}-\d{2}T")
LEFT_BEHIND = ("customTermEndDate", "promotionId", "scheduledNextTermInstructions")


def settle(state: State, customer: str, *, until: datetime | None = None) -> None:
    """Let all that is due by the clock happen to a customer's subscriptions, whichever partner has them.

    Args:
        state: The simulated cloud.
        customer: Customer tenant id.
        until: What is due after this instant (UTC) waits; None is Partner Center's present time.
    """
    for partner in state.partners():
        for held in list(state.subscriptions(partner["tenant"], customer).values()):
            if subscriptions.has_new_commerce_seats(held):
                _settle(state, partner["tenant"], customer, held, until or state.clock.now())


def settle_all(state: State) -> None:
    """Let all that is due by the clock happen to every customer."""
    with state.transaction():
        for customer in list(state.documents.scope("customer", "")):
            settle(state, customer)


def settle_daily(state: State) -> None:
    """Do the same once a day: terms end at midnight (UTC), and are renewed so many seconds later."""
    now = state.clock.now()
    renewal = timedelta(seconds=state.setting("renewal_seconds"))
    days = {"ended": now.date().isoformat(), "renewed": (now - renewal).date().isoformat()}
    if state.documents.get("due", "", "terms") != days:
        with state.transaction():
            settle_all(state)
            state.documents.put("due", "", "terms", days)


def is_running(state: State, held: Document) -> bool:
    """Tell whether the renewal of a subscription is under way: its term is over and the next has not begun."""
    if not subscriptions.has_new_commerce_seats(held) or held["resource"]["status"] not in ("active", "suspended"):
        return False
    over = _term_over(held["resource"])
    return over is not None and state.clock.now() >= over


def require_no_renewal(state: State, held: Document, new: Document) -> None:
    """Let nothing change while the renewal is under way.

    Raises:
        Refusal: 400 / 900280 for what is read-only then, 409 / 800082 for other changes.
    """
    if not is_running(state, held):
        return
    old = held["resource"]
    fixed = ("autoRenewEnabled", "scheduledNextTermInstructions")
    if new["status"] in ("active", "suspended") and new["status"] != old["status"]:
        raise Refusal(400, 900280, "Updates are not allowed while the renewal runs.")
    if any(new.get(name) != old.get(name) for name in fixed):
        raise Refusal(400, 900280, "Updates are not allowed while the renewal runs.")
    if new != old:
        raise Refusal(409, 800082, "Subscription not ready for updates.")


def choose(state: State, tenant: str, customer: str, identifier: str, *, cancel: bool) -> tuple[Document, Document]:
    """Choose in the portal whether a subscription is cancelled at the end of its term; return it and the effect.

    Which field of the API tells or sets this is not known, so only a person in the portal can.

    Raises:
        Refusal: 404 / 20003, 400 / 800002 when it is not an active subscription of new commerce, 400 / 900280 while the
            renewal runs.
    """
    held = subscriptions.find(state, tenant, customer, identifier)
    resource = held["resource"]
    if not subscriptions.has_new_commerce_seats(held) or resource["status"] != "active":
        raise Refusal(400, 800002, "Only active seats of new commerce are cancelled at the end of their term.")
    if is_running(state, held):
        raise Refusal(400, 900280, "Updates are not allowed while the renewal runs.")
    changed = {**held, "version": held["version"] + 1, CHOSEN: cancel}
    effect: Document = {"cancel_at_term_end": [resource["id"]]} if cancel else {"keep_at_term_end": [resource["id"]]}
    if cancel:
        changed["resource"] = {**resource, "autoRenewEnabled": False}
        if resource["autoRenewEnabled"]:
            effect["auto_renew_off"] = [resource["id"]]
    state.put_subscription(tenant, customer, changed)
    return changed, effect


def _settle(state: State, tenant: str, customer: str, held: Document, now: datetime) -> None:
    while (due := _due(state, held)) is not None and now >= due:
        held = _end(state, tenant, customer, held, due)
    resource = new_commerce.without_closed_batches(held["resource"], now)
    if resource != held["resource"]:
        with state.transaction():
            state.put_subscription(tenant, customer, {**held, "resource": resource})


def _due(state: State, held: Document) -> datetime | None:
    """Return when the next thing happens to a subscription by itself; None when nothing does."""
    if held["resource"]["status"] in ("active", "suspended"):
        over = _term_over(held["resource"])
        return over + timedelta(seconds=state.setting("renewal_seconds")) if over else None
    return parse_instant(held[UNTIL]) if held.get(UNTIL) else None


def _term_over(resource: Document) -> datetime | None:
    """Return the midnight after the last day of a term, None when it shows no end or one that nobody can read."""
    if not IS_DAY.match(str(resource.get("commitmentEndDate"))) or resource["commitmentEndDate"] >= terms.NEVER:
        return None
    last = parse_instant(resource["commitmentEndDate"])
    return datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)


def _end(state: State, tenant: str, customer: str, held: Document, due: datetime) -> Document:
    """Do what is due to one subscription at an instant (UTC), write it into both logs and return it."""
    resource = held["resource"]
    before = write_log.holdings(state, customer)
    over = _term_over(resource) or due
    if resource["status"] == "expired":
        changed, effect = _fall(held, "disabled", due + DISABLED_DAYS)
    elif resource["status"] == "disabled":
        changed, effect = _fall(held, "deleted", None)
    elif resource["status"] == "active" and resource["autoRenewEnabled"]:
        changed, effect = _renew(state, held, over), {"renewed": [resource["id"]]}
    elif held.get(CHOSEN):
        changed, effect = _fall(held, "disabled", over + DISABLED_DAYS)
    elif EXTENDED in held or _is_extended(resource):
        changed = _extend(state, held, over)
        effect = {"extended": [resource["id"]], "surcharge": changed[EXTENDED]["surcharge"]}
    elif resource["status"] == "suspended":
        changed, effect = _fall(held, "disabled", over + FREE_DAYS + DISABLED_DAYS)
    else:
        changed, effect = _fall(held, "expired", over + FREE_DAYS)
    changed = {**changed, "version": held["version"] + 1}
    with state.transaction():
        state.put_subscription(tenant, customer, changed, since=due)
        _log(state, tenant, customer, changed["resource"], effect, before, due)
    return state.subscriptions(tenant, customer)[str(resource["id"]).lower()]


def _renew(state: State, held: Document, start: datetime) -> Document:
    """Begin the next term at an instant (UTC), as it was scheduled or as the present one."""
    old = held["resource"]
    planned = old.get("scheduledNextTermInstructions") or {}
    product = planned.get("product") or {}
    duration = str(product.get("termDuration") or old.get("renewalTermDuration") or old["termDuration"])
    seats = int(planned.get("quantity") or old["quantity"])
    new = {name: value for name, value in old.items() if name not in LEFT_BEHIND}
    new |= terms.new_commerce(start, start, seats, duration) | {"quantity": seats, "isTrial": False}
    # A trial has nothing to pay; what it becomes is paid by the month unless something else was scheduled.
    cycle = "monthly" if old.get("isTrial") else old["billingCycle"]
    new["billingCycle"] = str(product.get("billingCycle") or cycle).lower()
    if product.get("productId"):
        identifier = f"{product['productId']}:{product['skuId']}:{product['availabilityId']}"
        offer = state.offer(identifier)
        new |= {"offerId": identifier, "offerName": offer["resource"]["name"] if offer else old["offerName"]}
    if planned.get("customTermEndDate"):
        new |= terms.aligned(parse_instant(str(planned["customTermEndDate"])))
    if product.get("promotionId"):
        new["promotionId"] = product["promotionId"]
    return {name: value for name, value in held.items() if name != EXTENDED} | {"resource": new}


def _is_extended(resource: Document) -> bool:
    begun = parse_instant(resource["effectiveStartDate"]).date()
    ended = parse_instant(resource["commitmentEndDate"]).date()
    is_late_enough = begun >= EXTENDED_WHEN_BOUGHT_FROM and ended >= EXTENDED_WHEN_ENDING_FROM
    return is_late_enough and not resource.get("isTrial")


def _extend(state: State, held: Document, start: datetime) -> Document:
    """Go on for a month, dearer than before; it can be cancelled at any time and goes on until it is."""
    old = held["resource"]
    new = {name: value for name, value in old.items() if name not in LEFT_BEHIND}
    new |= terms.new_commerce(start, start, old["quantity"], "P1M") | {"billingCycle": "monthly"}
    end = timestamp(terms.months_after(start, 1))
    new |= {"cancellationAllowedUntilDate": end, "refundOptions": [{"type": "Partial", "expiresAt": end}]}
    new = new_commerce.with_batches(new, [])
    offer = state.offer(old["offerId"])
    has_monthly_plan = offer is not None and any(term["duration"] == "P1M" for term in offer["item"]["terms"])
    surcharge = SURCHARGE if has_monthly_plan else SURCHARGE_WITHOUT_MONTHLY_PLAN
    began = held.get(EXTENDED) or {"since": timestamp(start), "surcharge": surcharge}
    return {**held, "resource": new, EXTENDED: began}


def _fall(held: Document, status: str, until: datetime | None) -> tuple[Document, Document]:
    """Take a subscription one status down, in which it stays until an instant (UTC); None is for ever."""
    resource = held["resource"]
    new = {name: value for name, value in resource.items() if name not in (*LEFT_BEHIND, "suspensionReasons")}
    new |= {"status": status, "autoRenewEnabled": False}
    changed = {**held, "resource": new, UNTIL: timestamp(until) if until else None}
    return changed, {status: [resource["id"]]}


def _log(
    state: State,
    tenant: str,
    customer: str,
    resource: Document,
    effect: Document,
    before: list[Document],
    due: datetime,
) -> None:
    facts = [
        ("SubscriptionId", resource["id"]),
        ("SubscriptionName", resource["friendlyName"]),
        ("Quantity", resource["quantity"]),
        ("Status", resource["status"]),
    ]
    activity_log.record(
        state,
        tenant,
        MICROSOFT,
        customer,
        resource_type="subscription",
        operation_type="update_subscription",
        facts=facts,
        at=due,
    )
    write_log.write(
        state,
        MICROSOFT,
        tenant=tenant,
        customer=customer,
        method="term_end",
        path=f"/customers/{customer}/subscriptions/{resource['id']}",
        body=None,
        status=200,
        effect=effect,
        before=before,
        at=due,
    )
