"""Reading a list to its end, or not at all: a list with a page missing is never taken for a complete one."""

from collections.abc import Iterator, Mapping

from partner_center import errors
from partner_center.answers import Answer, unreadable
from partner_center.operations import Operation
from partner_center.resource import identity
from partner_center.transport import Transport

_NO_MORE_PAGES = "2000"


def read_all(
    transport: Transport, path: str, params: Mapping[str, str | int], operation: Operation
) -> list[dict[str, object]]:
    """Read all rows of a list. A row that appears on two pages is kept once, by its id.

    The next page is asked for by the continuation token, in the body or among the headers of the next link, or else by
    the offset of that link; the text of the link is not trusted.

    Raises:
        UnreadableAnswer: A page is no list, or the pages go round in a circle.
        PartnerCenterError: A page could not be read: then there is no list.

    Source: "Get a list of customers", "Get invoice line items".
    """
    rows: dict[str, dict[str, object]] = {}
    for page in _pages(transport, path, params, operation):
        for row in page:
            key = identity(str(_value(row, "id") or "")) or f"row without an id, number {len(rows)}"
            rows.setdefault(key, row)
    return list(rows.values())


def _pages(
    transport: Transport, path: str, params: Mapping[str, str | int], operation: Operation
) -> Iterator[list[dict[str, object]]]:
    answer = transport.get(path, params, operation=operation)
    seen: set[str] = set()
    count = 0
    while True:
        page = _rows(answer, operation)
        count += len(page)
        yield page
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
    items = body if isinstance(body, list) else _value(body, "items")
    if items is None and isinstance(body, dict) and _value(body, "totalCount") == 0:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unreadable(answer, operation, "is not a list")
    return items


def _next_step(body: object, count: int) -> tuple[str, str] | None:
    """Find the token or the offset of the next page; None at the end."""
    link = _value(_value(body, "links"), "next")
    token = _value(body, "continuationToken") or _token_of(link)
    if token:
        return str(token), ""
    if not isinstance(link, dict):
        return None
    # The offset printed in a link is empty at times: the rows read so far say the same.
    return "", str(count)


def _token_of(link: object) -> object:
    headers = _value(link, "headers")
    if not isinstance(headers, list):
        return None
    wanted = "MS-ContinuationToken".casefold()
    return next((_value(item, "value") for item in headers if str(_value(item, "key")).casefold() == wanted), None)


def _value(holder: object, name: str) -> object:
    if not isinstance(holder, dict):
        return None
    if name in holder:
        return holder[name]
    return next((value for key, value in holder.items() if str(key).casefold() == name.casefold()), None)
