"""The archive of one engagement: where each file lies, and how it gets there once and whole.

    engagement/notebooks/00_connect-20261122T090102Z.ipynb, .html     engagement/exports/   engagement/journal-*.jsonl
    engagement/invoices/<tenant>/2026-12-15-office-D0A1B2C3E4.jsonl, ...csv
    <source>/<company>_<customer tenant id>/notebooks/   exports/   mails/   journal-000001-000042.jsonl
    manifest-0001.dsse.json ...      manifest-0001-0123456789abcdef.tsr ...

Everything but the manifests is evidence, their time stamps too; an evidence file is written once and never again.
"""

from __future__ import annotations

import errno
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from consolidation.evidence.errors import AlreadyArchived, ArchiveError
from consolidation.evidence.names import (
    ENGAGEMENT_FOLDER,
    customer_key,
    require_portable,
    slug,
    source_folder_name,
)
from consolidation.evidence.time_stamps import stamp_number

_PHASE = re.compile(r"[0-9a-z_]+")
_NOTEBOOK = re.compile(r"(?P<phase>[0-9a-z_]+)-\d{8}T\d{6}Z(?:-\d+)?\.ipynb")
_MANIFEST = re.compile(r"manifest-(\d{4,9})\.dsse\.json")


@dataclass(frozen=True)
class ArchivedFile:
    """Something that lies in the archive.

    Attributes:
        name: Path inside the archive, with `/`.
        path: Where it is.
        problem: Why it cannot be evidence (a link, a device, an unreadable folder), or empty.
    """

    name: str
    path: Path
    problem: str = ""


