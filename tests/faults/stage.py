"""The stage of a scenario: a simulator with a random portfolio, and everybody who may do something on it.

Each act is judged by the safety rules as soon as it has ended.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
import stamina
from faults.history import CHOSEN, OUTSIDE, SOMEBODY_LOOKED, Act, CaseKey, Held, History, Moment, moment
from faults.portfolios import plant_anew
from faults.rules_in_the_log import broken_rules
from faults.what_was_shown import approval_behind, shown_by
from sqlalchemy import create_engine, text
from world import EUROPE, FRANCE, TENANTS, World, engagement_text

from consolidation import buying
from consolidation.approvals import record_decision
from consolidation.choices import record_route, rows_to_choose_for
from consolidation.confirmations import confirmation, record_confirmation
from consolidation.errors import EngagementError
from consolidation.inventory import last_observed
from consolidation.journal import ENGAGEMENT_CHAIN, case_chain
from consolidation.outcomes import CASE_PHASES, latest_outcome
from consolidation.plan import Plan, PlanRow, frozen_plan
from consolidation.population import recorded_population
from consolidation.session import open_journal
from partner_center import Person
from partner_center_simulator.commerce import azure_support, portal, relationships
from partner_center_simulator.commerce.transfers import portal as transfer_portal
from partner_center_simulator.portfolios.model import Portfolio
from partner_center_simulator.refusals import Refusal
from partner_center_simulator.server import Server

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of our own is made in it
"""Where a scenario's files lie: no power is cut here, and waiting for a disk was a third of all time."""

TWO_PERSONS = {
    "required": 2,
    "self_approval": False,
    "approvers": ["ana@contoso.example", "ben@contoso.example"],
}
PERSONS = {name: Person(f"object-of-{name}", f"{name}@contoso.example", name) for name in ("ana", "ben", "operator")}


