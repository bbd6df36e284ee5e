"""Makes the HTML that cells and Markdown produced harmless: nothing runs, nothing is fetched, nothing leads away (S11).

Only what is listed here stays. Styles stay too, as far as they are plain: pandas' tables carry theirs in a `<style>`
element of their own, which is taken out, read rule by rule, and put back.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping

import nh3

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
    "a": {"href"},
    "col": {"span"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start", "type"},
    "td": {"colspan", "headers", "rowspan"},
    "th": {"colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
}
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"#|https?://|mailto:", re.IGNORECASE)
_STYLE_ELEMENT = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r'<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)(?P<attributes>(?:\s+[^\s"=<>]+="[^"]*")*)\s*>')
_VALUES = re.compile(r'\s([^\s"=<>]+)="([^"]*)"')
_HREF = re.compile(r'\shref="[^"]*"')
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
    cleaned = _without_links(_CLEANER.clean(markup))
    return f"<style>\n{chr(10).join(styles)}\n</style>\n{cleaned}" if styles else cleaned


def _kept(tag: str, name: str, value: str) -> str | None:
    """Return what is left of the value of an attribute that is listed; None takes the attribute away."""
    if name == "style":
        return _declarations(value) or None
    if (tag, name) == ("img", "src"):
        return value if _IMAGE.fullmatch(value) else None
    if (tag, name) == ("a", "href"):
        return value if _LINK.match(value) else None
    if name == "class":
        return None if "page-" in value else value  # the look of our own frame: no cell can pass for the banner
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    generic_attribute_prefixes={"aria-"},
    link_rel=None,
    url_schemes={"data", "http", "https", "mailto"},
)


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


def _without_links(cleaned: str) -> str:
    """Turn links to other pages into text, and images that were not in the page into their description.

    Args:
        cleaned: As the cleaner writes it: every `<` begins a tag, and every value stands in double quotes.
    """
    if "<a" not in cleaned and "<img" not in cleaned:
        return cleaned
    parts: list[str] = []
    open_links: list[tuple[str, int]] = []
    end = 0
    for found in _TAG.finditer(cleaned):
        parts.append(cleaned[end : found.start()])
        end = found.end()
        tag = found["tag"]
        values = {name: html.unescape(value) for name, value in _VALUES.findall(found["attributes"])}
        if tag == "img":
            parts.append(_image(found[0], values))
        elif tag == "a" and found["end"]:
            address, began = open_links.pop() if open_links else ("", 0)
            text = html.unescape(_TAG.sub("", "".join(parts[began:])))
            if address.removeprefix("mailto:") not in text:
                parts.append(f" ({html.escape(address, quote=False)})")
            parts.append(found[0])
        elif tag == "a":
            address = "" if values.get("href", "").startswith("#") else values.get("href", "")
            parts.append(_HREF.sub("", found[0]) if address else found[0])
            open_links.append((address, len(parts)))
        else:
            parts.append(found[0])
    return "".join([*parts, cleaned[end:]])


def _image(tag: str, values: Mapping[str, str]) -> str:
    if "src" not in values:
        return html.escape(f"[image: {values.get('alt', 'not in this page')}]", quote=False)
    return tag if "alt" in values else tag.replace("<img", '<img alt="A picture without a description"', 1)
