"""The portal's reconciliation file, line by line: 200,000 of them need no more memory than one.

A file is read twice: once until its numbers and dates have settled how it writes them, then for its lines.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from consolidation.billing.invoices.columns import Columns
from consolidation.billing.invoices.lines import InvoicedLine, customer_of
from consolidation.billing.invoices.values import Conventions
from consolidation.currencies import CURRENCIES
from consolidation.errors import EngagementError
from consolidation.exports import read_csv_cell
from partner_center.models import identity

_NUMBERS = ("amount", "seats")
_DAYS = ("first", "last")
_KNOWN = 4096
_AGAIN = "Correct the cell, or export the file again and leave it as it is."

Cells = list[str]
Value = TypeVar("Value")


class ReconciliationFile:
    """A reconciliation file of either billing system.

    Attributes:
        path: Where it lies.
        columns: Where its fields stand.
        conventions: How it writes numbers and dates, as far as its cells settle that.
    """

    def __init__(self, path: Path) -> None:
        """Look at the header, and at as many lines as it takes to know the conventions.

        Raises:
            EngagementError: The file cannot be opened or decoded, or is no reconciliation file.
        """
        self.path = path
        with self._rows() as rows:
            self.columns = Columns(path.name, next(rows, (1, []))[1])
            self.conventions = self._settle(rows)
        # A file has few days and amounts, many times each.
        self._days = lru_cache(_KNOWN)(self.conventions.day)
        self._amounts = lru_cache(_KNOWN)(self.conventions.number)

    def lines(self, wanted: str = "") -> Iterator[InvoicedLine]:
        """Yield the lines of one customer or of all, each as often as it stands there.

        Args:
            wanted: Customer tenant id in lower case; empty for all.

        Raises:
            EngagementError: A cell cannot be read, or in two ways; line and column are named.
        """
        customer = self.columns.places["customer"]
        with self._rows() as rows:
            next(rows, None)
            for number, cells in rows:
                if wanted and len(cells) > customer and customer_of(cells[customer]) != wanted:
                    continue
                yield self._line(number, cells)

    def _line(self, number: int, cells: Cells) -> InvoicedLine:
        text = {field: self._cell(number, cells, field) for field in self.columns.places}
        provider = self.columns.provider
        if text["currency"].upper() not in CURRENCIES:
            raise self._fault(number, "currency", f"{text['currency'][:40]!r} is no currency of ISO 4217")
        key = "legacy_subscription" if provider == "office" else "subscription"
        if not text[key]:
            raise self._fault(number, key, "the subscription is missing")
        licence = text.get("offer", "") if provider == "office" else f"{text['product_id']}:{text['sku']}"
        first, last = (self._read(number, field, text[field], self._days) for field in _DAYS)
        if last < first:
            raise self._fault(number, "last", f"{text['last']!r} is before the first charge day {text['first']!r}")
        return InvoicedLine(
            place=f"{self.path.name} line {number}",
            provider=provider,
            customer=customer_of(text["customer"]),
            subscription=identity(text[key]),
            licence=licence.casefold(),
            product=text.get("product", ""),
            charge_type=text["charge_type"],
            first=first,
            last=last,
            seats=self._number(number, "seats", text["seats"]) if text.get("seats") else None,
            amount=self._number(number, "amount", text["amount"]),
            currency=text["currency"].upper(),
        )

    def _number(self, line: int, field: str, text: str) -> Decimal:
        return self._read(line, field, text, self._amounts)

    def _read(self, line: int, field: str, text: str, read: Callable[[str], Value]) -> Value:
        try:
            return read(text)
        except ValueError as error:
            raise self._fault(line, field, str(error)) from None

    def _cell(self, number: int, cells: Cells, field: str) -> str:
        place = self.columns.places[field]
        if place >= len(cells):
            raise self._fault(number, field, "the line ends before this column")
        return read_csv_cell(cells[place]).strip()

    def _fault(self, number: int, field: str, words: str) -> EngagementError:
        column = self.columns.places[field] + 1
        return EngagementError([f"{self.path.name} line {number} column {column}: {words}."], next_step=_AGAIN)

    def _settle(self, rows: Iterator[tuple[int, Cells]]) -> Conventions:
        found = Conventions()
        for number, cells in rows:
            for field in _NUMBERS:
                if field in self.columns.places:
                    found = found.settled_by(number=self._cell(number, cells, field))
            for field in _DAYS:
                found = found.settled_by(day=self._cell(number, cells, field))
            if found.mark and found.order:
                break
        return found

    @contextmanager
    def _rows(self) -> Iterator[Iterator[tuple[int, Cells]]]:
        """Open the file and yield line number and cells, the header first; empty lines are passed over."""
        try:
            with self.path.open(encoding=_encoding(self.path), newline="") as file:
                header = file.readline()
                file.seek(0)
                delimiter = max(",;\t", key=header.count)
                reader = csv.reader(file, delimiter=delimiter, strict=True)
                yield ((reader.line_num, cells) for cells in reader if any(cells))
        except (UnicodeDecodeError, csv.Error) as error:
            raise EngagementError([f"{self.path.name} cannot be read: {error}."], next_step=_AGAIN) from error
        except OSError as error:
            raise EngagementError([f"{self.path.name} cannot be opened: {error.strerror}."]) from error


def _encoding(path: Path) -> str:
    """Return UTF-8, or UTF-16 where the file begins with its mark, as Excel's Unicode text does."""
    with path.open("rb") as file:
        start = file.read(2)
    return "utf-16" if start in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
