"""Signing a person in with a code that they enter on any device."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from partner_center.clouds import Cloud
from partner_center.sign_in_refusals import refused_sign_in

if TYPE_CHECKING:
    import msal


def sign_in_with_device_code(
    application: "msal.ClientApplication", scopes: list[str], cloud: Cloud, show: Callable[[str], object]
) -> Mapping[str, Any]:
    """Show the person where to enter which code, and wait until they have, declined, or the code ended.

    The message is for that person's eyes: it belongs neither into a saved notebook nor into a log (S10).

    Raises:
        SignInRefused: No code was given out.

    Source: "OAuth 2.0 device authorization grant".
    """
    # Of all that MSAL logs at its most verbose, this alone holds a secret in clear: the device code it was given.
    logging.getLogger("msal.token_cache").setLevel(logging.INFO)
    flow = application.initiate_device_flow(scopes=scopes)
    if "user_code" not in flow:
        raise refused_sign_in(flow, cloud)
    show(str(flow.get("message") or f"Open {flow['verification_uri']} and enter the code {flow['user_code']}."))
    result: Mapping[str, Any] = application.acquire_token_by_device_flow(flow)
    return result
