"""In which language a customer's mail is written (M35)."""

from __future__ import annotations

import re
from typing import Final

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
