"""The plots of the campaign: the funnel of each wave, and how long its customers take to accept (M35)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from consolidation.invitations.campaign import STAGES, Invited, by_wave, funnel, wave_name

INK = "#303030"
_HATCHES = ("", "////", "....", "xxxx")
_LINES = ("-", "--", ":", "-.")


def plot_funnel(axes: Axes, customers: Sequence[Invited]) -> None:
    """Draw one group of bars for each stage, one bar for each wave; patterns tell the waves apart in print too."""
    waves = by_wave(customers)
    height = 0.8 / max(len(waves), 1)
    for place, (wave, of_wave) in enumerate(waves.items()):
        counts = funnel(of_wave)
        middles = [stage + (place - (len(waves) - 1) / 2) * height for stage in range(len(STAGES))]
        colour = INK if place == 0 else "#ffffff"
        hatch = _HATCHES[place % len(_HATCHES)]
        axes.barh(middles, counts, height, color=colour, hatch=hatch, edgecolor=INK, label=wave_name(wave))
        for middle, count in zip(middles, counts, strict=True):
            axes.annotate(f" {count}", (count, middle), va="center")
    axes.set_yticks(range(len(STAGES)), STAGES)
    axes.set_xlabel("customers")
    axes.margins(x=0.1)
    axes.set_title("The campaign: how far the customers of each wave have come", loc="left")


def plot_time_to_accept(axes: Axes, customers: Sequence[Invited]) -> None:
    """Draw for each wave which share of those written to had accepted by each day after the first mail."""
    longest = max((customer.days_to_accept or 0.0 for customer in customers), default=0.0)
    for place, (wave, of_wave) in enumerate(by_wave(customers).items()):
        written = sum(customer.first is not None for customer in of_wave)
        days = sorted(days for customer in of_wave if (days := customer.days_to_accept) is not None)
        if not written:
            continue
        shares = [100 * (number + 1) / written for number in range(len(days))]
        line = _LINES[place % len(_LINES)]
        xs, ys = [0.0, *days, max(longest, 1.0)], [0.0, *shares, shares[-1] if shares else 0.0]
        axes.step(xs, ys, line, where="post", color=INK, label=wave_name(wave))
    axes.set_ylim(0, 105)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("days after the first mail")
    axes.set_ylabel("accepted, % of those written to")
    axes.set_title("Time to accept", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)


def campaign_in_words(customers: Sequence[Invited]) -> str:
    """Say the funnel in one sentence, for whoever does not see the plot."""
    counts = ", ".join(f"{count} {stage}" for stage, count in zip(STAGES, funnel(customers), strict=True))
    return f"Customers: {counts}."
