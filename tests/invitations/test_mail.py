"""Rules of the invitation mail."""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidation.invitations.languages import LANGUAGES, mail_language
from consolidation.invitations.mail import build_invitation
from consolidation.invitations.wording import PACKAGED

CUSTOMER = "4d3c2b1a-1111-4a0f-8d52-9b1e4f6a1001"
TARGET = "7c2d9a44-0f3b-4a0f-8d52-9b1e4f6a2002"
LINK = (
    "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship"
    f"&partnerId={TARGET}&msppId=0&DAP=false#/BillingAccounts/partner-invitation"
)
OLD_LINK = f"https://portal.office.com/partner/partnersignup.aspx?type=ResellerRelationship&id={TARGET}&csp=1&msppid=0"
GDAP_LINK = "https://admin.microsoft.com/AdminPortal/Home#/partners/invitation/granularAdminRelationships/1-2"

any_text = st.text(st.characters(blacklist_categories=()), max_size=60)


def invitation(**changes: object) -> EmailMessage:
    """An invitation with everything in it, but for these changes."""
    facts: dict[str, object] = {
        "customer_id": CUSTOMER,
        "company": "Fabrikam",
        "domain": "fabrikam.example",
        "partner_name": "Contoso Europe",
        "link": LINK,
        "target_tenant": TARGET,
        "language": "en",
        "contact_email": "it@fabrikam.example",
        "sender_name": "Ana Lopez",
        "agreement_needed": True,
        "gdap_link": GDAP_LINK,
    }
    return build_invitation(**(facts | changes))


def opened(message: EmailMessage) -> EmailMessage:
    """The draft as a mail program opens it from the file."""
    return email.message_from_bytes(message.as_bytes(), policy=default)


def text_of(message: EmailMessage) -> str:
    """The plain text."""
    return message.get_body(("plain",)).get_content()


def page_of(message: EmailMessage) -> str:
    """The HTML alternative."""
    return message.get_body(("html",)).get_content()


class Read(HTMLParser):
    """The links of a page, the elements it opens, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.elements: set[str] = set()
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data):
        self.words += data


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("link", [LINK, OLD_LINK, "https://localhost:8443/accept/" + TARGET.upper()])
def test_the_link_is_whole_and_alone_on_its_line(language, link):
    """The link with the target tenant's id survives the file unchanged, in the text and behind the HTML's link (M6)."""
    message = opened(invitation(language=language, link=link))
    assert text_of(message).splitlines().count(link) == 1
    page = Read(page_of(message))
    assert page.links == [link, GDAP_LINK]
    assert link in page.words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_complete(language):
    """Each template holds every sentence that the layouts ask for, and no sentence that none shows (M7)."""
    layout = PACKAGED.text.get_template("layout.text.jinja").blocks.keys() | {"subject", "subject_reminder"}
    assert PACKAGED.text.get_template(f"{language}.jinja").blocks.keys() == layout
    assert PACKAGED.text.get_template("layout.html.jinja").blocks.keys() == layout - {"subject", "subject_reminder"}


def test_languages_differ_in_every_sentence():
    """No sentence of one language was left standing in another (M35)."""
    seen: dict[str, str] = {}
    for language in LANGUAGES:
        both = text_of(invitation(language=language)) + text_of(invitation(language=language, reminder=True))
        sentences = [line for line in both.splitlines() if len(line.split()) > 2]
        for sentence in sentences:
            assert seen.setdefault(sentence, language) == language


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Global admin", "Azure portal", "tick the box", "Nothing changes for your users", "Office 365")),
        ("fr", ("administrateur général", "portail Azure", "cochez la case", "Rien ne change", "Office\xa0365")),
        ("de", ("Globaler Administrator", "Azure-Portal", "Kontrollkästchen", "ändert sich nichts", "Office 365")),
        ("es", ("administrador global", "Azure Portal", "marque la casilla", "Nada cambia", "Office 365")),
        (
            "it",
            ("amministratore globale", "portale di Azure", "selezioni la casella", "cambia nulla", "Office 365"),
        ),
        ("nl", ("Globale beheerder", "Azure Portal", "selectievakje", "verandert er niets", "Office 365")),
    ],
)
def test_the_mail_says_who_does_what_with_which_account(language, words):
    """A Global admin, with the account of the Azure and Office 365 admin portals, reads, ticks and accepts (M7)."""
    message = invitation(language=language)
    for body in (
        " ".join(re.split(r"[ \r\n]+", text_of(message))),
        " ".join(re.split(r"[ \r\n]+", Read(page_of(message)).words)),
    ):
        for word in words:
            assert word in body


@pytest.mark.parametrize(
    ("asked", "used"), [("fr-CA", "fr"), ("DE", "de"), ("de_AT", "de"), ("pl", "en"), ("", "en"), (None, "en")]
)
def test_an_unknown_language_is_answered_in_english(asked, used):
    """The mail is in the customer's language where we have it, and otherwise in English (M35)."""
    assert mail_language(asked) == used


