"""The token endpoints of Microsoft Entra for the partner tenants (Microsoft page "Partner Center authentication")."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partner_center_simulator.documents import Document
from partner_center_simulator.entra import credentials, device_codes
from partner_center_simulator.entra.tokens import ACCESS_SECONDS, GRAPH, TokenRefused
from partner_center_simulator.simulator import Simulator, simulator_of

OPEN_ID_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
DEVICE_GRANTS = frozenset({"device_code", "urn:ietf:params:oauth:grant-type:device_code"})
Form = Mapping[str, str]


class SignInRefused(Exception):
    """A token request was refused, in the words of OAuth and with Microsoft's number."""

    def __init__(self, error: str, number: int, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.number = number
        self.description = description


async def openid_configuration(request: Request) -> Response:
    """Answer the discovery document of a tenant."""
    simulator = simulator_of(request)
    try:
        partner = _partner(simulator, request)
    except SignInRefused as refused:
        return _refusal(refused)
    base = f"{simulator.url}/{partner['tenant']}"
    return JSONResponse(
        {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
    )


async def device_code(request: Request) -> Response:
    """Begin a device sign-in: answer the code that a person enters on the page."""
    simulator = simulator_of(request)
    form = await _form(request)
    try:
        partner = _partner(simulator, request)
        client_id = _client(partner, form)
    except SignInRefused as refused:
        return _refusal(refused)
    begun = device_codes.begin(simulator.state, partner["tenant"], client_id, form.get("scope", ""))
    page = f"{simulator.url}/devicelogin"
    return JSONResponse(
        {
            "user_code": begun["userCode"],
            "device_code": begun["deviceCode"],
            "verification_uri": page,
            "expires_in": device_codes.LIFE_SECONDS,
            "interval": 1,
            "message": f"To sign in, use a web browser to open the page {page} and enter the code {begun['userCode']}.",
        }
    )


async def token(request: Request) -> Response:
    """Answer a token request: refresh token, client credentials or device code."""
    simulator = simulator_of(request)
    form = await _form(request)
    try:
        partner = _partner(simulator, request)
        client_id = _client(partner, form)
        grant = form.get("grant_type", "")
        if grant == "client_credentials":
            answer = _client_credentials(simulator, partner, client_id, form)
        elif grant == "refresh_token":
            answer = _refresh(simulator, partner, client_id, form)
        elif grant in DEVICE_GRANTS:
            answer = _device(simulator, partner, client_id, form)
        else:
            raise SignInRefused("unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
    except SignInRefused as refused:
        return _refusal(refused)
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _client_credentials(simulator: Simulator, partner: Document, client_id: str, form: Form) -> Document:
    _check_secret(simulator, partner, form, required=True)
    scope = form.get("scope", "")
    if not scope.endswith("/.default"):
        raise SignInRefused("invalid_scope", 1002012, "The scope of client credentials must end in /.default.")
    access = simulator.tokens.access_token(partner, scope.removesuffix("/.default"), client_id, None)
    return {"token_type": "Bearer", "expires_in": ACCESS_SECONDS, "access_token": access}


def _refresh(simulator: Simulator, partner: Document, client_id: str, form: Form) -> Document:
    try:
        claims = simulator.tokens.read(form.get("refresh_token", ""), "refresh")
    except TokenRefused as refused:
        raise SignInRefused("invalid_grant", 70000, "The refresh token is malformed or not valid.") from refused
    if claims["tid"] != partner["tenant"] or claims["appid"] != client_id:
        raise SignInRefused("invalid_grant", 70000, "The refresh token was issued for another tenant or application.")
    confidential = bool(claims["confidential"])
    _check_secret(simulator, partner, form, required=confidential)
    return _for_person(simulator, partner, client_id, claims["oid"], form, confidential=confidential)


def _device(simulator: Simulator, partner: Document, client_id: str, form: Form) -> Document:
    begun = device_codes.by_device_code(simulator.state, form.get("device_code", form.get("code", "")))
    if begun is None or begun["tenant"] != partner["tenant"] or begun["decision"] == "used":
        raise SignInRefused("bad_verification_code", 70019, "The device code is not valid.")
    if begun["decision"] == "declined":
        raise SignInRefused("authorization_declined", 70018, "The person declined to sign in.")
    if begun["decision"] == "pending":
        if device_codes.by_user_code(simulator.state, begun["userCode"]) is None:
            raise SignInRefused("expired_token", 70020, "The device code has expired.")
        raise SignInRefused("authorization_pending", 70016, "The person has not finished signing in.")
    answer = _for_person(
        simulator, partner, client_id, begun["operator"], {"scope": begun["scope"], **form}, confidential=False
    )
    device_codes.decide(simulator.state, begun, "used", begun["operator"])
    return answer


def _for_person(
    simulator: Simulator, partner: Document, client_id: str, object_id: str, form: Form, *, confidential: bool
) -> Document:
    operator = next((one for one in partner["operators"] if one["objectId"] == object_id), None)
    if operator is None:
        raise SignInRefused("invalid_grant", 50034, "The user account does not exist in this tenant.")
    if not operator["multiFactor"]:
        raise SignInRefused(
            "interaction_required", 50076, "Multi-factor authentication is needed to access this resource."
        )
    scopes = form.get("scope", "").split()
    resources = [scope for scope in scopes if scope not in OPEN_ID_SCOPES]
    # As in Entra, OpenID scopes alone give a token for Microsoft Graph: of no use at Partner Center.
    audience = resources[0].rpartition("/")[0] if resources else GRAPH
    answer: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": " ".join(scopes),
        "expires_in": ACCESS_SECONDS,
        "access_token": simulator.tokens.access_token(partner, audience, client_id, operator),
        "refresh_token": simulator.tokens.refresh_token(partner, client_id, operator, confidential=confidential),
    }
    if "openid" in scopes:
        answer["id_token"] = simulator.tokens.id_token(partner, client_id, operator, form.get("nonce"))
    if form.get("client_info") == "1":
        answer["client_info"] = simulator.tokens.client_info(partner, operator)
    return answer


def _partner(simulator: Simulator, request: Request) -> Document:
    partner = simulator.state.partner(request.path_params["tenant"])
    if partner is None:
        raise SignInRefused("invalid_request", 90002, f"Tenant {request.path_params['tenant']!r} not found.")
    return partner


def _client(partner: Document, form: Form) -> str:
    client_id = form.get("client_id", "").lower()
    if client_id != partner["clientId"]:
        raise SignInRefused("unauthorized_client", 700016, "The application was not found in the directory.")
    return client_id


def _check_secret(simulator: Simulator, partner: Document, form: Form, *, required: bool) -> None:
    given = form.get("client_secret")
    if given is None and not required:
        return
    if given is None:
        raise SignInRefused("invalid_client", 7000218, "The request must contain client_assertion or client_secret.")
    if given != credentials.client_secret(simulator.state, partner["tenant"]):
        raise SignInRefused("invalid_client", 7000215, "Invalid client secret provided.")


async def _form(request: Request) -> dict[str, str]:
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _refusal(refused: SignInRefused) -> Response:
    body = {
        "error": refused.error,
        "error_description": f"AADSTS{refused.number}: {refused.description}",
        "error_codes": [refused.number],
    }
    return JSONResponse(body, status_code=401 if refused.error == "invalid_client" else 400)


ROUTES = (
    Route("/{tenant}/v2.0/.well-known/openid-configuration", openid_configuration),
    Route("/{tenant}/oauth2/v2.0/devicecode", device_code, methods=["POST"]),
    Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"]),
)
