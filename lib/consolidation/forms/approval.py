"""The form under a plan: approve it with the customer's name, reject it with a reason, or send a row another way."""

from __future__ import annotations

import ipywidgets as widgets

from consolidation.approvals import Decision, decision_on, record_decision
from consolidation.choices import route_chosen_since
from consolidation.consequences import consequence_box, is_irreversible
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.forms.frame import Form, button, field, shown, with_person
from consolidation.forms.route import OtherRoute
from consolidation.journal import Journal
from consolidation.plan import Plan
from consolidation.population import CaseName
from partner_center import Person


async def approval_form(engagement: Engagement, journal: Journal, plan: Plan) -> Decision:
    """Show what the plan changes with Approve and Reject under it, and wait for a decision, here or elsewhere.

    Args:
        engagement: Decides whether the person signs in.
        journal: Where the decision is written and looked for.
        plan: The frozen plan shown above the form.
    """
    name = field("Customer's name", f"type it to approve: {plan.case.company or plan.case.domain}")
    reason = field("Reason", "needed to reject")
    approve = button("Approve these rows", icon="check", main=True)
    reject = button("Reject")
    later = button("Decide later", "Go on without a decision; the case is held")

    def decide(person: Person, *, approved: bool) -> None:
        if not approved and not reason.value.strip():
            raise ConsolidationError("A rejection needs a reason.", next_step="Write it into the field.")
        record_decision(journal, plan, person, approved=approved, how="notebook", reason=reason.value.strip())

    async def approve_named() -> None:
        if is_irreversible(plan):
            check_name(plan.case, name.value)  # before anybody has to sign in
        await with_person(engagement, form, lambda person: decide(person, approved=True))

    other = OtherRoute(journal, plan)
    form = Form(
        [
            shown(consequence_box(plan, engagement.target.name)),
            *([name] if is_irreversible(plan) else []),
            reason,
            widgets.HBox([approve, reject, later]),
            *other.folded(),
        ],
        lambda: bool(_decided(engagement, journal, plan)),
    )
    form.on(other.button, lambda: with_person(engagement, form, other.record))
    form.on(approve, approve_named)
    form.on(reject, lambda: with_person(engagement, form, lambda person: decide(person, approved=False)))
    form.ends(later)
    await form.wait()
    return decision_on(engagement, journal, plan)


def check_name(case: CaseName, typed: str) -> None:
    """Make sure that whoever approves what cannot be undone has the right customer in mind.

    Args:
        case: Whose plan it is.
        typed: Company name or initial domain; spaces and capitals do not matter.

    Raises:
        ConsolidationError: It is neither.
    """
    given = "".join(typed.casefold().split())
    names = [name for name in (case.company, case.domain) if name]
    if given not in {"".join(name.casefold().split()) for name in names} - {""}:
        raise ConsolidationError(
            f"What is approved here cannot be undone, and {typed.strip() or 'no name'!r} is not this customer.",
            next_step=f"Type {' or '.join(names)}.",
        )


def _decided(engagement: Engagement, journal: Journal, plan: Plan) -> bool:
    """Tell whether there is nothing left to ask: approved, rejected, routed another way, or a newer plan stands."""
    if decision_on(engagement, journal, plan).approved or route_chosen_since(journal, plan):
        return True
    decided = journal.entries(plan.case.chain, after=plan.number, kinds={"decided"}, phase=plan.phase)
    newer = journal.entries(plan.case.chain, after=plan.number, kinds={"planned"}, phase=plan.phase)
    return bool(newer) or any(not entry.body["approved"] for entry in decided if entry.body["digest"] == plan.digest)
