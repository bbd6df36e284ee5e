"""Filters over the table of cases: by outcome, phase, wave and text; nothing is lost, only not asked for (M30)."""

from __future__ import annotations

from pathlib import Path

import pytest
from offline import FRANCE, GERMANY, make_case_name, make_engagement

from consolidation.engagement import Engagement
from consolidation.forms.filters import SHOWN_AT_ONCE, FilteredCases
from consolidation.outcomes import Outcome
from consolidation.portfolio import CaseStatus, Portfolio
from consolidation.portfolio_filter import Filter, filter_cases, waves_of

CASES = tuple(
    make_case_name(source, f"3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c0{n}", f"{word} & Sons")
    for n, (source, word) in enumerate([(FRANCE, "Ada"), (GERMANY, "Bea"), (FRANCE, "Ça"), (FRANCE, "Dora")])
)


def status(place: int, **outcomes: str) -> CaseStatus:
    """Return a case with the outcomes of its phases: `p02="waiting"`."""
    names = {"p02": "02_invite", "p04": "04_recreate"}
    found = {names[key]: Outcome(names[key], name, (f"{name} for a reason.",)) for key, name in outcomes.items()}  # type: ignore[arg-type]
    return CaseStatus(CASES[place], found, {}, None)


STATUSES = (status(0, p02="done", p04="held"), status(1, p02="waiting"), status(2, p02="done", p04="done"), status(3))


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (Filter(), [0, 1, 2, 3]),
        (Filter(outcome="held"), [0]),
        (Filter(outcome="done", phase="02_invite"), [0, 2]),
        (Filter(outcome="not_started", phase="04_recreate"), [1, 3]),
        (Filter(phase="02_invite"), [0, 1, 2]),
        (Filter(wave="1"), [0, 1]),
        (Filter(text="ÇA &"), [2]),
        (Filter(text=GERMANY), [1]),
        (Filter(text="held for a reason"), [0]),
        (Filter(text=CASES[3].customer), [3]),
        (Filter(text="nothing like it"), []),
    ],
)
def test_what_is_asked_for_is_shown_in_its_order(wanted: Filter, places: list[int]) -> None:
    """M30: each filter alone; what is left empty leaves nothing out."""
    found = filter_cases(STATUSES, wanted, {CASES[0]: "1", CASES[1]: "1", CASES[2]: "2"})
    assert [CASES.index(each.case) for each in found] == places


def test_waves_come_from_the_list_of_customers(tmp_path: Path) -> None:
    """M35: a line may name a customer by tenant id or domain, for one source or for all."""
    lines = ["customer,source,wave", f"{CASES[0].customer},,one", f"{CASES[1].domain.upper()},{GERMANY},two"]
    (tmp_path / "list.csv").write_text("\n".join([*lines, f"{CASES[3].customer},{GERMANY},three"]), encoding="utf-8")
    engagement = make_engagement(tmp_path, customers="list.csv")
    assert waves_of(engagement, CASES) == {CASES[0]: "one", CASES[1]: "two"}


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement without waves."""
    return make_engagement(tmp_path)


def test_a_browser_gets_a_hundred_rows_and_the_count_of_all(engagement: Engagement) -> None:
    """S8: of many cases a part is shown at once, and how many there are stands with it; a click shows more."""
    cases = tuple(
        CaseStatus(make_case_name(FRANCE, f"customer-{n:04}", f"Company {n:04}"), {}, {}, None) for n in range(250)
    )
    *_, text, table, more = FilteredCases(engagement, Portfolio("many", cases)).widget.children
    assert f"250 of 250 cases fit, {SHOWN_AT_ONCE} are shown." in table.value
    more.click()
    more.click()
    assert "250 of 250 cases fit, 250 are shown." in table.value
    assert more.layout.display == "none"
    text.value = "company 0199"
    assert "1 of 250 cases fit, 1 are shown." in table.value
    assert "Company 0199" in table.value
    assert "Company 0001" not in table.value
