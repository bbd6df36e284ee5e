"""Refusals that can be asked for by code, with the HTTP status that goes with each.

Source: Microsoft page "Partner Center REST error codes"; 900419 has no printed status, its neighbours have 403; nor
have 900400 and those from 900131 to 900148: 400 is inferred.
"""

from partner_center_simulator.refusals import Refusal

BUSINESS_ERRORS: dict[int, tuple[int, str]] = {
    2001: (400, "The number of seats cannot be changed while the subscription is suspended."),
    2002: (400, "The number of seats is outside the limits of the offer."),
    2006: (400, "The offer does not accept updates."),
    2011: (400, "The subscription is already deleted."),
    2054: (400, "The billing cycle must be changed on the order."),
    2055: (400, "Etag no longer valid."),
    2085: (403, "The offer can no longer be purchased."),
    13605: (403, "Acceptance of the customer agreement is not confirmed."),
    20002: (403, "No commerce relationship with this customer."),
    20003: (404, "Subscription not found."),
    27009: (409, "The parent subscription is not active."),
    800002: (400, "Invalid input."),
    400013: (404, "Product not found."),
    400018: (404, "SKU not found."),
    400019: (404, "Availability not found."),
    800040: (400, "The status cannot be changed."),
    800060: (409, "An order is in progress."),
    800063: (400, "The order cannot be cancelled, suspend the subscription instead."),
    800061: (400, "The subscription cannot be cancelled."),
    800064: (409, "Cart is in use by another request."),
    800065: (400, "The cart was already submitted."),
    800066: (403, "Too many subscriptions."),
    800069: (403, "The purchase did not pass the risk check."),
    800078: (400, "The transfer holds a subscription that is not valid."),
    800082: (409, "Subscription not ready for updates."),
    800090: (400, "Seats cannot be lowered."),
    900100: (404, "Transfer not found."),
    900101: (409, "A transfer is in progress."),
    900102: (400, "Not possible in the state of this transfer."),
    900103: (500, "The order of the transfer failed."),
    900104: (409, "The transfer is busy."),
    900117: (400, "The window for cancelling has passed."),
    900131: (400, "The customer has a legacy Azure subscription."),
    900132: (400, "The customer has no Azure plan with the target partner."),
    900137: (400, "Transfers are not enabled for the partner."),
    900138: (400, "Transfers are not enabled in this cloud."),
    900148: (400, "Source and target partner are the same."),
    900206: (400, "The attestation of the reseller on record is missing."),
    900213: (400, "The 168-hour window for cancelling has passed."),
    900242: (400, "The custom term end date is not one that is allowed."),
    900246: (400, "The end date of this item cannot be aligned."),
    900277: (400, "The subscription is expiring."),
    900278: (409, "Pending operation on this subscription."),
    900279: (400, "The subscription does not allow updates any more."),
    900280: (400, "Updates are not allowed now."),
    900308: (403, "The role for this call is missing."),
    900309: (403, "Conditional access does not allow this call."),
    900329: (403, "Application-only credentials not supported here."),
    900400: (400, "The transfer cannot be created."),
    900419: (403, "The customer holds as many subscriptions as a tenant can."),
}
LINE_ERRORS: dict[int, str] = {
    400041: "The add-on needs a subscription that the customer does not hold.",
}
"""Errors that stand on a line of a cart that was answered with 201."""


def refusal(code: int) -> Refusal:
    """Return the refusal of a code.

    Raises:
        KeyError: The code is not among those that can be asked for.
    """
    status, description = BUSINESS_ERRORS[code]
    return Refusal(status, code, description)
