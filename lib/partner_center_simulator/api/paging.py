"""Collections and their pages (Microsoft page "Utility resources")."""

import base64
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from partner_center_simulator.api.calls import Call
from partner_center_simulator.documents import Document
from partner_center_simulator.refusals import Refusal

LARGEST_PAGE = 500


def collection(items: list[Any], object_type: str = "Collection") -> Document:
    """Return all items in one collection that is not paged."""
    return {"totalCount": len(items), "items": items, "attributes": {"objectType": object_type}}


def page(call: Call, path: str, items: Iterable[Any]) -> Document:
    """Return one page of a collection; its token leads to the next one.

    A full page always carries a token, even when nothing follows: then the next call is the one that says so, with
    400 / 2000, as recorded in the vendor's own tool. A page that is not full carries none.

    Raises:
        Refusal: 400 / 2000 when the token is used up, 400 / 800002 when size or token make no sense.
    """
    size = _size(call)
    start = start_of(call)
    found = list(islice(items, start, start + size))
    if start and not found:
        raise Refusal(400, 2000, "No more items for this token.")
    uri = f"{path}?size={size}"
    answer = collection(found)
    answer["links"] = {"self": {"uri": uri, "method": "GET", "headers": []}}
    if len(found) == size:
        token = base64.b64encode(json.dumps({"from": start + size}).encode()).decode()
        answer["continuationToken"] = token
        answer["links"]["next"] = {
            "uri": f"{uri}&seekOperation=Next",
            "method": "GET",
            "headers": [{"key": "MS-ContinuationToken", "value": token}],
        }
    return answer


def filter_of(call: Call) -> tuple[str, str, str] | None:
    """Return field, value and operator of the filter parameter, field and operator in lower case.

    Raises:
        Refusal: 400 / 800002 when it is not one condition in JSON.
    """
    text = call.query.get("filter")
    if not text:
        return None
    try:
        condition = {name.lower(): str(value) for name, value in json.loads(text).items()}
        return condition["field"].lower(), condition["value"], condition["operator"].lower()
    except (ValueError, AttributeError, KeyError) as error:
        raise Refusal(400, 800002, "filter must be one condition with Field, Value and Operator.") from error


def _size(call: Call) -> int:
    text = call.query.get("size", str(LARGEST_PAGE))
    if not text.isdecimal():
        raise Refusal(400, 800002, "size must be a whole number.")
    size = int(text)
    if size == 0 and "filter" in call.query:
        # Samples of filtered calls send size=0 for all.
        return 1_000_000
    return min(size, LARGEST_PAGE) or LARGEST_PAGE


def start_of(call: Call) -> int:
    """Return where the page that a continuation token asks for begins; 0 without one."""
    token = call.headers.get("ms-continuationtoken")
    if call.query.get("seekoperation", "").lower() != "next" or not token:
        return 0
    try:
        return int(json.loads(base64.b64decode(token))["from"])
    except (ValueError, TypeError, KeyError) as error:
        raise Refusal(400, 800002, "The continuation token is not valid.") from error
