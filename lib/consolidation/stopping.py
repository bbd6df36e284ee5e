"""The wish to stop a run: taken from outside, looked at between two notebooks."""

from __future__ import annotations

import signal
import threading


class Stop:
    """Asks a run to come to a safe end: no case begins any more, those in hand go on until it is safe to leave them."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._signal = signal.SIGTERM

    def ask(self, by: signal.Signals) -> None:
        """Ask to stop, because of this signal."""
        self._signal = by
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether somebody asked."""
        return self._asked.is_set()

    @property
    def exit_code(self) -> int:
        """What the process ends with after it was asked: 128 and the signal's number, as shells tell it."""
        return 128 + self._signal

    @property
    def sentence(self) -> str:
        """Say how the run ended."""
        return f"Stopped by {self._signal.name} at a safe point: run again to go on."

    def wait(self, seconds: float) -> bool:
        """Wait, but no longer than until somebody asks; tell whether somebody did."""
        return self._asked.wait(seconds)
