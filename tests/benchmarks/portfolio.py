"""How long 90_portfolio, its queue and its filters take with many cases (M30). Run by hand, with `tests` on the path.

    PYTHONPATH=tests .venv/bin/python tests/benchmarks/portfolio.py [--cases 2000]

A journal is filled with cases at every step of the way: a third waits for the customer, a third for an approval, a
third is set up, some of that not suspended. Then the parts that an operator waits for are timed, each alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from offline import FRANCE, make_case_name, make_engagement, make_plan, make_row, make_subscription, snapshot

from consolidation.approval_queue import queue_table, waiting_plans
from consolidation.billing.lost import case_costs
from consolidation.billing.prices import Prices
from consolidation.engagement import Engagement
from consolidation.forms.filters import FilteredCases
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.outcomes import Outcome, record_outcome
from consolidation.plan import freeze
from consolidation.plots import plot_progress
from consolidation.population import CaseName, record_population
from consolidation.portfolio import read_portfolio_of

PRODUCTS = 8
"""Subscriptions of each customer."""


def fill(engagement: Engagement, journal: Journal, cases: list[CaseName]) -> None:
    """Let each case have come as far as its place says."""
    record_population(journal, cases, phase="00_connect")
    since = "2026-02-03T12:00:00+00:00"
    items = [make_subscription(f"sub{n}") for n in range(PRODUCTS)]
    for place, case in enumerate(cases):
        sides = [snapshot("source", *items), snapshot("target")]
        record_snapshots(journal, case.chain, sides, phase="01_prepare")
        record_outcome(journal, case.chain, Outcome("01_prepare", "done", (f"{PRODUCTS} subscriptions.",)))
        if place % 3 == 0:
            waiting = Outcome("02_invite", "waiting", ("Not accepted yet.",), "customer", since)
            record_outcome(journal, case.chain, waiting)
            continue
        record_outcome(journal, case.chain, Outcome("02_invite", "done"))
        rows = [make_row(f"sub{n}", price_ceiling="5.00 EUR") for n in range(PRODUCTS)]
        freeze(journal, make_plan(engagement, *rows, case=case))
        record_outcome(journal, case.chain, Outcome("04_recreate", "held", ("0 of 1 approvals.",)))
        if place % 3 == 1:
            continue
        claims = {row.subscription: f"{case.customer}-{row.subscription}" for row in rows}
        journal.claim(case.chain, claims, {}, phase="04_recreate")
        record_outcome(journal, case.chain, Outcome("04_recreate", "done"))
        if place % 10:
            record_outcome(journal, case.chain, Outcome("05_suspend", "done"))


def timed(words: str, do: Callable[[], object]) -> None:
    """Say how long something took, in seconds of the clock on the wall."""
    started = time.perf_counter()
    do()
    print(f"{time.perf_counter() - started:7.2f} s  {words}", flush=True)  # noqa: T201 - what a benchmark is run for


def main() -> None:
    """Fill a journal and time the parts of the desk."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--cases", type=int, default=2000)
    number = asked.parse_args().cases
    with tempfile.TemporaryDirectory() as folder:
        engagement = make_engagement(Path(folder), approvals={"required": 1, "self_approval": True})
        journal = Journal(engagement.journal_url)
        cases = [make_case_name(FRANCE, str(uuid.UUID(int=n)), f"Company {n}") for n in range(number)]
        timed(
            f"to fill the journal with {number} cases, which no operator waits for",
            lambda: fill(engagement, journal, cases),
        )
        portfolio = read_portfolio_of(engagement, journal)
        timed("to read every case", lambda: read_portfolio_of(engagement, journal))
        timed("for the costs of the overlaps", lambda: case_costs(journal, cases, Prices(None)))
        timed("for the table of all cases as HTML, as it is archived", portfolio.table._repr_html_)
        timed("for the filters with the first hundred cases", lambda: FilteredCases(engagement, portfolio))
        desk = FilteredCases(engagement, portfolio)
        text = desk.widget.children[2]
        timed("to narrow them by a text", lambda: setattr(text, "value", "company 19"))
        timed(
            "for whom we wait and what is held", lambda: (portfolio.waiting._repr_html_(), portfolio.held._repr_html_())
        )
        timed("for the plots", lambda: plot_progress(portfolio.cases, ()))
        timed("for the queue", lambda: queue_table(waiting_plans(engagement, journal))._repr_html_())


if __name__ == "__main__":
    main()
