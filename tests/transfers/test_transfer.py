"""Transfers from request to read-back, by the notebook's own cells on the simulator."""

from __future__ import annotations

import pytest
from mixed_world import AZURE, SEATS, Mixed
from sqlalchemy import create_engine, text
from world import EUROPE, FRANCE, VANARSDEL

from consolidation.case import Case
from consolidation.choices import check_route, record_route, rows_to_choose_for
from consolidation.errors import EngagementError
from consolidation.portfolio import read_portfolio_of
from consolidation.transfers import sending
from consolidation.transfers.reading import has_changed
from consolidation.watch import Watched, watch
from partner_center.models import Transfer


def effects(world: Mixed, kind: str) -> list[dict[str, object]]:
    """Return the writes of the API that had an effect of this kind."""
    return [write for write in world.writes("api") if kind in (write["effect"] or {})]


def claims(world: Mixed) -> dict[str, str]:
    """Return what the journal claimed for the customer."""
    return world.journal.claims(world.case(VANARSDEL).chain)


def test_the_target_asks_and_the_source_accepts_just_the_approved_rows(mixed: Mixed) -> None:
    """M24: seats and Azure go in a request each, and each acceptance names exactly the rows of the plan."""
    waiting = mixed.walk()
    assert (waiting.outcome, waiting.waiting_on) == ("waiting", "Microsoft")
    seats, azure = mixed.transfers()
    assert seats["targetProductTypes"] == ["OnlineServicesNCE"]
    assert azure["targetProductTypes"] == ["AzureReservation", "AzureSubscription"]
    assert {line["subscriptionId"] for line in seats["lineItems"]} == {mixed.source_id(name) for name in SEATS}
    assert {line["subscriptionId"] for line in azure["lineItems"]} == {mixed.source_id(name) for name in AZURE}
    assert {line["partnerIdOnRecord"] for line in seats["lineItems"]} == {"5987654"}


def test_what_moved_is_found_under_its_new_id_and_read_back(mixed: Mixed) -> None:
    """M24: each row is claimed by the order that its line names, is gone from the source, and stands in the target."""
    before = {name: mixed.source_id(name).casefold() for name in (*SEATS, *AZURE)}
    mixed.walk()
    mixed.later()
    done = mixed.walk()
    assert done.outcome == "done"
    assert "the source is billed up to" in " ".join(done.reasons)
    now = mixed.held_by(EUROPE)
    found = claims(mixed)
    assert {name: found[before[name]] for name in before} == {name: str(now[name]["id"]).casefold() for name in before}
    assert not set(before) & set(mixed.held_by(FRANCE))
    assert not effects(mixed, "suspended")
    portfolio = read_portfolio_of(mixed.engagement, mixed.journal)
    assert portfolio.cases[0].seats_moved == 15 + 8 + 1 + 3


def test_the_cut_over_does_not_wait_for_the_transfer(mixed: Mixed) -> None:
    """S2, S8: legacy rows move while the transfer waits, nothing that is transferred is suspended, no row is lost."""
    rows = len(mixed.held_by(FRANCE))
    assert mixed.walk().outcome == "waiting"
    assert mixed.walk("04_recreate").outcome == "done"
    mixed.later()
    assert mixed.walk("05_suspend").outcome == "done"  # what left the source meanwhile is no drift
    # One PATCH, of the legacy base; its add-on goes along.
    assert len(effects(mixed, "suspended")) == 1
    assert mixed.walk("04_recreate").outcome == "done"
    plan = mixed.shown("04_recreate").plan.plan
    assert len(plan.rows) == len({row.subscription for row in plan.rows}) == rows


def test_a_plan_made_after_the_transfer_has_its_rows_too(mixed: Mixed) -> None:
    """S8: rows in = rows out, those that a transfer took out of the source's list among them."""
    rows = {str(item["id"]).casefold() for item in mixed.held_by(FRANCE).values()}
    mixed.control("POST", "settings", {"transfer_seconds": 0})
    assert mixed.walk().outcome == "done"
    plan = mixed.shown("04_recreate").plan.plan
    assert {row.subscription for row in plan.rows} == rows
    moved = [row for row in plan.rows if row.adopted and row.target_action == "none"]
    assert {row.subscription for row in moved} == set(claims(mixed)) - {
        row.subscription for row in plan.rows if row.route == "recreate"
    }


