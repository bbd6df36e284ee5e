"""Microsoft's error codes: what they mean here and what to do next.

Sources: "Partner Center REST error codes" for the numbers without a prefix, "Microsoft Entra authentication and
authorization error codes" for those with AADSTS.
"""

from typing import NamedTuple

from partner_center import errors


class ErrorCode(NamedTuple):
    """What one code of Partner Center means: the error to raise, the meaning, the next step."""

    kind: type[errors.Refused]
    meaning: str
    next_step: str


_BUY_ANEW = "Look the product up in the catalogue again and plan the row anew."
_END_DATE = "Read the allowed end dates again and plan the row anew, without an aligned end if there is none."
_WAIT = "Wait two minutes, read it again, then decide."
_ROLE = "Give the user the role in Partner Center (Account settings, User management), then sign in again."
_LATER = "Read the object again and plan the row anew."
_PORTAL = "Look at the transfer in the portal of both partner tenants, then run the phase again."
_AZURE = "Settle it in the portal of the partner tenant that holds it, then prepare and plan again."
_REVIEW = "Ask Microsoft support with the correlation id; nothing more can be bought for this customer until then."

PARTNER_CENTER: dict[str, ErrorCode] = {
    "2000": ErrorCode(errors.Refused, "the id or the paging token is not valid", "Check the id."),
    "2001": ErrorCode(errors.Conflict, "seats cannot be changed while it is suspended", _LATER),
    "2002": ErrorCode(errors.LimitReached, "the seats are outside the limits of the offer", "Plan a valid number."),
    "2006": ErrorCode(errors.Refused, "the offer or the partner does not accept this", _BUY_ANEW),
    "2011": ErrorCode(errors.Conflict, "the subscription is deleted already", _LATER),
    "2030": ErrorCode(errors.Forbidden, "the partner is not enrolled for that country", "Check the CSP region."),
    "2054": ErrorCode(errors.Refused, "the billing cycle is changed on the order only", "Change it in the portal."),
    "2055": ErrorCode(errors.StaleEtag, "the object was changed after it was read", _LATER),
    "2085": ErrorCode(errors.NotPurchasable, "the offer cannot be bought", _BUY_ANEW),
    "2091": ErrorCode(errors.NotPurchasable, "the offer cannot be bought", _BUY_ANEW),
    "2100": ErrorCode(errors.NotFound, "the id belongs to the product catalogue, not to the offers", _BUY_ANEW),
    "3000": ErrorCode(errors.NotFound, "the Partner ID does not exist", "Check the Partner ID."),
    "10001": ErrorCode(errors.NotFound, "the catalogue item is not known", _BUY_ANEW),
    "13605": ErrorCode(
        errors.AgreementMissing,
        "the customer's acceptance of the customer agreement is not confirmed",
        "Confirm in this partner tenant who accepted it and when, then try again.",
    ),
    "20000": ErrorCode(errors.NotFound, "the order is unknown to this partner tenant", "Check the order id."),
    "20002": ErrorCode(
        errors.NoRelationship,
        "this partner has no relationship with the customer",
        "Have the customer's Global admin accept the invitation of this partner tenant.",
    ),
    "20003": ErrorCode(errors.NotFound, "the subscription is unknown to this partner tenant", "Check its id."),
    "27009": ErrorCode(errors.Conflict, "the parent subscription is not active", "Activate the base in the portal."),
    "400013": ErrorCode(errors.NotFound, "the product is gone from the catalogue", _BUY_ANEW),
    "400018": ErrorCode(errors.NotFound, "the SKU is gone from the catalogue", _BUY_ANEW),
    "400019": ErrorCode(errors.NotFound, "the availability is gone from the catalogue", _BUY_ANEW),
    "400030": ErrorCode(errors.Forbidden, "the partner may not sell in that segment", "Check the segment."),
    "400036": ErrorCode(errors.Forbidden, "the partner may not see that part of the catalogue", "Check the view."),
    "400072": ErrorCode(errors.NotPurchasable, "the item is not available", _BUY_ANEW),
    "600061": ErrorCode(
        errors.AgreementAlreadyConfirmed, "the same attestation is on file already", "Read the agreements."
    ),
    "800001": ErrorCode(errors.Unauthorized, "the token is missing or expired", "Sign in again."),
    "800002": ErrorCode(errors.Refused, "the input is not valid", "Look at the row, then ask Microsoft support."),
    "800015": ErrorCode(errors.NotFound, "the Partner ID is unknown", "Check the Partner ID of the reseller."),
    "800016": ErrorCode(errors.Refused, "the Partner ID is not that of a reseller", "Use the reseller's Partner ID."),
    "800018": ErrorCode(errors.LimitReached, "the limit of the integration sandbox is reached", "Free some of it."),
    "800020": ErrorCode(errors.NotPurchasable, "the offer cannot be bought any more", _BUY_ANEW),
    "800028": ErrorCode(errors.NotPurchasable, "the offer cannot be bought any more", _BUY_ANEW),
    "800036": ErrorCode(errors.StaleEtag, "the object was changed after it was read", _LATER),
    "800040": ErrorCode(errors.Conflict, "the status cannot be changed that way", _LATER),
    "800060": ErrorCode(errors.Conflict, "an order is in progress", _WAIT),
    "800061": ErrorCode(errors.Conflict, "it can no longer be cancelled", "Choose another route for the row."),
    "800063": ErrorCode(errors.Refused, "the order cannot be cancelled", "Suspend the subscription instead."),
    "800064": ErrorCode(errors.Conflict, "the cart is in use by another request", _WAIT),
    "800065": ErrorCode(errors.Conflict, "the cart was submitted already", "Read the cart and the orders."),
    "800066": ErrorCode(errors.LimitReached, "too many subscriptions", "Free subscriptions in the customer tenant."),
    "800067": ErrorCode(errors.LimitReached, "too many seats", "Ask Microsoft support for a higher limit."),
    "800069": ErrorCode(errors.Forbidden, "the risk check of Microsoft refused the purchase", _REVIEW),
    "800073": ErrorCode(errors.Forbidden, "the customer is under review", _REVIEW),
    "800074": ErrorCode(errors.Forbidden, "the customer was refused by the review", _REVIEW),
    "800075": ErrorCode(errors.Forbidden, "the customer cannot be sold to", _REVIEW),
    "800078": ErrorCode(errors.Refused, "the transfer names a subscription that cannot be transferred", _LATER),
    "800082": ErrorCode(errors.Conflict, "the subscription is busy", _WAIT),
    "800088": ErrorCode(errors.LimitReached, "too many subscriptions", "Free subscriptions in the customer tenant."),
    "800089": ErrorCode(errors.LimitReached, "too many seats", "Ask Microsoft support for a higher limit."),
    "800090": ErrorCode(errors.Conflict, "the seats cannot be lowered now", _LATER),
    "800091": ErrorCode(errors.Conflict, "it cannot be changed while it is suspended", _LATER),
    "800096": ErrorCode(errors.Conflict, "the status cannot be changed", _LATER),
    "900100": ErrorCode(errors.NotFound, "the transfer is unknown to this partner tenant", _PORTAL),
    "900101": ErrorCode(errors.Conflict, "the transfer is in progress", "Wait 15 minutes, then run the phase again."),
    "900102": ErrorCode(errors.Conflict, "the state of the transfer does not allow it", _PORTAL),
    "900103": ErrorCode(errors.Refused, "the order of the transfer failed", _PORTAL),
    "900104": ErrorCode(errors.Conflict, "the transfer is busy", _WAIT),
    "900105": ErrorCode(errors.Forbidden, "a suspended Azure subscription blocks the transfer", _AZURE),
    "900115": ErrorCode(errors.Forbidden, "an Azure plan with active subscriptions cannot be suspended", _LATER),
    "900117": ErrorCode(errors.Conflict, "the cancellation window has passed", "Choose another route for the row."),
    "900118": ErrorCode(errors.NotFound, "the customer id is not valid", "Check the customer's tenant id."),
    "900123": ErrorCode(errors.Forbidden, "the reseller has not signed the partner agreement", "Have it signed."),
    "900124": ErrorCode(errors.Forbidden, "the partner agreement is not signed", "Sign it in Partner Center."),
    **{
        code: ErrorCode(errors.Refused, "a precondition of the transfer for Azure is not met", _AZURE)
        for code in ("900131", "900132", "900133", "900134", "900145", "900146", "900147")
    },
    **{
        code: ErrorCode(errors.Refused, "the transfer is refused", _PORTAL)
        for code in ("900135", "900136", "900139", "900160", "900400")
    },
    "900137": ErrorCode(errors.Refused, "transfers are not enabled for this partner", "Ask Microsoft support."),
    "900138": ErrorCode(errors.Refused, "transfers are not enabled in this cloud", "Choose another route for the row."),
    "900148": ErrorCode(errors.Refused, "source and target of the transfer are the same", "Check the engagement."),
    "900154": ErrorCode(errors.Refused, "the Partner ID is not linked to an active reseller", "Check the Partner ID."),
    "900206": ErrorCode(errors.Refused, "the reseller attestation is missing", "Plan the row with its Partner ID."),
    "900213": ErrorCode(errors.Conflict, "the cancellation window has passed", "Choose another route for the row."),
    "900214": ErrorCode(errors.Conflict, "the seats cannot be lowered now", _LATER),
    "900257": ErrorCode(errors.Conflict, "the seats cannot be lowered now", _LATER),
    "900242": ErrorCode(errors.Refused, "the aligned end date is not allowed", _END_DATE),
    "900246": ErrorCode(errors.Refused, "the end date cannot be aligned", _END_DATE),
    "900277": ErrorCode(errors.Conflict, "the subscription is expiring", _LATER),
    "900278": ErrorCode(errors.Conflict, "an operation on it is pending", "Wait up to 24 hours, then read it again."),
    "900279": ErrorCode(errors.Conflict, "it accepts no updates any more", _LATER),
    "900280": ErrorCode(errors.Conflict, "it accepts no updates now", _WAIT),
    "900308": ErrorCode(errors.Forbidden, "the signed-in user lacks the role", _ROLE),
    "900309": ErrorCode(errors.Forbidden, "conditional access refused the sign-in", "Sign in as the policy asks."),
    "900311": ErrorCode(errors.LimitReached, "the subscription was updated too often", "Ask Microsoft support."),
    "900329": ErrorCode(
        errors.AppOnlyNotSupported,
        "an application without a user may not do this",
        "Sign in with a refresh token or a device code of a user with MFA.",
    ),
    "900419": ErrorCode(
        errors.LimitReached,
        "the customer tenant holds the most subscriptions it may (300)",
        "Free subscriptions in the customer tenant.",
    ),
    "900420": ErrorCode(errors.Unauthorized, "the token is for another audience", "Check the cloud, sign in again."),
}
"""Partner Center's codes that decide something, by their text."""

