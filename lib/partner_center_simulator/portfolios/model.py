"""The vocabulary in which a portfolio is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from partner_center_simulator.documents import Json

Accepts = Literal["at_once", "late", "never"]
Trigger = Literal["prices_read"]


@dataclass(frozen=True)
class PartnerTenant:
    """A partner's tenant in Partner Center.

    Attributes:
        name: Short name, also the name of its credentials file.
        tenant: Tenant id, the same in every run and for every seed.
        client_id: The application registered in it.
        currency: ISO 4217; one per partner tenant.
        transitioning_to: Whether Microsoft's support moves Azure subscriptions to this tenant when a hand-over text
            names none.
    """

    name: str
    tenant: str
    client_id: str
    company: str
    domain: str
    country: str
    city: str
    street: str
    postal_code: str
    culture: str
    partner_id: str
    currency: str = "EUR"
    transitioning_to: bool = False


@dataclass(frozen=True)
class Operator:
    """A person who works in the partner tenants.

    Attributes:
        multi_factor: False for a person whose sign-in lacks multi-factor authentication and is refused.
    """

    user_principal_name: str
    name: str
    multi_factor: bool = True


@dataclass(frozen=True)
class OfferOnSale:
    """One offer of the catalogue.

    Attributes:
        identifier: Legacy offer id, or product:sku:availability of new commerce.
        price: Net price per seat and month in the currency of the partner tenant.
        limit: How many subscriptions of it a customer tenant may hold over all partners; 0 is no limit.
        product_type: Product type of its subscriptions; empty for legacy offers, whose subscriptions show none.
        sub_type: What the product type is more exactly: reservations and savings plans are Azure, too.
        is_trial: Whether its subscriptions are trials.
        publisher: Who sells it on the marketplace; empty for Microsoft's own.
    """

    identifier: str
    name: str
    price: float
    category: str = "Enterprise"
    minimum: int = 1
    maximum: int = 10_000_000
    is_add_on: bool = False
    prerequisites: tuple[str, ...] = ()
    billing: Literal["license", "usage"] = "license"
    available: bool = True
    limit: int = 0
    sales_group: str = "1"
    unit_type: str = "Licenses"
    product_type: Literal["", "OnlineServicesNCE", "Azure", "Software", "SaaS"] = ""
    sub_type: Literal["", "Reservation", "SavingsPlan"] = ""
    is_trial: bool = False
    publisher: str = ""


@dataclass(frozen=True)
class Holding:
    """A subscription that a customer holds when the simulation starts.

    Attributes:
        partner: Short name of the partner tenant it was bought through.
        seats: Licences; 1 for usage-based.
        bought_days_ago: Age in days at the start of the simulation; 6.96 is 167 hours.
        billing_cycle: ``monthly``, ``annual`` or ``one_time``.
        term_duration: ISO 8601, new commerce only; None is one year.
        status: As Partner Center shows it; any word, for a client must bear words that it does not know.
        order: Holdings of one customer and partner that name the same order were bought together; None: alone.
        auto_renew: Whether it renews by itself; None is what its offer does.
        aligned_end_in_days: New commerce, when its end date was aligned with another one's: days from the start of
            the simulation to the last day of its term.
        partner_id: Partner ID of the reseller on record; None in the direct model.
        fields: Members of the resource by name that are as given here, whatever follows from the rest; one that is
            None is not printed (id, offerId, orderId, quantity, status and billingCycle cannot be left out). For what
            clients must bear: times of an edge, promotions, words that nobody knows.
    """

    partner: str
    offer: str
    seats: int
    nickname: str | None = None
    bought_days_ago: float = 700
    billing_cycle: str = "monthly"
    term_duration: str | None = None
    status: str = "active"
    order: str | None = None
    auto_renew: bool | None = None
    aligned_end_in_days: int | None = None
    partner_id: str | None = None
    fields: Mapping[str, Json] = field(default_factory=dict)
    add_ons: tuple["Holding", ...] = ()


@dataclass(frozen=True)
class SeatChange:
    """A person changes the seats of a subscription in the portal of a partner tenant.

    Attributes:
        offer: The customer holds one subscription of it through that partner.
        seats: Licences afterwards.
        user: User name of the person in the partner tenant.
    """

    offer: str
    seats: int
    user: str


@dataclass(frozen=True)
class Event:
    """Something that somebody does on their own, once, at a moment that the caller cannot foresee.

    Attributes:
        trigger: ``prices_read``: right after the first answer that shows prices of orders of this customer.
        partner: Short name of the partner tenant in which the trigger is watched and the change made.
        change: What is done then.
    """

    trigger: Trigger
    partner: str
    change: SeatChange


@dataclass(frozen=True)
class GrantedAdministration:
    """Granular delegated admin privileges (GDAP) that a customer has granted to a partner.

    Attributes:
        partner: Short name of the partner tenant.
        roles: Template ids of the Entra roles.
        status: As Microsoft Graph shows it.
        ends_in_days: From the start of the simulation.
    """

    partner: str
    name: str
    roles: tuple[str, ...]
    status: str = "active"
    ends_in_days: int = 200


@dataclass(frozen=True)
class CustomerTenant:
    """A customer, its people and what it does when it is invited.

    Attributes:
        accepts: When its Global admin accepts an invitation: at the first visit of the play, at the second, never.
        partners: Short names of the partner tenants it is related to at the start.
        agreement: Whether those partners have its customer agreement on file.
        events: What others do to its subscriptions meanwhile.
        administration: What it lets partners do in its tenant.
    """

    domain: str
    company: str
    country: str
    city: str
    street: str
    postal_code: str
    culture: str
    contact: tuple[str, str]
    accepts: Accepts
    partners: tuple[str, ...]
    holdings: tuple[Holding, ...]
    agreement: bool = True
    events: tuple[Event, ...] = ()
    administration: tuple[GrantedAdministration, ...] = ()


@dataclass(frozen=True)
class Portfolio:
    """A world: its name and its customers; partner tenants and catalogue are the same in all of them."""

    name: str
    customers: tuple[CustomerTenant, ...]
