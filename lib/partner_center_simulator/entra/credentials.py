"""What an operator needs to sign in: client secrets and first refresh tokens, kept and written out per tenant."""

import os
import secrets
from pathlib import Path

from partner_center_simulator.entra.tokens import Tokens
from partner_center_simulator.state import State


def signing_key(state: State) -> str:
    """Return the key that signs all tokens; made at the first start and kept."""
    return _kept(state, "signing-key")


def client_secret(state: State, tenant: str) -> str:
    """Return the secret of the application in a partner tenant; made at the first start and kept."""
    return _kept(state, tenant)


def write_out(state: State, tokens: Tokens, home: Path) -> None:
    """Write ``<tenant name>.env`` for each partner tenant: client id, client secret and a fresh refresh token.

    The token is that of the first operator; the files are readable by their owner alone.
    """
    for partner in state.partners():
        secret = client_secret(state, partner["tenant"])
        refresh = tokens.refresh_token(partner, partner["clientId"], partner["operators"][0], confidential=True)
        lines = (f"CLIENT_ID={partner['clientId']}", f"CLIENT_SECRET={secret}", f"REFRESH_TOKEN={refresh}", "")
        path = home / f"{partner['name']}.env"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))


def _kept(state: State, name: str) -> str:
    found = state.documents.get("secret", "", name)
    if found is None:
        found = {"value": secrets.token_urlsafe(32)}
        with state.transaction():
            state.documents.put("secret", "", name, found)
    return str(found["value"])
