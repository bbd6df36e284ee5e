"""Executed notebooks as static HTML: no script, no widget, nothing fetched, to be read on screen and on paper.

The frame is `templates/dossier`, over nbconvert's `basic`; what the cells produced passes through `harmless_html`.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import nbformat
from nbconvert import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import Highlight2HTML, clean_html

from consolidation.evidence.harmless_html import harmless
from consolidation.tables import single_line

_TEMPLATES = Path(__file__).parent / "templates"
_OUTCOMES = {
    "done": ("✓", "Done"),
    "waiting": ("…", "Waiting"),
    "held": ("!", "Held"),
    "failed": ("✗", "Failed"),
    "not_applicable": ("–", "Not applicable"),
}
_LOCAL = threading.local()


@dataclass(frozen=True)
class Banner:
    """What stands on top of a page.

    Attributes:
        engagement: Its name.
        phase: The notebook, for example `04_recreate`.
        outcome: `done`, `waiting`, `held`, `failed` or `not_applicable`; another word is shown as it is (S7).
        case: Company, customer tenant id and source, or empty for a notebook of the whole engagement.
        reasons: Why, one sentence each.
        facts: Further facts by name, for example when it was executed (UTC) and by whom.
    """

    engagement: str
    phase: str
    outcome: str
    case: str = ""
    reasons: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


def render(notebook: Mapping[str, Any], title: str, banner: Banner | None = None) -> str:
    """Return an executed notebook as one static HTML page.

    A notebook that stopped half-way is evidence too: cells that never ran are shown as such.

    Args:
        notebook: nbformat 4, as a mapping or NotebookNode; it is not changed.
        title: Title of the page.
        banner: What stands on top; without it only the title does.
    """
    node = nbformat.from_dict(copy.deepcopy(dict(notebook)))
    for cell in node.cells:
        for output in cell.get("outputs", ()):
            _without_widgets(output)
    resources = {"page": {"title": single_line(title), "facts": _facts(banner), "outcome": _outcome(banner)}}
    page, _ = _exporter().from_notebook_node(node, resources)
    return str(page)


class _PageExporter(HTMLExporter):
    """nbconvert's exporter without its last step.

    That reads the finished page once more, for pictures without a description; our filter has read every cell of it.
    """

    def from_notebook_node(  # type: ignore[override] # as nbconvert's own
        self,
        nb: nbformat.NotebookNode,
        resources: dict[str, Any] | None = None,
        **more: Any,  # noqa: ANN401 - as nbconvert has it
    ) -> tuple[str, dict[str, Any]]:
        """Convert as any template does."""
        return TemplateExporter.from_notebook_node(self, nb, resources, **more)


def _exporter() -> HTMLExporter:
    # It takes a moment to build and holds state while it works: one for each thread.
    exporter: Any = getattr(_LOCAL, "exporter", None)
    if exporter is None:
        exporter = cast("Any", _PageExporter)(template_name="dossier", extra_template_basedirs=[str(_TEMPLATES)])
        exporter.exclude_anchor_links = True
        exporter.optimistic_validation = True  # once, not after each of its steps
        exporter.register_filter("harmless", _harmless_cell)
        exporter.register_filter("highlight_code", _highlighted)
        exporter.register_filter("clean_html", _clean)
        _LOCAL.exporter = exporter
    return cast("HTMLExporter", exporter)


@lru_cache(maxsize=256)
def _harmless_cell(markup: str) -> str:
    """Clean a cell; what it says to every customer, its prose and its code, is the same text each time."""
    return harmless(markup)


def _highlighted(source: str, metadata: Mapping[str, Any]) -> str:
    return _coloured(source, metadata.get("magics_language"))


@lru_cache(maxsize=256)
def _coloured(source: str, magics_language: str | None) -> str:
    """Colour code; but for the cell with the parameters, it is the same in every customer's notebook."""
    metadata = {"magics_language": magics_language} if magics_language else {}
    return str(Highlight2HTML(pygments_lexer="ipython3")(source, metadata=metadata))


@lru_cache(maxsize=256)
def _clean(markup: str | bytes) -> str:
    """Do what nbconvert does with everything that it puts into a page, once for each text."""
    return str(clean_html(markup))


def _without_widgets(output: Any) -> None:  # noqa: ANN401 - an output of any kind
    """Replace a form by a sentence.

    Without JupyterLab a form shows nothing, and the text form of a widget would show what was typed into it (S10).
    """
    data = output.get("data", {})
    if "application/vnd.jupyter.widget-view+json" in data:
        note = "A form stood here in JupyterLab. What was decided in it is in the journal."
        output["data"] = {"text/html": f'<p class="form">{note}</p>'}


def _facts(banner: Banner | None) -> list[tuple[str, str]]:
    if banner is None:
        return []
    facts = {"Engagement": banner.engagement, "Case": banner.case, "Phase": banner.phase, **banner.facts}
    return [(single_line(name), single_line(value)) for name, value in facts.items() if value]


def _outcome(banner: Banner | None) -> dict[str, Any] | None:
    if banner is None:
        return None
    sign, word = _OUTCOMES.get(banner.outcome, ("?", single_line(banner.outcome)))
    kind = banner.outcome if banner.outcome in _OUTCOMES else "unknown"
    return {"kind": kind, "sign": sign, "word": word, "reasons": [single_line(reason) for reason in banner.reasons]}
