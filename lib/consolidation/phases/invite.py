"""02_invite: the customer is asked to accept the target as reseller; its agreement is checked (M6, M7, M8)."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from consolidation import interlocks
from consolidation.approvals import Decision, decision_on
from consolidation.case import Case
from consolidation.confirmations import confirmation
from consolidation.display import Box, Page, Showable
from consolidation.effects import intend, nothing_open, perform, resume
from consolidation.errors import Held
from consolidation.inventory import Snapshot
from consolidation.invitations.drafts import write_draft
from consolidation.invitations.preflight import look_before_inviting
from consolidation.invitations.record import due_mail, sent_mails
from consolidation.invitations.rights import read_rights, rights_body, rights_shown
from consolidation.invitations.sending import progress_in_words, standing
from consolidation.journal import Intention
from consolidation.outcomes import Outcome
from consolidation.phases.phase import Phase, Progress
from consolidation.plan import Plan, PlanRow, freeze, frozen_plan, plan_header
from consolidation.relationship import Relationship, read_relationship
from consolidation.tables import Column, Table
from partner_center import Call
from partner_center.errors import AgreementAlreadyConfirmed, AnswerUnknown

ATTESTATION = "agreement"


class Invite(Phase):
    """Write the invitation, see the acceptance, attest the customer agreement when a person named who accepted it."""

    name: ClassVar[str] = "02_invite"

    def observe(self, case: Case) -> Showable:
        """Read relationship and agreement as the target sees them, and the administration rights of both (M8)."""
        found = read_relationship(case)
        case.relationship = found
        case.target_snapshot = Snapshot("target", found.read_at, (), related=found.related)
        rights = read_rights(case)
        body = {**found.body(), "administration": rights_body(rights)}
        case.journal.append(case.chain, "observed", body, phase=case.phase)
        return Page(_relationship_table(case, found), rights_shown(case, rights))

    def plan(self, case: Case) -> Plan:
        """Return one row, the attestation, when the agreement is missing and a person named who accepted it."""
        found = relationship(case)
        said = confirmation(case.journal, case.chain, "agreement_accepted")
        rows: tuple[PlanRow, ...] = ()
        if found.related and not found.agreement_in_place and said is not None:
            rows = (_attestation_row(found, said.body["facts"]),)
        new = Plan(self.name, case.name, plan_header(case.engagement, case.name), rows)
        frozen = frozen_plan(case.journal, case.name, self.name)
        if frozen is not None and (frozen.digest == new.digest or case.journal.open_intentions(case.chain)):
            return frozen
        return freeze(case.journal, new) if rows else new

    def apply(self, case: Case, plan: Plan, decision: Decision, progress: Progress) -> None:
        """Attest the agreement in the target, once, as approved.

        Raises:
            Held: An interlock says no.
        """
        if not plan.has_actions:
            return
        reasons = interlocks.ready_for_writes(case.journal) + interlocks.approved_as_shown(case, plan, decision)
        if reasons:
            raise Held(reasons)
        case.clients.require_tenant(case.target)
        case.journal.leases.take(case.customer)
        row = plan.row(ATTESTATION)
        if self._settle(case, row):  # else it is as it was observed: nothing is read twice without a reason
            case.relationship = read_relationship(case)
        nothing_open(case)
        if not relationship(case).agreement_in_place:
            intention, call = intend(case, "attest_agreement", [ATTESTATION], {"plan": plan.digest, **row.details})
            self._attest(case, row, intention, call)
        details = row.details
        progress(f"Attested in the target: {details['first_name']} {details['last_name']}, {details['date']}.")

    def _settle(self, case: Case, row: PlanRow) -> bool:
        """Settle an attestation without answer, and tell whether there was one.

        Read first; a repeat with the same person is refused by Microsoft.
        """
        found = [item for item in case.journal.open_intentions(case.chain) if item.action == "attest_agreement"]
        for intention in found:
            if read_relationship(case).agreement_in_place:
                case.journal.close_intention(intention, "done", {"how": "read back"})
            else:
                self._attest(case, row, intention, resume(case, intention))
        return bool(found)

    def _attest(self, case: Case, row: PlanRow, intention: Intention, call: Call) -> None:
        details = row.details
        try:
            perform(
                case,
                intention,
                call,
                lambda call: case.target.attest_agreement(
                    case.customer,
                    details["template"],
                    details["first_name"],
                    details["last_name"],
                    details["email"],
                    date.fromisoformat(details["date"]),
                    call,
                ),
                lambda agreement: {"agreement": agreement.received},
            )
        except AgreementAlreadyConfirmed:
            # What we wanted is so already; reading it back decides the outcome.
            return
        except AnswerUnknown:
            if not read_relationship(case).agreement_in_place:
                raise
            case.journal.close_intention(intention, "done", {"how": "read back"})

    def verify(self, case: Case) -> Showable:
        """Read relationship and agreement once more."""
        found = read_relationship(case)
        case.relationship = found
        case.journal.append(case.chain, "verified", found.body(), phase=case.phase)
        return _relationship_table(case, found)

    def outcome(self, case: Case) -> Outcome:
        """Done when the customer appears under the target and its agreement is in place."""
        found = relationship(case)
        if not found.related:
            return self._not_accepted(case)
        if found.agreement_in_place:
            return Outcome(self.name, "done", ("The customer is under the target and its agreement is in place.",))
        plan = self.plan(case)
        if plan.has_actions:
            return Outcome(self.name, "held", decision_on(case.engagement, case.journal, plan).lacking)
        return Outcome(
            self.name,
            "held",
            (
                "The target has no confirmation of the Microsoft Customer Agreement for this customer (M8): find out "
                "who accepted it and when, then confirm the step agreement_accepted with name, e-mail and date.",
            ),
        )

    def _not_accepted(self, case: Case) -> Outcome:
        settings = case.engagement.invitations
        unsettled = standing(case, related=False)
        if unsettled:
            return Outcome(self.name, "held", tuple(unsettled))
        now = case.target.server_time()
        sent = sent_mails(case.journal, case.customer)
        due = due_mail(settings, sent, now)
        if due is not None:
            how = "run this step again" if settings.mail_server else "send the mail from the archive's folder"
            reason = f"The {due.name} is written: {how}, then confirm the step mail_sent."
            return Outcome(self.name, "held", (reason,))
        said = confirmation(case.journal, case.chain, "customer_accepted")
        reasons = [
            "The customer does not appear under the target yet: its Global admin has to open the link and accept.",
            progress_in_words(case, now),
        ]
        if said is not None:
            reasons.append(
                f"{said.body['by']} says it was accepted: Partner Center does not show it (looked just now)."
            )
        since = sent[0].at.isoformat()
        return Outcome(self.name, "waiting", tuple(reasons), waiting_on="customer", since=since)


def relationship(case: Case) -> Relationship:
    """Return what this execution has read; reads it now when no cell did."""
    if case.relationship is None:
        case.relationship = read_relationship(case)
    return case.relationship


def write_invitation(case: Case) -> Showable:
    """Look at what speaks against it, then write the mail that is due, with the link from the target (M6, M35).

    Raises:
        Held: The customer would be invited in vain, or the mail cannot be written.
    """
    related = relationship(case).related
    unsettled = standing(case, related=related)
    if related:
        return Box("done", "The customer is under the target already: no mail is needed.")
    if unsettled:
        raise Held(unsettled)
    now = case.target.server_time()
    due = due_mail(case.engagement.invitations, sent_mails(case.journal, case.customer), now)
    if due is None:
        return Box("waiting", progress_in_words(case, now))
    before = look_before_inviting(case)
    if before.problems and due.day == 0:
        raise Held(before.problems)
    draft = case.draft = write_draft(case, due, agreement_needed=before.agreement_needed)
    details = {
        "File": draft.file,
        "To": draft.recipient or "no address known",
        "Subject": str(draft.mail["Subject"]),
        "Language": draft.language,
    }
    return Page(
        before.table,
        Box("note", f"The {due.name} for {case.name.company} is ready to send.", details=details),
        *(line for line in draft.text.splitlines() if line.strip()),
    )


def mail_needless(case: Case) -> str:
    """Say why no mail has to go now; empty when one is due."""
    if relationship(case).related:
        return "The customer is under the target already: no confirmation is needed."
    now = case.target.server_time()
    if due_mail(case.engagement.invitations, sent_mails(case.journal, case.customer), now) is None:
        return progress_in_words(case, now)
    return ""


def contact_on_file(case: Case) -> dict[str, str]:
    """Return who accepted the customer agreement as the source has it on file; it is only offered."""
    for agreement in case.source.agreements(case.customer):
        if agreement.email and agreement.date_agreed:
            return {
                "name": f"{agreement.first_name} {agreement.last_name}".strip(),
                "email": agreement.email,
                "date": f"{agreement.date_agreed:%Y-%m-%d}",
            }
    return {}


def _attestation_row(found: Relationship, facts: dict[str, str]) -> PlanRow:
    first, _, last = facts["name"].strip().partition(" ")
    return PlanRow(
        subscription=ATTESTATION,
        kind="agreement",
        route="recreate",
        target_action="attest",
        details={
            "first_name": first,
            "last_name": last or first,
            "email": facts["email"],
            "date": facts["date"],
            "template": found.template,
        },
        product="Microsoft Customer Agreement",
        reason="The target must file its own confirmation before it can buy; who and when is a person's word.",
        reason_source="Confirm customer acceptance of the Microsoft Customer Agreement",
    )


def _relationship_table(case: Case, found: Relationship) -> Table:
    agreement = "in place" if found.agreement_in_place else "missing in the target"
    rows = (
        {"what": "Relationship with the target", "state": found.relationship if found.related else "none yet"},
        {"what": "Customer agreement", "state": agreement if found.related else "cannot be seen before the acceptance"},
        {"what": "Classic delegated administration (DAP)", "state": found.delegated_access},
    )
    return Table(
        columns=(Column("what", "What the target shows"), Column("state", "State")),
        rows=rows,
        caption=f"{case.name.company}: seen at {found.read_at:%Y-%m-%d %H:%M} UTC",
    )
