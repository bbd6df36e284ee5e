"""Names in the archive are safe wherever it is copied to."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consolidation.evidence.errors import ArchiveError
from consolidation.evidence.names import chain_of_folder, require_portable, slug, source_folder_name

HOSTILE = ["../../etc/passwd", 'Quote" & Co.', "شركة المثال", "<script>alert(1)</script>", "", "...", "a\x00b",
           "\u202egnp.exe", "CON", "com1", "LPT¹", "nul.", "-rf", "x" * 500, "Ünïcode ß Łódź", "trailing. . .",
           "\ud800"]  # fmt: skip


@given(st.one_of(st.text(), st.sampled_from(HOSTILE)))
def test_any_company_name_becomes_a_harmless_slug(company: str) -> None:
    """S11: a slug has 1 to 30 ASCII letters, digits and hyphens and every operating system takes it as a name."""
    made = slug(company)
    assert re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,28}[A-Za-z0-9])?", made)
    assert require_portable(made) == made


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        ("Adatum GmbH & Co. KG", "Adatum-GmbH-Co-KG"),
        ("../../etc/passwd", "etc-passwd"),
        ("شركة المثال", "customer"),
        ("<script>", "script"),
        ("CON", "customer-CON"),
        ("Straße Łódź", "Strasse-Lodz"),
    ],
)
def test_a_slug_can_be_recognised(company: str, expected: str) -> None:
    """S11: what can be kept of a company's name is kept."""
    assert slug(company) == expected


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "a:b", "dot.", "-x", "nul.txt", "é", "a" * 121]
)
def test_a_name_that_some_system_refuses_is_refused_at_once(name: str) -> None:
    """S11: a name that Windows, macOS or Linux would refuse or read differently never gets into the archive."""
    with pytest.raises(ArchiveError):
        require_portable(name)


@pytest.mark.parametrize("source", ["contoso-france", "engagement", "con", "0"])
def test_folder_and_chain_of_a_case_belong_together(source: str) -> None:
    """M32: from the folder of a case follows the one chain whose segments may lie there."""
    folder = f"{source_folder_name(source)}/Adatum_3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
    assert chain_of_folder(folder) == f"case/{source}/3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
    assert not folder.startswith(("engagement/", "con/"))


@pytest.mark.parametrize("folder", ["", "contoso", "contoso/Adatum", "contoso/Adatum_x/notebooks", "contoso/Adatum_"])
def test_no_chain_belongs_anywhere_else(folder: str) -> None:
    """M32: a segment in any other folder cannot pass for a part of the journal."""
    assert chain_of_folder(folder) is None
