"""The control API: clock, portal, support, logs and faults, for tests and for people who try things out."""

import json
from collections.abc import Awaitable, Callable
from itertools import islice

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partner_center_simulator.clock import parse_instant, timestamp
from partner_center_simulator.commerce import azure_support, portal, products, relationships
from partner_center_simulator.commerce.billed import overlap
from partner_center_simulator.commerce.passing_time import let_time_pass
from partner_center_simulator.commerce.transfers import planned_outcomes
from partner_center_simulator.commerce.transfers import portal as transfer_portal
from partner_center_simulator.control import overview, settings
from partner_center_simulator.documents import Json
from partner_center_simulator.people import visits
from partner_center_simulator.portfolios import portfolio
from partner_center_simulator.portfolios.planting import plant
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.simulator import Simulator, simulator_of


class BadRequest(ValueError):
    """A request to the control API is not understood."""


def health(simulator: Simulator, _: Json) -> Json:
    """Say that the simulator is up, and what it holds."""
    return {
        "status": "up",
        "url": simulator.url,
        **(simulator.state.origin or {}),
        "now": timestamp(simulator.state.clock.now()),
    }


def writes(simulator: Simulator, query: Json) -> Json:
    """Answer the write log, from the entry after ``after``."""
    after = int(query.get("after", 0))
    # The sequence runs from 1 without a gap, so that it is the position too.
    return list(islice(simulator.state.documents.scope("write", "").values(), after, None))


def calls(simulator: Simulator, _: Json) -> Json:
    """Answer how often each operation was called."""
    return simulator.calls.rows()


def reset_calls(simulator: Simulator, _: Json) -> Json:
    """Count calls from zero again."""
    simulator.calls.reset()
    return []


def clock(simulator: Simulator, _: Json) -> Json:
    """Answer Partner Center's time."""
    return {"now": timestamp(simulator.state.clock.now())}


def move_clock(simulator: Simulator, body: Json) -> Json:
    """Set the clock, or move it by seconds; terms that end meanwhile end."""
    if "set" in body:
        simulator.state.clock.set(parse_instant(str(body["set"])))
    elif "advance_seconds" in body:
        simulator.state.clock.advance(float(body["advance_seconds"]))
    else:
        raise BadRequest("send set or advance_seconds")
    let_time_pass(simulator.state)
    return clock(simulator, None)


def state(simulator: Simulator, _: Json) -> Json:
    """Answer everything about all tenants."""
    return overview.everything(simulator.state)


def billed(simulator: Simulator, query: Json) -> Json:
    """Answer which days are billed to whom for what, and which of them twice, of ``customer`` (id) or of all."""
    named = query.get("customer")
    customer = simulator.state.customer(str(named)) if named else None
    if named and customer is None:
        raise BadRequest("there is no such customer tenant")
    return overlap.statement(simulator.state, customer["id"] if customer else None)


def visit(simulator: Simulator, body: Json) -> Json:
    """Ask who accepts invitations for ``customer``, and whether that person accepts now; the asking is remembered."""
    return visits.visit(simulator.state, str(body.get("customer", "")))


def change_settings(simulator: Simulator, body: Json) -> Json:
    """Change latency and what takes provisioning, order list, renewal and transfer (seconds), or calls a minute."""
    settings.change(simulator.state, body)
    return settings.present(simulator.state)


def change_offer(simulator: Simulator, body: Json) -> Json:
    """Change an offer of the catalogue: ``offer`` and any of its fields, or ``price`` per seat and month."""
    offer = simulator.state.offer(str(body.get("offer", "")))
    if offer is None:
        raise BadRequest("offer is not in the catalogue")
    changes = {name: value for name, value in body.items() if name in offer["resource"] and name != "id"}
    price = float(body.get("price", offer["price"]))
    with simulator.state.transaction():
        changed = {**offer, "resource": {**offer["resource"], **changes}, "price": price}
        simulator.state.documents.put("offer", "", offer["resource"]["id"].lower(), changed)
    return changed


def act_in_portal(simulator: Simulator, body: Json) -> Json:
    """Do what a person does by hand in the portal of a tenant."""
    return portal.act(simulator.state, body)


