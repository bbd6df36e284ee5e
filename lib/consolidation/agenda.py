"""Which phases of a case run now: those within reach that never ran, are held, failed, or whose wait is over."""

from __future__ import annotations

import threading

from consolidation.approvals import decision_on
from consolidation.billing.invoices.record import invoice_is_due
from consolidation.case import Case
from consolidation.clients import Clients
from consolidation.engagement import Engagement
from consolidation.interlocks import is_set_up_only
from consolidation.invitations.record import due_mail, sent_mails
from consolidation.journal import ENGAGEMENT_CHAIN, Journal
from consolidation.outcomes import FINISHED, latest_outcome
from consolidation.phases.azure import something_moved
from consolidation.phases.close import something_ended
from consolidation.plan import frozen_plan
from consolidation.population import CaseName
from consolidation.transfers.reading import has_changed
from partner_center.models import identity

ROUTED_PHASES = frozenset({"03_transfer", "04_recreate", "06_azure", "07_close"})
"""Phases that look at the routes of the rows: a choice makes them run again although they had ended."""


class Agenda:
    """Decides for one run which notebooks are due.

    Args:
        engagement: Loaded and checked.
        journal: Its journal.
        clients: Ask Partner Center whether what is waited for has happened.
        phases: Phases named with `--phase`: they run again even when done; empty for the whole walk.
    """

    def __init__(self, engagement: Engagement, journal: Journal, clients: Clients, phases: tuple[str, ...]) -> None:
        self._engagement = engagement
        self._journal = journal
        self._clients = clients
        self._phases = phases
        self._lock = threading.Lock()
        self._accepted: set[str] | None = None

    def is_due(self, case: CaseName, phase: str, *, ran: bool = False) -> bool:
        """Tell whether a phase of a case runs now.

        Args:
            case: Which case.
            phase: Which notebook.
            ran: Whether an earlier phase of the case ran just before.
        """
        if (self._phases and phase not in self._phases) or not self._within_reach(case, phase):
            return False
        return self._has_to_run(case, phase) or (phase == "07_close" and ran and not self.finished(case, phase))

    def engagement_phase_is_due(self, phase: str, *, executed: int) -> bool:
        """Tell whether a notebook of the engagement itself runs now.

        Args:
            phase: `00_connect`, `90_portfolio` or `91_activity_log`.
            executed: How many notebooks this run has executed so far.
        """
        if phase in self._phases:
            return True
        outcome = latest_outcome(self._journal, ENGAGEMENT_CHAIN, phase)
        if phase == "00_connect":
            unfinished = outcome is None or outcome.outcome not in FINISHED
            return unfinished or self._by_hand_only(ENGAGEMENT_CHAIN, phase)
        return not self._phases and (outcome is None or executed > 0)

    def finished(self, case: CaseName, phase: str) -> bool:
        """Tell whether a phase of a case has ended well."""
        outcome = latest_outcome(self._journal, case.chain, phase)
        return outcome is not None and outcome.outcome in FINISHED

    def drifted_since(self, case: CaseName) -> bool:
        """Tell whether drift was found after `04_recreate` had ended: by `05_suspend`, which makes no plan itself."""
        ended = self._journal.last(case.chain, "outcome", phase="04_recreate")
        drifted = self._journal.last(case.chain, "drifted", phase="04_recreate")
        return ended is not None and drifted is not None and drifted.number > ended.number

    def may_begin_cut_over(self, case: CaseName) -> bool:
        """Tell whether `04_recreate`, run now, may buy the first subscription of a case."""
        # An order whose answer was lost has begun it: that is settled at once, whoever else is in hand.
        if self._journal.claims(case.chain) or is_set_up_only(self._journal, case):
            return False
        if self._engagement.approvals.automatic:
            return True
        plan = frozen_plan(self._journal, case, "04_recreate")
        if plan is None or not any(row.target_action == "order" for row in plan.rows):
            return False
        return decision_on(self._engagement, self._journal, plan).approved

    def _within_reach(self, case: CaseName, phase: str) -> bool:
        """Tell whether the phases that this one builds on have come far enough; one that is named runs anyway."""
        if phase == "01_prepare" or phase in self._phases:
            return True
        if phase == "02_invite":
            return self.finished(case, "01_prepare")
        if phase == "05_suspend":
            return self.finished(case, "04_recreate")
        if phase == "07_close":
            return all(
                latest_outcome(self._journal, case.chain, earlier)
                for earlier in ("02_invite", "04_recreate", "06_azure")
            )
        return self.finished(case, "02_invite")

    def _has_to_run(self, case: CaseName, phase: str) -> bool:
        """Tell whether a phase never ran, is held, failed, or is waiting and something changed."""
        outcome = latest_outcome(self._journal, case.chain, phase)
        if outcome is None or phase in self._phases:
            return True
        if outcome.outcome in FINISHED:
            planned_anew = phase == "04_recreate" and self.drifted_since(case)
            planned_anew |= phase == "05_suspend" and self._planned_since(case)
            return planned_anew or self._by_hand_only(case.chain, phase) or self._rerouted(case, phase)
        if outcome.outcome != "waiting":
            return True
        return self._news(case, phase) or self._has_changed(case, phase)

    def _planned_since(self, case: CaseName) -> bool:
        """Tell whether `04_recreate` froze a plan with something to do in the source after `05_suspend` had ended."""
        ended = self._journal.last(case.chain, "outcome", phase="05_suspend")
        plan = frozen_plan(self._journal, case, "04_recreate")
        if ended is None or plan is None or plan.number < ended.number:
            return False
        return any(row.source_action != "none" for row in plan.rows)

    def _rerouted(self, case: CaseName, phase: str) -> bool:
        """Tell whether somebody chose another route since a phase that plans by routes ended.

        A cut-over that has begun is finished first: its plan holds for what was bought, and both tenants are billed.
        Only for what was bought again and can no longer be cancelled is another route the way to finish it.
        """
        ended = self._journal.last(case.chain, "outcome", phase=phase)
        if ended is None or phase not in ROUTED_PHASES:
            return False
        chosen = self._journal.entries(case.chain, after=ended.number, kinds={"chosen"})
        rerouted = {identity(entry.body["subscription"]) for entry in chosen if "route" in entry.body}
        if rerouted and is_set_up_only(self._journal, case):
            return not rerouted.isdisjoint(self._journal.claims(case.chain))
        return bool(rerouted)

    def _by_hand_only(self, chain: str, phase: str) -> bool:
        """Tell whether a phase was last run by hand: that is provisional, and is run once more to be archived."""
        ended = self._journal.last(chain, "outcome", phase=phase)
        archived = self._journal.last(chain, "archived", phase=phase)
        return ended is not None and (archived is None or archived.number < ended.number)

    def _news(self, case: CaseName, phase: str) -> bool:
        """Tell whether somebody decided or confirmed something since the phase's outcome."""
        ended = self._journal.last(case.chain, "outcome", phase=phase)
        since = ended.number if ended else 0
        return bool(self._journal.entries(case.chain, after=since, kinds={"decided", "confirmed", "chosen"}))

    def _has_changed(self, case: CaseName, phase: str) -> bool:
        """Ask Partner Center, with as few reads as there are, whether what we wait for has happened."""
        if phase == "02_invite":
            return identity(case.customer) in self._accepted_customers() or self._mail_is_due(case)
        opened = Case(self._engagement, self._journal, self._clients, case, phase)
        if phase == "03_transfer":
            return has_changed(opened)
        if phase == "06_azure":
            return something_moved(opened)
        if phase == "07_close":
            return something_ended(opened) or invoice_is_due(opened)
        return True

    def _mail_is_due(self, case: CaseName) -> bool:
        """Tell whether one of the engagement's days for a reminder has come (M35); the list read told the time."""
        now = self._clients.target.server_time()
        return due_mail(self._engagement.invitations, sent_mails(self._journal, case.customer), now) is not None

    def _accepted_customers(self) -> set[str]:
        """Return the customers of the target, by one list read for the whole run."""
        with self._lock:
            if self._accepted is None:
                self._accepted = {identity(customer.id) for customer in self._clients.target.customers()}
            return self._accepted
