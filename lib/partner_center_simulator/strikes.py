"""The middleware in which a rule of ``control.faults`` or the rate limit strikes a call, before or after its effect."""

import asyncio
import json
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_center_simulator import write_log
from partner_center_simulator.actors import Actor
from partner_center_simulator.api.calls import BYTE_ORDER_MARK
from partner_center_simulator.connections import close_without_answer
from partner_center_simulator.control.business_errors import LINE_ERRORS, refusal
from partner_center_simulator.control.faults import Rule
from partner_center_simulator.entra.tokens import TokenRefused
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.simulator import Simulator

API = "/v1/"
SIGN_IN = re.compile(r"^/[^/]+/(?:oauth2/v2\.0/token|v2\.0/\.well-known/openid-configuration)$")
SUBSCRIPTION = re.compile(r"^/v1/customers/([^/]+)/subscriptions/([^/]+)$")
CART = re.compile(r"^/v1/customers/([^/]+)/carts(?:/[^/]+)?$")
UNEXPECTED = Refusal(500, 800003, "Unexpected service error.")
EXPIRED = Refusal(401, 800001, "Partner token expired or not valid.")
MFA_NEEDED = {
    "error": "interaction_required",
    "error_description": "AADSTS50076: Multi-factor authentication is needed to access this resource.",
    "error_codes": [50076],
}


