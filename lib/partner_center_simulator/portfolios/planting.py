"""Puts a portfolio into an empty state."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from partner_center_simulator.clock import timestamp
from partner_center_simulator.commerce import changes, events, orders, subscriptions, terms
from partner_center_simulator.documents import Document
from partner_center_simulator.portfolios.catalogue import CATALOGUE
from partner_center_simulator.portfolios.model import (
    CustomerTenant,
    Event,
    GrantedAdministration,
    Holding,
    OfferOnSale,
    PartnerTenant,
    Portfolio,
)
from partner_center_simulator.portfolios.new_commerce import plant_new_commerce
from partner_center_simulator.portfolios.partners import OPERATORS, PARTNER_TENANTS
from partner_center_simulator.state import State

CUSTOMER_AGREEMENT_TEMPLATE = "117a77b0-9360-443b-8795-c6dedc750cf9"
FORM = 3
"""Number of the form in which state is kept; a home with another one is not read."""


def plant(state: State, portfolio: Portfolio, *, seed: int, customers: int | None) -> None:
    """Write partner tenants, catalogue and customers into an empty state, all or nothing."""
    with state.transaction():
        origin = {
            "form": FORM,
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
        plant_new_commerce(state)
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
        "supportedBillingCycles": _billing_cycles(offer),
        "isAutoRenewable": offer.billing == "license" and offer.product_type != "Software",
        "isMicrosoftProduct": not offer.publisher,
        "salesGroupId": offer.sales_group,
        "isTrial": offer.is_trial,
        "product": {"id": offer.identifier, "name": offer.name, "unit": offer.unit_type},
        "unitType": offer.unit_type,
        "attributes": {"objectType": "Offer"},
    }
    return {
        "resource": resource,
        "price": offer.price,
        "productType": offer.product_type,
        "subType": offer.sub_type,
        "publisher": offer.publisher,
    }


def _billing_cycles(offer: OfferOnSale) -> list[str]:
    if offer.product_type in ("Azure", "Software"):
        return ["one_time", "monthly"] if offer.sub_type else ["one_time"]
    return ["monthly"] if offer.billing == "usage" else ["annual", "monthly"]


def _plant_customer(state: State, customer: CustomerTenant) -> None:
    document = _customer(state, customer)
    identifier = document["id"]
    state.documents.put("customer", "", identifier, document)
    state.documents.put("domain", "", customer.domain, {"customer": identifier})
    for name in customer.partners:
        _relate(state, _partner_named(state, name), document, agreement=customer.agreement)
    for granted in customer.administration:
        _grant(state, _partner_named(state, granted.partner), document, granted)
    held: list[_Held] = []
    for number, holding in enumerate(customer.holdings):
        held += _subscribe(state, identifier, holding, f"{identifier}/{number}", None)
    for one in held:
        state.put_subscription(one.tenant, identifier, one.purchase.subscription)
    _file_orders(state, identifier, held)
    for event in customer.events:
        _await(state, identifier, event, held)


def _mail_address(given: str, family: str, domain: str) -> str:
    """Return a person's address as organisations give them out: a name with accents goes without."""
    plain = unicodedata.normalize("NFKD", f"{given}.{family}").encode("ascii", "ignore").decode("ascii")
    return f"{plain}@{domain}.example".lower()


def _customer(state: State, customer: CustomerTenant) -> Document:
    given, family = customer.contact
    return {
        "id": state.identifier("customer", customer.domain),
        "companyName": customer.company,
        "domain": customer.domain,
        "address": _address(customer),
        "culture": customer.culture,
        "contact": {
            "firstName": given,
            "lastName": family,
            "email": _mail_address(given, family, customer.domain.split(".")[0]),
        },
        "users": [
            {
                "userPrincipalName": f"admin@{customer.domain}",
                "name": f"{given} {family}",
                "role": "Global admin",
            },
            {"userPrincipalName": f"reception@{customer.domain}", "name": "Reception", "role": "User"},
        ],
        "accepts": customer.accepts,
        "directSigned": False,
    }


def _partner_named(state: State, name: str) -> Document:
    partner = state.partner(name)
    if partner is None:
        raise ValueError(f"portfolio names an unknown partner tenant {name}")
    return partner


def _relate(state: State, partner: Document, customer: Document, *, agreement: bool) -> None:
    begun = state.clock.now() - timedelta(days=1200)
    state.documents.put("relationship", partner["tenant"], customer["id"], {"since": timestamp(begun)})
    if agreement:
        filed = {
            "userId": partner["operators"][0]["objectId"],
            "primaryContact": customer["contact"],
            "templateId": CUSTOMER_AGREEMENT_TEMPLATE,
            "dateAgreed": (begun + timedelta(days=2)).strftime("%Y-%m-%dT00:00:00Z"),
            "type": "MicrosoftCustomerAgreement",
            "agreementLink": "https://aka.ms/customeragreement",
        }
        state.documents.put("agreement", f"{partner['tenant']}/{customer['id']}", "000001", filed)


