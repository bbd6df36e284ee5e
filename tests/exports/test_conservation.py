"""Rows in = rows out: whatever Partner Center prints, each subscription is in each report and export exactly once."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline import (
    CUSTOMER,
    EUROPE,
    FRANCE,
    GERMANY,
    NOON,
    OFFER,
    make_case,
    make_case_name,
    make_engagement,
    make_subscription,
    snapshot,
)
from python_calamine import CalamineWorkbook

from consolidation.case import Case
from consolidation.evidence.static_html import Banner, render
from consolidation.exports import csv_bytes, read_csv_cell, workbook_bytes
from consolidation.inventory import Snapshot, product_name, record_snapshots
from consolidation.journal import Journal
from consolidation.outcomes import CASE_PHASES, Outcome, record_outcome
from consolidation.phases import suspend
from consolidation.phases.phase import both_sides
from consolidation.phases.prepare import Prepare
from consolidation.phases.recreate import comparison_table
from consolidation.population import CaseName, record_population
from consolidation.portfolio import read_portfolio_of
from consolidation.recreation import cut_over_plan
from consolidation.report.certificates import case_certificate, source_certificate
from consolidation.tables import Table
from consolidation.workbooks import CaseRecord, engagement_sheets, subscriptions_table
from partner_center.models import Subscription

WORDS = st.sampled_from(
    ("", "active", "suspended", "deleted", "Hibernating", "=1+1", "\n", "ŁÓDŹ", "x" * 300)
) | st.text(max_size=12)
PRINTED: dict[str, st.SearchStrategy[Any]] = {
    "offerId": st.sampled_from((OFFER, OFFER.upper(), "MS-AZR-0145P", "CFQ7TTC0LH18:0001:CFQ7TTC0K971")) | WORDS,
    "offerName": WORDS,
    "friendlyName": WORDS,
    "status": WORDS,
    "quantity": st.none() | st.integers(-1, 10**12) | st.just("many") | st.just(2.5),
    "billingType": st.sampled_from(("license", "usage")) | WORDS,
    "billingCycle": WORDS,
    "isTrial": st.none() | st.booleans(),
    "autoRenewEnabled": st.none() | st.booleans(),
    "productType": st.none() | st.builds(lambda word: {"id": word}, st.just("OnlineServicesNCE") | WORDS),
    "termDuration": st.none() | WORDS,
    "commitmentEndDate": st.none() | st.sampled_from(("2026-12-31T00:00:00Z", "9999-12-31T00:00:00Z", "soon")),
    "effectiveStartDate": st.none() | st.sampled_from(("2025-12-31T00:00:00Z", "0001-01-01T00:00:00", "once")),
    "partnerId": st.none() | WORDS,
    "entitlementId": st.none() | WORDS,
    "isMicrosoftProduct": st.none() | st.booleans(),
    "notInAnyDocument": WORDS,
}


@st.composite
def subscriptions(draw: st.DrawFn, side: str) -> list[Subscription]:
    """Draw what one tenant lists: rows of known and unknown kinds, with bases, add-ons, loops and lost parents."""
    names = [f"{side}-{number:04d}" for number in range(draw(st.integers(0, 7)))]
    parents = st.none() | st.sampled_from((*names, "nobody")).map(str.upper)
    return [
        make_subscription(
            draw(st.sampled_from((name, name.upper()))),
            parentSubscriptionId=draw(parents),
            **draw(st.fixed_dictionaries({}, optional=PRINTED)),
        )
        for name in names
    ]


SOURCE, TARGET = subscriptions("source"), subscriptions("target")
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """A case whose tenants say nothing yet."""
    engagement = make_engagement(tmp_path)
    return make_case(engagement, Journal(engagement.journal_url))


def seen(case: Case, source: list[Subscription], target: list[Subscription]) -> tuple[Snapshot, Snapshot]:
    """Let a case have read both sides."""
    case.source_snapshot, case.target_snapshot = snapshot("source", *source), snapshot("target", *target)
    return case.source_snapshot, case.target_snapshot


def once(identifiers: list[str], *sides: list[Subscription]) -> None:
    """Each subscription of these sides is there once, and nothing else."""
    expected = Counter(item.id.casefold() for side in sides for item in side)
    assert Counter(identifier.casefold() for identifier in identifiers) == expected


def column(table: Table, key: str) -> list[str]:
    """Return the texts of one column."""
    return [str(row[key]) for row in table.rows]


def in_workbook(content: bytes, sheet: int) -> list[str]:
    """Return the subscription ids in an Excel file; the line of totals has none."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet).to_python()
    place = rows[0].index("Subscription id")
    return [str(row[place]) for row in rows[1:] if row[place]]


