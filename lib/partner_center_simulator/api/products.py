"""The catalogue of new commerce (Microsoft page "Product resources")."""

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.markets import country_of
from partner_center_simulator.api.paging import collection
from partner_center_simulator.commerce import products, relationships
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal


def list_products(call: Call) -> Answer:
    """Answer the products of a market in one target view."""
    country = country_of(call)
    return Answer(_products(call, products.on_sale(call.state, country, _segments(call)), country))


def get_product(call: Call) -> Answer:
    """Answer one product."""
    country = country_of(call)
    found = products.of_product(_all(call, country), call.path["product"])
    return Answer(products.show_product(found[0], country))


def list_skus(call: Call) -> Answer:
    """Answer the SKUs of a product."""
    country = country_of(call)
    products.of_product(_all(call, country), call.path["product"])
    return Answer(_skus(call, products.on_sale(call.state, country, _segments(call)), country))


def get_sku(call: Call) -> Answer:
    """Answer one SKU."""
    country = country_of(call)
    found = products.of_sku(_all(call, country), call.path["product"], call.path["sku"])
    return Answer(products.show_sku(found, country))


def list_availabilities(call: Call) -> Answer:
    """Answer the availabilities of a SKU, those for nonprofit organisations only when asked for."""
    country = country_of(call)
    products.of_sku(_all(call, country), call.path["product"], call.path["sku"])
    return Answer(_availabilities(call, products.on_sale(call.state, country, _segments(call)), country))


def get_availability(call: Call) -> Answer:
    """Answer one availability."""
    country = country_of(call)
    for offer in products.of_sku(_all(call, country), call.path["product"], call.path["sku"]):
        if offer["item"]["availability"].lower() == call.path["availability"].lower():
            return Answer(products.show_availability(offer, country, call.partner["currency"]))
    raise Refusal(404, 400019, "Availability not found.")


def list_customer_products(call: Call) -> Answer:
    """Answer the products of one target view that a customer may buy."""
    offers, country = _for_customer(call)
    return Answer(_products(call, offers, country))


def list_customer_skus(call: Call) -> Answer:
    """Answer the SKUs of a product that a customer may buy."""
    offers, country = _for_customer(call)
    products.of_product(_all(call, country), call.path["product"])
    return Answer(_skus(call, offers, country))


def list_customer_availabilities(call: Call) -> Answer:
    """Answer the availabilities of a SKU that a customer may buy."""
    offers, country = _for_customer(call)
    products.of_sku(_all(call, country), call.path["product"], call.path["sku"])
    return Answer(_availabilities(call, offers, country))


def _products(call: Call, offers: list[Document], country: str) -> Document:
    view = call.query.get("targetview", "").lower()
    if view not in products.VIEWS:
        raise Refusal(400, 800002, "targetView is missing or not known.")
    shown: dict[str, Document] = {}
    for offer in offers:
        if (offer["productType"], offer["subType"]) == products.VIEWS[view]:
            # A product is called after the first of its SKUs, never after a trial.
            shown.setdefault(offer["item"]["product"], products.show_product(offer, country))
    return collection(list(shown.values()))


def _skus(call: Call, offers: list[Document], country: str) -> Document:
    by_sku: dict[str, list[Document]] = {}
    for offer in offers:
        if offer["item"]["product"].lower() == call.path["product"].lower():
            by_sku.setdefault(offer["item"]["sku"], []).append(offer)
    return collection([products.show_sku(found, country) for found in by_sku.values()])


def _availabilities(call: Call, offers: list[Document], country: str) -> Document:
    wanted = (call.path["product"].lower(), call.path["sku"].lower())
    found = [one for one in offers if (one["item"]["product"].lower(), one["item"]["sku"].lower()) == wanted]
    currency = call.partner["currency"]
    return collection([products.show_availability(offer, country, currency) for offer in found])


def _all(call: Call, country: str) -> list[Document]:
    return products.on_sale(call.state, country, products.SEGMENTS)


def _for_customer(call: Call) -> tuple[list[Document], str]:
    """Return what a customer may buy, and its market."""
    customer = relationships.require(call.state, call.tenant, call.path["customer"])
    country = customer["address"]["country"]
    asked = products.SEGMENTS if "targetsegment" not in call.query else _segments(call)
    segments = products.segments_of(call.state, call.tenant, customer["id"]) & asked
    return products.on_sale(call.state, country, segments), country


def _segments(call: Call) -> frozenset[str]:
    asked = call.query.get("targetsegment", "").lower()
    if not asked:
        return products.UNASKED_SEGMENTS
    if asked not in products.SEGMENTS:
        raise Refusal(400, 800002, "targetSegment is not known.")
    return frozenset({asked})


PRODUCTS = "/products"
SKUS = "/products/{product}/skus"
AVAILABILITIES = "/products/{product}/skus/{sku}/availabilities"
CUSTOMER = "/customers/{customer:uuid}"
OPERATIONS = (
    Operation("GET", PRODUCTS, list_products),
    Operation("GET", PRODUCTS + "/{product}", get_product),
    Operation("GET", SKUS, list_skus),
    Operation("GET", SKUS + "/{sku}", get_sku),
    Operation("GET", AVAILABILITIES, list_availabilities),
    Operation("GET", AVAILABILITIES + "/{availability}", get_availability),
    Operation("GET", CUSTOMER + PRODUCTS, list_customer_products),
    Operation("GET", CUSTOMER + SKUS, list_customer_skus),
    Operation("GET", CUSTOMER + AVAILABILITIES, list_customer_availabilities),
)