def test_the_draft_opens_ready_to_send():
    """The file is a draft: marked as unsent, without date and message id, with the customer's id (M6)."""
    message = opened(invitation(language="fr"))
    assert message["X-Unsent"] == "1"
    assert message["X-Consolidation-Customer"] == CUSTOMER
    assert message["To"] == "it@fabrikam.example"
    assert message["Subject"] == "Action requise\xa0: veuillez accepter Contoso Europe comme revendeur Microsoft"
    assert message["Date"] is None
    assert message["Message-ID"] is None
    assert opened(invitation(contact_email=None))["To"] is None


def test_the_same_invitation_is_the_same_file():
    """Writing an invitation again gives the same bytes, so that the archive keeps one."""
    assert invitation().as_bytes() == invitation().as_bytes()


def test_parts_that_are_not_needed_are_left_out():
    """The customer agreement and the delegated rights are asked for only where they are needed (M8)."""
    message = invitation(agreement_needed=False, gdap_link=None)
    for body in (text_of(message), page_of(message)):
        assert "Customer Agreement" not in body
        assert "granular" not in body
    assert Read(page_of(message)).links == [LINK]


@settings(max_examples=80, deadline=None)
@given(any_text, any_text, any_text, any_text, st.sampled_from(LANGUAGES))
def test_names_are_data(company, domain, partner, sender, language):
    """No name adds a header, an element or a link, breaks the link's line, or stops the mail (S11)."""
    message = opened(
        invitation(company=company, domain=domain, partner_name=partner, sender_name=sender, language=language)
    )
    assert set(message.keys()) == {
        "To",
        "Subject",
        "X-Consolidation-Customer",
        "X-Unsent",
        "MIME-Version",
        "Content-Type",
    }
    assert text_of(message).splitlines().count(LINK) == 1
    page = Read(page_of(message))
    assert page.links == [LINK, GDAP_LINK]
    assert page.elements <= {"html", "head", "meta", "body", "div", "p", "h2", "ol", "ul", "li", "a", "br", "bdi"}


def test_a_line_break_in_a_name_makes_no_header():
    """A company name cannot add a recipient (S11)."""
    name = "Evil\r\nBcc: everyone@evil.example\r\n\r\n<script>"
    message = opened(invitation(partner_name=name, customer_id=f"{CUSTOMER}\nBcc: x@evil.example"))
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]
    assert "<script" not in page_of(message)


def test_a_very_long_name_leaves_the_link_whole():
    """Lines that a mail program would cut are encoded, so that the link behind them is not cut either (S11)."""
    message = opened(invitation(company="x" * 3000))
    assert max(map(len, message.as_bytes().splitlines())) <= 998
    assert LINK in text_of(message).splitlines()


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        (LINK.replace("https", "http"), "not an https address"),
        ("javascript:alert(1)//" + TARGET, "not an https address"),
        (f"https:///{TARGET}", "not an https address"),
        (f"https://admin.microsoft.com@evil.example/{TARGET}", "not an https address"),
        ("", "not an https address"),
        (LINK + "\nhttps://evil.example", "characters that no link has"),
        (LINK + '"><script>', "characters that no link has"),
        (LINK.replace(TARGET, CUSTOMER), "check that it was read with the target's sign-in"),
    ],
)
def test_a_wrong_link_is_never_written(link, complaint):
    """A link that is not https or not the target's would tie the customer to the wrong partner: refused (M6)."""
    with pytest.raises(ValueError, match=complaint):
        invitation(link=link)


def test_an_empty_target_matches_no_link():
    """Without the target's id the link cannot be checked, and so is not written (M6)."""
    with pytest.raises(ValueError, match="tenant id"):
        invitation(target_tenant="")


def test_the_link_for_delegated_rights_is_checked_too():
    """The second link is https or the mail is not written (S11)."""
    with pytest.raises(ValueError, match="granular delegated admin privileges"):
        invitation(gdap_link="http://admin.microsoft.com/x")


@pytest.mark.parametrize(
    "address",
    ["a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "x", "a@", "@b.example", "A <a@b.example>"],
)
def test_an_address_is_exactly_one(address):
    """An address that is none, or more than one, is named with the place where it comes from (S11)."""
    with pytest.raises(ValueError, match="contact_email"):
        invitation(contact_email=address)


def test_an_international_domain_travels_in_its_ascii_form():
    """A customer at bücher.example gets the mail too."""
    assert opened(invitation(contact_email="it@bücher.example"))["To"] == "it@xn--bcher-kva.example"


@pytest.mark.parametrize("name", ["שלום בע״מ", "شركة (x)"])
def test_a_name_from_right_to_left_keeps_to_itself(name):
    """The sentence around such a name is not turned round: the name is isolated (S11)."""
    assert f"<bdi>{name}</bdi>" in page_of(invitation(company=name))
