"""Reading a list to its end, or not at all: a list with a page missing is never taken for a complete one."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from pydantic import ValidationError

from partner_center import errors
from partner_center.answers import Answer, member, unreadable
from partner_center.operations import Operation
from partner_center.resource import Resource, identity
from partner_center.transport import Transport

_NO_MORE_PAGES = "2000"

Kind = TypeVar("Kind", bound=Resource)


def read_all(
    transport: Transport,
    path: str,
    params: Mapping[str, str | int],
    operation: Operation,
    kind: type[Kind],
    check: Callable[[Answer], None],
) -> list[Kind]:
    """Read all rows of a list. A row that appears on two pages is kept once, by its id.

    The next page is asked for by the continuation token, in the body or among the headers of the next link, or else by
    the offset of that link; the text of the link is not trusted.

    Args:
        transport: Who asks.
        path: The address of the list.
        params: What is asked for on each page.
        operation: What the list is read for.
        kind: What a row is.
        check: Called with the answer of each page before its rows are read; raises when they must not be.

    Raises:
        UnreadableAnswer: A page is no list, a row cannot be named, a total disagrees with the rows, or the pages go
            round in a circle.
        PartnerCenterError: A page could not be read: then there is no list.

    Source: "Get a list of customers", "Get invoice line items".
    """
    rows: dict[str, Kind] = {}
    count = 0
    totals: list[int] = []
    for answer, page in _pages(transport, path, params, operation):
        check(answer)
        count += len(page)
        totals += _total(answer, page, operation)
        for row in page:
            key = identity(str(member(row, "id") or "")) or f"row without an id, number {len(rows)}"
            rows.setdefault(key, _read_row(answer, row, operation, kind))
    # A total counts the rows of its page or those of the whole list, nobody says which. Either way the smallest cannot
    # be more than what came; a list that grows while it is read moves the later totals only.
    if totals and min(totals) > count:
        raise unreadable(answer, operation, f"promises {min(totals)} rows and holds {count}")
    return list(rows.values())


def each_row(
    transport: Transport,
    path: str,
    params: Mapping[str, str | int],
    operation: Operation,
    kind: type[Kind],
) -> Iterator[Kind]:
    """Yield the rows of a list that may be too long for memory, as they come, each as often as it is listed.

    Args:
        transport: Who asks.
        path: The address of the list.
        params: What is asked for on each page.
        operation: What the list is read for.
        kind: What a row is.

    Raises:
        UnreadableAnswer: As ``read_all``; rows that came before are then not the whole list.
        PartnerCenterError: A page could not be read.
    """
    count = 0
    smallest: int | None = None
    for answer, page in _pages(transport, path, params, operation):
        count += len(page)
        totals = _total(answer, page, operation)
        smallest = min([*totals, *([] if smallest is None else [smallest])], default=None)
        for row in page:
            yield _read_row(answer, row, operation, kind)
    if smallest is not None and smallest > count:
        raise unreadable(answer, operation, f"promises {smallest} rows and holds {count}")


def _read_row(answer: Answer, row: dict[str, object], operation: Operation, kind: type[Kind]) -> Kind:
    try:
        return kind.model_validate(row)
    except ValidationError:
        # A row without an id cannot be held by name: better no list than one with a row less (S8).
        raise unreadable(answer, operation, "holds a row that has no id that can be read") from None


def _total(answer: Answer, page: list[dict[str, object]], operation: Operation) -> list[int]:
    """Give the total of a page, empty when it prints none that is a number."""
    total = member(answer.body, "totalCount")
    if isinstance(total, bool) or not str(total).isdecimal():
        return []
    number = int(str(total))
    if number < len(page):
        raise unreadable(answer, operation, f"promises {number} rows and holds {len(page)}")
    return [number]


def _pages(
    transport: Transport, path: str, params: Mapping[str, str | int], operation: Operation
) -> Iterator[tuple[Answer, list[dict[str, object]]]]:
    answer = transport.get(path, params, operation=operation)
    seen: set[str] = set()
    count = 0
    while True:
        page = _rows(answer, operation)
        count += len(page)
        yield answer, page
        step = _next_step(answer.body, count)
        if step is None:
            return
        token, offset = step
        if (token or offset) in seen:
            raise unreadable(answer, operation, "leads back to a page that was read already")
        seen.add(token or offset)
        try:
            if token:
                more = {**params, "seekOperation": "Next"}
                answer = transport.get(path, more, operation=operation, headers={"MS-ContinuationToken": token})
            else:
                answer = transport.get(path, {**params, "offset": offset}, operation=operation)
        except errors.Refused as error:
            if error.status == 400 and error.code == _NO_MORE_PAGES:
                return
            raise


def _rows(answer: Answer, operation: Operation) -> list[dict[str, object]]:
    body = answer.body
    items = body if isinstance(body, list) else member(body, "items")
    if items is None and isinstance(body, dict) and member(body, "totalCount") == 0:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unreadable(answer, operation, "is not a list")
    return items


def _next_step(body: object, count: int) -> tuple[str, str] | None:
    """Find the token or the offset of the next page; None at the end."""
    link = member(member(body, "links"), "next")
    token = member(body, "continuationToken") or _token_of(link)
    if token:
        return str(token), ""
    if not isinstance(link, dict):
        return None
    # The offset printed in a link is empty at times: the rows read so far say the same.
    return "", str(count)


def _token_of(link: object) -> object:
    headers = member(link, "headers")
    if not isinstance(headers, list):
        return None
    wanted = "MS-ContinuationToken".casefold()
    return next((member(item, "value") for item in headers if str(member(item, "key")).casefold() == wanted), None)
