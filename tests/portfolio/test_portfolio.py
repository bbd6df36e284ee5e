"""All cases at a glance: each once, with its state, and the document that others read (M30, S8)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from offline import (
    CUSTOMER,
    FRANCE,
    GERMANY,
    make_case_name,
    make_engagement,
    make_plan,
    make_row,
    make_subscription,
    snapshot,
)
from sqlalchemy import Engine, event

from consolidation import (
    open_engagement,
    show_azure_hand_over,
    show_cases,
    show_held,
    show_progress,
    show_waiting,
)
from consolidation.cli.show import exit_code, show_portfolio
from consolidation.engagement import Engagement
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.outcomes import CASE_PHASES, Outcome, latest_outcome, outcomes_of, record_outcome
from consolidation.plan import freeze
from consolidation.population import CaseName, record_population
from consolidation.portfolio import STATES, Portfolio, read_portfolio_of, why
from consolidation.session import Session

FABRIKAM = make_case_name(FRANCE)
SAME_CUSTOMER = make_case_name(GERMANY)
NORTHWIND = make_case_name(GERMANY, CUSTOMER.replace("3f", "4f"), "Northwind Traders")
SINCE = "2026-02-03T12:00:00+00:00"


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement on loopback."""
    return make_engagement(tmp_path)


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal, with three cases of two customers."""
    opened = Journal(engagement.journal_url)
    record_population(opened, [FABRIKAM, SAME_CUSTOMER, NORTHWIND], phase="00_connect")
    return opened


def ended(journal: Journal, phase: str, outcome: str, *reasons: str, **more: str) -> None:
    """Let a phase of the first case end."""
    record_outcome(journal, FABRIKAM.chain, Outcome(phase, outcome, reasons, **more))  # type: ignore[arg-type]


def test_the_document_has_exactly_the_promised_shape(engagement: Engagement, journal: Journal) -> None:
    """M30: `--json` prints engagement, cases with their phases, and totals; no key more, none less."""
    ended(journal, "01_prepare", "done", "2 subscriptions.")
    journal.append(FABRIKAM.chain, "archived", {"notebook": "a/b.ipynb"}, phase="01_prepare")
    ended(journal, "02_invite", "waiting", "Not accepted yet.", waiting_on="customer", since=SINCE)
    assert read_portfolio_of(engagement, journal).document() == {
        "engagement": "offline",
        "cases": [
            {
                "source": FRANCE,
                "customer": CUSTOMER,
                "company": "Fabrikam Boulangerie",
                "phases": {
                    "01_prepare": {
                        "outcome": "done",
                        "reasons": ["2 subscriptions."],
                        "waiting_on": None,
                        "since": None,
                        "notebook": "a/b.ipynb",
                    },
                    "02_invite": {
                        "outcome": "waiting",
                        "reasons": ["Not accepted yet."],
                        "waiting_on": "customer",
                        "since": SINCE,
                        "notebook": None,
                    },
                },
            },
            {"source": GERMANY, "customer": CUSTOMER, "company": "Fabrikam Boulangerie", "phases": {}},
            {"source": GERMANY, "customer": NORTHWIND.customer, "company": "Northwind Traders", "phases": {}},
        ],
        "totals": {"not_started": 2, "waiting": 1},
    }


STATES_OF = {
    "nothing ran": ({}, "not_started"),
    "on its way": ({"01_prepare": "done"}, "in_progress"),
    "waiting": ({"01_prepare": "done", "02_invite": "waiting"}, "waiting"),
    "held before waiting": ({"02_invite": "waiting", "04_recreate": "held"}, "held"),
    "failed before held": ({"02_invite": "held", "04_recreate": "failed", "06_azure": "waiting"}, "failed"),
    "all ended": (dict.fromkeys(CASE_PHASES, "done"), "done"),
    "all ended, some not applicable": ({**dict.fromkeys(CASE_PHASES, "done"), "06_azure": "not_applicable"}, "done"),
    "one missing": (dict.fromkeys(CASE_PHASES[:-1], "done"), "in_progress"),
}


@pytest.mark.parametrize("history", STATES_OF)
def test_the_state_of_a_case_is_its_worst(engagement: Engagement, journal: Journal, history: str) -> None:
    """M30: a case is done only when all seven phases have ended; else it is where somebody is needed first."""
    outcomes, state = STATES_OF[history]
    for phase, outcome in outcomes.items():
        ended(journal, phase, outcome, "Why.")
    portfolio = read_portfolio_of(engagement, journal)
    assert portfolio.cases[0].state == state
    assert state in STATES
    assert sum(portfolio.document()["totals"].values()) == len(portfolio.cases) == 3


def test_the_newest_outcome_of_a_phase_counts(engagement: Engagement, journal: Journal) -> None:
    """M31: a phase that ran again stands as it ended last, with its newest notebook."""
    for outcome, notebook in (("failed", "1.ipynb"), ("done", "2.ipynb")):
        ended(journal, "01_prepare", outcome)
        journal.append(FABRIKAM.chain, "archived", {"notebook": notebook}, phase="01_prepare")
    phase = read_portfolio_of(engagement, journal).document()["cases"][0]["phases"]["01_prepare"]
    assert (phase["outcome"], phase["notebook"]) == ("done", "2.ipynb")


def test_a_wait_that_goes_on_began_when_it_began(journal: Journal) -> None:
    """M35: polling does not make a wait younger; waiting for somebody else, or after another outcome, is a new one."""

    def wait(on: str, since: str) -> str | None:
        ended(journal, "02_invite", "waiting", waiting_on=on, since=since)
        found = latest_outcome(journal, FABRIKAM.chain, "02_invite")
        return found.since if found else None

    assert wait("customer", "2026-02-03T12:00:00+00:00") == "2026-02-03T12:00:00+00:00"
    assert wait("customer", "2026-02-04T12:00:00+00:00") == "2026-02-03T12:00:00+00:00"
    assert wait("Microsoft", "2026-02-05T12:00:00+00:00") == "2026-02-05T12:00:00+00:00"
    ended(journal, "02_invite", "held")
    assert wait("Microsoft", "2026-02-06T12:00:00+00:00") == "2026-02-06T12:00:00+00:00"


def test_outcomes_of_other_chains_stay_apart(journal: Journal) -> None:
    """M30: the two cases of one customer have outcomes of their own."""
    ended(journal, "01_prepare", "done")
    assert outcomes_of(journal, SAME_CUSTOMER.chain) == {}


def test_every_case_is_in_the_table_once(engagement: Engagement, journal: Journal) -> None:
    """S8: the table of cases has one row per case, whatever has run."""
    ended(journal, "04_recreate", "held", "Price is higher.")
    ended(journal, "02_invite", "waiting", "Not yet.", waiting_on="customer", since=SINCE)
    portfolio = read_portfolio_of(engagement, journal)
    assert len(portfolio.table) == 3
    assert [row["company"] for row in portfolio.waiting.rows] == ["Fabrikam Boulangerie"]
    (held,) = portfolio.held.rows
    assert (held["phase"], held["why"]) == ("04_recreate", "Price is higher.")


def test_a_case_that_is_billed_twice_says_so_first(engagement: Engagement, journal: Journal) -> None:
    """S13: set up and not suspended is the first thing that is said of a case, whatever else there is to say."""
    journal.claim(FABRIKAM.chain, {"row": "target"}, {}, phase="04_recreate")
    ended(journal, "05_suspend", "held", "Seats differ.")
    status = read_portfolio_of(engagement, journal).cases[0]
    assert why(status).startswith("SET UP, NOT SUSPENDED: both tenants are billed for 0 days so far")
    assert why(status).endswith("05_suspend: Seats differ.")
    ended(journal, "05_suspend", "done")
    assert "SET UP" not in why(read_portfolio_of(engagement, journal).cases[0])


def set_up(engagement: Engagement, journal: Journal, case: CaseName, seats: int, at: str) -> None:
    """Let a case have been bought at this time, and not be suspended."""
    freeze(journal, make_plan(engagement, make_row("a", seats=seats), case=case))
    journal.leases.take(case.customer)
    body = {"action": "checkout", "request_id": "r", "correlation_id": "c"}
    sent = journal.intend(case.chain, ["a"], body, phase="04_recreate", customer=case.customer)
    journal.close_intention(sent, "done", {"answered_at": at, "lines": [], "errors": []})
    record_snapshots(journal, case.chain, [snapshot("target")], phase="04_recreate")  # Partner Center: 3 February, noon


def test_cases_that_are_billed_twice_stand_first(engagement: Engagement, journal: Journal) -> None:
    """S13: in every table and document the dearest overlap stands first, then the others, then the rest as listed."""
    set_up(engagement, journal, SAME_CUSTOMER, 10, "2026-02-02T12:00:00+00:00")
    set_up(engagement, journal, NORTHWIND, 6, "2026-02-01T12:00:00+00:00")
    ended(journal, "04_recreate", "held", "Price is higher.")
    portfolio = read_portfolio_of(engagement, journal)
    assert [status.case for status in portfolio.cases] == [NORTHWIND, SAME_CUSTOMER, FABRIKAM]
    assert portfolio.document()["cases"][0]["customer"] == NORTHWIND.customer
    first = str(portfolio.table.rows[0]["why"])
    assert first.startswith("SET UP, NOT SUSPENDED: both tenants are billed for 2 days so far, for 6 seats")


@pytest.mark.parametrize("last", ["02_invite", "04_recreate", "05_suspend"])
def test_the_document_says_first_that_both_tenants_are_billed(
    engagement: Engagement, journal: Journal, last: str
) -> None:
    """S13, M30: the alarm is the first reason of the cut-over's newest phase, whatever its outcome; no key more."""
    for phase in ("01_prepare", "02_invite", "04_recreate", "05_suspend"):
        if phase <= last:
            ended(journal, phase, "done" if phase != "05_suspend" else "held", "Why.")
    set_up(engagement, journal, FABRIKAM, 25, "2026-02-03T09:00:00+00:00")
    portfolio = read_portfolio_of(engagement, journal)
    phases = portfolio.document()["cases"][0]["phases"]
    assert set(phases[last]) == {"outcome", "reasons", "waiting_on", "since", "notebook"}
    assert phases[last]["reasons"][0].startswith("SET UP, NOT SUSPENDED: both tenants are billed for 0 days so far")
    assert phases[last]["reasons"][1:] == ["Why."]
    assert "SET UP" not in str({phase: body for phase, body in phases.items() if phase != last})
    (held,) = portfolio.held.rows
    assert str(held["why"]).startswith("SET UP, NOT SUSPENDED")


