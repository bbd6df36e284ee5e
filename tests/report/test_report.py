"""The report that one hands to a client: index, dossiers, certificates."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from offline import run_command
from world import ALPINE, FABRIKAM, FRANCE, World

from consolidation.engagement import load_engagement
from consolidation.errors import ConsolidationError
from consolidation.report import write_report
from consolidation.session import open_whole_journal


def text_of(page: Path) -> str:
    """Return what a page says, without its markup."""
    return html.unescape(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")))


def page_of(folder: Path, customer_id: str, kind: str) -> Path:
    """Return a customer's page."""
    (found,) = folder.rglob(f"*_{customer_id}/{kind}.html")
    return found


@pytest.fixture
def moved(world: World) -> World:
    """A world in which Fabrikam has been moved and closed, and nobody else."""
    world.ready_to_move(FABRIKAM)
    for phase in ("03_transfer", "04_recreate", "05_suspend", "06_azure", "07_close"):
        world.run(phase, FABRIKAM)
    world.invoices_come(FABRIKAM)
    return world


def test_a_closed_customer_has_a_certificate_with_every_row_and_an_open_one_says_what_is_open(
    moved: World, tmp_path: Path
) -> None:
    """M36, S8: the certificate closes only what is done; each source row stands in it once, with how it ended."""
    write_report(moved.engagement, moved.journal, tmp_path / "report")
    closed = text_of(page_of(tmp_path / "report", moved.case(FABRIKAM).customer, "certificate"))
    rows = moved.subscriptions(FRANCE, FABRIKAM)
    assert f"{len(rows)} subscriptions recorded before the first change, {len(rows)} here." in closed
    assert closed.count("Stands in the target; suspended in the source.") == len(rows)
    assert "Closed: nothing of" in closed
    assert "assumed (loopback)" in closed
    still = text_of(page_of(tmp_path / "report", moved.case(ALPINE).customer, "certificate"))
    assert "NOT closed" in still
    assert "OPEN: still active in the source." in still
    (source,) = (tmp_path / "report").glob(f"certificate-{moved.case(ALPINE).source}.html")
    assert "NOT closed: 1 of" in text_of(source)


def test_a_row_that_came_back_reopens_the_certificate(moved: World, tmp_path: Path) -> None:
    """M36, M16: what somebody reactivated in the source stands as open in the next certificate."""
    (back, *_) = [item for item in moved.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10]
    moved.portal(FRANCE, FABRIKAM, subscription=back["id"], status="active")
    moved.run("07_close", FABRIKAM)
    write_report(moved.engagement, moved.journal, tmp_path)
    said = text_of(page_of(tmp_path, moved.case(FABRIKAM).customer, "certificate"))
    assert "NOT closed" in said
    assert said.count("OPEN: still active in the source.") >= 1


def test_the_dossier_tells_every_write_with_the_id_that_finds_it_at_microsoft(moved: World, tmp_path: Path) -> None:
    """M36: plans with digests, who approved, every write with Microsoft's answer and correlation id, every notebook."""
    write_report(moved.engagement, moved.journal, tmp_path)
    case = moved.case(FABRIKAM)
    told = text_of(page_of(tmp_path, case.customer, "dossier"))
    entries = moved.journal.entries(case.chain)
    for entry in entries:
        if entry.kind == "intended":
            assert entry.body["correlation_id"] in told
        if entry.kind == "planned":
            assert entry.body["digest"] in told
    assert "UNKNOWN" not in told
    chapters = ("Inventory", "Plans and approvals", "Orders in the target", "Suspensions in the source")
    assert told.index("Final invoice of the source") > told.index(chapters[-1])
    assert told.count(" matched ") == 3  # each subscription that was ended, with its credit (M17)
    assert [told.index(chapter) for chapter in chapters] == sorted(told.index(chapter) for chapter in chapters)


def test_a_write_without_an_answer_is_said_to_be_unknown(world: World, tmp_path: Path) -> None:
    """M36, S3: an open intention stands in the dossier as unknown, never as done."""
    world.ready_to_move(FABRIKAM)
    world.faults({"method": "POST", "path": "checkout", "kind": "drop_after", "times": 0})
    world.run("04_recreate", FABRIKAM)
    assert world.journal.open_intentions(world.case(FABRIKAM).chain)
    write_report(world.engagement, world.journal, tmp_path)
    assert "UNKNOWN" in text_of(page_of(tmp_path, world.case(FABRIKAM).customer, "dossier"))


def test_the_command_needs_no_tenant_and_every_link_leads_somewhere(
    moved: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """M36, S11: the report comes from the evidence while no tenant answers; pages hold no script and no far address."""
    moved.faults({"path": ".*", "kind": "error_500_before", "times": 0})
    before = len(moved.writes("api"))
    ended = run_command(capsys, monkeypatch, "report", str(moved.path), "--to", str(tmp_path / "out"))
    assert ended.code == 0, ended.err
    assert len(moved.writes("api")) == before
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    linked = {unquote(address) for address in re.findall(r'href="([^"]+)"', index)}
    pages = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.html")}
    assert linked == pages - {"index.html"}
    for path in (tmp_path / "out").rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "<script" not in page
        assert not re.search(r'(?:src|href)="https?:', page)


def test_pages_are_printed_through_chromium(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """M36: with `--pdf` each page lies beside its HTML as PDF; without a browser the error says what to do."""
    engagement = load_engagement(world.path)
    journal = open_whole_journal(engagement)
    written = write_report(engagement, journal, tmp_path, pdf=True)
    printed = [path for path in written if path.suffix == ".pdf"]
    assert {path.with_suffix(".html") for path in printed} == {path for path in written if path.suffix == ".html"}
    assert all(path.read_bytes().startswith(b"%PDF") for path in printed)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConsolidationError, match=r"No Chromium .*Install Chromium"):
        write_report(engagement, journal, tmp_path, pdf=True)
