"""The form in which a person says that a step happened outside the tool."""

from __future__ import annotations

import ipywidgets as widgets

from consolidation.confirmations import Step, confirmation, record_confirmation
from consolidation.engagement import Engagement
from consolidation.forms.frame import Form, button, field, picker, with_person
from consolidation.journal import Journal
from partner_center import Person

_LABELS = {"name": "Who accepted", "email": "Their e-mail", "date": "When (yyyy-mm-dd)"}

_WAYS = ("", "by phone", "by mail", "in a meeting", "seen by ourselves")


async def confirmation_form(engagement: Engagement, journal: Journal, chain: str, step: Step, phase: str) -> None:
    """Ask for a person's word on a step, with the facts that belong to it."""
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

    form = Form(
        [widgets.HTML(step.question), by, *facts.values(), way, ticket, widgets.HBox([yes, later])],
        lambda: confirmation(journal, chain, step.name) is not None,
    )
    form.on(yes, lambda: with_person(engagement, form, record))
    form.ends(later)
    await form.wait()
