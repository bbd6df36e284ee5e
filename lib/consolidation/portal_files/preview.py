"""What files of the portal say of a consolidation before the API is reached, and what they cannot say (M2, M5).

A preview is for planning a project, not for acting: no plan is made of it, and nothing is ever written to a tenant
because of it. Plans are made from what the phases read of Partner Center.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consolidation.errors import EngagementError
from consolidation.limits.customer_tenant import MOST_SUBSCRIPTIONS
from consolidation.portal_files.reading import PortalFile, Row
from consolidation.tables import Column, Table, counted

NOTHING_IS_WRITTEN = (
    "This is a preview: no plan is made of files, and nothing is written to a tenant because of them. Plans come from "
    "what 00_connect and 01_prepare read of Partner Center."
)

_NEVER_IN_A_FILE = (
    "whether seats are legacy or new commerce, and so whether they are bought again or transferred",
    "prices and currency",
    "agreements, delegated administration and what stands in the target",
)
_COLUMNS = {
    "offer": "offer ids: whether a product can still be bought",
    "parent": "which add-on belongs to which base",
    "end": "when terms end",
    "cycle": "billing cycles",
    "renew": "what renews by itself",
    "reseller": "Partner IDs on record",
}
_NEW_COMMERCE_OFFER = re.compile(r"[0-9A-Z]{12}:[0-9A-Z]{4}(:[0-9A-Z]{12})?", re.IGNORECASE)


@dataclass(frozen=True)
class Preview:
    """Files of the portal, read together.

    Attributes:
        files: The files, in the order in which they were named.
    """

    files: tuple[PortalFile, ...]

    @property
    def subscriptions(self) -> tuple[Row, ...]:
        """Every row of every list of subscriptions."""
        return self._rows("subscriptions")

    @property
    def customers(self) -> tuple[Row, ...]:
        """Every row of every customer list."""
        return self._rows("customers")

    @property
    def activities(self) -> tuple[Row, ...]:
        """Every row of every activity log."""
        return self._rows("activity log")

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed or could not be mapped, and what the files contradict each other in."""
        return (*(note for file in self.files for note in file.notes), *self._between_files(), *self._limits())

    @property
    def unknown(self) -> tuple[str, ...]:
        """What these files cannot say, and the API has to."""
        lists = [file for file in self.files if file.kind == "subscriptions"]
        lacking = [words for field, words in _COLUMNS.items() if any(field not in file.fields for file in lists)]
        nobody = ["whose the subscriptions are"] if any("customer" not in file.fields for file in lists) else []
        return (*nobody, *lacking, *_NEVER_IN_A_FILE)

    def company(self, row: Row) -> str:
        """Return the company of a row; the customer list knows it where the row has only the tenant id."""
        return row.company or self._companies().get(row.customer, "") or row.customer

    def _rows(self, kind: str) -> tuple[Row, ...]:
        return tuple(row for file in self.files if file.kind == kind for row in file.rows)

    def _companies(self) -> Mapping[str, str]:
        return {row.customer: row.company for row in self.customers}

    def _between_files(self) -> list[str]:
        """Name customers that only one of the two lists knows, and those whom the files call by several names."""
        names: dict[str, set[str]] = {}
        for row in (*self.customers, *self.subscriptions):
            if row.customer and row.company:
                names.setdefault(row.customer, set()).add(row.company)
        several = [
            f"Customer {identifier} has several names: {', '.join(sorted(every))}."
            for identifier, every in names.items()
            if len(every) > 1
        ]
        return [*several, *self._in_one_list()]

    def _in_one_list(self) -> list[str]:
        listed = {row.customer for row in self.customers}
        with_rows = {row.customer: row for row in self.subscriptions if row.customer}
        if not listed or not with_rows:
            return []
        notes = [
            f"{row.place}: customer {row.company or identifier} ({identifier}) is not in the customer list."
            for identifier, row in with_rows.items()
            if identifier not in listed
        ]
        without = len(listed - with_rows.keys())
        return [*notes, *([f"{counted(without, 'listed customer')} without any subscription."] if without else [])]

    def _limits(self) -> list[str]:
        """Name customers whose tenant would hold too much while both partners have their subscriptions (M25)."""
        counts = Counter(row.customer for row in self.subscriptions if row.customer and row.status != "deleted")
        return [
            f"{self._companies().get(customer) or customer}: {number} subscriptions, each of them twice for a while; a "
            f"customer tenant holds {MOST_SUBSCRIPTIONS} (M25)."
            for customer, number in counts.items()
            if 2 * number > MOST_SUBSCRIPTIONS
        ]


