"""`consolidate choose --product`: what is bought in the place of an offer that is no longer sold (M26)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from offline import OFFER, make_case_name, make_plan, make_row, run_command, write_engagement

from consolidation.choices import route_chosen_since
from consolidation.engagement import Engagement, load_engagement
from consolidation.journal import Journal
from consolidation.limits.offers import NOT_SOLD
from consolidation.offer_map import COLUMNS
from consolidation.plan import freeze, frozen_plan
from consolidation.population import record_population
from consolidation.replacements import Replacement, picks
from consolidation.session import open_journal

CASE = make_case_name()
PICKED = "CFQ7TTC0LF8R:0001"


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement with one case, of whose two rows one is no longer sold."""
    (tmp_path / "offers.csv").write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    approvals = {"required": 1, "self_approval": True}
    loaded = load_engagement(write_engagement(tmp_path, approvals=approvals, offer_map="offers.csv"))
    journal = open_journal(loaded)
    record_population(journal, [CASE], phase="00_connect")
    freeze(journal, make_plan(loaded, make_row("gone", problems=(NOT_SOLD,)), make_row("sold"), case=CASE))
    return loaded


@pytest.fixture
def journal(engagement: Engagement) -> Journal:
    """Its journal."""
    return open_journal(engagement)


@pytest.fixture
def choose(
    engagement: Engagement, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., SimpleNamespace]:
    """Run the command; options given twice count as they stand last."""

    def run(**options: str) -> SimpleNamespace:
        given = {"customer": CASE.domain, "subscription": "GONE", "product": PICKED, "reason": "same plans", **options}
        arguments = [part for name, value in given.items() for part in (f"--{name}", value)]
        ended: SimpleNamespace = run_command(capsys, monkeypatch, "choose", str(engagement.path), *arguments)
        assert "Traceback" not in ended.err
        return ended

    return run


def test_a_pick_is_recorded_and_kept_in_the_offer_map(
    choose: Callable[..., SimpleNamespace], engagement: Engagement, journal: Journal
) -> None:
    """M26: who, what and why stand in the case's chain and in the offer map, and the next plan is made anew."""
    ended = choose(product=PICKED.lower(), term="p1m")
    assert ended.code == 0
    assert f"is bought as {PICKED} P1M monthly" in ended.out
    pick = picks(journal, CASE.chain)["gone"]
    assert (pick.replacement, pick.reason) == (Replacement(PICKED, "P1M", "monthly"), "same plans")
    kept = engagement.mapped_offers()[OFFER]
    assert (kept.product_sku, kept.term, kept.who, kept.why) == (PICKED, "P1M", pick.by, "same plans")
    plan = frozen_plan(journal, CASE, "04_recreate")
    assert plan is not None
    assert route_chosen_since(journal, plan) == ("gone",)


WRONG = {
    "an offer that is still sold": ({"subscription": "sold"}, "there is nothing to pick in its place"),
    "no product": ({"product": "Office 365 E3"}, "names no product and SKU"),
    "no term": ({"term": "year"}, "is no term"),
    "no billing cycle": ({"billing-cycle": "weekly"}, "is none of monthly, annual, triennial"),
    "no reason": ({"reason": " "}, "Nobody said why"),
    "a route as well": ({"route": "manual"}, "Either a route is chosen, or a product"),
    "neither": ({"product": ""}, "Either a route is chosen, or a product"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_cannot_be_picked_is_one_sentence(
    choose: Callable[..., SimpleNamespace], engagement: Engagement, journal: Journal, fault: str
) -> None:
    """M26: a pick that would say nothing is refused with exit code 2; neither journal nor offer map change."""
    options, words = WRONG[fault]
    ended = choose(**options)
    assert ended.code == 2
    assert words in ended.err
    assert picks(journal, CASE.chain) == {}
    assert engagement.mapped_offers() == {}


def test_what_stands_in_the_target_is_not_picked_anew(choose: Callable[..., SimpleNamespace], journal: Journal) -> None:
    """S3: a row that has its target subscription is never bought again as something else."""
    journal.leases.take(CASE.customer)
    journal.claim(CASE.chain, {"gone": "t1"}, {"how": "ordered"}, phase="04_recreate")
    assert "stands in the target already" in choose().err
    assert picks(journal, CASE.chain) == {}
