"""Device codes: shown to a program, entered by a person on a page (OAuth 2.0 device authorization grant)."""

import secrets
import time

from partner_center_simulator.documents import Document
from partner_center_simulator.state import State

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LIFE_SECONDS = 900


def begin(state: State, tenant: str, client_id: str, scope: str) -> Document:
    """Keep a new pending sign-in and return it; it lives for 15 minutes of the computer's clock."""
    user_code = "".join(secrets.choice(LETTERS) for _ in range(9))
    document: Document = {
        "userCode": user_code,
        "deviceCode": f"{user_code}.{secrets.token_urlsafe(32)}",
        "tenant": tenant,
        "clientId": client_id,
        "scope": scope,
        "expires": time.time() + LIFE_SECONDS,
        "operator": None,
        "decision": "pending",
    }
    _put(state, document)
    return document


def by_user_code(state: State, user_code: str) -> Document | None:
    """Return the pending, unexpired sign-in of a user code, or None."""
    document = state.documents.get("device_code", "", user_code.strip().upper())
    if document is None or document["expires"] < time.time() or document["decision"] != "pending":
        return None
    return document


def by_device_code(state: State, device_code: str) -> Document | None:
    """Return the sign-in of a device code in whatever state it is, or None."""
    document = state.documents.get("device_code", "", device_code.split(".")[0])
    return document if document and secrets.compare_digest(document["deviceCode"], device_code) else None


def decide(state: State, document: Document, decision: str, operator: str | None) -> None:
    """Keep what the person decided: ``approved`` with an object id, ``declined``, or ``used``."""
    _put(state, {**document, "decision": decision, "operator": operator})


def _put(state: State, document: Document) -> None:
    with state.transaction():
        state.documents.put("device_code", "", document["userCode"], document)
