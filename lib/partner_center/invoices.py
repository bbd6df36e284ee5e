"""Invoices of a partner tenant and their lines, legacy and new commerce alike."""

from decimal import Decimal
from typing import Literal

from partner_center.resource import Attributes, Instant, OptionalText, Resource, Text, Word

BillingProvider = Literal["office", "onetime"]
"""The two billing systems: legacy seats, and everything of new commerce. Source: "Get invoice line items"."""

LEGACY_LINE = "LicenseBasedLineItem"
NEW_COMMERCE_LINE = "OneTimeInvoiceLineItem"


class Invoice(Resource):
    """An invoice or a note that changes one. Amounts are in ``currency_code``, negative where credits are more.

    Source: "Invoice resources".
    """

    id: str
    invoice_date: Instant = None
    billing_period_start_date: Instant = None
    billing_period_end_date: Instant = None
    total_charges: Decimal | None = None
    currency_code: Text = ""
    document_type: Word = ""
    invoice_type: Word = ""

    @property
    def provider(self) -> BillingProvider | None:
        """The billing system that made it; None for a type that nobody knows."""
        known: dict[str, BillingProvider] = {"recurring": "office", "one_time": "onetime"}
        return known.get(self.invoice_type)


class InvoiceLine(Resource):
    """A charge or a credit on an invoice. ``subtotal`` is before tax, in ``currency``; a credit is negative.

    What printed lines have in common is their ``objectType`` alone, so that tells the kind. Charge days are UTC, both
    included. Source: "Invoice resources".
    """

    customer_id: OptionalText = None
    customer_name: Text = ""
    subscription_id: OptionalText = None
    syndication_partner_subscription_number: OptionalText = None
    durable_offer_id: Text = ""
    offer_name: Text = ""
    product_id: Text = ""
    sku_id: Text = ""
    product_name: Text = ""
    sku_name: Text = ""
    subscription_description: Text = ""
    charge_type: Text = ""
    charge_start_date: Instant = None
    charge_end_date: Instant = None
    unit_price: Decimal | None = None
    quantity: Decimal | None = None
    subtotal: Decimal | None = None
    currency: Text = ""
    attributes: Attributes | None = None

    @property
    def is_legacy(self) -> bool:
        """Whether it is a line of legacy seats."""
        kind = self.attributes.object_type if self.attributes else ""
        return kind == LEGACY_LINE or (not kind and self.syndication_partner_subscription_number is not None)

    @property
    def subscription(self) -> str | None:
        """The id of the subscription in Partner Center: what the two systems call a subscription id differs."""
        return self.syndication_partner_subscription_number if self.is_legacy else self.subscription_id

    @property
    def licence(self) -> str:
        """What tells the licence in either system: the offer, or product and SKU."""
        return self.durable_offer_id if self.is_legacy else f"{self.product_id}:{self.sku_id}"
