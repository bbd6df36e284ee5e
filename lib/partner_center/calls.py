"""What identifies a call, what limits calls, and how long one is repeated."""

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import stamina

from partner_center import errors
from partner_center.answers import AnswerInfo

# stamina announces every retry through this logger. Repeats of writes are written down by ``Call.repeated``; without a
# handler of somebody's own, the announcements would land as warnings in every saved notebook.
logging.getLogger("stamina").addHandler(logging.NullHandler())


def _new_id() -> str:
    return str(uuid.uuid4())


def _nothing_to_write_down(_correlation_id: str, _why: str) -> None:
    pass


@dataclass
class Call:
    """The identity of one effect, written down before it is sent (S3).

    Args:
        request_id: MS-RequestId; stays the same when the same request is sent again.
        correlation_id: MS-CorrelationId of the present attempt; comes back as originalCorrelationId in the
            activity log.
        repeated: Called with the new correlation id and the reason before the same request is sent again. What it
            raises ends the call before anything is sent.
        answer: Filled as soon as an answer came, also when it was a refusal.

    Source: "Partner Center REST headers".
    """

    request_id: str
    correlation_id: str
    repeated: Callable[[str, str], None] = _nothing_to_write_down
    answer: AnswerInfo | None = None

    @classmethod
    def new(cls, repeated: Callable[[str, str], None] = _nothing_to_write_down) -> "Call":
        """Make a call with fresh ids."""
        return cls(request_id=_new_id(), correlation_id=_new_id(), repeated=repeated)

    def again(self, why: str) -> None:
        """Take a new correlation id for the next attempt and have it written down."""
        self.correlation_id = _new_id()
        self.repeated(self.correlation_id, why)


class RateBudget(Protocol):
    """The one budget that all who call Partner Center share (M37)."""

    def take(self, tenant: str) -> None:
        """Block until a call to this partner tenant may be sent."""

    def pause(self, tenant: str, seconds: float) -> None:
        """Let nobody call this partner tenant for that many seconds: Microsoft said so (Retry-After)."""


class Unlimited:
    """A budget without a limit."""

    def take(self, tenant: str) -> None:
        """Return at once."""

    def pause(self, tenant: str, seconds: float) -> None:
        """Keep nothing: the one who was told waits by itself."""


@dataclass(frozen=True)
class Patience:
    """How long a request is repeated.

    Args:
        attempts: At most this many attempts, the first included.
        seconds: No further attempt is begun after this many seconds; a longer Retry-After is not waited for.
        first_wait: Seconds before the second attempt; doubles each time.
        longest_wait: The most seconds between two attempts when Microsoft names none.

    Source: "API throttling guidance".
    """

    attempts: int = 5
    seconds: float = 300.0
    first_wait: float = 0.3
    longest_wait: float = 20.0

    def attempts_with_waits(self) -> Iterable[stamina.Attempt]:
        """Yield the attempts: as many as there are failures that pass by waiting."""
        return stamina.retry_context(
            on=self._go_on,
            attempts=self.attempts,
            timeout=self.seconds,
            wait_initial=self.first_wait,
            wait_max=self.longest_wait,
            wait_jitter=self.first_wait,
        )

    def _go_on(self, error: Exception) -> bool | float:
        if isinstance(error, errors.Throttled):
            wait = error.retry_after
            if wait is None:
                return True
            return wait if wait <= self.seconds else False
        if isinstance(error, errors.Unreachable):
            return error.code != errors.UNTRUSTED
        return isinstance(error, errors.ServiceFailure)
