"""Microsoft Graph as far as it is read: GDAP relationships (page "List delegatedAdminRelationships")."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partner_center_simulator.actors import Actor
from partner_center_simulator.api.calls import identify
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.simulator import simulator_of

PAGE = 2
OF_CUSTOMER = re.compile(r"^customer/tenantId eq '([0-9a-fA-F-]{36})'$")
PATH = "/v1.0/tenantRelationships/delegatedAdminRelationships"


async def list_relationships(request: Request) -> Response:
    """Answer one page of the GDAP relationships of the partner tenant, those of one customer when it is named."""
    simulator = simulator_of(request)
    try:
        identity = identify(simulator, request, Actor("api"))
    except Refusal as refusal:
        return _refusal(401, "InvalidAuthenticationToken", str(refusal))
    if identity.app_only:
        return _refusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    wanted = request.query_params.get("$filter")
    named = OF_CUSTOMER.match(wanted) if wanted else None
    if wanted and named is None:
        return _refusal(400, "BadRequest", "Invalid filter clause.")
    kept = simulator.state.documents.scope("gdap", str(identity.tenant)).values()
    rows = [one for one in kept if named is None or one["customer"]["tenantId"] == named[1].lower()]
    first = int(request.query_params.get("$skiptoken", "0"))
    body: dict[str, object] = {"value": rows[first : first + PAGE]}
    if len(rows) > first + PAGE:
        more = request.url.include_query_params(**{"$skiptoken": first + PAGE})
        body["@odata.nextLink"] = str(more)
    return JSONResponse(body)


def _refusal(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


ROUTES = (Route(PATH, list_relationships),)
