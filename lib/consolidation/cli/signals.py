"""^C and SIGTERM while cases are walked: the first asks for a safe end, the second stops at once (M29)."""

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
    """Let the first of these signals ask for a safe end, and the second raise KeyboardInterrupt.

    The kernels hear neither: they are in a session of their own, and the run decides how they end.

    Args:
        stop: What is asked.
    """

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            signal.default_int_handler(number, frame)
        stop.ask(signal.Signals(number))
        click.echo(
            "\nStopping: no case begins any more, those in hand go on to a safe point. Once more stops at once.",
            err=True,
        )

    before = {number: signal.signal(number, asked) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
