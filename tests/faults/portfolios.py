"""Random portfolios: small, and with one of each kind that a runbook must tell apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import strategies as st

from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import CustomerTenant, Event, Holding, Portfolio, SeatChange
from partner_center_simulator.portfolios.partners import CONTOSO_FRANCE, CONTOSO_GERMANY
from partner_center_simulator.portfolios.planting import plant
from partner_center_simulator.simulator import Simulator

BASES = (
    catalogue.OFFICE_365_E1,
    catalogue.OFFICE_365_E3,
    catalogue.BUSINESS_STANDARD,
    catalogue.EXCHANGE_ONLINE_PLAN_1,
)
ADD_ONS = (catalogue.EXCHANGE_ONLINE_ARCHIVING, catalogue.AUDIO_CONFERENCING)
TAKES_ONE_ADD_ON = {catalogue.EXCHANGE_ONLINE_PLAN_1}

ODD: dict[str, dict[str, object]] = {
    "of an unknown kind": {"productType": {"id": "HolographicSeats", "displayName": "Holographic seats"}},
    "of an unknown status": {"status": "hibernating"},
    "a trial": {"isTrial": True},
}
"""What a subscription can be beside the kinds that are sold: what is then printed of it."""

SEATS = st.sampled_from((1, 2, 5, 10, 25))
"""Few numbers: rows that look alike are what pairs wrongly."""


def plant_anew(simulator: Simulator, portfolio: Portfolio) -> None:
    """Forget all that a simulator holds, and plant a portfolio at nine in the morning (UTC)."""
    state = simulator.state
    state.forget()
    state.clock.set(datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0))
    plant(state, portfolio, seed=1, customers=None)
    simulator.faults.clear()
    simulator.calls.reset()
    simulator.rate_limit.reset()


DAYS_AGO = st.sampled_from((None, None, 2.0, 6.96))
"""When seats of new commerce were bought: long ago, or just now, with most of seven days left or less than an hour."""


@st.composite
def bases(draw: st.DrawFn, partner: str) -> Holding:
    """Draw a legacy base, with add-ons that fit it now and then."""
    offer = draw(st.sampled_from(BASES))
    most = 1 if offer in TAKES_ONE_ADD_ON else 2
    count = draw(st.sampled_from((0, 0, 0, 1, most)))
    seats = draw(SEATS)
    add_ons = tuple(Holding(partner, add_on, draw(st.sampled_from((seats, 1)))) for add_on in ADD_ONS[:count])
    cycle = draw(st.sampled_from(("monthly", "monthly", "annual")))
    return Holding(partner, offer, seats, billing_cycle=cycle, add_ons=add_ons)


@st.composite
def new_commerce(draw: st.DrawFn, partner: str) -> Holding:
    """Draw seats of new commerce: they are transferred, replaced in their window, or end."""
    bought = draw(DAYS_AGO)
    holding = Holding(partner, catalogue.NEW_COMMERCE_BUSINESS_BASIC, draw(SEATS))
    return holding if bought is None else replace(holding, bought_days_ago=bought)


@st.composite
def oddities(draw: st.DrawFn, partner: str) -> Holding:
    """Draw something that is not simply bought again."""
    kind = draw(st.sampled_from(("azure", "suspended", "plan", *ODD)))
    if kind == "azure":
        return Holding(partner, catalogue.AZURE, 1, nickname="Azure")
    if kind == "plan":
        return Holding(partner, catalogue.AZURE_PLAN, 1, nickname="Azure plan", billing_cycle="one_time")
    if kind == "of an unknown kind":
        return Holding(partner, catalogue.NEW_COMMERCE_BUSINESS_BASIC, draw(SEATS), fields=ODD[kind])
    status = "suspended" if kind == "suspended" else "active"
    return Holding(partner, draw(st.sampled_from(BASES)), draw(SEATS), status=status, fields=ODD.get(kind, {}))


@st.composite
def customers(draw: st.DrawFn, number: int) -> CustomerTenant:
    """Draw a customer under one source, now and then under both."""
    one = draw(st.sampled_from((CONTOSO_FRANCE, CONTOSO_GERMANY)))
    partners = (CONTOSO_FRANCE, CONTOSO_GERMANY) if draw(st.sampled_from((False, False, True))) else (one,)
    holdings: list[Holding] = []
    for partner in partners:
        count = draw(st.sampled_from((0, 1, 1, 2, 2, 3, 4) if len(partners) == 1 else (0, 1, 1, 2)))
        holdings += [draw(bases(partner)) for _ in range(count)]
        holdings += [draw(new_commerce(partner)) for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2))))]
        holdings += [draw(oddities(partner)) for _ in range(draw(st.sampled_from((0, 0, 0, 1))))]
    return CustomerTenant(
        domain=f"customer{number}.onmicrosoft.com",
        company=f"Customer {number}",
        country="FR",
        city="Lyon",
        street=f"{number} rue Mercière",
        postal_code="69002",
        culture=draw(st.sampled_from(("fr-FR", "de-DE", "en-GB"))),
        contact=("Margaux", "Delorme"),
        accepts="at_once",
        partners=partners,
        holdings=tuple(holdings),
        agreement=draw(st.sampled_from((True, True, True, False))),
        events=draw(events(tuple(holdings))),
    )


@st.composite
def events(draw: st.DrawFn, holdings: tuple[Holding, ...]) -> tuple[Event, ...]:
    """Draw now and then somebody who changes seats in the very moment between the plan and the purchase."""
    held = [(one.partner, one.offer) for one in holdings]
    alone = [one for one in holdings if one.offer in BASES and held.count((one.partner, one.offer)) == 1]
    if not alone or draw(st.sampled_from((True, True, True, False))):
        return ()
    chosen = draw(st.sampled_from(alone))
    change = SeatChange(chosen.offer, chosen.seats + 1, "clerk@contoso.example")
    return (Event("prices_read", chosen.partner, change),)


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    """Draw a portfolio of one to three customers."""
    count = draw(st.sampled_from((1, 1, 2, 2, 3)))
    return Portfolio("random", tuple(draw(customers(number)) for number in range(1, count + 1)))
