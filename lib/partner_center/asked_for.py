"""Whether an answer is about what was asked for: nothing is read from an answer about something else."""

import re
from collections.abc import Iterator

from partner_center.answers import Answer, member, unreadable
from partner_center.operations import Operation
from partner_center.resource import same_id

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_CUSTOMER_IN_LINK = re.compile(rf"(?:^|/)customers/({_GUID})(?:[/?]|$)", re.IGNORECASE)


def require_id(answer: Answer, operation: Operation, found: str, asked: str) -> None:
    """Make sure that the object in the answer is the one that was asked for.

    Raises:
        UnreadableAnswer: It is another one.
    """
    if not same_id(found, asked):
        raise unreadable(answer, operation, "is about another object than the one asked for")


def require_customer(answer: Answer, operation: Operation, customer_id: str) -> None:
    """Make sure that an answer, and each row of a list, names no other customer than the one asked for.

    Raises:
        UnreadableAnswer: It names another customer.
    """
    if not is_about_customer(answer.body, customer_id):
        raise unreadable(answer, operation, "is about another customer than the one asked for")


def is_about_customer(body: object, customer_id: str) -> bool:
    """Whether a body names no other customer than this one; many bodies name none.

    An order names the customer in ``referenceCustomerId``, a transfer in ``customerTenantId``; a subscription does so
    only in the link to itself.

    Source: "Order resources", "TransferEntity resources", "Utility resources".
    """
    return all(same_id(named, customer_id) for named in _customers_named(body))


def _customers_named(body: object) -> Iterator[str]:
    rows = body if isinstance(body, list) else [body]
    for name in ("items", "orders"):
        inside = member(body, name)
        rows = [*rows, *inside] if isinstance(inside, list) else rows
    for row in rows:
        for name in ("referenceCustomerId", "customerTenantId"):
            reference = member(row, name)
            if reference:
                yield str(reference)
        link = member(member(member(row, "links"), "self"), "uri")
        found = _CUSTOMER_IN_LINK.search(str(link or ""))
        if found:
            yield found.group(1)