_SUPPORT = "Look at the row, or ask Microsoft support with the correlation id."

BY_STATUS: dict[int, tuple[type[errors.Refused], str]] = {
    401: (errors.Unauthorized, "Sign in again, with MFA, and check the cloud and the tenant in the engagement."),
    403: (errors.Forbidden, "Check the role of the signed-in user and the consent of the application."),
    404: (errors.NotFound, "Check the id."),
    409: (errors.Conflict, _WAIT),
    412: (errors.StaleEtag, _LATER),
    417: (errors.StaleEtag, _LATER),
}
"""The error to raise and the next step when the code is not in the table."""

ANY_STATUS: tuple[type[errors.Refused], str] = (errors.Refused, _SUPPORT)
"""The same for every other status."""

_MFA = (
    "the sign-in was made without multifactor authentication, which Partner Center asks for",
    "Sign in once with MFA and store the new refresh token.",
)
_SECRET = "Make a new client secret in the app registration and store it."  # noqa: S105 -- a sentence, no secret
_REFRESH = ("the refresh token is expired or revoked", "Sign in once with MFA and store the new refresh token.")

SIGN_IN: dict[str, tuple[str, str]] = {
    "50034": ("the user is unknown in this tenant", "Sign in as a user of the partner tenant."),
    "50057": ("the user account is disabled", "Sign in as another user."),
    "50076": _MFA,
    "50079": _MFA,
    "50158": _MFA,
    "50173": _REFRESH,
    "53003": ("conditional access blocked the sign-in", "Ask the tenant's administrator about the policy."),
    "65001": ("the application has no consent in this tenant", "Have an administrator grant it."),
    "70008": _REFRESH,
    "70011": ("the scope is not valid", "Check the addresses of the cloud in the engagement."),
    "90002": ("the tenant does not exist in this cloud", "Check the tenant id and the cloud in the engagement."),
    "500011": (
        "Partner Center is not known as an application in this tenant",
        "Register the application in a tenant that is enrolled in Partner Center.",
    ),
    "700016": ("the application is not registered in this tenant", "Check the client id and the tenant id."),
    "700082": _REFRESH,
    "7000215": ("the client secret is wrong", _SECRET),
    "7000218": ("a client secret or certificate is needed", "Store one, or allow public client flows."),
    "7000222": ("the client secret has expired", _SECRET),
}
"""Microsoft Entra's AADSTS numbers: meaning and next step."""

SIGN_IN_WORDS: dict[str, tuple[str, str]] = {
    "authorization_declined": ("the person declined the sign-in", "Run the step again and accept."),
    "authorization_pending": ("nobody signed in before the code expired", "Run the step again."),
    "code_expired": ("nobody signed in before the code expired", "Run the step again."),
    "expired_token": ("nobody signed in before the code expired", "Run the step again."),
    "interaction_required": _MFA,
    "invalid_client": ("the client id or its secret is wrong", "Check the credentials of this tenant."),
    "invalid_grant": _REFRESH,
    "unauthorized_client": ("the application may not sign in that way", "Check the app registration."),
}
"""The OAuth error words, for answers without an AADSTS number that is known."""
