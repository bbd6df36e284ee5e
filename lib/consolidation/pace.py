"""How long a run has left: an estimate that does not promise what it cannot know (M37)."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Estimates the end of one stage of a run from the cases that took work so far.

    A run that is started again passes cases that are done in no time: they say nothing of how long the others take, so
    they are not counted. What is left is taken to need work, so the estimate is late rather than early; without a case
    that took work there is none.

    Args:
        cases: How many the stage has.
        clock: Seconds of a clock that only goes forward.
    """

    def __init__(self, cases: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._left = cases
        self._worked = 0

    def ended(self, cases: int, *, worked: bool) -> None:
        """Note that so many cases have ended, and whether they took work."""
        self._left -= cases
        self._worked += cases if worked else 0

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the stage ends; None while nobody can know."""
        if self._left <= 0:
            return 0.0
        if not self._worked:
            return None
        return (self._clock() - self._started) / self._worked * self._left

    @property
    def words(self) -> str:
        """The estimate for people: `about 12 min left`."""
        seconds = self.seconds_left
        if seconds is None:
            return "time left unknown"
        if seconds < 90:
            return f"about {seconds:.0f} s left"
        return f"about {seconds / 60:.0f} min left" if seconds < 5400 else f"about {seconds / 3600:.1f} h left"
