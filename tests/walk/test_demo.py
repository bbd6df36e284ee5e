"""The demo by its real command: simulator as a server, papermill, archive, evidence."""

from __future__ import annotations

import base64
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import jwt
import pytest
from demo_run import DemoRun
from world import EUROPE, FRANCE, GERMANY, ROOT, TENANTS

from partner_center_simulator.portfolios import catalogue, new_commerce


def test_every_phase_of_every_case_ends_with_an_outcome(demo: DemoRun) -> None:
    """M30: the demo ends by itself without a failure, and every case stands in the table once."""
    assert demo.first.returncode == 0, demo.first.stderr[-3000:]
    cases = demo.status()["cases"]
    assert len({(case["source"], case["customer"]) for case in cases}) == len(cases) > 0
    outcomes = {phase["outcome"] for case in cases for phase in case["phases"].values()}
    assert "failed" not in outcomes
    assert str(demo.archive) in demo.first.stdout


def test_all_ten_notebooks_are_archived_with_their_html(demo: DemoRun) -> None:
    """M32: each of the ten notebooks was executed and is kept as notebook and as static HTML."""
    executed = {path.name.split("-")[0] for path in demo.archive.rglob("*.ipynb")}
    assert executed == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    for path in demo.archive.rglob("*.ipynb"):
        page = path.with_suffix(".html").read_text(encoding="utf-8")
        assert "<script" not in page.casefold()
        assert "Traceback (most recent call last)" not in page


def test_the_portfolio_page_shows_its_plot(demo: DemoRun) -> None:
    """M30: the archived portfolio page holds the plot itself, as a picture inside the page."""
    newest = max(demo.archive.rglob("90_portfolio-*.html")).read_text(encoding="utf-8")
    assert "data:image/png;base64," in newest
    assert "<Figure" not in newest


def test_a_second_run_writes_nothing_and_says_so(demo: DemoRun) -> None:
    """M29: the same command once more makes no cart, no order and no PATCH, and says so."""
    before, after = demo.writes
    assert [write for write in after if write["actor"] == "api"] == [w for w in before if w["actor"] == "api"]
    assert "no cart, no order, no PATCH" in demo.second.stderr
    assert demo.second.returncode == 0


