"""What an engagement says about its mails: languages, reminders, templates, and the server that sends them."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from consolidation.errors import EngagementError
from consolidation.invitations.languages import LANGUAGES
from partner_center.credentials import look_up

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _address(text: str) -> str:
    name, at, domain = text.strip().rpartition("@")
    if not (at and name and "." in domain and text.isascii() and text.isprintable()) or re.search(r"[\s<>,;@]", name):
        message = f"{text!r} is not one mail address"
        raise ValueError(message)
    return text.strip()


class MailServer(_Part):
    """The server that sends the mails; always encrypted, and its password is no part of any file (S10).

    `credentials: NAME` stands for the variables NAME_USER and NAME_PASSWORD, or those entries of the keyring; without
    it the server takes our mails unasked, as a relay inside a company does.
    """

    host: str = Field(min_length=1, pattern=r"^[^\s/@]+$")
    port: int | None = Field(default=None, ge=1, le=65535)
    encryption: Literal["starttls", "tls"] = "starttls"
    sender: Annotated[str, AfterValidator(_address)]
    credentials: str | None = None
    ca_bundle: str | None = None

    @property
    def port_used(self) -> int:
        """The port: the named one, else that of message submission (RFC 6409, RFC 8314)."""
        return self.port or {"starttls": 587, "tls": 465}[self.encryption]

    def sign_in(self) -> tuple[str, str] | None:
        """Look up user and password: environment variables first, then the keyring; None where none are named.

        Raises:
            EngagementError: They are named and one of them is missing.
        """
        if self.credentials is None:
            return None
        variables = [f"{self.credentials.upper()}_{part}" for part in ("USER", "PASSWORD")]
        user, password = (look_up(variable) for variable in variables)
        if not user or not password:
            raise EngagementError(
                [f"The mail server's {' and '.join(variables)} are neither in the environment nor in the keyring."],
                next_step="Set them, or take mail_server out of the engagement and send the mails by hand.",
            )
        return user, password


class InvitationSettings(_Part):
    """How customers are written to.

    Attributes:
        languages: Those that mails are written in; a customer with another one gets the first.
        remind_after_days: Days after the first mail on which a customer who has not accepted is written to again.
        templates: Folder of the partner's own templates, relative to the engagement file; None for the packaged ones.
        mail_server: Sends the mails; None where people send them.
    """

    languages: tuple[str, ...] = LANGUAGES
    remind_after_days: tuple[Annotated[int, Field(ge=1, le=365)], ...] = (3, 7, 14)
    templates: str | None = None
    mail_server: MailServer | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.languages or not all(_LANGUAGE.fullmatch(language) for language in self.languages):
            message = "languages: name at least one, each by its two letters, such as en"
            raise ValueError(message)
        if any(later <= earlier for earlier, later in pairwise(self.remind_after_days)):
            message = "remind_after_days: name each day once, the earliest first"
            raise ValueError(message)
        if self.mail_server and self.mail_server.credentials and not _NAME.fullmatch(self.mail_server.credentials):
            message = "mail_server.credentials: a name of letters, digits and _"
            raise ValueError(message)
        return self

    def problems(self, folder: Path) -> list[str]:
        """Return what is wrong with the files that the settings name, one sentence each.

        Args:
            folder: Folder of the engagement file.
        """
        # Jinja takes a while to load, and only who writes mails, or has templates of their own, needs it.
        problems = []
        bundle = self.mail_server.ca_bundle if self.mail_server else None
        if bundle and not (folder / bundle).is_file():
            problems.append(f"invitations.mail_server.ca_bundle: {folder / bundle} does not exist.")
        if self.templates and not (folder / self.templates).is_dir():
            return [*problems, f"invitations.templates: {folder / self.templates} is no folder."]
        if not self.templates:
            return problems + [
                f"invitations.languages: there is no mail in {language!r}; known: {', '.join(LANGUAGES)}. "
                "Write a template for it and name its folder as templates."
                for language in self.languages
                if language not in LANGUAGES
            ]
        from consolidation.invitations.wording import Wording

        return problems + Wording(folder / self.templates).problems(self.languages)