def test_a_person_accepts_in_the_portal_and_the_tool_reads_it_back(by_person: Mixed) -> None:
    """M24: where the acceptance is not by API, the phase holds with the request, the rows and the last moment."""
    held = by_person.walk()
    assert held.outcome == "held"
    (sentence,) = held.reasons
    request = by_person.transfers()[0]
    for words in (request["id"], FRANCE, "15 seats", "8 seats", request["expirationTime"][:10]):
        assert words in sentence
    assert not effects(by_person, "transfer_accepted")
    by_person.accept_by_hand(*SEATS)
    assert by_person.walk().outcome == "waiting"
    by_person.later()
    assert by_person.walk().outcome == "done"
    assert len(effects(by_person, "transfer_requested")) == 1


def test_what_the_person_left_out_is_asked_for_again_under_a_new_plan(by_person: Mixed) -> None:
    """S6: rows that moved stay done, the others need a new plan, and only that one asks again."""
    by_person.walk()
    by_person.accept_by_hand("Premium annual")
    by_person.later()
    held = by_person.walk()
    assert held.outcome == "held"
    assert any("accepted without it" in reason and "Business Basic" in reason for reason in held.reasons)
    assert len(claims(by_person)) == 1
    again = by_person.walk()
    assert again.outcome == "held"
    assert "8 seats" in again.reasons[0]
    assert "15 seats" not in again.reasons[0]
    by_person.accept_by_hand("Basic aligned")
    by_person.later()
    assert by_person.walk().outcome == "done"
    assert len(claims(by_person)) == 2


def test_a_rejected_request_is_said_and_needs_a_new_plan(by_person: Mixed) -> None:
    """S6: after a rejection the approval ends, with the reason; the same plan never asks twice."""
    by_person.walk()
    by_person.by_hand(FRANCE, act="reject", transfer=by_person.seats_request())
    held = by_person.walk()
    assert held.outcome == "held"
    assert any("rejected by the source" in reason for reason in held.reasons)
    assert len(by_person.transfers()) == 1
    by_person.walk()
    assert [each["status"] for each in by_person.transfers()] == ["Reject", "Pending"]


def test_an_expired_request_is_said(by_person: Mixed) -> None:
    """M24: thirty days without an answer end a request, and the row says so; nothing moved."""
    by_person.walk()
    by_person.later(31 * 86_400)
    held = by_person.walk()
    assert held.outcome == "held"
    assert any("expired" in reason for reason in held.reasons)
    assert set(by_person.held_by(FRANCE)) == set(SEATS)


@pytest.mark.parametrize("outcome", ["failed", "partial"])
def test_what_failed_stays_and_what_moved_stays_done(seats: Mixed, outcome: str) -> None:
    """M24: a transfer that fails, wholly or in part, is said row by row with Microsoft's error; the rest is done."""
    failing = [seats.source_id("Basic aligned")] if outcome == "partial" else []
    seats.control("POST", "transfer-outcomes", {"outcome": outcome, "failed": failing, "error": "900103: no order"})
    seats.walk()
    seats.later()
    held = seats.walk()
    assert held.outcome == "held"
    assert sum("900103: no order" in reason for reason in held.reasons) == (1 if outcome == "partial" else 2)
    assert len(claims(seats)) == (1 if outcome == "partial" else 0)
    seats.walk()
    seats.later()
    assert seats.walk().outcome == "done"
    assert len(claims(seats)) == 2
    lines = [line["subscriptionId"] for each in seats.transfers() for line in each["lineItems"]]
    assert len(lines) == (3 if outcome == "partial" else 4)


def test_after_three_days_support_is_asked(seats: Mixed) -> None:
    """M24: Microsoft tries for three days; then the case holds with what support needs."""
    seats.control("POST", "transfer-outcomes", {"outcome": "late", "after_seconds": 10 * 86_400})
    assert seats.walk().outcome == "waiting"
    seats.later(3 * 86_400)
    held = seats.walk()
    assert held.outcome == "held"
    assert "support request" in held.reasons[0]
    assert seats.transfers()[0]["id"] in held.reasons[0]


def test_a_suspended_row_is_never_requested_nor_accepted(by_person: Mixed) -> None:
    """S2: what was suspended since it was prepared holds, with the way out; a transfer of it is impossible."""
    by_person.portal(FRANCE, VANARSDEL, subscription=by_person.source_id("Premium annual"), status="suspended")
    held = by_person.walk()
    assert held.outcome == "held"
    assert any("Reactivate it" in reason for reason in held.reasons)
    assert by_person.transfers() == []


def test_a_row_suspended_while_its_request_waits_is_drift(by_person: Mixed) -> None:
    """S2: a request explains that its row leaves the source, not that somebody suspends it meanwhile."""
    by_person.walk()
    by_person.portal(FRANCE, VANARSDEL, subscription=by_person.source_id("Premium annual"), status="suspended")
    held = by_person.walk()
    assert held.outcome == "held"
    assert any("Reactivate it" in reason for reason in held.reasons)
    drifted = by_person.journal.last(by_person.case(VANARSDEL).chain, "drifted", phase="03_transfer")
    assert drifted is not None
    assert "status was 'active' when planned, is 'suspended' now" in drifted.body["changes"][0]


