"""The progress bar of a run: cases that ended, what goes on now, and an estimate that promises nothing."""

from __future__ import annotations

from types import TracebackType
from typing import NoReturn, Self

from tqdm import tqdm

from consolidation.pace import Pace
from consolidation.tables import single_line
from consolidation.walking import Answer

FORMAT = "{desc}: {n_fmt}/{total_fmt} cases |{bar}| {elapsed}{postfix}"


class Bar:
    """Shows one stage of a run after the other; a context manager.

    Args:
        title: Of the engagement.
        quiet: Whether to show nothing.
    """

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._title = title
        self._quiet = quiet
        self._pace = Pace(0)
        self._bar = self._new("00_connect", 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def stage(self, name: str, cases: int) -> None:
        """Begin a bar of its own: the cases of one stage take as long as each other, those of two do not."""
        self._bar.close()
        self._pace = Pace(cases)
        self._bar = self._new(name, cases)

    def notebook(self, title: str, phase: str) -> None:
        """Show what begins."""
        self._bar.set_postfix_str(f"{self._pace.words}, {phase} {single_line(title)}"[:80])

    def ended(self, answer: Answer, cases: int) -> None:
        """Count cases that ended; a customer that was left to another run is not over."""
        self._pace.ended(cases, worked=bool(answer.executed))
        self._bar.update(cases)
        if answer.executed:
            self.notebook(*answer.executed[-1])

    def _new(self, stage: str, cases: int) -> tqdm[NoReturn]:
        title = f"{self._title}, {stage}"
        return tqdm(total=cases, desc=title, bar_format=FORMAT, disable=self._quiet, leave=bool(cases))
