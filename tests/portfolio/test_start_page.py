"""The page on which JupyterLab opens: what to do now, and each phase with its state."""

from __future__ import annotations

from pathlib import Path

import pytest
from offline import FRANCE, make_case_name, make_engagement
from world import NOTEBOOKS

from consolidation.engagement import Engagement
from consolidation.journal import Journal
from consolidation.outcomes import CASE_PHASES, ENGAGEMENT_PHASES, Outcome, record_outcome
from consolidation.population import record_population
from consolidation.start_page import start_page


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement on loopback."""
    return make_engagement(tmp_path)


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return Journal(engagement.journal_url)


def page(engagement: Engagement, journal: Journal) -> str:
    """Return the page as it would be written beside the notebooks."""
    return start_page(engagement, journal, NOTEBOOKS.parent / "demo" / "start.md", NOTEBOOKS)


def test_each_phase_is_there_once_with_a_link_and_its_own_words(engagement: Engagement, journal: Journal) -> None:
    """S8: every phase has one line, a link that leads to its notebook, and says what it does."""
    lines = page(engagement, journal).splitlines()
    for phase in (*CASE_PHASES, *ENGAGEMENT_PHASES):
        (line,) = (each for each in lines if each.startswith("| [") and f"(../notebooks/{phase}.ipynb)" in each)
        assert (NOTEBOOKS / f"{phase}.ipynb").exists()
        assert len(line.split("|")[2].strip()) > 40
    assert "Nothing has run yet." in page(engagement, journal)


def test_the_state_of_now_and_what_to_do_next(engagement: Engagement, journal: Journal) -> None:
    """S13: what is billed twice comes first, then what is held, then whom we wait for; states are counted by phase."""
    cases = [make_case_name(FRANCE, f"customer-{n}", f"Company {n}") for n in range(3)]
    record_population(journal, cases, phase="00_connect")
    record_outcome(journal, "engagement", Outcome("00_connect", "done"))
    for case, outcome in zip(cases, ("done", "held", "waiting"), strict=True):
        record_outcome(journal, case.chain, Outcome("02_invite", outcome, ("Why.",)))  # type: ignore[arg-type]
    journal.claim(cases[0].chain, {"row": "target"}, {}, phase="04_recreate")
    text = page(engagement, journal)
    assert "1 done, 1 held, 1 waiting |" in text
    assert "3 not started |" in text
    order = ["SET UP, NOT SUSPENDED: 1 case", "1 case held or failed", "1 case waiting for somebody outside"]
    assert sorted(order, key=text.index) == order
    assert "Nothing has run yet" not in text
