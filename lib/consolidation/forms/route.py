"""The form in which a person sends a row another way, or takes it out of what is done, with the reason."""

from __future__ import annotations

import ipywidgets as widgets

from consolidation.choices import record_route, route_chosen_since
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.forms.frame import Form, button, field, picker, with_person
from consolidation.journal import Journal
from consolidation.plan import Plan
from partner_center import Person

_MEANINGS = {
    "leave": "leave: take the row out, it stays as it is",
    "manual": "manual: take the row out, a person does it in the portals",
    "retire": "retire: end it without a replacement",
    "run_out": "run_out: let it end with its term",
}


async def route_form(engagement: Engagement, journal: Journal, plan: Plan) -> bool:
    """Let a person choose a route for a row, the undecided ones first; False for later."""
    other = OtherRoute(journal, plan)
    later = button("Decide later", "Go on without a choice; the case is held")
    form = Form([*other.parts, later], lambda: bool(route_chosen_since(journal, plan)))
    form.on(other.button, lambda: with_person(engagement, form, other.record))
    form.ends(later)
    await form.wait()
    return bool(route_chosen_since(journal, plan))


class OtherRoute:
    """A row, one of the routes that are allowed for it, a reason, and the button that records them."""

    def __init__(self, journal: Journal, plan: Plan) -> None:
        self._journal, self._plan = journal, plan
        self._rows = sorted((row for row in plan.rows if row.allowed), key=lambda row: row.route is not None)
        names = [f"{row.product}, {row.seats} seats: {row.route or 'undecided'}" for row in self._rows]
        self._row = picker("Row", list(zip(names, range(len(names)), strict=True)))
        self._route = picker("Route")
        self._reason = field("Because", "needed")
        # Only what runs out has a purchase of its own, by hand and on a later day.
        self._purchase_on = field("Bought on", "yyyy-mm-dd")
        self._owner = field("Bought by", "needed")
        self._purchase = widgets.VBox([self._purchase_on, self._owner], layout=widgets.Layout(display="none"))
        self.button = button("Choose this route", icon="random")
        self.parts = [self._row, self._route, self._reason, self._purchase, self.button]
        self._route.observe(lambda _change: self._ask_for_purchase(), names="value")
        self._row.observe(lambda _change: self._offer(), names="value")
        self._offer()

    def _offer(self) -> None:
        allowed = self._rows[self._row.value].allowed if self._rows else ()
        self._route.options = [("please choose", ""), *((_MEANINGS.get(route, route), route) for route in allowed)]
        self._route.value = ""

    def _ask_for_purchase(self) -> None:
        self._purchase.layout.display = "" if self._route.value == "run_out" else "none"

    def folded(self) -> list[widgets.Widget]:
        """Return the parts under a switch that is off until somebody sets it; nothing where nothing is allowed.

        A switch and not an accordion: the titles of an accordion cannot be reached with the keyboard.
        """
        if not self._rows:
            return []
        title = "Another route for a row, or take it out; the plan is then made anew"
        switch = widgets.ToggleButton(description=title, tooltip=title, layout=widgets.Layout(width="auto"))
        parts = widgets.VBox(self.parts, layout=widgets.Layout(display="none"))
        switch.observe(lambda change: setattr(parts.layout, "display", "" if change["new"] else "none"), names="value")
        return [switch, parts]

    def record(self, person: Person) -> None:
        """Write what is chosen."""
        if not self._route.value:
            raise ConsolidationError("No route is chosen yet.", next_step="Choose one of those that are offered.")
        row, given = self._rows[self._row.value], {"reason": self._reason.value, "by": person.user_name}
        if self._route.value == "run_out":
            given |= {"purchase_on": self._purchase_on.value, "owner": self._owner.value}
        case, phase = self._plan.case, self._plan.phase
        record_route(self._journal, case, row, str(self._route.value), **given, how="notebook", phase=phase)
