"""Puts a portfolio into an empty state."""

from datetime import timedelta

from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import subscriptions
from partner_center_simulator.documents import Document
from partner_center_simulator.portfolios.catalogue import CATALOGUE
from partner_center_simulator.portfolios.model import CustomerTenant, Holding, OfferOnSale, PartnerTenant, Portfolio
from partner_center_simulator.portfolios.partners import OPERATORS, PARTNER_TENANTS
from partner_center_simulator.state import State

CUSTOMER_AGREEMENT_TEMPLATE = "117a77b0-9360-443b-8795-c6dedc750cf9"


def plant(state: State, portfolio: Portfolio, *, seed: int, customers: int | None) -> None:
    """Write partner tenants, catalogue and customers into an empty state, all or nothing."""
    with state.transaction():
        origin = {
            "portfolio": portfolio.name,
            "seed": seed,
            "customers": customers,
            "start": timestamp(state.clock.now()),
        }
        state.documents.put("origin", "", "", origin)
        for partner in PARTNER_TENANTS:
            state.documents.put("partner", "", partner.tenant, _partner(state, partner))
        for offer in CATALOGUE:
            state.documents.put("offer", "", offer.identifier.lower(), _offer(offer))
        for customer in portfolio.customers:
            _plant_customer(state, customer)


def _partner(state: State, partner: PartnerTenant) -> Document:
    return {
        "name": partner.name,
        "tenant": partner.tenant,
        "clientId": partner.client_id,
        "companyName": partner.company,
        "domain": partner.domain,
        "address": _address(partner),
        "culture": partner.culture,
        "partnerId": partner.partner_id,
        "currency": partner.currency,
        "transitioningTo": partner.transitioning_to,
        "operators": [
            {
                "objectId": state.identifier("operator", partner.tenant, operator.user_principal_name),
                "userPrincipalName": operator.user_principal_name,
                "name": operator.name,
                "multiFactor": operator.multi_factor,
            }
            for operator in OPERATORS
        ],
    }


def _address(place: PartnerTenant | CustomerTenant) -> Document:
    return {
        "country": place.country,
        "city": place.city,
        "state": None,
        "addressLine1": place.street,
        "postalCode": place.postal_code,
    }


def _offer(offer: OfferOnSale) -> Document:
    resource: Document = {
        "id": offer.identifier,
        "name": offer.name,
        "description": offer.name,
        "minimumQuantity": offer.minimum,
        "maximumQuantity": offer.maximum,
        "category": {"id": f"{offer.category}_Key" if offer.category else "", "name": offer.category},
        "limitUnitOfMeasure": "Concurrent" if offer.limit else "None",
        "limit": offer.limit,
        "termUnitOfMeasure": "Year",
        "term": 1,
        "prerequisiteOffers": list(offer.prerequisites),
        "isAddOn": offer.is_add_on,
        "hasAddOns": any(offer.identifier in other.prerequisites for other in CATALOGUE),
        "isAvailableForPurchase": offer.available,
        "billing": offer.billing,
        "supportedBillingCycles": ["monthly"] if offer.billing == "usage" else ["annual", "monthly"],
        "isAutoRenewable": offer.billing == "license",
        "isMicrosoftProduct": True,
        "salesGroupId": offer.sales_group,
        "isTrial": False,
        "product": {"id": offer.identifier, "name": offer.name, "unit": offer.unit_type},
        "unitType": offer.unit_type,
        "attributes": {"objectType": "Offer"},
    }
    return {"resource": resource, "price": offer.price}


def _plant_customer(state: State, customer: CustomerTenant) -> None:
    identifier = state.identifier("customer", customer.domain)
    given, family = customer.contact
    contact = {
        "firstName": given,
        "lastName": family,
        "email": f"{given}.{family}@{customer.domain.split('.')[0]}.example".lower(),
    }
    document: Document = {
        "id": identifier,
        "companyName": customer.company,
        "domain": customer.domain,
        "address": _address(customer),
        "culture": customer.culture,
        "contact": contact,
        "users": [
            {
                "userPrincipalName": f"admin@{customer.domain}",
                "name": f"{given} {family}",
                "role": "Global admin",
            },
            {"userPrincipalName": f"reception@{customer.domain}", "name": "Reception", "role": "User"},
        ],
        "accepts": customer.accepts,
        "acceptsAfterDays": customer.accepts_after_days,
        "directSigned": False,
    }
    state.documents.put("customer", "", identifier, document)
    state.documents.put("domain", "", customer.domain, {"customer": identifier})
    for name in customer.partners:
        partner = state.partner(name)
        if partner is None:
            raise ValueError(f"portfolio names an unknown partner tenant {name}")
        tenant = str(partner["tenant"])
        begun = state.clock.now() - timedelta(days=1200)
        state.documents.put("relationship", tenant, identifier, {"since": timestamp(begun)})
        if customer.agreement:
            agreement = {
                "userId": partner["operators"][0]["objectId"],
                "primaryContact": contact,
                "templateId": CUSTOMER_AGREEMENT_TEMPLATE,
                "dateAgreed": (begun + timedelta(days=2)).strftime("%Y-%m-%dT00:00:00Z"),
                "type": "MicrosoftCustomerAgreement",
                "agreementLink": "https://aka.ms/customeragreement",
            }
            state.documents.put("agreement", f"{tenant}/{identifier}", "000001", agreement)
    for number, holding in enumerate(customer.holdings):
        _plant_holding(state, identifier, holding, f"{identifier}/{number}", None)


def _plant_holding(state: State, customer: str, holding: Holding, name: str, parent: Document | None) -> None:
    partner = state.partner(holding.partner)
    offer = state.offer(holding.offer)
    if partner is None or offer is None:
        raise ValueError(f"holding {name} names an unknown partner tenant or offer")
    subscription = subscriptions.build(
        state,
        offer=offer,
        identifier=state.identifier("held-subscription", name),
        order=parent["resource"]["orderId"] if parent else state.identifier("held-order", name),
        seats=holding.seats,
        bought=state.clock.now() - timedelta(days=holding.bought_days_ago),
        billing_cycle=holding.billing_cycle,
        nickname=holding.nickname,
        parent=parent["resource"]["id"] if parent else None,
        entitlement=state.identifier("azure", name) if offer["resource"]["billing"] == "usage" else None,
    )
    subscription["resource"]["status"] = holding.status
    state.put_subscription(partner["tenant"], customer, subscription)
    for number, add_on in enumerate(holding.add_ons):
        _plant_holding(state, customer, add_on, f"{name}/{number}", subscription)
