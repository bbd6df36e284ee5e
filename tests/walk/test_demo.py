"""The demo by its real command: simulator as a server, papermill, archive, evidence."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import jwt
import pytest
from demo_run import DemoRun
from world import FRANCE, GERMANY, ROOT, TENANTS


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
            for subscription in server.state.subscriptions(TENANTS[source], customer).values()
        ]
    assert sorted(recorded) == sorted(held)


@pytest.mark.parametrize("phase", ["04_recreate", "05_suspend"])
def test_what_was_approved_stands_in_the_executed_notebook(demo: DemoRun, phase: str) -> None:
    """M27: the executed notebook shows the digest of the plan and that its approval was assumed on loopback."""
    page = min(demo.archive.rglob(f"{phase}*.html")).read_text(encoding="utf-8")
    assert "assumed (loopback)" in page
