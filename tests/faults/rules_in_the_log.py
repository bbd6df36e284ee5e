"""The safety rules, each judged from the simulator's own log and state by code that shares nothing with the runbook.

Every rule is one function: it takes the history of a scenario and returns what the newest act broke, one sentence each.
The journal is asked in one place only: S6 needs to know what had been approved.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from faults.history import SOMEBODY_LOOKED, Act, Approval, CaseKey, Held, History, Write, instant
from faults.pairing import pair_all
from faults.products import product, products_of

CHECKOUT = re.compile(r"/customers/([^/]+)/carts/([^/]+)/checkout$")
CART = re.compile(r"/customers/([^/]+)/carts$")
AGREEMENT = re.compile(r"/customers/([^/]+)/agreements$")
SUBSCRIPTION = re.compile(r"/customers/([^/]+)/subscriptions/([^/]+)$")
TRANSFER = re.compile(r"/customers/([^/]+)/transfers(?:/[^/]+)?$")

SHORTEST_CUT_OVER = timedelta(minutes=15)
"""An order may take 15 minutes to appear (Microsoft page "Get all of a customer's orders")."""

CANCELLATION_WINDOW = timedelta(days=7)
"""From the purchase on (Microsoft page "NCE cancellation policy")."""

MOST_UNFINISHED = 3
KNOWN_STATUSES = frozenset({"active", "suspended", "deleted", "pending", "expired", "disabled"})
KNOWN_PRODUCT_TYPES = frozenset({"", "onlineservicesnce", "azure", "software", "onetime", "saas", "marketplace"})

ALLOWED_IN_SOURCE = frozenset(
    {"suspended", "suspended_with_base", "cancelled", "auto_renew", "auto_renew_off", "transfer_accepted", "transfer"}
)
ALLOWED_IN_TARGET = frozenset({"attested", "cart", "ordered", "transfer_requested", "transfer_withdrawn"})


def s1_nothing_falls_before_its_counterpart_stands(history: History) -> list[str]:
    """S1: each suspended row had, at that instant, an active target subscription of its own with as many seats.

    Or that very row had an approved retirement, with its reason.
    """
    wanted: dict[str, set[str]] = {}
    names: dict[str, str] = {}
    for act, write in history.our_writes():
        retired = _retired(history.approvals.get((act.case or ("", ""), str(write["request_id"]))))
        for item in _fallen(write):
            key = item["id"].lower()
            if key in retired:
                continue
            products = products_of(history, act.case).get(key, {product(item["offerId"])}) if act.case else set()
            standing = {
                other["id"].lower()
                for other in write["before"]
                if other["tenant"] == history.target and other["status"] == "active"
                if product(other["offerId"]) in products and other["quantity"] >= item["quantity"]
            }
            wanted[key] = wanted.get(key, standing) & standing
            names[key] = f"{item['offerId']} with {item['quantity']} seats in {item['tenant']}"
    without = pair_all(wanted)
    return [f"S1: {names[key]} fell without an active counterpart of its own." for key in without]


def s2_only_legacy_seats_are_suspended(history: History) -> list[str]:
    """S2: Azure is never suspended by us, nor is new commerce, nor what a transfer takes along.

    New commerce may be cancelled as an approved row says, while its window is open.
    """
    broken = []
    for write in history.last.ours:
        in_time = _cancelled_in_time(history, write)
        for key in _suspended(write):
            if key in in_time:
                continue
            held = _find(history.last, key)
            if held is None or held.resource.get("productType") or held.resource["billingType"] != "license":
                broken.append(f"S2: {key} was suspended and is no legacy seat subscription.")
    return broken


def s3_no_source_subscription_is_ordered_twice(history: History) -> list[str]:
    """S3: each order stands for a subscription of its own that the source holds, or has held."""
    broken = []
    for case in {act.case for act in history.acts if act.case is not None}:
        ordered = _ordered(history.acts, case)
        wanted = {one.identifier: _stands_for(history, case, one) for one in ordered}
        names = {one.identifier: one.offer for one in ordered}
        broken += [f"S3: {case} ordered {names[key]} for no source subscription." for key in pair_all(wanted)]
    return broken


def s3_an_unanswered_cart_is_followed_by_no_second_one(history: History) -> list[str]:
    """S3: a checkout that was sent and never answered is settled on its own cart, or by a person who looked."""
    unsettled: dict[CaseKey, str] = {}
    for act in history.acts:
        if act.case is None:
            continue
        if act.phase == SOMEBODY_LOOKED:
            unsettled.pop(act.case, None)
        for write in act.ours:
            checkout = CHECKOUT.search(write["path"])
            if checkout and (write["status"] is None or write["status"] >= 500):
                unsettled[act.case] = checkout[2]
            elif checkout and write["status"] < 300:
                unsettled.pop(act.case, None)
            elif act.case in unsettled and (write["effect"] or {}).get("cart"):
                return [f"S3: a second cart was made while cart {unsettled[act.case]} was not settled."]
    return []


def s4_only_the_allowed_effects(history: History) -> list[str]:
    """S4: sources only suspend, cancel, end renewals and accept transfers; the target only attests, buys, asks."""
    broken = []
    for write in history.last.ours:
        effect = write["effect"] or {}
        allowed = ALLOWED_IN_TARGET if write["tenant"] == history.target else ALLOWED_IN_SOURCE
        broken += [f"S4: {write['tenant']} was changed: {name}." for name in effect if name not in allowed]
        if (effect.get("auto_renew") or {}).get("to"):
            broken.append("S4: auto-renew was switched on.")
    return broken


def s5_each_write_goes_to_its_own_tenant(history: History) -> list[str]:
    """S5: a write goes to the tenant, the customer and the side of its case, after the organisation was read there."""
    broken = []
    for write in history.last.ours:
        where = f"{write['method']} {write['path']} in {write['tenant']}"
        if history.last.case is None:
            broken.append(f"S5: {where} belongs to no case.")
            continue
        source, customer = history.last.case
        named = next((found for kind in _KINDS if (found := kind.search(write["path"]))), None)
        in_source = SUBSCRIPTION.search(write["path"]) or "transfer_accepted" in (write["effect"] or {})
        right = source if in_source else history.target
        if named is None or named[1].lower() != customer:
            broken.append(f"S5: {where} is for another customer than {customer}.")
        refused = TRANSFER.search(write["path"]) and not write["effect"]  # which side it was for cannot be told
        if write["tenant"] != right and not refused:
            broken.append(f"S5: {where} should have gone to {right}.")
        reads = [moment.reads.get(str(write["tenant"]), 0) for moment in (history.last.before, history.last.after)]
        if reads[0] == reads[1]:
            broken.append(f"S5: {where} was sent before anybody looked whose tenant it is.")
    return broken


_KINDS = (CHECKOUT, CART, AGREEMENT, SUBSCRIPTION, TRANSFER)


def s6_only_what_was_approved(history: History) -> list[str]:
    """S6: each write was announced under a plan that stood approved, and does what a row of that plan says."""
    broken = []
    for write in history.last.ours:
        where = f"{write['method']} {write['path']}"
        approval = history.approvals.get((history.last.case or ("", ""), str(write["request_id"])))
        if approval is None:
            broken.append(f"S6: {where} was announced under no plan.")
        elif approval.rejected or approval.ended or len(approval.approvers) < history.required:
            broken.append(f"S6: {where} was sent without a standing approval: {approval}.")
        else:
            broken += [f"S6: {where} {what}" for what in _beyond_the_plan(history.last, write, approval)]
    return broken


def s7_what_is_unknown_stops_its_case(history: History) -> list[str]:
    """S7: while a source subscription is of an unknown kind or status, nothing is ordered or suspended in its case."""
    broken = []
    for write in history.last.ours:
        effect = write["effect"] or {}
        if history.last.case is None or not (effect.get("ordered") or effect.get("suspended")):
            continue
        strange = [one.identifier for one in history.last.before.of(*history.last.case) if not _is_known(one)]
        if strange:
            broken.append(f"S7: {sorted(effect)} although nobody knows what {strange} are.")
    return broken


def s8_rows_in_are_rows_out(history: History) -> list[str]:
    """S8: each source subscription is once in the plan, once in the table of both sides, once in the Excel file."""
    act = history.last
    if act.case is None:
        return []
    source, customer = act.case
    owned = [sorted(one.identifier for one in moment.of(source, customer)) for moment in (act.before, act.after)]
    # What was transferred has left the source and keeps its row in the plan.
    gone = history.ever_held(source, customer).keys() - set(owned[0])
    broken = []
    for name, rows, more in (("plan", act.shown.plan, gone), ("Excel file", act.shown.workbook, set())):
        if rows is not None and sorted(rows) not in owned and sorted(set(rows) - more) != sorted(owned[0]):
            broken.append(f"S8: the {name} of {act.phase} has {sorted(rows)}, the source {owned[0]}.")
        if rows is not None and len(set(rows)) != len(rows):
            broken.append(f"S8: the {name} of {act.phase} has a row twice: {sorted(rows)}.")
    if act.shown.both_sides is not None:
        for tenant in (source, history.target):
            listed = sorted(key for name, key in act.shown.both_sides if name == tenant)
            visible = [
                sorted(one.identifier for one in moment.of(tenant, customer) if one.visible)
                for moment in (act.before, act.after)
            ]
            if listed and listed not in visible:
                broken.append(f"S8: {act.phase} showed {listed} of {tenant}, which has {visible[0]}.")
    return broken


def s9_no_cut_over_begins_too_late(history: History) -> list[str]:
    """S9: the first checkout of a case is not sent when less of the UTC day is left than a cut-over takes."""
    broken = []
    for write in _checkouts_that_start(history):
        now = instant(write["time"])
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if midnight - now < SHORTEST_CUT_OVER:
            broken.append(f"S9: a cut-over began at {now:%H:%M:%S} UTC.")
    return broken


def s13_three_unfinished_cases_are_enough(history: History) -> list[str]:
    """S13: with three cases set up and not suspended, no other cut-over begins."""
    started = list(_checkouts_that_start(history))
    unfinished = [case for case in history.cases if case != history.last.case and _is_unfinished(history, case)]
    if started and len(unfinished) >= MOST_UNFINISHED:
        return [f"S13: {history.last.case} was begun while {unfinished} were set up and not suspended."]
    return []


def s14_no_checkout_of_a_bad_cart(history: History) -> list[str]:
    """S14: a cart with a line error, or with a line above its approved ceiling, is never checked out."""
    broken = []
    for write in history.last.ours:
        checkout = CHECKOUT.search(write["path"])
        if checkout is None:
            continue
        cart = history.last.after.carts[checkout[2].lower()]
        approval = history.approvals.get((history.last.case or ("", ""), str(write["request_id"])))
        rows = [row for row in approval.rows if row["subscription"] in approval.announced] if approval else []
        ceilings = {product(row["target_offer"]): row["price_ceiling"] for row in rows}
        for line in [every for base in cart["lineItems"] for every in (base, *base.get("addonItems", []))]:
            if line.get("error"):
                broken.append(f"S14: {checkout[2]} was checked out with {line['error']}.")
            amount, _, currency = ceilings.get(product(line["catalogItemId"]), "").partition(" ")
            price = Decimal(str(line["pricing"]["price"])) if line.get("pricing") else None
            if amount and (price is None or price > Decimal(amount) or line["currencyCode"] != currency):
                broken.append(f"S14: {checkout[2]} was checked out at {price}, approved were {amount} {currency}.")
    return broken


def s15_nothing_before_all_are_prepared(history: History) -> list[str]:
    """S15: nothing is written before 01_prepare was done once for every case."""
    prepared = {act.case for act in history.acts[:-1] if act.phase == "01_prepare" and act.outcome == "done"}
    lacking = set(history.cases) - prepared
    return [
        f"S15: {write['path']} was written before {lacking} were prepared." for write in history.last.ours if lacking
    ]


RULES: tuple[Callable[[History], list[str]], ...] = (
    s1_nothing_falls_before_its_counterpart_stands,
    s2_only_legacy_seats_are_suspended,
    s3_no_source_subscription_is_ordered_twice,
    s3_an_unanswered_cart_is_followed_by_no_second_one,
    s4_only_the_allowed_effects,
    s5_each_write_goes_to_its_own_tenant,
    s6_only_what_was_approved,
    s7_what_is_unknown_stops_its_case,
    s8_rows_in_are_rows_out,
    s9_no_cut_over_begins_too_late,
    s13_three_unfinished_cases_are_enough,
    s14_no_checkout_of_a_bad_cart,
    s15_nothing_before_all_are_prepared,
)


def broken_rules(history: History) -> list[str]:
    """Return what the newest act of a history broke, of all rules."""
    return [sentence for rule in RULES for sentence in rule(history)]


def _suspended(write: Write) -> list[str]:
    """Return the ids that a write of ours suspended or cancelled in a tenant, add-ons that went along included."""
    effect = write["effect"] or {}
    names = ("suspended", "suspended_with_base", "cancelled")
    return [key.lower() for name in names for key in effect.get(name, [])]


def _cancelled_in_time(history: History, write: Write) -> set[str]:
    """Return the seats of new commerce that a write cancelled within their first seven days, as a plan said."""
    approval = history.approvals.get((history.last.case or ("", ""), str(write["request_id"])))
    planned = (
        {row["subscription"] for row in approval.rows if row.get("route") == "replace_in_window"} if approval else ()
    )
    found = [held for key in (write["effect"] or {}).get("cancelled", []) if (held := _find(history.last, key))]
    return {
        held.identifier
        for held in found
        if held.identifier in planned and (held.resource.get("productType") or {}).get("id") == "OnlineServicesNCE"
        if instant(write["time"]) - instant(held.resource["creationDate"]) <= CANCELLATION_WINDOW
    }


def _fallen(write: Write) -> list[Write]:
    """Return what the log kept of each subscription that a write took the service from, as it was just before."""
    gone = {*_suspended(write), *(key.lower() for key in (write["effect"] or {}).get("cancelled", []))}
    return [item for item in write["before"] or [] if item["id"].lower() in gone]


def _retired(approval: Approval | None) -> set[str]:
    """Return the rows of an approved plan that a person retired, and said why."""
    rows = approval.rows if approval else ()
    return {row["subscription"] for row in rows if row.get("route") == "retire" and row["details"].get("because")}


def _find(act: Act, key: str) -> Held | None:
    return next((one for one in act.after.held if one.identifier == key.lower()), None)


def _is_known(held: Held) -> bool:
    product_type = str((held.resource.get("productType") or {}).get("id", "")).lower()
    return held.resource["status"] in KNOWN_STATUSES and product_type in KNOWN_PRODUCT_TYPES


def _beyond_the_plan(act: Act, write: Write, approval: Approval) -> Iterator[str]:
    """Say what a write did that no row of its plan says."""
    rows = {row["subscription"]: row for row in approval.rows}
    bought_for = [row for row in approval.rows if row["subscription"] in approval.announced]
    effect, body = write["effect"] or {}, write["body"] or {}
    bought = [held for key in effect.get("ordered", []) if (held := _find(act, key))]
    lines = [every for base in body.get("lineItems", []) for every in (base, *base.get("addonItems", []))]
    asked = Counter((product(line["catalogItemId"]), line["quantity"]) for line in lines)
    asked += Counter((product(held.offer), held.resource["quantity"]) for held in bought)
    planned = Counter((product(row["target_offer"]), row["target_seats"]) for row in bought_for)
    for (offer, seats), count in (asked - planned).items():
        yield f"asks for {count} more {offer} with {seats} seats than the plan."
    asks = "transfer_requested" in effect
    if asks and any(row["target_action"] != "request transfer" for row in bought_for):
        yield "asks for a transfer that the plan does not say."
    for key in effect.get("transfer_accepted", []):
        if key.lower() not in approval.announced or rows[key.lower()]["source_action"] != "accept transfer":
            yield f"lets {key} go, which the plan does not say."
    for key in effect.get("auto_renew_off", []):
        row = rows.get(key.lower())
        if row is None or row["source_action"] != "switch auto-renew off":
            yield f"ends the renewal of {key}, which the plan does not say."
    for key in _suspended(write):
        row = rows.get(key)
        if row is None or row["source_action"] in {"none", "switch auto-renew off"}:
            yield f"takes the service of {key}, which the plan does not say."
        elif body.get("quantity") is not None and key in write["path"].lower() and body["quantity"] != row["seats"]:
            yield f"carries {body['quantity']} seats, the plan says {row['seats']}."


def _checkouts_that_start(history: History) -> Iterator[Write]:
    """Yield the checkouts of the newest act that begin a cut-over; repeats on a cart sent before do not."""
    case = history.last.case
    earlier = [write for act in history.acts[:-1] if act.case == case for write in act.ours]
    if any((write["effect"] or {}).get("ordered") for write in earlier):
        return
    sent = {found[2] for write in earlier if (found := CHECKOUT.search(write["path"]))}
    for write in history.last.ours:
        checkout = CHECKOUT.search(write["path"])
        if checkout and checkout[2] not in sent:
            yield write
            return


def _is_unfinished(history: History, case: CaseKey) -> bool:
    """Tell whether, when the newest act began, a case had ordered more than was ever suspended in its source since."""
    earlier = history.acts[:-1]
    ended = {
        one.identifier
        for act in earlier
        if act.case == case
        for one in act.after.of(*case)
        if one.resource["status"] != "active"
    }
    wanted = {one.identifier: _stands_for(history, case, one) & ended for one in _ordered(earlier, case)}
    return bool(pair_all(wanted))


def _ordered(acts: Sequence[Act], case: CaseKey) -> list[Held]:
    """Return what a case ordered in these acts."""
    return [
        held
        for act in acts
        if act.case == case
        for write in act.ours
        for key in (write["effect"] or {}).get("ordered", [])
        if (held := _find(act, key))
    ]


def _stands_for(history: History, case: CaseKey, ordered: Held) -> set[str]:
    """Return the source subscriptions that something ordered may stand for."""
    return {key for key, products in products_of(history, case).items() if product(ordered.offer) in products}
