"""The table of cases with filters over it: by outcome, phase, wave and text."""

from __future__ import annotations

import ipywidgets as widgets

from consolidation.engagement import Engagement
from consolidation.forms.frame import button, field, inside, picker, scrolling
from consolidation.outcomes import CASE_PHASES
from consolidation.portfolio import STATES, Portfolio
from consolidation.portfolio_filter import Filter, filter_cases, waves_of

SHOWN_AT_ONCE = 100
"""Rows that a browser gets at once; the rest comes with a button, and the count says how many there are."""

_OUTCOMES = (*STATES, "not_applicable")


class FilteredCases:
    """Widgets over the table of cases; what is chosen narrows the table, and how many of how many stands with it.

    Args:
        engagement: Its list of customers names the waves.
        portfolio: Every case once.
    """

    def __init__(self, engagement: Engagement, portfolio: Portfolio) -> None:
        self._portfolio = portfolio
        self._waves = waves_of(engagement, [status.case for status in portfolio.cases])
        self._limit = SHOWN_AT_ONCE
        self._outcome = picker("Outcome", [("all", ""), *((name.replace("_", " "), name) for name in _OUTCOMES)])
        self._phase = picker("Phase", [("the whole case", ""), *((phase, phase) for phase in CASE_PHASES)])
        self._wave = picker("Wave", [("all", ""), *((wave, wave) for wave in sorted(set(self._waves.values())))])
        self._text = field("Text", "customer, domain, source or reason")
        self._more = button(f"Show {SHOWN_AT_ONCE} more")
        self._table = widgets.HTML(layout=scrolling())
        self._controls = [self._outcome, self._phase, *([self._wave] if self._waves else []), self._text]
        for control in self._controls:
            control.observe(lambda _change: self._narrow(), names="value")
        self._more.on_click(lambda _button: self._show(self._limit + SHOWN_AT_ONCE))
        self._narrow()

    @property
    def widget(self) -> widgets.VBox:
        """The filters, the table under them, and the button for more rows."""
        return widgets.VBox([*self._controls, self._table, self._more])

    def _narrow(self) -> None:
        wanted = Filter(self._outcome.value, self._phase.value, self._wave.value, self._text.value)
        self._found = filter_cases(self._portfolio.cases, wanted, self._waves)
        self._show(SHOWN_AT_ONCE)

    def _show(self, limit: int) -> None:
        self._limit = limit
        table = Portfolio(self._portfolio.engagement, self._found[:limit]).table
        count = f"{len(self._found)} of {len(self._portfolio.cases)} cases fit, {len(table)} are shown."
        self._table.value = f"{inside(table)}<p role='status'>{count}</p>"
        self._more.layout.display = "" if len(self._found) > limit else "none"
