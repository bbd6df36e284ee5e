"""The `offer_map` of an engagement: which product of new commerce a person picked for an offer no longer sold.

Columns: old_offer, product_sku (product:sku), term (ISO 8601), billing_cycle, who, when (yyyy-mm-dd), why. A line is
offered first for the next customer with the same offer; that customer's plan is approved all the same (M26).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from consolidation.csv_lists import open_csv_list
from consolidation.errors import ConsolidationError, EngagementError, LeaseLost
from consolidation.exports import write_csv
from consolidation.journal import Journal
from consolidation.price_lists import BILLING_CYCLES
from consolidation.product_names import product_and_sku
from consolidation.tables import Column, Table
from partner_center.models import identity

COLUMNS = ("old_offer", "product_sku", "term", "billing_cycle", "who", "when", "why")

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PRODUCT_AND_SKU = re.compile(r"[^:]+:[^:]+")
_TERM = re.compile(r"P[1-9][0-9]*[MY]")
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class MappedOffer:
    """One line of an offer map.

    Attributes:
        old_offer: Id of the legacy offer, a GUID.
        product_sku: `product:sku` of new commerce that is bought in its place.
        term: ISO 8601 duration, such as P1Y.
        billing_cycle: One of `price_lists.BILLING_CYCLES`.
        who: Who picked it.
        when: UTC day of the pick, yyyy-mm-dd.
        why: In that person's words.
    """

    old_offer: str
    product_sku: str
    term: str
    billing_cycle: str
    who: str
    when: str
    why: str


def read_offer_map(path: Path) -> Mapping[str, MappedOffer]:
    """Return legacy offer id in lower case -> what was picked for it; an empty file, or a header alone, maps nothing.

    Raises:
        EngagementError: The file is missing or no CSV, has unknown or missing columns, an id that is none, an offer
            twice, or says not who picked, when and why; each fault names file, line and column.
    """
    if path.is_file() and not path.stat().st_size:
        return {}  # how most people begin one
    lines = open_csv_list(path, "offer map", COLUMNS, COLUMNS)
    mapped: dict[str, MappedOffer] = {}
    seen: dict[str, int] = {}
    for number, values in lines:
        faults = _faults(values)
        lines.problems += [
            f"{path.name} line {number}, column {column!r}: {words}." for column, words in faults.items()
        ]
        key = identity(values["old_offer"])
        if key and key in seen:
            lines.problems.append(
                f"{path.name} line {number}, column 'old_offer': {values['old_offer']} is on line {seen[key]} already."
            )
        seen.setdefault(key, number)
        if not faults:
            mapped.setdefault(key, _line(values))
    if lines.problems:
        raise EngagementError(lines.problems, next_step="Correct the offer map and start again.")
    return mapped


def _line(values: Mapping[str, str]) -> MappedOffer:
    written = {name: values[name] for name in COLUMNS}
    tidy = {
        "product_sku": product_and_sku(values["product_sku"]),
        "term": values["term"].upper(),
        "billing_cycle": values["billing_cycle"].casefold(),
    }
    return MappedOffer(**{**written, **tidy})


def _faults(values: Mapping[str, str]) -> dict[str, str]:
    """Return column -> what is wrong with its cell."""
    faults = {}
    if not _GUID.fullmatch(values["old_offer"]):
        faults["old_offer"] = f"{values['old_offer']!r} is no id of a legacy offer, which is a GUID"
    item = values["product_sku"]
    if not _PRODUCT_AND_SKU.fullmatch(item) or not product_and_sku(item):
        faults["product_sku"] = f"{item!r} is no product:sku such as CFQ7TTC0LH18:0001"
    if not _TERM.fullmatch(values["term"].upper()):
        faults["term"] = f"{values['term']!r} is no term; write P1M, P1Y or P3Y"
    if values["billing_cycle"].casefold() not in BILLING_CYCLES:
        faults["billing_cycle"] = f"{values['billing_cycle']!r} is none of {', '.join(BILLING_CYCLES)}"
    if not _is_day(values["when"]):
        faults["when"] = f"{values['when']!r} is no day; write yyyy-mm-dd"
    return {**faults, **{name: "it is missing" for name in ("who", "why") if not values[name]}}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def keep_in_offer_map(path: Path, journal: Journal, pick: MappedOffer) -> None:
    """Put a person's pick into the file, in the place of an earlier one for the same offer.

    The file is replaced at once and whole, under a lease: of two people who pick at the same time neither loses a line.

    Raises:
        EngagementError: The file, as somebody left it, cannot be read.
        ConsolidationError: It cannot be written, or another process holds it.
    """
    lease = f"offer map {path.name}"
    _wait_for(journal, lease)
    try:
        mapped = {**read_offer_map(path), identity(pick.old_offer): pick}
        write_csv(path, offer_map_table(mapped.values()))
    except OSError as error:
        raise ConsolidationError(
            f"{path.name} cannot be written ({error}); the pick stands in the journal.",
            next_step=f"Close {path.name} where it is open, and pick once more.",
        ) from error
    finally:
        journal.leases.free(lease)


def offer_map_table(mapped: Iterable[MappedOffer]) -> Table:
    """Return the lines of an offer map in the order of its columns."""
    return Table(
        columns=tuple(Column(name, name) for name in COLUMNS),
        rows=tuple(asdict(one) for one in mapped),
        caption="Offers that are no longer sold, and what is bought in their place",
        empty="Nothing was picked yet.",
    )


def _wait_for(journal: Journal, lease: str) -> None:
    """Take the lease of the file; another pick holds it for moments.

    Raises:
        LeaseLost: It is still held after a minute.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            journal.leases.take(lease)
        except LeaseLost:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return
