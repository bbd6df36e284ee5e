"""Who a person is. The credential is not the person: approving and confirming sign the person in apart."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from partner_center import errors
from partner_center.calls import Patience
from partner_center.clouds import Cloud
from partner_center.device_code import sign_in_with_device_code
from partner_center.resource import same_id
from partner_center.sign_in_http import SignInHttp
from partner_center.sign_in_refusals import refused_sign_in, signing_in
from partner_center.wire import Wire

_LEEWAY_SECONDS = 300
"""The computer's clock may be wrong by as much without being told."""


@dataclass(frozen=True)
class Person:
    """A person of one tenant, as Microsoft Entra vouches for them.

    Args:
        object_id: The user's id in the tenant: who they are, whatever they are called.
        user_name: Their sign-in name at that moment.
        name: Their display name at that moment.
    """

    object_id: str
    user_name: str
    name: str


def sign_in_person(
    cloud: Cloud,
    tenant: str,
    client_id: str,
    show: Callable[[str], object],
    *,
    patience: Patience | None = None,
    wire: Wire | None = None,
) -> Person:
    """Have a person sign in with a device code, for who they are and for nothing else.

    Only the OpenID scopes are asked for, no refresh token, and nothing is stored. MSAL leaves the ID token to the
    application: audience, issuer, tenant and times are checked here. It came straight from the token endpoint over TLS,
    which stands for its signature (OpenID Connect Core 3.1.3.7).

    Args:
        cloud: Where to sign in.
        tenant: The tenant that the person must belong to.
        client_id: The application to sign in to.
        show: Shows the person where to enter which code. Blocks until they have, or the code ends.
        patience: How long a request is repeated.
        wire: Takes the place of the network.

    Raises:
        SignInRefused: The person declined or did not come, or the ID token is not for this tenant and application.
        Unreachable: The sign-in service could not be reached.

    Source: "ID tokens in the Microsoft identity platform".
    """
    http = SignInHttp(cloud, patience=patience, wire=wire)
    try:
        with signing_in(cloud, tenant):
            issuer = _issuer(http, cloud, tenant)
            result = _device_sign_in(http, cloud, tenant, client_id, show)
    finally:
        http.close()
    token = result.get("id_token")
    if not isinstance(token, str):
        raise refused_sign_in(result, cloud)
    return _person(token, tenant=tenant, client_id=client_id, issuer=issuer)


def _issuer(http: SignInHttp, cloud: Cloud, tenant: str) -> str:
    answer = http.get(f"{cloud.login}/{tenant}/v2.0/.well-known/openid-configuration")
    answer.raise_for_status()
    return str(json.loads(answer.text)["issuer"])


def _device_sign_in(
    http: SignInHttp, cloud: Cloud, tenant: str, client_id: str, show: Callable[[str], object]
) -> Mapping[str, Any]:
    import msal  # loads slowly: only who signs in waits for it

    application = msal.PublicClientApplication(
        client_id,
        authority=f"{cloud.login}/{tenant}",
        instance_discovery=False,
        http_client=http,
        exclude_scopes=["offline_access"],
    )
    return sign_in_with_device_code(application, [], cloud, show)


def _person(token: str, *, tenant: str, client_id: str, issuer: str) -> Person:
    import jwt

    try:
        claims = jwt.decode(
            token,
            audience=client_id,
            issuer=issuer,
            leeway=_LEEWAY_SECONDS,
            options={
                "verify_signature": False,
                "verify_aud": True,
                "verify_iss": True,
                "verify_exp": True,
                "verify_nbf": True,
                "require": ["aud", "iss", "exp", "tid", "oid"],
            },
        )
    except jwt.InvalidTokenError as error:
        raise _not_believed(str(error)) from None
    if not same_id(str(claims["tid"]), tenant):
        raise _not_believed("it is for another tenant")
    return Person(
        object_id=str(claims["oid"]),
        user_name=str(claims.get("preferred_username") or ""),
        name=str(claims.get("name") or ""),
    )


def _not_believed(reason: str) -> errors.SignInRefused:
    message = f"The ID token of this sign-in is not accepted: {reason.rstrip('.')}."
    step = "Sign in as a user of the tenant that the engagement names, and check this computer's clock."
    return errors.SignInRefused(message, operation="sign in", next_step=step)
