"""All operations of the API, and what an unknown path gets."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from partner_center_simulator.api import (
    agreements,
    audit_records,
    carts,
    customers,
    end_dates,
    invoices,
    offers,
    orders,
    products,
    profiles,
    promotions,
    subscriptions,
    transfers,
)
from partner_center_simulator.api.calls import Answer, Identity, log, respond
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.simulator import simulator_of

OPERATIONS = (
    *profiles.OPERATIONS,
    *customers.OPERATIONS,
    *agreements.OPERATIONS,
    *subscriptions.OPERATIONS,
    *end_dates.OPERATIONS,
    *offers.OPERATIONS,
    *products.OPERATIONS,
    *promotions.OPERATIONS,
    *carts.OPERATIONS,
    *orders.OPERATIONS,
    *transfers.OPERATIONS,
    *audit_records.OPERATIONS,
    *invoices.OPERATIONS,
)


async def unknown(request: Request) -> Response:
    """Answer a path or method that is not in this simulator, in the dialect of the API."""
    refusal = Refusal(404, 800002, f"No such resource: {request.method} {request.url.path}.")
    if request.method != "GET":
        answer = Answer(refusal.body(), refusal.status)
        log(simulator_of(request), Identity(), request, None, answer, code=refusal.code)
    return respond(request, refusal.status, refusal.body())


def routes() -> list[BaseRoute]:
    """Return the routes under /v1, the one for everything unknown last."""
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [*(operation.route() for operation in OPERATIONS), Route("/v1/{rest:path}", unknown, methods=methods)]
