"""Where a SQLite file may lie: on a disk of this computer, for elsewhere its locks do not hold, as far as that shows.

Source: "How To Corrupt An SQLite Database File" and "Write-Ahead Logging" of SQLite: WAL does not work over a network
file system, and a copy that a service makes or puts back in the middle of a transaction is not the database.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

# How the folders begin; macOS keeps most under Library/CloudStorage, iCloud's under Library/Mobile Documents.
_SYNCHRONISED = (
    "onedrive",
    "dropbox",
    "google drive",
    "googledrive",
    "my drive",
    "icloud",
    "nextcloud",
    "cloudstorage",
    "mobile documents",
)

# File systems of other computers, as Linux and macOS call them; the shares of virtual machines have the same trouble.
# Not 9p: some containers have their whole disk on it.
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|afpfs|webdav|davfs|afs|ceph|glusterfs|lustre|vboxsf|vmhgfs"
    r"|fuse\.(?:sshfs|rclone|vmhgfs-fuse|google-drive-ocamlfuse|onedriver|davfs2?|glusterfs|s3fs|gcsfuse)",
    re.IGNORECASE,
)

_DRIVE_REMOTE = 4  # what Windows' GetDriveType says of a network drive


def shared_folder(path: Path) -> bool:
    """Tell whether a file would lie on a network or in a synchronised folder, as far as that can be seen."""
    if str(path).startswith(("\\\\", "//")):
        return True
    places = (path, path.resolve())  # a link may lead there
    parts = {part.casefold() for place in places for part in place.parts}
    if any(part.startswith(name) for part in parts for name in _SYNCHRONISED):
        return True
    if sys.platform == "win32":
        return _is_network_drive(places[1])
    return on_network_mount(PurePosixPath(places[1]), _mounts())


def on_network_mount(path: PurePosixPath, mounts: Iterable[tuple[str, str]]) -> bool:
    """Tell whether the innermost mount that holds a path is another computer's.

    Args:
        path: Absolute.
        mounts: Mount point and type of file system of each, the later hiding the earlier.
    """
    depth, innermost = 0, ""
    for point, kind in mounts:
        if path.is_relative_to(point) and len(PurePosixPath(point).parts) >= depth:
            depth, innermost = len(PurePosixPath(point).parts), kind
    return _NETWORK.fullmatch(innermost) is not None


def _mounts() -> list[tuple[str, str]]:
    """Return mount point and type of each file system; empty where this system does not tell."""
    table = Path("/proc/self/mounts")
    if table.exists():
        lines = table.read_text(encoding="utf-8", errors="replace").splitlines()
        return [(_unescaped(fields[1]), fields[2]) for line in lines if len(fields := line.split(" ")) > 2]
    if sys.platform == "darwin":
        return mounts_of_macos(subprocess.run(["/sbin/mount"], check=False, capture_output=True, text=True).stdout)
    return []


def mounts_of_macos(printed: str) -> list[tuple[str, str]]:
    """Read what macOS's `mount` prints: `//ana@server/share on /Volumes/share (smbfs, nodev)`."""
    return [(found[1], found[2]) for found in re.finditer(r"^.+? on (.+) \((\w+)[,)]", printed, re.MULTILINE)]


def _unescaped(field: str) -> str:
    r"""Return a field of the mount table as it is; blanks stand there as `\040`."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)


def _is_network_drive(path: Path) -> bool:
    import ctypes

    windows = getattr(ctypes, "windll")  # noqa: B009 - there on Windows alone, and type checkers look from elsewhere
    return bool(windows.kernel32.GetDriveTypeW(path.anchor) == _DRIVE_REMOTE)
