"""What can be read of invoices: the list, and the lines of one, page by page."""

from collections.abc import Iterator

from partner_center.invoices import BillingProvider, Invoice, InvoiceLine
from partner_center.operations import Operation
from partner_center.paging import each_row
from partner_center.tenant_client import TenantClient, segment

LARGEST_PAGE = 2000
"""Lines that one page holds at most ("Get invoice line items")."""


class InvoiceReader(TenantClient):
    """Reads invoices as the partner tenant that they are made out to; an application alone may."""

    def invoices(self) -> list[Invoice]:
        """Read the invoices of this partner tenant, of both billing systems.

        Source: "Get a collection of invoices".
        """
        return self._all(Invoice, "invoices", Operation.LIST_INVOICES)

    def invoice_lines(self, invoice_id: str, provider: BillingProvider) -> Iterator[InvoiceLine]:
        """Read the lines of an invoice, as many as there are: a page is in memory at a time.

        A page that fails raises, and then what came before is not the whole invoice.

        Args:
            invoice_id: As the list shows it.
            provider: The billing system that made it.

        Source: "Get invoice line items".
        """
        path = f"invoices/{segment(invoice_id)}/lineitems"
        params: dict[str, str | int] = {
            "provider": provider,
            "invoicelineitemtype": "billinglineitems",
            "size": min(self.page_size, LARGEST_PAGE),
        }
        return each_row(self._transport, path, params, Operation.LIST_INVOICE_LINES, InvoiceLine)
