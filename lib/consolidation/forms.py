"""The forms of the notebooks: approve a plan, choose, confirm a step.

The journal is the truth; a form is one of its writers. Standard ipywidgets only. A form also ends when
the decision was given elsewhere: it looks at the journal meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import ipywidgets as widgets
from IPython.display import display

from consolidation.approvals import Decision, decision_on, record_decision
from consolidation.choices import BUY, open_choices, record_route, route_chosen_since
from consolidation.confirmations import Step, confirmation, record_confirmation
from consolidation.display import Box, error_box
from consolidation.engagement import Engagement
from consolidation.errors import ConsolidationError
from consolidation.journal import Journal
from consolidation.people import identify_person
from consolidation.plan import Plan, PlanRow
from consolidation.replacements import record_candidate
from partner_center import PartnerCenterError, Person

_LOOK_SECONDS = 1.0
_WIDE = widgets.Layout(width="40em")
_DESCRIBED = {"description_width": "12em"}
_FITTING = widgets.Layout(width="auto")


async def approval_form(engagement: Engagement, journal: Journal, plan: Plan) -> Decision:
    """Show Approve and Reject under the plan and wait for a decision, here or elsewhere.

    Args:
        engagement: Decides whether the person signs in.
        journal: Where the decision is written and looked for.
        plan: The frozen plan shown above the form.
    """
    reason = widgets.Text(description="Reason", placeholder="needed to reject", layout=_WIDE, style=_DESCRIBED)
    approve = widgets.Button(description="Approve these rows", button_style="primary", icon="check", layout=_FITTING)
    reject = widgets.Button(description="Reject", layout=_FITTING)
    later = widgets.Button(
        description="Decide later", tooltip="Go on without a decision; the case is held", layout=_FITTING
    )

    def decide(person: Person, *, approved: bool) -> None:
        if not approved and not reason.value.strip():
            raise ConsolidationError("A rejection needs a reason.", next_step="Write it into the field.")
        record_decision(journal, plan, person, approved=approved, how="notebook", reason=reason.value.strip())

    other = _OtherRoute(journal, plan)
    form = _Form(
        [
            widgets.HTML(f"Plan <code>{plan.digest[:12]}</code>"),
            reason,
            widgets.HBox([approve, reject, later]),
            *other.folded(),
        ],
        lambda: bool(_decided(engagement, journal, plan)),
    )
    form.on(other.button, lambda: _with_person(engagement, form, other.record))
    form.on(approve, lambda: _with_person(engagement, form, lambda person: decide(person, approved=True)))
    form.on(reject, lambda: _with_person(engagement, form, lambda person: decide(person, approved=False)))
    form.ends(later)
    await form.wait()
    return decision_on(engagement, journal, plan)


def _decided(engagement: Engagement, journal: Journal, plan: Plan) -> bool:
    """Tell whether there is nothing left to ask: approved, rejected, routed another way, or a newer plan stands."""
    if decision_on(engagement, journal, plan).approved or route_chosen_since(journal, plan):
        return True
    decided = journal.entries(plan.case.chain, after=plan.number, kinds={"decided"}, phase=plan.phase)
    newer = journal.entries(plan.case.chain, after=plan.number, kinds={"planned"}, phase=plan.phase)
    return bool(newer) or any(not entry.body["approved"] for entry in decided if entry.body["digest"] == plan.digest)


async def confirmation_form(engagement: Engagement, journal: Journal, chain: str, step: Step, phase: str) -> None:
    """Ask for a person's word on a step, with the facts that belong to it."""
    by = widgets.Text(description="Who says so", layout=_WIDE, style=_DESCRIBED)
    ticket = widgets.Text(description="Ticket", placeholder="if there is one", layout=_WIDE, style=_DESCRIBED)
    facts = {need: widgets.Text(description=_LABELS[need], layout=_WIDE, style=_DESCRIBED) for need in step.needs}
    yes = widgets.Button(description="Confirm", button_style="primary", icon="check", layout=_FITTING)
    later = widgets.Button(description="Not yet", tooltip="Go on without it", layout=_FITTING)

    def record(person: Person) -> None:
        given = {need: field.value.strip() for need, field in facts.items()}
        who = f"{by.value.strip()}, recorded by {person.user_name}" if by.value.strip() else ""
        record_confirmation(
            journal, chain, step.name, by=who, how="notebook", ticket=ticket.value.strip(), facts=given, phase=phase
        )

    before = confirmation(journal, chain, step.name)
    known = before.number if before is not None else 0  # a reminder is confirmed after the invitation was
    form = _Form(
        [widgets.HTML(step.question), by, *facts.values(), ticket, widgets.HBox([yes, later])],
        lambda: (now := confirmation(journal, chain, step.name)) is not None and now.number > known,
    )
    form.on(yes, lambda: _with_person(engagement, form, record))
    form.ends(later)
    await form.wait()


