"""The page where a person enters a device code and says who they are."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_center_simulator.entra import device_codes
from partner_center_simulator.people.pages import show
from partner_center_simulator.simulator import simulator_of

NO_SUCH_CODE = "That code did not work. It may have expired: ask for a new one in the program that showed it."


async def enter(request: Request) -> Response:
    """Show the field for the code."""
    return show("device_code.html", code=request.query_params.get("otc", ""), problem=None)


async def choose(request: Request) -> Response:
    """Take the code and ask who is signing in."""
    simulator = simulator_of(request)
    async with request.form() as form:
        code = str(form.get("code", ""))
    begun = device_codes.by_user_code(simulator.state, code)
    partner = simulator.state.partner(begun["tenant"]) if begun else None
    if begun is None or partner is None:
        return show("device_code.html", status=400, code=code, problem=NO_SUCH_CODE)
    return show("device_person.html", code=begun["userCode"], partner=partner)


async def decide(request: Request) -> Response:
    """Keep the decision of the person."""
    simulator = simulator_of(request)
    async with request.form() as form:
        code, operator, decision = (str(form.get(name, "")) for name in ("code", "operator", "decision"))
    begun = device_codes.by_user_code(simulator.state, code)
    partner = simulator.state.partner(begun["tenant"]) if begun else None
    if begun is None or partner is None:
        return show("device_code.html", status=400, code=code, problem=NO_SUCH_CODE)
    if decision != "approve":
        device_codes.decide(simulator.state, begun, "declined", None)
        return show("message.html", title="You did not sign in", sentence="You can close this window.")
    person = next((one for one in partner["operators"] if one["objectId"] == operator), None)
    if person is None:
        return show("device_person.html", status=400, code=begun["userCode"], partner=partner)
    device_codes.decide(simulator.state, begun, "approved", operator)
    sentence = f"You are signed in as {person['name']}. Go back to the program and close this window."
    return show("message.html", title="You are signed in", sentence=sentence)


ROUTES = (
    Route("/devicelogin", enter, methods=["GET"]),
    Route("/devicelogin", choose, methods=["POST"]),
    Route("/devicelogin/decide", decide, methods=["POST"]),
)