class FaultsOnRequest:
    """Lets faults strike the calls of the API and the requests at the sign-in service."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        rule = None
        if scope["type"] == "http" and scope["path"].startswith(API):
            if await self._stopped(scope, send):
                return
            rule = self._simulator.faults.next(scope["method"], scope["path"])
        elif scope["type"] == "http" and SIGN_IN.match(scope["path"]):
            rule = self._simulator.faults.next_at_sign_in(scope["method"], scope["path"])
        if rule is None:
            await self._app(scope, receive, send)
        elif rule.kind == "mfa_required":
            await _answer(scope, send, 400, MFA_NEEDED)
        elif rule.kind in ("latency", "stale_etag"):
            await self._aside(rule, scope)
            await self._app(scope, receive, send)
        elif rule.kind in ("drop_after", "error_500_after", "gateway_after", "accepted_202", "cart_line_error"):
            await self._after(rule, scope, receive, send)
        else:
            await self._before(rule, scope, receive, send)

    async def _stopped(self, scope: Scope, send: Send) -> bool:
        """Answer a call over the limit or with a token that a rule let expire, and say whether it was one."""
        if self._token(scope) in self._simulator.faults.expired:
            await self._refuse(scope, send, EXPIRED)
            return True
        limit = int(self._simulator.state.setting("requests_per_minute"))
        tenant = self._tenant(scope)
        wait = self._simulator.rate_limit.seconds_to_wait(tenant, limit) if limit and tenant else None
        if wait is None:
            return False
        self._log(scope, 429)
        await _throttled(scope, send, wait, "throttle")
        return True

    async def _aside(self, rule: Rule, scope: Scope) -> None:
        """Let something happen beside a call that is then worked on as ever."""
        if rule.kind == "latency":
            await asyncio.sleep(rule.seconds)
            return
        state, tenant, ids = self._simulator.state, self._tenant(scope), SUBSCRIPTION.match(scope["path"])
        found = state.subscriptions(tenant, ids[1]).get(ids[2].lower()) if tenant and ids else None
        if tenant and ids and found:
            with state.transaction():
                state.put_subscription(tenant, ids[1], {**found, "version": found["version"] + 1})

    async def _before(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.kind == "drop_before":
            self._log(scope, None)
            await close_without_answer(scope, receive)
        elif rule.kind == "throttle_429":
            self._log(scope, 429)
            await _throttled(scope, send, rule.retry_after, rule.body)
        elif rule.kind == "gateway_before":
            self._log(scope, rule.status)
            await _gateway_page(rule.status, send)
        elif rule.kind == "token_expired":
            self._simulator.faults.expired.add(self._token(scope))
            await self._refuse(scope, send, EXPIRED)
        else:
            await self._refuse(scope, send, refusal(rule.code) if rule.kind == "business_error" else UNEXPECTED)

    async def _after(self, rule: Rule, scope: Scope, receive: Receive, send: Send) -> None:
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        succeeded = kept[0]["status"] < 300
        if rule.kind == "drop_after":
            await close_without_answer(scope, receive)
        elif rule.kind == "gateway_after":
            await _gateway_page(rule.status, send)
        elif rule.kind == "error_500_after":
            await _answer(scope, send, 500, UNEXPECTED.body())
        elif rule.kind == "accepted_202" and succeeded:
            await _accepted(scope, send)
        elif rule.kind == "cart_line_error" and succeeded and CART.match(scope["path"]):
            cart = json.loads(b"".join(one.get("body", b"") for one in kept).decode("utf-8-sig"))
            await _answer(scope, send, kept[0]["status"], self._with_line_error(scope, cart["id"], rule.code))
        else:
            for message in kept:
                await send(message)

    def _with_line_error(self, scope: Scope, cart: str, code: int) -> object:
        """Put an error on the first line of a cart, for later reads too, and return the cart."""
        state, found = self._simulator.state, CART.match(scope["path"])
        key = f"{self._tenant(scope)}/{found[1].lower() if found else ''}"
        kept = state.documents.get("cart", key, cart)
        if kept is None:
            raise RuntimeError(f"cart {cart} was answered and is not kept")
        first, *others = kept["cart"]["lineItems"]
        wrong = {**first, "error": {"errorCode": code, "errorDescription": LINE_ERRORS[code]}}
        changed = {**kept["cart"], "lineItems": [wrong, *others]}
        with state.transaction():
            state.documents.put("cart", key, cart, {**kept, "cart": changed})
        return changed

    async def _refuse(self, scope: Scope, send: Send, refused: Refusal) -> None:
        self._log(scope, refused.status, refused.code)
        await _answer(scope, send, refused.status, refused.body())

    def _token(self, scope: Scope) -> str:
        return Headers(scope=scope).get("authorization", "").partition(" ")[2].strip()

    def _tenant(self, scope: Scope) -> str | None:
        try:
            return str(self._simulator.tokens.read(self._token(scope), "access")["tid"])
        except TokenRefused:
            return None

    def _log(self, scope: Scope, status: int | None, code: int | None = None) -> None:
        """Write a struck write into the write log; reads and sign-ins are not logged."""
        if scope["method"] == "GET" or not scope["path"].startswith(API):
            return
        headers = Headers(scope=scope)
        actor = Actor("api", request_id=headers.get("ms-requestid"), correlation_id=headers.get("ms-correlationid"))
        with self._simulator.state.transaction():
            write_log.write(
                self._simulator.state,
                actor,
                tenant=self._tenant(scope),
                customer=None,
                method=scope["method"],
                path=scope["path"],
                body=None,
                status=status,
                code=code,
            )


async def _throttled(scope: Scope, send: Send, seconds: int, form: str) -> None:
    sentence = f"Limit exceeded, wait {seconds} seconds."
    body: object = {"statusCode": 429, "message": sentence}
    if form == "error":
        body = Refusal(429, 429, sentence).body()
    await _answer(scope, send, 429, body, {"Retry-After": str(seconds)})


async def _accepted(scope: Scope, send: Send) -> None:
    headers = MutableHeaders({"Location": scope["path"], "Content-Length": "0"})
    _echo(scope, headers)
    await send({"type": "http.response.start", "status": 202, "headers": headers.raw})
    await send({"type": "http.response.body", "body": b""})


async def _gateway_page(status: int, send: Send) -> None:
    content = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>".encode()
    headers = MutableHeaders({"Content-Type": "text/html", "Content-Length": str(len(content))})
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": content})


async def _answer(scope: Scope, send: Send, status: int, body: object, extra: dict[str, str] | None = None) -> None:
    content = BYTE_ORDER_MARK + json.dumps(body).encode()
    headers = MutableHeaders({"Content-Type": "application/json; charset=utf-8", **(extra or {})})
    headers["Content-Length"] = str(len(content))
    _echo(scope, headers)
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": content})


def _echo(scope: Scope, headers: MutableHeaders) -> None:
    for name in ("MS-RequestId", "MS-CorrelationId"):
        given = Headers(scope=scope).get(name)
        if given:
            headers[name] = given
