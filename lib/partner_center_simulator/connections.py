"""Open connections by both ends, so that a fault can close one without an answer."""

import asyncio

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[object, object], asyncio.Transport] = {}


class ClosableProtocol(H11Protocol):
    """Uvicorn's HTTP protocol, with a record of which transport belongs to which pair of ends."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the transport of a new connection."""
        super().connection_made(transport)
        _open[self.client, self.server] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport of a closed connection."""
        _open.pop((self.client, self.server), None)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Let a stopping server not wait for a peer that keeps an idle TLS connection open."""
        idle = self.cycle is None or self.cycle.response_complete
        super().shutdown()
        if idle:
            self.transport.abort()


async def close_without_answer(scope: Scope, receive: Receive) -> None:
    """Close the connection of a request at once; the other side gets no byte of an answer."""
    transport = _open.get((scope["client"], scope["server"]))
    if transport is None:
        raise RuntimeError("faults that drop a connection need the server of this package")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
