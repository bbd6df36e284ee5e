"""The words of the mails: one template for each language, the packaged ones or a partner's own in their place.

A template may change every sentence and the layout too. What it may not do is lose the link, change it, or add another
one: that is tried before anything is written, with names of our own, for a customer's name may hold an address.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

SPACES: Final = re.compile(r"[ \t\r\n]+")
_LINE_WIDTH = 76
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.)", re.IGNORECASE)
_NAMES = ("company", "domain", "partner_name", "sender_name")
_TRIED_LINK = "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId=1"
_TRIED_RIGHTS = "https://admin.microsoft.com/AdminPortal/Home#/partners/invitation/granularAdminRelationships/2"


class Wording:
    """Renders the parts of a mail from the packaged templates, or from those of a folder that stand over them.

    A file of the folder replaces the packaged one of its name; it reaches that one as `packaged/<name>`, so that a
    single sentence can be changed with `{% extends "packaged/fr.jinja" %}` and one block.

    Args:
        folder: The partner's own templates; None for the packaged ones alone.
    """

    def __init__(self, folder: Path | None = None) -> None:
        packaged = PackageLoader("consolidation.invitations")
        loaders: list[BaseLoader] = [packaged, PrefixLoader({"packaged": packaged})]
        loader = ChoiceLoader([FileSystemLoader(folder), *loaders] if folder else loaders)
        options = {"loader": loader, "undefined": StrictUndefined, "trim_blocks": True}
        # Sandboxed: a template comes from whoever writes mails, and is no place for a program.
        self.html = SandboxedEnvironment(autoescape=True, **options)
        # Plain text is not escaped: that would show entities instead of names.
        self.text = SandboxedEnvironment(autoescape=False, **options)
        self.text.filters["wrapped"] = _wrapped
        # French sets a space before a colon that must not end a line; named, because in a template it cannot be seen.
        self.html.globals["nbsp"] = self.text.globals["nbsp"] = "\u00a0"

    def render(self, language: str, names: dict[str, str], facts: dict[str, object]) -> tuple[str, str, str]:
        """Return subject, plain text and HTML page of a mail.

        Args:
            language: Of the template.
            names: Company, domain, partner and sender: data, isolated and escaped in the page.
            facts: The links, and which parts the mail has.

        Raises:
            ValueError: The template is faulty, or the link is not exactly where it has to be.
        """
        # A name that reads from right to left must not turn round the sentence that it stands in.
        isolated = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in names.items()}
        facts = {**facts, "language": language}
        template = f"{language}.jinja"
        try:
            subject = self.text.get_template(template).render(layout="layout.subject.jinja", **names, **facts)
            text = self.text.get_template(template).render(layout="layout.text.jinja", **names, **facts)
            page = self.html.get_template(template).render(layout="layout.html.jinja", **isolated, **facts)
        except TemplateError as error:
            raise ValueError(f"The mail template {template} cannot be used: {error}") from error
        links = [str(link) for link in (facts["link"], facts["gdap_link"]) if link]
        lost = _lost_links(text, page, links)
        if lost:
            raise ValueError(f"The mail template {template} {lost}: put {{{{ link }}}} back where it was.")
        return SPACES.sub(" ", subject).strip(), text, page

    def problems(self, languages: tuple[str, ...]) -> list[str]:
        """Return what is wrong with the templates of these languages, one sentence each; empty when nothing is."""
        return list(dict.fromkeys(problem for language in languages for problem in self._problems_of(language)))

    def _problems_of(self, language: str) -> list[str]:
        names = {name: f"<i>{name}&" for name in _NAMES}
        for reminder, agreement, rights in itertools.product((False, True), repeat=3):
            links = {"link": _TRIED_LINK, "gdap_link": _TRIED_RIGHTS if rights else None}
            try:
                parts = self.render(language, names, {**links, "agreement_needed": agreement, "reminder": reminder})
            except ValueError as error:
                return [str(error)]
            subject, text, page = parts
            if any(name in page for name in names.values()):
                return [f"The mail template {language}.jinja does not escape a name: take the filter away (S11)."]
            left = " ".join((subject, text, page))
            for link in (_TRIED_RIGHTS, _TRIED_LINK):
                left = left.replace(link, "").replace(str(Markup.escape(link)), "")
            if _ADDRESS.search(left):
                return [f"The mail template {language}.jinja holds a link of its own: the mail has none but ours."]
        return []


class _Links(HTMLParser):
    """Where a page leads, and what stands on each link."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads."""
        if tag == "a":
            self.found.append([dict(attrs).get("href") or "", ""])
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        """Note that a link ends."""
        self._inside = self._inside and tag != "a"

    def handle_data(self, data: str) -> None:
        """Note what stands on a link."""
        if self._inside:
            self.found[-1][1] += data.strip()


def _lost_links(text: str, page: str, links: list[str]) -> str:
    """Say where a link is not as it has to be: once, alone on its line, and under its own name; empty when it is."""
    if any(text.splitlines().count(link) != 1 for link in links):
        return "has lost a link in the text, or does not leave it alone on its line"
    if _Links(page).found != [[link, link] for link in links]:
        return "has lost, changed or added a link in the page"
    return ""


def _wrapped(text: str, first: str = "", following: str = "") -> str:
    # Only ordinary spaces break a line: French has spaces that must not, and a long word stays whole.
    return textwrap.fill(
        SPACES.sub(" ", text).strip(),
        _LINE_WIDTH,
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )


PACKAGED: Final = Wording()
