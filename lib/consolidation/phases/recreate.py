"""04_recreate: the same subscriptions with the same seats are bought in the target (M9, M10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from consolidation import interlocks
from consolidation.activity_log.foreign import acting_rows, foreign_changes
from consolidation.approvals import Decision, decision_on
from consolidation.billing.case_overlap import billed_twice
from consolidation.billing.cut_over import cut_over_box
from consolidation.billing.price_difference import price_difference_box
from consolidation.billing.prices import Prices
from consolidation.buying import buy, carts_to_buy
from consolidation.case import Case
from consolidation.checkout import settle_purchases
from consolidation.display import Box, Page, Showable
from consolidation.drift import drift
from consolidation.effects import nothing_open
from consolidation.errors import Held, Waiting
from consolidation.inventory import ACTIVE
from consolidation.outcomes import Outcome, latest_outcome
from consolidation.phases.phase import Phase, Progress, observe_both_sides, observed
from consolidation.plan import Plan, PlanRow, frozen_plan
from consolidation.planning import changes_before, frozen_or_new, hold_for_drift, waiting_for_approval
from consolidation.product_names import same_product
from consolidation.recreation import cut_over_plan
from consolidation.replacing.rows import CANCEL
from consolidation.tables import Column, Table, counted
from partner_center.models import Subscription


class Recreate(Phase):
    """Buy in the target what the approved plan names; the plan covers the suspension in the source as well."""

    name: ClassVar[str] = "04_recreate"

    def observe(self, case: Case) -> Showable:
        """Read and keep both sides."""
        return observe_both_sides(case)

    def plan(self, case: Case) -> Plan:
        """Return the frozen plan of both halves.

        Raises:
            Held: An effect of this customer is open.
            Waiting: The customer has no relationship with the target yet.
        """
        source, target = observed(case)
        if not target.related:
            invited = latest_outcome(case.journal, case.chain, "02_invite")
            since = (invited.since if invited else None) or source.read_at.isoformat()
            raise Waiting(
                ["The customer has not accepted the invitation yet: see 02_invite."], on="customer", since=since
            )
        return frozen_or_new(case, source, target, lambda: cut_over_plan(case, source, target))

    def in_money(self, case: Case, plan: Plan) -> Showable | None:
        """Show the price difference, the credit to expect in the source, and what each day of overlap costs (M12)."""
        source, _ = observed(case)
        prices = Prices(case.engagement.price_list)
        boxes = [
            price_difference_box(plan, prices),
            cut_over_box(plan, source, prices, billed_twice(case.journal, case.name, prices)),
        ]
        shown = [box for box in boxes if box is not None]
        return Page(*shown) if len(shown) > 1 else next(iter(shown), None)

    def apply(self, case: Case, plan: Plan, decision: Decision, progress: Progress) -> None:
        """Settle what is open, pass the interlocks, buy.

        Raises:
            Held: An interlock, drift, a cart line or an order says no.
            Waiting: An order is still being provisioned.
        """
        if not plan.has_actions:
            return
        case.journal.leases.take(case.customer)  # before anything is read that an effect will rest on
        reasons = interlocks.ready_for_writes(case.journal)
        reasons += interlocks.approved_as_shown(case, plan, decision)
        reasons += interlocks.routes_as_planned(case, plan)
        if reasons:
            raise Held(reasons)
        for line in settle_purchases(case):
            progress(line)
        nothing_open(case)
        if not case.journal.claims(case.chain) and carts_to_buy(case, plan):
            reasons = interlocks.cut_over_may_start(case, case.target.server_time())
            if reasons:
                raise Held(reasons)
        observe_both_sides(case)  # between the look at the rows and the approval, hours may have passed
        source, target = observed(case)
        changes = drift(case.engagement, case.journal, plan, source, target)
        claims = case.journal.claims(case.chain)
        foreign = foreign_changes(case, plan, acting_rows(plan) if _left_to_buy(plan, claims) else ())
        if changes or foreign:
            hold_for_drift(case, plan, changes, lambda: cut_over_plan(case, source, target), foreign)
        reasons = interlocks.windows_are_open(plan, claims, source.by_id(), case.source.server_time())
        if reasons:
            raise Held(reasons)
        buy(case, plan, progress)

    def verify(self, case: Case) -> Showable:
        """Read each claimed target subscription by id and compare it with its row (M10)."""
        plan = frozen_plan(case.journal, case.name, self.name)
        if plan is None:
            return Box("note", "There is no plan to compare with.")
        compared = compare(case, plan)
        body = {"rows": [{"subscription": row.subscription, "difference": text} for row, _, text in compared]}
        case.journal.append(case.chain, "verified", body, phase=case.phase)
        different = [text for _, _, text in compared if text]
        title = (
            "Every row stands in the target as planned."
            if not different
            else f"Not there yet: {counted(len(different), 'row')}."
        )
        return Box("done" if not different else "held", title, table=comparison_table(case, plan, compared))

    def outcome(self, case: Case) -> Outcome:
        """Done when every row to be bought or adopted stands in the target, read back by id."""
        plan = frozen_plan(case.journal, case.name, self.name)
        if plan is None:
            return Outcome(self.name, "held", ("There is no plan yet: run 04_recreate again.",))
        if plan.problems:
            return Outcome(self.name, "held", plan.problems)
        decision = decision_on(case.engagement, case.journal, plan)
        if not decision.approved:
            changes = changes_before(case.journal, plan)
            return Outcome(self.name, "held", waiting_for_approval(case, plan, changes))
        bought = _bought(plan)
        if not bought:
            return Outcome(self.name, "not_applicable", ("No subscription of this customer is bought again.",))
        different = tuple(text for _, _, text in compare(case, plan) if text)
        if different:
            return Outcome(self.name, "held", different)
        return Outcome(self.name, "done", (f"In the target with their seats: {counted(len(bought), 'subscription')}.",))


def _bought(plan: Plan) -> list[PlanRow]:
    return [row for row in plan.rows if row.target_action in {"order", "adopt"}]


def _left_to_buy(plan: Plan, claims: Mapping[str, str]) -> bool:
    return any(row.subscription not in claims for row in _bought(plan))


def compare(case: Case, plan: Plan) -> list[tuple[PlanRow, Subscription | None, str]]:
    """Read back each row's counterpart by id; the text is empty when it stands as planned, else says what differs."""
    claims = case.journal.claims(case.chain)
    compared: list[tuple[PlanRow, Subscription | None, str]] = []
    for row in _bought(plan):
        claimed = claims.get(row.subscription)
        counterpart = case.target.subscription(case.customer, claimed) if claimed else None
        compared.append((row, counterpart, _difference(row, counterpart)))
    return compared


