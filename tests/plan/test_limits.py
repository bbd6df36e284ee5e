"""Limits are checked in the plan, not met in the error (M25)."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from offline import (
    FRANCE,
    GERMANY,
    OFFER,
    make_case,
    make_case_name,
    make_engagement,
    make_offer,
    make_row,
    make_subscription,
    snapshot,
)

from consolidation.journal import Journal
from consolidation.limits import (
    MOST_SUBSCRIPTIONS,
    Currencies,
    agreement_missing,
    currencies,
    market_closed,
    offers_of,
    other_sources,
    tenant_limit,
    with_offer_limits,
    with_partner_ids,
)
from consolidation.outcomes import Outcome, record_outcome
from partner_center.errors import AppOnlyNotSupported, Forbidden, NotFound, Refused

BOUNDS = {
    "within": ({"minimumQuantity": 10, "maximumQuantity": 10}, ""),
    "below the minimum": ({"minimumQuantity": 11}, "sold from 11 seats on, the source has 10"),
    "above the maximum": ({"maximumQuantity": 9}, "sold up to 9 seats, the source has 10"),
    "no longer sold": ({"isAvailableForPurchase": False}, "cannot buy this offer any more"),
    "not said whether sold": ({"isAvailableForPurchase": None}, ""),
    "too many of one offer": ({"limit": 1}, "may hold 1 of this offer over all partners, and would hold 2"),
    "no limit": ({"limit": 0}, ""),
    "for a partner's own use": ({"isInternal": True}, "not sold to customers"),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_each_bound_of_an_offer(bound: str) -> None:
    """M25: seats within the offer's bounds, offers still on sale, and no more of one than a customer may hold."""
    fields, words = BOUNDS[bound]
    rows = [make_row("a"), make_row("b", target_offer=OFFER.upper(), problems=("It had one before.",))]
    checked = with_offer_limits(rows, [make_offer(OFFER.upper(), **fields)], [])
    assert [row.subscription for row in checked] == ["a", "b"]
    assert checked[1].problems[0] == "It had one before."
    for row, before in zip(checked, (0, 1), strict=True):
        found = row.problems[before:]
        assert len(found) == bool(words)
        assert not words or words in found[0]


def test_an_offer_that_the_catalogue_lacks_cannot_be_bought() -> None:
    """M25, M26: an offer that is not in the customer's market waits for a person."""
    (row,) = with_offer_limits([make_row()], [], [])
    assert "cannot buy this offer any more" in row.problems[0]


@pytest.mark.parametrize(("prerequisites", "fits"), [([OFFER.upper()], True), (["other"], False), ([], True)])
def test_an_addon_needs_its_prerequisite(prerequisites: list[str], *, fits: bool) -> None:
    """M25: an add-on is bought only under an offer that the catalogue names as its prerequisite."""
    rows = [make_row("base"), make_row("add", parent="base", offer="addon", target_offer="addon")]
    checked = with_offer_limits(rows, [make_offer(), make_offer("addon", prerequisiteOffers=prerequisites)], [])
    assert checked[0].problems == ()
    assert (checked[1].problems == ()) is fits


def test_rows_that_are_not_bought_are_not_checked_and_not_lost() -> None:
    """S8: rows without an order keep their place, also when the rows come one by one."""
    rows = [make_row("a", target_action="none"), make_row("b", target_action="adopt"), make_row("c")]
    checked = with_offer_limits((row for row in rows), [make_offer()], [])
    assert checked == rows


HOLDINGS = {
    "the source's own": ([make_subscription("s")], {}, 2),
    "source and target": ([make_subscription("s"), make_subscription("t", status="suspended")], {}, 3),
    "in another letter case": ([make_subscription("s", offerId=OFFER.upper())], {}, 2),
    "deleted ones are gone": ([make_subscription("s", status="deleted")], {}, 1),
    "a lifetime counts deleted ones": (
        [make_subscription("s", status="deleted")],
        {"limitUnitOfMeasure": "LifeTime"},
        2,
    ),
    "another offer": ([make_subscription("s", offerId="other")], {}, 1),
}


