"""What is scheduled for the next term (Microsoft page "Schedule changes for a new commerce subscription")."""

from partner_center_simulator.commerce import prices
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

NAMES = ("productId", "skuId", "availabilityId")


def check(state: State, resource: Document) -> None:
    """Check the next-term instructions of a resource of new commerce.

    Raises:
        Refusal: 400 / 800002 when item, term or seats are not those of something on sale.
    """
    planned: Json = resource["scheduledNextTermInstructions"]
    if not isinstance(planned, dict):
        raise Refusal(400, 800002, "scheduledNextTermInstructions is not understood.")
    product = planned.get("product") or {}
    identifier = ":".join(str(product.get(name)) for name in NAMES) if product.get("productId") else resource["offerId"]
    offer = state.offer(identifier)
    if offer is None or not offer.get("item"):
        raise Refusal(400, 800002, "The product of the next term is not in the catalogue.")
    duration = str(product.get("termDuration") or resource["termDuration"])
    cycle = str(product.get("billingCycle") or resource["billingCycle"]).lower()
    if prices.term_of(offer, duration, cycle) is None:
        raise Refusal(400, 800002, "The term and billing cycle of the next term are not offered together.")
    seats: Json = planned.get("quantity", resource["quantity"])
    low, high = offer["resource"]["minimumQuantity"], offer["resource"]["maximumQuantity"]
    if isinstance(seats, bool) or not isinstance(seats, int) or not low <= seats <= high:
        raise Refusal(400, 800002, f"The seats of the next term must be between {low} and {high}.")
