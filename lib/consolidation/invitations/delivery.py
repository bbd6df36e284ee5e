"""Hands one mail to the mail server, once, and tells apart: taken, surely not taken, and not known (S3).

The dialogue is led step by step and not by one call of the library, because what matters is where it breaks off: until
the server has asked for the text nothing was sent; after that, only its answer tells (RFC 5321, 4.2.5 and 6.1).
"""

from __future__ import annotations

import re
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

from consolidation.errors import ConsolidationError
from consolidation.invitations.settings import MailServer

_SECONDS = 60.0
_GO_AHEAD, _TAKEN, _WILL_FORWARD = 354, 250, 251


class NotSent(ConsolidationError):
    """The mail server surely did not take the mail."""


class DeliveryUnknown(ConsolidationError):
    """The text went out and no answer came: whether the mail was taken is not known."""


def deliver(server: MailServer, folder: Path, mail: EmailMessage, recipient: str) -> str:
    """Send one mail and return the server's words of acceptance.

    Args:
        server: From the engagement.
        folder: Of the engagement file, for the file of trusted authorities.
        mail: Complete, with sender, date and message id.
        recipient: Exactly one address.

    Raises:
        NotSent: It was not sent; the message has the server's reason.
        DeliveryUnknown: It may have been sent: it is never sent again without a person.
        EngagementError: The password is missing.
    """
    known = server.sign_in()
    where = f"{server.host}:{server.port_used}"
    connection: smtplib.SMTP | None = None
    try:
        connection = _connect(server, folder)
        if known is not None:
            connection.login(*known)
        _announce(connection, server.sender, recipient)
    except smtplib.SMTPAuthenticationError as error:
        # Its text may repeat what was sent, the password among it (S10).
        _hang_up(connection)
        raise NotSent(
            f"The mail server {where} refused the sign-in ({error.smtp_code}).",
            next_step="Correct the user and password that mail_server.credentials names.",
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        _hang_up(connection)
        raise NotSent(
            f"The mail server {where} did not take the mail for {recipient}: {_words(error)}.",
            next_step="Correct the address in the customer list or mail_server in the engagement, and run again.",
        ) from error
    try:
        return _send_text(connection, where, mail)
    finally:
        _hang_up(connection)


def _connect(server: MailServer, folder: Path) -> smtplib.SMTP:
    trusted = ssl.create_default_context(cafile=str(folder / server.ca_bundle) if server.ca_bundle else None)
    # We name ourselves by the sender's domain: the computer's own name is nobody's business.
    ourselves = server.sender.rpartition("@")[2]
    if server.encryption == "tls":
        return smtplib.SMTP_SSL(server.host, server.port_used, ourselves, timeout=_SECONDS, context=trusted)
    connection = smtplib.SMTP(server.host, server.port_used, ourselves, timeout=_SECONDS)
    try:
        connection.starttls(context=trusted)
    except (OSError, smtplib.SMTPException):
        connection.close()
        raise
    return connection


def _announce(connection: smtplib.SMTP, sender: str, recipient: str) -> None:
    """Say from whom and to whom, until the server asks for the text."""
    connection.ehlo_or_helo_if_needed()
    if not connection.has_extn("8bitmime"):
        raise smtplib.SMTPNotSupportedError("it takes no mail in 8 bits (8BITMIME)")
    options = ["BODY=8BITMIME"]
    if not recipient.isascii():
        if not connection.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("it takes no address with such letters (SMTPUTF8)")
        options.append("SMTPUTF8")
    _expect(connection.mail(sender, options), _TAKEN)
    _expect(connection.rcpt(recipient), _TAKEN, _WILL_FORWARD)
    _expect(connection.docmd("DATA"), _GO_AHEAD)


def _expect(reply: tuple[int, bytes], *codes: int) -> None:
    if reply[0] not in codes:
        raise smtplib.SMTPResponseException(*reply)


def _send_text(connection: smtplib.SMTP, where: str, mail: EmailMessage) -> str:
    content = re.sub(rb"(?m)^\.", b"..", mail.as_bytes())
    try:
        connection.send(content.rstrip(b"\r\n") + b"\r\n.\r\n")
        code, words = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryUnknown(
            f"The mail server {where} had the text and did not answer: {_words(error)}.",
            next_step="Find out whether it arrived: ask the customer, or look the message id up in the server's log.",
        ) from error
    answer = f"{code} {words.decode('utf-8', 'replace')}"
    if code == _TAKEN:
        return answer
    if 400 <= code < 600:
        raise NotSent(f"The mail server {where} refused the text: {answer}.", next_step="Run again later.")
    raise DeliveryUnknown(
        f"The mail server {where} answered what cannot be understood: {answer}.",
        next_step="Find out whether the mail arrived before anything is sent again.",
    )


def _hang_up(connection: smtplib.SMTP | None) -> None:
    if connection is None:
        return
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        # The server has left already; what it said of the mail is known, and a farewell changes nothing in that.
        connection.close()


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return f"{error.smtp_code} {said}"
    return str(error) or type(error).__name__
