"""The plots of the portfolio: told apart by hatching as well as by grey, so that they read in black and white."""

from __future__ import annotations

import io
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from consolidation.outcomes import CASE_PHASES
from consolidation.portfolio import CaseStatus

INK = "#303030"

_OUTCOMES = {
    "done": ("#303030", ""),
    "not_applicable": ("#c8c8c8", ""),
    "waiting": ("#ffffff", "..."),
    "held": ("#ffffff", "////"),
    "failed": ("#ffffff", "xxxx"),
    "not started": ("#ffffff", ""),
}


class Plot:
    """A figure that shows itself as a picture, in JupyterLab as in a headless kernel, where no backend is set."""

    def __init__(self, figure: Figure, words: str) -> None:
        self.figure = figure
        self._words = words

    def __repr__(self) -> str:
        return self._words

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        self.figure.savefig(picture, format="png", dpi=110)
        return picture.getvalue()


def plot_progress(cases: Sequence[CaseStatus]) -> Plot:
    """Plot how far each phase has come, and how many seats have moved from each source.

    Args:
        cases: Every case once.
    """
    sources = sorted({status.case.source for status in cases})
    heights = [0.42 * len(CASE_PHASES) + 0.8, 0.42 * len(sources) + 0.8]
    figure = Figure(figsize=(10, sum(heights) + 0.4), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=heights)
    _plot_phases(above, cases)
    _plot_seats(below, cases, sources)
    for axes in (above, below):
        axes.invert_yaxis()
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    moved, every = sum(status.seats_moved for status in cases), sum(status.seats for status in cases)
    return Plot(figure, f"{len(cases)} cases; {moved} of {every} seats have moved.")


def _plot_phases(axes: Axes, cases: Sequence[CaseStatus]) -> None:
    starts = [0] * len(CASE_PHASES)
    for name, (colour, hatch) in _OUTCOMES.items():
        counts = [sum(_outcome(status, phase) == name for status in cases) for phase in CASE_PHASES]
        label = name.replace("_", " ")
        axes.barh(CASE_PHASES, counts, left=starts, color=colour, hatch=hatch, edgecolor=INK, label=label)
        starts = [start + count for start, count in zip(starts, counts, strict=True)]
    axes.set_xlabel("cases")
    axes.set_title(f"{len(cases)} cases: how far each phase has come", loc="left")


def _outcome(status: CaseStatus, phase: str) -> str:
    outcome = status.outcomes.get(phase)
    return outcome.outcome if outcome else "not started"


def _plot_seats(axes: Axes, cases: Sequence[CaseStatus], sources: Sequence[str]) -> None:
    moved = [sum(status.seats_moved for status in cases if status.case.source == source) for source in sources]
    every = [sum(status.seats for status in cases if status.case.source == source) for source in sources]
    left = [total - gone for total, gone in zip(every, moved, strict=True)]
    axes.barh(sources, moved, color=INK, edgecolor=INK, label="moved")
    axes.barh(sources, left, left=moved, color="#ffffff", hatch="....", edgecolor=INK, label="still in the source")
    for place, (gone, total) in enumerate(zip(moved, every, strict=True)):
        axes.annotate(f" {gone} of {total}", (total, place), va="center")
    axes.margins(x=0.15)
    axes.set_xlabel("active seats when prepared")
    axes.set_title("Seats: bought in the target and suspended in the source", loc="left")
