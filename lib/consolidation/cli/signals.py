"""^C and SIGTERM while cases are walked: the first asks for a safe end, the second for an end at once (M29)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

from consolidation.stopping import Stop

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping_at_signals(stop: Stop) -> Iterator[None]:
    """Let the first of these signals ask for a safe end, the second for one at once, the third raise KeyboardInterrupt.

    The kernels hear neither: they are in a session of their own, and the run decides how they end.

    Args:
        stop: What is asked.
    """

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.at_once:  # even writing down what failed takes too long
            signal.default_int_handler(number, frame)
        stop.ask(signal.Signals(number))
        if stop.at_once:
            told = "Stopping at once: the notebooks in hand are ended, and their cases say that they have failed."
        else:
            told = "Stopping: no case begins any more, those in hand go on to a safe point. Once more stops at once."
        click.echo(f"\n{told}", err=True)

    before = {number: signal.signal(number, asked) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
