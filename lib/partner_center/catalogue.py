"""The catalogue of new commerce as Partner Center answers it: products, SKUs, availabilities, promotions, end dates.

What anything costs is not in the catalogue: a price stands on a line of a cart (``purchases.Pricing``).
"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from partner_center.models import ItemType
from partner_center.refunds import RefundOption
from partner_center.resource import (
    Instant,
    OptionalText,
    Resource,
    Text,
    Word,
    absent_as_no_rows,
    enumeration,
    identity,
)


class Product(Resource):
    """A product of one market. Source: "Product resources"."""

    id: str
    title: Text = ""
    description: Text = ""
    product_type: ItemType | None = None
    publisher_name: Text = ""
    is_microsoft_product: bool | None = None


class DynamicAttributes(Resource):
    """What differs from SKU to SKU. ``provisioning_id`` is the licence SKU in the customer's directory.

    Each of ``prerequisite_skus`` names product and SKU; a customer needs one of them.
    """

    is_addon: bool | None = None
    prerequisite_skus: Annotated[tuple[str, ...], BeforeValidator(absent_as_no_rows)] = ()
    provisioning_id: OptionalText = None


class Sku(Resource):
    """A SKU, whose id is unique inside its product only; quantities are in seats. Source: "Product resources"."""

    id: str
    product_id: Text = ""
    title: Text = ""
    description: Text = ""
    minimum_quantity: int | None = None
    maximum_quantity: int | None = None
    is_trial: bool | None = None
    supported_billing_cycles: Annotated[tuple[Word, ...], BeforeValidator(absent_as_no_rows)] = ()
    purchase_prerequisites: Annotated[tuple[str, ...], BeforeValidator(absent_as_no_rows)] = ()
    dynamic_attributes: DynamicAttributes | None = None

    @property
    def is_addon(self) -> bool | None:
        """Whether it needs another subscription, None when not printed."""
        return self.dynamic_attributes.is_addon if self.dynamic_attributes else None

    @property
    def prerequisite_skus(self) -> tuple[str, ...]:
        """Product and SKU of those of which the customer tenant must own one."""
        return self.dynamic_attributes.prerequisite_skus if self.dynamic_attributes else ()

    @property
    def provisioning_id(self) -> str | None:
        """The licence SKU in the customer's directory, None when not printed."""
        return self.dynamic_attributes.provisioning_id if self.dynamic_attributes else None


class CancellationPolicy(Resource):
    """Until when which part of the price is paid back."""

    refund_options: Annotated[tuple[RefundOption, ...], BeforeValidator(absent_as_no_rows)] = ()


class Term(Resource):
    """A commitment that can be bought: ``duration`` is ISO 8601, such as P1Y, empty where there is none."""

    id: Text = ""
    duration: Text = ""
    description: Text = ""
    billing_cycle: Word = ""
    cancellation_policies: Annotated[tuple[CancellationPolicy, ...], BeforeValidator(absent_as_no_rows)] = ()


class Currency(Resource):
    """A currency; ``code`` is ISO 4217."""

    code: Text = ""
    symbol: Text = ""


class Availability(Resource):
    """How a SKU is sold in one market and segment. Source: "Product resources".

    Its ids are issued anew over time: ``catalog_item_id`` is for use at once, never to be kept in a plan.
    """

    id: str
    product_id: Text = ""
    sku_id: Text = ""
    catalog_item_id: str
    default_currency: Currency | None = None
    segment: Word = ""
    country: Text = ""
    is_purchasable: bool | None = None
    is_renewable: bool | None = None
    terms: Annotated[tuple[Term, ...], BeforeValidator(absent_as_no_rows)] = ()

    @property
    def currency(self) -> str | None:
        """The currency in which it is priced (ISO 4217), None when not printed."""
        return (self.default_currency.code or None) if self.default_currency else None

    def term(self, duration: str, billing_cycle: str) -> Term | None:
        """Find the term of a duration (ISO 8601) and a billing cycle, None when it is not sold so."""
        wanted = (identity(duration), enumeration(billing_cycle))
        return next((each for each in self.terms if (identity(each.duration), each.billing_cycle) == wanted), None)


class Promotion(Resource):
    """A promotion; what it takes off shows on the line of a cart that names it. Source: "Get promotions"."""

    id: str
    name: Text = ""
    start_date: Instant = None
    end_date: Instant = None


class CustomTermEndDate(Resource):
    """A day on which a new term may end, inclusive and in UTC. Source: "Get custom term end dates".

    ``type`` is calendar_month_aligned or subscription_aligned; in the second case ``subscription_ids`` names those that
    end on that day.
    """

    type: Word = Field(default="", alias="allowedCustomTermEndDateType")
    end: Instant = Field(default=None, alias="allowedCustomTermEndDate")
    subscription_ids: Annotated[tuple[str, ...], BeforeValidator(absent_as_no_rows)] = Field(
        default=(), alias="cotermSubscriptionIds"
    )


class Qualification(Resource):
    """What a customer is qualified for, as one partner has it. Source: "Get customer qualification (asynchronous)".

    ``qualification`` is education, government_community_cloud, nonprofit and others, or none.
    """

    qualification: Word = ""
    vetting_status: Word = ""
    vetting_reason: OptionalText = None
