"""The formats of JSON Schema that the contract uses, as far as an answer can break them."""

import re
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from jsonschema import FormatChecker

FORMATS = FormatChecker(formats=())


@FORMATS.checks("uuid", raises=ValueError)
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or str(UUID(value)) == value.lower()


@FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    # RFC 3339 asks for a zone, and takes more digits of a second than Python reads.
    moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
    return moment.tzinfo is not None and "T" in value.upper()


@FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


@FORMATS.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None
