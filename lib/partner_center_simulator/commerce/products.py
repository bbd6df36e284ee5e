"""The catalogue of products, SKUs and availabilities (Microsoft page "Product resources")."""

from collections.abc import Collection, Iterable

from partner_center_simulator.clock import timestamp
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.state import State

SEGMENTS = frozenset({"commercial", "education", "government", "nonprofit"})
# Nonprofit is answered only to those who ask for it.
UNASKED_SEGMENTS = SEGMENTS - {"nonprofit"}
VIEWS = {
    "onlineservices": ("OnlineServicesNCE", ""),
    "azure": ("Azure", ""),
    "microsoftazure": ("Azure", ""),
    "azurereservations": ("Azure", "Reservation"),
    "azurereservationsvm": ("Azure", "Reservation"),
    "azurereservationssql": ("Azure", "Reservation"),
    "azurereservationscosmosdb": ("Azure", "Reservation"),
    "software": ("Software", ""),
    "softwaresuselinux": ("Software", ""),
    "softwareperpetual": ("Software", ""),
    "softwaresubscriptions": ("Software", ""),
    "specializedoffers": ("SpecializedOffers", ""),
    "marketplacesaas": ("SaaS", ""),
}
"""Product type and what it is more exactly, of all that each target view shows."""
QUALIFICATIONS = {"education": "education", "governmentcommunitycloud": "government", "nonprofit": "nonprofit"}
"""Segment that a customer may buy in with an approved qualification."""
REFUND_OPTIONS = (
    {"sequenceId": 0, "type": "Full", "expiresAfter": "P1D"},
    {"sequenceId": 1, "type": "Partial", "expiresAfter": "P7D"},
)


def on_sale(state: State, country: str, segments: Collection[str]) -> list[Document]:
    """Return the availabilities of a market (two letters) in some segments."""
    return [
        offer
        for offer in state.documents.scope("offer", "").values()
        if offer.get("item") and offer["item"]["segment"] in segments and is_sold_in(offer, country)
    ]


def is_sold_in(offer: Document, country: str) -> bool:
    """Tell whether an item is sold in a market."""
    return not offer["item"]["markets"] or country.upper() in offer["item"]["markets"]


def segments_of(state: State, tenant: str, customer: str) -> frozenset[str]:
    """Return the segments that a customer may buy in through a partner tenant."""
    rows = qualifications(state, tenant, customer)
    approved = [str(row["qualification"]).lower() for row in rows if row["vettingStatus"] == "Approved"]
    return frozenset({"commercial", *(QUALIFICATIONS[one] for one in approved if one in QUALIFICATIONS)})


def qualifications(state: State, tenant: str, customer: str) -> list[Document]:
    """Return a customer's qualifications as one partner tenant has them; a customer without any has the one "None"."""
    kept = state.documents.get("qualification", tenant, customer.lower())
    none = {"qualification": "None", "vettingStatus": None, "vettingReason": None, "vettingCreatedDate": None}
    return list(kept["rows"]) if kept else [none]


def qualify(state: State, tenant: str, customer: str, qualification: str, vetting_status: str) -> list[Document]:
    """Give a customer a qualification in a vetting status such as Approved, in one tenant; return all of them."""
    row = {
        "qualification": qualification,
        "vettingStatus": vetting_status,
        "vettingReason": None,
        "vettingCreatedDate": timestamp(state.clock.now()),
    }
    kept = state.documents.get("qualification", tenant, customer.lower())
    rows = [one for one in kept["rows"] if one["qualification"] != qualification] if kept else []
    with state.transaction():
        state.documents.put("qualification", tenant, customer.lower(), {"rows": [*rows, row]})
    return [*rows, row]


def of_product(offers: Iterable[Document], product: str) -> list[Document]:
    """Return the availabilities of a product.

    Raises:
        Refusal: 404 / 400013 when there are none.
    """
    found = [offer for offer in offers if offer["item"]["product"].lower() == product.lower()]
    if not found:
        raise Refusal(404, 400013, "Product not found.")
    return found


