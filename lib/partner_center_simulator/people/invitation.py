"""The page behind an invitation link, where a customer's Global admin accepts a partner (M7).

Source: Microsoft page "Request a relationship with a customer".
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_center_simulator.commerce import relationships
from partner_center_simulator.documents import Document
from partner_center_simulator.entra.tokens import TokenRefused
from partner_center_simulator.people.pages import show
from partner_center_simulator.simulator import Simulator, simulator_of

GLOBAL_ADMIN = "Global admin"
MOST_SUGGESTIONS = 40


async def invitation(request: Request) -> Response:
    """Show the sign-in page of an invitation."""
    simulator = simulator_of(request)
    partner = simulator.state.partner(request.query_params.get("partnerId", ""))
    if partner is None or request.query_params.get("invType") != "ResellerRelationship":
        return _broken_link()
    return _sign_in_page(simulator, partner)


async def sign_in(request: Request) -> Response:
    """Take the user name and show what the partner asks for."""
    simulator = simulator_of(request)
    async with request.form() as form:
        partner = simulator.state.partner(str(form.get("partnerId", "")))
        user_name = str(form.get("user", "")).strip()
    if partner is None:
        return _broken_link()
    customer, user = _user(simulator, user_name)
    if customer is None or user is None:
        return _sign_in_page(simulator, partner, user_name, "We could not find an account with that user name.")
    if user["role"] != GLOBAL_ADMIN:
        sentence = f"{user['name']} has the role {user['role']}. Only a Global admin can accept this invitation."
        return _sign_in_page(simulator, partner, user_name, sentence)
    if simulator.state.relationship(partner["tenant"], customer["id"]) is not None:
        return show("done.html", partner=partner, customer=customer, already=True)
    return _consent_page(simulator, partner, customer, user)


async def accept(request: Request) -> Response:
    """Take the tick and accept, or say that the tick is missing."""
    simulator = simulator_of(request)
    async with request.form() as form:
        session, ticked = str(form.get("session", "")), form.get("agree") == "yes"
    try:
        claims = simulator.tokens.read(session, "invitation")
    except TokenRefused:
        return _broken_link("Your sign-in has expired. Open the link in the mail again.")
    partner = simulator.state.partner(claims["partner"])
    customer, user = _user(simulator, claims["user"])
    if partner is None or customer is None or user is None or user["role"] != GLOBAL_ADMIN:
        return _broken_link()
    if not ticked:
        return _consent_page(simulator, partner, customer, user, "Tick the box to say that you authorize the partner.")
    fresh = relationships.accept(simulator.state, partner["tenant"], customer["id"], user["userPrincipalName"])
    return show("done.html", partner=partner, customer=customer, already=not fresh)


def _sign_in_page(simulator: Simulator, partner: Document, user_name: str = "", problem: str | None = None) -> Response:
    suggestions: list[str] = []
    for customer in simulator.state.documents.scope("customer", "").values():
        suggestions += [user["userPrincipalName"] for user in customer["users"]]
        if len(suggestions) >= MOST_SUGGESTIONS:
            break
    return show(
        "sign_in.html",
        status=400 if problem else 200,
        partner=partner,
        user_name=user_name,
        suggestions=suggestions,
        problem=problem,
    )


def _consent_page(
    simulator: Simulator, partner: Document, customer: Document, user: Document, problem: str | None = None
) -> Response:
    session = simulator.tokens.form_token(
        "invitation", {"partner": partner["tenant"], "user": user["userPrincipalName"]}
    )
    return show(
        "consent.html",
        status=400 if problem else 200,
        partner=partner,
        customer=customer,
        user=user,
        session=session,
        problem=problem,
    )


def _user(simulator: Simulator, user_name: str) -> tuple[Document | None, Document | None]:
    customer = simulator.state.customer_by_domain(user_name.rpartition("@")[2])
    if customer is None:
        return None, None
    found = (user for user in customer["users"] if user["userPrincipalName"].lower() == user_name.lower())
    return customer, next(found, None)


def _broken_link(sentence: str = "This invitation link is not complete. Open it from the mail again.") -> Response:
    return show("message.html", status=400, title="This link does not work", sentence=sentence)


ROUTES = (
    Route("/Adminportal/Home", invitation),
    Route("/Adminportal/sign-in", sign_in, methods=["POST"]),
    Route("/Adminportal/accept", accept, methods=["POST"]),
)