async def send_form(what: str) -> bool:
    """Ask whether the mail that is shown goes now; False for later."""
    yes = widgets.Button(description="Send this mail", button_style="primary", icon="envelope", layout=_FITTING)
    later = widgets.Button(description="Not now", tooltip="Go on without sending it", layout=_FITTING)
    said: list[bool] = []

    async def agree() -> None:
        said.append(True)

    form = _Form([widgets.Label(what), widgets.HBox([yes, later])], lambda: bool(said))
    form.on(yes, agree)
    form.ends(later)
    await form.wait()
    return bool(said)


async def choice_form(engagement: Engagement, journal: Journal, plan: Plan) -> bool:
    """Let a person pick, row by row, what stands for it or is bought for it; False for later."""
    rows = open_choices(plan)
    pickers = [
        widgets.Dropdown(
            options=[
                ("please choose", ""),
                *((_what_it_is(row, candidate), candidate) for candidate in row.candidates),
                *([] if _only_products(row) else [(f"buy {row.seats} more seats all the same", BUY)]),
            ],
            description=f"{row.product}, {row.seats} seats",
            layout=_WIDE,
            style=_DESCRIBED,
        )
        for row in rows
    ]
    # Why another product is bought stands in the plan that is approved; a target subscription speaks for itself.
    needs_reason = any(row.candidate_words for row in rows)
    reason = widgets.Text(description="Because", placeholder="needed", layout=_WIDE, style=_DESCRIBED)
    done = widgets.Button(description="Plan with these choices", button_style="primary", icon="check", layout=_FITTING)
    later = widgets.Button(
        description="Decide later", tooltip="Go on without a choice; the case is held", layout=_FITTING
    )
    picked: list[str] = []

    def record(person: Person) -> None:
        if not all(picker.value for picker in pickers):
            raise ConsolidationError("A row has no choice yet.", next_step="Choose for every row.")
        if needs_reason and not reason.value.strip():
            raise ConsolidationError("Nobody said why another product is bought.", next_step="Write it into the field.")
        for row, picker in zip(rows, pickers, strict=True):
            given = {"by": person.user_name, "how": "notebook", "reason": reason.value}
            record_candidate(engagement, journal, plan, row, picker.value, **given)
            picked.append(picker.value)

    form = _Form([*pickers, *([reason] if needs_reason else []), widgets.HBox([done, later])], lambda: bool(picked))
    form.on(done, lambda: _with_person(engagement, form, record))
    form.ends(later)
    await form.wait()
    return bool(picked)


def _what_it_is(row: PlanRow, candidate: str) -> str:
    return row.candidate_words.get(candidate) or f"{candidate} stands for this row"


def _only_products(row: PlanRow) -> bool:
    """Tell whether there is nothing to buy but what is picked: the offer itself is not sold, or stands already."""
    return bool(row.candidate_words) or row.target_action != "order"


async def route_form(engagement: Engagement, journal: Journal, plan: Plan) -> bool:
    """Let a person choose a route for a row, the undecided ones first; False for later."""
    other = _OtherRoute(journal, plan)
    later = widgets.Button(
        description="Decide later", tooltip="Go on without a choice; the case is held", layout=_FITTING
    )
    form = _Form([*other.parts, later], lambda: bool(route_chosen_since(journal, plan)))
    form.on(other.button, lambda: _with_person(engagement, form, other.record))
    form.ends(later)
    await form.wait()
    return bool(route_chosen_since(journal, plan))


