"""Sends a mail through the engagement's server: intention before, answer after, and never the same mail twice (S3)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import TYPE_CHECKING

from consolidation import interlocks
from consolidation.display import Box, Showable
from consolidation.errors import Held
from consolidation.front_end import someone_is_there
from consolidation.invitations.delivery import DeliveryUnknown, NotSent, deliver
from consolidation.invitations.record import (
    BY_SERVER,
    SEND_MAIL,
    due_mail,
    is_escalated,
    next_reminder,
    sent_mails,
    settle_mail,
)

if TYPE_CHECKING:
    from consolidation.case import Case
    from consolidation.invitations.drafts import Draft
    from consolidation.invitations.settings import MailServer


def send(case: Case, draft: Draft, server: MailServer) -> Showable:
    """Send the mail that the notebook has shown, once.

    The complete mail is in the archive, and its digest, message id and recipient are in the journal, before the server
    is asked. An answer that is lost holds the case for a person.

    Args:
        case: Whose customer is written to.
        draft: As shown.
        server: From the engagement.

    Raises:
        Held: An interlock says no, no address is known, the server did not take it, or what became of it is not known.
    """
    recipient = draft.recipient
    reasons = interlocks.ready_for_writes(case.journal)
    if not recipient:
        reasons.append("Nobody knows where to send the mail: put contact_email into the customer list, and run again.")
    if reasons:
        raise Held(reasons)
    case.journal.leases.take(case.customer)
    # Under the lease, which is the customer's: another case of it, or another runner, may have written meanwhile.
    now = case.target.server_time()
    if due_mail(case.engagement.invitations, sent_mails(case.journal, case.customer), now) is None:
        return Box("not_applicable", "This customer was written to meanwhile: nothing was sent.")
    mail = _complete(draft.mail, server, now)
    content = mail.as_bytes()
    path = case.archive.write_beside(case.folder / "mails" / f"sent-{draft.due.file}.eml", content)
    body = {
        "action": SEND_MAIL,
        "request_id": mail["Message-ID"],
        "correlation_id": mail["Message-ID"],
        "mail": draft.due.name,
        "to": recipient,
        "language": draft.language,
        "file": path.relative_to(case.archive.root).as_posix(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    # One row for all mails to a customer: while it is not known what became of one, none is sent.
    intention = case.journal.intend(case.chain, [SEND_MAIL], body, phase=case.phase, customer=case.customer)
    try:
        answer = deliver(server, case.engagement.folder, mail, recipient)
    except NotSent as error:
        case.journal.close_intention(intention, "refused", {"message": error.message})
        raise Held([str(error)]) from error
    except DeliveryUnknown as error:
        raise Held([str(error), _ask_a_person(str(mail["Message-ID"]), draft.due.name)]) from error
    done = {"how": BY_SERVER, "answer": answer, "answered_at": now.isoformat()}
    case.journal.close_intention(intention, "done", done)
    details = {"To": recipient, "Message-ID": str(mail["Message-ID"]), "Server": answer}
    return Box("done", f"The {draft.due.name} was sent.", details=details)


async def send_shown(case: Case, server: MailServer) -> Showable:
    """Send the mail that the notebook has shown; in JupyterLab only when the person says so.

    Args:
        case: Whose customer is written to.
        server: From the engagement.

    Raises:
        Held: See `send`.
    """
    if case.draft is None:
        return Box("held", "Nothing was sent: no mail was written. Run the cell that writes it.")
    if someone_is_there():
        # The form brings widgets along, which no headless run needs.
        from consolidation.forms import send_form

        if not await send_form(f"{case.draft.due.name} to {case.draft.recipient or 'nobody'}"):
            return Box("held", "Not sent: somebody chose to do it later.")
    return send(case, case.draft, server)


def standing(case: Case, *, related: bool) -> list[str]:
    """Return what holds a case because nobody knows whether a mail went; settles it where that has become known."""
    unanswered = settle_mail(case.journal, case.customer, related=related)
    if unanswered is None:
        return []
    return [_ask_a_person(str(unanswered.entry.body["request_id"]), str(unanswered.entry.body["mail"]))]


def progress_in_words(case: Case, now: datetime) -> str:
    """Say when the customer was written to and what comes next; empty when it never was.

    Args:
        case: Whose customer.
        now: Partner Center's time, UTC.
    """
    settings, sent = case.engagement.invitations, sent_mails(case.journal, case.customer)
    if not sent:
        return ""
    said = f"Written to on {sent[0].at:%Y-%m-%d}" + (f", last on {sent[-1].at:%Y-%m-%d}" if len(sent) > 1 else "")
    if is_escalated(settings, sent, now):
        return f"{said}: no reminder is left. Ring the customer; most often the mail never reached a Global admin."
    coming = next_reminder(settings, sent, now)
    return f"{said}; the next reminder is due on {coming:%Y-%m-%d}." if coming else f"{said}."


def _complete(draft: EmailMessage, server: MailServer, now: datetime) -> EmailMessage:
    """Return the draft with what makes it a mail; the draft itself stays a draft."""
    mail = BytesParser(_class=EmailMessage, policy=SMTP).parsebytes(draft.as_bytes())
    del mail["X-Unsent"]
    mail["From"] = server.sender
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2])
    return mail


def _ask_a_person(message_id: str, name: str) -> str:
    return (
        f"Whether the {name} with the message id {message_id} went is not known, and it is not sent again by itself: "
        "find out whether it arrived, send it by hand if it did not, then confirm the step mail_sent."
    )
