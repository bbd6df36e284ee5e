"""The plots of the portfolio: told apart by hatching as well as by grey, so that they read in black and white."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from consolidation.billing.course import SEAT_DAYS, Course, courses
from consolidation.billing.invoices.totals import SourceCredits
from consolidation.billing.lost import CaseCost
from consolidation.billing.money import Amount
from consolidation.invitations.campaign import STAGES, Invited, by_wave
from consolidation.invitations.campaign_plot import campaign_in_words, plot_funnel, plot_time_to_accept
from consolidation.outcomes import CASE_PHASES
from consolidation.portfolio import CaseStatus
from consolidation.tables import counted

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


def plot_progress(
    cases: Sequence[CaseStatus],
    costs: Sequence[CaseCost] = (),
    campaign: Sequence[Invited] = (),
    credited: Sequence[SourceCredits] = (),
) -> Plot:
    """Plot how far each phase has come, the seats moved, the campaign, what overlaps cost, and the credits that came.

    Args:
        cases: Every case once.
        costs: The cases that both tenants bill or billed; each unit of their loss has a plot of its own.
        campaign: Every customer once; its funnel and the time to accept have plots of their own.
        credited: Credits expected and received; each currency has a plot of its own.
    """
    sources = sorted({status.case.source for status in cases})
    lost = courses(costs)
    units = sorted({course.unit for course in lost})
    heights = [0.42 * len(CASE_PHASES) + 0.8, 0.42 * len(sources) + 0.8]
    heights += [0.25 * len(by_wave(campaign)) * len(STAGES) + 1.2, 2.4] if campaign else []
    heights += [3.0 for _ in units]
    currencies = sorted({one.currency for one in credited})
    heights += [0.7 * sum(one.currency == code for one in credited) + 0.8 for code in currencies]
    figure = Figure(figsize=(10, sum(heights) + 0.4), layout="constrained")
    above, below, *others = figure.subplots(len(heights), 1, height_ratios=heights)
    bars = [above, below]
    if campaign:
        funnel_axes, time_axes, *others = others
        plot_funnel(funnel_axes, campaign)
        plot_time_to_accept(time_axes, campaign)
        bars.append(funnel_axes)
    for axes, code in zip(others[len(units) :], currencies, strict=True):
        _plot_credits(axes, code, [one for one in credited if one.currency == code])
    for axes, unit in zip(others, units, strict=False):  # those of the credits follow
        _plot_loss(axes, unit, [course for course in lost if course.unit == unit], sources)
    _plot_phases(above, cases)
    _plot_seats(below, cases, sources)
    for axes in bars:
        axes.invert_yaxis()
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    moved, every = sum(status.seats_moved for status in cases), sum(status.seats for status in cases)
    words = [f"{len(cases)} cases; {moved} of {every} seats have moved.", _loss_in_words(costs)]
    words += [campaign_in_words(campaign)] if campaign else []
    words += [one.words for one in credited]
    return Plot(figure, " ".join(filter(None, words)))


def _loss_in_words(costs: Sequence[CaseCost]) -> str:
    if not costs:
        return ""
    running = sum(cost.is_running for cost in costs)
    so_far, next_day = (Amount.total(cost.so_far for cost in costs), Amount.total(cost.next_day for cost in costs))
    billed = f"Billed in both tenants: {counted(len(costs), 'case')}, {running} still"
    return f"{billed}; lost so far: {so_far}; each day more: {next_day}."


LINES = ("-", "--", ":", "-.")
"""One kind of line for each source, so that they are told apart in black and white."""


def _plot_loss(axes: Axes, unit: str, lost: Sequence[Course], sources: Sequence[str]) -> None:
    """Draw what was lost by each day: heavy up to today, thin for what waiting adds; a band where the rule is open."""
    for course in lost:
        line = LINES[sources.index(course.source) % len(LINES)]
        for points, width, label in ((course.past, 2.2, course.source), (course.ahead, 0.9, "")):
            days = [point.day.toordinal() for point in points]
            low, high = [float(point.low) for point in points], [float(point.high) for point in points]
            axes.fill_between(days, low, high, color="#c8c8c8", linewidth=0)
            axes.plot(days, high, line, color=INK, linewidth=width, label=label or None)
        today = course.past[-1]
        place = (today.day.toordinal(), float(today.high))
        axes.plot(*place, "o", color=INK)
        most = "" if today.low == today.high else "up to "
        axes.annotate(f"{most}{today.high} {unit} ", place, va="bottom", ha="right")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{date.fromordinal(int(number)):%Y-%m-%d}"))
    axes.margins(y=0.15)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(unit)
    unknown = ", prices unknown" if unit == SEAT_DAYS else ""
    axes.set_title(f"Lost because both tenants bill{unknown}: so far, and by each day of waiting (thin)", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def _plot_credits(axes: Axes, currency: str, credited: Sequence[SourceCredits]) -> None:
    """Draw what is to be credited over what was: hatched where the rule is open."""
    places = range(len(credited))
    low, received = [float(one.low) for one in credited], [float(one.received) for one in credited]
    open_part = [float(one.high - one.low) for one in credited]
    upper, lower = [place - 0.2 for place in places], [place + 0.2 for place in places]
    axes.barh(upper, low, height=0.38, color="#ffffff", edgecolor=INK, label="expected")
    axes.barh(upper, open_part, left=low, height=0.38, color="#ffffff", hatch="////", edgecolor=INK, label="rule open")
    axes.barh(lower, received, height=0.38, color=INK, edgecolor=INK, label="received")
    for place, one in enumerate(credited):
        axes.annotate(f" {one.high} {currency}", (float(one.high), place - 0.2), va="center")
        awaited = f", {one.awaited} awaited" if one.awaited else ""
        axes.annotate(f" {one.received} {currency}{awaited}", (float(one.received), place + 0.2), va="center")
    axes.set_yticks(list(places), [one.source for one in credited])
    axes.invert_yaxis()
    # Room for the figures, also where a bar of no width would hold the margin.
    axes.set_xlim(0, 1.3 * max(*(float(one.high) for one in credited), *received, 1.0))
    axes.set_xlabel(currency)
    axes.set_title("Credits of the sources' final invoices: expected and received", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


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
