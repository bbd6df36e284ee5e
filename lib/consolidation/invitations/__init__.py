"""The mail that asks a customer to accept the reseller relationship (M6, M7)."""

from consolidation.invitations.mail import LANGUAGES, build_invitation, mail_language

__all__ = ["LANGUAGES", "build_invitation", "mail_language"]