def test_seats_changed_while_the_request_waits_end_the_approval_and_keep_the_request(by_person: Mixed) -> None:
    """S6: changed seats are drift; the new plan takes the pending request over instead of asking twice."""
    by_person.walk()
    by_person.portal(FRANCE, VANARSDEL, subscription=by_person.source_id("Premium annual"), quantity=17)
    held = by_person.walk()
    assert any("seats was 15 when planned, is 17" in reason for reason in held.reasons)
    again = by_person.walk()
    assert "17 seats" in again.reasons[0]
    assert len(by_person.transfers()) == 1


def test_a_request_made_by_hand_is_not_made_again(by_person: Mixed) -> None:
    """S3: a pending request of the target's portal that asks for the same is taken over."""
    made = by_person.by_hand(EUROPE, act="request", source=FRANCE, targetProductTypes=["OnlineServicesNCE"])
    held = by_person.walk()
    assert str(made["id"]) in held.reasons[0]
    assert [each["id"] for each in by_person.transfers()] == [made["id"]]
    assert not effects(by_person, "transfer_requested")


def test_a_request_that_nothing_needs_any_more_is_withdrawn(by_person: Mixed) -> None:
    """S4: our own pending request is withdrawn when its rows moved another way; the plan shows it before."""
    by_person.walk()
    first = by_person.seats_request()
    other = by_person.by_hand(EUROPE, act="request", source=FRANCE, targetProductTypes=["OnlineServicesNCE"])
    ids = [by_person.source_id(name) for name in SEATS]
    by_person.by_hand(FRANCE, act="accept", transfer=other["id"], subscriptions=ids)
    by_person.later()
    by_person.walk()
    done = by_person.walk()
    assert done.outcome == "done", done
    assert {each["id"]: each["status"] for each in by_person.transfers()}[first] == "Cancel"
    assert len(claims(by_person)) == 2


def test_a_route_chosen_while_the_request_waits_withdraws_it(by_person: Mixed) -> None:
    """M22, S4: rows that a person routes another way are not transferred; what was asked for them is withdrawn."""
    by_person.walk()
    case = by_person.case(VANARSDEL)
    for row in rows_to_choose_for(by_person.journal, case):
        how = {"by": "ana", "how": "notebook", "phase": None}
        record_route(by_person.journal, case, row, "leave", reason="the customer stays", **how)
    assert by_person.walk().outcome == "not_applicable"
    assert [each["status"] for each in by_person.transfers()] == ["Cancel"]


def test_a_source_that_accepts_before_the_request_is_withdrawn_has_moved_what_should_end(by_person: Mixed) -> None:
    """S6, M23: the plan that would end the row has drifted, nothing asks the source for it, and the person is told."""
    by_person.walk()
    case = by_person.case(VANARSDEL)
    basic = by_person.source_id("Basic aligned").casefold()
    row = next(each for each in rows_to_choose_for(by_person.journal, case) if each.subscription == basic)
    how = {"by": "ana", "how": "notebook", "phase": None}
    record_route(by_person.journal, case, row, "retire", reason="nobody uses it", **how)
    assert by_person.walk("04_recreate").outcome == "not_applicable"
    by_person.accept_by_hand(*SEATS)
    by_person.later()
    assert by_person.walk("05_suspend").outcome == "held"
    (changed,) = by_person.journal.entries(case.chain, kinds={"drifted"}, phase="04_recreate")
    assert "left the source by a transfer" in " ".join(changed.body["changes"])
    by_person.walk()
    done = by_person.walk()
    assert done.outcome == "done"
    told = f"({basic}) was transferred"
    assert told in done.reasons[-1]
    assert "ana had chosen 'retire', because nobody uses it" in done.reasons[-1]
    assert by_person.walk("04_recreate").outcome == "not_applicable"
    assert by_person.walk("05_suspend").outcome == "not_applicable"
    assert told in " ".join(by_person.walk("07_close").reasons)
    assert not effects(by_person, "auto_renew")


def test_what_is_being_transferred_has_no_other_route(seats: Mixed) -> None:
    """M23: once accepted, a transfer cannot be undone, so nothing else can be chosen for its rows."""
    seats.walk()
    case = seats.case(VANARSDEL)
    row = rows_to_choose_for(seats.journal, case)[0]
    with pytest.raises(EngagementError, match="being transferred already"):
        check_route(seats.journal, case, row, "leave", "too late")


