"""The whole campaign at a glance: a funnel for each wave, how long customers take, and whom to ring (M35).

It is read from the journal alone. A customer with cases under two sources is one customer here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from consolidation.billing.overlap import partner_center_now
from consolidation.engagement import Engagement
from consolidation.invitations.record import SEND_MAIL, SentMail, is_escalated, mails_of, unanswered_mail_of
from consolidation.journal import Journal
from consolidation.outcomes import latest_outcome
from consolidation.population import CaseName, read_cases, recorded_population
from consolidation.tables import Column, Table

PHASE = "02_invite"
STAGES = ("listed", "written to", "accepted", "agreement in place")
"""The funnel, from all customers to those with whom the cut-over can begin."""


@dataclass(frozen=True)
class Invited:
    """One customer in the campaign.

    Attributes:
        company: Its name.
        wave: As in the customer list; empty without one.
        mails: How many mails went.
        first: When the first one went, UTC; None before.
        accepted: When it was first seen under the target, UTC; None before.
        agreement: Whether its agreement is in place under the target.
        ring: Why somebody should ring now; empty for nobody.
        contact: Where the mails go, as far as the customer list says.
    """

    company: str
    wave: str
    mails: int
    first: datetime | None
    accepted: datetime | None
    agreement: bool
    ring: str
    contact: str

    @property
    def stage(self) -> int:
        """How many stages of the funnel it has reached, 1 to 4; one that stood there before was never written to."""
        if self.accepted is not None:
            return 4 if self.agreement else 3
        return 2 if self.first is not None else 1

    @property
    def days_to_accept(self) -> float | None:
        """Days from the first mail until the acceptance was seen; None where one of them is missing."""
        if self.first is None or self.accepted is None or self.accepted < self.first:
            return None
        return (self.accepted - self.first) / timedelta(days=1)


@dataclass(frozen=True)
class _Written:
    """What one case's chain says of the mails to its customer, and of what came of them.

    Attributes:
        sent: The mails that went.
        accepted: When the customer was first seen under the target, UTC; None before.
        agreement: Whether its agreement was seen there.
        is_unanswered: Whether nobody knows if the last mail went.
        now: Partner Center's time, UTC.
        refused: What a mail server said last, where that is why the case is held.
    """

    sent: list[SentMail]
    accepted: datetime | None
    agreement: bool
    is_unanswered: bool
    now: datetime
    refused: str


def read_campaign(engagement: Engagement, journal: Journal) -> tuple[Invited, ...]:
    """Read every customer of the engagement once, in the order of the population."""
    cases: dict[str, list[CaseName]] = {}
    population = recorded_population(journal)
    for case in population:
        cases.setdefault(case.customer, []).append(case)
    found = {case: _written(read, case.chain) for case, read in read_cases(journal, population)}
    return tuple(
        _invited(engagement, of_customer[0], [found[case] for case in of_customer if case in found])
        for of_customer in cases.values()
    )


def _written(journal: Journal, chain: str) -> _Written:
    observed = journal.entries(chain, kinds={"observed", "verified"}, phase=PHASE)
    seen = [entry.body for entry in observed if entry.body.get("related")]
    outcome = latest_outcome(journal, chain, PHASE)
    refused = journal.entries(chain, kinds={"refused"}, phase=PHASE)
    is_held = outcome is not None and outcome.outcome == "held"
    by_server = refused[-1].body if is_held and refused and refused[-1].body.get("action") == SEND_MAIL else None
    return _Written(
        sent=mails_of(journal, chain),
        accepted=min((datetime.fromisoformat(body["read_at"]) for body in seen), default=None),
        agreement=any(body["attested"] or body["directly_signed"] for body in seen),
        is_unanswered=bool(journal.entries(chain, kinds={"intended"}, phase=PHASE))
        and unanswered_mail_of(journal, chain) is not None,
        now=partner_center_now(journal, chain),
        refused=str(by_server["message"]) if by_server else "",
    )


def _invited(engagement: Engagement, case: CaseName, written: Sequence[_Written]) -> Invited:
    listed = engagement.listing(case.customer, case.domain)
    sent = sorted((mail for each in written for mail in each.sent), key=lambda mail: mail.at)
    accepted = min((each.accepted for each in written if each.accepted is not None), default=None)
    return Invited(
        company=case.company,
        wave=listed.wave if listed else "",
        mails=len(sent),
        first=sent[0].at if sent else None,
        accepted=accepted,
        agreement=any(each.agreement for each in written),
        ring="" if accepted or not written else _ring(engagement, written, sent),
        contact=listed.contact_email if listed else "",
    )


def _ring(engagement: Engagement, written: Sequence[_Written], sent: Sequence[SentMail]) -> str:
    if any(each.is_unanswered for each in written):
        return "Nobody knows whether the last mail went."
    if is_escalated(engagement.invitations, sent, max(each.now for each in written)):
        return "Every reminder has gone."
    return next((each.refused for each in written if each.refused), "")


def by_wave(customers: Iterable[Invited]) -> dict[str, list[Invited]]:
    """Return wave -> its customers, the waves by name; those without a wave are one of their own."""
    found: dict[str, list[Invited]] = {}
    for customer in customers:
        found.setdefault(customer.wave, []).append(customer)
    return dict(sorted(found.items()))


def wave_name(wave: str) -> str:
    """Return how a wave is called."""
    return f"wave {wave}" if wave else "no wave"


def funnel(customers: Sequence[Invited]) -> tuple[int, ...]:
    """Return how many customers have reached each of `STAGES`, or a later one."""
    return tuple(sum(customer.stage > place for customer in customers) for place in range(len(STAGES)))


def funnel_table(customers: Sequence[Invited]) -> Table:
    """Return the funnel of each wave, with the median of the days from the first mail to the acceptance."""
    rows: list[dict[str, Any]] = []
    for wave, of_wave in by_wave(customers).items():
        days = [customer.days_to_accept for customer in of_wave if customer.days_to_accept is not None]
        rows.append(
            {
                "wave": wave or "none",
                **dict(zip(STAGES, funnel(of_wave), strict=True)),
                "mails": sum(customer.mails for customer in of_wave),
                "days": f"{median(days):.1f}" if days else "",
                "ring": sum(bool(customer.ring) for customer in of_wave),
            }
        )
    return Table(
        columns=(
            Column("wave", "Wave"),
            *(Column(stage, stage.capitalize(), "number") for stage in STAGES),
            Column("mails", "Mails", "number"),
            Column("days", "Days to accept (median)"),
            Column("ring", "To ring", "number"),
        ),
        rows=tuple(rows),
        caption="The campaign: customers by wave, each once",
        empty="No customers are listed yet: run 00_connect.",
    )


def escalation_table(customers: Sequence[Invited]) -> Table:
    """Return whom to ring: writing is over, or did not work; the longest wait first."""
    waiting = [customer for customer in customers if customer.ring]
    rows = tuple(
        {
            "company": customer.company,
            "wave": customer.wave,
            "first": customer.first,
            "mails": customer.mails,
            "contact": customer.contact or "as in the billing profile",
            "why": customer.ring,
        }
        for customer in sorted(waiting, key=lambda one: one.first.isoformat() if one.first else "")
    )
    return Table(
        columns=(
            Column("company", "Customer"),
            Column("wave", "Wave"),
            Column("first", "First mail", "datetime"),
            Column("mails", "Mails", "number"),
            Column("contact", "Written to"),
            Column("why", "Why ring"),
        ),
        rows=rows,
        caption="To ring: writing is over, or does not work",
        empty="Nobody has to be rung.",
    )
