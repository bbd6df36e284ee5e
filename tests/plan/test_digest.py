"""The digest: what is approved is exactly what is covered (M27, S6)."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from offline import CUSTOMER, GERMANY, make_case_name, make_engagement, make_plan, make_row, write_engagement

from consolidation.engagement import load_engagement
from consolidation.journal import Journal
from consolidation.plan import Plan, PlanRow, freeze, frozen_plan, money_text, plan_header

COVERED = {
    "subscription", "parent", "kind", "offer", "seats", "status", "billing_cycle", "term", "auto_renew", "partner",
    "route", "target_action", "source_action", "target_offer", "target_seats", "target_term",
    "target_term_end", "target_billing_cycle", "adopted", "price_ceiling", "details",
}  # fmt: skip
SHOWN_ONLY = {
    "product",
    "reason",
    "reason_source",
    "problems",
    "candidates",
    "candidate_words",
    "likely",
    "allowed",
    "not_before",
    "source_price",
}

HEADER = {"policy": {"required": 2}, "endpoints": ["https://a"], "source": "1", "target": "3", "customer": CUSTOMER}


def plan(*rows: PlanRow, **changes: object) -> Plan:
    """Return a plan that needs no engagement."""
    values = {"header": HEADER, "rows": rows, **changes}
    return Plan("04_recreate", make_case_name(), **values)  # type: ignore[arg-type]


def changed(row: PlanRow, name: str) -> PlanRow:
    """Return the row with another value in one field."""
    value = getattr(row, name)
    if isinstance(value, bool):
        return replace(row, **{name: not value})
    if isinstance(value, int):
        return replace(row, **{name: value + 1})
    if isinstance(value, tuple):
        return replace(row, **{name: (*value, "another")})
    if isinstance(value, str) or value is None:
        return replace(row, **{name: f"{value} another"})
    return replace(row, **{name: {**value, "another": "x"}})


def test_every_field_is_either_covered_or_shown_only() -> None:
    """S6: no field of a row is forgotten: it is covered by the digest or listed as shown only."""
    assert {item.name for item in fields(PlanRow)} == COVERED | SHOWN_ONLY


@pytest.mark.parametrize("name", sorted(COVERED))
def test_a_covered_field_changes_the_digest(name: str) -> None:
    """S6: whoever approved the rows did not approve rows that differ in any covered field."""
    row = make_row()
    assert plan(changed(row, name)).digest != plan(row).digest


@pytest.mark.parametrize("name", sorted(SHOWN_ONLY))
def test_what_is_only_shown_leaves_the_digest(name: str) -> None:
    """S6: display names, reasons and hints may change without a new approval."""
    row = make_row()
    assert plan(changed(row, name)).digest == plan(row).digest


@pytest.mark.parametrize("key", sorted(HEADER))
def test_the_header_is_covered(key: str) -> None:
    """S6: approval policy, endpoints, source, target and customer tenant are part of what is approved."""
    assert plan(make_row(), header={**HEADER, key: "another"}).digest != plan(make_row()).digest


@pytest.mark.parametrize("more", [{"number": 7}, {"target_seen": ("t",)}, {"case_problems": ("x",)}, {"notes": ("n",)}])
def test_what_surrounds_the_rows_is_not_covered(more: dict[str, object]) -> None:
    """S6: neither the place in the journal nor hints change what was approved."""
    assert plan(make_row(), **more).digest == plan(make_row()).digest


def test_the_phase_is_covered() -> None:
    """S6: the approval of one phase is none for another."""
    row = make_row()
    assert Plan("05_suspend", make_case_name(), HEADER, (row,)).digest != plan(row).digest


def test_a_row_more_or_less_changes_the_digest() -> None:
    """S6, S8: an approval is for these rows, not for some of them, nor for one of them twice."""
    one, two = make_row("a"), make_row("b")
    assert len({plan().digest, plan(one).digest, plan(one, two).digest, plan(one, one).digest}) == 4


_ROWS = st.lists(
    st.builds(
        make_row,
        st.text(min_size=1, max_size=6),
        parent=st.text(max_size=4),
        seats=st.integers(0, 10_000),
        status=st.text(max_size=8),
        term=st.sampled_from(["", "P1Y"]),
        route=st.sampled_from([None, "recreate", "leave"]),
        price_ceiling=st.sampled_from(["", "12.30 EUR"]),
        problems=st.lists(st.text(max_size=5), max_size=2).map(tuple),
        candidates=st.lists(st.text(max_size=5), max_size=2).map(tuple),
        details=st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
    ),
    max_size=6,
    unique_by=lambda row: row.subscription,
)


@given(_ROWS, st.randoms())
def test_the_order_of_the_rows_is_not_covered(rows: list[PlanRow], chance: random.Random) -> None:
    """S6: the same rows in another order have the same digest."""
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert plan(*shuffled).digest == plan(*rows).digest


@given(_ROWS, st.data())
def test_rows_that_differ_have_digests_that_differ(rows: list[PlanRow], data: st.DataObject) -> None:
    """S6: a change of any covered field of any row is seen, whatever the rows are."""
    if not rows:
        return
    place = data.draw(st.integers(0, len(rows) - 1))
    name = data.draw(st.sampled_from(sorted(COVERED)))
    other = [changed(row, name) if at == place else row for at, row in enumerate(rows)]
    assert plan(*other).digest != plan(*rows).digest


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(rows=_ROWS, seen=st.lists(st.text(max_size=4), max_size=3).map(tuple))
def test_a_frozen_plan_thaws_as_it_was(tmp_path: Path, rows: list[PlanRow], seen: tuple[str, ...]) -> None:
    """M29: what is read from the journal after a restart is the plan that was frozen, digest and all."""
    journal = Journal(f"sqlite:///{tmp_path / 'journal.db'}")
    made = plan(*rows, case_problems=("x",), target_seen=seen)
    frozen = freeze(journal, made)
    thawed = frozen_plan(journal, made.case, made.phase)
    assert thawed == frozen
    assert thawed is not None
    assert thawed.digest == made.digest
    assert thawed.number == journal.head(made.case.chain)[0]


def test_the_newest_plan_of_a_phase_counts(tmp_path: Path) -> None:
    """S6: a newer plan takes the place of the older one; the plans of other phases and cases are apart."""
    journal = Journal(f"sqlite:///{tmp_path / 'journal.db'}")
    freeze(journal, plan(make_row("a")))
    newest = freeze(journal, plan(make_row("b")))
    freeze(journal, Plan("02_invite", make_case_name(), HEADER, ()))
    freeze(journal, Plan("04_recreate", make_case_name(GERMANY), HEADER, ()))
    assert frozen_plan(journal, make_case_name(), "04_recreate") == newest
    assert frozen_plan(journal, make_case_name(), "05_suspend") is None


def test_the_header_follows_the_engagement(tmp_path: Path) -> None:
    """S6, M28: another approval policy, endpoint or tenant is another plan; names and paths are not."""

    def header(**changes: object) -> object:
        return plan_header(load_engagement(write_engagement(tmp_path, **changes)), make_case_name())

    plain = header()
    people = {"required": 1, "approvers": ["Ana@contoso.example"]}
    cloud = dict.fromkeys(("login", "partner_center", "graph"), "https://localhost:10")
    assert header(name="renamed", archive="elsewhere") == plain
    assert header(cloud=cloud) != plain
    assert header(approvals=people) != plain
    assert header(approvals={**people, "approvers": ["ana@CONTOSO.example"]}) == header(approvals=people)


def test_problems_name_their_rows(tmp_path: Path) -> None:
    """S7: a row without a route, a row with a problem and a problem of the case each stop the plan once."""
    rows = (
        make_row("a", route=None, reason="Nobody knows it.", product="A"),
        make_row("b", problems=("It has no seats.",), product="B"),
        make_row("c"),
    )
    made = make_plan(make_engagement(tmp_path), *rows, case_problems=("Too many.",))
    assert made.problems == ("Too many.", "B: It has no seats.", "A: Nobody knows it.")
    assert make_plan(make_engagement(tmp_path)).problems == ()


@pytest.mark.parametrize(
    ("amount", "text"),
    [("12.3", "12.30 EUR"), ("12", "12.00 EUR"), ("1E+2", "100.00 EUR"), ("12.3456", "12.3456 EUR"), ("0", "0.00 EUR"),
     ("12.300", "12.30 EUR"), ("12.005", "12.005 EUR")],
)  # fmt: skip
def test_a_ceiling_is_exact(amount: str, text: str) -> None:
    """S14: a price ceiling is the price itself: rounded down it would hold, rounded up it would pay too much."""
    assert money_text(Decimal(amount), "EUR") == text