def test_a_case_left_set_up_by_a_run_that_died_needs_us(
    engagement: Engagement, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    """S13: a run that died wrote no outcome; the table and the exit code say that the case needs us all the same."""
    ended(journal, "02_invite", "done")
    assert exit_code(read_portfolio_of(engagement, journal), {}) == 0
    set_up(engagement, journal, FABRIKAM, 25, "2026-02-03T09:00:00+00:00")
    portfolio = read_portfolio_of(engagement, journal)
    assert exit_code(portfolio, {}) == 3
    show_portfolio(portfolio, as_json=False)
    table, _, reasons = capsys.readouterr().out.partition("01 prepare")
    assert "NOT SUSPENDED" in table
    assert "25 seats" in " ".join(reasons.split())


def test_moved_seats_are_counted_when_they_are_moved(engagement: Engagement, journal: Journal) -> None:
    """M30: seats count as moved when their own target subscription stands and the source is suspended, not before."""
    source = snapshot("source", make_subscription("A"), make_subscription("B", quantity=5, status="suspended"))
    record_snapshots(journal, FABRIKAM.chain, (source, snapshot("target")), phase="01_prepare")
    journal.claim(FABRIKAM.chain, {"a": "target"}, {}, phase="04_recreate")
    before = read_portfolio_of(engagement, journal).cases[0]
    ended(journal, "05_suspend", "done")
    after = read_portfolio_of(engagement, journal).cases[0]
    assert [(before.seats, before.seats_moved), (after.seats, after.seats_moved)] == [(10, 0), (10, 10)]


def test_an_engagement_without_cases_says_what_to_run(tmp_path: Path) -> None:
    """M30: before the first connect the table is empty, says what to run, and totals are empty."""
    engagement = make_engagement(tmp_path)
    portfolio: Portfolio = read_portfolio_of(engagement, Journal(engagement.journal_url))
    assert portfolio.document() == {"engagement": "offline", "cases": [], "totals": {}}
    assert "run 00_connect" in portfolio.table.empty


@pytest.mark.parametrize("show", [show_cases, show_progress, show_waiting, show_held, show_azure_hand_over])
def test_a_part_of_the_portfolio_asks_as_often_for_twenty_cases_as_for_two(
    tmp_path: Path, show: Callable[[Session], object]
) -> None:
    """M37: with thousands of cases, a question to the database for each of them would take minutes."""

    def statements(number: int) -> int:
        folder = tmp_path / str(number)
        folder.mkdir()
        engagement = make_engagement(folder)
        journal = Journal(engagement.journal_url)
        cases = [make_case_name(FRANCE, str(uuid.UUID(int=place)), f"Company {place}") for place in range(number)]
        record_population(journal, cases, phase="00_connect")
        for case in cases:
            record_snapshots(journal, case.chain, [snapshot("source"), snapshot("target")], phase="01_prepare")
            record_outcome(journal, case.chain, Outcome("01_prepare", "done"))
            record_outcome(journal, case.chain, Outcome("02_invite", "waiting", ("Not accepted yet.",), "customer"))
        desk = open_engagement(str(engagement.path), "90_portfolio")
        sent: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            sent.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            show(desk)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        assert desk.trouble is None
        return len(sent)

    assert statements(20) == statements(2) > 0
