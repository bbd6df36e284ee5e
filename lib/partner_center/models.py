"""The resources of Partner Center that the runbook uses. Money is Decimal, times are UTC, seats are whole numbers."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from partner_center.profiles import (
    Address,
    BillingProfile,
    CompanyProfile,
    Customer,
    OrganizationProfile,
    PartnerBillingProfile,
    PartnerProfile,
)
from partner_center.purchases import (
    Cart,
    CartError,
    CartLineItem,
    CheckoutResult,
    Order,
    OrderError,
    OrderLineItem,
    Pricing,
)
from partner_center.refunds import RefundableQuantity, RefundOption
from partner_center.resource import (
    Attributes,
    Instant,
    OptionalText,
    Resource,
    Text,
    Word,
    absent_as_no_rows,
    identity,
    same_id,
)
from partner_center.transfers import Transfer, TransferEligibility, TransferLineItem

__all__ = [
    "Address",
    "Agreement",
    "AgreementTemplate",
    "AuditRecord",
    "BillingProfile",
    "Cart",
    "CartError",
    "CartLineItem",
    "CheckoutResult",
    "CompanyProfile",
    "Customer",
    "Offer",
    "Order",
    "OrderError",
    "OrderLineItem",
    "OrganizationProfile",
    "PartnerBillingProfile",
    "PartnerProfile",
    "Pricing",
    "RefundOption",
    "RefundableQuantity",
    "Resource",
    "Subscription",
    "Transfer",
    "TransferEligibility",
    "TransferLineItem",
    "identity",
    "same_id",
]


class ItemType(Resource):
    """The kind of product; ``id`` is OnlineServicesNCE, Azure, Software and others, an open list."""

    id: Text = ""
    display_name: Text = ""
    sub_type: "ItemType | None" = None


class SavingsCommitment(Resource):
    """One line of a savings plan. Source: "Subscription resources"."""

    id: Text = ""
    friendly_name: Text = ""


class NextTerm(Resource):
    """What is scheduled for the next term, seats among it. Source: "Create scheduled changes for subscriptions"."""

    quantity: int | None = None


class Subscription(Resource):
    """A subscription under one partner tenant. Source: "Subscription resources".

    ``quantity`` is in seats; None when Microsoft did not print a number, which holds the row. ``commitment_end_date``
    is exclusive for legacy subscriptions and inclusive for new commerce, the whole day UTC.
    ``cancellation_allowed_until_date`` ends the window in which new commerce may be cancelled, to the second.
    ``custom_term_end_date`` is printed where the end of the term was aligned with another one's. ``line_items`` are
    those of a savings plan; nothing else has any.
    """

    id: str
    offer_id: Text = ""
    offer_name: Text = ""
    friendly_name: Text = ""
    quantity: int | None = None
    status: Word = ""
    unit_type: Text = ""
    parent_subscription_id: OptionalText = None
    creation_date: Instant = None
    effective_start_date: Instant = None
    commitment_end_date: Instant = None
    commitment_end_date_time: Instant = None
    cancellation_allowed_until_date: Instant = None
    refund_options: Annotated[tuple[RefundOption, ...], BeforeValidator(absent_as_no_rows)] = ()
    refundable_quantity: RefundableQuantity | None = None
    auto_renew_enabled: bool | None = None
    is_trial: bool | None = None
    billing_type: Word = ""
    billing_cycle: Word = ""
    term_duration: OptionalText = None
    renewal_term_duration: OptionalText = None
    partner_id: OptionalText = None
    order_id: OptionalText = None
    entitlement_id: OptionalText = None
    product_type: ItemType | None = None
    contract_type: Word = ""
    publisher_name: Text = ""
    suspension_reasons: Annotated[tuple[str, ...], BeforeValidator(absent_as_no_rows)] = ()
    is_microsoft_product: bool | None = None
    has_purchasable_addons: bool | None = None
    migrated_from_subscription_id: OptionalText = None
    promotion_id: OptionalText = None
    custom_term_end_date: Instant = None
    scheduled_next_term_instructions: NextTerm | None = None
    line_items: Annotated[tuple[SavingsCommitment, ...], BeforeValidator(absent_as_no_rows)] = ()
    attributes: Attributes | None = None

    @property
    def etag(self) -> str | None:
        """The version of the object as read, None when it carries none (new commerce)."""
        return self.attributes.etag if self.attributes else None

    def refund_at(self, moment: datetime) -> RefundOption | None:
        """Tell which refund a cancellation gets at a moment (UTC): the first that has not expired, None when none is.

        Microsoft's pages disagree whether what follows the full refund of the first day is printed (NCE cancellation
        policy, "Subscription resources"): None inside the window means that it is not, not that there is none.
        """
        return next((each for each in self.refund_options if each.expires_at and each.expires_at >= moment), None)

    @property
    def product_type_id(self) -> str | None:
        """The kind of product (OnlineServicesNCE and others), None on legacy subscriptions."""
        return (self.product_type.id or None) if self.product_type else None

    @property
    def product_sub_type_id(self) -> str | None:
        """What the kind of product is more exactly (a reservation is Azure, too), None when not printed."""
        sub_type = self.product_type.sub_type if self.product_type else None
        return (sub_type.id or None) if sub_type else None


class Contact(Resource):
    """The person who accepted an agreement."""

    first_name: Text = ""
    last_name: Text = ""
    email: Text = ""


class Agreement(Resource):
    """An attestation that the customer accepted an agreement. Source: "Agreement resources"."""

    primary_contact: Contact | None = None
    template_id: Text = ""
    date_agreed: Instant = None
    type: Text = ""
    user_id: OptionalText = None

    @property
    def first_name(self) -> str:
        """First name of the person who accepted, empty when not printed."""
        return self.primary_contact.first_name if self.primary_contact else ""

    @property
    def last_name(self) -> str:
        """Last name of the person who accepted, empty when not printed."""
        return self.primary_contact.last_name if self.primary_contact else ""

    @property
    def email(self) -> str:
        """E-mail address of the person who accepted, empty when not printed."""
        return self.primary_contact.email if self.primary_contact else ""


class AgreementTemplate(Resource):
    """A version of an agreement; the highest ``version_rank`` is in force. Source: "Agreement metadata resources"."""

    template_id: str
    agreement_type: Text = ""
    agreement_link: Text = ""
    version_rank: int | None = None


class Offer(Resource):
    """A legacy offer of one market. Source: "Offer resources".

    Quantities are in seats, None when not printed. ``limit`` is how many subscriptions of the offer a customer tenant
    may hold, 0 for any number.
    """

    id: str
    name: Text = ""
    description: Text = ""
    minimum_quantity: int | None = None
    maximum_quantity: int | None = None
    country: Text = ""
    is_add_on: bool | None = None
    has_add_ons: bool | None = None
    is_available_for_purchase: bool | None = None
    is_auto_renewable: bool | None = None
    is_trial: bool | None = None
    is_internal: bool | None = None
    billing: Word = ""
    supported_billing_cycles: Annotated[tuple[Word, ...], BeforeValidator(absent_as_no_rows)] = ()
    limit: int | None = None
    limit_unit_of_measure: Word = ""
    prerequisite_offers: Annotated[tuple[str, ...], BeforeValidator(absent_as_no_rows)] = ()
    conversion_target_offers: Annotated[tuple[str, ...], BeforeValidator(absent_as_no_rows)] = ()
    upgrade_target_offers: Annotated[tuple[str, ...], BeforeValidator(absent_as_no_rows)] = ()
    sales_group_id: OptionalText = None
    unit_type: Text = ""


class KeyedValue(Resource):
    """One fact with its name."""

    key: Text = ""
    value: OptionalText = None


class AuditRecord(Resource):
    """One line of the activity log. Source: "Auditing resources".

    ``original_correlation_id`` is the MS-CorrelationId of the call that did it.
    """

    id: OptionalText = None
    partner_id: OptionalText = None
    customer_id: OptionalText = None
    customer_name: Text = ""
    user_principal_name: Text = ""
    application_id: Text = ""
    resource_type: Word = ""
    resource_old_value: OptionalText = None
    resource_new_value: OptionalText = None
    operation_type: Word = ""
    operation_date: Instant = None
    operation_status: Word = ""
    original_correlation_id: OptionalText = None
    customized_data: Annotated[tuple[KeyedValue, ...], BeforeValidator(absent_as_no_rows)] = ()