def _difference(row: PlanRow, counterpart: Subscription | None) -> str:
    if counterpart is None:
        return f"{row.product} is not set up in the target yet."
    wanted = row.target_offer or row.offer
    if not same_product(counterpart.offer_id, wanted):
        return f"{row.product}: the target has offer {counterpart.offer_id}, {wanted} is to stand there."
    if counterpart.status.casefold() != ACTIVE:
        return f"{row.product} is {counterpart.status} in the target, not active."
    ends = counterpart.custom_term_end_date
    if row.target_term_end and (ends is None or f"{ends:%Y-%m-%d}" != row.target_term_end):
        return f"{row.product}: its term is to end with {row.target_term_end} in the target: look at it in the portal."
    if row.source_action == CANCEL and (counterpart.term_duration or "").casefold() != row.term_to_buy.casefold():
        return (
            f"{row.product}: the target has a term of {counterpart.term_duration or 'no length'}, "
            f"{row.term_to_buy} was approved: look at {counterpart.id} in the target's portal."
        )
    if counterpart.quantity != row.seats:
        return (
            f"{row.product}: the target has {counterpart.quantity} seats, the source {row.seats}: set {row.seats} "
            f"seats on {counterpart.id} in the target's portal."
        )
    return ""


def comparison_table(case: Case, plan: Plan, compared: list[tuple[PlanRow, Subscription | None, str]]) -> Table:
    """Show every row of the plan beside what was read back from the target, the rows without counterpart too (S8)."""
    found = {row.subscription: (item, text) for row, item, text in compared}
    rows = []
    for row in plan.rows:
        item, text = found.get(row.subscription, (None, ""))
        rows.append(
            {
                "product": row.product,
                "source": row.seats,
                "target": item.quantity if item else None,
                "status": item.status if item else "",
                "created": item.creation_date if item else None,
                "result": text or ("as planned" if row.subscription in found else f"{row.route}: nothing to buy"),
                "addon": bool(row.parent),
            }
        )
    return Table(
        columns=(
            Column("product", "Product"),
            Column("source", "Seats in source", "number"),
            Column("target", "Seats in target", "number"),
            Column("status", "Status in target"),
            Column("created", "Set up", "datetime"),
            Column("result", "Read back"),
        ),
        rows=tuple(rows),
        caption=f"{case.name.company}: source and target, row by row",
        indent="addon",
    )