def test_verify_finds_the_archive_intact_and_one_changed_byte(demo: DemoRun, tmp_path: Path) -> None:
    """M32: `verify` exits 0 on the archive as it is, and 1 naming the file after one byte was changed."""
    intact = demo.consolidate("verify", str(demo.archive))
    assert intact.returncode == 0, intact.stdout
    moved = tmp_path / "moved"
    shutil.copytree(demo.archive, moved)
    page = min(moved.rglob("04_recreate*.html"))
    content = bytearray(page.read_bytes())
    content[len(content) // 2] ^= 1
    page.write_bytes(content)
    altered = demo.consolidate("verify", str(moved))
    assert altered.returncode == 1
    assert page.name in altered.stdout


def test_no_secret_is_in_anything_that_was_written(demo: DemoRun) -> None:
    """S10: no client secret, refresh token or access token of the run stands in archive, journal or output."""
    secrets = set()
    for path in (demo.project / "demo" / "simulator").glob("*.env"):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            if name in {"CLIENT_SECRET", "REFRESH_TOKEN"}:
                secrets |= {value, base64.b64encode(value.encode()).decode().rstrip("=")}
    assert len(secrets) >= 12
    # Every token of this server starts with the same header: found in clear, it would be an access token.
    header = jwt.encode({}, "k" * 32, algorithm="HS256").split(".")[0]
    written = [path for path in (demo.project / "demo").rglob("*") if path.is_file()]
    searched = [path for path in written if "simulator" not in path.relative_to(demo.project).parts]
    texts = {str(path): path.read_bytes() for path in searched}
    texts["output"] = (demo.first.stdout + demo.first.stderr + demo.second.stdout + demo.second.stderr).encode()
    for name, content in texts.items():
        for secret in secrets:
            assert secret.encode() not in content, f"a secret stands in {name}"
        assert f"Bearer {header}".encode() not in content, f"a token stands in {name}"
        assert f"{header}.".encode() not in content, f"a token stands in {name}"


def test_status_is_one_json_document_of_the_agreed_shape(demo: DemoRun) -> None:
    """M30: `status --json` prints exactly one document with engagement, cases, phases and totals."""
    printed = demo.consolidate("status", "parameters/demo.yaml", "--json")
    document = json.loads(printed.stdout)
    assert set(document) == {"engagement", "cases", "totals"}
    assert sum(document["totals"].values()) == len(document["cases"])
    for case in document["cases"]:
        assert set(case) == {"source", "customer", "company", "phases"}
        for phase in case["phases"].values():
            assert set(phase) == {"outcome", "reasons", "waiting_on", "since", "notebook"}
            assert (demo.archive / phase["notebook"]).is_file()


def test_every_source_subscription_is_recorded_once(demo: DemoRun) -> None:
    """S8: what `01_prepare` recorded is what the simulator holds in the sources, add-ons included, each once."""
    from partner_center_simulator.server import Server

    recorded = []
    for path in demo.archive.rglob("journal-*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if entry["phase"] == "01_prepare" and entry["kind"] == "observed":
                recorded += [item["id"].casefold() for item in entry["body"]["source"]["subscriptions"]]
    with Server(demo.project / "demo" / "simulator") as server:
        held = [
            subscription["resource"]["id"].casefold()
            for source in (FRANCE, GERMANY)
            for customer in server.state.documents.scope("customer", "")
            for subscription in _had(server, source, customer)
        ]
    assert sorted(recorded) == sorted(held)


@pytest.mark.parametrize("phase", ["04_recreate", "05_suspend"])
def test_what_was_approved_stands_in_the_executed_notebook(demo: DemoRun, phase: str) -> None:
    """M27: the executed notebook shows the digest of the plan and that its approval was assumed on loopback."""
    page = min(demo.archive.rglob(f"{phase}*.html")).read_text(encoding="utf-8")
    assert "assumed (loopback)" in page


DONE = "done"
INVOICE = ("waiting", "07_close", "Nothing active is left in the source. The final invoice of contoso-")
TABLE = {
    # customer, source: (state of the case, phase that decides, words its reason must hold)
    ("fabrikamboulangerie", FRANCE): INVOICE,
    ("northwindtraders", FRANCE): INVOICE,
    ("adventureworks", FRANCE): INVOICE,
    ("wideworldimporters", FRANCE): (DONE, "", ""),
    ("baeckereimueller", FRANCE): INVOICE,
    ("baeckereimueller", GERMANY): INVOICE,
    ("graphicdesign", FRANCE): INVOICE,
    ("lucernepublishing", FRANCE): INVOICE,
    ("tailspintoys", GERMANY): INVOICE,
    ("prosewarekoeln", GERMANY): INVOICE,
    ("wingtipfahrraeder", GERMANY): INVOICE,
    ("alpineskihouse", GERMANY): ("waiting", "02_invite", "has to open the link and accept"),
    ("ateliertrey", FRANCE): INVOICE,
    ("fourthcoffee", FRANCE): INVOICE,
    ("citypowerlight", GERMANY): (DONE, "", ""),
    ("vanarsdel", FRANCE): INVOICE,
    ("relecloud", GERMANY): INVOICE,
    ("lamnahealthcare", GERMANY): ("held", "07_close", "sets its cancellation for the end of the term"),
    ("consolidated", FRANCE): ("held", "04_recreate", "'quarantined' is in no Microsoft document"),
    ("margiestravel", GERMANY): ("held", "04_recreate", "cannot buy this offer any more"),
    ("woodgrovefilialen", GERMANY): ("held", "04_recreate", "320 subscriptions"),
}


def test_every_case_ends_in_its_right_place(demo: DemoRun) -> None:
    """M30: each customer of the demo ends done, waiting or held as the README's table says, with the reason."""
    from consolidation.engagement import load_engagement
    from consolidation.portfolio import read_portfolio_of
    from consolidation.session import open_journal

    engagement = load_engagement(demo.project / "parameters" / "demo.yaml")
    portfolio = read_portfolio_of(engagement, open_journal(engagement))
    found = {}
    for status in portfolio.cases:
        decisive = status.decisive
        found[status.case.domain.split(".")[0], status.case.source] = (
            status.state,
            decisive.phase if decisive else "",
            " ".join(decisive.reasons) if decisive else "",
        )
    assert set(found) == set(TABLE)
    for case, (state, phase, words) in TABLE.items():
        assert found[case][:2] == (state, phase), (case, found[case])
        assert words in found[case][2]


PICKED = {new_commerce.VISIO_PLAN_2: catalogue.VISIO_PLAN_2}


def test_no_subscription_is_bought_twice_in_the_demo(demo: DemoRun) -> None:
    """S3: the target holds each offer of a customer as often as its sources do, the one bought by hand adopted.

    What was picked in the place of an offer that is no longer sold counts as that offer (M26).
    """
    from partner_center_simulator.server import Server

    with Server(demo.project / "demo" / "simulator") as server:
        for customer in server.state.documents.scope("customer", ""):
            bought = Counter[str]()
            for offer, count in _active_offers(server, EUROPE, customer).items():
                bought[PICKED.get(offer, offer)] += count
            had = Counter(
                subscription["resource"]["offerId"]
                for source in (FRANCE, GERMANY)
                for subscription in _had(server, source, customer)
            )
            assert all(count <= had[offer] for offer, count in bought.items()), (customer, bought, had)


def _had(server: object, tenant: str, customer: str) -> list[dict[str, Any]]:
    """Return what a tenant holds or held for a customer: what was transferred has left its list."""
    state = server.state  # type: ignore[attr-defined]
    now, before = state.subscriptions(TENANTS[tenant], customer), state.former_subscriptions(TENANTS[tenant], customer)
    return [*now.values(), *before.values()]


def _active_offers(server: object, tenant: str, customer: str) -> Counter[str]:
    """Return how often a tenant holds each offer, but for what a transfer brought: that is the same subscription."""
    held = [item for item in _had(server, tenant, customer) if not item.get("transferredFrom")]
    return Counter(item["resource"]["offerId"] for item in held if item["resource"]["status"] == "active")


def test_hostile_names_are_data_everywhere(demo: DemoRun) -> None:
    """S11: a company called like a script, a formula or a path is shown as written and runs nowhere."""
    pages = [path.read_text(encoding="utf-8") for path in demo.archive.rglob("*.html")]
    assert any("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages)
    assert not any("<script" in page.casefold() for page in pages)
    customers = (demo.archive / "engagement" / "exports" / "customers.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK(" in customers
    assert "'-Tailspin Toys" in customers
    for path in demo.archive.rglob("*"):
        assert ".." not in path.relative_to(demo.archive).parts
        assert all(character.isascii() and character not in '<>:"|?*' for character in path.name), path.name
    invitations = [path.read_bytes() for path in demo.archive.rglob("*.eml")]
    assert not any(b"\n<script" in mail for mail in invitations)


def test_rows_in_are_rows_out_in_every_plan(demo: DemoRun) -> None:
    """S8: each plan of a cut-over has every source subscription of its case in exactly one row."""
    for folder in (
        path.parent for path in demo.archive.rglob("journal-000001-*.jsonl") if path.parent.name != "engagement"
    ):
        entries = [
            json.loads(line)
            for path in sorted(folder.glob("journal-*.jsonl"))
            for line in path.read_text(encoding="utf-8").splitlines()
        ]
        recorded = [entry for entry in entries if entry["phase"] == "01_prepare" and entry["kind"] == "observed"]
        held = sorted(item["id"].casefold() for item in recorded[-1]["body"]["source"]["subscriptions"])
        for entry in entries:
            if entry["kind"] == "planned" and entry["phase"] == "04_recreate":
                assert sorted(row["subscription"] for row in entry["body"]["rows"]) == held
