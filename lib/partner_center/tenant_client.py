"""How one partner tenant's client asks: signed in, within the budget, and with answers read into resources."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from partner_center import errors, server_clock
from partner_center.administration import Administration
from partner_center.answers import member, unreadable
from partner_center.asked_for import require_customer, require_id
from partner_center.auth import Credentials, SignIn
from partner_center.clouds import Cloud
from partner_center.operations import NEEDS_USER, Operation
from partner_center.paging import read_all
from partner_center.resource import Resource
from partner_center.transport import Answer, Patience, RateBudget, Transport, Wire

Kind = TypeVar("Kind", bound=Resource)


class TenantClient:
    """What every client of one partner tenant can do, whatever it reads or writes. Safe to use from several threads.

    Args:
        cloud: Where Partner Center is.
        tenant: The partner tenant's id.
        credentials: What to sign in with.
        budget: The shared rate budget (M37); without one there is no limit but Microsoft's.
        show: Shows a person the message of a device sign-in.
        page_size: Rows asked for on one page of a list.
        patience: How long a request is repeated.
        wire: Takes the place of the network.

    Raises:
        Unreachable: The cloud's file of trusted authorities cannot be read.
    """

    def __init__(
        self,
        cloud: Cloud,
        tenant: str,
        credentials: Credentials,
        *,
        budget: RateBudget | None = None,
        show: Callable[[str], object] = print,
        page_size: int = 500,
        patience: Patience | None = None,
        wire: Wire | None = None,
    ) -> None:
        self.cloud = cloud
        self.tenant = tenant
        self.page_size = page_size
        self.sign_in = SignIn(cloud, tenant, credentials, show=show, patience=patience, wire=wire)
        self.administration = Administration(cloud, self.sign_in, patience=patience, wire=wire)
        self._transport = Transport(cloud, tenant, self.sign_in, budget=budget, patience=patience, wire=wire)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
        self.administration.close()
        self.sign_in.close()

    @property
    def app_only(self) -> bool:
        """Whether the sign-in is that of an application without a user."""
        return self.sign_in.app_only

    def server_time(self) -> datetime:
        """Tell Partner Center's time now in UTC: what "today" is, to the second.

        Raises:
            UnreadableAnswer: Partner Center's answers carry no date.
        """
        now = self._transport.server_time()
        if now is None:
            # Any answer tells the time; this is the smallest that an application without a user may ask for too.
            answer = self._get("customers", Operation.LIST_CUSTOMERS, {"size": 1})
            now = self._transport.server_time()
            if now is None:
                raise unreadable(answer, Operation.LIST_CUSTOMERS, "carries no date")
        return now

    def clock_difference(self) -> float:
        """Measure by how many seconds this computer's clock is ahead of Partner Center's (negative: behind)."""
        return server_clock.difference_to(self.server_time())

    def _require_user(self, operation: Operation) -> None:
        if operation in NEEDS_USER and self.app_only:
            message = f"An application without a user may not {operation.value}."
            step = "Sign in with a refresh token or a device code of a user with MFA."
            raise errors.AppOnlyNotSupported(message, operation=operation.value, next_step=step)

    def _get(self, path: str, operation: Operation, params: Mapping[str, str | int] | None = None) -> Answer:
        self._require_user(operation)
        return self._transport.get(path, params, operation=operation)

    def _one(
        self,
        kind: type[Kind],
        path: str,
        operation: Operation,
        params: Mapping[str, str | int] | None = None,
        *,
        asked: str | None = None,
        customer: str | None = None,
    ) -> Kind:
        """Read one object; ``asked`` is the id that it must have, ``customer`` the only customer it may name."""
        answer = self._get(path, operation, params)
        try:
            resource = kind.model_validate(answer.body)
        except ValidationError:
            raise unreadable(answer, operation, "is not what was asked for") from None
        if asked is not None:
            require_id(answer, operation, str(getattr(resource, "id", "")), asked)
        if customer is not None:
            require_customer(answer, operation, customer)
        return resource

    def _all(
        self,
        kind: type[Kind],
        path: str,
        operation: Operation,
        params: Mapping[str, str | int] | None = None,
        *,
        customer: str | None = None,
    ) -> list[Kind]:
        """Read a whole list; ``customer`` is the only customer that it may name."""
        self._require_user(operation)

        def check(answer: Answer) -> None:
            if customer is not None:
                require_customer(answer, operation, customer)

        return read_all(self._transport, path, params or {}, operation, kind, check)


def field_of(answer: Answer, name: str, operation: Operation) -> object:
    """Find one field of an answer in any letter case.

    Raises:
        UnreadableAnswer: It is not there.
    """
    value = member(answer.body, name)
    if value is None:
        raise unreadable(answer, operation, f"does not say {name}")
    return value


def segment(value: str) -> str:
    """Make an id one segment of a path, whatever is in it.

    Raises:
        ValueError: It is empty or a dot, which would lead to another path.
    """
    if not value.strip(". "):
        message = f"{value!r} is not an id."
        raise ValueError(message)
    return quote(value, safe="")
