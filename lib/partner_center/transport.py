"""Sends requests to Partner Center for one partner tenant, and repeats what is safe to repeat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, Protocol

from partner_center import errors
from partner_center.answers import UNREADABLE, Answer, AnswerInfo, read_answer, refusal, unreadable
from partner_center.calls import Call, Patience, RateBudget, Unlimited
from partner_center.clouds import Cloud
from partner_center.operations import Operation
from partner_center.server_clock import ServerClock
from partner_center.wire import APPLICATION, Connection, NoAnswerError, Response, Wire

__all__ = ["Answer", "AnswerInfo", "Call", "Patience", "RateBudget", "TokenSource", "Transport", "Unlimited", "Wire"]


class TokenSource(Protocol):
    """Who gives out access tokens."""

    def access_token(self, *, rejected: str | None = None) -> str:
        """Give an access token that is not ``rejected``."""


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    operation: Operation
    params: Mapping[str, str | int] | None = None
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport:
    """Sends requests to Partner Center in the context of one partner tenant. Safe to use from several threads.

    Args:
        cloud: Where Partner Center is.
        tenant: The partner tenant's id, for the rate budget.
        sign_in: Who gives out access tokens.
        budget: The shared rate budget (M37).
        timeout: Seconds to wait for an answer.
        patience: How long a request is repeated.
        wire: Takes the place of the network.
    """

    def __init__(
        self,
        cloud: Cloud,
        tenant: str,
        sign_in: TokenSource,
        *,
        budget: RateBudget | None = None,
        timeout: float = 100.0,
        patience: Patience | None = None,
        wire: Wire | None = None,
    ) -> None:
        self._cloud = cloud
        self._tenant = tenant
        self._sign_in = sign_in
        self._budget = budget or Unlimited()
        self._patience = patience or Patience()
        self._connection = Connection(cloud, timeout=timeout, wire=wire)
        self._clock = ServerClock()

    def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        operation: Operation,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Read something; repeated on throttling, server errors and lost connections.

        Raises:
            Unreachable: No answer, still so after the last attempt.
            Throttled: Too many requests, still so after the last attempt.
            ServiceFailure: A server error, still so after the last attempt.
            UnreadableAnswer: The answer is not JSON.
            Refused: Microsoft said no.
        """
        request = _Request("GET", path, operation, params=params, headers=headers or {})
        call = Call.new()
        for attempt in self._patience.attempts_with_waits():
            with attempt:
                if attempt.num > 1:
                    call.again("a read is repeated")
                return self._read(request, call)
        raise AssertionError  # the attempts end in an answer or in an error

    def send(
        self, method: str, path: str, body: object, call: Call, *, operation: Operation, if_match: str | None = None
    ) -> Answer:
        """Write something. The same request is sent again only when the one before surely had no effect.

        That is after 429, after a refused token, and when no connection could be made: with the same MS-RequestId, a
        new MS-CorrelationId, and after ``call.repeated`` has written it down.

        Raises:
            AnswerUnknown: It may or may not have taken effect: the caller settles it (S3).
            Unreachable: Not sent, still so after the last attempt.
            Throttled: Not done, still so after the last attempt.
            Refused: Microsoft said no, nothing was done.
        """
        headers = {"If-Match": _quoted(if_match)} if if_match else {}
        request = _Request(method, path, operation, body=body, headers=headers)
        reason = ""
        for attempt in self._patience.attempts_with_waits():
            with attempt:
                if reason:
                    call.again(reason)
                try:
                    return self._write(request, call)
                except (errors.Throttled, errors.Unreachable) as error:
                    reason = error.message
                    raise
        raise AssertionError  # the attempts end in an answer or in an error

    def server_time(self) -> datetime | None:
        """Partner Center's time now in UTC; None when no answer has told it, or the computer slept since."""
        return self._clock.now()

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _read(self, request: _Request, call: Call) -> Answer:
        operation = request.operation
        try:
            answer = self._ask(request, call)
        except NoAnswerError as error:
            step = "Check the network, then run the step again; nothing was changed."
            raise errors.Unreachable(
                str(error), correlation_id=call.correlation_id, operation=operation.value, next_step=step
            ) from None
        if _is_good(answer):
            return answer
        self._stop_when_refused(answer, operation)
        if answer.info.status >= 500:
            raise _service_failure(answer, operation)
        raise unreadable(answer, operation, "cannot be used")

    def _write(self, request: _Request, call: Call) -> Answer:
        operation = request.operation
        try:
            answer = self._ask(request, call)
        except NoAnswerError as error:
            raise answer_unknown(str(error), operation, call.correlation_id) from None
        call.answer = answer.info
        if _is_good(answer):
            return answer
        self._stop_when_refused(answer, operation)
        raise answer_unknown(
            _unusable(answer, operation),
            operation,
            answer.info.correlation_id,
            status=answer.info.status,
            code=answer.code,
        )

    def _ask(self, request: _Request, call: Call) -> Answer:
        token = self._sign_in.access_token()
        answer = self._ask_once(request, call, token)
        if answer.info.status != 401:
            return answer
        # A token can be revoked before its time. The request was not worked on, so one more is safe.
        token = self._sign_in.access_token(rejected=token)
        call.again("the access token was not accepted any more")
        return self._ask_once(request, call, token)

    def _ask_once(self, request: _Request, call: Call, token: str) -> Answer:
        self._budget.take(self._tenant)
        response = self._send(
            request,
            call,
            {
                "Authorization": f"Bearer {token}",
                "MS-RequestId": call.request_id,
                "MS-CorrelationId": call.correlation_id,
                "MS-PartnerCenter-Application": APPLICATION,
                "X-Locale": "en-US",
                **request.headers,
            },
        )
        sent = (call.request_id, call.correlation_id)
        answer = read_answer(response.status, response.headers, response.content, sent=sent)
        self._clock.hear(answer.info.date)
        return answer

    def _send(self, request: _Request, call: Call, headers: Mapping[str, str]) -> Response:
        try:
            return self._connection.send(
                request.method,
                f"{self._cloud.partner_center}/v1/{request.path}",
                params=request.params,
                json=request.body,
                headers=headers,
            )
        except errors.Unreachable as error:
            # The connection knows neither what it was for nor what support would ask for.
            error.operation = request.operation.value
            error.correlation_id = call.correlation_id
            raise

    def _stop_when_refused(self, answer: Answer, operation: Operation) -> None:
        """Raise when the answer says that nothing was done; return when it does not say so."""
        status = answer.info.status
        if status == 429:
            self._stop_when_throttled(answer, operation)
        # 408 comes from a gateway that lost patience: what stands behind it may have gone on.
        if (400 <= status < 500 and status != 408) or (status < 300 and answer.body is not UNREADABLE):
            raise refusal(answer, operation)

    def _stop_when_throttled(self, answer: Answer, operation: Operation) -> NoReturn:
        if answer.retry_after is not None:
            self._budget.pause(self._tenant, answer.retry_after)
        error = errors.Throttled(
            f"Partner Center takes no more requests for now and did not {operation.value} (HTTP 429).",
            status=429,
            correlation_id=answer.info.correlation_id,
            operation=operation.value,
            next_step="Wait some minutes, lower throttle.requests_per_minute, then run the step again.",
        )
        error.retry_after = answer.retry_after
        raise error