class Archive:
    """The folder of one engagement's evidence.

    Args:
        root: The folder; it is made with the first file. Unfinished files lie beside it, never in it, so that a
            killed program leaves nothing in the archive that could pass for evidence.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.normpath(root.absolute()))

    def engagement_folder(self) -> Path:
        """Return the folder of what belongs to the whole engagement."""
        return self.root / ENGAGEMENT_FOLDER

    def case_folder(self, source: str, customer_id: str, company: str = "") -> Path:
        """Return the folder of one case; a company that was renamed keeps the folder it has.

        Args:
            source: Name of the source tenant in the engagement.
            customer_id: Customer tenant id; it alone decides which folder it is.
            company: Company name, data from Partner Center (S11).

        Raises:
            ArchiveError: The source's name or the customer's id cannot be part of a path.
        """
        folder, customer = self.root / source_folder_name(source), customer_key(customer_id)
        named = folder / f"{slug(company)}_{customer}"
        if named.is_dir() or not folder.is_dir():
            return named
        existing = (entry.name for entry in folder.iterdir() if entry.name.rpartition("_")[2] == customer)
        return folder / min(existing, default=named.name)

    def write_notebook(self, folder: Path, phase: str, at: datetime, text: str, page: str) -> Path:
        """Write an executed notebook and its HTML beside it, under a name that no other run has taken.

        Args:
            folder: Folder of the engagement or of a case.
            phase: The notebook's name, for example `04_recreate`.
            at: When it was executed.
            text: The notebook.
            page: Its HTML.

        Returns:
            Where the notebook lies.

        Raises:
            ArchiveError: As `notebook_path` and `write`.
        """
        while True:
            path = self.notebook_path(folder, phase, at)
            with suppress(AlreadyArchived):
                self.write(path, text)
                break
        self.write(path.with_suffix(".html"), page)
        return path

    def notebook_path(self, folder: Path, phase: str, at: datetime) -> Path:
        """Return a free path for an executed notebook; its HTML lies beside it, `.with_suffix(".html")`.

        Args:
            folder: Folder of the engagement or of a case.
            phase: The notebook's name, for example `04_recreate`.
            at: When it was executed; shown in UTC to the second. A second rerun in one second gets `-2`.

        Raises:
            ArchiveError: The time has no zone, or the phase is no notebook's name.
        """
        if at.tzinfo is None or not _PHASE.fullmatch(phase):
            raise ArchiveError(
                f"No notebook can be archived as {phase!r} at {at}.",
                next_step="Pass a phase such as 04_recreate and a time with its zone.",
            )
        stamped = folder / "notebooks" / f"{phase}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.ipynb"
        return next(path for path in _numbered(stamped) if not path.exists() and not path.with_suffix(".html").exists())

    def write(self, path: Path, content: bytes | str | Iterable[bytes]) -> Path:
        """Write one evidence file, whole or not at all, and never over another.

        Args:
            path: Inside the archive; relative paths start at its root.
            content: Text is stored as UTF-8, line ends as they are. What is too long for memory comes in parts; an
                error in the making of a part leaves no file.

        Returns:
            Where it lies.

        Raises:
            AlreadyArchived: A file of that name exists.
            ArchiveError: The path leaves the archive, or a name is not portable.
        """
        target = self._inside(path)
        data = content.encode() if isinstance(content, str) else content
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._unfinished()
            try:
                _write_parts(unfinished, [data] if isinstance(data, bytes) else data)
                _publish(unfinished, target)
            finally:
                unfinished.unlink(missing_ok=True)
        except FileExistsError as error:
            raise AlreadyArchived(
                f"{target.relative_to(self.root).as_posix()} is archived already, and evidence is never replaced.",
                next_step="Archive the new file under another name.",
            ) from error
        except OSError as error:
            raise ArchiveError(
                f"{target.relative_to(self.root).as_posix()} could not be archived: {error.strerror or error}.",
                next_step="Check the disk and its permissions, then run again.",
            ) from error
        return target

    def write_beside(self, path: Path, content: bytes | str) -> Path:
        """Write an evidence file that a rerun makes anew: the same name, or with `-2`, `-3` ... where it is taken.

        Raises:
            ArchiveError: As `write`, except that a taken name is no error.
        """
        for candidate in _numbered(self._inside(path)):
            # Another run may take the name between the look and the step.
            with suppress(AlreadyArchived):
                if not candidate.exists():
                    return self.write(candidate, content)
        raise AssertionError  # there is always one more number

    def files(self) -> Iterator[ArchivedFile]:
        """Yield everything in the archive except its manifests, in no order; links are not followed."""
        return (file for file in walk(self.root) if manifest_number(file.name) is None)

    def manifests(self) -> list[tuple[int, ArchivedFile]]:
        """Return the manifests with their numbers, oldest first."""
        numbered = ((manifest_number(file.name), file) for file in walk(self.root, deep=False))
        return sorted(((n, file) for n, file in numbered if n is not None), key=lambda pair: pair[0])

    def stamps(self) -> list[tuple[int, ArchivedFile]]:
        """Return the time stamps with the numbers of their manifests, oldest first."""
        numbered = ((stamp_number(file.name), file) for file in walk(self.root, deep=False))
        return sorted(((n, file) for n, file in numbered if n is not None), key=lambda pair: (pair[0], pair[1].name))

    def _inside(self, path: Path) -> Path:
        target = Path(os.path.normpath(self.root / path))
        if target == self.root or not target.is_relative_to(self.root):
            raise ArchiveError(f"{path} is not inside the archive.", next_step="Name a path inside the archive.")
        for part in target.relative_to(self.root).parts:
            require_portable(part)
        # A link planted inside the archive must not lead the evidence out of it.
        if not target.parent.resolve().is_relative_to(self.root.resolve()):
            raise ArchiveError(f"{path} leads out of the archive.", next_step="Remove the link in the archive.")
        return target

    def _unfinished(self) -> Path:
        # Beside the archive and therefore on its disk: only then is publishing one step.
        folder = self.root.parent / f".{self.root.name}-unfinished"
        folder.mkdir(parents=True, exist_ok=True)
        # Not tempfile: its files are for the owner alone, and evidence is for whom the user's umask lets in.
        return folder / uuid.uuid4().hex


def _write_parts(path: Path, parts: Iterable[bytes]) -> None:
    with path.open("xb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())


def manifest_name(number: int) -> str:
    """Return the file name of the manifest with this number, from 1."""
    return f"manifest-{number:04d}.dsse.json"


def manifest_number(name: str) -> int | None:
    """Return the number of a manifest, or None for any other file."""
    match = _MANIFEST.fullmatch(name)
    return int(match[1]) if match and name == manifest_name(int(match[1])) else None


def notebook_phase(file_name: str) -> str | None:
    """Return the phase of an archived notebook from its file name, or None for any other file."""
    match = _NOTEBOOK.fullmatch(file_name)
    return match["phase"] if match else None


def walk(root: Path, *, deep: bool = True) -> Iterator[ArchivedFile]:
    """Yield everything below a folder that is not a folder, never following a link.

    Args:
        root: The folder.
        deep: Whether to look into its folders too.
    """
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            continue  # an archive without its first file, or a folder removed meanwhile: there is nothing in it
        except OSError as error:
            yield ArchivedFile(folder.relative_to(root).as_posix(), folder, f"cannot be read: {error.strerror}")
            continue
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if deep:
                    folders.append(path)
                continue
            problem = "" if entry.is_file(follow_symlinks=False) else "is a link or a device, not a file"
            yield ArchivedFile(path.relative_to(root).as_posix(), path, problem)


def _numbered(path: Path) -> Iterator[Path]:
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1


def _publish(unfinished: Path, target: Path) -> None:
    """Give a finished file its name in one step; FileExistsError when the name is taken."""
    try:
        os.link(unfinished, target)
    except OSError as error:
        # Some file systems (exFAT, some shares) know no second name for a file; there the look comes before the step.
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EINVAL, errno.ENOSYS}:
            raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
        unfinished.replace(target)
    if os.name == "posix":  # Windows keeps the names of files safe by itself and cannot open a folder
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
