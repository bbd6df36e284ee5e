"""A real mail server on this computer, with TLS and a sign-in, for the campaign's tests."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "campaign", "correct horse battery staple"
SENDER = "onboarding@contoso.example"


@dataclass
class Mailbox:
    """What the server took, and how it behaves.

    Attributes:
        taken: The mails, as bytes, in the order in which they came.
        answers: What it says to the next texts, one each; `hang up` takes the text and never answers.
        refused: Addresses that it does not take.
    """

    ca: Path
    port: int
    taken: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or not."""
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take the text and answer."""
        answer = self.answers.pop(0) if self.answers else "250 queued"
        if answer.startswith("250") or answer == "hang up":
            self.taken.append(envelope.content)
            self.recipients += envelope.rcpt_tos
        if answer == "hang up":
            server.transport.abort()
        return answer

    def authenticate(self, _server, _session, _envelope, mechanism: str, data: LoginPassword) -> AuthResult:
        """Know one user."""
        good = mechanism in {"PLAIN", "LOGIN"} and data == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=good)

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails as a mail program reads them."""
        return [message_from_bytes(content, policy=default) for content in self.taken]

    def settings(self, **changes: object) -> dict[str, object]:
        """`mail_server` of an engagement that uses this server."""
        settings = {"host": "localhost", "port": self.port, "sender": SENDER, "credentials": "TEST_MAIL"}
        return {**settings, "ca_bundle": str(self.ca), **changes}


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server with STARTTLS and a sign-in, whose password is in the environment."""
    monkeypatch.setenv("TEST_MAIL_USER", USER)
    monkeypatch.setenv("TEST_MAIL_PASSWORD", PASSWORD)
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    ca = tmp_path / "mail-ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Mailbox(ca, port)
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=box.authenticate,
        decode_data=False,
    )
    controller.start()
    yield box
    controller.stop()
