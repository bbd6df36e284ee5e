"""How a line of an invoice is shown, in each of the two billing systems (Microsoft page "Invoice resources")."""

from partner_center_simulator.commerce.billed.invoices import Invoice, InvoicedLine
from partner_center_simulator.documents import Document

PLAN_NAMES = {"monthly": "Monthly", "annual": "Annual", "triennial": "Triennial"}


def show_line(invoiced: InvoicedLine, invoice: Invoice) -> Document:
    """Return a line as the API shows it."""
    return _legacy(invoiced) if invoice.provider == "office" else _new_commerce(invoiced, invoice)


def _legacy(invoiced: InvoicedLine) -> Document:
    line, resource, offer = invoiced.line, invoiced.subscription["resource"], invoiced.offer["resource"]
    amount = float(line.amount)
    return {
        "partnerId": invoiced.partner["tenant"],
        # Ids are in upper case here, whatever the subscription list prints.
        "customerId": str(invoiced.customer["id"]).upper(),
        "customerName": invoiced.customer["companyName"],
        "mpnId": int(invoiced.partner["partnerId"]),
        "tier2MpnId": -1,
        "orderId": resource["orderId"],
        "subscriptionId": f"billing-{str(resource['id'])[:8].lower()}",
        "syndicationPartnerSubscriptionNumber": str(resource["id"]).upper(),
        "durableOfferId": str(offer["id"]).upper(),
        "offerName": offer["name"],
        "billingCycleType": str(resource["billingCycle"]).upper(),
        "subscriptionName": offer["name"],
        "subscriptionDescription": resource["friendlyName"],
        "subscriptionStartDate": _midnight(resource["effectiveStartDate"]),
        "subscriptionEndDate": _midnight(resource["commitmentEndDate"]),
        "chargeStartDate": f"{line.first}T00:00:00",
        "chargeEndDate": f"{line.last}T00:00:00",
        "chargeType": line.charge_type,
        "unitPrice": float(line.unit_price),
        "quantity": line.seats,
        "amount": amount,
        "totalOtherDiscount": 0.0,
        "subtotal": amount,
        "tax": 0.0,
        "totalForCustomer": amount,
        "currency": invoiced.partner["currency"],
        "invoiceLineItemType": "billing_line_items",
        "billingProvider": "office",
        "attributes": {"objectType": "LicenseBasedLineItem"},
    }


def _new_commerce(invoiced: InvoicedLine, invoice: Invoice) -> Document:
    line, resource = invoiced.line, invoiced.subscription["resource"]
    product, sku, availability = str(resource["offerId"]).split(":")
    amount = float(line.amount)
    return {
        "partnerId": invoiced.partner["tenant"],
        "customerId": invoiced.customer["id"],
        "customerName": invoiced.customer["companyName"],
        "customerCountry": invoiced.customer["address"]["country"],
        "invoiceNumber": invoice.identifier,
        "mpnId": invoiced.partner["partnerId"],
        "resellerMpnId": 0,
        "orderId": resource["orderId"],
        "orderDate": resource["creationDate"],
        "productId": product,
        "skuId": sku,
        "availabilityId": availability,
        "productName": resource["offerName"],
        "skuName": resource["offerName"],
        "chargeType": line.charge_type,
        "unitPrice": float(line.unit_price),
        "effectiveUnitPrice": float(line.unit_price),
        "unitType": "Licenses",
        "quantity": line.seats,
        "subtotal": amount,
        "taxTotal": 0.0,
        "totalForCustomer": amount,
        "currency": invoiced.partner["currency"],
        "publisherName": "Microsoft Corporation",
        "subscriptionDescription": resource["friendlyName"],
        "subscriptionId": str(resource["id"]),
        "subscriptionStartDate": resource["effectiveStartDate"],
        "subscriptionEndDate": resource["commitmentEndDate"],
        "chargeStartDate": f"{line.first}T00:00:00Z",
        "chargeEndDate": f"{line.last}T00:00:00Z",
        "billingFrequency": PLAN_NAMES.get(str(resource["billingCycle"]).lower(), ""),
        "pricingCurrency": invoiced.partner["currency"],
        "pcToBCExchangeRate": 1.0,
        "billableQuantity": line.seats,
        # billingProvider and invoiceLineItemType are missing on printed lines of this kind.
        "attributes": {"objectType": "OneTimeInvoiceLineItem"},
    }


def _midnight(day: str) -> str:
    return f"{str(day)[:10]}T00:00:00"