def _quoted(etag: str) -> str:
    return etag if etag.endswith('"') else f'"{etag}"'


def _is_good(answer: Answer) -> bool:
    return answer.succeeded and answer.body is not UNREADABLE


def _service_failure(answer: Answer, operation: Operation) -> errors.ServiceFailure:
    return errors.ServiceFailure(
        f"Partner Center failed to {operation.value} (HTTP {answer.info.status}).",
        code=answer.code,
        status=answer.info.status,
        correlation_id=answer.info.correlation_id,
        operation=operation.value,
        next_step="Run the step again in some minutes; nothing was changed.",
    )


def _unusable(answer: Answer, operation: Operation) -> str:
    return f"Partner Center's answer to the request to {operation.value} cannot be used (HTTP {answer.info.status})."


def answer_unknown(
    message: str, operation: Operation, correlation_id: str, *, status: int | None = None, code: str | None = None
) -> errors.AnswerUnknown:
    """Make the error for a write whose effect is not known (S3)."""
    return errors.AnswerUnknown(
        message,
        code=code,
        status=status,
        correlation_id=correlation_id,
        operation=operation.value,
        next_step="It may have taken effect: it is read back first, so run the step again.",
    )


def not_understood(answer: Answer, operation: Operation) -> errors.AnswerUnknown:
    """Make the error for a write whose answer is a success that says something else than was asked (S3)."""
    message = f"Partner Center's answer to the request to {operation.value} cannot be understood."
    return answer_unknown(message, operation, answer.info.correlation_id, status=answer.info.status)