@pytest.mark.parametrize("name", HOLDINGS)
def test_what_the_customer_holds_counts_against_the_limit_of_an_offer(name: str) -> None:
    """M25: an offer's own limit counts what stands in source, target and other sources, and what is to be bought."""
    held, fields, after = HOLDINGS[name]
    for limit, fits in ((after, True), (after - 1, after == 1)):
        (row,) = with_offer_limits([make_row()], [make_offer(limit=limit, **fields)], held)
        assert (row.problems == ()) is fits
        assert fits or f"would hold {after}" in row.problems[0]


@pytest.mark.parametrize(
    ("held", "bought", "fits"), [(298, 2, True), (299, 2, False), (150, 150, True), (1, 300, False)]
)
def test_a_customer_tenant_holds_300_subscriptions(held: int, bought: int, *, fits: bool) -> None:
    """M25: what all tenants hold, and what is to be bought, must fit into one customer tenant together."""
    gone = make_subscription("gone", status="deleted")
    every = [gone, *(make_subscription(f"s{number}") for number in range(held))]
    reasons = tenant_limit([make_row(str(number)) for number in range(bought)], every)
    assert (reasons == []) is fits
    assert fits or f"would hold {held + bought} subscriptions" in reasons[0]
    assert MOST_SUBSCRIPTIONS == 300


@pytest.mark.parametrize(
    "fields",
    [
        {"offerId": "MS-AZR-0145P", "billingType": "usage"},
        {"productType": {"id": "Azure"}},
        {"productType": {"id": "Software"}},
        {"productType": {"id": "SaaS"}},
    ],
)
def test_what_holds_no_licence_is_not_counted(fields: dict[str, object]) -> None:
    """M25: the limit is one of licence subscriptions: Azure, software and the marketplace do not count."""
    every = [make_subscription(f"s{number}", **fields) for number in range(301)]
    assert tenant_limit([make_row()], every) == []


def test_the_customers_other_sources_count(tmp_path: Path) -> None:
    """M4, M25: a customer under two sources is one customer tenant: what the other source said last counts."""
    journal = Journal(make_engagement(tmp_path).journal_url)
    here, there = make_case_name(FRANCE), make_case_name(GERMANY)
    for name, count in (("a", 1), ("b", 2)):
        body = {"source": snapshot("source", *(make_subscription(f"{name}{n}") for n in range(count))).body()}
        journal.append(there.chain, "observed", body, phase="01_prepare")
    journal.append(here.chain, "observed", {"source": snapshot("source").body()}, phase="01_prepare")
    (other,) = other_sources(journal, here.chain, here.customer)
    assert [item.id for item in other.subscriptions] == ["b0", "b1"]


class Tenant:
    """A partner tenant that answers one thing, or refuses it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def _say(self, *_arguments: object) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    partner_billing_profile = partner_profile = offers = agreements = _say

    def customer(self, _customer: str) -> SimpleNamespace:
        """Return a customer who has accepted."""
        return SimpleNamespace(relationship="reseller", allow_delegated_access=None)

    def directly_signed(self, _customer: str) -> bool:
        """Return that the customer signed nothing with Microsoft."""
        return False

    def agreement_templates(self) -> tuple[()]:
        """Return no agreement."""
        return ()

    def server_time(self) -> object:
        """Return noon."""
        return snapshot("target").read_at


def case_of(tmp_path: Path, *, source: object = None, target: object = None) -> Any:
    """Return a case whose tenants give these answers."""
    engagement = make_engagement(tmp_path)
    case = make_case(engagement, Journal(engagement.journal_url))
    clients: Any = SimpleNamespace(target=Tenant(target), source=lambda _name: Tenant(source))
    case.clients = clients
    return case


def billed_in(currency: str) -> SimpleNamespace:
    """Return the billing profile of a partner."""
    return SimpleNamespace(billing_currency=currency)


def test_two_currencies_are_said_and_give_no_ceiling(tmp_path: Path) -> None:
    """M25, S14: a price in the source's currency is no ceiling for the target's: both are named."""
    found = currencies(case_of(tmp_path, source=billed_in("chf"), target=billed_in("EUR")))
    assert found.differ
    assert "The source is billed in CHF, the target in EUR" in found.notes[0]


def test_one_currency_is_not_worth_a_word(tmp_path: Path) -> None:
    """M25: the same currency in any letter case says nothing."""
    found = currencies(case_of(tmp_path, source=billed_in("eur"), target=billed_in("EUR")))
    assert (found.differ, found.notes) == (False, [])


def test_a_currency_that_cannot_be_read_is_no_guess(tmp_path: Path) -> None:
    """M25: an application without a user may not read the profile: the plan says that it is not known."""
    found = currencies(case_of(tmp_path, source=AppOnlyNotSupported("no"), target=billed_in("EUR")))
    assert found == Currencies("", "EUR")
    assert not found.differ
    assert "cannot be read" in found.notes[0]


def test_a_missing_agreement_stops_the_plan(tmp_path: Path) -> None:
    """M8, M25: without the target's confirmation of the customer agreement the plan says that nothing can be bought."""
    case = case_of(tmp_path, target=())
    assert "run 02_invite first" in agreement_missing(case)[0]
    record_outcome(case.journal, case.chain, Outcome("02_invite", "done", ()))
    assert agreement_missing(case) == []  # read back there