def test_a_waiting_transfer_is_polled_by_one_read(seats: Mixed) -> None:
    """M24: a notebook that waits runs again only when the target's list of transfers says something new."""
    seats.walk()

    def changed() -> bool:
        return has_changed(Case(seats.engagement, seats.journal, seats.clients, seats.case(VANARSDEL), "03_transfer"))

    seats.control("DELETE", "calls")
    assert changed() is False
    assert sum(row["count"] for row in seats.control("GET", "calls") if "transfers" in row["route"]) == 1
    seats.later()
    assert changed() is True


def watch_of(world: Mixed) -> list[Watched]:
    """Return what the watch on the source sees of the customer."""
    case = Case(world.engagement, world.journal, world.clients, world.case(VANARSDEL), "watch")
    return list(watch([case]))


def test_the_watch_takes_a_set_up_case_for_no_customer_added_back(mixed: Mixed) -> None:
    """M16: between set-up and suspension the source is active by right, also where the transfer is done already."""
    mixed.control("POST", "settings", {"transfer_seconds": 0})
    assert mixed.walk().outcome == "done"
    assert mixed.walk("04_recreate").outcome == "done"
    assert [one.found for one in watch_of(mixed)] == [()]
    assert mixed.walk("05_suspend").outcome == "done"
    assert [one.found for one in watch_of(mixed)] == [()]


def test_close_is_not_done_before_the_transfer_is_read_back(seats: Mixed) -> None:
    """M16: an empty source is not the end while what left it was not found in the target."""
    seats.walk()
    for phase in ("04_recreate", "05_suspend", "06_azure"):
        seats.walk(phase)
    seats.later()
    closed = seats.walk("07_close")
    assert (closed.outcome, closed.waiting_on) == ("waiting", "Microsoft")
    assert seats.walk().outcome == "done"
    assert seats.walk("07_close").waiting_on == "Microsoft"
    assert seats.invoices_come(VANARSDEL).outcome == "done"  # what was charged ahead is credited (M17)


def test_azure_needs_a_plan_in_the_target(mixed: Mixed) -> None:
    """M25: without an active Azure plan under the target the plan says so before Microsoft refuses the request."""
    plan = mixed.held_by(EUROPE)["Azure plan"]
    mixed.portal(EUROPE, VANARSDEL, subscription=plan["id"], status="suspended")
    held = mixed.walk()
    assert held.outcome == "held"
    assert sum("no active Azure plan" in reason for reason in held.reasons) == len(AZURE)
    assert mixed.transfers() == []


def test_the_customer_is_told_which_rights_do_not_move(mixed: Mixed) -> None:
    """M24, M35: who may work in Azure is a text in the customer's language, kept once while it is the same."""
    mixed.walk()
    mixed.walk()
    (text,) = mixed.engagement.archive_folder.rglob("role-assignments*.txt")
    written = text.read_text(encoding="utf-8")
    names = ("VanArsdel SAS", "Contoso Europe SE", "Contoso France SARL")
    for words in (*names, "plan Azure", "Reserved VM Instance", "New-AzRoleAssignment", "ne peut pas savoir"):
        assert words in written
    assert mixed.source_id("Azure production") in written


def test_a_mixed_customer_pays_nobody_twice(mixed: Mixed) -> None:
    """M12, M23: after transfer and cut-over on one UTC day no licence is billed in both tenants for any day."""
    for phase in ("03_transfer", "04_recreate", "05_suspend"):
        mixed.walk(phase)
    mixed.later()
    assert mixed.walk().outcome == "done"
    assert mixed.control("GET", f"billed?customer={mixed.case(VANARSDEL).customer}")["overlap"] == []


def test_a_lease_lost_in_the_look_before_the_request_keeps_it_from_being_sent(
    seats: Mixed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3: between intention and request the transfers are read; who lost the customer meanwhile sends nothing."""
    look = sending.read_transfers

    def lost_meanwhile(case: Case) -> dict[str, Transfer]:
        if seats.journal.open_intentions(case.chain):
            lease(seats, "UPDATE leases SET owner = 'run-other', expires = 1e12")
        return look(case)

    with monkeypatch.context() as patch:
        patch.setattr(sending, "read_transfers", lost_meanwhile)
        assert seats.walk().outcome == "held"
    assert [each.action for each in seats.journal.open_intentions(seats.case(VANARSDEL).chain)] == ["request_transfer"]
    assert not seats.transfers()
    lease(seats, "DELETE FROM leases")
    assert seats.walk().waiting_on == "Microsoft"
    assert len(seats.transfers()) == 1


def lease(world: Mixed, statement: str) -> None:
    """Change the leases as another runner would."""
    engine = create_engine(world.engagement.journal_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
