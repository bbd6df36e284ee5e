"""The legacy catalogue (Microsoft page "Offer resources")."""

from itertools import islice

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.markets import country_of
from partner_center_simulator.api.paging import collection
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal

OTHER_REGIONS = frozenset({"AU", "BR", "CA", "CN", "IN", "JP", "KR", "NZ", "TW", "US"})
"""Countries that are a CSP region of their own: the partner tenants of every portfolio are European."""


def list_offers(call: Call) -> Answer:
    """Answer the legacy offers of a market, all of them unless offset and size say otherwise.

    A country of another CSP region is refused with 2030 (Microsoft page "CSP regional authorization overview").
    """
    country = country_of(call)
    if country in OTHER_REGIONS:
        raise Refusal(403, 2030, f"The partner is not enrolled for the country {country}.")
    return Answer(_window(call, [_shown(offer, country) for offer in _legacy(call)]))


def get_offer(call: Call) -> Answer:
    """Answer one legacy offer."""
    return Answer(_shown(_find(call), country_of(call)))


def list_add_ons(call: Call) -> Answer:
    """Answer the add-on offers that fit a base offer."""
    country = country_of(call)
    base = _find(call)["resource"]["id"]
    fitting = [offer for offer in _legacy(call) if base in offer["resource"]["prerequisiteOffers"]]
    return Answer(_window(call, [_shown(offer, country) for offer in fitting]))


def _legacy(call: Call) -> list[Document]:
    # An id of three parts belongs to the product catalogue of new commerce.
    return [offer for offer in call.state.documents.scope("offer", "").values() if ":" not in offer["resource"]["id"]]


def _find(call: Call) -> Document:
    wanted = call.path["offer"]
    if ":" in wanted:
        raise Refusal(400, 2100, "The id belongs to the product catalogue.")
    offer = call.state.offer(wanted)
    if offer is None:
        raise Refusal(404, 800002, "Offer not found.")
    return offer


def _window(call: Call, offers: list[Document]) -> Document:
    start, size = call.query.get("offset", "0"), call.query.get("size", "0")
    if not start.isdecimal() or not size.isdecimal():
        raise Refusal(400, 800002, "offset and size must be whole numbers.")
    end = int(start) + int(size) if int(size) else None
    return collection(list(islice(offers, int(start), end)))


def _shown(offer: Document, country: str) -> Document:
    resource = offer["resource"]
    return {
        **resource,
        "uri": f"/offers/{resource['id']}",
        "locale": "en-us",
        "country": country,
        "links": {
            # Recorded offers carry this link without an address.
            "learnMore": {"method": "GET", "headers": []},
            "self": {"uri": f"/offers/{resource['id']}?country={country}", "method": "GET", "headers": []},
        },
    }


OPERATIONS = (
    Operation("GET", "/offers", list_offers),
    Operation("GET", "/offers/{offer}", get_offer),
    Operation("GET", "/offers/{offer}/addons", list_add_ons),
)
