"""The wish to stop a run: taken from outside, looked at between two notebooks."""

from __future__ import annotations

import signal
import threading


class Stop:
    """Asks a run to come to a safe end: no case begins any more, those in hand go on until it is safe to leave them.

    Asked again, the run ends at once: notebooks in hand are failed where they stand, and the next run settles what they
    left open.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._at_once = threading.Event()
        self._signal = signal.SIGTERM

    def ask(self, by: signal.Signals) -> None:
        """Ask to stop, because of this signal; asked again, at once."""
        if self._asked.is_set():
            self._at_once.set()
        self._signal = by
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether somebody asked."""
        return self._asked.is_set()

    @property
    def at_once(self) -> bool:
        """Whether somebody asked a second time."""
        return self._at_once.is_set()

    @property
    def exit_code(self) -> int:
        """What the process ends with after it was asked: 128 and the signal's number, as shells tell it."""
        return 128 + self._signal

    @property
    def sentence(self) -> str:
        """Say how the run ended."""
        where = "at once, what was in hand has failed" if self.at_once else "at a safe point"
        return f"Stopped by {self._signal.name} {where}: run again to go on."

    def wait(self, seconds: float) -> bool:
        """Wait, but no longer than until somebody asks; tell whether somebody did."""
        return self._asked.wait(seconds)
