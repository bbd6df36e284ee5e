"""The form in which an approver goes through the waiting plans, one by one or alike ones together (M27, M28)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import ipywidgets as widgets

from consolidation.approval_queue import WaitingPlan, alike, queue_table, waiting_plans
from consolidation.approvals import record_decision
from consolidation.consequences import consequence_box, is_irreversible
from consolidation.display import Page, Showable
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.forms.approval import check_name
from consolidation.forms.frame import Form, button, field, inside, picker, scrolling
from consolidation.journal import Journal
from consolidation.people import identify_person
from consolidation.plan import frozen_plan
from consolidation.tables import counted
from partner_center import Person

Group = tuple[WaitingPlan, ...]


async def queue_form(engagement: Engagement, journal: Journal) -> None:
    """Show the waiting plans until none is left or the person leaves; each decision is a record of its own."""
    waiting = waiting_plans(engagement, journal)
    if waiting:
        await _Queue(engagement, journal, waiting).work()


class _Queue:
    """The plans that wait, the one that is looked at, and who decides."""

    def __init__(self, engagement: Engagement, journal: Journal, waiting: Sequence[WaitingPlan]) -> None:
        self._engagement, self._journal = engagement, journal
        self._person: Person | None = None
        self._decided: set[tuple[str, str, int]] = set()
        self._left = widgets.HTML()
        self._choice = picker("Waiting plan")
        self._rows = widgets.HTML(layout=scrolling())
        self._name = field("Customer's name")
        self._reason = field("Reason", "needed to reject")
        self._approve = button("Approve and go on", icon="check", main=True)
        self._reject = button("Reject and go on")
        self._next = button("Next plan", "Look at the next one without a decision")
        self._leave = button("Leave the queue", "What is not decided stays waiting")
        self._choice.observe(lambda _change: self._look(), names="value")
        self._offer(waiting)

    async def work(self) -> None:
        """Show the form and wait until the queue is empty or somebody leaves it."""
        buttons = widgets.HBox([self._approve, self._reject, self._next, self._leave])
        parts = [self._left, self._choice, self._rows, self._name, self._reason, buttons]
        self._form = Form(parts, lambda: not self._groups)
        self._form.on(self._approve, lambda: self._decide(approved=True))
        self._form.on(self._reject, lambda: self._decide(approved=False))
        self._next.on_click(lambda _button: self._go_on())
        self._form.ends(self._leave)
        await self._form.wait()

    def _offer(self, waiting: Sequence[WaitingPlan]) -> None:
        """Offer each group of alike plans and each plan of it, the first of them chosen.

        What this person has decided on is not offered again, although it may lack somebody else's approval.
        """
        waiting = [each for each in waiting if _key(each) not in self._decided]
        groups = alike(waiting)
        together = [group for group in groups if len(group) > 1]
        single: list[Group] = [(each,) for group in groups for each in group]
        self._groups: list[Group] = [*together, *single]
        self._left.value = inside(Page(f"{counted(len(waiting), 'plan')} to decide on."))
        self._choice.options = [(_title(group), place) for place, group in enumerate(self._groups)]
        self._choice.value = 0 if self._groups else None
        self._look()

    def _look(self) -> None:
        """Show what is chosen: its rows, or the customers of a group with their sums and the rows of the first."""
        self._name.value = self._reason.value = ""
        if not self._groups:
            return
        group = self._groups[self._choice.value or 0]
        plan = group[0].plan
        first = "The first of them; the others do the same with their own seats:"
        parts: list[Showable | str] = [queue_table([*group], summed=True), first] if len(group) > 1 else []
        box = consequence_box(plan, self._engagement.target.name, plan.notes)
        self._rows.value = inside(Page(*parts, plan.table, box))
        self._name.placeholder = f"type it to approve: {_to_type(group)}"
        self._name.layout.display = "" if is_irreversible(plan) else "none"

    def _go_on(self) -> None:
        self._choice.value = (int(self._choice.value or 0) + 1) % len(self._groups)

    async def _decide(self, *, approved: bool) -> None:
        """Record the decision on each plan of what is chosen; nothing where one of them has changed meanwhile."""
        group = self._groups[self._choice.value or 0]
        reason = self._reason.value.strip()
        if not approved and not reason:
            raise ConsolidationError("A rejection needs a reason.", next_step="Write it into the field.")
        if approved and is_irreversible(group[0].plan):
            _check_typed(group, self._name.value)
        if self._person is None:  # one sign-in for the queue: it ends with the form
            self._person = await asyncio.to_thread(identify_person, self._engagement, self._form.tell)
        for each in group:
            newest = frozen_plan(self._journal, each.plan.case, each.plan.phase)
            if newest is None or newest.number != each.plan.number:
                self._offer(waiting_plans(self._engagement, self._journal))
                raise ConsolidationError(
                    f"A newer plan of {each.plan.case.company} took the place of this one (S6).",
                    next_step="Nothing was recorded: look at what waits now.",
                )
        for each in group:
            record_decision(self._journal, each.plan, self._person, approved=approved, how="notebook", reason=reason)
            self._decided.add(_key(each))
        place = int(self._choice.value or 0)
        self._offer(waiting_plans(self._engagement, self._journal))
        if self._groups:
            self._choice.value = min(place, len(self._groups) - 1)


def _key(waiting: WaitingPlan) -> tuple[str, str, int]:
    return (waiting.plan.case.chain, waiting.plan.phase, waiting.plan.number)


def _title(group: Group) -> str:
    plan = group[0].plan
    if len(group) == 1:
        return f"{plan.phase}: {plan.case.company or plan.case.domain} ({plan.case.source})"
    seats = sum(row.target_seats for each in group for row in each.plan.rows)
    return f"{plan.phase}: {len(group)} customers alike, {seats} seats"


def _to_type(group: Group) -> str:
    case = group[0].plan.case
    return (case.company or case.domain) if len(group) == 1 else f"{len(group)} customers"


def _check_typed(group: Group, typed: str) -> None:
    """Make sure that the customer is meant, or so many customers together.

    Raises:
        ConsolidationError: Something else was typed.
    """
    if len(group) == 1:
        check_name(group[0].plan.case, typed)
    elif "".join(typed.casefold().split()) != f"{len(group)}customers":
        raise ConsolidationError(
            f"What is approved here cannot be undone, for {len(group)} customers at once.",
            next_step=f"Type {_to_type(group)}.",
        )
