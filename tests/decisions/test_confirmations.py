"""A person's word on what happened outside, and the choices that only a person may make."""

from __future__ import annotations

from pathlib import Path

import pytest
from offline import GERMANY, make_case_name, make_engagement, make_plan, make_row

from consolidation.choices import BUY, choices, open_choices, record_choice
from consolidation.confirmations import STEPS, confirmation, record_confirmation
from consolidation.errors import EngagementError
from consolidation.journal import Journal

CHAIN = make_case_name().chain
FACTS = {"name": "Margaux Delorme", "email": "margaux@fabrikam.example", "date": "2026-02-03"}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A new journal."""
    return Journal(make_engagement(tmp_path).journal_url)


def test_the_steps_are_fixed() -> None:
    """The steps that can be confirmed are those of the rules, no more and no fewer."""
    assert set(STEPS) == {
        "irreversible",
        "mail_sent",
        "customer_accepted",
        "agreement_accepted",
        "microsoft_notified",
        "azure_moved",
        "manual_done",
    }


def test_what_others_did_is_never_assumed() -> None:
    """M7, M15: what the customer or Microsoft did is theirs to say; only our own steps may be assumed on loopback."""
    assert {step.name for step in STEPS.values() if not step.ours} == {"customer_accepted", "azure_moved"}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_recorded_with_who_said_so(journal: Journal, step: str) -> None:
    """M3, M7: a confirmation keeps who, how, ticket and facts, and the newest one is shown."""
    record_confirmation(journal, CHAIN, step, by="ana", how="command line", facts=FACTS)
    newest = record_confirmation(journal, CHAIN, step, by="ben", how="notebook", ticket="T-1", facts=FACTS)
    assert confirmation(journal, CHAIN, step) == newest
    assert newest.body == {"step": step, "by": "ben", "how": "notebook", "ticket": "T-1", "facts": FACTS}
    assert confirmation(journal, make_case_name(GERMANY).chain, step) is None


@pytest.mark.parametrize("missing", FACTS)
@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_agreement_needs_person_and_date(journal: Journal, missing: str, value: str | None) -> None:
    """M8: who accepted the agreement and when is never left out; what is missing is named with its option."""
    facts = {key: text for key, text in {**FACTS, missing: value}.items() if text is not None}
    with pytest.raises(EngagementError, match=f"needs {missing}.*Give --{missing}"):
        record_confirmation(journal, CHAIN, "agreement_accepted", by="ana", how="command line", facts=facts)
    assert journal.entries(CHAIN) == []


@pytest.mark.parametrize(("step", "by", "words"), [("accepted", "ana", "is not a step"), ("mail_sent", " ", "--by")])
def test_an_unknown_step_or_nobody_is_refused(journal: Journal, step: str, by: str, words: str) -> None:
    """A step that is none, or nobody who says so, is one sentence and no entry."""
    with pytest.raises(EngagementError, match=words):
        record_confirmation(journal, CHAIN, step, by=by, how="command line")
    assert journal.entries(CHAIN) == []


def test_only_what_was_offered_can_be_picked(tmp_path: Path, journal: Journal) -> None:
    """S3: a person picks one of the candidates shown, or buys; the newest choice of each row counts."""
    engagement = make_engagement(tmp_path)
    asked = make_row("a", candidates=("tgt-1", "tgt-2"))
    plan = make_plan(engagement, asked, make_row("b"))
    assert open_choices(plan) == (asked,)
    with pytest.raises(ValueError, match="tgt-3 is not offered"):
        record_choice(journal, plan, asked, "tgt-3", by="ana", how="notebook")
    record_choice(journal, plan, asked, "tgt-1", by="ana", how="notebook")
    entry = record_choice(journal, plan, asked, BUY, by="ben", how="notebook")
    assert choices(journal, CHAIN) == {"a": BUY}
    assert entry.body["plan"] == plan.digest
    assert choices(journal, make_case_name(GERMANY).chain) == {}
