"""Carts and orders as Partner Center answers them. Money is Decimal, before tax, in the currency of the partner."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BeforeValidator, Field

from partner_center.resource import Attributes, Instant, OptionalText, Resource, Text, Word, absent_as_no_rows


class Pricing(Resource):
    """Prices before tax; ``extended_price`` is price by quantity. Source: "Cart resources"."""

    list_price: Decimal | None = None
    discounted_price: Decimal | None = None
    prorated_price: Decimal | None = None
    price: Decimal | None = None
    extended_price: Decimal | None = None


class CartError(Resource):
    """Why a line of a cart cannot be bought; the cart itself is answered as created all the same."""

    error_code: OptionalText = None
    error_description: Text = ""


class CartLineItem(Resource):
    """A line of a cart, quantity in seats. Source: "Cart resources"."""

    id: OptionalText = None
    catalog_item_id: Text = ""
    friendly_name: Text = ""
    quantity: int | None = None
    currency: OptionalText = Field(default=None, alias="currencyCode")
    billing_cycle: Word = ""
    term_duration: OptionalText = None
    custom_term_end_date: Instant = None
    promotion_id: OptionalText = None
    order_group: OptionalText = None
    pricing: Pricing | None = None
    error: CartError | None = None
    addon_items: Annotated[tuple["CartLineItem", ...], BeforeValidator(absent_as_no_rows)] = ()


class Cart(Resource):
    """A cart; buys nothing until it is checked out. Source: "Cart resources".

    ``expiration`` is seven days after creation, UTC. Each line has to be looked at: a line with an ``error`` does not
    keep the cart from being created (S14).
    """

    id: str
    status: Word = ""
    creation: Instant = Field(default=None, alias="creationTimestamp")
    expiration: Instant = Field(default=None, alias="expirationTimestamp")
    lines: Annotated[tuple[CartLineItem, ...], BeforeValidator(absent_as_no_rows)] = Field(
        default=(), alias="lineItems"
    )

    @property
    def all_lines(self) -> tuple[CartLineItem, ...]:
        """The lines, each followed by those of its add-ons."""
        return tuple(every for line in self.lines for every in (line, *line.addon_items))


class OrderLineItem(Resource):
    """A line of an order. ``subscription_id`` is None until it is provisioned. Source: "Order resources"."""

    line_item_number: int | None = None
    offer_id: Text = ""
    subscription_id: OptionalText = None
    parent_subscription_id: OptionalText = None
    friendly_name: Text = ""
    quantity: int | None = None
    term_duration: OptionalText = None
    custom_term_end_date: Instant = None
    transaction_type: Word = ""
    partner_id_on_record: OptionalText = None
    pricing: Pricing | None = None


class Order(Resource):
    """An order; ``currency`` is ISO 4217. Source: "Order resources"."""

    id: Text = ""
    alternate_id: OptionalText = None
    reference_customer_id: OptionalText = None
    status: Word = ""
    billing_cycle: Word = ""
    currency: OptionalText = Field(default=None, alias="currencyCode")
    creation_date: Instant = None
    total_price: Decimal | None = None
    lines: Annotated[tuple[OrderLineItem, ...], BeforeValidator(absent_as_no_rows)] = Field(
        default=(), alias="lineItems"
    )
    attributes: Attributes | None = None


class OrderError(Resource):
    """Why one order of a checkout failed while others may stand."""

    order_group_id: OptionalText = None
    code: OptionalText = None
    description: Text = ""


class CheckoutResult(Resource):
    """What a checkout bought, and what of it failed. Source: "Check out an order for a customer in a cart"."""

    orders: Annotated[tuple[Order, ...], BeforeValidator(absent_as_no_rows)] = ()
    order_errors: Annotated[tuple[OrderError, ...], BeforeValidator(absent_as_no_rows)] = ()

    @classmethod
    def read(cls, body: object) -> Self:
        """Read either printed form: the envelope with orders and errors, or one bare order.

        Raises:
            ValueError: It is neither.
        """
        names = {str(name).casefold() for name in body} if isinstance(body, Mapping) else set()
        if names & {"orders", "ordererrors"}:
            return cls.model_validate(body)
        if "lineitems" in names:
            return cls.model_validate({"orders": [body]})
        message = "The answer holds neither orders nor an order."
        raise ValueError(message)
