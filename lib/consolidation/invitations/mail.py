"""Builds one invitation as a draft: plain text with an HTML alternative, in the customer's language.

Each language is one template that holds its sentences; two layouts, for text and for HTML, hold the order in which
they stand, so that a sentence is written once and both parts of the mail always say the same.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from consolidation.tables import single_line

LANGUAGES: Final = ("en", "fr", "de")
"""Languages in which a complete invitation exists; the first one stands in for all others."""

_LINE_WIDTH = 76
# RFC 5322 allows 998 bytes a line; beyond that a mail program may break it anywhere, in the middle of a link too.
_LONGEST_LINE = 900
_SPACES = re.compile(r"[ \t\r\n]+")
# A host without a user name before it: https://admin.microsoft.com@elsewhere.example leads elsewhere.
_HTTPS = re.compile(r"https://[^/?#@\s]+(?:[/?#]|$)", re.IGNORECASE)
_UNSAFE_IN_LINK = re.compile(r"[^!#-;=?-\[\]_a-z~]")


def mail_language(language: str | None) -> str:
    """Return the language in which a customer's mail is written: `fr` for `fr-CA`, `en` for one that we lack."""
    primary = re.split(r"[-_]", (language or "").strip().lower())[0]
    return primary if primary in LANGUAGES else LANGUAGES[0]


def build_invitation(
    *,
    customer_id: str,
    company: str,
    domain: str,
    partner_name: str,
    link: str,
    target_tenant: str,
    language: str,
    contact_email: str | None,
    sender_name: str,
    agreement_needed: bool,
    gdap_link: str | None,
) -> EmailMessage:
    """Return the invitation as a draft that a mail program opens ready to send.

    The link stands alone on its line and is never altered: it is made for the target tenant and does not work
    otherwise (Microsoft's page "Request a reseller relationship with a customer": the text may be edited, the link
    must stay). There is no date and no message id, since nothing is sent yet.

    Args:
        customer_id: the customer's tenant id; repeated in the header `X-Consolidation-Customer`.
        company: the customer's company name.
        domain: the customer's primary domain, by which it recognises the right account.
        partner_name: organisation name of the target tenant, as the customer's admin center will show it.
        link: the invitation link as read from the target's relationship request.
        target_tenant: tenant id of the target, which the link has to carry.
        language: of the customer, such as `fr` or `fr-FR`; English where we have no other.
        contact_email: to whom it goes; None leaves the draft without a recipient.
        sender_name: who signs, and whom to ask.
        agreement_needed: whether the Microsoft Customer Agreement still has to be confirmed (M8).
        gdap_link: link of a request for granular delegated admin privileges; None when there is none.

    Raises:
        ValueError: a link is not https or does not carry the target's tenant id, or the address is not exactly one
            mail address; the message says what to check.
    """
    _check_link(link, "The invitation link")
    if target_tenant.lower() not in link.lower() or not target_tenant:
        raise ValueError(
            f"The invitation link does not carry the target's tenant id {target_tenant!r}: check that it was read "
            "with the target's sign-in, not a source's, and that the engagement names the right target tenant."
        )
    if gdap_link is not None:
        _check_link(gdap_link, "The link for granular delegated admin privileges")
    template = f"{mail_language(language)}.jinja"
    names = {"company": company, "domain": domain, "partner_name": partner_name, "sender_name": sender_name}
    plain = {name: single_line(value).strip() for name, value in names.items()}
    # A name that reads from right to left must not turn round the sentence that it stands in.
    isolated = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in plain.items()}
    facts = {"link": link, "gdap_link": gdap_link, "agreement_needed": agreement_needed}
    facts["language"] = mail_language(language)

    message = EmailMessage(policy=SMTP)
    if contact_email:
        message["To"] = _address(contact_email)
    subject = _TEXT.get_template(template).render(layout="layout.subject.jinja", **plain, **facts)
    message["Subject"] = _SPACES.sub(" ", subject).strip()
    message["X-Consolidation-Customer"] = single_line(customer_id)
    message["X-Unsent"] = "1"
    text = _TEXT.get_template(template).render(layout="layout.text.jinja", **plain, **facts)
    page = _HTML.get_template(template).render(layout="layout.html.jinja", **isolated, **facts)
    message.set_content(text, cte=_transfer_encoding(text))
    message.add_alternative(page, subtype="html", cte=_transfer_encoding(page))
    # By default the boundary is drawn at random; the same invitation is to be the same file whenever it is written.
    message.set_boundary(hashlib.sha256(f"{text}\x1f{page}".encode()).hexdigest())
    return message


def _check_link(link: str, what: str) -> None:
    if not _HTTPS.match(link):
        raise ValueError(f"{what} is not an https address: {link!r}. Read it again from Partner Center.")
    if _UNSAFE_IN_LINK.search(link.lower()):
        raise ValueError(f"{what} holds characters that no link has: {link!r}. Read it again from Partner Center.")


def _address(contact_email: str) -> Address:
    advice = "check contact_email in the customer list, or the e-mail address in the customer's billing profile"
    try:
        address = Address(addr_spec=contact_email.strip())
        # A domain such as bücher.example travels in its ASCII form: older mail programs know no other.
        domain = address.domain.encode("idna").decode("ascii")
    except (MessageError, ValueError, IndexError) as error:
        raise ValueError(f"{contact_email!r} is not one mail address: {advice}.") from error
    if not address.username or "." not in domain or not address.addr_spec.isprintable():
        raise ValueError(f"{contact_email!r} is not one mail address: {advice}.")
    return Address(username=address.username, domain=domain)


def _transfer_encoding(text: str) -> str:
    # 8bit leaves the link readable and searchable in the file; base64 holds lines of any length.
    longest = max(len(line.encode()) for line in text.splitlines())
    return "8bit" if longest <= _LONGEST_LINE else "base64"


def _wrapped(text: str, first: str = "", following: str = "") -> str:
    # Only ordinary spaces break a line: French has spaces that must not, and a long word stays whole.
    return textwrap.fill(
        _SPACES.sub(" ", text).strip(),
        _LINE_WIDTH,
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )


_TEMPLATES: Final = PackageLoader("consolidation.invitations")
_HTML: Final = Environment(loader=_TEMPLATES, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
_TEXT: Final = Environment(
    loader=_TEMPLATES,
    autoescape=False,  # noqa: S701 - plain text: escaping would show entities instead of names
    undefined=StrictUndefined,
    trim_blocks=True,
)
_TEXT.filters["wrapped"] = _wrapped
# French sets a space before a colon that must not end a line; named, because in a template it could not be seen.
_HTML.globals["nbsp"] = _TEXT.globals["nbsp"] = "\u00a0"
