"""In which language a customer's mail is written (M35)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from consolidation.case import Case
    from partner_center.models import BillingProfile

LANGUAGES: Final = ("en", "fr", "de", "es", "it", "nl")
"""Languages in which a complete mail is packaged."""


def mail_language(language: str | None, languages: tuple[str, ...] = LANGUAGES) -> str:
    """Return the language in which a customer's mail is written: `fr` for `fr-CA`, the first one for one that we lack.

    Args:
        language: The customer's language or culture, as a list or Partner Center has it.
        languages: Those that the engagement writes in.
    """
    primary = re.split(r"[-_]", (language or "").strip().lower())[0]
    return primary if primary in languages else languages[0]


def customer_language(case: Case, profile: BillingProfile) -> str:
    """Return the language or culture of a customer: that of the list, else of its billing profile in the source."""
    return (case.listed.language if case.listed else "") or profile.language or profile.culture
