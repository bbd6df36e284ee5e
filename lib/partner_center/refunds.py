"""What is paid back when seats of new commerce are cancelled or handed back, and until when."""

from typing import Annotated

from pydantic import BeforeValidator

from partner_center.resource import Instant, OptionalText, Resource, Word, absent_as_no_rows


class RefundOption(Resource):
    """What a cancellation gets back until a moment. Source: "Subscription resources".

    ``type`` is full or partial. On subscriptions ``expires_at`` (UTC) is printed, on availabilities ``expires_after``,
    an ISO 8601 duration counted from the purchase.
    """

    type: Word = ""
    expires_at: Instant = None
    expires_after: OptionalText = None


class RefundableSeats(Resource):
    """Seats of one purchase that can be handed back until a moment (UTC)."""

    quantity: int | None = None
    allowed_until_date_time: Instant = None


class RefundableQuantity(Resource):
    """Seats that can still be handed back, in all and by purchase. Source: "Get a subscription by ID".

    It is filled where one subscription is read, not in the list.
    """

    total_quantity: int | None = None
    details: Annotated[tuple[RefundableSeats, ...], BeforeValidator(absent_as_no_rows)] = ()
