"""`consolidate choose`: another route for one subscription, of those that are allowed (M23)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from offline import make_case_name, make_subscription, run_command, snapshot, write_engagement
from routes.looked_at import SEATS

from consolidation.engagement import Engagement, load_engagement
from consolidation.inventory import record_snapshots
from consolidation.journal import Journal
from consolidation.population import record_population
from consolidation.session import open_journal

CASE = make_case_name()


@pytest.fixture
def engagement(tmp_path: Path) -> Engagement:
    """An engagement with one case, whose source was read."""
    path = write_engagement(tmp_path, approvals={"required": 1, "self_approval": True})
    loaded = load_engagement(path)
    journal = open_journal(loaded)
    record_population(journal, [CASE], phase="00_connect")
    sides = (snapshot("source", make_subscription("BASE"), make_subscription("NCE", **SEATS)), snapshot("target"))
    record_snapshots(journal, CASE.chain, sides, phase="01_prepare")
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
        given = {"customer": CASE.domain, "subscription": "nce", "route": "run_out", "reason": "no transfer"}
        given |= {"buy-on": "2026-05-20", "owner": "Ben of sales", **options}
        arguments = [part for name, value in given.items() for part in (f"--{name}", value)]
        ended: SimpleNamespace = run_command(capsys, monkeypatch, "choose", str(engagement.path), *arguments)
        assert "Traceback" not in ended.err
        return ended

    return run


def test_choose_writes_the_record_of_the_form(choose: Callable[..., SimpleNamespace], journal: Journal) -> None:
    """M27: a choice on the command line is the record of the notebook, with who, why and how, in the case's chain."""
    ended = choose(subscription="NCE")
    assert ended.code == 0
    assert "goes run_out, not transfer" in ended.out
    assert "approved again" in ended.out
    (entry,) = journal.entries(CASE.chain, kinds={"chosen"})
    assert (entry.body["subscription"], entry.body["route"], entry.body["reason"], entry.body["how"]) == (
        "nce",
        "run_out",
        "no transfer",
        "command line",
    )
    assert (entry.body["purchase_on"], entry.body["owner"]) == ("2026-05-20", "Ben of sales")
    assert entry.body["by"].endswith("not signed in (loopback)")


WRONG = {
    "a route that is not allowed": ({"route": "replace_in_window"}, "Allowed: run_out, retire, leave, manual."),
    "suspending new commerce": ({"route": "suspend"}, "Allowed: run_out, retire, leave, manual."),
    "no reason": ({"reason": " "}, "Give the reason"),
    "nobody who buys it": ({"owner": " "}, "Give the day, --buy-on yyyy-mm-dd, and who buys it, --owner NAME."),
    "no day of the purchase": ({"buy-on": ""}, "Give the day, --buy-on yyyy-mm-dd, and who buys it, --owner NAME."),
    "a day that is none": ({"buy-on": "20 May"}, "'20 May' is not a date."),
    "neither a route nor a purchase": (
        {"route": ""},
        "or a purchase is named.",
    ),
    "a purchase for what does not run out": ({"route": "", "bought-as": "x"}, "does not run out"),
    "an unknown subscription": ({"subscription": "nobody"}, "has no subscription nobody in contoso-france"),
    "an unknown customer": ({"customer": "nobody.example"}, "'nobody.example' is not a customer of any source"),
    "an unknown source": ({"source": "contoso-spain"}, "is not a customer of source contoso-spain"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_cannot_be_chosen_is_one_sentence(
    choose: Callable[..., SimpleNamespace], journal: Journal, fault: str
) -> None:
    """M23, S2: a forbidden route is refused by naming the allowed ones, with exit code 2 and no record."""
    options, words = WRONG[fault]
    ended = choose(**options)
    assert ended.code == 2
    assert words in ended.err
    assert journal.entries(CASE.chain, kinds={"chosen"}) == []


def test_what_was_chosen_is_the_route_from_then_on(choose: Callable[..., SimpleNamespace]) -> None:
    """M27: a second choice starts from the first, and the way back to the rules stays open."""
    assert choose().code == 0
    assert "it is undecided" not in choose(route="run_out").err
    back = choose(route="transfer", reason="they transfer after all")
    assert "goes transfer, not run_out" in back.out
