"""Words of Microsoft, requests of at most 25, and how each row stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline import EUROPE, FRANCE, TENANTS, make_case, make_engagement, make_row, make_subscription, snapshot

from consolidation.case import Case
from consolidation.journal import Journal
from consolidation.plan import PlanRow
from consolidation.transfers.matching import matches
from consolidation.transfers.planning import fits, in_requests, requested_together
from consolidation.transfers.stages import MOST_ITEMS, line_stage, stage_of
from consolidation.transfers.standing import REQUEST, Standing, standings
from partner_center.models import Subscription, Transfer

SEATS_OFFER = "CFQ7TTC0LH18:0001:CFQ7TTC0K971"


def row(subscription: str = "aaaa0001", **fields: object) -> PlanRow:
    """Return the row of seats that are transferred."""
    values = {
        "route": "transfer",
        "kind": "new-commerce seats",
        "offer": SEATS_OFFER,
        "term": "P1Y",
        "target_action": REQUEST,
        "source_action": "accept transfer",
        "target_offer": "",
        "target_seats": 0,
        "details": {"product_type": "OnlineServicesNCE", "ends": "2026-12-31", "attempt": "1"},
        **fields,
    }
    return make_row(subscription, **values)


def transfer(identifier: str = "t1", status: str = "Complete", *lines: dict[str, object], **fields: object) -> Transfer:
    """Return a transfer from our source to our target."""
    ends = {"sourcePartnerTenantId": TENANTS[FRANCE], "targetPartnerTenantId": TENANTS[EUROPE]}
    body = {"id": identifier, "status": status, "lineItems": list(lines), **ends, **fields}
    return Transfer.model_validate(body)


def seats(identifier: str, **fields: object) -> Subscription:
    """Return a subscription of new-commerce seats, as large as `row`."""
    more = {"offerId": SEATS_OFFER, "termDuration": "P1Y", "commitmentEndDate": "2026-12-31T00:00:00Z", **fields}
    return make_subscription(identifier, **more)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A case with a journal and no calls."""
    engagement = make_engagement(tmp_path)
    return make_case(engagement, Journal(engagement.journal_url), phase="03_transfer")


def requested(case: Case, identifier: str, *rows: str) -> None:
    """Let us have requested a transfer for these rows."""
    case.journal.leases.take(case.customer)
    body = {"action": "request_transfer", "request_id": "r", "correlation_id": "c"}
    intention = case.journal.intend(case.chain, rows, body, phase="03_transfer", customer=case.customer)
    case.journal.close_intention(intention, "done", {"transfer": identifier, "plan": "p"})


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("Pending", "pending"),
        ("InProgress", "in_progress"),
        ("in progress", "in_progress"),
        ("Complete", "complete"),
        ("Completed", "complete"),
        ("PartiallyComplete", "complete"),
        ("Cancel", "withdrawn"),
        ("REJECT", "rejected"),
        ("Expired", "expired"),
        ("Failed", "failed"),
        ("Hibernating", "unknown"),
        ("", "unknown"),
    ],
)
def test_every_word_for_a_status_has_its_stage(status: str, stage: str) -> None:
    """S7: table, samples and portal name the same stages differently; a word that nobody knows holds."""
    assert stage_of(transfer(status=status)) == stage


def test_active_is_pending_until_the_source_has_selected() -> None:
    """M24: the table's word Active stands for both; only an accepted transfer has line items."""
    assert stage_of(transfer(status="Active")) == "pending"
    assert stage_of(transfer("t1", "Active", {"subscriptionId": "a"})) == "in_progress"


def test_a_line_has_its_own_word() -> None:
    """M24: in a transfer that is partly complete the line says whether it moved."""
    lines = ({"subscriptionId": "a", "status": "Complete"}, {"subscriptionId": "b", "transferError": "900103"})
    partly = transfer("t1", "PartiallyComplete", *lines, {"subscriptionId": "c", "status": "Odd"})
    assert [line_stage(partly, line) for line in partly.line_items] == ["complete", "failed", "unknown"]


_ROWS = st.lists(
    st.tuples(st.sampled_from(["transfer", "azure_transfer"]), st.sampled_from(["", "1", "2"]), st.booleans()),
    max_size=120,
)


@settings(max_examples=50, deadline=None)
@given(_ROWS)
def test_each_row_is_in_exactly_one_request(drawn: list[tuple[str, str, bool]]) -> None:
    """M24, S8: rows in = rows out; no request has more than 25, mixes seats with Azure, or two resellers."""
    rows = [
        row(str(number), route=route, partner=partner, target_action=REQUEST if asked else "none")
        for number, (route, partner, asked) in enumerate(drawn)
    ]
    numbered = in_requests(rows)
    assert [each.subscription for each in numbered] == [each.subscription for each in rows]
    groups = requested_together(numbered)
    wanted = {each.subscription for each in rows if each.target_action == REQUEST}
    assert sorted(each.subscription for group in groups for each in group) == sorted(wanted)
    for group in groups:
        assert 0 < len(group) <= MOST_ITEMS
        assert len({(each.route, each.partner) for each in group}) == 1


def test_a_pending_request_fits_only_what_it_asks_for() -> None:
    """S3: a request is taken over when it asks for the same product types and reseller, in any letter case."""
    asks = {"targetProductTypes": ["onlineservicesnce"]}
    assert fits(transfer("t1", "Pending", **asks), [row()])
    assert not fits(transfer("t1", "Pending"), [row()])
    assert not fits(transfer("t1", "Pending", **asks, partnerOnRecord="5"), [row()])
    assert fits(transfer("t1", "Pending", **asks, partnerOnRecord="5"), [row(partner="5")])
    assert not fits(transfer("t1", "InProgress", **asks), [row()])


