"""Names of files and folders in the archive: safe on Windows, macOS and Linux, whatever a company is called (S11)."""

from __future__ import annotations

import re
import unicodedata

from consolidation.evidence.errors import ArchiveError

SLUG_LENGTH = 30
"""Longest slug in characters: with a tenant id and a notebook's name a path stays below Windows' 260."""

ENGAGEMENT_FOLDER = "engagement"
"""Folder of what belongs to the whole engagement, beside one folder for each source tenant."""

# Microsoft's page "Naming Files, Paths, and Namespaces": these are devices, with or without an extension.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
)
# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
                          "ł": "l", "Ł": "L", "ı": "i", "þ": "th", "Þ": "Th"})  # fmt: skip
_PORTABLE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,118}[A-Za-z0-9_-])?")
_CUSTOMER = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def slug(company: str) -> str:
    """Return a company name as part of a folder's name: ASCII letters, digits and hyphens, 1 to 30 characters.

    Never empty (`customer` stands in), never a Windows device name. It is for the eye only: the customer tenant id
    beside it is what counts, so two companies may well have the same slug.
    """
    plain = unicodedata.normalize("NFKD", company.translate(_LETTERS)).encode("ascii", "ignore").decode()
    harmless = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].rstrip("-")
    if not harmless:
        return "customer"
    return f"customer-{harmless}" if harmless.casefold() in _DEVICES else harmless


def require_portable(name: str) -> str:
    """Return the name of one file or folder when every operating system takes it as it is.

    Raises:
        ArchiveError: It has other characters than ASCII letters, digits, `.`, `_` and `-`, starts or ends with a dot
            or starts with a hyphen, is longer than 120 characters, or is a Windows device.
    """
    if not _PORTABLE.fullmatch(name) or name.partition(".")[0].casefold() in _DEVICES:
        raise ArchiveError(
            f"{name!r} cannot be the name of an archived file.",
            next_step="Use at most 120 ASCII letters, digits, '.', '_' and '-', and no name of a Windows device.",
        )
    return name


def source_folder_name(source: str) -> str:
    """Return the folder of a source tenant: its name, with `_` behind it where that name is taken or a device."""
    require_portable(f"{source}_")
    taken = source == ENGAGEMENT_FOLDER or source.casefold() in _DEVICES
    return f"{source}_" if taken else require_portable(source)


def customer_key(customer: str) -> str:
    """Return a customer tenant id in the form that names folders and chains.

    Raises:
        ArchiveError: It is not made of letters, digits and hyphens, so it is no tenant id.
    """
    key = customer.casefold()
    if not _CUSTOMER.fullmatch(key):
        raise ArchiveError(
            f"{customer!r} is not a customer tenant id.", next_step="Use the GUID that Partner Center shows."
        )
    return key


def chain_of_folder(folder: str) -> str | None:
    """Return the journal chain that belongs into a folder (path inside the archive), or None where no chain belongs."""
    if folder == ENGAGEMENT_FOLDER:
        return "engagement"
    source, _, case = folder.partition("/")
    _, underscore, customer = case.rpartition("_")
    if not underscore or "/" in case or not _CUSTOMER.fullmatch(customer):
        return None
    return f"case/{source.removesuffix('_')}/{customer}"
