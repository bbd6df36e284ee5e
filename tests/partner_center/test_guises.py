"""Printed answers in another guise: what Microsoft writes otherwise at times, or leaves out."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from client_requests import answered, drive, resources

from partner_center.models import Resource


def rename(value: Any, change: Callable[[str], str]) -> Any:
    """Change the names of all fields."""
    if isinstance(value, dict):
        return {change(name): rename(inside, change) for name, inside in value.items()}
    return [rename(inside, change) for inside in value] if isinstance(value, list) else value


def as_text(value: Any) -> Any:
    """Write numbers as text."""
    if isinstance(value, dict):
        return {name: as_text(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [as_text(inside) for inside in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def with_news(value: Any) -> Any:
    """Add a field that nobody has seen to every object."""
    if isinstance(value, dict):
        return {**{name: with_news(inside) for name, inside in value.items()}, "brandNew": {"x": [1]}}
    return [with_news(inside) for inside in value] if isinstance(value, list) else value


def dated(change: Callable[[str], str]) -> Callable[[Any], Any]:
    """Make what changes every point in time of an answer."""

    def apply(value: Any) -> Any:
        return json.loads(re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", lambda found: change(found[0]), json.dumps(value)))

    return apply


STRANGE: dict[str, Callable[[Any], Any]] = {
    "PascalCase": lambda value: rename(value, lambda name: name[:1].upper() + name[1:]),
    "lower case": lambda value: rename(value, str.lower),
    "numbers as text": as_text,
    "unknown fields": with_news,
    "dates without a zone": dated(lambda text: text.rstrip("Z")),
    "dates with an offset": dated(lambda text: text.rstrip("Z") + "+00:00"),
    "seven digits of a second": dated(lambda text: text.rstrip("Z").partition(".")[0] + ".1234567Z"),
}


@pytest.mark.parametrize("strangeness", STRANGE)
@pytest.mark.parametrize(("case", "status", "body"), answered())
def test_a_printed_answer_in_another_guise_is_read(kit, case, status, body, strangeness):
    """S7: what Microsoft prints otherwise at times is read like the plain form, with nothing unreadable in it."""
    plain = resources(drive(kit, case, status, body))
    strange = resources(drive(kit, case, status, STRANGE[strangeness](body)))
    assert all(resource.unreadable == () for resource in strange)
    assert [type(resource) for resource in strange] == [type(resource) for resource in plain]
    if strangeness in {"PascalCase", "lower case"}:
        # Fields that are not modelled keep the names that they came with.
        assert [known(resource) for resource in strange] == [known(resource) for resource in plain]


def known(resource: Resource) -> dict[str, Any]:
    """Give the plain values of the modelled fields."""
    values = {name: getattr(resource, name) for name in type(resource).model_fields}
    return {name: value for name, value in values.items() if not isinstance(value, Resource | tuple)}


NEEDED = {
    "id", "tenantId", "templateId", "agreementType", "url", "isSigned", "items", "mpnId", "orders", "catalogItemId",
}  # fmt: skip


@pytest.mark.parametrize(("case", "status", "body"), answered())
def test_a_field_that_is_left_out_breaks_nothing(kit, case, status, body):
    """S7: only what names an object is needed; any other field may be missing or null."""
    listed = body if isinstance(body, list) else body.get("items")
    inside = listed[0] if listed else body
    for name in sorted(inside.keys() - NEEDED):
        for left in ({key: value for key, value in inside.items() if key != name}, {**inside, name: None}):
            changed = left if listed is None else [left]
            if isinstance(body, dict) and listed:
                changed = {**body, "items": [left], "totalCount": 1}
            result = drive(kit, case, status, changed)
            for resource in resources(result):
                assert set(resource.unreadable) <= {name}
