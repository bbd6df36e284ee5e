"""Writes the draft of the mail that is due, with the link read from the target this moment (M6)."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

from consolidation.errors import Held
from consolidation.invitations.languages import customer_language, mail_language
from consolidation.invitations.links import check_indirect, check_listed
from consolidation.invitations.mail import build_invitation
from consolidation.invitations.record import DueMail
from consolidation.invitations.wording import Wording

if TYPE_CHECKING:
    from consolidation.case import Case


@dataclass(frozen=True)
class Draft:
    """A mail as the notebook shows it.

    Attributes:
        due: Which mail of the campaign it is.
        mail: The draft.
        language: The language it is written in.
        file: Where the draft lies, relative to the archive.
    """

    due: DueMail
    mail: EmailMessage
    language: str
    file: str

    @property
    def recipient(self) -> str:
        """The one address that it goes to; empty when none is known."""
        return str(self.mail["To"] or "")

    @property
    def text(self) -> str:
        """The plain text, to paste into a mail program or a ticket."""
        body = self.mail.get_body(preferencelist=("plain",))
        return str(body.get_content()) if body else ""


def write_draft(case: Case, due: DueMail, *, agreement_needed: bool) -> Draft:
    """Write the draft into the archive as `.eml`, and its text to paste as `.txt` beside it.

    Args:
        case: Whose customer is written to.
        due: Which mail it is.
        agreement_needed: Whether the customer is asked who accepted the customer agreement.

    Raises:
        Held: A link or the address cannot be used.
    """
    settings = case.engagement.invitations
    organization = case.target.organization_profile()
    listed = case.listed
    profile = case.source.customer_billing_profile(case.customer)
    language = customer_language(case, profile)
    try:
        mail = build_invitation(
            customer_id=case.customer,
            company=case.name.company,
            domain=case.name.domain,
            partner_name=organization.company_name,
            link=_link(case),
            target_tenant=case.engagement.target.tenant,
            language=language,
            contact_email=(listed.contact_email if listed else "") or profile.email or None,
            sender_name=organization.company_name,
            agreement_needed=agreement_needed,
            gdap_link=_gdap_link(case),
            reminder=due.day > 0,
            wording=Wording(case.engagement.folder / settings.templates if settings.templates else None),
            languages=settings.languages,
        )
    except ValueError as error:
        raise Held([f"The {due.name} cannot be written: {error} Correct it in the customer list."]) from error
    path = _kept(case, f"{due.file}.eml", mail.as_bytes())
    draft = Draft(due, mail, mail_language(language, settings.languages), path)
    _kept(case, f"{due.file}.txt", f"{mail['Subject']}\n\n{draft.text}".encode())
    return draft


def _link(case: Case) -> str:
    """Return the link from the target, or that of the customer's indirect reseller as the list has it."""
    listed = case.listed.invitation_link if case.listed else ""
    if not listed:
        return case.target.relationship_request()
    check_indirect(listed, case.engagement.target.tenant, case.engagement.cloud)
    return listed


def _gdap_link(case: Case) -> str | None:
    listed = case.listed.gdap_link if case.listed else ""
    if listed:
        check_listed(listed, "The gdap_link of the customer list", case.engagement.cloud)
    return listed or None


def _kept(case: Case, name: str, content: bytes) -> str:
    """Write a file once while it is the same, and return its path in the archive."""
    mails = case.folder / "mails"
    stem, _, ending = name.rpartition(".")
    known = [path for path in mails.glob(f"{stem}*.{ending}") if path.read_bytes() == content] if mails.is_dir() else []
    path = known[0] if known else case.archive.write_beside(mails / name, content)
    return path.relative_to(case.archive.root).as_posix()
