"""The text on rights in Azure, in each language in which a customer may be written to (M24, M35)."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from consolidation.invitations.languages import LANGUAGES
from consolidation.plan import PlanRow
from consolidation.transfers.role_assignments import AZURE_KINDS, written

HOSTILE = "{{ 7 * 7 }} {target} <b>Söhne</b>"
NAMES = {
    "company": HOSTILE,
    "source": "Contoso France SARL",
    "source_tenant": "5a1f0c3e-1111-4a6b-9c2d-000000000f0a",
    "target": "Contoso Europe SE",
    "target_tenant": "5a1f0c3e-3333-4a6b-9c2d-00000000e00a",
}


def rows(*kinds: str) -> list[PlanRow]:
    """Return rows of these kinds; the text needs no more of them than this."""
    made = [SimpleNamespace(product=f"A {kind}", kind=kind, subscription=f"id-{kind[0]}") for kind in kinds]
    return cast("list[PlanRow]", made)


def commands(text: str) -> list[str]:
    """Return the lines that are to be typed."""
    return [line for line in text.splitlines() if line.startswith(("   New-", "   az "))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_is_said_in_every_language(language: str) -> None:
    """M24, M35: each language names both partners with their tenants, each row, and the same commands to type."""
    text, english = written(language, NAMES, rows(*sorted(AZURE_KINDS))), written("en", NAMES, rows(*AZURE_KINDS))
    for words in (*NAMES.values(), "New-AzRoleAssignment", "az role assignment list", "AdminAgents", "Lighthouse"):
        assert text.count(words) == pytest.approx(english.count(words), abs=1), words
        assert words in text
    assert commands(text) == commands(english)
    assert len(commands(text)) == 2
    assert re.findall(r"(?m)^(\d)\.", text) == ["1", "2", "3", "4", "5"]
    assert text.splitlines()[0].startswith("Azure ")  # nothing stands before the title
    assert len(text.split("\n\n")) == len(english.split("\n\n"))
    assert all(f"id-{kind[0]}" in text for kind in AZURE_KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reservations_are_told_of_where_there_are_some(language: str) -> None:
    """M24: what holds for reservations and savings plans alone is not said to a customer without any."""
    plain, more = (
        written(language, NAMES, rows("Azure plan")),
        written(language, NAMES, rows("Azure plan", "reservation")),
    )
    assert len(more.split("\n\n")) == len(plain.split("\n\n")) + 1


def test_languages_differ() -> None:
    """M35: no language is another one's text."""
    texts: list[Any] = [written(language, NAMES, rows("Azure plan")) for language in LANGUAGES]
    assert len(set(texts)) == len(LANGUAGES)
