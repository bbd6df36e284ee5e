"""Turning what MSAL and Microsoft Entra say when they refuse into one sentence and a next step."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from partner_center import errors
from partner_center.clouds import Cloud
from partner_center.error_codes import SIGN_IN, SIGN_IN_WORDS


def refused_sign_in(result: Mapping[str, Any], cloud: Cloud) -> errors.SignInRefused:
    """Make the error for a refused sign-in from the answer of the token endpoint.

    Source: "Microsoft Entra authentication and authorization error codes".
    """
    number = _number(result)
    word = str(result.get("error") or "")
    known = SIGN_IN.get(number or "") or SIGN_IN_WORDS.get(word)
    description = re.sub(r"\s+", " ", str(result.get("error_description") or word or "no reason was given"))
    meaning, step = known or (description[:300].rstrip("."), "Check the app registration and the credentials.")
    code = f"AADSTS{number}" if number else (word or None)
    host = cloud.login.removeprefix("https://")
    correlation_id = result.get("correlation_id")
    return errors.SignInRefused(
        f"Sign-in at {host} was refused: {meaning}{f' ({code})' if code else ''}.",
        code=code,
        correlation_id=str(correlation_id) if correlation_id else None,
        operation="sign in",
        next_step=step,
    )


def require_mfa(token: str, cloud: Cloud) -> None:
    """Find out that a user's token was made without multifactor authentication before Partner Center refuses it.

    A token that does not say how its user signed in is left to Partner Center.

    Raises:
        SignInRefused: Its ``amr`` claim lists the methods, and multifactor authentication is not among them.

    Source: "Partner Center authentication", "Access token claims reference".
    """
    methods = read_claims(token).get("amr")
    if not isinstance(methods, list) or any("mfa" in str(method).casefold() for method in methods):
        return
    meaning, step = SIGN_IN["50076"]
    host = cloud.login.removeprefix("https://")
    message = f"The sign-in at {host} cannot be used: {meaning}."
    raise errors.SignInRefused(message, operation="sign in", next_step=step)


@contextmanager
def signing_in(cloud: Cloud, tenant: str) -> Iterator[None]:
    """Keep MSAL's own exceptions inside: what it cannot use becomes SignInRefused."""
    import jwt
    import msal.exceptions

    try:
        yield
    except (ValueError, KeyError, RuntimeError, jwt.PyJWTError, msal.exceptions.MsalError) as error:
        message = f"Sign-in to tenant {tenant} at {cloud.login} is not possible ({type(error).__name__}: {error})"
        step = "Check the tenant id, the client id and the address of the sign-in service in the engagement."
        raise errors.SignInRefused(message[:400].rstrip(".") + ".", operation="sign in", next_step=step) from None


def read_claims(token: str) -> dict[str, Any]:
    """Read the claims of a token without judging them; empty when it is not a JSON web token."""
    import jwt

    try:
        return jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}


def _number(result: Mapping[str, Any]) -> str | None:
    codes = result.get("error_codes")
    if isinstance(codes, list) and codes:
        return str(codes[0])
    found = re.search(r"AADSTS(\d+)", str(result.get("error_description") or ""))
    return found.group(1) if found else None
