"""The HTTP library, in this module and nowhere else: its types and exceptions do not leave it.

A successor of httpx is one new version of this file. ``Wire`` is the seam where tests put something in its place.
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpx

from partner_center import errors
from partner_center.clouds import Cloud

Wire = httpx.BaseTransport
"""What carries one HTTP request to its answer."""

APPLICATION = "tenant-consolidation"
"""How this program names itself to Microsoft."""


class NoAnswerError(Exception):
    """The request may have been sent, and no answer came. Does not leave this package."""


@dataclass(frozen=True)
class Response:
    """An HTTP answer: status, headers and body."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Connection:
    """A pool of connections into one cloud, safe to use from several threads.

    Args:
        cloud: Where the connections go, and which authorities are trusted there.
        timeout: Seconds to wait for an answer.
        wire: Takes the place of the network.

    Raises:
        Unreachable: The file of trusted authorities cannot be read.
    """

    def __init__(self, cloud: Cloud, *, timeout: float, wire: Wire | None = None) -> None:
        self._client = httpx.Client(
            transport=wire,
            verify=_trust(cloud),
            # On loopback no proxy is used, whatever the environment says later (S12).
            trust_env=not cloud.is_loopback,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 15.0)),
            # An idle connection that the server is about to close loses the next write: ours ends earlier.
            limits=httpx.Limits(keepalive_expiry=3.0),
            headers={"User-Agent": APPLICATION, "Accept": "application/json"},
        )

    def send(
        self,
        method: str,
        address: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        form: Mapping[str, str] | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send one request once. Redirects are not followed: a token goes nowhere else.

        Raises:
            Unreachable: No connection was made, so the request was surely not sent.
            NoAnswerError: The request may have been sent.
        """
        sent = dict(headers or {})
        data: Mapping[str, str] | None = None
        content: str | None = None
        if isinstance(form, str):
            content = form
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        else:
            data = form
        request = self._client.build_request(
            method, address, params=params or None, json=json, data=data, content=content, headers=sent
        )
        response = self._exchange(request)
        return Response(response.status_code, dict(response.headers), response.content)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        host = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
        try:
            return self._client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            untrusted = "CERTIFICATE_VERIFY_FAILED" in str(error)
            step = "Check that the service is up, then the network, the proxy and the addresses of the cloud."
            if untrusted:
                step = "If it is the right service, name its authority's certificate as ca_bundle in the engagement."
            message = f"No connection to {host} ({_words(error)})."
            code = errors.UNTRUSTED if untrusted else None
            raise errors.Unreachable(message, code=code, next_step=step) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            message = f"No answer from {host} ({_words(error)})."
            raise NoAnswerError(message) from None


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _trust(cloud: Cloud) -> ssl.SSLContext:
    """Return which authorities are trusted; a case has six connections, and reading them takes longer than a call."""
    if cloud.ca_bundle is None:
        named = tuple(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
        return _usual_authorities(named, trust_env=not cloud.is_loopback)
    try:
        return _authorities_of(str(cloud.ca_bundle), cloud.ca_bundle.stat().st_mtime_ns)
    except OSError as error:
        message = f"The file of trusted certificates, {cloud.ca_bundle.name}, cannot be read ({error.strerror})."
        step = "Correct ca_bundle in the engagement, or start the service that writes this file."
        raise errors.Unreachable(message, code=errors.UNTRUSTED, next_step=step) from None


@lru_cache(maxsize=8)
def _usual_authorities(named: tuple[str | None, ...], *, trust_env: bool) -> ssl.SSLContext:  # noqa: ARG001 - a key
    return httpx.create_ssl_context(trust_env=trust_env)


@lru_cache(maxsize=8)
def _authorities_of(bundle: str, changed: int) -> ssl.SSLContext:  # noqa: ARG001 - a key: the file may be replaced
    return ssl.create_default_context(cafile=bundle)
