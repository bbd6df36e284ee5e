"""The limit of calls per minute (Microsoft page "API throttling guidance").

Published: 500 calls a minute for each tenant id. Here every call of the API counts, in a window that slides by the
computer's clock, for callers wait by that one. Refused calls do not count; how Partner Center counts them is not known.
"""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0


class RateLimit:
    """Counts the calls of the last minute per partner tenant."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)

    def seconds_to_wait(self, tenant: str, limit: int) -> int | None:
        """Count a call, or return after how many whole seconds to come again when the limit is used up."""
        now, calls = self._now(), self._calls[tenant]
        while calls and calls[0] <= now - WINDOW_SECONDS:
            calls.popleft()
        if len(calls) >= limit:
            return max(1, math.ceil(calls[0] + WINDOW_SECONDS - now))
        calls.append(now)
        return None

    def reset(self) -> None:
        """Forget all calls."""
        self._calls.clear()
