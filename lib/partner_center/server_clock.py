"""Partner Center's clock, as its answers tell it."""

import threading
import time
from datetime import UTC, datetime, timedelta

_SLEPT_SECONDS = 5.0


class ServerClock:
    """The latest Date header, moved on by the time that has passed here since.

    The Date header decides what "today" is; this computer's clock only measures durations. Where the two clocks of this
    computer disagree about how long ago the last answer was, the computer slept or was set, and nothing is told until
    the next answer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._anchor: tuple[datetime, float, float] | None = None

    def hear(self, date: datetime | None) -> None:
        """Take the date of an answer that has just come; None is passed over."""
        if date is not None:
            with self._lock:
                self._anchor = (date, time.monotonic(), time.time())

    def now(self) -> datetime | None:
        """Partner Center's time in UTC, None when it is not known."""
        with self._lock:
            if self._anchor is None:
                return None
            date, monotonic, wall = self._anchor
        elapsed = time.monotonic() - monotonic
        if abs((time.time() - wall) - elapsed) > _SLEPT_SECONDS:
            return None
        return date + timedelta(seconds=elapsed)


def difference_to(server_time: datetime) -> float:
    """Seconds by which this computer's clock is ahead of a time that Partner Center told; negative when behind."""
    return (datetime.now(UTC) - server_time).total_seconds()
