"""Granular delegated admin privileges (GDAP) of one partner tenant, as Microsoft Graph lists them; read and no more."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from partner_center import errors
from partner_center.answers import UNREADABLE, Answer, member, read_answer, refusal, unreadable
from partner_center.auth import SignIn
from partner_center.calls import Call, Patience
from partner_center.clouds import Cloud
from partner_center.operations import GraphOperation
from partner_center.resource import Resource, Text, Word, same_id
from partner_center.wire import Connection, NoAnswerError, Wire

_LIST = "tenantRelationships/delegatedAdminRelationships"
_OPERATION = GraphOperation.LIST_ADMINISTRATION
_MOST_PAGES = 100


class GrantedRole(Resource):
    """One Entra role of a relationship, by the id of its template."""

    role_definition_id: Text = ""


class AccessDetails(Resource):
    """The roles that a relationship asks for."""

    unified_roles: tuple[GrantedRole, ...] = ()


class AdministeredTenant(Resource):
    """The customer of a relationship."""

    tenant_id: Text = ""


class AdminRelationship(Resource):
    """One GDAP relationship. Source: "delegatedAdminRelationship resource type"."""

    id: str
    display_name: Text = ""
    status: Word = ""
    customer: AdministeredTenant | None = None
    access_details: AccessDetails = AccessDetails()
    end_date_time: datetime | None = None

    @property
    def roles(self) -> frozenset[str]:
        """Template ids of its roles, lower case."""
        return frozenset(role.role_definition_id.casefold() for role in self.access_details.unified_roles) - {""}

    @property
    def is_active(self) -> bool:
        """Whether it gives rights now; one that is about to end still does."""
        return self.status in {"active", "expiring"}


class Administration:
    """Reads GDAP from Microsoft Graph with the sign-in of a partner tenant. Nothing here writes.

    Args:
        cloud: Where Graph is.
        sign_in: Who gives out tokens.
        patience: How long a request is repeated.
        wire: Takes the place of the network.

    Source: "List delegatedAdminRelationships" (DelegatedAdminRelationship.Read.All, with a user; not in China).
    """

    def __init__(
        self, cloud: Cloud, sign_in: SignIn, *, patience: Patience | None = None, wire: Wire | None = None
    ) -> None:
        self._cloud = cloud
        self._sign_in = sign_in
        self._patience = patience or Patience()
        self._connection = Connection(cloud, timeout=60.0, wire=wire)

    def relationships(self, customer_id: str) -> list[AdminRelationship]:
        """Read every GDAP relationship with one customer, in any state, all pages.

        Raises:
            AppOnlyNotSupported: The sign-in is that of an application without a user.
            UnreadableAnswer: A page is no list.
            PartnerCenterError: It could not be read.
        """
        if self._sign_in.app_only:
            message = f"An application without a user may not {_OPERATION.value}."
            step = "Sign in with a refresh token or a device code of a user with MFA."
            raise errors.AppOnlyNotSupported(message, operation=_OPERATION.value, next_step=step)
        params: Mapping[str, str] = {"$filter": f"customer/tenantId eq '{customer_id}'"}
        found: list[AdminRelationship] = []
        for _ in range(_MOST_PAGES):
            answer = self._read(params)
            rows = member(answer.body, "value")
            if not isinstance(rows, list):
                raise unreadable(answer, _OPERATION, "is not a list")
            found += [_relationship(answer, row) for row in rows]
            following = member(answer.body, "@odata.nextLink")
            if not following:
                break
            # Only what the link asks for is taken from it: the token goes to no other address than the list's.
            params = dict(parse_qsl(urlsplit(str(following)).query))
        else:
            raise unreadable(answer, _OPERATION, "has no end")
        return [one for one in found if one.customer is not None and same_id(one.customer.tenant_id, customer_id)]

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _read(self, params: Mapping[str, str]) -> Answer:
        for attempt in self._patience.attempts_with_waits():
            with attempt:
                return self._ask(params)
        raise AssertionError  # the attempts end in an answer or in an error

    def _ask(self, params: Mapping[str, str]) -> Answer:
        call = Call.new()
        token = self._sign_in.access_token(scope=self._cloud.graph_scope)
        headers = {"Authorization": f"Bearer {token}", "client-request-id": call.request_id}
        address = f"{self._cloud.graph}/v1.0/{_LIST}"
        try:
            response = self._connection.send("GET", address, params=params, headers=headers)
        except NoAnswerError as error:
            step = "Check the network, then run the step again; nothing was changed."
            raise errors.Unreachable(str(error), operation=_OPERATION.value, next_step=step) from None
        sent = (call.request_id, call.correlation_id)
        answer = read_answer(response.status, response.headers, response.content, sent=sent)
        if answer.succeeded and answer.body is not UNREADABLE:
            return answer
        status = answer.info.status
        if status == 429:
            throttled = errors.Throttled("Microsoft Graph takes no more requests for now.", status=status)
            throttled.retry_after = answer.retry_after
            raise throttled
        if status >= 500:
            raise errors.ServiceFailure(f"Microsoft Graph failed (HTTP {status}).", status=status)
        if status >= 400:
            raise refusal(answer, _OPERATION)
        raise unreadable(answer, _OPERATION, "cannot be used")


def _relationship(answer: Answer, row: object) -> AdminRelationship:
    try:
        return AdminRelationship.model_validate(row)
    except ValidationError:
        raise unreadable(answer, _OPERATION, "holds a row that cannot be read") from None
