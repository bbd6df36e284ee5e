"""Reading what Partner Center answers: JSON, its two dialects of errors, and what is neither."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from partner_center import errors
from partner_center.error_codes import ANY_STATUS, BY_STATUS, PARTNER_CENTER, ErrorCode
from partner_center.operations import GraphOperation, Operation

UNREADABLE = object()
"""Stands for a body that is not JSON."""


@dataclass(frozen=True)
class AnswerInfo:
    """What is worth keeping about an answer beside its body.

    Args:
        status: HTTP status.
        date: The answer's Date header in UTC, which is what "today" means; None when there was none.
        request_id: MS-RequestId as echoed, else as sent.
        correlation_id: MS-CorrelationId as echoed, else as sent.
    """

    status: int
    date: datetime | None
    request_id: str
    correlation_id: str


@dataclass(frozen=True)
class Answer:
    """One answer: its JSON body (None when empty, ``UNREADABLE`` when it is not JSON) and what came with it."""

    body: object
    info: AnswerInfo
    retry_after: float | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the status is 2xx and the body does not carry an error all the same."""
        return 200 <= self.info.status < 300 and not _is_error_body(self.body)

    @property
    def code(self) -> str | None:
        """Microsoft's error code in the body, None when there is none."""
        return error_of(self.body)[0]


def read_answer(status: int, headers: Mapping[str, str], content: bytes, *, sent: tuple[str, str]) -> Answer:
    """Read one answer. ``sent`` is the pair of MS-RequestId and MS-CorrelationId that went out."""
    folded = {name.casefold(): value for name, value in headers.items()}
    info = AnswerInfo(
        status=status,
        date=read_date(folded.get("date")),
        request_id=folded.get("ms-requestid") or sent[0],
        correlation_id=folded.get("ms-correlationid") or sent[1],
    )
    body = read_json(content)
    return Answer(body=body, info=info, retry_after=_retry_after(folded.get("retry-after"), body, info.date))


def read_json(content: bytes) -> object:
    """Read a body that may start with a byte-order mark. None when empty, ``UNREADABLE`` when not JSON."""
    try:
        text = content.decode("utf-8-sig").strip()
        return json.loads(text, parse_constant=_refuse_constant) if text else None
    except (ValueError, RecursionError):
        return UNREADABLE


def read_date(header: str | None) -> datetime | None:
    """Read an HTTP date as UTC, None when there is none that can be read."""
    if not header:
        return None
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def refusal(answer: Answer, operation: Operation | GraphOperation) -> errors.Refused:
    """Make the error that a refused request raises, by Microsoft's code first and by the status otherwise.

    Only code and description are common to both dialects; the code may be a number or a text.

    Source: "Partner Center REST error codes".
    """
    code, description = error_of(answer.body)
    known = PARTNER_CENTER.get(code or "")
    kind, step = (known.kind, known.next_step) if known else BY_STATUS.get(answer.info.status, ANY_STATUS)
    return kind(
        _refusal_sentence(answer, operation, code, description, known),
        code=code,
        status=answer.info.status,
        correlation_id=answer.info.correlation_id,
        operation=operation.value,
        next_step=step,
    )


def unreadable(answer: Answer, operation: Operation | GraphOperation, problem: str) -> errors.UnreadableAnswer:
    """Make the error for a read whose answer cannot be used; ``problem`` completes "Its answer …"."""
    return errors.UnreadableAnswer(
        f"Partner Center's answer to the request to {operation.value} {problem} (HTTP {answer.info.status}).",
        code=answer.code,
        status=answer.info.status,
        correlation_id=answer.info.correlation_id,
        operation=operation.value,
        next_step="Run the step again; ask Microsoft support with the correlation id when it stays so.",
    )


def error_of(body: object) -> tuple[str | None, str]:
    """Find Microsoft's code and description in a body, None and empty when it is no error body."""
    if not isinstance(body, dict):
        return None, ""
    folded = {str(name).casefold(): value for name, value in body.items()}
    if isinstance(folded.get("error"), dict):
        return error_of(folded["error"])
    code = folded.get("code")
    description = folded.get("description") or folded.get("message") or ""
    return (None if code is None else str(code).strip()), _one_line(str(description))


def member(holder: object, name: str) -> object:
    """Find one field of a JSON object in any letter case, None when it is not there or this is no object."""
    if not isinstance(holder, dict):
        return None
    if name in holder:
        return holder[name]
    return next((value for key, value in holder.items() if str(key).casefold() == name.casefold()), None)


def _refuse_constant(name: str) -> object:
    # NaN and Infinity are Python's idea of JSON: no price and no seat count may become one.
    message = f"{name} is not JSON."
    raise ValueError(message)


def _is_error_body(body: object) -> bool:
    # The error table lists one code that comes with HTTP 200 (400072, item not available).
    if not isinstance(body, dict):
        return False
    names = {str(name).casefold() for name in body}
    return {"code", "description"} <= names and not names & {"id", "items", "orders", "lineitems"}


def _refusal_sentence(
    answer: Answer, operation: Operation | GraphOperation, code: str | None, description: str, known: ErrorCode | None
) -> str:
    number = f"code {code}, " if code else ""
    if known and known.kind is errors.Refused and description:
        # A general code: only Microsoft's own words say what it is about.
        reason = f"{known.meaning}: {description.rstrip('.')}"
    elif known:
        reason = known.meaning
    elif description:
        reason = description.rstrip(".")
    elif answer.body is UNREADABLE:
        reason = "the answer is not one of Partner Center's own, so something on the way may have refused it"
    else:
        reason = "no reason was given"
    return f"Partner Center refused to {operation.value}: {reason} ({number}HTTP {answer.info.status})."


def _one_line(text: str) -> str:
    return re.sub(r"[\x00-\x20\x7f]+", " ", text).strip()[:300]


def _retry_after(header: str | None, body: object, now: datetime | None) -> float | None:
    if header:
        if header.strip().isdigit():
            return float(header)
        until = read_date(header)
        if until and now:
            return max(0.0, (until - now).total_seconds())
    # The body of a 429 names the wait in words. Source: "API throttling guidance".
    if isinstance(body, dict):
        told = re.search(r"(\d+)\s*second", str(body.get("message", "")))
        if told:
            return float(told.group(1))
    return None
