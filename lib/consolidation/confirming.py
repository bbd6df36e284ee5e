"""Confirmations in a notebook: what is known of a step outside the tool, and the form that asks for it."""

from __future__ import annotations

from consolidation.approvals import ASSUMED
from consolidation.confirmations import STEPS, confirmation, record_confirmation
from consolidation.customer_steps import seen
from consolidation.display import Box, Showable
from consolidation.front_end import someone_is_there
from consolidation.invitations.sending import send_shown
from consolidation.journal import ENGAGEMENT_CHAIN
from consolidation.phases import PHASES
from consolidation.phases.invite import contact_on_file, mail_needless
from consolidation.phases.invite import relationship as relationship_of
from consolidation.session import Known, Session


async def confirm(session: Session, step: str) -> Showable:
    """Return what is confirmed of a step; in JupyterLab ask, headless return what the journal knows.

    A confirmation never blocks what Partner Center shows already: then it is not needed.
    """
    if session.trouble is not None:
        return session.not_done()
    try:
        return await _confirm(session, step)
    except Known as error:
        return session.stop(error)


async def _confirm(session: Session, step: str) -> Showable:
    needless = _needless(session, step)
    if needless:
        return Box("not_applicable", needless)
    engagement, journal, _ = session.opened()
    chain = ENGAGEMENT_CHAIN if step == "irreversible" else session.chain
    if step == "mail_sent" and engagement.invitations.mail_server:
        return await send_shown(session.require_case(), engagement.invitations.mail_server)
    # Each mail is confirmed for itself: that one is due says that no word is there for it yet.
    if step == "mail_sent" or confirmation(journal, chain, step) is None:
        if engagement.approvals.automatic and engagement.cloud.is_loopback and STEPS[step].ours:
            facts = contact_on_file(session.require_case()) if step == "agreement_accepted" else {}
            if all(facts.get(need) for need in STEPS[step].needs):
                record_confirmation(journal, chain, step, by=ASSUMED, how="automatic", facts=facts, phase=session.phase)
        elif someone_is_there():
            from consolidation.forms import confirmation_form

            await confirmation_form(engagement, journal, chain, STEPS[step], session.phase, session.case)
    if step == "mail_sent" and not _needless(session, step):
        return Box("held", "Not confirmed yet: mail_sent", (STEPS[step].question,))
    return confirmation_box(session, chain, step)


def confirmation_box(session: Session, chain: str, step: str) -> Box:
    """Show who confirmed a step and when, or that nobody has."""
    _, journal, _ = session.opened()
    entry = confirmation(journal, chain, step)
    now = seen(session.case, step) if session.case else None
    lines = (STEPS[step].question, *([now.sentence()] if now else []))
    if now and now.is_so:  # somebody looked again while the form was open
        return Box("done", f"{step}: not needed, Partner Center shows it", lines)
    if entry is None:
        return Box("held", f"Not confirmed yet: {step}", lines)
    facts = {**entry.body["facts"], **({"ticket": entry.body["ticket"]} if entry.body["ticket"] else {})}
    return Box("done", f"{step}: {entry.body['by']}, {entry.at} UTC", lines, details=facts)


def _needless(session: Session, step: str) -> str:
    """Say why a step need not be confirmed because Partner Center shows it already; empty when it has to be."""
    if step == "mail_sent":
        return mail_needless(session.require_case())
    if step == "customer_accepted" and relationship_of(session.require_case()).related:
        return "The customer is under the target already: no confirmation is needed."
    if step == "agreement_accepted":
        found = relationship_of(session.require_case())
        if not found.related:
            return "Asked after the customer has accepted."
        if found.agreement_in_place:
            return "The agreement is in place already: no confirmation is needed."
    if step in {"microsoft_notified", "azure_moved"}:
        phase = PHASES["06_azure"]
        outcome = phase.outcome(session.require_case())
        if outcome.outcome in {"not_applicable", "done"}:
            return outcome.reasons[0]
    return ""