class Stage:
    """One scenario from its first to its last act.

    Args:
        server: A simulator; what it held before is forgotten.
        portfolio: Who holds what.
        two_persons: Whether two persons approve each plan, instead of the engagement's own word.
    """

    def __init__(self, server: Server, portfolio: Portfolio, *, two_persons: bool) -> None:
        self._folder = TemporaryDirectory(prefix="scenario-", dir=IN_MEMORY)
        folder = Path(self._folder.name)
        self.patches = pytest.MonkeyPatch()
        self.patches.setenv("LOGNAME", "operator")
        # Nobody waits for a real clock here: repeats follow at once, and an order that is late is an outcome after
        # it was read once more.
        self.patches.setattr(buying, "PATIENCE_SECONDS", 0.1)
        self._no_waits = stamina.set_testing(True, attempts=2, cap=True)
        self.server = server
        plant_anew(server.simulator, portfolio)
        self.two_persons = two_persons
        self.world = World(self.server, folder / "engagement.yaml")
        self.write_engagement()
        self.journal = open_journal(self.engagement)
        self.customers = [self._customer_id(one.domain) for one in portfolio.customers]
        cases = [
            (source, customer)
            for customer, one in zip(self.customers, portfolio.customers, strict=True)
            for source in one.partners
        ]
        self.cases: list[CaseKey] = cases
        self.history = History(EUROPE, dict(TENANTS), tuple(cases), required=2 if two_persons else 1)
        self._seen_writes = 0
        self.failed = False

    def write_engagement(self, **changes: object) -> None:
        """Write the engagement file; keyword arguments replace its keys."""
        approvals: object = TWO_PERSONS if self.two_persons else "automatic"
        words = engagement_text(self.server, **{"approvals": approvals, **changes})
        self.world.path.write_text(words, encoding="utf-8")
        self.engagement = self.world.engagement

    def close(self) -> None:
        """Leave nothing behind."""
        with self._no_waits:  # restores what was set before
            pass
        self.patches.undo()
        self._folder.cleanup()

    # The operator

    def connect(self) -> None:
        """Run 00_connect."""
        self._run("00_connect", None)

    def run(self, phase: str, case: CaseKey) -> str:
        """Run a notebook for a case and return its outcome."""
        return self._run(phase, case).outcome

    def prepare_all(self) -> None:
        """Run 00_connect, and 01_prepare for every case; in two persons' mode say what a person has to say."""
        self.connect()
        self.confirm_engagement()
        for case in self.cases:
            self.run("01_prepare", case)

    def prepare_what_is_not(self) -> None:
        """Run 00_connect and 01_prepare where they are not done yet."""
        self.confirm_engagement()
        if self.outcome("00_connect", None) != "done":
            self.connect()
        for case in self.cases:
            if self.outcome("01_prepare", case) != "done":
                self.run("01_prepare", case)

    def bring_in(self, case: CaseKey) -> None:
        """Let a customer accept, and its agreement be attested, persons included."""
        self.accept(case[1])
        if self.two_persons:
            self.confirm(case, "agreement_accepted")
        self._run_approved("02_invite", case)

    def set_up(self, case: CaseKey) -> None:
        """Run 04_recreate, both persons' approvals included."""
        self._run_approved("04_recreate", case)

    def _run_approved(self, phase: str, case: CaseKey) -> None:
        self.run(phase, case)
        if self.two_persons:
            self.approve_everything()
            self.run(phase, case)

    def walk(self, case: CaseKey) -> None:
        """Run all phases of a case in their order."""
        for phase in CASE_PHASES:
            self.run(phase, case)

    def _run(self, phase: str, case: CaseKey | None) -> Act:
        archive = self.engagement.archive_folder
        there = set(archive.rglob("*.xlsx")) if phase == "01_prepare" else set()
        before = moment(self.server.simulator)
        source, customer = case or ("", "")
        self.failed = True  # until it has ended and is judged
        result = self.world.run(phase, customer, source)
        written = set(archive.rglob("*.xlsx")) - there if phase == "01_prepare" else set()
        outcome = self.outcome(phase, case)
        act = self._act(phase, case, before, outcome=outcome, result=result, written=written)
        for write in act.ours if case else ():
            key = (case, str(write["request_id"]))
            found = approval_behind(self.engagement, self.journal, *key)
            if found is not None:
                self.history.approvals[key] = found
        broken = broken_rules(self.history)
        assert not broken, "\n".join(broken)
        self.failed = False
        return act

    def outcome(self, phase: str, case: CaseKey | None) -> str:
        """Return how a notebook last ended; empty when it never did."""
        chain = case_chain(*case) if case else ENGAGEMENT_CHAIN
        found = latest_outcome(self.journal, chain, phase)
        return found.outcome if found else ""

    # The customers, Microsoft's support, and people in the portals

    def accept(self, customer: str) -> None:
        """Let a customer accept the target's invitation."""
        with self._outside():
            relationships.accept(self.server.state, TENANTS[EUROPE], customer, "admin")

    def in_portal(self, tenant: str, customer: str, **change: Any) -> bool:
        """Let somebody change something by hand; False when the portal refuses it."""
        request = {"tenant": tenant, "customer": customer, **change}
        with self._outside():
            try:
                portal.act(self.server.state, request)
            except Refusal:
                return False
        return True

    def held(self, tenant: str, customer: str) -> list[Held]:
        """Return what a customer holds now through a partner tenant, in the order of their ids."""
        found = moment(self.server.simulator).of(tenant, customer)
        return sorted((one for one in found if one.visible), key=lambda one: one.identifier)

    def support_moves_azure(self, customer: str) -> None:
        """Let Microsoft's support work on a text that names a customer and the target."""
        with self._outside():
            azure_support.hand_over(self.server.state, f"{customer} {TENANTS[EUROPE]}")

    def change_by_hand(self, one: Held, change: str) -> None:
        """Let somebody change a subscription in the portal: its seats, its status or its renewal."""
        changes: dict[str, dict[str, Any]] = {
            "seats": {"quantity": one.resource["quantity"] + 1},
            "suspend": {"status": "suspended"},
            "reactivate": {"status": "active"},
            "no renewal": {"autoRenewEnabled": False},
        }
        self.in_portal(one.tenant, one.customer, subscription=one.resource["id"], **changes[change])

    def buy_by_hand(self, tenant: str, like: Held, seats: int) -> None:
        """Let somebody buy in a tenant's portal what a source has."""
        resource = like.resource
        wanted = {"offer": resource["offerId"], "quantity": seats, "billingCycle": resource["billingCycle"]}
        if not resource.get("parentSubscriptionId"):
            self.in_portal(tenant, like.customer, **wanted)
            return
        bases = [
            one.resource for one in self.held(tenant, like.customer) if not one.resource.get("parentSubscriptionId")
        ]
        for base in bases:
            # The portal sells an add-on under some bases only, and no legacy one under seats of new commerce.
            if base["status"] == "active" and self.in_portal(tenant, like.customer, **wanted, parent=base["id"]):
                return

    def change_offer(self, offer: str, **changes: object) -> None:
        """Let the catalogue change."""
        self.world.control("POST", "offers", {"offer": offer, **changes})

    def sources_accept(self) -> None:
        """Let people in the sources' portals accept every request with all that it can take."""
        for request in self.waiting_requests():
            self.answer(request, "accept")

    def waiting_requests(self) -> list[dict[str, Any]]:
        """Return the requests for a transfer that nobody has answered yet, the oldest first."""
        every = [kept["resource"] for kept in self.server.state.documents.scope("transfer", "").values()]
        return [one for one in every if one["status"].lower() == "pending"]

    def answer(self, request: dict[str, Any], act: str, most: int = 25) -> None:
        """Let somebody accept, reject or withdraw a waiting request in the portal; one takes so many subscriptions."""
        names = {tenant: name for name, tenant in TENANTS.items()}
        source, customer = names[request["sourcePartnerTenantId"]], request["customerTenantId"]
        seats = "OnlineServicesNCE"
        fitting = [
            one.resource["id"]
            for one in self.held(source, customer)
            if one.resource["status"] == "active" and (one.resource.get("productType") or {}).get("id") == seats
        ]
        if act != "accept":
            self.transfer_by_hand(EUROPE if act == "withdraw" else source, customer, act=act, transfer=request["id"])
        elif fitting and seats in set(request["targetProductTypes"] or ()):
            chosen = {"act": act, "transfer": request["id"], "subscriptions": fitting[:most]}
            self.transfer_by_hand(source, customer, **chosen)

    def transfer_by_hand(self, tenant: str, customer: str, **act: Any) -> None:
        """Let somebody act on a transfer in a tenant's portal; what the portal refuses is left."""
        with self._outside(), contextlib.suppress(Refusal):
            transfer_portal.act(self.server.state, {"tenant": tenant, "customer": customer, **act})

    # Time, faults, other runners

    def arm(self, *rules: dict[str, object]) -> None:
        """Put these fault rules in force, in the place of all others."""
        self.server.simulator.faults.set(list(rules))

    def mix_up_credentials(self, *, mixed_up: bool) -> None:
        """Let the engagement name another tenant's credentials for the target, or the right ones again."""
        self.write_engagement()
        if mixed_up:
            words = self.world.path.read_text(encoding="utf-8")
            self.world.path.write_text(words.replace(f"{EUROPE}.env", f"{FRANCE}.env"), encoding="utf-8")

    def advance(self, span: timedelta) -> None:
        """Move Partner Center's clock."""
        with self._outside():
            self.server.state.clock.advance(span.total_seconds())

    def late_in_the_day(self, minutes_left: int) -> None:
        """Move Partner Center's clock on to so many minutes before the next midnight."""
        now = self.server.state.clock.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        if midnight - now > timedelta(minutes=minutes_left):
            self.advance(midnight - now - timedelta(minutes=minutes_left))

    def lease_to_another(self, customer: str) -> None:
        """Let another runner hold a customer."""
        self._leases(
            "INSERT OR REPLACE INTO leases (customer, owner, expires) VALUES (:customer, 'other', 1e12)", customer
        )

    def leases_end(self) -> None:
        """Let the leases of all other runners expire."""
        self._leases("UPDATE leases SET expires = 0 WHERE owner = 'other'")

    def _leases(self, statement: str, customer: str = "") -> None:
        # The journal makes its tables when it is opened first.
        engine = create_engine(self.journal.engine_url)
        with engine.begin() as connection:
            connection.execute(text(statement), {"customer": customer} if customer else {})
        engine.dispose()

    # Persons who decide

    def confirm_engagement(self) -> None:
        """Say that the consolidation cannot be undone."""
        if confirmation(self.journal, ENGAGEMENT_CHAIN, "irreversible") is None:
            record_confirmation(self.journal, ENGAGEMENT_CHAIN, "irreversible", by="ana", how="command line")

    def confirm(self, case: CaseKey, step: str) -> None:
        """Give a person's word on a step of a case."""
        facts = {"name": "Margaux Delorme", "email": "margaux@customer.example", "date": "2026-02-03"}
        chain = case_chain(*case)
        given = facts if step == "agreement_accepted" else {}
        record_confirmation(self.journal, chain, step, by="ana", how="command line", facts=given)
        if step == "manual_done":
            self._act(SOMEBODY_LOOKED, case, moment(self.server.simulator))

    def choose_route(self, case: CaseKey, item: int, route: str) -> None:
        """Let a person choose another route for a row that may go it."""
        rows = [row for row in self._rows(case) if route in row.allowed]
        if rows:
            self._choose(case, rows[item % len(rows)], route)

    def decide_what_is_undecided(self, case: CaseKey) -> None:
        """Let a person retire what is undecided and may be: an add-on whose base is retired, say."""
        for row in self._rows(case):
            if row.route is None and "retire" in row.allowed:
                self._choose(case, row, "retire")

    def _rows(self, case: CaseKey) -> list[PlanRow]:
        """Return a case's rows as they may be chosen for; none before it was prepared."""
        names = [one for one in recorded_population(self.journal) if (one.source, one.customer) == case]
        return [
            row
            for name in names
            if last_observed(self.journal, name.chain) is not None
            for row in rows_to_choose_for(self.journal, name)
        ]

    def _choose(self, case: CaseKey, row: PlanRow, route: str) -> None:
        """Record a choice as the command line does; what it refuses is left."""
        (name,) = [one for one in recorded_population(self.journal) if (one.source, one.customer) == case]
        before = moment(self.server.simulator)
        purchase = {"purchase_on": f"{before.at + timedelta(days=20):%Y-%m-%d}", "owner": "Ben"}
        given = {"reason": "the customer asked", "by": "ana", **(purchase if route == "run_out" else {})}
        with contextlib.suppress(EngagementError):
            record_route(self.journal, name, row, route, **given, how="command line", phase=None)
            self._act(CHOSEN.format(route), case, before)

    def plans(self) -> list[Plan]:
        """Return the newest frozen plans that somebody can decide on."""
        journal = self.journal
        found = [
            frozen_plan(journal, name, phase)
            for name in recorded_population(journal)
            for phase in ("02_invite", "03_transfer", "04_recreate")
        ]
        return [plan for plan in found if plan is not None and not plan.problems and plan.needs_approval]

    def decide(self, plan: Plan, who: str, *, approved: bool) -> None:
        """Let a person decide on a plan at a computer of their own."""
        with pytest.MonkeyPatch.context() as computer:
            computer.setenv("LOGNAME", who)
            words = "" if approved else "not now"
            record_decision(self.journal, plan, PERSONS[who], approved=approved, how="command line", reason=words)

    def approve_everything(self) -> None:
        """Let both approvers approve every plan that can be."""
        for plan in self.plans():
            for who in ("ana", "ben"):
                self.decide(plan, who, approved=True)

    # Judging

    @contextmanager
    def _outside(self) -> Iterator[None]:
        before = moment(self.server.simulator)
        yield
        self._act(OUTSIDE, None, before)

    def _act(
        self,
        phase: str,
        case: CaseKey | None,
        before: Moment,
        *,
        outcome: str = "",
        result: SimpleNamespace | None = None,
        written: set[Path] | None = None,
    ) -> Act:
        every = list(self.server.state.documents.scope("write", "").values())
        writes, self._seen_writes = tuple(every[self._seen_writes :]), len(every)
        shown = {"shown": shown_by(phase, result, written or set())} if result is not None else {}
        act = Act(phase, case, before, moment(self.server.simulator), writes, outcome, **shown)
        self.history.acts.append(act)
        return act

    def _customer_id(self, domain: str) -> str:
        known = self.server.state.customer_by_domain(domain)
        assert known is not None
        return str(known["id"])