def in_csv(table: Table) -> list[str]:
    """Return the subscription ids in a CSV file."""
    heading, *rows = csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline=""))
    return [read_csv_cell(row[heading.index("Subscription id")]) for row in rows]


def in_page(table: Table, *sides: list[Subscription]) -> list[str]:
    """Return the ids found in the archived page of a notebook that showed a table, as often as they are found."""
    shown = nbformat.v4.new_output("display_data", {"text/html": table._repr_html_(), "text/plain": repr(table)})
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("observe(case)", outputs=[shown])])
    page = render(notebook, "A page", Banner("offline", "01_prepare", "done"))
    return [item.id for side in sides for item in side for _ in range(page.count(item.id))]


@FEW
@given(source=SOURCE, target=TARGET)
def test_tables_of_the_phases(case: Case, source: list[Subscription], target: list[Subscription]) -> None:
    """S8: what both tenants list stands once in the table of both sides, in its CSV and in its archived page."""
    seen(case, source, target)
    table = both_sides(case)
    once(column(table, "id"), source, target)
    assert Counter(column(table, "tenant")) == Counter({FRANCE: len(source), EUROPE: len(target)})
    once(in_csv(table), source, target)
    once(in_page(table, source, target), source, target)


@FEW
@given(source=SOURCE, target=TARGET)
def test_plans(case: Case, source: list[Subscription], target: list[Subscription]) -> None:
    """S8: every source subscription is one row of the plans, and one line of every table made from them."""
    both = seen(case, source, target)
    once([row.subscription for row in Prepare().plan(case).rows], source)
    plan = cut_over_plan(case, *both)
    once([row.subscription for row in plan.rows], source)
    products = Counter(row.product for row in plan.rows)
    for table in (plan.table, comparison_table(case, plan, []), suspend._table(case, plan, both[0])):
        assert Counter(column(table, "product")) == products
        assert len(list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))) == len(source) + 1
    undecided = [row for row in plan.rows if row.route is None]
    assert not undecided or plan.problems  # S7: a row that nobody knows holds its case


@FEW
@given(source=SOURCE)
def test_the_list_of_one_customer(source: list[Subscription]) -> None:
    """S8: every source subscription is one line of the customer's Excel file and of its CSV."""
    table = subscriptions_table(make_case_name(), snapshot("source", *source), {})
    once(in_csv(table), source)
    content = workbook_bytes([("Subscriptions", table)], title="T", subject="S", created=NOON)
    once(in_workbook(content, 0), source)


@FEW
@given(source=SOURCE, other=subscriptions("other"), claimed=st.booleans())
def test_the_workbook_of_an_engagement(
    case: Case, source: list[Subscription], other: list[Subscription], claimed: bool
) -> None:
    """S8: every source subscription of every case is one line of the engagement's workbook, claimed or not."""
    names = make_case_name(), make_case_name(GERMANY)
    claims = {item.id.casefold(): "target" for item in source} if claimed else {}
    records = [
        CaseRecord(name, read, read, snapshot("target"), claims)
        for name, side in zip(names, (source, other), strict=True)
        for read in [snapshot("source", *side)]
    ]
    sheets = engagement_sheets(read_portfolio_of(case.engagement, case.journal), records)
    content = workbook_bytes(sheets, title="T", subject="S", created=NOON)
    once(in_workbook(content, 1), source, other)
    once(in_csv(sheets[1][1]), source, other)
    assert len(sheets[2][1].rows) == len(sheets[1][1].rows)
    assert sum(row["count"] for row in sheets[3][1].rows) == len(sheets[1][1].rows)


