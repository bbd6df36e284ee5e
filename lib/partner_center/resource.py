"""How the objects of Partner Center are read: tolerantly, and without losing what was not expected."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel


def identity(value: str | None) -> str:
    """Give the form of an id that can be compared: Microsoft prints the same id in upper and in lower case."""
    return (value or "").strip().casefold()


def same_id(first: str | None, second: str | None) -> bool:
    """Whether two ids are the same one. A missing id is the same as nothing, not even as another missing one."""
    return bool(identity(first)) and identity(first) == identity(second)


def enumeration(value: object) -> object:
    """Bring a word of an open enumeration into one form: OneTime, one_time and "one time" are the same.

    Words that nobody knows are kept, so that they can be shown and held (S7).
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value.strip())
    return re.sub(r"[\s_-]+", "_", words).casefold()


def _absent_as_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _absent_as_empty(value: object) -> object:
    return "" if value is None else value


def absent_as_no_rows(value: object) -> object:
    """Read null in place of a list as a list without rows."""
    return () if value is None else value


def _utc(value: datetime) -> datetime | None:
    # 0001-01-01 means "no value", and a date without a zone is UTC.
    if value.year == 1:
        return None
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:  # the year 9999 of what never ends, in a zone west of Greenwich
        return value.replace(tzinfo=UTC)


Text = Annotated[str, BeforeValidator(_absent_as_empty)]
"""A text; empty when Microsoft prints null."""

OptionalText = Annotated[str | None, BeforeValidator(_absent_as_none)]
"""A text or id that may be missing; None when Microsoft prints null or an empty text."""

Word = Annotated[str, BeforeValidator(enumeration)]
"""A word of an open enumeration in lower snake case; empty when missing."""

Instant = Annotated[
    datetime | None,
    AfterValidator(lambda value: None if value is None else _utc(value)),
    BeforeValidator(_absent_as_none),
]
"""A point in time, always aware and in UTC; None when missing or year 1."""


class Resource(BaseModel):
    """An object of Partner Center as it was read.

    Names are matched in any letter case, unknown fields are kept, and ``received`` is the JSON object exactly as it
    came, which a full-resource PATCH sends back. A field whose value cannot be understood gets its default and is
    named in ``unreadable``: whoever decides about this object must hold it for a person (S7).

    Source: "Utility resources".
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="allow",
        frozen=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
    )

    _received: dict[str, Any] = PrivateAttr(default_factory=dict)
    _unreadable: tuple[str, ...] = PrivateAttr(default=())

    @property
    def received(self) -> dict[str, Any]:
        """The JSON object exactly as received: a copy, free to change."""
        return {name: _copied(each) for name, each in self._received.items()}

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The fields that could not be understood, by Microsoft's names, those of parts as ``part.field``."""
        parts: list[str] = list(self._unreadable)
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            inside = value if isinstance(value, tuple) else (value,)
            parts += [
                f"{field.alias}.{each}" for part in inside if isinstance(part, Resource) for each in part.unreadable
            ]
        return tuple(parts)

    def __eq__(self, other: object) -> bool:
        # ``received`` may differ in letter case and order for the same object.
        return (
            isinstance(other, Resource)
            and type(self) is type(other)
            and self.__dict__ == other.__dict__
            and self.__pydantic_extra__ == other.__pydantic_extra__
        )

    __hash__ = None  # type: ignore[assignment]  # holds lists: not for sets, key by identity(id) instead

    @model_validator(mode="wrap")
    @classmethod
    def _read_tolerantly(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, Mapping):
            return handler(data)
        folded = cls._fold_names(data)
        unreadable: list[str] = []
        while True:
            try:
                resource = handler(folded)
                break
            except ValidationError as error:
                broken = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]} & folded.keys()
                if not broken:
                    raise
                unreadable += sorted(broken)
                for name in broken:
                    del folded[name]
        resource._received = {name: _copied(each) for name, each in data.items()}
        # A resource inside itself is validated twice: what the inner pass found must not be forgotten.
        resource._unreadable = tuple(dict.fromkeys((*unreadable, *resource._unreadable)))
        return resource

    @classmethod
    def _fold_names(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Give the names the letter case of the contract; what is not in the contract keeps its own."""
        known = _known_names(cls)
        folded: dict[str, Any] = {}
        for name, value in data.items():
            alias = known.get(str(name).casefold(), str(name))
            # An exact name goes before one that differs in letter case only.
            if alias not in folded or name == alias:
                folded[alias] = value
        return folded


@cache
def _known_names(kind: type[Resource]) -> dict[str, str]:
    """Return the names of the contract by their lower case."""
    return {(field.alias or name).casefold(): field.alias or name for name, field in kind.model_fields.items()}


def _copied(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Copy JSON: a third of what `copy.deepcopy` takes, and whoever looks at a whole journal copies all of it."""
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_copied(each) for each in value]
    return value


class Attributes(Resource):
    """The block of metadata that nearly every resource carries."""

    etag: OptionalText = None
    object_type: Text = ""
