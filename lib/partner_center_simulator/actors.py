"""Who did something: an application, a person in a portal, Microsoft's support, a customer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """The author of a change, as the activity log and the write log show it.

    Attributes:
        kind: ``api``, ``portal``, ``support``, ``customer``, or ``microsoft`` for what the service does by itself.
        user_principal_name: The person, None for an application alone and for support.
        application_id: The application that made the call, or a first-party name.
        object_id: The person's object id in the partner tenant, where there is one.
        request_id: MS-RequestId of the call, None outside the API.
        correlation_id: MS-CorrelationId of the call, None outside the API.
    """

    kind: str
    user_principal_name: str | None = None
    application_id: str | None = None
    object_id: str | None = None
    request_id: str | None = None
    correlation_id: str | None = None
