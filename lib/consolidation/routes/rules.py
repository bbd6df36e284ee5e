"""The rules: which way a subscription goes, and why (M22, M23).

Read the table from top to bottom: the first line that fits decides. A line says in words when it fits, which route
follows (None: a person has to decide, S7), why, and on which Microsoft page it stands. Words in braces are filled in
from the subscription. What is worth knowing beside the route stands in `remarks`, what a person may choose instead in
`alternatives`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consolidation.routes import pages
from consolidation.routes.facts import Facts, Route


@dataclass(frozen=True)
class Rule:
    """One line of the table.

    Attributes:
        case: When it fits, in words.
        fits: The same as a question to the facts.
        route: What follows; None while a person has to decide.
        reason: Why, in words for a person who has never seen this table.
        source: Title of the Microsoft page.
        waits: Whether the first step has to wait until the renewal of its term is over.
    """

    case: str
    fits: Callable[[Facts], bool]
    route: Route | None
    reason: str
    source: str
    waits: bool = False


RULES: tuple[Rule, ...] = (
    # What cannot be judged.
    Rule(
        "a status that nobody knows",
        lambda it: not it.knows_status,
        None,
        "Its status '{status}' is in no Microsoft document we know: look at it in the portal and decide.",
        pages.SUBSCRIPTION,
    ),
    Rule(
        "a product that nobody knows",
        lambda it: it.kind == "unknown",
        None,
        "Its product type is in no Microsoft document we know: look at it in the portal and decide.",
        pages.SUBSCRIPTION,
    ),
    Rule(
        "still being provisioned",
        lambda it: it.status == "pending",
        None,
        "It is still being provisioned: prepare again when it is active.",
        pages.SUBSCRIPTION,
    ),
    # What had ended before.
    Rule(
        "new commerce, suspended",
        lambda it: it.new_commerce and it.status == "suspended",
        "leave",
        "It was suspended before we began. New commerce goes on being billed to the end of its term, {end}, and cannot "
        "be transferred while it is suspended: if the customer needs it, reactivate it in the source's portal first.",
        pages.LIFECYCLE,
    ),
    Rule(
        "new commerce, not renewed",
        lambda it: it.new_commerce and it.status in {"expired", "disabled"},
        "leave",
        "It was {status} before we began: its term ended and was not renewed. If the customer still works with it, buy "
        "it in the target by hand, for it will end.",
        pages.LIFECYCLE,
    ),
    Rule(
        "not active",
        lambda it: not it.is_active,
        "leave",
        "It was {status} before we began: it makes no service, so there is nothing to move.",
        pages.LIFECYCLE,
    ),
    # Add-ons of legacy seats go with their base.
    Rule(
        "an add-on whose base is not listed",
        lambda it: it.is_addon and it.base is None,
        None,
        "It is an add-on and its base is not listed: it cannot be bought without one. Look at it in the portal.",
        pages.MANAGE,
    ),
    Rule(
        "an add-on of an add-on",
        lambda it: it.is_addon and it.base_is_addon,
        None,
        "It is an add-on of {base}, which is an add-on itself: that fits into no cart. Look at it in the portal.",
        pages.MANAGE,
    ),
    Rule(
        "an add-on that goes when its base is suspended, and is not bought again",
        lambda it: it.is_addon and it.base_route == "recreate" and it.kind != "legacy seats",
        None,
        "It is {kind} under {base}, which is suspended at the cut-over and takes it along: end it in the source's "
        "portal first, or keep the base.",
        pages.MANAGE,
    ),
    Rule(
        "an add-on whose base goes another way",
        lambda it: it.is_addon and it.base_route != "recreate" and it.kind == "legacy seats",
        None,
        "It is an add-on and its base {base} is not recreated ({base_route}): decide what happens to both.",
        pages.MANAGE,
    ),
    # What costs nothing.
    Rule(
        "free or internal",
        lambda it: it.kind == "free or internal",
        "leave",
        "It makes no charges (a free product or a benefit): there is nothing to suspend. If the customer uses it, set "
        "it up in the target by hand.",
        pages.SUBSCRIPTION,
    ),
    Rule(
        "a trial that renews into a paid subscription",
        lambda it: it.kind == "trial" and it.new_commerce and it.renews is not False,
        "manual",
        "It is a trial that becomes a paid subscription of the source on {term_end}: switch auto-renew off in the "
        "source's portal before, and buy it in the target if the customer keeps it.",
        pages.SCHEDULED,
    ),
    Rule(
        "a trial",
        lambda it: it.kind == "trial",
        "leave",
        "A trial costs nothing and ends by itself.",
        pages.LIFECYCLE,
    ),
    # Legacy.
    Rule(
        "legacy seats",
        lambda it: it.kind == "legacy seats",
        "recreate",
        "The same offer and seats are bought in the target; the source is suspended the same day, which stops billing.",
        pages.SEED,
    ),
    Rule(
        "legacy Azure",
        lambda it: it.kind == "legacy Azure",
        "azure_support",
        "Microsoft support moves usage-based Azure with its resources; it is never suspended by hand.",
        pages.SEED,
    ),
    # New-commerce seats: transfer first, and mind the end of the term.
    Rule(
        "the renewal is running",
        lambda it: it.kind == "new-commerce seats" and it.renewing,
        "transfer",
        "It is transferred: the target asks, the source accepts. Its renewal began on {term_end} and may take 24 "
        "hours, in which it cannot be changed: ask after {renewal_over}.",
        pages.MANAGE,
        waits=True,
    ),
    Rule(
        "past its end, and it should have been renewed",
        lambda it: it.kind == "new-commerce seats" and it.ended and it.renews is not False,
        None,
        "Its term ended on {end} and it shows no new one although the time for a renewal is over: look at it in the "
        "portal and decide.",
        pages.MANAGE,
    ),
    Rule(
        "past its end, in the extended service term",
        lambda it: it.kind == "new-commerce seats" and it.ended and it.extended_service_term,
        "manual",
        "Its term ended on {end} and was not renewed; it is billed by the month in the extended service term, unless a "
        "cancellation was set. Whether that can be transferred is said nowhere: buy it in the target, see it active, "
        "then cancel it in the source's portal, which is possible on any day.",
        pages.PRACTITIONERS,
    ),
    Rule(
        "past its end, not renewed",
        lambda it: it.kind == "new-commerce seats" and it.ended,
        "manual",
        "Its term ended on {end} and was not renewed, and yet it is active: if the customer needs it, buy it in the "
        "target before it is disabled.",
        pages.LIFECYCLE,
    ),
    Rule(
        "ends before a transfer may be through, and does not renew",
        lambda it: it.kind == "new-commerce seats" and it.renews is False and it.ends_before_a_transfer,
        None,
        "Its term ends with {end} and it does not renew; a transfer may take three days. Ask the customer today "
        "whether it goes on, and choose: transfer at once, run_out (buy it in the target before the end) or retire.",
        pages.TRANSFER,
    ),
    Rule(
        "its term ends today, and it renews",
        lambda it: it.kind == "new-commerce seats" and it.renews is True and it.ends_today,
        "transfer",
        "It is transferred: the target asks, the source accepts. Its term ends today and renews from {term_end} on: "
        "ask after {renewal_over}, when the renewal is over.",
        pages.MANAGE,
        waits=True,
    ),
    Rule(
        "new-commerce seats",
        lambda it: it.kind == "new-commerce seats",
        "transfer",
        "New commerce goes on billing when suspended, so it is transferred: the target asks, the source accepts.",
        pages.TRANSFER,
    ),
    # Azure of today.
    Rule(
        "an Azure plan",
        lambda it: it.kind == "Azure plan",
        "azure_transfer",
        "An Azure plan is transferred: the target asks, the source selects and accepts. It is never suspended.",
        pages.AZURE_TRANSFER,
    ),
    Rule(
        "a reservation",
        lambda it: it.kind == "reservation",
        "azure_transfer",
        "A reservation is transferred with the Azure plan. Paid upfront, it can no longer be exchanged afterwards; "
        "with another currency in the target it is cancelled at the next cycle.",
        pages.AZURE_TRANSFER,
    ),
    Rule(
        "a savings plan",
        lambda it: it.kind == "savings plan",
        "azure_transfer",
        "A savings plan is transferred with the Azure plan that it discounts: the source selects both.",
        pages.AZURE_TRANSFER,
    ),
    # What is settled by hand.
    Rule(
        "perpetual software",
        lambda it: it.perpetual,
        "leave",
        "It was bought once and makes no more charges: the customer keeps its licence, there is nothing to move.",
        pages.PRODUCT,
    ),
    Rule(
        "software with a term",
        lambda it: it.kind == "software",
        "manual",
        "No page that we know shows how software moves between partner tenants: let it end, or buy it in the target, "
        "and settle it with the customer by hand.",
        pages.TRANSFER_RESOURCE,
    ),
    Rule(
        "marketplace",
        lambda it: it.kind == "marketplace",
        "manual",
        "Its publisher decides whether it can change the partner: settle it with the customer and the publisher by "
        "hand.",
        pages.TRANSFER_RESOURCE,
    ),
)
