"""Tokens: signed with one key of this simulator, valid by the computer's clock (MSAL checks them with that one)."""

import base64
import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import jwt

from partner_center_simulator.documents import Document

ALGORITHM = "HS256"
ACCESS_SECONDS = 3599
REFRESH_SECONDS = 90 * 24 * 3600
GRAPH = "00000003-0000-0000-c000-000000000000"


class TokenRefused(Exception):
    """A token is missing, expired, forged or for somebody else."""


@dataclass(frozen=True)
class Tokens:
    """Issues and reads the tokens of all partner tenants.

    Attributes:
        key: The signing key.
        url: Base URL of this server: the authority and the audience of the API.
    """

    key: str
    url: str

    def access_token(self, partner: Document, audience: str, client_id: str, operator: Document | None) -> str:
        """Return an access token for a person, or for the application alone when there is no person."""
        claims: dict[str, Any] = {"aud": audience, "appid": client_id, "kind": "access", "uti": uuid4().hex}
        if operator is None:
            claims |= {"idtyp": "app", "oid": client_id}
        else:
            claims |= {
                "oid": operator["objectId"],
                "upn": operator["userPrincipalName"],
                "name": operator["name"],
                "amr": ["pwd", "mfa"],
                "scp": "user_impersonation",
            }
        return self._sign(partner["tenant"], claims, ACCESS_SECONDS)

    def refresh_token(self, partner: Document, client_id: str, operator: Document, *, confidential: bool) -> str:
        """Return a refresh token; one issued to a confidential client is of no use without its secret."""
        claims = {
            "kind": "refresh",
            "appid": client_id,
            "oid": operator["objectId"],
            "confidential": confidential,
            "jti": uuid4().hex,
        }
        return self._sign(partner["tenant"], claims, REFRESH_SECONDS)

    def id_token(self, partner: Document, client_id: str, operator: Document, nonce: str | None) -> str:
        """Return an ID token that says who signed in."""
        claims = {
            "aud": client_id,
            "kind": "id",
            "oid": operator["objectId"],
            "sub": operator["objectId"],
            "preferred_username": operator["userPrincipalName"],
            "name": operator["name"],
            "ver": "2.0",
        }
        if nonce:
            claims["nonce"] = nonce
        return self._sign(partner["tenant"], claims, ACCESS_SECONDS)

    def form_token(self, kind: str, claims: dict[str, str]) -> str:
        """Return a signed note that a form carries from one page to the next."""
        return jwt.encode({**claims, "kind": kind, "exp": int(time.time()) + 1800}, self.key, ALGORITHM)

    def read(self, token: str, kind: str) -> dict[str, Any]:
        """Return the claims of a token of one kind.

        Raises:
            TokenRefused: The token is not of this kind, not ours, or expired.
        """
        try:
            claims: dict[str, Any] = jwt.decode(token, self.key, [ALGORITHM], options={"verify_aud": False})
        except jwt.PyJWTError as error:
            raise TokenRefused(str(error)) from error
        if claims.get("kind") != kind:
            raise TokenRefused(f"not a token of kind {kind}")
        return claims

    def is_ours(self, audience: str) -> bool:
        """Tell whether an audience is this API, by any of the names of the loopback host."""
        port = self.url.rsplit(":", 1)[-1]
        return audience.rstrip("/") in {f"https://{host}:{port}" for host in ("localhost", "127.0.0.1", "[::1]")}

    def client_info(self, partner: Document, operator: Document) -> str:
        """Return the client_info value that MSAL asks for to tell accounts apart."""
        text = json.dumps({"uid": operator["objectId"], "utid": partner["tenant"]})
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _sign(self, tenant: str, claims: dict[str, Any], seconds: int) -> str:
        now = int(time.time())
        standard = {"iss": f"{self.url}/{tenant}/v2.0", "tid": tenant, "iat": now, "nbf": now, "exp": now + seconds}
        return jwt.encode({**standard, **claims}, self.key, ALGORITHM)