def _grant(state: State, partner: Document, customer: Document, granted: GrantedAdministration) -> None:
    now = state.clock.now()
    identifier = f"{state.identifier('gdap', partner['tenant'], customer['id'], granted.name)}-{customer['id']}"
    relationship = {
        "id": identifier,
        "displayName": granted.name,
        "duration": "P730D",
        "autoExtendDuration": None,
        "customer": {"tenantId": customer["id"], "displayName": customer["companyName"]},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": role} for role in granted.roles]},
        "status": granted.status,
        "createdDateTime": timestamp(now - timedelta(days=530)),
        "activatedDateTime": timestamp(now - timedelta(days=529)),
        "endDateTime": timestamp(now + timedelta(days=granted.ends_in_days)),
    }
    state.documents.put("gdap", partner["tenant"], identifier, relationship)


@dataclass(frozen=True)
class _Held:
    """A subscription as planted: through which tenant, when, and at which price."""

    tenant: str
    bought: datetime
    purchase: orders.Purchase


def _subscribe(state: State, customer: str, holding: Holding, name: str, parent: Document | None) -> Iterator[_Held]:
    """Make a subscription and then its add-ons; ``name`` is what their ids depend on."""
    partner, offer = _partner_named(state, holding.partner), state.offer(holding.offer)
    if offer is None:
        raise ValueError(f"holding {name} names an unknown offer {holding.offer}")
    together = f"{customer}/{partner['tenant']}/{holding.order}" if holding.order else name
    order = orders.identifier_for(holding.offer, state.identifier("held-order", together))
    # Whole seconds: planted again after a reset, a subscription is the same one to the last digit.
    bought = state.clock.now().replace(microsecond=0) - timedelta(days=holding.bought_days_ago)
    subscription = subscriptions.build(
        state,
        offer=offer,
        identifier=state.identifier("held-subscription", name),
        order=parent["resource"]["orderId"] if parent else order,
        seats=holding.seats,
        bought=bought,
        billing_cycle=holding.billing_cycle,
        nickname=holding.nickname,
        parent=parent["resource"]["id"] if parent else None,
        partner_id=holding.partner_id,
        entitlement=state.identifier("azure", name) if offer["resource"]["billing"] == "usage" else None,
        term_duration=holding.term_duration,
    )
    subscription["resource"] = _as_held(state, subscription, holding)
    yield _Held(partner["tenant"], bought, orders.Purchase.at_list_price(offer, subscription, partner["currency"]))
    for number, add_on in enumerate(holding.add_ons):
        yield from _subscribe(state, customer, add_on, f"{name}/{number}", subscription)


def _as_held(state: State, subscription: Document, holding: Holding) -> Document:
    """Return the resource with what became of it since it was bought."""
    resource = {**subscription["resource"], "status": holding.status}
    if holding.auto_renew is not None:
        resource["autoRenewEnabled"] = holding.auto_renew
    if holding.status == "suspended":
        resource["suspensionReasons"] = changes.CANCELLED_BY_CUSTOMER
        if subscriptions.has_new_commerce_seats(subscription):
            resource["autoRenewEnabled"] = False
    if holding.aligned_end_in_days is not None:
        resource |= terms.aligned(state.clock.now() + timedelta(days=holding.aligned_end_in_days))
    return {name: value for name, value in {**resource, **holding.fields}.items() if value is not None}


def _file_orders(state: State, customer: str, held: list[_Held]) -> None:
    together: dict[tuple[str, str], list[_Held]] = {}
    for one in held:
        order = one.purchase.subscription["resource"]["orderId"]
        together.setdefault((one.tenant, order), []).append(one)
    for (tenant, _), group in together.items():
        created = min(one.bought for one in group)
        orders.file(state, tenant, customer, [one.purchase for one in group], created=created)


def _await(state: State, customer: str, event: Event, held: list[_Held]) -> None:
    """Keep an event; the subscription that it is about is named by its offer in the portfolio and by its id here."""
    tenant = _partner_named(state, event.partner)["tenant"]
    resources = [one.purchase.subscription["resource"] for one in held if one.tenant == tenant]
    (subscription,) = [one["id"] for one in resources if one["offerId"] == event.change.offer]
    request = {
        "tenant": tenant,
        "customer": customer,
        "subscription": subscription,
        "quantity": event.change.seats,
        "user": event.change.user,
    }
    events.await_trigger(state, event.trigger, tenant, customer, request)