class _OtherRoute:
    """A row, one of the routes that are allowed for it, a reason, and the button that records them."""

    def __init__(self, journal: Journal, plan: Plan) -> None:
        self._journal, self._plan = journal, plan
        self._rows = sorted((row for row in plan.rows if row.allowed), key=lambda row: row.route is not None)
        names = [f"{row.product}, {row.seats} seats: {row.route or 'undecided'}" for row in self._rows]
        self._row = widgets.Dropdown(
            options=list(zip(names, range(len(names)), strict=True)),
            description="Row",
            layout=_WIDE,
            style=_DESCRIBED,
        )
        self._route = widgets.Dropdown(description="Route", layout=_WIDE, style=_DESCRIBED)
        self._reason = widgets.Text(description="Because", placeholder="needed", layout=_WIDE, style=_DESCRIBED)
        # Only what runs out has a purchase of its own, by hand and on a later day.
        self._purchase_on = widgets.Text(
            description="Bought on", placeholder="yyyy-mm-dd", layout=_WIDE, style=_DESCRIBED
        )
        self._owner = widgets.Text(description="Bought by", placeholder="needed", layout=_WIDE, style=_DESCRIBED)
        self._purchase = widgets.VBox([self._purchase_on, self._owner], layout=widgets.Layout(display="none"))
        self.button = widgets.Button(description="Choose this route", icon="random", layout=_FITTING)
        self.parts = [self._row, self._route, self._reason, self._purchase, self.button]
        self._route.observe(lambda _change: self._ask_for_purchase(), names="value")
        self._row.observe(lambda _change: self._offer(), names="value")
        self._offer()

    def _offer(self) -> None:
        allowed = self._rows[self._row.value].allowed if self._rows else ()
        self._route.options = [("please choose", ""), *((route, route) for route in allowed)]
        self._route.value = ""

    def _ask_for_purchase(self) -> None:
        self._purchase.layout.display = "" if self._route.value == "run_out" else "none"

    def folded(self) -> list[widgets.Widget]:
        """Return the parts under a title that is closed until somebody opens it; nothing where nothing is allowed."""
        title = "Choose another route for a row; the plan is then made anew"
        return [widgets.Accordion([widgets.VBox(self.parts)], titles=(title,))] if self._rows else []

    def record(self, person: Person) -> None:
        """Write what is chosen."""
        if not self._route.value:
            raise ConsolidationError("No route is chosen yet.", next_step="Choose one of those that are offered.")
        row, given = self._rows[self._row.value], {"reason": self._reason.value, "by": person.user_name}
        if self._route.value == "run_out":
            given |= {"purchase_on": self._purchase_on.value, "owner": self._owner.value}
        case, phase = self._plan.case, self._plan.phase
        record_route(self._journal, case, row, str(self._route.value), **given, how="notebook", phase=phase)


_LABELS = {"name": "Who accepted", "email": "Their e-mail", "date": "When (yyyy-mm-dd)"}


async def _with_person(engagement: Engagement, form: _Form, act: Callable[[Person], None]) -> None:
    """Find out who decides, in a thread: a device sign-in waits for the person, and the form must stay alive."""
    person = await asyncio.to_thread(identify_person, engagement, form.tell)
    act(person)


class _Form:
    """Widgets, a place for messages, and the wait until something is decided."""

    def __init__(self, parts: list[widgets.Widget], decided: Callable[[], bool]) -> None:
        self._messages = widgets.VBox([])
        self._box = widgets.VBox(
            [*parts, self._messages], layout=widgets.Layout(padding="0.5em", border="1px solid #8a8a8a")
        )
        self._decided = decided
        self._closed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    def on(self, button: widgets.Button, act: Callable[[], Awaitable[None]]) -> None:
        """Do something on a click; what goes wrong is shown in the form, which stays open."""

        async def run() -> None:
            button.disabled = True
            try:
                await act()
            except (ConsolidationError, PartnerCenterError) as error:
                self._show(error_box(error))
            finally:
                button.disabled = False

        def clicked(_button: widgets.Button) -> None:
            task = self._loop.create_task(run())
            self._tasks.add(task)  # a task without a reference may be collected while it runs
            task.add_done_callback(self._tasks.discard)

        button.on_click(clicked)

    def ends(self, button: widgets.Button) -> None:
        """Let a button close the form without a decision."""
        button.on_click(lambda _button: self._loop.call_soon_threadsafe(self._closed.set))

    def tell(self, message: str) -> None:
        """Show a message of the sign-in; it holds a code, so it goes when the form is closed (S10)."""
        self._loop.call_soon_threadsafe(self._show, Box("note", message))

    def _show(self, box: Box) -> None:
        self._messages.children = (widgets.HTML(box._repr_html_()),)  # how IPython asks for it, and so do we

    async def wait(self) -> None:
        """Show the form and wait until something is decided here or elsewhere; then take it away."""
        display(self._box)
        try:
            while not self._closed.is_set() and not self._decided():
                try:
                    await asyncio.wait_for(self._closed.wait(), _LOOK_SECONDS)
                except TimeoutError:
                    continue
        finally:
            self._messages.children = ()
            self._box.close()
