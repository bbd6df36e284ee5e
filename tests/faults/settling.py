"""The end of every scenario: all trouble is over, people put right what only people can, and the runbook is run on.

Then nothing may be doubled or left open, and each case that can be finished is finished.
"""

from __future__ import annotations

from datetime import timedelta

from faults.history import CaseKey
from faults.stage import Stage
from world import EUROPE

from consolidation.billing.invoices.record import recorded_invoice
from consolidation.choices import chosen_routes, open_choices
from consolidation.confirmations import confirmation
from consolidation.journal import case_chain
from consolidation.outcomes import CASE_PHASES, FINISHED, Outcome, outcomes_of
from consolidation.phases.close import REACTIVATED
from consolidation.plan import frozen_plan
from consolidation.population import recorded_population
from consolidation.replacements import record_candidate
from partner_center_simulator.portfolios import catalogue

MOST_ROUNDS = 6


def settle(stage: Stage) -> None:
    """Run on until nothing changes, then judge the end."""
    end_all_trouble(stage)
    stage.prepare_what_is_not()
    before: list[dict[str, Outcome]] = []
    for _ in range(MOST_ROUNDS):
        put_right(stage)
        for case in stage.cases:
            walk_on(stage, case)
        now = [outcomes_of(stage.journal, case_chain(*case)) for case in stage.cases]
        if now == before:
            break
        before = now
    judge_the_end(stage)


def end_all_trouble(stage: Stage) -> None:
    """Clear faults, let leases expire, put catalogue and credentials right, and come back the next morning."""
    stage.arm()
    stage.leases_end()
    stage.mix_up_credentials(mixed_up=False)
    stage.server.state.set_settings({"provisioning_seconds": 0, "order_list_seconds": 0})
    for offer in catalogue.CATALOGUE:
        if not offer.identifier.startswith("MS-"):
            stage.change_offer(offer.identifier, isAvailableForPurchase=offer.available, price=offer.price)
    now = stage.server.state.clock.now()
    stage.advance(now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1) - now)
    for customer in stage.customers:
        stage.accept(customer)


def put_right(stage: Stage) -> None:
    """Do what the reasons of held cases ask people for: seats and statuses in the portal, words, picks, approvals."""
    journal = stage.journal
    for case in stage.cases:
        chain = case_chain(*case)
        for step in ("mail_sent", "agreement_accepted", "microsoft_notified"):
            if confirmation(journal, chain, step) is None:
                stage.confirm(case, step)
        if any("manual_done" in reason for reason in reasons(stage, case)):
            stage.confirm(case, "manual_done")
        in_source = {one.identifier: one for one in stage.held(*case)}
        in_target = {one.identifier: one for one in stage.held(EUROPE, case[1])}
        by_hand = {key for key, chosen in chosen_routes(journal, chain).items() if chosen.route == "manual"}
        for one in in_source.values():
            told = suspended_before(stage, case, one.resource["friendlyName"])
            if one.resource["status"] == "active" and (told or one.identifier in by_hand):
                stage.in_portal(case[0], case[1], subscription=one.resource["id"], status="suspended")
        for source, target in journal.claims(chain).items():
            if source in in_source and target in in_target and in_target[target].resource["billingType"] == "license":
                wanted, there = in_source[source].resource, in_target[target].resource
                if there["status"] == "suspended":
                    stage.in_portal(EUROPE, case[1], subscription=there["id"], status="active")
                if there["quantity"] != wanted["quantity"]:
                    stage.in_portal(EUROPE, case[1], subscription=there["id"], quantity=wanted["quantity"])
        if any(reason.startswith("CUSTOMER WITHOUT SERVICE") for reason in reasons(stage, case)):
            for one in in_target.values():
                if one.resource["status"] == "suspended":
                    stage.in_portal(EUROPE, case[1], subscription=one.resource["id"], status="active")
    for customer in stage.customers:
        stage.support_moves_azure(customer)
    stage.sources_accept()
    stage.advance(timedelta(hours=1))  # what is transferred or ordered takes its time
    pick(stage)
    for case in stage.cases:
        stage.decide_what_is_undecided(case)
    if stage.two_persons:
        stage.approve_everything()
        for plan in stage.plans():  # one rejection is enough, and only who rejected can take it back
            stage.decide(plan, "operator", approved=True)


def suspended_before(stage: Stage, case: CaseKey, product: str) -> bool:
    """Tell whether 07_close says of a product that it was suspended, and that somebody reactivated it since."""
    return any(reason.startswith(product) and REACTIVATED in reason for reason in reasons(stage, case))


def reasons(stage: Stage, case: CaseKey) -> list[str]:
    """Return why the phases of a case are held or have failed."""
    ended = outcomes_of(stage.journal, case_chain(*case)).values()
    return [reason for outcome in ended if outcome.outcome not in FINISHED for reason in outcome.reasons]


def pick(stage: Stage) -> None:
    """Pick the first candidate of each row that needs a person's choice."""
    journal = stage.journal
    for name in recorded_population(journal):
        plan = frozen_plan(journal, name, "04_recreate")
        taken: set[str] = set()
        for row in open_choices(plan) if plan else ():
            # A product may be bought for several rows; a subscription of the target stands for one.
            free = [one for one in row.candidates if one not in taken] or ["buy"]
            given = {"by": "ana", "how": "notebook", "reason": "the customer agreed"}
            record_candidate(stage.engagement, journal, plan, row, free[0], **given)
            if free[0] not in row.candidate_words:
                taken.add(free[0])


def walk_on(stage: Stage, case: CaseKey) -> None:
    """Run every phase of a case that has not ended; while the last has not, those before it that write once more."""
    for phase in CASE_PHASES[1:]:
        again = phase in {"04_recreate", "05_suspend"} and not has_ended(stage, case)
        if again or stage.outcome(phase, case) not in FINISHED:
            stage.run(phase, case)


def judge_the_end(stage: Stage) -> None:
    """No intention is open, every chain is whole, and what can be finished is finished."""
    journal = stage.journal
    for chain in journal.chains():
        journal.check(chain)
        assert not journal.open_intentions(chain), f"{chain} has an open intention"
    for case in stage.cases:
        if can_be_finished(stage, case):
            told = "\n".join(map(str, outcomes_of(journal, case_chain(*case)).values()))
            assert has_ended(stage, case), f"{case} is not finished:\n{told}"


def has_ended(stage: Stage, case: CaseKey) -> bool:
    """Tell whether a case is closed but for the invoices that Microsoft makes at the end of the month (M17)."""
    chain = case_chain(*case)
    closed = outcomes_of(stage.journal, chain).get("07_close")
    if closed is None or closed.outcome in FINISHED:
        return closed is not None
    invoices = recorded_invoice(stage.journal, chain)
    open_only = invoices is not None and bool(invoices.open) and not invoices.findings
    return open_only and closed.outcome == "waiting" and closed.reasons[-len(invoices.open) :] == invoices.open


def can_be_finished(stage: Stage, case: CaseKey) -> bool:
    """Tell whether nothing in a case waits for a person or for a route that is not done by the runbook."""
    for one in stage.held(*case):
        resource = one.resource
        if resource.get("productType") or resource["status"] not in {"active", "suspended", "deleted"}:
            return False
    return True
