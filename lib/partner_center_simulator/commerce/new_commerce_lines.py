"""Lines of a cart that buy seats of new commerce (Microsoft pages "Create a cart", "Cart resources")."""

from collections.abc import Iterable
from datetime import datetime

from partner_center_simulator.clock import parse_instant
from partner_center_simulator.commerce import end_dates, prices, products, promotions, subscriptions
from partner_center_simulator.commerce.terms import last_day_of
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

SEATS = "OnlineServicesNCE"
NOT_PROCESSED = 10006
INVALID_INPUT = 10010
TOO_MANY_SEATS = (10015, "Maximum number of seats per subscription exceeded.")
PREREQUISITE_MISSING = (400041, "The add-on needs a subscription that the customer does not hold.")
ATTESTATION_MISSING = (900206, "The attestation of the reseller on record is missing.")
MONTHS_PER_CYCLE = {"monthly": 1, "annual": 12, "triennial": 36}
MONTHS_PER_TERM = {"P1M": 1, "P1Y": 12, "P3Y": 36}


def is_new_commerce(offer: Document | None) -> bool:
    """Tell an item of new-commerce seats from a legacy offer and from what is billed by usage."""
    return offer is not None and offer["productType"] == SEATS


def require_allowed(state: State, tenant: str, customer: str, body: Document) -> None:
    """Look at what refuses a cart as a whole.

    Raises:
        Refusal: 400 / 900206 when a line names a reseller and nobody attested it, 400 / 900242 or 900246 when an
            aligned end date is not allowed.
    """
    lines = [entry for line in body.get("lineItems") or [] for entry in (line, *(line.get("addonItems") or []))]
    if any(line.get("participants") for line in lines) and body.get("partnerOnRecordAttestationAccepted") is not True:
        raise Refusal(400, *ATTESTATION_MISSING)
    for line in lines:
        offer = state.offer(str(line.get("catalogItemId")))
        if offer is not None and is_new_commerce(offer):
            problem = end_dates.problem(state, tenant, customer, line, is_trial=offer["resource"]["isTrial"])
            if problem is not None:
                raise Refusal(400, *problem)


def error_of(
    state: State, tenant: str, customer: str, line: Document, base: Document | None, earlier: Iterable[Document]
) -> tuple[int, str] | None:
    """Return code and text of what is wrong with a line for a known item of new commerce; None when it is good.

    Args:
        state: The simulated cloud.
        tenant: Partner tenant id.
        customer: Customer tenant id.
        line: The line as the cart shows it.
        base: The line that this one stands under; None for an ordinary line.
        earlier: The lines before it: lines are worked on in order.
    """
    offer = state.offer(str(line["catalogItemId"]))
    if offer is None:
        raise ValueError(f"{line['catalogItemId']} is not in the catalogue")
    item, resource = offer["item"], offer["resource"]
    known = state.customer(customer)
    if not resource["isAvailableForPurchase"]:
        return NOT_PROCESSED, "The item can no longer be purchased."
    if known and not products.is_sold_in(offer, known["address"]["country"]):
        return NOT_PROCESSED, "The item is not sold in the customer's market."
    if item["segment"] not in products.segments_of(state, tenant, customer):
        return NOT_PROCESSED, f"The customer is not qualified for the {item['segment']} segment."
    if line.get("currencyCode") not in prices.CURRENCIES:
        return prices.CURRENCY_NOT_SUPPORTED
    if base is not None:
        return INVALID_INPUT, "An add-on of new commerce is an ordinary line."
    return _term_or_seats_error(state, line, offer) or _prerequisite_error(state, customer, item, earlier)


def _term_or_seats_error(state: State, line: Document, offer: Document) -> tuple[int, str] | None:
    resource, duration = offer["resource"], line.get("termDuration")
    if prices.term_of(offer, duration, line["billingCycle"]) is None:
        return INVALID_INPUT, "The term and the billing cycle are not offered together for this item."
    if line["quantity"] < resource["minimumQuantity"]:
        return INVALID_INPUT, f"At least {resource['minimumQuantity']} seats must be bought."
    if line["quantity"] > resource["maximumQuantity"]:
        return TOO_MANY_SEATS
    promotion = line.get("promotionId")
    if promotion and promotions.fitting(state, str(promotion), offer, str(duration)) is None:
        return INVALID_INPUT, "The promotion does not fit the item, its term, or this day."
    return None


def _prerequisite_error(
    state: State, customer: str, item: Document, earlier: Iterable[Document]
) -> tuple[int, str] | None:
    """Check an add-on against all that the customer tenant holds, whoever sold it, and against the lines before it."""
    if not item["prerequisites"]:
        return None
    owned = [str(line["catalogItemId"]) for line in earlier if "error" not in line]
    owned += [
        held["resource"]["offerId"]
        for partner in state.partners()
        for held in state.subscriptions(partner["tenant"], customer).values()
        if subscriptions.has_new_commerce_seats(held) and held["resource"]["status"] == "active"
    ]
    needed = {one.lower() for one in item["prerequisites"]}
    return None if needed & {one.lower().rpartition(":")[0] for one in owned} else PREREQUISITE_MISSING


def pricing(state: State, line: Document, offer: Document) -> Document:
    """Return what a line costs in its currency, with its promotion, for the first billing period of its term."""
    duration = str(line.get("termDuration") or "P1Y").upper()
    promotion = promotions.fitting(state, str(line.get("promotionId") or ""), offer, duration)
    return prices.pricing(
        offer,
        line["billingCycle"],
        line["quantity"],
        currency=str(line.get("currencyCode")),
        term_duration=duration,
        discount=promotion["discount"] if promotion else 0.0,
        share=_share(line, duration, state.clock.now()),
    )


def _share(line: Document, duration: str, now: datetime) -> float:
    """Return the share of the first billing period that an aligned end date leaves of it, in days."""
    wanted: Json = line.get("customTermEndDate")
    cycle = MONTHS_PER_CYCLE.get(line["billingCycle"])
    if not wanted or cycle is None or cycle != MONTHS_PER_TERM.get(duration):
        # Only the last of several periods is cut short.
        return 1.0
    whole = (last_day_of(now, duration).date() - now.date()).days + 1
    kept = (parse_instant(str(wanted)).date() - now.date()).days + 1
    return kept / whole
