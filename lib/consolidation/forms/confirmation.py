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

    shows = widgets.HTML()
    again = button("Look again in Partner Center", icon="refresh")
    found: list[Seen] = []

    def show(now: Seen | None) -> None:
        if now is not None:
            shows.value = inside(Page(now.sentence()))
            found.append(now)

    async def look_again() -> None:
        if case is not None:
            # In a thread: the answer takes a while, and the form must stay alive.
            show(await asyncio.to_thread(seen, case, step.name, anew=True))

    if case is not None:
        show(seen(case, step.name))
    outside = [shows, again] if found else []
    before = confirmation(journal, chain, step.name)
    known = before.number if before is not None else 0  # a reminder is confirmed after the invitation was

    def decided() -> bool:
        now = confirmation(journal, chain, step.name)
        return (now is not None and now.number > known) or any(each.is_so for each in found)

    form = Form(
        [widgets.HTML(step.question), *outside, by, *facts.values(), way, ticket, widgets.HBox([yes, later])],
        decided,
    )
    form.on(again, look_again)
    form.on(yes, lambda: with_person(engagement, form, record))
    form.ends(later)
    await form.wait()
