"""One call of the API: who calls, what they send, and how the answer is kept, logged and written."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_center_simulator import write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.commerce.passing_time import let_time_pass
from partner_center_simulator.documents import Document, Json
from partner_center_simulator.entra.tokens import TokenRefused
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.simulator import Simulator, simulator_of
from partner_center_simulator.state import State

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Answer:
    """What an operation answers, and what it did.

    Attributes:
        body: JSON value of the answer.
        effect: For the write log: what changed, None when nothing did.
        before: For the write log: see write_log.write.
    """

    body: Json
    status: int = 200
    effect: Document | None = None
    before: list[Document] | None = None


@dataclass(frozen=True)
class Call:
    """One authenticated call.

    Attributes:
        simulator: The simulator called.
        tenant: Partner tenant id in whose context: the one of the token.
        app_only: Whether an application calls without a person.
        actor: The author, for the logs.
        path: Path parameters, GUIDs in lower case.
        query: Query parameters by lower-case name.
        headers: Headers by lower-case name.
        body: JSON body with camelCase names, None when there is none.
    """

    simulator: Simulator
    tenant: str
    app_only: bool
    actor: Actor
    path: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: Json = None

    @property
    def state(self) -> State:
        """The simulated cloud."""
        return self.simulator.state

    @property
    def partner(self) -> Document:
        """The partner tenant in whose context the call is made."""
        found = self.state.partner(self.tenant)
        if found is None:
            raise Refusal(401, 800001, "Partner token missing.")
        return found

    def object_body(self) -> Document:
        """Return the body, which must be a JSON object.

        Raises:
            Refusal: 400 / 800002.
        """
        if not isinstance(self.body, dict):
            raise Refusal(400, 800002, "The request body must be a JSON object.")
        return self.body


@dataclass(frozen=True)
class Operation:
    """One operation of the contract: method and path under /v1, and whether an application alone may call it."""

    method: str
    path: str
    handler: Callable[[Call], Answer]
    app_only: bool = True

    def route(self) -> Route:
        """Return the route that serves this operation."""

        async def endpoint(request: Request) -> Response:
            return await _serve(self, request)

        return Route(f"/v1{self.path}", endpoint, methods=[self.method])


@dataclass(frozen=True)
class Identity:
    """Who makes a call, as far as the token told."""

    tenant: str | None = None
    app_only: bool = False
    actor: Actor = field(default_factory=lambda: Actor("api"))


async def _serve(operation: Operation, request: Request) -> Response:
    simulator = simulator_of(request)
    raw = await request.body()
    identity = Identity(actor=Actor("api", **_ids(request)))
    try:
        identity = identify(simulator, request, identity.actor)
        body = _json(raw)
    except Refusal as refusal:
        if operation.method != "GET":
            log(simulator, identity, request, None, Answer(refusal.body(), refusal.status), code=refusal.code)
        return respond(request, refusal.status, refusal.body())
    tenant = str(identity.tenant)
    partner = simulator.state.partner(tenant)
    simulator.calls.count(
        operation.method, operation.path.replace(":uuid", ""), str(partner["name"]) if partner else tenant
    )
    latency = simulator.state.setting("latency")
    if latency:
        await asyncio.sleep(latency)
    call = Call(
        simulator=simulator,
        tenant=tenant,
        app_only=identity.app_only,
        actor=identity.actor,
        path={name: str(value) for name, value in request.path_params.items()},
        query={name.lower(): value for name, value in request.query_params.items()},
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
    )
    # From here to the answer nothing is awaited: a call is worked on as a whole or not at all.
    let_time_pass(simulator.state, call.path.get("customer"))
    if operation.method == "GET":
        try:
            answer = _run(operation, call)
        except Refusal as refusal:
            return respond(request, refusal.status, refusal.body())
        return respond(request, answer.status, answer.body)
    return _serve_write(operation, request, call, identity)


def _serve_write(operation: Operation, request: Request, call: Call, identity: Identity) -> Response:
    """Work on a write once: the same MS-RequestId gets the first answer again (page "Partner Center REST headers")."""
    simulator, documents = call.simulator, call.state.documents
    key = f"{identity.actor.request_id} {operation.method} {request.url.path}"
    known = documents.get("answer", call.tenant, key)
    if known is not None:
        log(simulator, identity, request, call.body, Answer(known["body"], known["status"]), repeated=True)
        return respond(request, known["status"], known["body"])
    code: int | None = None
    try:
        with call.state.transaction():
            answer = _run(operation, call)
            log(simulator, identity, request, call.body, answer)
            documents.put("answer", call.tenant, key, {"status": answer.status, "body": answer.body})
    except Refusal as refusal:
        answer, code = Answer(refusal.body(), refusal.status), refusal.code
        with call.state.transaction():
            log(simulator, identity, request, call.body, answer, code=code)
            documents.put("answer", call.tenant, key, {"status": answer.status, "body": answer.body})
    return respond(request, answer.status, answer.body)


def _run(operation: Operation, call: Call) -> Answer:
    if call.app_only and not operation.app_only:
        raise Refusal(403, 900329, "Application-only credentials not supported here.")
    return operation.handler(call)


def identify(simulator: Simulator, request: Request, actor: Actor) -> Identity:
    """Read the token of a request.

    Raises:
        Refusal: 401 / 800001 without a valid token, 401 / 900420 for a token of another audience.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal(401, 800001, "Partner token missing.")
    try:
        claims = simulator.tokens.read(token.strip(), "access")
    except TokenRefused as refused:
        raise Refusal(401, 800001, "Partner token expired or not valid.") from refused
    if not simulator.tokens.is_ours(claims["aud"]):
        raise Refusal(401, 900420, "Token audience not supported.")
    app_only = claims.get("idtyp") == "app"
    return Identity(
        tenant=claims["tid"],
        app_only=app_only,
        actor=replace(
            actor,
            user_principal_name=None if app_only else claims["upn"],
            application_id=claims["appid"],
            object_id=None if app_only else claims["oid"],
        ),
    )


