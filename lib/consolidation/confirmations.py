"""Confirmations: a person's word on something outside the tool. What Partner Center shows is the proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from consolidation.errors import EngagementError
from consolidation.journal import Entry, Journal


@dataclass(frozen=True)
class Step:
    """A step that a person can confirm.

    Attributes:
        name: As in `consolidate confirm --step`.
        question: What the person states by confirming.
        needs: Further facts that belong to it.
        ours: Whether it is our own act or knowledge; what a customer or Microsoft said is never assumed.
    """

    name: str
    question: str
    needs: tuple[str, ...] = ()
    ours: bool = True


STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step(
            "irreversible",
            "I know that a consolidation cannot be undone, that customers must act in the middle of it, and that "
            "Microsoft refuses credits for days that both tenants are billed.",
        ),
        Step("mail_sent", "The invitation was sent to the customer."),
        Step("customer_accepted", "The customer told us that they accepted the invitation.", ours=False),
        Step(
            "agreement_accepted",
            "This person accepted the Microsoft Customer Agreement for the customer on this date.",
            needs=("name", "email", "date"),
        ),
        Step("microsoft_notified", "Microsoft was given the company names whose Azure is to be moved."),
        Step("azure_moved", "Microsoft told us that the Azure subscriptions were moved.", ours=False),
        Step("manual_done", "What had to be done by hand was done."),
    )
}


def record_confirmation(
    journal: Journal,
    chain: str,
    step: str,
    *,
    by: str,
    how: str,
    ticket: str = "",
    facts: Mapping[str, str] | None = None,
    phase: str | None = None,
) -> Entry:
    """Write a person's word into a chain; widget and command line write the same record.

    Args:
        journal: The engagement's journal.
        chain: The case's chain, or the engagement's for `irreversible`.
        step: One of `STEPS`.
        by: Who says so.
        how: `notebook`, `command line` or `automatic`.
        ticket: Number of the ticket or call, if any.
        facts: What the step needs beside that: name, e-mail and date (yyyy-mm-dd) of an agreement.
        phase: The notebook, if one is running.

    Raises:
        EngagementError: The step is unknown or a fact is missing.
    """
    if step not in STEPS:
        raise EngagementError([f"{step!r} is not a step."], next_step=f"Steps: {', '.join(STEPS)}.")
    given = {key: value.strip() for key, value in (facts or {}).items() if value.strip()}
    missing = [need for need in STEPS[step].needs if need not in given]
    if missing:
        options = ", ".join(f"--{need}" for need in missing)
        raise EngagementError([f"The step {step} needs {', '.join(missing)}."], next_step=f"Give {options}.")
    if not by.strip():
        raise EngagementError(["Nobody is named who says so."], next_step="Give --by.")
    body = {"step": step, "by": by, "how": how, "ticket": ticket, "facts": given}
    return journal.append(chain, "confirmed", body, phase=phase)


def confirmation(journal: Journal, chain: str, step: str) -> Entry | None:
    """Return the newest confirmation of a step in a chain, or None."""
    found = [entry for entry in journal.entries(chain, kinds={"confirmed"}) if entry.body["step"] == step]
    return found[-1] if found else None