def qualify(simulator: Simulator, body: Json) -> Json:
    """Let ``tenant`` have a ``qualification`` of ``customer``, Approved unless ``vettingStatus`` says otherwise."""
    partner = simulator.state.partner(str(body.get("tenant", "")))
    if partner is None:
        raise BadRequest("tenant is not a partner tenant of this portfolio")
    customer = relationships.require(simulator.state, partner["tenant"], str(body.get("customer", "")))
    status = str(body.get("vettingStatus", "Approved"))
    return products.qualify(simulator.state, partner["tenant"], customer["id"], str(body["qualification"]), status)


def transfers(simulator: Simulator, query: Json) -> Json:
    """Answer all transfers with all their line items, those of ``customer`` when it is named."""
    wanted = str(query.get("customer", "")).lower()
    kept = simulator.state.documents.scope("transfer", "").values()
    return [one["resource"] for one in kept if wanted in ("", one["resource"]["customerTenantId"])]


def act_on_transfer(simulator: Simulator, body: Json) -> Json:
    """Request, withdraw, accept or reject a transfer by hand in the portal of a tenant."""
    return transfer_portal.act(simulator.state, body)


def transfer_outcomes(simulator: Simulator, _: Json) -> Json:
    """Answer how coming transfers end."""
    return planned_outcomes.waiting(simulator.state)


def plan_transfer_outcome(simulator: Simulator, body: Json) -> Json:
    """Say how the next accepted transfer ends; answer the plans that wait."""
    return planned_outcomes.plan(simulator.state, body)


def hand_over(simulator: Simulator, body: Json) -> Json:
    """Hand a text to Microsoft's Azure support."""
    return azure_support.hand_over(simulator.state, str(body.get("text", "")))


def reset(simulator: Simulator, _: Json) -> Json:
    """Forget all that happened: portfolio and clock are as at the first start, credentials stay."""
    origin = simulator.state.origin or {}
    seed = int(origin["seed"])
    planted = simulator.portfolio or portfolio(origin["portfolio"], customers=origin["customers"], seed=seed)
    simulator.state.forget()
    simulator.state.clock.set(parse_instant(origin["start"]))
    plant(simulator.state, planted, seed=seed, customers=origin["customers"])
    simulator.calls.reset()
    simulator.faults.clear()
    simulator.rate_limit.reset()
    return health(simulator, None)


def faults(simulator: Simulator, _: Json) -> Json:
    """Answer the fault rules in force, and the settings."""
    return {"rules": simulator.faults.rows(), "settings": settings.present(simulator.state)}


def set_faults(simulator: Simulator, body: Json) -> Json:
    """Replace all fault rules, and change the settings that are named."""
    settings.apply(simulator.state, simulator.faults, body)
    return faults(simulator, None)


Handler = Callable[[Simulator, Json], Json]


def _endpoint(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint of a handler: it gets the query of a GET, else the JSON body, and answers JSON."""

    async def endpoint(request: Request) -> Response:
        try:
            if request.method == "GET":
                asked: Json = dict(request.query_params)
            else:
                asked = json.loads(await request.body() or b"{}")
                if not isinstance(asked, dict):
                    raise BadRequest("send a JSON object")
            simulator = simulator_of(request)
            let_time_pass(simulator.state)
            return JSONResponse(handler(simulator, asked))
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except Refusal as refusal:
            return JSONResponse(refusal.body(), status_code=refusal.status)

    return endpoint


HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "health", health),
    ("GET", "writes", writes),
    ("GET", "calls", calls),
    ("DELETE", "calls", reset_calls),
    ("GET", "clock", clock),
    ("POST", "clock", move_clock),
    ("GET", "state", state),
    ("GET", "billed", billed),
    ("POST", "visits", visit),
    ("POST", "settings", change_settings),
    ("POST", "offers", change_offer),
    ("POST", "portal", act_in_portal),
    ("POST", "qualifications", qualify),
    ("GET", "transfers", transfers),
    ("POST", "transfers", act_on_transfer),
    ("GET", "transfer-outcomes", transfer_outcomes),
    ("POST", "transfer-outcomes", plan_transfer_outcome),
    ("POST", "azure-support", hand_over),
    ("POST", "reset", reset),
    ("GET", "faults", faults),
    ("POST", "faults", set_faults),
)
ROUTES = tuple(Route(f"/simulator/{name}", _endpoint(handler), methods=[method]) for method, name, handler in HANDLERS)
