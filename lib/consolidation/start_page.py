"""The page on which JupyterLab opens: the engagement, its phases with their state, and links to all that is worked on.

It is Markdown, which JupyterLab, VS Code and a plain editor show alike; nothing in it runs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from os.path import relpath
from pathlib import Path

from consolidation.engagement import Engagement
from consolidation.journal import Journal
from consolidation.outcomes import CASE_PHASES, ENGAGEMENT_PHASES, Outcome, engagement_outcomes
from consolidation.portfolio import CaseStatus, read_portfolio_of
from consolidation.tables import counted, single_line

_FIRST_SENTENCE = re.compile(r"\*\*What this \w+ does\.\*\*\s+(.+?\.)(?:\s|$)", re.DOTALL)
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|<>&~$-])")


def write_start_page(engagement: Engagement, journal: Journal, page: Path, notebooks: Path) -> None:
    """Write the page as things stand now.

    Args:
        engagement: Whose page.
        journal: Its journal.
        page: The Markdown file to write; links in it are relative to its folder.
        notebooks: Folder of the notebooks.
    """
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(start_page(engagement, journal, page, notebooks), encoding="utf-8")


def start_page(engagement: Engagement, journal: Journal, page: Path, notebooks: Path) -> str:
    """Return the page; see `write_start_page`."""
    cases = read_portfolio_of(engagement, journal).cases
    own = engagement_outcomes(journal)
    folder = page.parent
    lines = [
        f"# {_plain(engagement.name)}",
        "",
        *_what_now(cases, own, notebooks, folder),
        "",
        *_phases(cases, own, notebooks, folder),
        "",
        "## The engagement",
        "",
        "| | |",
        "|---|---|",
        f"| Transitioning From | {_plain(', '.join(f'{one.name} {one.tenant}' for one in engagement.sources))} |",
        f"| Transitioning To | {_plain(f'{engagement.target.name} {engagement.target.tenant}')} |",
        f"| Cloud | {_plain(engagement.cloud.partner_center)} |",
        f"| Engagement file | {_link(engagement.path.name, engagement.path, folder)} |",
        f"| Evidence | {_link('the archive', engagement.archive_folder, folder)} |",
        "",
        f"*As it stood on {datetime.now(UTC):%Y-%m-%d at %H:%M} UTC, when JupyterLab was started. "
        f"{_link('90_portfolio', notebooks / '90_portfolio.ipynb', folder)} shows how it stands now.*",
        "",
    ]
    return "\n".join(lines)


def _what_now(cases: Sequence[CaseStatus], own: Mapping[str, Outcome], notebooks: Path, folder: Path) -> list[str]:
    """Say the next step: the loudest first."""
    portfolio = _link("90_portfolio", notebooks / "90_portfolio.ipynb", folder)
    twice = sum(status.set_up_only for status in cases)
    states = Counter(status.state for status in cases)
    lines = ["## What now", ""]
    if twice:
        lines.append(f"- **SET UP, NOT SUSPENDED: {counted(twice, 'case')}, billed in both tenants.** {portfolio}")
    if not own.get("00_connect"):
        connect = _link("00_connect", notebooks / "00_connect.ipynb", folder)
        lines.append(f"- Nothing has run yet. Open {connect} and choose *Run*, *Run All Cells*.")
    needed = states["held"] + states["failed"]
    if needed:
        lines.append(f"- {counted(needed, 'case')} held or failed: {portfolio} says why, and what to do next.")
    if states["waiting"]:
        lines.append(f"- {counted(states['waiting'], 'case')} waiting for somebody outside: {portfolio} says for whom.")
    if len(lines) == 2:
        lines.append("- Nothing is held and nobody is waited for.")
    return lines


def _phases(cases: Sequence[CaseStatus], own: Mapping[str, Outcome], notebooks: Path, folder: Path) -> list[str]:
    lines = ["## The phases", "", "| Open | What it does | State |", "|---|---|---|"]
    for phase in sorted((*CASE_PHASES, *ENGAGEMENT_PHASES)):
        state = _state_of_cases(cases, phase) if phase in CASE_PHASES else _state_of(own.get(phase))
        path = notebooks / f"{phase}.ipynb"
        lines.append(f"| {_link(phase, path, folder)} | {_what_it_does(path)} | {state} |")
    return lines


def _state_of(outcome: Outcome | None) -> str:
    return outcome.outcome.replace("_", " ") if outcome else "not started"


def _state_of_cases(cases: Sequence[CaseStatus], phase: str) -> str:
    counts = Counter(_state_of(status.outcomes.get(phase)) for status in cases)
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "no cases yet"


def _what_it_does(notebook: Path) -> str:
    """Return the first sentence of a notebook's opening: its own words, so that they are written once."""
    opening = "".join(json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]["source"])
    found = _FIRST_SENTENCE.search(opening)
    return " ".join(found.group(1).split()).replace("|", "\\|") if found else ""


def _link(words: str, path: Path, folder: Path) -> str:
    place = Path(relpath(path, folder)).as_posix().replace(" ", "%20")
    return f"[{_plain(words)}]({place})"


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is (S11)."""
    return _MARKUP.sub(r"\\\1", single_line(text))
