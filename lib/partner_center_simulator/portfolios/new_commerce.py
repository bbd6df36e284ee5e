"""What new commerce sells: seats by product, SKU and availability, and the promotions of the day.

Product, SKU and licence ids are those of Microsoft's public lists where there are any; prices are net prices in euro
per seat and month for a year paid at once, near those of the price lists of 2025.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from partner_center_simulator.clock import midnight
from partner_center_simulator.documents import Document
from partner_center_simulator.state import State

SEATS = "OnlineServicesNCE"
EUROPEAN_ECONOMIC_AREA = (
    "AT",
    "BE",
    "CZ",
    "DE",
    "DK",
    "ES",
    "FI",
    "FR",
    "IE",
    "IT",
    "LU",
    "NL",
    "NO",
    "PL",
    "PT",
    "SE",
)
BUSINESS_BASIC = "CFQ7TTC0LH18:0001:CFQ7TTC0K971"
BUSINESS_BASIC_NONPROFIT = "CFQ7TTC0LH18:0001:CFQ7TTC0K9NP"
BUSINESS_STANDARD = "CFQ7TTC0LDPB:0001:CFQ7TTC0WZ8K"
BUSINESS_PREMIUM = "CFQ7TTC0LCHC:0002:CFQ7TTC0X6RN"
BUSINESS_PREMIUM_TRIAL = "CFQ7TTC0LCHC:0003:CFQ7TTC0K3NW"
OFFICE_365_E1 = "CFQ7TTC0LF8Q:0001:CFQ7TTC0TM2D"
OFFICE_365_E3 = "CFQ7TTC0LF8R:0001:CFQ7TTC0VN5S"
OFFICE_365_A3 = "CFQ7TTC0LH0W:0001:CFQ7TTC0ZA3F"
OFFICE_365_G3 = "CFQ7TTC0LG33:0001:CFQ7TTC0ZG3C"
MICROSOFT_365_E3 = "CFQ7TTC0LFLX:0001:CFQ7TTC0QW6H"
EXCHANGE_ONLINE_PLAN_1 = "CFQ7TTC0LH16:0001:CFQ7TTC0SB9X"
EXCHANGE_ONLINE_PLAN_2 = "CFQ7TTC0LH1P:0001:CFQ7TTC0SC2Y"
EXCHANGE_ONLINE_ARCHIVING = "CFQ7TTC0LH0J:0001:CFQ7TTC0RD7V"
AUDIO_CONFERENCING = "CFQ7TTC0LHSL:0001:CFQ7TTC0RF1W"
COPILOT = "CFQ7TTC0MM8R:0002:CFQ7TTC0PC5B"
POWER_BI_PRO = "CFQ7TTC0LHSF:0001:CFQ7TTC0RP4J"
VISIO_PLAN_2 = "CFQ7TTC0HD32:0002:CFQ7TTC0RV2D"


@dataclass(frozen=True)
class Term:
    """A commitment and how it is paid.

    Attributes:
        duration: ISO 8601.
        billing_cycle: As the catalogue prints it: Monthly, Annual, Triennial, None.
        factor: What one billing period costs, in monthly prices of a year that is paid at once.
    """

    duration: str
    billing_cycle: str
    factor: float


# A year paid by the month costs 5 % more since April 2025, a month without commitment 20 %.
MONTH = Term("P1M", "Monthly", 1.2)
YEAR = (Term("P1Y", "Monthly", 1.05), Term("P1Y", "Annual", 12.0))
THREE_YEARS = (Term("P3Y", "Monthly", 1.05), Term("P3Y", "Annual", 12.0), Term("P3Y", "Triennial", 36.0))
USUAL_TERMS = (MONTH, *YEAR)


@dataclass(frozen=True)
class ItemOnSale:
    """One availability of a SKU.

    Attributes:
        identifier: ``product:sku:availability``, what a line of a cart names.
        license_sku: Licence SKU in the customer's directory.
        markets: Countries where it is sold; empty is everywhere.
        prerequisites: ``product:sku`` of those of which a customer needs one; with any, the item is an add-on.
    """

    identifier: str
    name: str
    price: float
    license_sku: str
    segment: Literal["commercial", "education", "government", "nonprofit"] = "commercial"
    minimum: int = 1
    maximum: int = 10_000_000
    markets: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    is_trial: bool = False
    terms: tuple[Term, ...] = USUAL_TERMS


@dataclass(frozen=True)
class PromotionOnOffer:
    """A promotion: ``discount`` is a share of the price, ``durations`` the terms that it is given on.

    It began 30 days before the simulation and ends ``ends_in_days`` after its start.
    """

    identifier: str
    name: str
    discount: float
    durations: tuple[str, ...]
    segment: str = "commercial"
    ends_in_days: int = 90


def _sku(identifier: str) -> str:
    return identifier.rpartition(":")[0]


MAIL_BASES = tuple(map(_sku, (BUSINESS_BASIC, BUSINESS_STANDARD, OFFICE_365_E1, OFFICE_365_E3, EXCHANGE_ONLINE_PLAN_1)))
SUITES = tuple(map(_sku, (BUSINESS_BASIC, BUSINESS_STANDARD, BUSINESS_PREMIUM, OFFICE_365_E1, OFFICE_365_E3)))

ITEMS = (
    ItemOnSale(
        BUSINESS_BASIC, "Microsoft 365 Business Basic", 5.60, "3b555118-da6a-4418-894f-7df1e2096870", maximum=300
    ),
    ItemOnSale(
        BUSINESS_BASIC_NONPROFIT,
        "Microsoft 365 Business Basic",
        1.40,
        "3b555118-da6a-4418-894f-7df1e2096870",
        segment="nonprofit",
        maximum=300,
    ),
    ItemOnSale(
        BUSINESS_STANDARD, "Microsoft 365 Business Standard", 11.70, "f245ecc8-75af-4f8e-b61f-27d8114de5f3", maximum=300
    ),
    ItemOnSale(
        BUSINESS_PREMIUM,
        "Microsoft 365 Business Premium",
        20.60,
        "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
        maximum=300,
        terms=(*USUAL_TERMS, *THREE_YEARS),
    ),
    ItemOnSale(
        BUSINESS_PREMIUM_TRIAL,
        "Microsoft 365 Business Premium Trial",
        0.0,
        "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
        minimum=25,
        maximum=25,
        is_trial=True,
        terms=(Term("P1M", "None", 0.0),),
    ),
    ItemOnSale(OFFICE_365_E1, "Office 365 E1", 9.10, "18181a46-0d4e-45cd-891e-60aabd171b4e"),
    ItemOnSale(
        OFFICE_365_E3,
        "Office 365 E3",
        21.60,
        "6fd2c87f-b296-42f0-b197-1e91e994b900",
        terms=(*USUAL_TERMS, *THREE_YEARS),
    ),
    ItemOnSale(
        OFFICE_365_A3,
        "Office 365 A3 for faculty",
        3.00,
        "e578b273-6db4-4691-bba0-8d691f4da603",
        segment="education",
        terms=YEAR,
    ),
    ItemOnSale(
        OFFICE_365_G3,
        "Office 365 G3",
        21.60,
        "535a3a29-c5f0-42fe-8215-d3b9e1f38c4a",
        segment="government",
        markets=("US",),
    ),
    ItemOnSale(
        MICROSOFT_365_E3,
        "Microsoft 365 E3 EEA (no Teams)",
        34.00,
        "c2fe850d-fbbb-4858-b67d-bd0c6e746da3",
        markets=EUROPEAN_ECONOMIC_AREA,
        terms=(*USUAL_TERMS, *THREE_YEARS),
    ),
    ItemOnSale(EXCHANGE_ONLINE_PLAN_1, "Exchange Online (Plan 1)", 3.70, "4b9405b0-7788-4568-add1-99614e613b69"),
    ItemOnSale(EXCHANGE_ONLINE_PLAN_2, "Exchange Online (Plan 2)", 7.50, "19ec0d23-8335-4cbd-94ac-6050e30712fa"),
    ItemOnSale(
        EXCHANGE_ONLINE_ARCHIVING,
        "Exchange Online Archiving",
        2.80,
        "ee02fd1b-340e-4a4b-b355-4a514e4c8943",
        prerequisites=MAIL_BASES,
    ),
    ItemOnSale(
        AUDIO_CONFERENCING,
        "Microsoft 365 Audio Conferencing",
        3.70,
        "0c266dff-15dd-4b49-8397-2bb16070ed52",
        prerequisites=SUITES,
    ),
    # Sold by the year alone: there is no monthly plan.
    ItemOnSale(
        COPILOT,
        "Microsoft 365 Copilot",
        28.10,
        "639dec6b-bb19-468b-871c-c5c441c4b0cb",
        prerequisites=SUITES,
        terms=YEAR,
    ),
    ItemOnSale(POWER_BI_PRO, "Power BI Pro", 13.10, "f8a1db68-be16-40ed-86d5-cb42ce701560"),
    # Its legacy offer is no longer sold: customers who hold that one need a person's pick.
    ItemOnSale(VISIO_PLAN_2, "Visio Plan 2", 14.60, "c5928f49-12ba-48f7-ada3-0d743a3601d5"),
)
PROMOTIONS = (
    PromotionOnOffer("CFQ7TTC0LCHC:0002:39NFN39BXXL6", "Business Premium, a year at 15 % less", 0.15, ("P1Y",)),
    PromotionOnOffer(
        "CFQ7TTC0LH18:0001:39NFJQT1Q5KN", "Business Basic for new customers", 0.10, ("P1Y",), ends_in_days=20
    ),
    PromotionOnOffer(
        "CFQ7TTC0LH18:0001:39NFJQT1NPBB", "Business Basic for nonprofits", 0.25, ("P1Y",), segment="nonprofit"
    ),
)


def plant_new_commerce(state: State) -> None:
    """Write items and promotions into a state whose catalogue of offers stands; to be called in a transaction."""
    for item in ITEMS:
        state.documents.put("offer", "", item.identifier.lower(), _offer(item))
    for key, offer in list(state.documents.scope("offer", "").items()):
        # What else has an id of three parts is in the catalogue of products too, in the usual way.
        if offer["productType"] and "item" not in offer:
            terms = USUAL_TERMS if offer["productType"] == SEATS else ()
            state.documents.put("offer", "", key, {**offer, "item": _item(state, offer["resource"]["id"], terms)})
    now = state.clock.now()
    for promotion in PROMOTIONS:
        document = {
            "id": promotion.identifier,
            "name": promotion.name,
            "startDate": midnight(now - timedelta(days=30)),
            "endDate": midnight(now + timedelta(days=promotion.ends_in_days)),
            "segment": promotion.segment,
            "discount": promotion.discount,
            "durations": list(promotion.durations),
        }
        state.documents.put("promotion", "", promotion.identifier.lower(), document)


def _item(state: State, identifier: str, terms: tuple[Term, ...]) -> Document:
    license_sku = state.identifier("license", _sku(identifier))
    return _catalogue_item(ItemOnSale(identifier, "", 0.0, license_sku, terms=terms))


def _catalogue_item(item: ItemOnSale) -> Document:
    product, sku, availability = item.identifier.split(":")
    return {
        "product": product,
        "sku": sku,
        "availability": availability,
        "segment": item.segment,
        "markets": list(item.markets),
        "prerequisites": list(item.prerequisites),
        "provisioningId": item.license_sku,
        "terms": [
            {"duration": term.duration, "billingCycle": term.billing_cycle, "factor": term.factor}
            for term in item.terms
        ],
    }


def _offer(item: ItemOnSale) -> Document:
    resource: Document = {
        "id": item.identifier,
        "name": item.name,
        "description": item.name,
        "minimumQuantity": item.minimum,
        "maximumQuantity": item.maximum,
        "limit": 0,
        "limitUnitOfMeasure": "None",
        "prerequisiteOffers": [],
        "isAddOn": bool(item.prerequisites),
        # Add-ons of new commerce are subscriptions of their own: a base has none that could be bought under it.
        "hasAddOns": False,
        "isAvailableForPurchase": True,
        "billing": "license",
        "supportedBillingCycles": sorted({term.billing_cycle.lower() for term in item.terms}),
        "isAutoRenewable": True,
        "isMicrosoftProduct": True,
        "salesGroupId": "1",
        "isTrial": item.is_trial,
        "unitType": "Licenses",
    }
    return {
        "resource": resource,
        "price": item.price,
        "productType": SEATS,
        "subType": "",
        "publisher": "",
        "item": _catalogue_item(item),
    }
