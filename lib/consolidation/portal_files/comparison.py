"""Files of the portal against what Partner Center said when the runbook read it last (M31).

The files are the older word: where they differ, Partner Center's is what counts, and the difference is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consolidation.inventory import Snapshot, last_observed, product_name
from consolidation.journal import Journal
from consolidation.population import CaseName
from consolidation.portal_files.preview import Preview
from consolidation.portal_files.reading import Row
from consolidation.tables import Column, Table
from partner_center.models import Subscription, identity

AS_IN_THE_FILE = "as in the file"


@dataclass(frozen=True)
class Comparison:
    """Both words, row by row.

    Attributes:
        said: Subscription id -> what Partner Center says of a row of the files.
        differences: What differs, one line each: what is in files alone, what in Partner Center alone, what changed.
    """

    said: Mapping[str, str]
    differences: tuple[Mapping[str, object], ...]

    @property
    def table(self) -> Table:
        """The differences as they are shown."""
        return Table(
            columns=(
                Column("company", "Customer", width=28),
                Column("product", "Product", width=34),
                Column("difference", "Partner Center", width=60),
                Column("id", "Id", width=38),
            ),
            rows=self.differences,
            caption="Where files and Partner Center differ: Partner Center's word counts",
            empty="Files and Partner Center say the same.",
        )


def compare_with_partner_center(journal: Journal, preview: Preview, cases: Sequence[CaseName]) -> Comparison:
    """Compare every row of the files, and every row that they should have, with what was read of the sources.

    Args:
        journal: Holds what 00_connect and 01_prepare read; no call is made.
        preview: The files.
        cases: The cases of the sources that the files were exported from.
    """
    snapshots = {case: last_observed(journal, case.chain) for case in cases}
    read = {
        identifier: (case, item)
        for case, snapshot in snapshots.items()
        if snapshot is not None
        for identifier, item in snapshot.by_id().items()
    }
    said = {row.subscription: _said(row, read, snapshots) for row in preview.subscriptions}
    differences = [
        {"company": preview.company(row), "product": row.product, "difference": words, "id": row.subscription}
        for row in preview.subscriptions
        if (words := said[row.subscription]) != AS_IN_THE_FILE
    ]
    return Comparison(said, (*differences, *_only_read(preview, read), *_customers(preview, cases)))


def _said(
    row: Row, read: Mapping[str, tuple[CaseName, Subscription]], snapshots: Mapping[CaseName, Snapshot | None]
) -> str:
    if row.subscription not in read:
        mine = [snapshot for case, snapshot in snapshots.items() if row.customer in {"", case.customer}]
        # What was not read cannot be missing there.
        if not mine or any(snapshot is None for snapshot in mine):
            return "not read yet: run 00_connect and 01_prepare"
        return "has no such subscription"
    case, item = read[row.subscription]
    changes = []
    if row.customer and row.customer != case.customer:
        changes.append(f"belongs to {case.company} ({case.customer})")
    if row.seats is not None and row.seats != item.quantity:
        changes.append(f"{item.quantity} seats instead of {row.seats}")
    if row.status and row.status != item.status.casefold():
        changes.append(f"{item.status} instead of {row.status}")
    return ", ".join(changes) or AS_IN_THE_FILE


def _only_read(preview: Preview, read: Mapping[str, tuple[CaseName, Subscription]]) -> list[Mapping[str, object]]:
    """Return what Partner Center has and the files lack, for the customers whose subscriptions the files list."""
    in_files = {row.subscription for row in preview.subscriptions}
    covered = {read[identifier][0] for identifier in in_files & read.keys()}
    return [
        {
            "company": case.company,
            "product": product_name(item),
            "difference": f"has {item.quantity} seats, {item.status}; not in the files",
            "id": identity(item.id),
        }
        for identifier, (case, item) in read.items()
        if case in covered and identifier not in in_files
    ]


def _customers(preview: Preview, cases: Sequence[CaseName]) -> list[Mapping[str, object]]:
    """Return the customers that only the customer list or only Partner Center has."""
    listed = {row.customer: row for row in preview.customers}
    known = {case.customer: case for case in cases}
    if not listed or not cases:  # before 00_connect nobody can say who is missing
        return []
    missing = [
        {"company": row.company, "product": "", "difference": "has no such customer", "id": identifier}
        for identifier, row in listed.items()
        if identifier not in known
    ]
    added = [
        {"company": case.company, "product": "", "difference": "has this customer; not in the files", "id": identifier}
        for identifier, case in known.items()
        if identifier not in listed
    ]
    return [*missing, *added]
