"""The form in which a person says that a step happened outside the tool."""

from __future__ import annotations

import asyncio

import ipywidgets as widgets

from consolidation.case import Case
from consolidation.confirmations import Step, confirmation, record_confirmation
from consolidation.customer_steps import Seen, seen
from consolidation.display import Page
from consolidation.engagement import Engagement
from consolidation.forms.frame import Form, button, field, inside, picker, with_person
from consolidation.journal import Journal
from partner_center import Person

_LABELS = {"name": "Who accepted", "email": "Their e-mail", "date": "When (yyyy-mm-dd)"}

_WAYS = ("", "by phone", "by mail", "in a meeting", "seen by ourselves")


async def confirmation_form(
    engagement: Engagement, journal: Journal, chain: str, step: Step, phase: str, case: Case | None = None
) -> None:
    """Ask for a person's word on a step, beside what Partner Center shows of it; both come with their time.

    Args:
        engagement: Decides whether the person signs in.
        journal: Where the word is written and looked for.
        chain: The case's chain, or the engagement's.
        step: What is asked for.
        phase: The notebook.
        case: Whose step; None for the engagement's own. What Partner Center shows already ends the form.
    """
    by = field("Who says so")
    way = picker("How", [(way or "not said", way) for way in _WAYS])
    ticket = field("Ticket", "if there is one")
    facts = {need: field(_LABELS[need]) for need in step.needs}
    yes = button("Confirm", icon="check", main=True)
    later = button("Not yet", "Go on without it")

    def record(person: Person) -> None:
        given = {need: typed.value.strip() for need, typed in facts.items()} | {"told": str(way.value)}
        who = f"{by.value.strip()}, recorded by {person.user_name}" if by.value.strip() else ""
        record_confirmation(
            journal, chain, step.name, by=who, how="notebook", ticket=ticket.value.strip(), facts=given, phase=phase
        )

    look = _Look(case, step)
    before = confirmation(journal, chain, step.name)
    known = before.number if before is not None else 0  # a reminder is confirmed after the invitation was

    def decided() -> bool:
        now = confirmation(journal, chain, step.name)
        return (now is not None and now.number > known) or look.is_so

    form = Form(
        [widgets.HTML(step.question), *look.parts, by, *facts.values(), way, ticket, widgets.HBox([yes, later])],
        decided,
    )
    form.on(look.again, look.look_again)
    form.on(yes, lambda: with_person(engagement, form, record))
    form.ends(later)
    await form.wait()


class _Look:
    """What Partner Center shows of a step, and the button that reads it anew."""

    def __init__(self, case: Case | None, step: Step) -> None:
        self._case, self._step = case, step
        self._found: list[Seen] = []
        self._shows = widgets.HTML()
        self.again = button("Look again in Partner Center", icon="refresh")
        if case is not None:
            self._show(seen(case, step.name))

    @property
    def parts(self) -> list[widgets.Widget]:
        """What belongs into the form; nothing where Partner Center shows nothing of the step."""
        return [self._shows, self.again] if self._found else []

    @property
    def is_so(self) -> bool:
        """Whether Partner Center has shown it once: then nobody has to say so."""
        return any(each.is_so for each in self._found)

    async def look_again(self) -> None:
        """Read it anew, in a thread: the answer takes a while, and the form must stay alive."""
        if self._case is not None:
            self._show(await asyncio.to_thread(seen, self._case, self._step.name, anew=True))

    def _show(self, now: Seen | None) -> None:
        if now is not None:
            self._shows.value = inside(Page(now.sentence()))
            self._found.append(now)
