"""The ASGI application: all routes, and around them the clock's Date header and the faults."""

import json

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_center_simulator import write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.api import operations
from partner_center_simulator.api.calls import BYTE_ORDER_MARK
from partner_center_simulator.connections import close_without_answer
from partner_center_simulator.control import endpoints as control_endpoints
from partner_center_simulator.control.faults import Rule
from partner_center_simulator.entra import endpoints as entra_endpoints
from partner_center_simulator.entra.tokens import TokenRefused
from partner_center_simulator.people import device_sign_in, invitation, start_page
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.simulator import Simulator

API = "/v1/"


def application(simulator: Simulator) -> Starlette:
    """Return the application that serves one simulator."""
    app = Starlette(
        routes=[
            *operations.routes(),
            *control_endpoints.ROUTES,
            *invitation.ROUTES,
            *device_sign_in.ROUTES,
            *start_page.ROUTES,
            # Last, for their first segment is any tenant.
            *entra_endpoints.ROUTES,
        ],
        middleware=[Middleware(SimulatedDate, simulator=simulator), Middleware(FaultsOnRequest, simulator=simulator)],
    )
    app.state.simulator = simulator
    return app


class SimulatedDate:
    """Gives every answer a Date header from Partner Center's clock."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Date"] = self._simulator.state.clock.date_header()
            await send(message)

        await self._app(scope, receive, dated)


class FaultsOnRequest:
    """Lets a rule of the control API strike a call of the API, before or after its effect."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        rule = None
        if scope["type"] == "http" and scope["path"].startswith(API):
            rule = self._simulator.faults.next(scope["method"], scope["path"])
        if rule is None:
            await self._app(scope, receive, send)
        elif rule.kind in ("drop_after", "error_500_after"):
            await self._after(rule, scope, receive, send)
        else:
            await self._before(rule, scope, receive, send)

    async def _before(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        status = {"drop_before": None, "error_500_before": 500, "throttle_429": 429}[rule.kind]
        if scope["method"] != "GET":
            self._log(scope, status)
        if rule.kind == "drop_before":
            await close_without_answer(scope, receive)
        elif rule.kind == "throttle_429":
            sentence = f"Limit exceeded, wait {rule.retry_after} seconds."
            body = {"statusCode": 429, "message": sentence}
            await _answer(scope, send, 429, body, {"Retry-After": str(rule.retry_after)})
        else:
            await _error(scope, send)

    async def _after(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        async def lost(message: Message) -> None:
            del message

        await self._app(scope, receive, lost)
        if rule.kind == "drop_after":
            await close_without_answer(scope, receive)
        else:
            await _error(scope, send)

    def _log(self, scope: Scope, status: int | None) -> None:
        headers = Headers(scope=scope)
        try:
            token = headers.get("authorization", "").partition(" ")[2]
            tenant = self._simulator.tokens.read(token, "access")["tid"]
        except TokenRefused:
            tenant = None
        actor = Actor("api", request_id=headers.get("ms-requestid"), correlation_id=headers.get("ms-correlationid"))
        with self._simulator.state.transaction():
            write_log.write(
                self._simulator.state,
                actor,
                tenant=tenant,
                customer=None,
                method=scope["method"],
                path=scope["path"],
                body=None,
                status=status,
            )


async def _error(scope: Scope, send: Send) -> None:
    await _answer(scope, send, 500, Refusal(500, 800003, "Unexpected service error.").body(), {})


async def _answer(scope: Scope, send: Send, status: int, body: object, extra: dict[str, str]) -> None:
    content = BYTE_ORDER_MARK + json.dumps(body).encode()
    headers = MutableHeaders({"Content-Type": "application/json; charset=utf-8", **extra})
    headers["Content-Length"] = str(len(content))
    for name in ("MS-RequestId", "MS-CorrelationId"):
        given = Headers(scope=scope).get(name)
        if given:
            headers[name] = given
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": content})
