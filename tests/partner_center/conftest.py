"""A small fake of Microsoft for these tests: Entra's endpoints and whatever Partner Center is told to answer."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from both_sides import House

from partner_center import Cloud, Credentials, Patience, SourceClient, TargetClient
from partner_center.client import PartnerCenterReader
from partner_center_simulator.server import Server

TENANT = "0b1f6f0e-51a1-4c55-9a7e-6d0c3d7a1001"
CUSTOMER = "3f6b7c1e-8a54-4d0e-9c1b-2a7f5e0d1c11"
NOON = "Tue, 03 Feb 2026 12:00:00 GMT"
KEY = "a key for the tokens of these tests, long enough for HMAC"
CLOUD = Cloud("test", "https://login.example", "https://partner.example", "https://graph.example")

USER = Credentials("TEST", "app", client_secret="secret", refresh_token="refresh")
APPLICATION = Credentials("TEST", "app", client_secret="secret")


def answer(body: object = None, status: int = 200, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    """Answer with JSON behind a byte-order mark, as recorded answers of Partner Center have it."""

    def respond(request: httpx.Request) -> httpx.Response:
        content = b"" if body is None else b"\xef\xbb\xbf" + json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        echo = {name: request.headers[name] for name in ("MS-RequestId", "MS-CorrelationId") if name in request.headers}
        return httpx.Response(status, headers={"Date": NOON, **echo, **named}, content=content)

    return respond


def refusal(status: int, code: int, description: str = "No.") -> Callable[[httpx.Request], httpx.Response]:
    """Answer with an error in Microsoft's first dialect."""
    return answer({"code": code, "description": description, "data": [], "source": "PartnerFD"}, status)


def broken(error: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
    """Fail the way a network fails."""

    def fail(request: httpx.Request) -> httpx.Response:
        message = "broken on purpose"
        raise error(message, request=request)

    return fail


@dataclass
class FakeMicrosoft:
    """Answers in the order in which it was told to; the last answer of a route stays."""

    routes: list[tuple[str, str, list]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    token_answers: list[dict] = field(default_factory=list)
    tokens: int = 0

    def on(self, method: str, path: str, *responses: Callable[[httpx.Request], httpx.Response]) -> None:
        """Answer requests to a path (regular expression below /v1/), one response after the other."""
        self.routes.insert(0, (method, path, list(responses)))

    def transport(self) -> httpx.MockTransport:
        """Make the wire that leads here."""
        return httpx.MockTransport(self._handle)

    def sent(self, method: str = "") -> list[httpx.Request]:
        """List the requests to Partner Center."""
        return [
            request
            for request in self.requests
            if request.url.host == "partner.example" and method in ("", request.method)
        ]

    def bodies(self, method: str) -> list[dict]:
        """List the JSON bodies that were sent."""
        return [json.loads(request.content) for request in self.sent(method)]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host == "login.example":
            return self._entra(request)
        path = request.url.path.removeprefix("/v1/")
        for method, pattern, responses in self.routes:
            if method == request.method and re.fullmatch(pattern, path):
                respond = responses.pop(0) if len(responses) > 1 else responses[0]
                return respond(request)
        return refusal(404, 1)(request)

    def _entra(self, request: httpx.Request) -> httpx.Response:
        base = f"https://login.example/{TENANT}"
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(
                200,
                json={
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                    "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                },
            )
        self.forms.append({name: values[0] for name, values in parse_qs(request.content.decode()).items()})
        if request.url.path.endswith("devicecode"):
            message = "Open https://login.example/device and enter the code ABCD."
            return httpx.Response(
                200,
                json={
                    "user_code": "ABCD",
                    "device_code": "the device code",
                    "verification_uri": "https://login.example/device",
                    "expires_in": 60,
                    "interval": 0,
                    "message": message,
                },
            )
        told = self.token_answers.pop(0) if self.token_answers else {}
        if "error" in told:
            return httpx.Response(400, json=told)
        self.tokens += 1
        fresh = {"access_token": access_token(number=self.tokens), "token_type": "Bearer", "expires_in": 3600}
        return httpx.Response(200, json={**fresh, **told})


def access_token(*, tenant: str = TENANT, number: int = 0) -> str:
    """Make an access token."""
    return jwt.encode({"tid": tenant, "number": number}, KEY, algorithm="HS256")


def id_token(**claims: object) -> str:
    """Make an ID token; a claim of None is left out."""
    usual = {
        "aud": "app",
        "iss": f"https://login.example/{TENANT}/v2.0",
        "exp": int(time.time()) + 600,
        "tid": TENANT,
        "oid": "8c2a1f00-0000-4000-8000-00000000a0a0",
        "sub": "subject",
        "preferred_username": "ana@contoso.example",
        "name": "Ana Sousa",
    }
    return jwt.encode({k: v for k, v in (usual | claims).items() if v is not None}, KEY, algorithm="HS256")


@dataclass
class Budget:
    """A rate budget that keeps what it was told."""

    taken: list[str] = field(default_factory=list)
    paused: list[tuple[str, float]] = field(default_factory=list)

    def take(self, tenant: str) -> None:
        self.taken.append(tenant)

    def pause(self, tenant: str, seconds: float) -> None:
        self.paused.append((tenant, seconds))


@dataclass
class Kit:
    """What the tests of this folder work with; a fixture, because test folders are no packages."""

    microsoft: FakeMicrosoft
    budget: Budget
    tenant: str = TENANT
    customer: str = CUSTOMER
    cloud: Cloud = CLOUD
    user: Credentials = USER
    application: Credentials = APPLICATION

    answer = staticmethod(answer)
    refusal = staticmethod(refusal)
    broken = staticmethod(broken)
    access_token = staticmethod(access_token)
    id_token = staticmethod(id_token)

    def reader(self, credentials: Credentials | None = None, **options) -> PartnerCenterReader:
        return PartnerCenterReader(**self._options(credentials, options))

    def source(self, credentials: Credentials | None = None, **options) -> SourceClient:
        return SourceClient(**self._options(credentials, options))

    def target(self, credentials: Credentials | None = None, **options) -> TargetClient:
        return TargetClient(**self._options(credentials, options))

    def _options(self, credentials: Credentials | None, options: dict) -> dict:
        return {
            "cloud": self.cloud,
            "tenant": self.tenant,
            "credentials": credentials or self.user,
            "budget": self.budget,
            "patience": Patience(first_wait=0, longest_wait=0),
            "wire": self.microsoft.transport(),
            **options,
        }


@pytest.fixture
def kit() -> Kit:
    """Make a fake Microsoft and clients that lead to it."""
    return Kit(FakeMicrosoft(), Budget())


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Keep the seconds that would be waited between attempts, and wait for none of them."""
    planned: list[float] = []
    monkeypatch.setattr("time.sleep", planned.append)
    return planned


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Run a simulator with the first portfolio."""
    monkeypatch.setattr("urllib.request.getproxies", dict)
    with Server(tmp_path / "home", portfolio="first") as server:
        house = House(server)
        yield house
        house.close()
