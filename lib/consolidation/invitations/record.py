"""What the journal knows of the mails to a customer, and which one is due: invitation, reminder, or a call (M35).

A customer with cases under two sources is one customer: it gets one invitation, whichever case wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from consolidation.confirmations import confirmation
from consolidation.invitations.settings import InvitationSettings
from consolidation.journal import Entry, Intention, Journal

SEND_MAIL = "send_mail"
"""The action of a mail in the journal."""

BY_SERVER = "mail server"
"""How a mail went that we sent; any other was confirmed by a person."""


@dataclass(frozen=True)
class SentMail:
    """One mail that went to a customer.

    Attributes:
        at: When it was sent, or when a person confirmed it: UTC, by Partner Center's clock.
        how: `mail server`, or who confirmed it.
    """

    at: datetime
    how: str


@dataclass(frozen=True)
class DueMail:
    """A mail that should go now.

    Attributes:
        day: The day of the campaign that it belongs to, 0 for the invitation.
    """

    day: int

    @property
    def name(self) -> str:
        """Its name in words: `invitation`, or `reminder of day 7`."""
        return f"reminder of day {self.day}" if self.day else "invitation"

    @property
    def file(self) -> str:
        """The beginning of its file's name."""
        return f"reminder-day-{self.day}" if self.day else "invitation"


def sent_mails(journal: Journal, customer: str) -> list[SentMail]:
    """Return the mails that went to a customer, the first one first, from all of its cases.

    Args:
        journal: The engagement's journal.
        customer: Customer tenant id.
    """
    found = [mail for chain in journal.every.of_customer(customer) for mail in mails_of(journal, chain)]
    return sorted(found, key=lambda mail: mail.at)


def mails_of(journal: Journal, chain: str) -> list[SentMail]:
    """Return the mails that went to a customer for one of its cases, in the order of the journal."""
    found = []
    for entry in journal.entries(chain, kinds={"done", "confirmed"}):
        body = entry.body
        if entry.kind == "confirmed" and body["step"] == "mail_sent":
            found.append(SentMail(_by_partner_center(journal, entry), str(body["by"])))
        elif entry.kind == "done" and body["action"] == SEND_MAIL and body["how"] == BY_SERVER:
            found.append(SentMail(datetime.fromisoformat(body["answered_at"]), BY_SERVER))
    return found


def _by_partner_center(journal: Journal, entry: Entry) -> datetime:
    """Return when an entry was written by Partner Center's clock: as it told last before, and what passed since.

    Our clock measures durations only; where Partner Center never told the time, there is no other.
    """
    written = datetime.fromisoformat(entry.at)
    for earlier in reversed(journal.entries(entry.chain, kinds={"observed", "verified", "done"})):
        told = _told(earlier) if earlier.number < entry.number else ""
        if told:
            passed = written - datetime.fromisoformat(earlier.at)
            return datetime.fromisoformat(told) + max(passed, timedelta(0))
    return written


def _told(entry: Entry) -> str:
    body = entry.body
    sides = [str(body[side]["read_at"]) for side in ("source", "target") if side in body]
    return max([*sides, str(body.get("read_at") or ""), str(body.get("answered_at") or "")])


def due_mail(settings: InvitationSettings, sent: Sequence[SentMail], now: datetime) -> DueMail | None:
    """Return the mail that is due now, or None.

    A reminder is due when one of the engagement's days has come since the last mail: after a long pause one mail goes,
    not all that were missed. Days are UTC days: a run at the same hour each day must not come a minute too early.

    Args:
        settings: With the days.
        sent: The mails that went, the first one first.
        now: Partner Center's time, UTC.
    """
    if not sent:
        return DueMail(0)
    first, last = sent[0].at.date(), sent[-1].at.date()
    come = [day for day in settings.remind_after_days if last < first + timedelta(days=day) <= now.date()]
    return DueMail(come[-1]) if come else None


def next_reminder(settings: InvitationSettings, sent: Sequence[SentMail], now: datetime) -> date | None:
    """Return the UTC day on which the next reminder becomes due; None when there is none to come."""
    days = [sent[0].at.date() + timedelta(days=day) for day in settings.remind_after_days] if sent else []
    return next((day for day in days if day > now.date()), None)


def is_escalated(settings: InvitationSettings, sent: Sequence[SentMail], now: datetime) -> bool:
    """Tell whether writing is over: the last reminder went on an earlier day, and there was no acceptance."""
    if not sent or not settings.remind_after_days or due_mail(settings, sent, now) is not None:
        return False
    over = sent[0].at.date() + timedelta(days=settings.remind_after_days[-1])
    return now.date() > max(over, sent[-1].at.date())


def unanswered_mail(journal: Journal, customer: str) -> Intention | None:
    """Return the mail of which nobody knows whether it went, or None."""
    found = (unanswered_mail_of(journal, chain) for chain in journal.every.of_customer(customer))
    return next((intention for intention in found if intention is not None), None)


def unanswered_mail_of(journal: Journal, chain: str) -> Intention | None:
    """Return the mail of one case of which nobody knows whether it went, or None."""
    return next((each for each in journal.open_intentions(chain) if each.action == SEND_MAIL), None)


def settle_mail(journal: Journal, customer: str, *, related: bool) -> Intention | None:
    """Settle a mail without answer by what is known since; return it where only a person can say.

    It is never sent again by itself. Somebody who confirms `mail_sent` has seen it arrive, or has sent it by hand; and
    a customer that has accepted needs it no more.

    Args:
        journal: The engagement's journal.
        customer: Customer tenant id.
        related: Whether the customer stands under the target.
    """
    unanswered = unanswered_mail(journal, customer)
    if unanswered is None:
        return None
    words = [confirmation(journal, chain, "mail_sent") for chain in journal.every.of_customer(customer)]
    # Another case's word has its own numbers: there the clock decides.
    later = [
        word
        for word in words
        if word is not None
        and (
            word.number > unanswered.entry.number
            if word.chain == unanswered.entry.chain
            else word.at > unanswered.entry.at
        )
    ]
    if later:
        journal.close_intention(unanswered, "done", {"how": f"confirmed by {later[0].body['by']}"})
    elif related:
        body = {"how": "never known: the customer has accepted meanwhile"}
        journal.close_intention(unanswered, "done", body)
    else:
        return unanswered
    return None