def respond(request: Request, status: int, body: Json) -> Response:
    """Return the answer as Partner Center sends it: JSON behind a byte order mark, ids echoed."""
    ids = _ids(request)
    content = BYTE_ORDER_MARK + json.dumps(body, ensure_ascii=False).encode()
    headers = {
        "MS-RequestId": str(ids["request_id"]),
        "MS-CorrelationId": str(ids["correlation_id"]),
        "MS-CV": f"{str(ids['correlation_id']).replace('-', '')[:16]}.0",
        "MS-ServerId": "201022015",
    }
    return Response(content, status_code=status, headers=headers, media_type="application/json; charset=utf-8")


def _ids(request: Request) -> dict[str, str]:
    """Return request and correlation id: as sent, else made for this one request."""
    if not hasattr(request.state, "made"):
        request.state.made = str(uuid4())
    made = request.state.made
    return {
        "request_id": request.headers.get("ms-requestid") or made,
        "correlation_id": request.headers.get("ms-correlationid") or made,
    }


def _json(raw: bytes) -> Json:
    if not raw.strip():
        return None
    try:
        return camel_case(json.loads(raw.decode("utf-8-sig")))
    except ValueError as error:
        raise Refusal(400, 800002, "The request body is not JSON.") from error


def camel_case(value: Json) -> Json:
    """Return a JSON value with names that begin in lower case: Partner Center takes both spellings."""
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: camel_case(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [camel_case(inner) for inner in value]
    return value


def log(
    simulator: Simulator,
    identity: Identity,
    request: Request,
    body: Json,
    answer: Answer,
    *,
    code: int | None = None,
    repeated: bool = False,
) -> None:
    """Write a call into the write log, with its effect unless it only got the first answer again."""
    customer = request.path_params.get("customer")
    with simulator.state.transaction():
        write_log.write(
            simulator.state,
            identity.actor,
            tenant=identity.tenant,
            customer=str(customer) if customer else None,
            method=request.method,
            path=request.url.path,
            body=body,
            status=answer.status,
            code=code,
            effect=None if repeated else answer.effect,
            before=None if repeated else answer.before,
            repeated=repeated,
        )
