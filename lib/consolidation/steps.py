"""The verbs of the notebooks: the six parts of every phase, and the few that belong to one phase alone."""

from __future__ import annotations

from collections.abc import Callable

from consolidation.approvals import ASSUMED, Decision, approve_automatically, decision_on
from consolidation.case import Case
from consolidation.choices import open_choices, route_chosen_since
from consolidation.clock import with_clock_note
from consolidation.consequences import consequence_box
from consolidation.customer_steps import with_checklist
from consolidation.display import Box, Page, Showable
from consolidation.errors import JournalError
from consolidation.front_end import someone_is_there
from consolidation.outcomes import Outcome
from consolidation.phases import PHASES
from consolidation.phases.connect import check_tenants, connect_outcome, list_population
from consolidation.phases.invite import write_invitation as write_invitation_of
from consolidation.plan import Plan
from consolidation.planning import changes_before
from consolidation.replacements import record_candidate
from consolidation.runner import started_by_run
from consolidation.session import Known, Session, outcome_box


class SessionPlan:
    """A plan with the session it was made in: shows its rows, and what stops it from being approved."""

    def __init__(self, session: Session, plan: Plan | None, shown: Showable) -> None:
        self.session = session
        self.plan = plan
        self._shown = shown

    def _repr_html_(self) -> str:
        return self._shown._repr_html_()

    def __repr__(self) -> str:
        return repr(self._shown)


class SessionDecision:
    """A decision with a box that says who approved what, or what is lacking."""

    def __init__(self, decision: Decision | None, shown: Box) -> None:
        self.decision = decision
        self._shown = shown

    def _repr_html_(self) -> str:
        return self._shown._repr_html_()

    def __repr__(self) -> str:
        return repr(self._shown)


def observe(session: Session) -> Showable:
    """Read what Partner Center says now, keep it in the journal, show it."""
    return session.part(lambda: _observe(session.require_case()))


def _observe(case: Case) -> Showable:
    return with_clock_note(PHASES[case.phase].observe(case), case)


def make_plan(session: Session) -> SessionPlan:
    """Return the plan of this phase: the frozen one while it fits, else a new one; its rows are what is approved."""
    made: list[Plan] = []

    def plan() -> Showable:
        made.append(PHASES[session.phase].plan(session.require_case()))
        return _plan_shown(session, made[0])

    shown = session.part(plan)
    return SessionPlan(session, made[0] if made else None, shown)


def _plan_shown(session: Session, plan: Plan) -> Showable:
    if not plan.rows:
        return Box("not_applicable", "Nothing to plan here: no row of this customer goes this way.")
    case = session.require_case()
    drifted = case.drifted or changes_before(case.journal, plan)
    if drifted:
        changed = Box("held", "Changed since the approval, which ended with it: look at the rows again (S6)", drifted)
        return Page(changed, _rows_shown(session, plan))
    return _rows_shown(session, plan)


def _rows_shown(session: Session, plan: Plan) -> Showable:
    money = PHASES[session.phase].in_money(session.require_case(), plan)
    shown: list[Showable] = [plan.table, *([money] if money else [])]
    if plan.problems:
        return Page(*shown, Box("held", "This plan cannot be approved yet", plan.problems), *plan.notes)
    if not plan.needs_approval:
        return Page(plan.table, "This step changes nothing in either tenant.", *plan.notes)
    engagement, _, _ = session.opened()
    return Page(*shown, consequence_box(plan, engagement.target.name, plan.notes))


async def choose(plan: SessionPlan) -> SessionPlan:
    """Let a person decide where only a person may, then make the plan anew with it.

    Where a target subscription of the same offer and seats stood before we began, somebody says whether it stands for
    the row or another one is bought; where an offer is no longer sold, which product is bought in its place (M26);
    where the rules leave a row undecided, which way it goes. Headless the plan stays as it is, and the case is held.
    """
    session = plan.session
    if session.trouble is not None or plan.plan is None:
        return plan
    if not open_choices(plan.plan) and not plan.plan.undecided:
        return SessionPlan(session, plan.plan, Box("not_applicable", "Nothing to pick: the plan stays as it is."))
    try:
        return await _choose(session, plan, plan.plan)
    except Known as error:
        return SessionPlan(session, plan.plan, session.stop(error))


async def _choose(session: Session, shown: SessionPlan, plan: Plan) -> SessionPlan:
    engagement, journal, _ = session.opened()
    waiting = open_choices(plan)
    # What is no more than a guess is assumed nowhere.
    assumed = [(row, one) for row in waiting for one in (row.likely if row.candidate_words else row.candidates)[:1]]
    if assumed and engagement.approvals.automatic and engagement.cloud.is_loopback:
        # One at a time: what is picked for one row is no longer a candidate for the next.
        row, choice = assumed[0]
        given = {"by": ASSUMED, "how": "automatic", "reason": "it is likely the same licence"}
        record_candidate(engagement, journal, plan, row, choice, **given)
    elif someone_is_there():
        from consolidation.forms import choice_form, route_form

        ask = choice_form if waiting else route_form
        if not await ask(engagement, journal, plan):
            return shown
    else:
        return shown
    again = make_plan(session)
    return await choose(again) if again.plan and (open_choices(again.plan) or again.plan.undecided) else again


