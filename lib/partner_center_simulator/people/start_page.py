"""The page at / that tells a visitor what this server is."""

from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_center_simulator.people.pages import show
from partner_center_simulator.simulator import simulator_of

MOST_CUSTOMERS = 25


async def start(request: Request) -> Response:
    """Show partner tenants, customers and where to go from here."""
    simulator = simulator_of(request)
    state = simulator.state
    customers = []
    everyone = state.documents.scope("customer", "")
    for customer in islice(everyone.values(), MOST_CUSTOMERS):
        partners = [one["companyName"] for one in state.partners() if state.relationship(one["tenant"], customer["id"])]
        customers.append({"customer": customer, "partners": partners})
    return show(
        "start.html",
        url=simulator.url,
        now=state.clock.now().strftime("%d %B %Y, %H:%M UTC"),
        origin=state.origin,
        partners=list(state.partners()),
        customers=customers,
        total=len(everyone),
    )


ROUTES = (Route("/", start),)