def make_preview(files: Sequence[PortalFile]) -> Preview:
    """Put files together.

    Raises:
        EngagementError: Two files hold the same subscription.
    """
    preview = Preview(tuple(files))
    faults = []
    seen: dict[str, Row] = {}
    for row in preview.subscriptions:
        first = seen.setdefault(row.subscription, row)
        if first is not row:
            faults.append(f"{row.place}: subscription {row.subscription} stands in {first.place} already.")
    if faults:
        raise EngagementError(faults[:20], next_step="Name each export once, the newest one.")
    return preview


def likely(row: Row) -> str:
    """Return what a row of a file lets expect, in words that promise nothing."""
    if row.status == "deleted":
        return "nothing to do, once Partner Center says the same"
    if "azure" in row.product.casefold():
        return "Azure, by its name: never suspended by hand (M13)"
    if _NEW_COMMERCE_OFFER.fullmatch(row.offer):
        return "new commerce, by its offer id: transferred, not suspended (M23)"
    if row.status == "suspended":
        return "suspended already: to be looked at"
    return "seats: legacy or new commerce is not in the file"


def preview_table(preview: Preview, said: Mapping[str, str] | None = None) -> Table:
    """Return every subscription of the files once (S8).

    Args:
        preview: The files.
        said: Subscription id -> what Partner Center says of it, when it was asked.
    """
    answered = said if said is not None else {}
    rows = [
        {
            "company": preview.company(row) or "not in the file",
            "product": row.product,
            "seats": row.seats,
            "status": row.status,
            "likely": likely(row),
            "said": answered.get(row.subscription, "not asked"),
            "id": row.subscription,
            "place": row.place,
        }
        for row in preview.subscriptions
    ]
    return Table(
        columns=(
            Column("company", "Customer", width=28),
            Column("product", "Product", width=34),
            Column("seats", "Seats", "number"),
            Column("status", "Status"),
            Column("likely", "To be expected", width=34),
            Column("said", "Partner Center", width=28),
            Column("id", "Subscription id", width=20),
            Column("place", "Read from", width=24),
        ),
        rows=tuple(rows),
        caption="Preview from files: not a plan, nothing is written on it",
        total=("seats",),
        empty="The files list no subscriptions.",
    )


def customers_table(preview: Preview) -> Table:
    """Return every customer that the files name once, as a list that an engagement or a wave can name."""
    found = {row.customer: row for row in (*preview.customers, *preview.subscriptions) if row.customer}
    found |= {row.customer: row for row in preview.customers}
    rows = tuple({"customer": key, "company": preview.company(row), "domain": row.domain} for key, row in found.items())
    return Table(
        columns=(Column("customer", "customer"), Column("company", "company"), Column("domain", "domain")),
        rows=rows,
        caption="Customers that the files name",
        empty="The files name no customers.",
    )


def activity_table(preview: Preview) -> Table:
    """Return every activity of the files; times are as the files write them, in no zone that is known."""
    return Table(
        columns=(
            Column("at", "Date-Time, as written"),
            Column("affected", "Affected customer"),
            Column("action", "Action"),
            Column("user", "Partner user"),
        ),
        rows=tuple(
            {"at": row.at, "affected": row.affected or row.company, "action": row.action, "user": row.user}
            for row in preview.activities
        ),
        caption="Activity log from files",
        empty="The files hold no activities.",
    )


def unknown_table(preview: Preview) -> Table:
    """Return what the files cannot say, one line each."""
    return Table(
        columns=(Column("unknown", "What these files cannot say; Partner Center is asked by 01_prepare", width=90),),
        rows=tuple({"unknown": words} for words in preview.unknown),
        caption="Not in the files",
    )
