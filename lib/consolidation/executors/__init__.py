"""What the customers of a run are worked on by: threads of this process, or workers on several computers (M37)."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from consolidation.walking import Answer, Errand


class Executor(Protocol):
    """Takes errands; the run never gives it more than it can work on at once."""

    @property
    def slots(self) -> int:
        """How many customers can be worked on at the same time, now; workers come and go."""

    def submit(self, errand: Errand) -> Future[Answer]:
        """Begin an errand."""

    def lost(self, error: BaseException) -> bool:
        """Tell whether an errand failed because whoever worked on it is gone, so that another one takes it over."""

    def stop_at_once(self) -> None:
        """End what is under way where it stands, as far as it can be ended from here; may be called again."""

    def close(self) -> None:
        """Let go of it; nothing is under way."""
