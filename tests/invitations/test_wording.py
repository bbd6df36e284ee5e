"""Rules of a partner's own templates, and of links that a person puts into the customer list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.invitations.languages import LANGUAGES
from consolidation.invitations.links import check_indirect, check_listed
from consolidation.invitations.mail import build_invitation
from consolidation.invitations.record import SentMail, due_mail, is_escalated, next_reminder
from consolidation.invitations.settings import InvitationSettings
from consolidation.invitations.wording import Wording
from partner_center import CLOUDS

TARGET = "7c2d9a44-0f3b-4a0f-8d52-9b1e4f6a2002"
RESELLER = "11111111-1111-4a0f-8d52-9b1e4f6a1001"
ADMIN = "https://admin.microsoft.com/Adminportal/Home"
INDIRECT = f"{ADMIN}?invType=IndirectResellerRelationship&partnerId={RESELLER}&msppId=123456&indirectCSPId={TARGET}#/x"
OLD_INDIRECT = (
    "https://portal.office.com/partner/partnersignup.aspx?type=IndirectResellerRelationship"
    f"&id={RESELLER}&csp=1&msppid=123456&indirectCSP={TARGET}"
)
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def own(folder: Path, **templates: str) -> Wording:
    """The packaged templates with these files over them."""
    for name, text in templates.items():
        (folder / f"{name.replace('_', '.', 1)}.jinja").write_text(text, encoding="utf-8")
    return Wording(folder)


def test_the_packaged_templates_keep_their_own_rule():
    """Every packaged language passes the check that a partner's own has to pass (M6)."""
    assert Wording().problems(LANGUAGES) == []


def test_one_sentence_can_be_changed(tmp_path):
    """A partner's file changes one sentence of the packaged mail and keeps the rest (M35)."""
    wording = own(tmp_path, fr='{% extends "packaged/fr.jinja" %}{% block closing %}Bien à vous,{% endblock %}')
    assert wording.problems(("fr", "en")) == []
    mail = build_invitation(
        customer_id="c",
        company="F",
        domain="f.example",
        partner_name="P",
        link=f"{ADMIN}?partnerId={TARGET}",
        target_tenant=TARGET,
        language="fr-FR",
        contact_email=None,
        sender_name="S",
        agreement_needed=False,
        gdap_link=None,
        wording=wording,
    )
    text = mail.get_body(("plain",)).get_content()
    assert "Bien à vous," in text
    assert "administrateur général" in text


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("en", "Dear all, please accept. {{ company }}", "has lost a link"),
        ("en", f"{ADMIN}?partnerId=0\n", "has lost a link"),
        ("layout_html", '<a href="https://elsewhere.example">{{ link }}</a>', "changed or added a link in the page"),
        ("layout_html", '<a href="{{ link }}">click here</a>', "changed or added a link in the page"),
        ("layout_text", "see {{ link }}", "alone on its line"),
        ("en", '{% extends "packaged/en.jinja" %}{% block who %}See www.elsewhere.example{% endblock %}', "of its own"),
        ("en", '{% extends "packaged/en.jinja" %}{% block who %}{{ company|safe }}{% endblock %}', None),
        ("en", '{% extends "packaged/en.jinja" %}{% block who %}{{ nobody }}{% endblock %}', "'nobody' is undefined"),
        ("en", "{% extends layout %}{% block", "cannot be used"),
        ("en", "{{ company.__class__.__mro__ }}", "cannot be used|unsafe"),
    ],
)
def test_a_template_cannot_touch_the_link(tmp_path, name, text, complaint):
    """A template that loses, changes, hides or adds a link is refused before any mail is written (M6, S11)."""
    problems = own(tmp_path, **{name: text}).problems(("en",))
    if complaint is None:  # what is already isolated and escaped is not escaped twice, and stays so
        assert problems == []
    else:
        assert len(problems) == 1
        assert complaint in problems[0] or any(part in problems[0] for part in complaint.split("|"))