def stands(case: Case, source: tuple[Subscription, ...], *transfers: Transfer) -> Standing:
    """Return how the one row stands."""
    known = {each.id: each for each in transfers}
    (standing,) = standings(case, [row()], snapshot("source", *source), known)
    return standing


LINE = {"subscriptionId": "AAAA0001"}


@pytest.mark.parametrize(
    ("status", "lines", "listed", "state"),
    [
        ("Pending", [], True, "pending"),
        ("InProgress", [LINE], True, "in_progress"),
        ("InProgress", [], True, "in_progress"),
        ("InProgress", [{"subscriptionId": "other"}], True, "not_selected"),
        ("Complete", [LINE], False, "moved"),
        ("Complete", [], False, "moved"),
        ("Complete", [], True, "in_progress"),
        ("Complete", [{"subscriptionId": "new-id"}], False, "moved"),
        ("Complete", [{"subscriptionId": "other"}], True, "not_selected"),
        ("PartiallyComplete", [{**LINE, "transferError": "no"}], True, "failed"),
        ("Failed", [LINE], True, "failed"),
        ("Reject", [], True, "rejected"),
        ("Cancel", [], True, "withdrawn"),
        ("Expired", [], True, "expired"),
        ("Hibernating", [], True, "unknown"),
    ],
)
def test_a_row_stands_as_both_tenants_say(
    case: Case, status: str, lines: list[dict[str, object]], listed: bool, state: str
) -> None:
    """M31: the line decides, else the transfer; where nobody shows the line, what the source lists."""
    requested(case, "t1", "aaaa0001")
    source = (seats("AAAA0001"),) if listed else ()
    assert stands(case, source, transfer("t1", status, *lines)).state == state


def test_what_moved_counts_before_what_was_asked_for_last(case: Case) -> None:
    """S3: a row that moved by an earlier or another request is never asked for again."""
    requested(case, "t1", "aaaa0001")
    requested(case, "t2", "aaaa0001")
    found = stands(case, (), transfer("t1", "Complete", LINE), transfer("t2", "Pending"))
    assert found.state == "moved"
    assert stands(case, (), transfer("by-hand", "Complete", LINE), transfer("t2", "Reject")).state == "moved"


def test_a_request_that_is_listed_no_more_holds(case: Case) -> None:
    """S7: a transfer of ours that nobody lists is unknown, not finished."""
    requested(case, "t1", "aaaa0001")
    assert stands(case, (seats("AAAA0001"),)).state == "unknown"


def found(case: Case, rows: list[PlanRow], target: tuple[Subscription, ...], *lines: dict[str, object]) -> list[object]:
    """Return what stands in the target for rows that moved: an id, candidates, or None."""
    moved = standings(case, rows, snapshot("source"), {"t1": transfer("t1", "Complete", *lines)})
    return [
        match.counterpart.id if match.counterpart else match.candidates or None
        for match in matches(case, moved, snapshot("target", *target))
    ]


def test_the_order_of_the_line_leads_to_the_new_subscription(case: Case) -> None:
    """M24: the order named by the line decides, whatever else looks the same; before it shows there is nothing."""
    line = {**LINE, "orderId": "O1"}
    others = (seats("N1", orderId="o1", quantity=99), seats("N2", orderId="o2"))
    assert found(case, [row()], others, line) == ["N1"]
    assert found(case, [row()], others[1:], line) == [None]


def test_several_in_one_order_are_told_apart_by_what_they_are(case: Case) -> None:
    """M24: product and SKU, seats, term and end date tell the subscriptions of one order apart."""
    rows = [row("aaaa0001"), row("aaaa0002", seats=4)]
    lines = [{"subscriptionId": each.subscription, "orderId": "O1"} for each in rows]
    new = seats("N1", orderId="o1", quantity=4), seats("N2", orderId="o1", offerId="CFQ7TTC0LH18:0001:NEWER")
    assert found(case, rows, new, *lines) == ["N2", "N1"]


@pytest.mark.parametrize(
    "other", [{"quantity": 11}, {"termDuration": "P1M"}, {"commitmentEndDate": "2027-01-01"}, {"offerId": "X:1:Y"}]
)
def test_without_an_order_only_the_same_thing_fits(case: Case, other: dict[str, object]) -> None:
    """M24: where no order is named, one subscription alike in all of it is it; one that differs is not."""
    assert found(case, [row()], (seats("N1"),), LINE) == ["N1"]
    assert found(case, [row()], (seats("N1", **other),), LINE) == [None]


def test_without_an_order_several_alike_are_for_a_person(case: Case) -> None:
    """M24, S3: two that fit one row, or one that fits two rows, are never matched by the program."""
    assert found(case, [row()], (seats("N1"), seats("N2")), LINE) == [("n1", "n2")]
    rows = [row("aaaa0001"), row("aaaa0002")]
    lines = [{"subscriptionId": each.subscription} for each in rows]
    assert found(case, rows, (seats("N1"),), *lines) == [("n1",), ("n1",)]
    body = {"row": "aaaa0001", "choice": "n2", "by": "ana", "how": "notebook", "plan": "p"}
    case.journal.append(case.chain, "chosen", body, phase="03_transfer")
    assert found(case, rows, (seats("N1"), seats("N2")), *lines) == ["N2", ("n1",)]


def test_a_subscription_that_stands_for_another_row_is_never_taken(case: Case) -> None:
    """S3: what is claimed already fits nothing else."""
    case.journal.claim(case.chain, {"other": "n1"}, {"how": "ordered"}, phase="04_recreate")
    assert found(case, [row()], (seats("N1"),), LINE) == [None]
