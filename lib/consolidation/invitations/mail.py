"""Builds one invitation as a draft: plain text with an HTML alternative, in the customer's language.

Each language is one template that holds its sentences; two layouts, for text and for HTML, hold the order in which
they stand, so that a sentence is written once and both parts of the mail always say the same.
"""

from __future__ import annotations

import hashlib
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from consolidation.invitations.languages import LANGUAGES, mail_language
from consolidation.invitations.links import check_link, check_target
from consolidation.invitations.wording import PACKAGED, Wording
from consolidation.tables import single_line

# RFC 5322 allows 998 bytes a line; beyond that a mail program may break it anywhere, in the middle of a link too.
_LONGEST_LINE = 900


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
    reminder: bool = False,
    wording: Wording = PACKAGED,
    languages: tuple[str, ...] = LANGUAGES,
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
        language: of the customer, such as `fr` or `fr-FR`; the first of `languages` where we have no other.
        contact_email: to whom it goes; None leaves the draft without a recipient.
        sender_name: who signs, and whom to ask.
        agreement_needed: whether the Microsoft Customer Agreement still has to be confirmed (M8).
        gdap_link: link of a request for granular delegated admin privileges; None when there is none.
        reminder: whether the customer was written to before (M35).
        wording: the packaged templates, or a partner's own over them.
        languages: those that the engagement writes in.

    Raises:
        ValueError: a link is not https or does not carry the target's tenant id, the address is not exactly one mail
            address, or the template has lost the link; the message says what to check.
    """
    check_link(link, "The invitation link")
    check_target(link, target_tenant)
    if gdap_link is not None:
        check_link(gdap_link, "The link for granular delegated admin privileges")
    names = {"company": company, "domain": domain, "partner_name": partner_name, "sender_name": sender_name}
    subject, text, page = wording.render(
        mail_language(language, languages),
        {name: single_line(value).strip() for name, value in names.items()},
        {"link": link, "gdap_link": gdap_link, "agreement_needed": agreement_needed, "reminder": reminder},
    )
    message = EmailMessage(policy=SMTP)
    if contact_email:
        message["To"] = mail_address(contact_email)
    message["Subject"] = subject
    message["X-Consolidation-Customer"] = single_line(customer_id)
    message["X-Unsent"] = "1"
    _write(message, text, page)
    return message


def _write(message: EmailMessage, text: str, page: str) -> None:
    """Put both parts into a message."""
    message.set_content(text, cte=_transfer_encoding(text))
    message.add_alternative(page, subtype="html", cte=_transfer_encoding(page))
    # By default the boundary is drawn at random; the same invitation is to be the same file whenever it is written.
    message.set_boundary(hashlib.sha256(f"{text}\x1f{page}".encode()).hexdigest())


def mail_address(contact_email: str) -> Address:
    """Return exactly one mail address, its domain in ASCII.

    Raises:
        ValueError: It is none, or more than one; the message names the place where it comes from.
    """
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
