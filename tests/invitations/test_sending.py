"""Rules of sending: a real mail server over TLS, the simulator, and the notebook's own cells."""

from __future__ import annotations

import hashlib
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from world import ALPINE, FABRIKAM, NORTHWIND, World, engagement_text

from consolidation.agenda import Agenda
from consolidation.invitations.delivery import NotSent, deliver
from consolidation.invitations.mail import build_invitation
from consolidation.invitations.record import sent_mails, unanswered_mail
from consolidation.invitations.settings import MailServer

DAY = 24 * 3600


@pytest.fixture
def campaign(world: World, mailbox) -> World:
    """The world, with everybody prepared and a mail server in the engagement."""
    world.path.write_text(
        engagement_text(world.server, invitations={"mail_server": mailbox.settings()}), encoding="utf-8"
    )
    world.prepare_all()
    return world


def days_pass(world: World, days: float) -> None:
    """Move the simulator's clock."""
    world.control("POST", "clock", {"advance_seconds": days * DAY})


def is_due(world: World, customer: str) -> bool:
    """Whether a run would start 02_invite of this customer now."""
    agenda = Agenda(world.engagement, world.journal, world.clients, ())
    case = world.case(customer)
    # A run archives what it has executed; these cells were executed by hand.
    return agenda._news(case, "02_invite") or agenda._has_changed(case, "02_invite")


def entries(world: World, customer: str, kind: str) -> list[dict]:
    """The bodies of a case's entries about mails."""
    found = world.journal.entries(world.case(customer).chain, kinds={kind})
    return [entry.body for entry in found if entry.body.get("action") == "send_mail"]


def test_the_campaign_is_played_over_three_weeks(campaign, mailbox):
    """Invited, reminded on the engagement's days and no other, then a call; who accepts is written to no more (M35)."""
    written = []
    looked_on = (0, 1, 3, 4, 7, 13, 14, 15, 21)
    for day, before in zip(looked_on, (0, *looked_on), strict=False):
        days_pass(campaign, day - before)
        if day == 0 or is_due(campaign, ALPINE):
            campaign.run("02_invite", ALPINE)
            written.append(day)
    assert written == [0, 3, 7, 14]
    assert len(mailbox.taken) == 4
    first, *reminders = mailbox.mails
    assert all(mail["Subject"] != first["Subject"] for mail in reminders)
    begun = parsedate_to_datetime(first["Date"])
    assert [(parsedate_to_datetime(mail["Date"]) - begun).days for mail in reminders] == [3, 7, 14]
    campaign.run("02_invite", ALPINE)
    outcome = campaign.outcome("02_invite", ALPINE)
    assert outcome.outcome == "waiting"
    assert "no reminder is left" in " ".join(outcome.reasons)
    assert outcome.since == sent_mails(campaign.journal, campaign.case(ALPINE).customer)[0].at.isoformat()
    campaign.accept(ALPINE)
    assert is_due(campaign, ALPINE)
    campaign.run("02_invite", ALPINE)
    assert campaign.outcome("02_invite", ALPINE).outcome == "done"
    assert len(mailbox.taken) == 4


def test_what_was_sent_is_evidence(campaign, mailbox):
    """What the server took is in the archive, its digest in the journal, and the password nowhere (S10)."""
    shown = campaign.run("02_invite", FABRIKAM).shown
    (intended,), (done,) = entries(campaign, FABRIKAM, "intended"), entries(campaign, FABRIKAM, "done")
    archived = (campaign.engagement.archive_folder / intended["file"]).read_bytes()
    assert archived.replace(b"\r\n", b"\n").strip() == mailbox.taken[0].replace(b"\r\n", b"\n").strip()
    assert intended["sha256"] == hashlib.sha256(archived).hexdigest()
    assert intended["to"] == mailbox.recipients[0] == mailbox.mails[0]["To"]
    assert (intended["language"], done["answer"]) == ("fr", "250 queued")
    assert mailbox.mails[0]["X-Unsent"] is None
    everything = "".join(map(repr, shown)) + "".join(
        path.read_bytes().decode("latin-1") for path in campaign.path.parent.rglob("*") if path.is_file()
    )
    assert "correct horse" not in everything


