"""Numbers and dates as portals and spreadsheets write them: which convention a file follows, and what a cell says.

One cell often leaves it open: 1.234 is a thousand or a little more than one, 03/04/2026 is March or April. Another cell
of the file settles it; where none does, the cell is refused and nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Mark = Literal[".", ","]
Order = Literal["day first", "month first"]

_NUMBER = re.compile(r"[0-9]+(?:[., '][0-9]+)*")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
_ISO_SLASHED = re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})(?:[T ].*)?")
_PARTS = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[T ,].*)?")
_SPACES = re.compile(r"[\u00a0\u202f\u2009\s]+")
_GROUP = 3
_LAST_MONTH = 12


class AmbiguousCell(ValueError):
    """The cell can be read in two ways, and nothing in the file says which."""


@dataclass(frozen=True)
class Conventions:
    """How a file writes numbers and dates; None while nothing has settled it.

    Attributes:
        mark: The decimal mark.
        order: Order of day and month in dates such as 03/04/2026.
    """

    mark: Mark | None = None
    order: Order | None = None

    def number(self, text: str) -> Decimal:
        """Read a number; minus before or after it, or in brackets as accountants write it. Zero has no sign.

        Raises:
            AmbiguousCell: A mark may be that of decimals or of thousands.
            ValueError: It is no number, or it contradicts the rest of the file.
        """
        digits, negative = _unsigned(text)
        mark = mark_of(digits) or self.mark
        if self.mark is not None and mark != self.mark:
            message = f"{text!r} has the decimal mark {mark!r}, and the rest of the file {self.mark!r}"
            raise ValueError(message)
        if mark is None and _is_open(digits):
            message = f"{text!r} may be a thousand times as much: no cell of the file settles its decimal mark"
            raise AmbiguousCell(message)
        value = Decimal(_plain(text, digits, mark))
        return 0 - value if negative else value  # 0 - 0 is 0 without a sign

    def day(self, text: str) -> date:
        """Read a date, with or without a time of day.

        Raises:
            AmbiguousCell: Day and month may be exchanged.
            ValueError: It is no date, or it contradicts the rest of the file.
        """
        written = text.strip()
        iso = _ISO.fullmatch(written) or _ISO_SLASHED.fullmatch(written)
        if iso is not None:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        parts = _PARTS.fullmatch(written)
        if parts is None:
            message = f"{text[:40]!r} is no date"
            raise ValueError(message)
        one, two, year = int(parts[1]), int(parts[3]), int(parts[4])
        order = order_of(written) or self.order
        if order is None:
            if one == two:
                return date(year, one, two)
            message = f"{text!r} may be either day of two months: no cell of the file settles the order"
            raise AmbiguousCell(message)
        if self.order is not None and order != self.order:
            message = f"{text!r} is written {order}, and the rest of the file {self.order}"
            raise ValueError(message)
        return date(year, two, one) if order == "day first" else date(year, one, two)

    def settled_by(self, number: str = "", day: str = "") -> Conventions:
        """Return what is known after one more number or date."""
        return Conventions(
            self.mark or (mark_of(_unsigned(number)[0]) if number else None),
            self.order or (order_of(day.strip()) if day else None),
        )


def mark_of(digits: str) -> Mark | None:
    """Return the decimal mark that a number settles, None when it has none or it may be that of thousands."""
    marks = [letter for letter in digits if letter in ".,"]
    if not marks:
        return None
    last: Mark = "." if marks[-1] == "." else ","
    other: Mark = "," if last == "." else "."
    if other in marks:
        return last
    if len(marks) > 1:
        return other  # a mark that stands twice parts thousands
    return None if _is_open(digits) else last


def order_of(text: str) -> Order | None:
    """Return the order of day and month that a date settles, None when it may be either."""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return None
    if parts[2] == ".":
        return "day first"  # nobody writes a month before a full stop
    if int(parts[1]) > _LAST_MONTH:
        return "day first"
    return "month first" if int(parts[3]) > _LAST_MONTH else None


def _is_open(digits: str) -> bool:
    """Tell whether the one mark of a number may part thousands: three digits after it, and no zero before it."""
    whole, mark, rest = digits.partition("." if "." in digits else ",")
    return bool(mark) and len(rest) == _GROUP and 0 < len(whole) <= _GROUP and not whole.startswith("0")


def _unsigned(text: str) -> tuple[str, bool]:
    """Return a number without its sign and with plain spaces, and whether it is below zero."""
    digits = _SPACES.sub(" ", text).strip().replace("\u2212", "-")
    negative = False
    if digits.startswith("(") and digits.endswith(")"):
        digits, negative = digits[1:-1].strip(), True
    elif digits[:1] in {"-", "+"}:
        digits, negative = digits[1:].strip(), digits[0] == "-"
    elif digits.endswith("-"):
        digits, negative = digits[:-1].strip(), True
    return digits, negative


def _plain(text: str, digits: str, mark: Mark | None) -> str:
    """Return digits with a full stop before the decimals.

    Raises:
        ValueError: It is no number, or its groups are not of three digits.
    """
    if not _NUMBER.fullmatch(digits):
        message = f"{text[:40]!r} is no number"
        raise ValueError(message)
    whole, _, decimals = digits.partition(mark) if mark else (digits, "", "")
    groups = re.split(r"[., ']", whole)
    if any(len(group) != _GROUP for group in groups[1:]) or (decimals and not decimals.isdecimal()):
        message = f"{text[:40]!r} is no number"
        raise ValueError(message)
    return f"{''.join(groups)}.{decimals or '0'}"