@FEW
@given(source=SOURCE, target=TARGET)
def test_the_record_in_the_journal(case: Case, source: list[Subscription], target: list[Subscription]) -> None:
    """S8: what was read comes back from the journal as it was received, unknown fields too."""
    both = seen(case, source, target)
    record_snapshots(case.journal, case.chain, both, phase="01_prepare")
    entry = case.journal.last(case.chain, "observed")
    assert entry is not None
    for side in both:
        again = Snapshot.from_body(entry.body[side.side])
        assert [item.received for item in again.subscriptions] == [item.received for item in side.subscriptions]


@FEW
@given(source=SOURCE, later=subscriptions("later"), kept=st.booleans())
def test_the_certificates(
    tmp_path_factory: pytest.TempPathFactory, source: list[Subscription], later: list[Subscription], kept: bool
) -> None:
    """S8, M36: what was recorded and what appeared since is one line each of the customer's certificate and of its CSV.

    The certificate of the source tenant counts as many, and nothing that nobody knows lets either of them close.
    """
    engagement = make_engagement(tmp_path_factory.mktemp("engagement"))
    case = make_case(engagement, Journal(engagement.journal_url))
    record_population(case.journal, [case.name], phase="00_connect")
    record_snapshots(case.journal, case.chain, seen(case, source, []), phase="01_prepare")
    record_snapshots(case.journal, case.chain, seen(case, [*(source if kept else []), *later], []), phase="07_close")
    (status,) = read_portfolio_of(engagement, case.journal).cases
    box, table, counts, *_ = case_certificate(case.journal, status)
    expected = Counter((product_name(item), item.quantity or 0) for item in (*source, *later))
    assert Counter((row["product"], row["seats"]) for row in table.rows) == expected
    assert len(list(csv.reader(io.StringIO(csv_bytes(table).decode("utf-8-sig"), newline="")))) == expected.total() + 1
    added = f", {len(later)} of them added to the source later" if later else ""
    assert counts.endswith(f" {expected.total()} here{added}.")
    assert "NOT closed" in repr(box)
    _, of_source, _ = source_certificate(case.journal, FRANCE, [status])
    assert [row["rows"] for row in of_source.rows] == [expected.total()]


OUTCOMES = st.dictionaries(
    st.sampled_from(CASE_PHASES), st.sampled_from(("done", "waiting", "held", "failed", "not_applicable"))
)


@FEW
@given(outcomes=st.lists(OUTCOMES, max_size=5), company=WORDS)
def test_the_portfolio(tmp_path_factory: pytest.TempPathFactory, outcomes: list[dict[str, Any]], company: str) -> None:
    """S8: every case is once in the document, in the table of cases and in its exports, however its phases ended."""
    engagement = make_engagement(tmp_path_factory.mktemp("engagement"))
    journal = Journal(engagement.journal_url)
    names = [CaseName(FRANCE, f"{CUSTOMER}{number}", company, "same.example") for number in range(len(outcomes))]
    record_population(journal, names, phase="00_connect")
    for name, ended in zip(names, outcomes, strict=True):
        for phase, outcome in ended.items():
            waiting = {"waiting_on": "customer", "since": NOON.isoformat()} if outcome == "waiting" else {}
            record_outcome(journal, name.chain, Outcome(phase, outcome, ("Because.",), **waiting))
    portfolio = read_portfolio_of(engagement, journal)
    document = portfolio.document()
    assert [one["customer"] for one in document["cases"]] == [name.customer for name in names]
    assert sum(document["totals"].values()) == len(portfolio.table.rows) == len(names)
    told = Counter(outcome for ended in outcomes for outcome in ended.values())
    assert len(portfolio.held.rows) == told["held"] + told["failed"]
    assert len(portfolio.waiting.rows) == told["waiting"]
    sheets = engagement_sheets(portfolio, [])
    content = workbook_bytes(sheets, title="T", subject="S", created=NOON)
    lines = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert len([line for line in lines[1:] if FRANCE in line]) == len(names)
