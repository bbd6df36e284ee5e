"""Approvals: a person's decision on the digest of the rows shown (M27, M28, S6, S12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.journal import Entry, Journal
from consolidation.plan import CUT_OVER, Plan
from consolidation.runner import operating_system_user
from partner_center import Person

ASSUMED = "assumed (loopback)"
"""How decisions and confirmations without a person are shown, everywhere."""


@dataclass(frozen=True)
class Decision:
    """What the journal knows of a plan's approval.

    Attributes:
        digest: Of the plan that was decided on.
        approved: Whether as many people as required approved, and nobody rejected.
        by: Who approved, as shown.
        lacking: What is missing or who rejected, one sentence each; empty when approved.
        nothing_to_decide: The plan changes nothing.
        given: Each decision that stands: who, when (UTC), how and on which digest, one sentence each.
    """

    digest: str
    approved: bool
    by: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    nothing_to_decide: bool = False
    given: tuple[str, ...] = ()


def record_decision(
    journal: Journal, plan: Plan, person: Person, *, approved: bool, how: str, reason: str = ""
) -> Entry:
    """Write a person's decision on a plan's digest; widget and command line write the same record.

    Args:
        journal: The engagement's journal.
        plan: The frozen plan as it was shown.
        person: Who decided.
        approved: False for a rejection.
        how: `notebook` or `command line`.
        reason: Why, for a rejection.
    """
    return _record(journal, plan, _who(person), approved=approved, how=how, reason=reason)


def approve_automatically(engagement: Engagement, journal: Journal, plan: Plan) -> None:
    """Approve a plan without a person where that is allowed: on loopback, by the engagement's own word (S12)."""
    if not engagement.approvals.automatic or plan.problems or not plan.needs_approval:
        return
    if not engagement.cloud.is_loopback:
        raise ConsolidationError(
            "Automatic approval exists on loopback only (S12).", next_step="Name approvers in the engagement."
        )
    if not decision_on(engagement, journal, plan).approved:
        automatic = {"object_id": "automatic", "user_name": ASSUMED, "name": ASSUMED}
        _record(journal, plan, automatic, approved=True, how="automatic", reason="")


def decision_on(engagement: Engagement, journal: Journal, plan: Plan) -> Decision:
    """Return what the journal knows of a plan's approval now.

    Only decisions after the plan was frozen, and after drift last ended its approval, count; of each person the newest.
    A newer plan ends them all. With `self_approval: false` the approval of the one who applies does not count, and
    with `expire_after_days` none that is older than that and was not begun to be carried out.
    """
    if not plan.needs_approval:
        return Decision(plan.digest, approved=True, nothing_to_decide=True)
    if plan.problems:
        return Decision(plan.digest, approved=False, lacking=plan.problems)
    newest: dict[str, Entry] = {}
    kinds = {"planned", "drifted", "decided"}
    for entry in journal.entries(plan.case.chain, after=plan.number, kinds=kinds, phase=plan.phase):
        if entry.kind == "planned":
            superseded = f"A newer plan took the place of plan {plan.digest[:12]}: look at the rows again (S6)."
            return Decision(plan.digest, approved=False, lacking=(superseded,))
        if entry.kind == "drifted":
            newest.clear()  # an approval that drift has ended does not come back when the drift is undone
        elif entry.body["digest"] == plan.digest:
            newest[entry.body["by"]["object_id"]] = entry
    rejected = [entry for entry in newest.values() if not entry.body["approved"]]
    if rejected:
        sentences = tuple(
            f"Rejected by {entry.body['by']['user_name']}: {entry.body['reason'] or 'no reason given'}."
            for entry in rejected
        )
        return Decision(plan.digest, approved=False, lacking=sentences, given=_given(rejected))
    counted = [entry for entry in newest.values() if _counts(engagement, entry)]
    expired = [entry for entry in counted if _is_expired(engagement, journal, plan, entry)]
    standing = [entry for entry in counted if entry not in expired]
    names = tuple(str(entry.body["by"]["user_name"]) for entry in standing)
    required = 1 if engagement.approvals.automatic else engagement.approvals.required
    if len(names) >= required:
        return Decision(plan.digest, approved=True, by=names, given=_given(standing))
    days = engagement.approvals.expire_after_days
    lacking = (
        *(f"The approval of {entry.body['by']['user_name']} ended after {days} days (M28)." for entry in expired),
        f"Plan {plan.digest[:12]} has {len(names)} of {required} approvals: approve it in the notebook, or with "
        f"'consolidate approve ENGAGEMENT --customer {plan.case.customer} --source {plan.case.source} "
        f"--phase {plan.phase} --digest {plan.digest}'.",
    )
    return Decision(plan.digest, approved=False, by=names, lacking=lacking, given=_given(standing))


def _given(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Say who decided what, when, how and on which digest, as it stays in the executed notebook."""
    return tuple(
        f"{entry.body['by']['user_name']} {'approved' if entry.body['approved'] else 'rejected'} plan "
        f"{entry.body['digest'][:12]} on {datetime.fromisoformat(entry.at):%Y-%m-%d at %H:%M} UTC, {entry.body['how']}."
        for entry in entries
    )


def _is_expired(engagement: Engagement, journal: Journal, plan: Plan, approval: Entry) -> bool:
    """Tell whether an approval was too old when the plan was begun, or is too old now and nothing was begun.

    What has begun is finished: an approval that ends between purchase and suspension would have both tenants billed.
    Both moments are of the journal's clock, so this is a duration and no date.
    """
    days = engagement.approvals.expire_after_days
    if days is None:
        return False
    phases = {CUT_OVER, "05_suspend"} if plan.phase == CUT_OVER else {plan.phase}
    begun = journal.entries(plan.case.chain, after=approval.number, kinds={"intended"})
    first = next((entry.at for entry in begun if entry.phase in phases), None)
    moment = datetime.fromisoformat(first) if first else _now()
    return moment - datetime.fromisoformat(approval.at) >= timedelta(days=days)


def _now() -> datetime:
    return datetime.now(UTC)


def _counts(engagement: Engagement, entry: Entry) -> bool:
    """Tell whether an approval counts: by an approver, on loopback if automatic, and not the applier's own."""
    who = entry.body["by"]
    if who["object_id"] == "automatic":
        return engagement.approvals.automatic and engagement.cloud.is_loopback
    approvers = engagement.policy()["approvers"]
    if approvers and str(who["user_name"]).casefold() not in approvers:
        return False
    # Nobody is signed in as a person at apply yet, so the one who applies is the one who started the run.
    own = operating_system_user() in {who["name"], entry.body["started_by"]}
    return engagement.approvals.self_approval or not own


def _who(person: Person) -> dict[str, str]:
    return {"object_id": person.object_id, "user_name": person.user_name, "name": person.name}


def _record(journal: Journal, plan: Plan, who: dict[str, str], *, approved: bool, how: str, reason: str) -> Entry:
    head_number, head_hash = journal.head(plan.case.chain)
    body = {
        "digest": plan.digest,
        "approved": approved,
        "by": who,
        "how": how,
        "reason": reason,
        "started_by": operating_system_user(),
        "head": {"number": head_number, "hash": head_hash},
    }
    return journal.append(plan.case.chain, "decided", body, phase=plan.phase)