def test_an_agreement_in_place_is_read_where_02_invite_is_not_done(tmp_path: Path) -> None:
    """M8: what the target shows counts, not whether our notebook ran."""
    case = case_of(tmp_path, target=(SimpleNamespace(type="MicrosoftCustomerAgreement"),))
    assert agreement_missing(case) == []


@pytest.mark.parametrize(
    ("country", "count", "words"),
    [("FR", 1, ""), ("", 1, "country is not known"), ("US", 0, "empty for the market US")],
)
def test_a_market_where_the_target_sells_nothing(country: str, count: int, words: str) -> None:
    """M25: the market is that of the customer tenant; a target that may not sell there cannot take it over."""
    reasons = market_closed(country, [make_offer()] * count)
    assert bool(reasons) is bool(words)
    assert not words or words in reasons[0]


def test_a_market_that_the_target_is_not_enrolled_for_has_no_offers(tmp_path: Path) -> None:
    """M25: Microsoft's refusal for the country becomes a reason in the plan; any other refusal stays an error."""
    assert offers_of(case_of(tmp_path, target=Forbidden("no", code="2030")), "US") == []
    assert offers_of(case_of(tmp_path, target=RuntimeError("asked")), " ") == []
    with pytest.raises(Forbidden):
        offers_of(case_of(tmp_path, target=Forbidden("no", code="900308")), "US")


PARTNERS = {
    "known": (SimpleNamespace(mpn_id="5987654"), "", ""),
    "unknown": (NotFound("no", code="3000", status=404), "does not know the Partner ID 5987654", ""),
    "not to be read": (AppOnlyNotSupported("no"), "", "Partner ID 5987654 cannot be checked"),
    "another 404": (NotFound("no", status=404), "", "Partner ID 5987654 cannot be checked"),
}


@pytest.mark.parametrize("name", PARTNERS)
def test_the_partner_on_record_is_checked_line_by_line(tmp_path: Path, name: str) -> None:
    """M25: a Partner ID that Microsoft does not know holds its row before a cart is refused; others go on."""
    answer, problem, note = PARTNERS[name]
    rows = [make_row("a", partner="5987654"), make_row("b"), make_row("c", partner="5987654", target_action="none")]
    checked, notes = with_partner_ids(case_of(tmp_path, target=answer), rows)
    assert [bool(row.problems) for row in checked] == [bool(problem), False, False]
    assert not problem or problem in checked[0].problems[0]
    assert bool(notes) is bool(note)
    assert not note or note in notes[0]


def test_a_refusal_of_another_kind_stays_one(tmp_path: Path) -> None:
    """M25: what is neither "unknown" nor "not allowed to read" is not taken for an answer."""
    with pytest.raises(Refused):
        with_partner_ids(case_of(tmp_path, target=Refused("no")), [make_row(partner="1")])
