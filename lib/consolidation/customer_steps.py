"""What customers and Microsoft do outside: what Partner Center shows of it, beside what people say (M7, M8, M15).

What Partner Center shows is the proof; a person's word is its annotation, and each stands with its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consolidation.azure_support import azure_rows
from consolidation.case import Case
from consolidation.confirmations import STEPS, confirmation
from consolidation.display import Page, Showable
from consolidation.phases.azure import AzureBySupport
from consolidation.phases.invite import relationship
from consolidation.phases.phase import observe_both_sides, observed
from consolidation.relationship import read_relationship
from consolidation.tables import Column, Table

STEPS_OF = {
    "02_invite": ("mail_sent", "customer_accepted", "agreement_accepted"),
    "06_azure": ("microsoft_notified", "azure_moved"),
}
"""Steps that belong to a phase, in the order in which they happen."""


@dataclass(frozen=True)
class Seen:
    """What Partner Center shows of a step.

    Attributes:
        words: In words.
        at: When it was read, by Partner Center's clock, UTC.
        is_so: Whether it shows that the step has happened.
    """

    words: str
    at: datetime
    is_so: bool = False

    def sentence(self) -> str:
        """Return it with its time, for example `Partner Center shows: ... (seen at 14:02 UTC)`."""
        return f"Partner Center shows: {self.words} (seen at {self.at:%H:%M} UTC)"


def seen(case: Case, step: str, *, anew: bool = False) -> Seen | None:
    """Return what Partner Center shows of a step, or None where it shows nothing of it.

    Args:
        case: Whose step.
        step: As in `consolidate confirm --step`.
        anew: Whether to read it again instead of taking what this execution has read.

    Raises:
        partner_center.PartnerCenterError: It could not be read.
    """
    if step in STEPS_OF["02_invite"]:
        if anew:
            case.relationship = read_relationship(case)
        return _of_the_invitation(case, step)
    if step == "azure_moved":
        if anew:
            observe_both_sides(case)
        return _of_azure(case)
    return None


def _of_the_invitation(case: Case, step: str) -> Seen:
    found = relationship(case)
    if step == "agreement_accepted":
        words = "cannot be seen before the acceptance"
        if found.related:
            words = "the agreement is in place" if found.agreement_in_place else "no agreement in the target yet"
        return Seen(words, found.read_at, is_so=found.agreement_in_place)
    words = f"under the target, {found.relationship}" if found.related else "not under the target"
    return Seen(words, found.read_at, is_so=found.related)


def _of_azure(case: Case) -> Seen:
    read_at = observed(case)[1].read_at
    outcome = AzureBySupport().outcome(case)
    done = outcome.outcome == "done"
    return Seen(outcome.reasons[0] if done else "not moved yet", read_at, is_so=done)


def checklist(case: Case, phase: str) -> Table:
    """Return one row for each step of a phase: what Partner Center shows, and who said what, how and by which ticket.

    Args:
        case: Whose steps.
        phase: One of `STEPS_OF`; another one has no steps outside.
    """
    return Table(
        columns=(
            Column("step", "Step"),
            Column("shows", "Partner Center shows"),
            Column("seen", "Seen at", "datetime"),
            Column("by", "Who said so"),
            Column("said", "Said at", "datetime"),
            Column("told", "How"),
            Column("ticket", "Ticket"),
        ),
        rows=tuple(_row(case, step) for step in STEPS_OF.get(phase, ())),
        caption=f"{case.name.company}: what happens outside this tool",
    )


def _row(case: Case, step: str) -> dict[str, object]:
    now = seen(case, step)
    said = confirmation(case.journal, case.chain, step)
    return {
        "step": f"{step}: {STEPS[step].question}",
        "shows": now.words if now else "nothing of this",
        "seen": now.at if now else None,
        "by": said.body["by"] if said else "nobody yet",
        "said": datetime.fromisoformat(said.at) if said else None,
        "told": (said.body["facts"].get("told") or said.body["how"]) if said else "",
        "ticket": said.body["ticket"] if said else "",
    }


def with_checklist(case: Case, shown: Showable) -> Showable:
    """Return what a phase shows, with the steps outside under it where it has any."""
    nothing_to_move = case.phase == "06_azure" and not azure_rows(case)
    return shown if case.phase not in STEPS_OF or nothing_to_move else Page(shown, checklist(case, case.phase))
