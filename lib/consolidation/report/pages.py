"""The frame of a report's page: static HTML, to be printed; what people and Microsoft wrote is data in it (S11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from consolidation.display import Page
from consolidation.evidence.harmless_html import harmless
from consolidation.report.chapters import Chapter
from consolidation.tables import single_line

_TEMPLATES = Path(__file__).parent / "templates"
_STYLES = Path(__file__).parents[1] / "evidence" / "templates" / "dossier"


def page(
    title: str,
    facts: Mapping[str, str],
    chapters: Sequence[Chapter],
    links: Sequence[tuple[str, Mapping[str, str]]] = (),
) -> str:
    """Return one page.

    Args:
        title: Its heading.
        facts: What stands under the heading, by name.
        chapters: Its parts; one without a title has no heading.
        links: Other pages of the same report: whose, and kind of page -> relative address.
    """
    environment = Environment(loader=FileSystemLoader([_TEMPLATES, _STYLES]), autoescape=True)
    shown = [(single_line(chapter.title), harmless(Page(*chapter.parts)._repr_html_())) for chapter in chapters]
    return environment.get_template("report.html.j2").render(
        title=single_line(title),
        facts={single_line(name): single_line(value) for name, value in facts.items()},
        chapters=shown,
        links=[(single_line(words), addresses) for words, addresses in links],
    )
