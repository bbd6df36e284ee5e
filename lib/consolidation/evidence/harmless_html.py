"""Makes the HTML that cells and Markdown produced harmless: nothing runs, nothing is fetched, nothing leads away (S11).

Only what is listed here stays. Styles stay too, as far as they are plain: pandas' tables carry theirs in a `<style>`
element of their own, which is taken out, read rule by rule, and put back.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import bleach

_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)
_ATTRIBUTES = {
    "*": {"class", "dir", "id", "lang", "role", "style", "title"},
    "col": {"span"},
    "details": {"open"},
    "img": {"alt", "height", "width"},
    "ol": {"start", "type"},
    "td": {"colspan", "headers", "rowspan"},
    "th": {"colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
}
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"#|https?://|mailto:", re.IGNORECASE)
_STYLE_ELEMENT = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_SCRIPT_ELEMENT = re.compile(r"<script\b.*?</script\s*>", re.IGNORECASE | re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# Every selector starts with the id of a pandas table: a cell's style reaches its own table and nothing else.
_SELECTOR = re.compile(r"#T_[\w-]+[\w\s.:#()>-]*")
_VALUE = re.compile(r"[\w\s#%.,()+*/-]+")
_FUNCTIONS = frozenset({"calc", "hsl", "hsla", "linear-gradient", "rgb", "rgba"})
# No `display`, `position`, `visibility` or `opacity`: what a cell shows is to be seen, where it stands.
_PROPERTY = re.compile(
    r"(?:background|background-color|border(?:-[a-z-]+)?|break-(?:inside|before|after)|caption-side|color|empty-cells"
    r"|font(?:-[a-z-]+)?|height|letter-spacing|line-height|list-style(?:-type)?|margin(?:-[a-z]+)?|max-(?:height|width)"
    r"|min-(?:height|width)|overflow(?:-[a-z]+)?|padding(?:-[a-z]+)?|table-layout|text-(?:align|decoration|overflow|"
    r"transform)|unicode-bidi|vertical-align|white-space|width|word-break|word-wrap)"
)


def harmless(markup: str) -> str:
    """Return markup of which only listed elements, attributes and styles are left.

    Links to other pages become their text with the address behind it; images are kept when they are in the page.
    """
    styles = [rule for element in _STYLE_ELEMENT.findall(markup) for rule in _scoped_rules(element)]
    # The cleaner would take the tags away and leave what stands between them as text.
    markup = _SCRIPT_ELEMENT.sub("", _STYLE_ELEMENT.sub("", markup))
    # A cleaner is not safe to share between threads, so each call has its own.
    cleaner = bleach.Cleaner(
        tags=_TAGS,
        attributes=_is_allowed,
        protocols={"data", "http", "https", "mailto"},
        strip=True,
        css_sanitizer=_InlineStyles(),
        filters=[_without_links],
    )
    cleaned: str = cleaner.clean(markup)
    return f"<style>\n{chr(10).join(styles)}\n</style>\n{cleaned}" if styles else cleaned


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if (tag, name) == ("img", "src"):
        return _IMAGE.fullmatch(value) is not None
    if (tag, name) == ("a", "href"):
        return _LINK.match(value) is not None
    if name == "class":
        return "page-" not in value  # the look of our own frame: no cell can pass for the banner
    return name in _ATTRIBUTES["*"] or name in _ATTRIBUTES.get(tag, ()) or name.startswith("aria-")


class _InlineStyles:
    """What bleach asks to clean a `style` attribute."""

    def sanitize_css(self, style: str) -> str:
        return _declarations(html.unescape(style))


def _scoped_rules(stylesheet: str) -> Iterator[str]:
    for selectors, declarations in _RULE.findall(_CSS_COMMENT.sub(" ", stylesheet)):
        plain = _declarations(declarations)
        if plain and all(_SELECTOR.fullmatch(selector.strip()) for selector in selectors.split(",")):
            yield f"{' '.join(selectors.split())} {{{plain}}}"


def _declarations(text: str) -> str:
    """Return the plain declarations of a style: a known property, and a value that fetches and hides nothing."""
    kept = []
    for declaration in text.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        functions = {function.lower() for function in re.findall(r"([\w-]*)\(", value)}
        if (
            _PROPERTY.fullmatch(name.lower())
            and _VALUE.fullmatch(value)
            and functions <= _FUNCTIONS
            and value.count("(") == value.count(")")
        ):
            kept.append(f"{name.lower()}: {value}")
    return "; ".join(kept)


def _without_links(source: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - html5lib's stream of tokens, no types
    """Turn links to other pages into text, and images that were not in the page into their description."""
    address, text = "", ""
    for token in source:
        kind, data = token["type"], token.get("data")
        if kind == "EmptyTag" and token["name"] == "img" and (None, "src") not in data:
            yield {"type": "Characters", "data": f"[image: {data.get((None, 'alt'), 'not in this page')}]"}
            continue
        if kind == "EmptyTag" and token["name"] == "img":
            data.setdefault((None, "alt"), "A picture without a description")
        if kind == "StartTag" and token["name"] == "a":
            target = data.get((None, "href"), "")
            address, text = ("", "") if target.startswith("#") else (data.pop((None, "href"), ""), "")
        elif kind in {"Characters", "SpaceCharacters", "Entity"}:
            text += data if isinstance(data, str) else ""
        elif kind == "EndTag" and token["name"] == "a" and address:
            if address.removeprefix("mailto:") not in text:
                yield {"type": "Characters", "data": f" ({address})"}
            address = ""
        yield token
