"""Invoices and their lines (Microsoft pages "Get a collection of invoices", "Get invoice line items").

The next links are printed with the slips that the samples of the page have.
"""

import base64
import json
from typing import Any

from partner_center_simulator.api.calls import Answer, Call, Operation
from partner_center_simulator.api.invoice_lines import show_line
from partner_center_simulator.api.paging import collection, start_of
from partner_center_simulator.commerce.billed.invoices import Invoice, invoices
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal

LARGEST_PAGE = 2000
PROVIDERS = {"office": "office", "azure": "azure", "onetime": "one_time", "marketplace": "marketplace"}
KINDS = {"billinglineitems", "usagelineitems"}


def list_invoices(call: Call) -> Answer:
    """Answer the partner's invoices, the newest first."""
    found = invoices(call.state, call.tenant)
    size, offset = _number(call, "size", 0), _number(call, "offset", 0)
    window = found[offset : offset + size if size else None]
    return Answer(collection([_shown(one, call.partner["currency"]) for one in window]))


def list_lines(call: Call) -> Answer:
    """Answer one page of the lines of an invoice."""
    return _lines(call, call.query.get("provider", ""), call.query.get("invoicelineitemtype", ""))


def list_lines_by_path(call: Call) -> Answer:
    """Answer one page of the lines of an invoice, asked for in the older form."""
    return _lines(call, call.path["provider"], call.path["kind"])


def _lines(call: Call, provider: str, kind: str) -> Answer:
    identifier = call.path["invoice"].rpartition("-")[2].lower()
    invoice = next((one for one in invoices(call.state, call.tenant) if one.identifier.lower() == identifier), None)
    if invoice is None:
        raise Refusal(404, 800002, "Invoice not found.")
    wanted = PROVIDERS.get(provider.lower())
    if wanted is None or kind.lower() not in KINDS:
        raise Refusal(400, 800002, "provider and invoicelineitemtype are needed.")
    lines = invoice.lines if wanted == invoice.provider and kind.lower() == "billinglineitems" else ()
    size = min(_number(call, "size", LARGEST_PAGE) or LARGEST_PAGE, LARGEST_PAGE)
    by_token = wanted == "one_time"
    start = start_of(call) if by_token else _number(call, "offset", 0)
    page = [show_line(one, invoice) for one in lines[start : start + size]]
    answer = collection(page)
    answer["links"] = {"self": _link(f"/invoices/{invoice.identifier}/lineitems?provider={provider}&size={size}")}
    if start + size < len(lines):
        answer["links"]["next"] = _next(invoice, size, start + size, by_token=by_token)
    return Answer(answer)


def _next(invoice: Invoice, size: int, start: int, *, by_token: bool) -> Document:
    """Return a next link as the samples print it: not one of them can be followed as it stands."""
    path = f"//invoices/{invoice.identifier}/lineitems"
    if by_token:
        token = base64.b64encode(json.dumps({"from": start}).encode()).decode()
        uri = f"{path}?provider=onetime&nvoicelineitemtype=billinglineitems&size={size}?seekOperation=Next"
        return {**_link(uri), "headers": [{"key": "MS-ContinuationToken", "value": token}]}
    return _link(f"{path}?provider=office&nvoicelineitemtype=billinglineitems&size={size}&offset=")


def _number(call: Call, name: str, otherwise: int) -> int:
    text = call.query.get(name, str(otherwise))
    if not text.isdecimal():
        raise Refusal(400, 800002, f"{name} must be a whole number.")
    return int(text)


def _shown(invoice: Invoice, currency: str) -> Document:
    is_legacy = invoice.provider == "office"
    kind, provider = ("Recurring", "Office") if is_legacy else ("OneTime", "OneTime")
    uri = f"/invoices/{kind}-{invoice.identifier}/lineitems/{provider}/BillingLineItems"
    detail = {"invoiceLineItemType": "billing_line_items", "billingProvider": invoice.provider}
    return {
        "id": invoice.identifier,
        "invoiceDate": f"{invoice.day}T00:00:00Z",
        "billingPeriodStartDate": f"{invoice.period[0]}T00:00:00Z",
        "billingPeriodEndDate": f"{invoice.period[1]}T23:59:59Z",
        "totalCharges": float(invoice.total),
        "paidAmount": 0.0,
        "currencyCode": currency,
        "currencySymbol": currency,
        "pdfDownloadLink": None,
        "invoiceDetails": [{**detail, "links": {"self": _link(uri)}, "attributes": {"objectType": "InvoiceDetail"}}],
        "documentType": "invoice",
        "invoiceType": kind,
        "links": {"self": _link(f"/invoices/{invoice.identifier}")},
        "attributes": {"objectType": "Invoice"},
    }


def _link(uri: str) -> dict[str, Any]:
    return {"uri": uri, "method": "GET", "headers": []}


OPERATIONS = (
    Operation("GET", "/invoices", list_invoices),
    Operation("GET", "/invoices/{invoice}/lineitems", list_lines),
    Operation("GET", "/invoices/{invoice}/lineitems/{provider}/{kind}", list_lines_by_path),
)
