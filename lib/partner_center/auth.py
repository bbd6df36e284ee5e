"""Signing in to a partner tenant, through MSAL. Tokens stay in the memory of this process."""

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from partner_center import errors
from partner_center.calls import Patience
from partner_center.clouds import Cloud
from partner_center.credentials import Credentials
from partner_center.device_code import sign_in_with_device_code
from partner_center.people import Person, sign_in_person
from partner_center.sign_in_http import SignInHttp
from partner_center.sign_in_refusals import read_claims, refused_sign_in, require_mfa, signing_in
from partner_center.wire import Wire

if TYPE_CHECKING:
    import msal

__all__ = ["Credentials", "Person", "SignIn", "sign_in_person"]

_EARLY_SECONDS = 300.0
"""A token is renewed this long before it ends, so that none ends on the way."""


class SignIn:
    """Signs in to one partner tenant and keeps its token fresh. Safe to use from several threads.

    A refresh token is used when there is one; else the application signs in without a user, when it has a secret or
    certificate; else a person signs in with a device code. Nothing is stored.

    Args:
        cloud: Where to sign in.
        tenant: The partner tenant's id: never "common", so that a token can only be for the intended side.
        credentials: What to sign in with.
        show: Shows a person the message of a device sign-in.
        patience: How long a request is repeated.
        wire: Takes the place of the network.

    Source: "Partner Center authentication", "Enable the secure application model".
    """

    def __init__(
        self,
        cloud: Cloud,
        tenant: str,
        credentials: Credentials,
        *,
        show: Callable[[str], object] = print,
        patience: Patience | None = None,
        wire: Wire | None = None,
    ) -> None:
        self._cloud = cloud
        self._tenant = tenant
        self._credentials = credentials
        self._show = show
        self._http = SignInHttp(cloud, patience=patience, wire=wire)
        self._lock = threading.RLock()
        self._application: msal.ClientApplication | None = None
        self._refresh_token = credentials.refresh_token
        self._tokens: dict[str, tuple[str, float]] = {}

    @property
    def app_only(self) -> bool:
        """Whether the sign-in is that of an application without a user."""
        known = self._credentials
        return known.refresh_token is None and (known.client_secret is not None or known.certificate is not None)

    def access_token(self, *, rejected: str | None = None, scope: str | None = None) -> str:
        """Give an access token, a new one when the present one ends soon or was ``rejected``.

        Args:
            rejected: The token that was not accepted.
            scope: What it is for; Partner Center unless another one is named.

        Raises:
            SignInRefused: Microsoft Entra said no, with its code and the next step.
            Unreachable: The sign-in service could not be reached.
        """
        wanted = scope or self._cloud.scope
        with self._lock:
            token, good_until = self._tokens.get(wanted, ("", 0.0))
            if not token or token == rejected or time.monotonic() >= good_until:
                token = self._take(self._sign_in(wanted), wanted)
            return token

    def tenant_of_token(self) -> str:
        """Read the tenant id in the access token (``tid``): who is signed in when no user is (S5).

        Raises:
            SignInRefused: The token does not say.
        """
        tenant = read_claims(self.access_token()).get("tid")
        if not isinstance(tenant, str) or not tenant:
            message = "The access token does not say for which tenant it is."
            step = "Check the address of the sign-in service in the engagement."
            raise errors.SignInRefused(message, operation="check the tenant", next_step=step)
        return tenant

    def close(self) -> None:
        """Close the connections and forget the tokens."""
        with self._lock:
            self._http.close()
            self._tokens.clear()

    def _take(self, result: Mapping[str, Any], scope: str) -> str:
        if not result.get("access_token"):
            raise refused_sign_in(result, self._cloud)
        token = str(result["access_token"])
        # The answer to a refresh need not hold a new refresh token; then the old one stays good.
        rotated = result.get("refresh_token")
        if isinstance(rotated, str) and rotated and rotated != self._refresh_token:
            self._refresh_token = rotated
            self._credentials.keep(rotated)
        if not self.app_only:
            require_mfa(token, self._cloud)
        lifetime = float(result.get("expires_in") or 0)
        self._tokens[scope] = (token, time.monotonic() + max(lifetime - _EARLY_SECONDS, lifetime / 2))
        return token

    def _sign_in(self, scope: str) -> Mapping[str, Any]:
        with signing_in(self._cloud, self._tenant):
            if self._application is None:
                self._application = self._make_application()
            scopes = [scope]
            if self._refresh_token:
                return _mapping(self._application.acquire_token_by_refresh_token(self._refresh_token, scopes=scopes))
            if self.app_only:
                # MSAL would give the cached token again, the very one that was just rejected.
                self._application.remove_tokens_for_client()
                return _mapping(self._application.acquire_token_for_client(scopes=scopes))
            if scope != self._cloud.scope and (accounts := self._application.get_accounts()):
                # Whoever signed in for Partner Center is not asked a second time.
                return _mapping(self._application.acquire_token_silent(scopes, account=accounts[0]))
            return sign_in_with_device_code(self._application, scopes, self._cloud, self._show)

    def _make_application(self) -> "msal.ClientApplication":
        import msal  # loads slowly: only who signs in waits for it

        known = self._credentials
        secret: object = _certificate(known.certificate) if known.certificate else known.client_secret
        kind = msal.ConfidentialClientApplication if secret else msal.PublicClientApplication
        return kind(
            known.client_id,
            client_credential=secret,
            authority=f"{self._cloud.login}/{self._tenant}",
            instance_discovery=False,
            http_client=self._http,
        )


def _certificate(path: Path) -> dict[str, object]:
    if path.suffix.casefold() in {".pfx", ".p12"}:
        return {"private_key_pfx_path": str(path)}
    text = path.read_text(encoding="ascii")
    return {"private_key": text, "public_certificate": text}


def _mapping(result: object) -> Mapping[str, Any]:
    return result if isinstance(result, Mapping) else {}
