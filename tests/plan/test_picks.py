"""Whatever the catalogue has lost and whoever picked: nothing is planned as new commerce that nobody picked (M26)."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline import FakeTarget, make_case_name, make_engagement, make_offer, make_subscription, snapshot

from consolidation.case import Case
from consolidation.engagement import Engagement
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.product_names import is_new_commerce_item
from consolidation.recreation import cut_over_plan
from consolidation.replacements import Pick, Replacement, picks, record_pick, waits_for_pick
from partner_center.catalogue import Availability, Product, Sku

OFFERS = {f"0000000{number}-613c-4e24-a17c-eba730d49c02": f"Product {number}" for number in range(3)}
PRODUCTS = {f"CFQ7TTC0LF8{number}": name for number, name in enumerate(OFFERS.values())}
TERM = {"duration": "P1Y", "billingCycle": "Monthly"}
CUSTOMERS = count(1)
PEOPLE = st.dictionaries(st.sampled_from("ABCD"), st.sampled_from(["a likely one", "any other"]))


class Catalogue(FakeTarget):
    """A target whose new commerce has a product of each offer's name."""

    def qualifications(self, _customer: str) -> list[object]:
        """Return nothing: the customer buys in the commercial segment."""
        return []

    def products(self, _country: str, **_more: object) -> list[Product]:
        """Return every product."""
        return [Product.model_validate({"id": key, "title": name}) for key, name in PRODUCTS.items()]

    def sku(self, product: str, _sku: str, _country: str) -> Sku:
        """Return the only SKU of a product."""
        return Sku.model_validate({"id": "0001", "productId": product, "title": PRODUCTS[product.upper()]})

    def skus(self, product: str, country: str) -> list[Sku]:
        """Return it as a list."""
        return [self.sku(product, "0001", country)]

    def availabilities(self, product: str, sku: str, *_more: object) -> list[Availability]:
        """Return how it is sold."""
        item = {"catalogItemId": f"{product}:{sku}:CFQ7TTC0VN5S", "segment": "commercial", "terms": [TERM]}
        return [Availability.model_validate({"id": "CFQ7TTC0VN5S", "skuId": sku, **item})]

    def promotions(self, *_more: object) -> list[object]:
        """Return none."""
        return []


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement without an offer map."""
    return make_engagement(tmp_path)


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return Journal(engagement.journal_url)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    held=st.lists(st.tuples(st.sampled_from(list(OFFERS)), st.booleans()), min_size=1, max_size=4),
    sold=st.sets(st.sampled_from(list(OFFERS))),
    people=PEOPLE,
)
def test_nothing_is_planned_that_nobody_picked(
    engagement: Engagement, journal: Journal, held: list[tuple[str, bool]], sold: set[str], people: dict[str, str]
) -> None:
    """M26, S8: each row is bought as it is, or as a person picked, or stops the plan; and each is there once."""
    customer = str(UUID(int=next(CUSTOMERS)))  # what one example picked is nothing to the next
    target = Catalogue(tuple(make_offer(offer, isAvailableForPurchase=offer in sold) for offer in OFFERS))
    billing = SimpleNamespace(billing_currency="EUR")
    clients = SimpleNamespace(
        target=target, source=lambda _name: SimpleNamespace(partner_billing_profile=lambda: billing)
    )
    case = Case(engagement, journal, clients, make_case_name(customer=customer), "04_recreate")  # type: ignore[arg-type]
    source = snapshot("source", *_subscriptions(held))
    record_snapshots(journal, case.chain, (source, snapshot("target")), phase="01_prepare")
    first = cut_over_plan(case, source, snapshot("target"))
    for row in first.rows:
        assert not is_new_commerce_item(row.target_offer)
        assert waits_for_pick(row) == (row.offer not in sold)
        if row.subscription.upper() in people and row.candidates:
            likely = people[row.subscription.upper()] == "a likely one"
            chosen = row.likely[0] if likely else f"{next(reversed(PRODUCTS))}:0001 P1Y monthly"
            pick = Pick(Replacement(*chosen.split()), "Ana", "same plans")
            record_pick(engagement, journal, first, row, pick, how="notebook", phase=None)

    picked = picks(journal, case.chain)
    plan = cut_over_plan(case, source, snapshot("target"))
    assert [row.subscription for row in plan.rows] == [row.subscription for row in first.rows]
    for row in plan.rows:
        bought = picked[row.subscription].replacement.item if row.subscription in picked else row.offer
        assert row.target_offer == bought
        # A legacy add-on that is still sold is not sold under a base that is bought as new commerce.
        assert waits_for_pick(row) == (row.offer not in sold or row.parent in picked)
        assert row.source_action == first.row(row.subscription).source_action
    waiting = [row for row in plan.rows if waits_for_pick(row) and row.subscription not in picked]
    assert plan.problems or not waiting


def _subscriptions(held: list[tuple[str, bool]]) -> list[object]:
    """Return a base for each of what is held, the second an add-on of the first where it says so."""
    base = {"offerId": held[0][0], "offerName": OFFERS[held[0][0]]}
    made = [make_subscription("A", **base)]
    for identifier, (offer, is_add_on) in zip("BCD", held[1:], strict=False):
        under = {"parentSubscriptionId": "A"} if is_add_on else {}
        made.append(make_subscription(identifier, offerId=offer, offerName=OFFERS[offer], **under))
    return made
