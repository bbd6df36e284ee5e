"""What can go wrong between us and Microsoft, each with its next step.

PartnerCenterError
  CredentialsMissing        nothing to sign in with
  SignInRefused             Microsoft Entra refused the sign-in
  WrongTenant               signed in, but to another organisation than expected (S5)
  Unreachable               no connection, or a read that got no answer
  ServiceFailure            a read was answered with 5xx
  UnreadableAnswer          a read was answered with something that cannot be understood
  AnswerUnknown             a write may or may not have taken effect: read first, then settle it (S3)
  Throttled                 429, and patience is over
  Refused                   Microsoft said no, nothing was changed
    Unauthorized              the token is not accepted
    Forbidden                 the role, policy or kind of sign-in does not allow it
      AppOnlyNotSupported       needs a signed-in user
      NoRelationship            this partner has no relationship with the customer
      AgreementMissing          the customer agreement is not confirmed
    NotFound                  unknown id, or not visible to this partner
    StaleEtag                 the object changed after it was read
    Conflict                  another operation is under way, or the state does not allow it
      AgreementAlreadyConfirmed the same attestation exists
    NotPurchasable            the offer cannot be bought
    LimitReached              too many seats or subscriptions

Every error raised while sending a write means that nothing was changed, AnswerUnknown apart.
"""

import re


class PartnerCenterError(Exception):
    """Something between us and Microsoft failed.

    Args:
        message: What happened, one sentence.
        code: Microsoft's error code as text (``20002``, ``AADSTS50076``), None when there was none.
        status: HTTP status of the answer, None when there was none.
        correlation_id: The MS-CorrelationId that Microsoft support asks for.
        operation: What was being done, such as ``read the customer list``.
        next_step: What to do now, one sentence.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        correlation_id: str | None = None,
        operation: str | None = None,
        next_step: str = "",
    ) -> None:
        self.message = without_secrets(message)
        self.code = code
        self.status = status
        self.correlation_id = correlation_id
        self.operation = operation
        self.next_step = next_step
        super().__init__(f"{self.message} {next_step}".strip())


class CredentialsMissing(PartnerCenterError):
    """No client id was found where credentials are looked for, or a file that they name is not there."""


class SignInRefused(PartnerCenterError):
    """Microsoft Entra refused the sign-in; ``code`` is its AADSTS number."""


class WrongTenant(PartnerCenterError):
    """The signed-in organisation is not the tenant that was expected (S5)."""


UNTRUSTED = "certificate"
"""The code of Unreachable when the other side's certificate is not trusted: waiting does not help."""


class Unreachable(PartnerCenterError):
    """No connection could be made, or a read got no answer. A write that raises this was not sent."""


class ServiceFailure(PartnerCenterError):
    """A read was answered with a server error (5xx)."""


class UnreadableAnswer(PartnerCenterError):
    """A read was answered with something that is not what the contract describes."""


class AnswerUnknown(PartnerCenterError):
    """A write was sent and no usable answer came: it may or may not have taken effect (S3)."""


class Throttled(PartnerCenterError):
    """Too many requests, and the retries are used up. ``retry_after`` is in seconds, None when not told."""

    retry_after: float | None = None


class Refused(PartnerCenterError):
    """Microsoft refused the request (4xx): nothing was changed."""


class Unauthorized(Refused):
    """The access token is missing, expired, for another audience or without MFA (401)."""


class Forbidden(Refused):
    """Neither the role, the policy nor the kind of sign-in allows it (403)."""


class AppOnlyNotSupported(Forbidden):
    """The call needs a signed-in user; an application alone is refused (900329)."""


class NoRelationship(Forbidden):
    """The partner has no relationship with the customer (20002, or customers/{id} not visible)."""


class AgreementMissing(Forbidden):
    """The customer's acceptance of the customer agreement is not confirmed (13605)."""


class NotFound(Refused):
    """The id is unknown or not visible to this partner (404)."""


class StaleEtag(Refused):
    """The object was changed after it was read (2055, 412, 800036)."""


class Conflict(Refused):
    """Another operation is under way, or the present state does not allow the change (409)."""


class AgreementAlreadyConfirmed(Conflict):
    """The same attestation of the customer agreement exists already (600061)."""


class NotPurchasable(Refused):
    """The offer is not, or no longer, on sale to this customer."""


class LimitReached(Refused):
    """A limit of seats or subscriptions is reached."""


_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")
_NAMED_SECRET = re.compile(r"(?i)\b((?:client_secret|refresh_token|access_token|device_code)\W{1,4})[^\s\"'&,}]+")
_BEARER = re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}")


def without_secrets(text: str) -> str:
    """Take anything that looks like a token or a client secret out of a text (S10)."""
    text = _TOKEN.sub("[token]", text)
    text = _BEARER.sub(r"\1[token]", text)
    return _NAMED_SECRET.sub(r"\1[secret]", text)
