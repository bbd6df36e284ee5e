"""The ASGI application: all routes, and around them the clock's Date header and the faults."""

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_center_simulator.api import graph, operations
from partner_center_simulator.control import endpoints as control_endpoints
from partner_center_simulator.entra import endpoints as entra_endpoints
from partner_center_simulator.people import device_sign_in, invitation, start_page
from partner_center_simulator.simulator import Simulator
from partner_center_simulator.strikes import FaultsOnRequest


def application(simulator: Simulator) -> Starlette:
    """Return the application that serves one simulator."""
    app = Starlette(
        routes=[
            *operations.routes(),
            *graph.ROUTES,
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