async def approve(plan: SessionPlan | Session) -> SessionDecision | Showable:
    """Return the decision on a plan; in JupyterLab show the form and wait, headless return what the journal knows.

    Given the engagement instead of a plan, the plans of all cases that wait are gone through.
    """
    if isinstance(plan, Session):
        from consolidation.desk import work_on_queue  # the portfolio is read for this alone

        return await work_on_queue(plan)
    session = plan.session
    if session.trouble is not None or plan.plan is None:
        return SessionDecision(None, Box("note", "Nothing to approve, because an earlier cell was stopped."))
    frozen = plan.plan
    engagement, journal, _ = session.opened()
    try:
        if not session.require_case().drifted:  # S6: what changed is looked at first; the next run approves it
            approve_automatically(engagement, journal, frozen)
        decision = decision_on(engagement, journal, frozen)
        own = frozen.phase == session.phase  # 05_suspend applies the plan of 04_recreate and asks nothing
        if own and not decision.approved and not frozen.problems and someone_is_there():
            # The form brings widgets along, which no headless run needs.
            from consolidation.forms import approval_form

            decision = await approval_form(engagement, journal, frozen)
    except Known as error:
        return SessionDecision(None, session.stop(error))
    if own and route_chosen_since(journal, frozen):
        return SessionDecision(decision, Box("held", "Another route was chosen: run make_plan and what follows again."))
    return SessionDecision(decision, _decision_box(decision))


def _decision_box(decision: Decision) -> Box:
    if decision.nothing_to_decide:
        return Box("not_applicable", "Nothing to decide: this step changes nothing in either tenant.")
    if decision.approved:
        by = ", ".join(decision.by)
        return Box("done", f"Approved by {by}", decision.given, details={"Digest": decision.digest})
    return Box("held", "Not approved", (*decision.lacking, *decision.given), details={"Digest": decision.digest})


def apply(plan: SessionPlan, decision: SessionDecision) -> Showable:
    """Carry the plan out; does nothing without a valid decision, and says so."""
    session = plan.session
    frozen, decided = plan.plan, decision.decision
    if session.trouble is None and decided is not None and frozen is not None and not decided.approved:
        return Box("held", "Nothing was done: the plan is not approved.", decided.lacking)
    lines: list[str] = []

    def carry_out() -> Showable:
        if frozen is None or decided is None:
            return Box("held", "Nothing was done: there is no decision.")
        PHASES[session.phase].apply(session.require_case(), frozen, decided, _told(lines))
        return Box("done", "Nothing was to be done." if not lines else "Done, line by line:", tuple(lines))

    shown = session.part(carry_out)
    return Page(*lines, shown) if session.trouble is not None and lines else shown


def _told(lines: list[str]) -> Callable[[str], None]:
    def tell(line: str) -> None:
        lines.append(line)
        print(line, flush=True)  # noqa: T201 - progress is text in the executed notebook

    return tell


def verify(session: Session) -> Showable:
    """Read back what is so now: state is what Partner Center says, never what we hoped (M31)."""
    return session.part(lambda: _verify(session.require_case()))


def _verify(case: Case) -> Showable:
    return with_checklist(case, PHASES[case.phase].verify(case))


def seal(session: Session) -> Showable:
    """Write the outcome of this notebook; the last cell of each."""
    outcome = session.outcome_of_trouble()
    if outcome is None:
        try:
            outcome = _outcome(session)
        except Known as error:
            session.trouble = error
            outcome = session.outcome_of_trouble()
    assert outcome is not None  # noqa: S101 - trouble always stands for an outcome
    try:
        if session.case is not None and session.journal is not None and not started_by_run():
            session.journal.leases.free(session.case.customer)
        return session.write_outcome(outcome)
    except JournalError as error:
        # A full disk or a database that is gone: nobody can be told but who looks at this cell.
        return Page(outcome_box(outcome), session.stop(error))


def _outcome(session: Session) -> Outcome:
    if session.phase in PHASES:
        return PHASES[session.phase].outcome(session.require_case())
    if session.phase == "00_connect":
        return connect_outcome(session)
    return Outcome(session.phase, "done", ("Written from what Partner Center and the journal say now.",))


def check_registration(session: Session) -> Showable:
    """Sign in to every tenant and show what each says of itself (M20, S5)."""
    return session.part(lambda: check_tenants(session))


def list_customers(session: Session) -> Showable:
    """List the customers of all sources and write `customers.csv` (M5)."""
    return session.part(lambda: list_population(session))


def write_invitation(session: Session) -> Showable:
    """Write the invitation mail with the link read from the target (M6)."""
    return session.part(lambda: write_invitation_of(session.require_case()))


def hand_over(session: Session) -> Showable:
    """Write what people outside need: Microsoft's Azure support (M15), or the customer whose Azure is transferred."""
    return session.part(lambda: PHASES[session.phase].hand_over(session.require_case()))
