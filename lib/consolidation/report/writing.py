"""The files of a report: an index, dossier and certificate of each customer, a certificate of each source (M36)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from consolidation.display import Showable
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.evidence.archive import Archive
from consolidation.evidence.names import customer_key, slug, source_folder_name
from consolidation.journal import Journal
from consolidation.portfolio import CaseStatus, read_portfolio_of
from consolidation.report.certificates import case_certificate, source_certificate
from consolidation.report.chapters import Chapter, Sources, chapters_of
from consolidation.report.pages import page

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "msedge")
"""Browsers that print to PDF, in the order in which they are looked for."""


def write_report(engagement: Engagement, journal: Journal, folder: Path, *, pdf: bool = False) -> list[Path]:
    """Write the report of an engagement and return its files, the index first.

    Args:
        engagement: Loaded and checked.
        journal: Checked whole.
        folder: Where to; files of an earlier report are written anew.
        pdf: Whether each page is printed to PDF beside its HTML, through the Chromium on the PATH.

    Raises:
        ConsolidationError: PDF was asked for and no Chromium is found, or it printed nothing.
    """
    browser = _browser() if pdf else ""
    portfolio = read_portfolio_of(engagement, journal)
    sources = Sources(engagement, journal, Archive(engagement.archive_folder))
    written: list[Path] = []
    links: list[tuple[str, dict[str, str]]] = []
    for name in dict.fromkeys(status.case.source for status in portfolio.cases):
        cases = [status for status in portfolio.cases if status.case.source == name]
        title = f"Closure certificate: {name}"
        path = folder / f"certificate-{source_folder_name(name)}.html"
        written.append(_write(path, title, engagement, source_certificate(journal, name, cases)))
        links.append((name, {"certificate": path.name}))
        for status in cases:
            pages = dict(_case_pages(sources, status, folder))
            for path, text in pages.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            written += pages
            addresses = {path.stem: path.relative_to(folder).as_posix() for path in pages}
            links.append((f"{status.case.company} ({name})", addresses))
    index = folder / "index.html"
    _write(index, f"Consolidation {engagement.name}", engagement, (portfolio.table,), links)
    written = [index, *written]
    if pdf:
        written += [_printed(browser, path) for path in list(written)]
    return written


def _case_pages(sources: Sources, status: CaseStatus, folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield path and text of a customer's certificate and dossier."""
    case = status.case
    # Source and tenant id name the folder: two companies may have one name (S11).
    place = folder / source_folder_name(case.source) / f"{slug(case.company)}_{customer_key(case.customer)}"
    facts = {"Customer tenant": case.customer, "From": case.source, "To": sources.engagement.target.name}
    for kind, chapters in (
        ("certificate", [Chapter("", case_certificate(sources.journal, status))]),
        ("dossier", chapters_of(sources, case)),
    ):
        title = f"{kind.capitalize()}: {case.company} ({case.source})"
        yield place / f"{kind}.html", page(title, {**_facts(sources.engagement), **facts}, chapters)


def _facts(engagement: Engagement) -> dict[str, str]:
    return {"Engagement": engagement.name, "Written": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}


def _write(
    path: Path,
    title: str,
    engagement: Engagement,
    parts: Sequence[Showable | str],
    links: Sequence[tuple[str, Mapping[str, str]]] = (),
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(title, _facts(engagement), [Chapter("", tuple(parts))], links), encoding="utf-8")
    return path


def _browser() -> str:
    found = next((found for name in CHROMIUM if (found := shutil.which(name))), "")
    if not found:
        raise ConsolidationError(
            "No Chromium is on the PATH, so nothing can be printed to PDF.",
            next_step="Install Chromium, or leave --pdf out and print the HTML from any browser.",
        )
    return found


def _printed(browser: str, path: Path) -> Path:
    """Print a page to PDF beside it."""
    printed = path.with_suffix(".pdf")
    printed.unlink(missing_ok=True)
    # As root Chromium starts without its sandbox only; the page has neither script nor address to fetch.
    alone = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory(prefix="report-browser-") as profile:
        command = [
            browser,
            "--headless",
            *alone,
            "--disable-gpu",
            "--no-pdf-header-footer",
            f"--user-data-dir={profile}",
        ]
        done = subprocess.run(
            [*command, f"--print-to-pdf={printed}", path.absolute().as_uri()],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            check=False,
        )
    if not printed.is_file():
        raise ConsolidationError(
            f"{path.name} was not printed to PDF: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}",
            next_step="Print the HTML from any browser.",
        )
    return printed
