"""Usage-based Azure by Microsoft's support: the text that is handed over, and the clocks that run from then on (M15).

The way: the source partner opens a ticket, a signed form goes with it, support gets in touch within eight business
hours ("Switch Azure subscriptions to a different partner").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from consolidation.case import Case
from consolidation.choices import rows_of
from consolidation.confirmations import confirmation
from consolidation.inventory import baseline
from consolidation.journal import Entry
from consolidation.outcomes import case_outcomes
from consolidation.plan import PlanRow

SIGNATURES = (
    "the customer, by somebody who may sign for the company",
    "the partner they leave (Transitioning From)",
    "the partner they come to (Transitioning To)",
)
"""Who signs Microsoft's form: three signatures are asked for ("Switch Azure subscriptions to a different partner")."""

CONTACT_WITHIN_HOURS = 8
"""Business hours within which support gets in touch ("Switch Azure subscriptions to a different partner")."""

_DAY_BEGINS, _DAY_ENDS = time(9, tzinfo=UTC), time(17, tzinfo=UTC)
_SATURDAY = 5


@dataclass(frozen=True)
class Dossier:
    """What is handed to support for one wave.

    Attributes:
        wave: Name of the wave in the customer list; empty for customers without one.
        ready: Cases whose customer has accepted: these are in the text.
        not_ready: Cases that have usage-based Azure and have not accepted: Microsoft does not move them yet.
        text: Ready to paste; empty while no customer is ready.
    """

    wave: str
    ready: tuple[Case, ...]
    not_ready: tuple[Case, ...]
    text: str


def azure_rows(case: Case) -> tuple[PlanRow, ...]:
    """Return the rows that support moves, from the record of `01_prepare`: afterwards the source shows suspended."""
    record = baseline(case.journal, case.chain)
    source = record[0] if record else case.source_snapshot
    rows = rows_of(case.journal, case.chain, source) if source else ()
    return tuple(row for row in rows if row.route == "azure_support")


def case_text(case: Case) -> str:
    """Return this case's lines of the text: company, contact, tenants, Azure subscription ids."""
    record = baseline(case.journal, case.chain)
    source = record[0] if record else case.source_snapshot
    subscriptions = source.by_id() if source else {}
    lines = [
        f"Company: {case.name.company}",
        f"Contact: {_contact(case)}",
        f"Customer tenant: {case.customer} ({case.name.domain or 'domain not printed'})",
        f"Transitioning From: {case.name.source} ({case.source_tenant.tenant})",
        f"Transitioning To: {case.engagement.target.name} ({case.engagement.target.tenant})",
    ]
    for row in azure_rows(case):
        azure = subscriptions[row.subscription].entitlement_id or "not printed by Partner Center"
        lines.append(f"Azure subscription: {azure} (Partner Center id {row.subscription}, {row.product})")
    return "\n".join(lines) + "\n"


def _contact(case: Case) -> str:
    """Return whom support can ask at the customer: from the customer list, else who accepted the agreement."""
    if case.listed is not None and case.listed.contact_email:
        return case.listed.contact_email
    accepted = confirmation(case.journal, case.chain, "agreement_accepted")
    if accepted is not None:
        return f"{accepted.body['facts']['name']}, {accepted.body['facts']['email']}"
    return "not known: write contact_email into the customer list"


def dossiers(cases: Sequence[Case]) -> Iterator[Dossier]:
    """Yield one dossier per wave, in the order of the waves' names.

    Args:
        cases: All cases of the engagement with usage-based Azure.
    """
    waves: dict[str, list[Case]] = {}
    for case in cases:
        waves.setdefault(case.listed.wave if case.listed else "", []).append(case)
    for wave, members in sorted(waves.items()):
        ready = tuple(case for case in members if _accepted(case))
        not_ready = tuple(case for case in members if not _accepted(case))
        yield Dossier(wave, ready, not_ready, _text(wave, ready) if ready else "")


def _accepted(case: Case) -> bool:
    invited = case_outcomes(case.journal, case.name).get("02_invite")
    return invited is not None and invited.outcome == "done"


def _text(wave: str, cases: Sequence[Case]) -> str:
    """Return the whole text: what is asked for, who signs, then one paragraph per customer."""
    target = cases[0].engagement.target
    count = len({case.customer for case in cases})
    customers = "1 customer" if count == 1 else f"{count} customers"
    head = [
        f"Consolidation of our Partner Center tenants{f', wave {wave}' if wave else ''}.",
        f"Please move the usage-based Azure subscriptions of {customers} named below, with everything deployed in "
        f"them and without an interruption, to {target.name} ({target.tenant}). "
        "Each of them has accepted the reseller relationship with that tenant.",
        "",
        "Signatures on the form of each customer:",
        *(f"  [ ] {who}" for who in SIGNATURES),
        "",
        "",
    ]
    return "\n".join(head) + "\n".join(case_text(case) for case in cases)


def contact_due(notified: datetime) -> datetime:
    """Return until when support is to get in touch: eight business hours after it was given the text.

    Whose business hours is not said ("Switch Azure subscriptions to a different partner"); counted here are Monday to
    Friday, 09:00 to 17:00 UTC.

    Args:
        notified: When Microsoft was given the text, UTC.
    """
    now, left = notified, timedelta(hours=CONTACT_WITHIN_HOURS)
    while True:
        begins = datetime.combine(now.date(), _DAY_BEGINS)
        ends = datetime.combine(now.date(), _DAY_ENDS)
        now = max(now, begins)
        if now.weekday() < _SATURDAY and now < ends:
            if left <= ends - now:
                return now + left
            left -= ends - now
        now = begins + timedelta(days=1)


def late_sentence(notified: Entry, now: datetime) -> str:
    """Say what to do when Microsoft's time to get in touch is over; empty before.

    Args:
        notified: The confirmation of `microsoft_notified`.
        now: Partner Center's clock, UTC.
    """
    due = contact_due(datetime.fromisoformat(notified.at))
    if now <= due:
        return ""
    ticket = notified.body["ticket"]
    named = f"ticket {ticket}" if ticket else "your ticket (none was kept: confirm microsoft_notified with --ticket)"
    return (
        f"Microsoft was to get in touch by {due:%Y-%m-%d %H:%M} UTC: ask {named}, quote the Azure subscription ids, "
        "and have it escalated by your partner support. Suspend nothing meanwhile."
    )
