"""The invoices of a tenant in the archive: read once from Partner Center, or brought by a person, used by every case.

The name of a file says the invoice's date, its billing system and where it is from: an answer of Partner Center as
received (.jsonl), or a reconciliation file of the portal (.csv).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from consolidation.billing.invoices.lines import InvoicedLine, UnreadableLine, customer_of, line_of_answer
from consolidation.billing.invoices.reconciliation_file import ReconciliationFile
from consolidation.billing.periods import utc_day
from consolidation.errors import EngagementError
from consolidation.evidence.archive import Archive
from consolidation.evidence.errors import AlreadyArchived
from consolidation.evidence.names import slug, source_folder_name
from partner_center import PartnerCenterReader
from partner_center.invoices import BillingProvider, Invoice, InvoiceLine

_NAME = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})-(?P<provider>office|onetime)-.+\.(?P<kind>jsonl|csv)")
_PART = 1 << 20


@dataclass(frozen=True)
class KeptInvoice:
    """One invoice in the archive.

    Attributes:
        day: Date of the invoice, UTC.
        provider: The billing system.
        path: Where it lies.
    """

    day: date
    provider: BillingProvider
    path: Path

    @property
    def is_brought(self) -> bool:
        """Whether a person brought it."""
        return self.path.suffix == ".csv"

    def lines(self, customer: str, fault: Callable[[str], None]) -> Iterator[InvoicedLine]:
        """Yield the lines of one customer.

        Args:
            customer: Tenant id in lower case.
            fault: Takes a sentence for each line of Partner Center's answer that cannot be compared (S7).

        Raises:
            EngagementError: A cell of a file that was brought cannot be read.
        """
        if self.is_brought:
            yield from ReconciliationFile(self.path).lines(customer)
            return
        with self.path.open(encoding="utf-8") as file:
            for text in file:
                if customer not in text.casefold():
                    continue  # most lines are of other customers: they are not taken apart
                line = InvoiceLine.model_validate(json.loads(text))
                if customer_of(line.customer_id) != customer:
                    continue
                try:
                    yield line_of_answer(line, self.path.stem)
                except UnreadableLine as error:
                    fault(str(error))


def folder_of(archive: Archive, tenant: str) -> Path:
    """Return the folder of a tenant's invoices.

    Args:
        archive: Of the engagement.
        tenant: Name of a partner tenant in the engagement.
    """
    return archive.engagement_folder() / "invoices" / source_folder_name(tenant)


def kept_invoices(archive: Archive, tenant: str) -> tuple[KeptInvoice, ...]:
    """Return what is kept, oldest first; what Partner Center answered goes before what was brought of the same day."""
    folder = folder_of(archive, tenant)
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        match = _NAME.fullmatch(path.name)
        if match:
            provider = cast(BillingProvider, match["provider"])
            found.append(KeptInvoice(date.fromisoformat(match["day"]), provider, path))
    answered = {(one.day, one.provider) for one in found if not one.is_brought}
    return tuple(one for one in found if not one.is_brought or (one.day, one.provider) not in answered)


def keep_invoice(archive: Archive, tenant: str, client: PartnerCenterReader, invoice: Invoice) -> None:
    """Read the lines of an invoice and keep them as received; one that is kept already is not read again.

    Raises:
        PartnerCenterError: A page could not be read: then nothing is kept.
    """
    provider = invoice.provider
    if provider is None or invoice.invoice_date is None:
        return  # a document that no billing system known here makes: nothing in it is ours to compare
    name = f"{utc_day(invoice.invoice_date)}-{provider}-{slug(invoice.id)}.jsonl"
    path = folder_of(archive, tenant) / name
    if path.exists():
        return
    rows = (f"{json.dumps(line.received)}\n".encode() for line in client.invoice_lines(invoice.id, provider))
    with suppress(AlreadyArchived):  # another case has read the same invoice meanwhile
        archive.write(path, rows)


def bring_file(archive: Archive, tenant: str, path: Path, day: date) -> KeptInvoice:
    """Keep a reconciliation file of the portal, once every line of it has been read.

    Args:
        archive: Of the engagement.
        tenant: Name of the partner tenant that was invoiced.
        path: Where the file is now.
        day: Date of its invoice, which the file itself does not say.

    Raises:
        EngagementError: It cannot be read, or another file is kept for this invoice.
    """
    file = ReconciliationFile(path)
    for _ in file.lines():
        pass
    provider = file.columns.provider
    taken = [one for one in kept_invoices(archive, tenant) if (one.day, one.provider) == (day, provider)]
    if taken:
        raise EngagementError(
            [f"The invoice of {day} is kept already, as {taken[0].path.name}."], next_step="Nothing has to be done."
        )
    kept = folder_of(archive, tenant) / f"{day}-{provider}-{slug(path.stem)}.csv"
    archive.write(kept, _parts(path))
    return KeptInvoice(day, provider, kept)


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(_PART):
            yield part
