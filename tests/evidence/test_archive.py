"""Evidence files are written once, whole, under names that last."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from evidence.sealed import ADATUM, NOON, SOURCE

from consolidation.evidence.archive import Archive, notebook_phase
from consolidation.evidence.errors import ArchiveError


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive without files."""
    return Archive(tmp_path / "archive" / "contoso-europe")


def test_an_evidence_file_is_never_replaced(archive: Archive) -> None:
    """M32: a second file of the same name is refused, and the first one stays as it was."""
    archive.write(Path("engagement/exports/customers.csv"), "first")
    with pytest.raises(ArchiveError, match="never replaced"):
        archive.write(Path("engagement/exports/customers.csv"), "second")
    assert (archive.root / "engagement/exports/customers.csv").read_text() == "first"


def test_a_file_is_whole_or_not_there(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """M29: a program that stops while it writes leaves nothing in the archive, neither half a file nor a stray one."""

    def power_cut(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", power_cut)
    with pytest.raises(KeyboardInterrupt):
        archive.write(Path("engagement/half.txt"), "x" * 10_000)
    assert list(archive.files()) == []


def test_a_full_disk_is_said_in_one_sentence(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """M29: what the operating system refuses becomes one sentence with the next step."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArchiveError, match="No space left on device"):
        archive.write(Path("engagement/half.txt"), "x")


def test_a_disk_without_second_names_takes_files_too(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """M32: where files cannot have two names (exFAT), files are written and still never replaced."""

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert archive.write(Path("engagement/a.txt"), "first").read_text() == "first"
    with pytest.raises(ArchiveError, match="never replaced"):
        archive.write(Path("engagement/a.txt"), "second")


@pytest.mark.parametrize("path", ["../outside.txt", "/etc/passwd", "engagement/../../x", "engagement/nul.txt", "", "."])
def test_no_file_leaves_the_archive(archive: Archive, path: str) -> None:
    """S11: a path that leads out of the archive, or that Windows would read as a device, is refused."""
    with pytest.raises(ArchiveError):
        archive.write(Path(path), "x")


def test_a_link_does_not_lead_evidence_out_of_the_archive(archive: Archive, tmp_path: Path) -> None:
    """S11: a link planted in the archive is not written through."""
    archive.write(Path("engagement/a.txt"), "x")
    (archive.root / "engagement" / "exports").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(ArchiveError, match="leads out"):
        archive.write(Path("engagement/exports/b.txt"), "x")


def test_reruns_are_kept_side_by_side(archive: Archive) -> None:
    """M32: two executions in one second and two exports of one name lie beside each other, the second with -2."""
    folder = archive.engagement_folder()
    first = archive.write(archive.notebook_path(folder, "00_connect", NOON), "{}")
    archive.write(first.with_suffix(".html"), "page")
    again = archive.notebook_path(folder, "00_connect", NOON)
    exports = [archive.write_beside(folder / "exports" / "customers.csv", text).name for text in ("a", "b", "c")]
    assert first.name == "00_connect-20261122T120000Z.ipynb"
    assert again.name == "00_connect-20261122T120000Z-2.ipynb"
    assert {notebook_phase(first.name), notebook_phase(again.name)} == {"00_connect"}
    assert exports == ["customers.csv", "customers-2.csv", "customers-3.csv"]


def test_times_in_names_are_utc(archive: Archive) -> None:
    """M12: a time with another zone is shown in UTC, and one without a zone is refused."""
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))
    assert archive.notebook_path(archive.root, "00_connect", berlin).name == "00_connect-20261122T120000Z.ipynb"
    with pytest.raises(ArchiveError, match="zone"):
        archive.notebook_path(archive.root, "00_connect", datetime(2026, 11, 22))  # noqa: DTZ001 - this is the case


def test_a_renamed_company_keeps_its_folder(archive: Archive) -> None:
    """M32: the customer tenant id decides which folder a case has; a new company name does not open a second one."""
    before = archive.case_folder(SOURCE, ADATUM, "Adatum GmbH")
    archive.write(before / "mails" / "invitation.eml", "x")
    assert archive.case_folder(SOURCE, ADATUM.upper(), "Adatum Europe SE") == before
    assert before.relative_to(archive.root).as_posix() == f"{SOURCE}/Adatum-GmbH_{ADATUM}"


@pytest.mark.parametrize("customer", ["", "../x", "a b", "a_b", "-", "x" * 65])
def test_what_is_no_tenant_id_has_no_folder(archive: Archive, customer: str) -> None:
    """S11: a customer id that is none never becomes a part of a path."""
    with pytest.raises(ArchiveError):
        archive.case_folder(SOURCE, customer, "Adatum")


def test_two_runs_that_want_one_name_both_have_their_file(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """M32: another run may take a name between the look and the writing; then the next number is taken."""
    folder = archive.engagement_folder()
    whatever, taken = Archive.write, []

    def another_was_faster(self: Archive, path: Path, content: bytes | str) -> Path:
        if not taken and path.suffix in {".ipynb", ".csv"}:
            taken.append(whatever(self, path, "the other run's"))
        return whatever(self, path, content)

    monkeypatch.setattr(Archive, "write", another_was_faster)
    ours = archive.write_notebook(folder, "00_connect", NOON, "ours", "our page")
    assert taken[0].read_text() == "the other run's"
    assert (ours.name, ours.read_text()) == ("00_connect-20261122T120000Z-2.ipynb", "ours")
    assert ours.with_suffix(".html").read_text() == "our page"
    taken.clear()
    listed = archive.write_beside(folder / "exports" / "customers.csv", "ours")
    assert (listed.name, listed.read_text()) == ("customers-2.csv", "ours")