@pytest.mark.parametrize("link", [INDIRECT, OLD_INDIRECT])
def test_the_link_of_an_indirect_reseller_is_the_targets(link):
    """It names the reseller with its Partner ID, and the target as provider; anything else is refused (M6)."""
    cloud = CLOUDS["global"]
    check_indirect(link, TARGET, cloud)
    for wrong in (
        link.replace(TARGET, RESELLER),
        link.replace("Indirect", ""),
        link.replace("123456", "0"),
        link.replace(RESELLER, TARGET),
        link.replace("microsoft.com", "microsoft.com.evil.example").replace("office.com", "evil.example"),
        link.replace("https", "http"),
    ):
        with pytest.raises(ValueError, match="invitation_link"):
            check_indirect(wrong, TARGET, cloud)


def test_a_listed_link_leads_to_microsoft():
    """A link that a person typed goes to Microsoft's hosts or is not written (S11)."""
    check_listed(f"{ADMIN}#/partners/invitation/granularAdminRelationships/1", "x", CLOUDS["global"])
    with pytest.raises(ValueError, match="not Microsoft's"):
        check_listed("https://admin.rnicrosoft.com/x", "x", CLOUDS["global"])


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=5, unique=True).map(sorted),
    st.lists(st.integers(0, 90), min_size=1, max_size=30, unique=True).map(sorted),
)
def test_reminders_come_on_their_days_and_never_in_a_burst(days, looked_on):
    """Whenever somebody looks, each mail belongs to a day that came since the last one: never two at once (M35)."""
    settings = InvitationSettings(remind_after_days=tuple(days))
    sent: list[SentMail] = []
    for day in looked_on:
        now = START + timedelta(days=day)
        due = due_mail(settings, sent, now)
        if due is None:
            continue
        assert due.day == 0 if not sent else due.day in days
        assert due.day == 0 or sent[-1].at < sent[0].at + timedelta(days=due.day) <= now
        sent.append(SentMail(now, "mail server"))
        assert due_mail(settings, sent, now) is None
    assert len(sent) <= 1 + len(days)
    end = START + timedelta(days=200)
    assert next_reminder(settings, sent, end) is None
    assert is_escalated(settings, sent, end) is (due_mail(settings, sent, end) is None)


def test_a_daily_run_that_is_a_minute_early_reminds_on_the_day():
    """Days are UTC days: the hour of the first mail does not move a reminder to the day after (M35)."""
    settings = InvitationSettings()
    sent = [SentMail(START, "mail server")]
    early = START + timedelta(days=3, minutes=-1)
    assert due_mail(settings, sent, early - timedelta(days=1)) is None
    assert due_mail(settings, sent, early).day == 3
    gone = [*sent, SentMail(START + timedelta(days=14), "ana")]
    assert not is_escalated(settings, gone, START + timedelta(days=14, hours=1))
    assert is_escalated(settings, gone, START + timedelta(days=15, minutes=-1))


@pytest.mark.parametrize(
    "wrong", [{"remind_after_days": [7, 3]}, {"remind_after_days": [0]}, {"languages": []}, {"languages": ["../en"]}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    """Days in order, languages by their letters."""
    with pytest.raises(ValueError, match=r"remind_after_days|languages"):
        InvitationSettings(**wrong)


def test_a_language_without_a_mail_is_an_error(tmp_path):
    """What cannot be written is known before anything is called; a template of that language makes it good (exit 2)."""
    assert "no mail in 'pl'" in " ".join(InvitationSettings(languages=("en", "pl")).problems(tmp_path))
    (tmp_path / "pl.jinja").write_text('{% extends "packaged/en.jinja" %}', encoding="utf-8")
    assert InvitationSettings(languages=("en", "pl"), templates=".").problems(tmp_path) == []
    assert "is no folder" in " ".join(InvitationSettings(templates="nowhere").problems(tmp_path))
