"""What both tenants bill: days by Partner Center's clock, seats, and the sentence that says so (M12, S9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from offline import make_case_name, make_engagement, make_plan, make_row, make_subscription, snapshot

from consolidation import billing
from consolidation.billing import overlap, overlap_so_far
from consolidation.engagement import Engagement
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.plan import freeze

CASE = make_case_name()
ROWS = (
    make_row("base", seats=25),
    make_row("addon", parent="base", seats=25, source_action="goes with its base"),
    make_row("other", seats=10),
    make_row("left", seats=99, route="leave", target_action="none", source_action="none"),
)
BOUGHT = "2026-02-03T12:00:00+00:00"


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement on loopback."""
    return make_engagement(tmp_path)


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """A journal in which the whole plan was bought on 3 February, and nothing is suspended."""
    opened = Journal(engagement.journal_url)
    freeze(opened, make_plan(engagement, *ROWS))
    opened.leases.take(CASE.customer)
    body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    for rows in (["base", "addon"], ["other"]):
        sent = opened.intend(CASE.chain, rows, body, phase="04_recreate", customer=CASE.customer)
        opened.close_intention(sent, "done", {"answered_at": BOUGHT, "lines": [], "errors": []})
    claims = {"base": "t-base", "addon": "t-addon", "other": "t-other"}
    opened.claim(CASE.chain, claims, {}, phase="04_recreate")
    return opened


def target(**created: str) -> object:
    """Return what the target says at noon of 3 February: its subscriptions with their creation dates."""
    days = {"t-base": BOUGHT, "t-addon": BOUGHT, "t-other": BOUGHT} | {f"t-{k}": v for k, v in created.items()}
    return snapshot("target", *(make_subscription(key, creationDate=value) for key, value in days.items()))


def suspend(journal: Journal, row: str, at: str) -> None:
    """Let a base be suspended and answered at this time."""
    body = {"action": "suspend", "request_id": "r", "correlation_id": "c"}
    sent = journal.intend(CASE.chain, [row], body, phase="05_suspend", customer=CASE.customer)
    journal.close_intention(sent, "done", {"answered_at": at})


@pytest.mark.parametrize(
    ("created", "suspended", "days"),
    [
        ("2026-02-03T00:00:00Z", "2026-02-03T23:59:59+00:00", 0),
        ("2026-02-03T23:59:59Z", "2026-02-04T00:00:01+00:00", 1),
        ("2026-02-03T12:00:00Z", "2026-02-10T01:00:00+00:00", 7),
        ("2026-02-04T12:00:00Z", "2026-02-03T12:00:00+00:00", 0),
    ],
)
def test_the_day_of_the_suspension_is_credited(journal: Journal, created: str, suspended: str, days: int) -> None:
    """M12: UTC days count from the creation date to the suspension, whose day is credited: same day, no overlap."""
    suspend(journal, "base", suspended)
    suspend(journal, "other", BOUGHT)
    found = overlap(journal, CASE, target(base=created, addon=created))  # type: ignore[arg-type]
    assert (found.days, found.seats, found.seat_days) == (days, 50 if days else 0, 50 * days)
    assert ("OVERLAP" in found.sentence) is bool(days)


def test_the_sentence_says_days_and_seats(journal: Journal) -> None:
    """S9: the cost of a breach is said in days, seats and seat-days, each row with its own."""
    suspend(journal, "base", "2026-02-05T01:00:00+00:00")
    suspend(journal, "other", "2026-02-04T01:00:00+00:00")
    found = overlap(journal, CASE, target())  # type: ignore[arg-type]
    assert found.sentence == (
        "OVERLAP: both tenants are billed for 2 days, 60 seats, 110 seat-days in all; credits will be denied (M12)."
    )
    assert [(row["subscription"], row["days"], row["suspended"]) for row in found.body()["rows"]] == [
        ("base", 2, "2026-02-05"),
        ("addon", 2, "2026-02-05"),
        ("other", 1, "2026-02-04"),
    ]


def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Set this computer's clock as the overlap sees it."""
    clock = type("Clock", (datetime,), {"now": classmethod(lambda _cls, _zone: now)})
    monkeypatch.setattr(billing, "datetime", clock)


@pytest.mark.parametrize("wrong_by", [timedelta(0), timedelta(hours=3), timedelta(days=-400)])
def test_what_has_passed_is_added_to_what_partner_center_told(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, wrong_by: timedelta
) -> None:
    """M12: today is what Partner Center told and what has passed since; a wrong clock changes nothing."""
    written = datetime(2026, 2, 3, 12, tzinfo=UTC) + wrong_by
    clock = type("Clock", (datetime,), {"now": classmethod(lambda _cls, _zone: written)})
    monkeypatch.setattr("consolidation.journal.chain_rows.datetime", clock)
    record_snapshots(journal, CASE.chain, [target()], phase="05_suspend")  # type: ignore[list-item]
    for hours, days in ((0, 0), (11, 0), (13, 1), (24 * 3, 3)):
        at(monkeypatch, written + timedelta(hours=hours))
        found = overlap_so_far(journal, CASE)
        assert (found.days, found.seats_not_suspended) == (days, 60)
    assert found.alarm == (
        "SET UP, NOT SUSPENDED: both tenants are billed for 3 days so far, for 60 seats: suspend today, credits will "
        "be denied (M12)."
    )


def test_what_is_suspended_already_is_not_billed_any_more(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """M12: of a case suspended in part, the seats that are left go on, and the days of the others stand still."""
    record_snapshots(journal, CASE.chain, [target()], phase="05_suspend")  # type: ignore[list-item]
    suspend(journal, "base", "2026-02-03T13:00:00+00:00")
    written = datetime.fromisoformat(journal.entries(CASE.chain)[-1].at)
    at(monkeypatch, written + timedelta(days=2))
    found = overlap_so_far(journal, CASE)
    assert (found.days, found.seats_not_suspended, found.seat_days) == (2, 10, 20)


def test_an_order_that_is_not_read_yet_counts_from_its_answer(journal: Journal) -> None:
    """S13: before the target was read again, an order counts from the day on which it was answered."""
    found = overlap_so_far(journal, CASE)
    assert {row.set_up for row in found.rows} == {date(2026, 2, 3)}
