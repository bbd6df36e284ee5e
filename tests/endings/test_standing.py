"""The clock of what runs out: from when on a missing purchase needs us, and in which words (M23)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from offline import NOON, make_case_name, make_engagement, make_subscription, snapshot
from routes.looked_at import SEATS

from consolidation.cli.show import exit_code
from consolidation.endings.standing import Purchase, open_purchases, purchases_due
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.outcomes import Outcome, record_outcome
from consolidation.population import record_population
from consolidation.portfolio import read_portfolio_of

CASE = make_case_name()
ENDS = date(2026, 5, 31)
LAST_MOMENT = datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "due", "words"),
    [
        (timedelta(days=15), False, "15 days left"),
        (timedelta(days=14), True, "14 days left"),
        (timedelta(days=1), True, "1 day left"),
        (timedelta(0), True, "0 days left"),
        (timedelta(seconds=-1), True, "its term ended with 2026-05-31"),
    ],
)
def test_a_missing_purchase_needs_us_from_fourteen_days_before(before: timedelta, *, due: bool, words: str) -> None:
    """M23: whole UTC days are counted, whatever the hour; the last day of the term belongs to it."""
    purchase = Purchase("one", "france", "Premium", "P:1:A", 10, "2026-05-30", "ben", ENDS)
    now = LAST_MOMENT - before
    assert purchase.is_due(now) is (due or now.date().isoformat() > purchase.on)
    assert words in purchase.words(now)
    assert "ben buys it in the target on 2026-05-30" in purchase.words(now)


def test_a_day_that_passed_needs_us_too() -> None:
    """M23: when the planned day has passed and nothing was bought, nobody waits for the last two weeks."""
    purchase = Purchase("one", "france", "Premium", "P:1:A", 10, "2026-03-01", "ben", ENDS)
    assert not purchase.is_due(datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    assert purchase.is_due(datetime(2026, 3, 2, tzinfo=UTC))
    assert Purchase("one", "france", "Premium", "", 10, "", "", None).is_due(NOON)  # nobody knows its end


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A journal whose only case has seats that a person lets run out."""
    journal = Journal(make_engagement(tmp_path).journal_url)
    record_population(journal, [CASE], phase="00_connect")
    sides = (snapshot("source", make_subscription("NCE", **SEATS)), snapshot("target"))
    record_snapshots(journal, CASE.chain, sides, phase="01_prepare")
    purchase = {"purchase_on": "2026-05-20", "owner": "ben"}
    body = {"subscription": "nce", "route": "run_out", "reason": "no transfer", "by": "ana", "how": "notebook"}
    journal.append(CASE.chain, "chosen", {**body, **purchase})
    return journal


def test_what_stands_in_the_target_needs_nobody(journal: Journal) -> None:
    """M31: the purchase is open until a target subscription is claimed for its row, or another route is chosen."""
    (purchase,) = open_purchases(journal, CASE)
    assert (purchase.owner, purchase.ends, purchase.seats) == ("ben", ENDS, 10)
    assert purchases_due(journal, CASE, NOON) == ()
    assert len(purchases_due(journal, CASE, LAST_MOMENT)) == 1
    journal.claim(CASE.chain, {"nce": "tgt-1"}, {"how": "named by a person"}, phase="07_close")
    assert open_purchases(journal, CASE) == []


def test_another_route_ends_the_alarm(journal: Journal) -> None:
    """M27: what is retired after all is not bought."""
    body = {"subscription": "nce", "route": "retire", "reason": "closed", "by": "ana", "how": "notebook"}
    journal.append(CASE.chain, "chosen", body)
    assert purchases_due(journal, CASE, LAST_MOMENT) == ()


@pytest.mark.parametrize(("read_at", "code"), [("2026-05-16T12:00:00+00:00", 0), ("2026-05-21T12:00:00+00:00", 3)])
def test_status_counts_by_partner_centers_clock(tmp_path: Path, journal: Journal, read_at: str, code: int) -> None:
    """M23: the status of a case that waits turns to held on the day, by the time that Partner Center told last."""
    waiting = Outcome("07_close", "waiting", ("It ends.",), waiting_on="Microsoft", since=NOON.isoformat())
    record_outcome(journal, CASE.chain, waiting)
    body = {**snapshot("source", make_subscription("NCE", **SEATS)).body(), "read_at": read_at}
    journal.append(CASE.chain, "observed", {"watch": body, "found": []})
    portfolio = read_portfolio_of(make_engagement(tmp_path), journal)
    assert exit_code(portfolio, {}) == code
    (status,) = portfolio.cases
    assert status.state == ("held" if code else "waiting")
    assert ("runs out in contoso-france" in repr(portfolio.held)) is bool(code)