def of_sku(offers: Iterable[Document], product: str, sku: str) -> list[Document]:
    """Return the availabilities of a SKU.

    Raises:
        Refusal: 404 / 400013 for an unknown product, 404 / 400018 for an unknown SKU of it.
    """
    found = [offer for offer in of_product(offers, product) if offer["item"]["sku"].lower() == sku.lower()]
    if not found:
        raise Refusal(404, 400018, "SKU not found.")
    return found


def show_product(offer: Document, country: str) -> Document:
    """Return the product of an availability as the API shows it."""
    product, resource = offer["item"]["product"], offer["resource"]
    path = f"/products/{product}"
    kind: Document = {"id": offer["productType"], "displayName": offer["productType"]}
    if offer["subType"]:
        kind["subType"] = {"id": offer["subType"], "displayName": offer["subType"]}
    return {
        "id": product,
        "title": resource["name"],
        "description": resource["name"],
        "productType": kind,
        "isMicrosoftProduct": resource["isMicrosoftProduct"],
        "publisherName": offer["publisher"] or "Microsoft Corporation",
        "links": {
            "skus": _link(f"{path}/skus?country={country}"),
            "self": _link(f"{path}?country={country}"),
        },
    }


def show_sku(offers: Collection[Document], country: str) -> Document:
    """Return the SKU of some availabilities as the API shows it."""
    offer = next(iter(offers))
    item, resource = offer["item"], offer["resource"]
    cycles = {term["billingCycle"].lower() for one in offers for term in one["item"]["terms"]}
    path = f"/products/{item['product']}/skus/{item['sku']}"
    return {
        "id": item["sku"],
        "productId": item["product"],
        "title": resource["name"],
        "description": resource["name"],
        "minimumQuantity": resource["minimumQuantity"],
        "maximumQuantity": resource["maximumQuantity"],
        "isTrial": resource["isTrial"],
        "supportedBillingCycles": sorted(cycles),
        "purchasePrerequisites": ["MicrosoftCustomerAgreement"],
        "dynamicAttributes": {
            "isAddon": resource["isAddOn"],
            "hasConstraints": False,
            "prerequisiteSkus": [one.replace(":", "/") for one in item["prerequisites"]],
            "provisioningId": item["provisioningId"],
        },
        "links": {"self": _link(f"{path}?country={country}")},
    }


def show_availability(offer: Document, country: str, currency: str) -> Document:
    """Return an availability as the API shows it; what it costs stands on a line of a cart alone."""
    item = offer["item"]
    terms = [_term(one) for one in item["terms"]]
    resource = offer["resource"]
    path = f"/products/{item['product']}/skus/{item['sku']}/availabilities/{item['availability']}"
    return {
        "id": item["availability"],
        "productId": item["product"],
        "skuId": item["sku"],
        "catalogItemId": resource["id"],
        "defaultCurrency": {"code": currency, "symbol": currency},
        "segment": item["segment"],
        "country": country,
        "isPurchasable": resource["isAvailableForPurchase"],
        "isRenewable": resource["isAutoRenewable"],
        "renewalInstructions": [
            {
                "applicableTermIds": [term["id"]],
                "renewalOptions": [{"renewToId": term["id"], "isAutoRenewable": resource["isAutoRenewable"]}],
            }
            for term in terms
        ],
        "terms": terms,
        "links": {"self": _link(f"{path}?country={country}")},
    }


def _term(term: Document) -> Document:
    return {
        "id": f"term-{term['duration']}-{term['billingCycle']}".lower(),
        "duration": term["duration"],
        "description": f"{term['duration']} commitment, billed {term['billingCycle'].lower()}",
        "billingCycle": term["billingCycle"],
        "cancellationPolicies": [{"refundOptions": list(REFUND_OPTIONS)}],
    }


def _link(uri: str) -> Document:
    return {"uri": uri, "method": "GET", "headers": []}
