"""Promotions of a market and segment (Microsoft page "Get promotions")."""

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.markets import country_of
from partner_center_simulator.api.paging import collection
from partner_center_simulator.commerce import products, promotions
from partner_center_simulator.refusals import Refusal


def list_promotions(call: Call) -> Answer:
    """Answer the promotions that run now."""
    country_of(call)
    segment = call.query.get("segment", "").lower()
    if segment not in products.SEGMENTS:
        raise Refusal(400, 800002, "segment is missing or not known.")
    return Answer(collection(promotions.listed(call.state, segment)))


OPERATIONS = (Operation("GET", "/productpromotions", list_promotions),)