def test_a_lost_answer_holds_for_a_person(campaign, mailbox):
    """After the text went and no answer came the mail is not sent again; a person's word goes on from there (S3)."""
    mailbox.answers = ["hang up"]
    for _ in range(2):
        campaign.run("02_invite", FABRIKAM)
        outcome = campaign.outcome("02_invite", FABRIKAM)
        assert outcome.outcome == "held"
        assert "not sent again by itself" in " ".join(outcome.reasons)
    assert len(mailbox.taken) == 1
    record = {"step": "mail_sent", "by": "ana", "how": "command line", "ticket": "", "facts": {}}
    campaign.journal.append(campaign.case(FABRIKAM).chain, "confirmed", record)
    campaign.run("02_invite", FABRIKAM)
    assert campaign.outcome("02_invite", FABRIKAM).outcome == "waiting"
    assert unanswered_mail(campaign.journal, campaign.case(FABRIKAM).customer) is None
    assert len(mailbox.taken) == 1
    # A customer that has accepted needs no mail: nothing is held for it any more.
    mailbox.answers = ["hang up"]
    campaign.run("02_invite", NORTHWIND)
    campaign.accept(NORTHWIND)
    campaign.run("02_invite", NORTHWIND)
    assert campaign.outcome("02_invite", NORTHWIND).outcome == "done"
    assert "never known" in entries(campaign, NORTHWIND, "done")[-1]["how"]
    # What the server refused was surely not sent: it goes with the next run.
    mailbox.answers = ["451 try later", "250 queued"]
    campaign.run("02_invite", ALPINE)
    assert "451 try later" in " ".join(campaign.outcome("02_invite", ALPINE).reasons)
    assert [body["message"] for body in entries(campaign, ALPINE, "refused")]
    campaign.run("02_invite", ALPINE)
    assert campaign.outcome("02_invite", ALPINE).outcome == "waiting"
    assert len(mailbox.taken) == 3


def mail():
    """A mail to send."""
    tenant = "7c2d9a44-0f3b-4a0f-8d52-9b1e4f6a2002"
    link = f"https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId={tenant}"
    built = build_invitation(
        customer_id="x",
        company=".\n.",
        domain="d.example",
        partner_name="P",
        link=link,
        target_tenant=tenant,
        language="fr",
        contact_email="it@d.example",
        sender_name=".",
        agreement_needed=True,
        gdap_link=None,
    )
    built["From"] = "onboarding@contoso.example"
    return built


@pytest.mark.parametrize(
    ("changes", "password", "complaint"),
    [
        ({}, "mistaken-password", r"refused the sign-in \(535\)"),
        ({"ca_bundle": None}, None, "certificate"),
        ({"port": 1}, None, "refused"),
        ({"encryption": "tls"}, None, "did not take"),
    ],
)
def test_no_mail_leaves_over_a_door_that_is_not_ours(mailbox, monkeypatch, changes, password, complaint):
    """Without a good certificate, TLS and sign-in nothing is sent, and no message repeats the password (S10)."""
    if password:
        monkeypatch.setenv("TEST_MAIL_PASSWORD", password)
    with pytest.raises(NotSent, match=f"(?i){complaint}") as refused:
        deliver(MailServer(**mailbox.settings(**changes)), Path(), mail(), "it@d.example")
    assert "mistaken-password" not in str(refused.value)
    assert mailbox.taken == []


def test_the_mail_arrives_byte_for_byte(mailbox):
    """What is sent is what arrives, lines that begin with a dot included; an unknown address is named."""
    sent = mail()
    assert deliver(MailServer(**mailbox.settings()), Path(), sent, "it@d.example") == "250 queued"
    assert mailbox.taken[0].rstrip() == sent.as_bytes().rstrip()
    mailbox.refused = {"nobody@d.example"}
    with pytest.raises(NotSent, match=r"550 5\.1\.1 no such mailbox"):
        deliver(MailServer(**mailbox.settings()), Path(), sent, "nobody@d.example")
