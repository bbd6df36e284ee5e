"""Where a SQLite journal may lie: on a disk of this computer, as far as the system tells."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from consolidation.errors import JournalError
from consolidation.journal import Journal, location

LINUX = (("/", "ext4"), ("/mnt/share", "cifs"), ("/mnt/share/disk", "ext4"), ("/shared/ana", "nfs4"), ("/boot", "vfat"))


@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/srv/journal.db", False),
        ("/mnt/share/contoso/journal.db", True),
        ("/mnt/share/disk/journal.db", False),
        ("/mnt/shared/journal.db", False),
        ("/shared/ana/journal.db", True),
        ("/shared/anabel/journal.db", False),
    ],
)
def test_the_innermost_mount_decides(path: str, *, network: bool) -> None:
    """A file is on the network when the mount that holds it is, not one whose name is alike or lies around it."""
    assert location.on_network_mount(PurePosixPath(path), LINUX) is network


def test_a_mount_over_a_mount_hides_it() -> None:
    """Of two mounts at one place the later one counts."""
    assert location.on_network_mount(PurePosixPath("/data/x"), (("/data", "ext4"), ("/data", "fuse.sshfs")))
    assert not location.on_network_mount(PurePosixPath("/data/x"), (("/data", "nfs"), ("/data", "xfs")))


def test_what_macos_prints_is_read() -> None:
    """On macOS a share shows in what `mount` prints, with blanks and parentheses in its name."""
    printed = (
        "/dev/disk3s1 on / (apfs, local, journaled)\n"
        "//ana@server/Team%20(EU) on /Volumes/Team (EU) (smbfs, nodev, nosuid, mounted by ana)\n"
    )
    mounts = location.mounts_of_macos(printed)
    assert mounts == [("/", "apfs"), ("/Volumes/Team (EU)", "smbfs")]
    assert location.on_network_mount(PurePosixPath("/Volumes/Team (EU)/journal.db"), mounts)


def test_a_journal_on_a_network_mount_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SQLite journal on a mounted share is refused before anything is made there."""
    monkeypatch.setattr(location, "_mounts", lambda: [("/", "ext4"), (str(tmp_path.resolve()), "nfs")])
    with pytest.raises(JournalError, match=r"network or synchronised folder.*local disk, or use PostgreSQL"):
        Journal(f"sqlite:///{tmp_path / 'made' / 'journal.db'}")
    assert not (tmp_path / "made").exists()


def test_a_link_into_a_synchronised_folder_is_refused(tmp_path: Path) -> None:
    """A link does not hide where a file really lies."""
    (tmp_path / "OneDrive - Contoso").mkdir()
    (tmp_path / "plain").symlink_to(tmp_path / "OneDrive - Contoso")
    with pytest.raises(JournalError, match="synchronised folder"):
        Journal(f"sqlite:///{tmp_path / 'plain' / 'journal.db'}")


def test_this_computers_mounts_are_read(tmp_path: Path) -> None:
    """The mounts of this computer are seen, blanks in their names too, and its own disk is none of the network."""
    assert location.on_network_mount(PurePosixPath("/a b/c"), [(location._unescaped(r"/a\040b"), "nfs")])
    assert not location.shared_folder(tmp_path / "journal.db")
