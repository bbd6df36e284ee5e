"""Anybody does anything at any moment, in random order: the safety rules hold after each act, and it all ends well."""

from __future__ import annotations

import atexit
import os
from datetime import timedelta
from functools import cache
from tempfile import TemporaryDirectory

from faults.portfolios import portfolios
from faults.settling import settle
from faults.stage import IN_MEMORY, Stage
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from world import EUROPE

from consolidation.outcomes import CASE_PHASES
from partner_center_simulator.portfolios import catalogue
from partner_center_simulator.portfolios.model import Portfolio
from partner_center_simulator.server import Server

WHICH = st.integers(0, 5)
"""Which case, customer or subscription: taken modulo how many there are."""

CALLS = st.sampled_from(
    (
        ("POST", "/carts$"),
        ("POST", "/checkout$"),
        ("POST", "/checkout$"),
        ("PATCH", "/subscriptions/"),
        ("PATCH", "/subscriptions/"),
        ("POST", "/agreements$"),
        ("*", "/transfers"),
        ("GET", "/subscriptions"),
        ("GET", "/orders/"),
        ("GET", "/customers$"),
        ("*", ""),
    )
)
FAULTS = st.sampled_from(
    (
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "error_500_before"},
        {"kind": "error_500_after"},
        {"kind": "gateway_before", "status": 502},
        {"kind": "gateway_after", "status": 504},
        {"kind": "throttle_429", "retry_after": 0},
        {"kind": "latency", "seconds": 0.01},
        {"kind": "accepted_202"},
        {"kind": "stale_etag"},
        {"kind": "token_expired"},
        {"kind": "mfa_required"},
        {"kind": "cart_line_error", "code": 400041},
        {"kind": "business_error", "code": 800060},
        {"kind": "business_error", "code": 800002},
        {"kind": "business_error", "code": 900308},
    )
)
PHASES_UNDER_FAULTS = ("03_transfer", "04_recreate", "04_recreate", "05_suspend", "05_suspend")
SPANS = st.sampled_from((5, 5, 40, timedelta(hours=3), timedelta(hours=13), timedelta(days=2), timedelta(days=9)))
TIMES = st.sampled_from((1, 1, 2, 4))
OFFERS = (catalogue.OFFICE_365_E1, catalogue.OFFICE_365_E3, catalogue.EXCHANGE_ONLINE_ARCHIVING)


class Consolidation(RuleBasedStateMachine):
    """One scenario: a portfolio, then acts of the operator, customers, outsiders, networks and clocks."""

    stage: Stage

    @initialize(portfolio=portfolios(), two_persons=st.sampled_from((False, False, True)), far=st.integers(0, 4))
    def begin(self, portfolio: Portfolio, two_persons: bool, far: int) -> None:
        """Plant the portfolio; mostly everybody is prepared and has accepted already, often one case is set up."""
        self.stage = Stage(simulator(), portfolio, two_persons=two_persons)
        if far > 0:
            self.stage.prepare_all()
            for case in self.stage.cases:
                self.stage.bring_in(case)
        if far > 2:
            self.stage.set_up(self.stage.cases[0])

    # The operator

    @rule()
    def prepare(self) -> None:
        """The engagement is looked at and every case is prepared, for the first time or again."""
        self.stage.prepare_all()

    @rule(which=WHICH, phase=st.sampled_from(CASE_PHASES))
    def run_any(self, which: int, phase: str) -> None:
        """A phase is run, in order or not."""
        self.stage.run(phase, self._case(which))

    @rule(which=WHICH, phase=st.sampled_from(("02_invite", "03_transfer", "04_recreate", "05_suspend")))
    def run(self, which: int, phase: str) -> None:
        """A phase that writes is run."""
        self.stage.run(phase, self._case(which))

    @rule(which=WHICH)
    def walk(self, which: int) -> None:
        """A case is walked from the first phase to the last."""
        self.stage.walk(self._case(which))

    @rule(which=WHICH)
    def cut_over(self, which: int) -> None:
        """A case is set up and suspended, back to back."""
        self.stage.set_up(self._case(which))
        self.stage.run("05_suspend", self._case(which))

    @rule(which=WHICH, phase=st.sampled_from(PHASES_UNDER_FAULTS), call=CALLS, fault=FAULTS, times=TIMES)
    def run_under_a_fault(
        self, which: int, phase: str, call: tuple[str, str], fault: dict[str, object], times: int
    ) -> None:
        """A phase that writes is run while something goes wrong, and once more."""
        self.stage.arm({"method": call[0], "path": call[1], "times": times, **fault})
        self.stage.run(phase, self._case(which))
        self.stage.run(phase, self._case(which))

    @rule()
    def set_up_everybody(self) -> None:
        """Every case is set up, and nobody suspends anything."""
        for case in self.stage.cases:
            self.stage.set_up(case)

    @rule(mixed_up=st.booleans())
    def credentials(self, mixed_up: bool) -> None:
        """The target's credentials are taken for another tenant's, or put right."""
        self.stage.mix_up_credentials(mixed_up=mixed_up)

    # Persons

    @precondition(lambda self: self.stage.two_persons)
    @rule(
        which=WHICH,
        votes=st.lists(
            st.tuples(st.sampled_from(("ana", "ben", "operator")), st.sampled_from((True, True, True, False))),
            max_size=3,
        ),
    )
    def decide(self, which: int, votes: list[tuple[str, bool]]) -> None:
        """Some people approve or reject a plan."""
        plans = self.stage.plans()
        for who, approved in votes if plans else ():
            self.stage.decide(plans[which % len(plans)], who, approved=approved)

    @rule(which=WHICH, item=WHICH, route=st.sampled_from(("retire", "replace_in_window", "run_out", "manual")))
    def choose_route(self, which: int, item: int, route: str) -> None:
        """Somebody chooses another route for a row."""
        self.stage.choose_route(self._case(which), item, route)

    @precondition(lambda self: self.stage.two_persons)
    @rule()
    def both_approve_everything(self) -> None:
        """Both approvers approve all plans there are."""
        self.stage.approve_everything()

    @precondition(lambda self: self.stage.two_persons)
    @rule(which=WHICH, step=st.sampled_from(("mail_sent", "agreement_accepted", "microsoft_notified")))
    def confirm(self, which: int, step: str) -> None:
        """Somebody gives their word on a step."""
        self.stage.confirm(self._case(which), step)

    # Customers, support, people in the portals

    @rule(which=WHICH)
    def accept(self, which: int) -> None:
        """A customer accepts."""
        self.stage.accept(self._customer(which))

    @rule(which=WHICH)
    def support(self, which: int) -> None:
        """Support moves a customer's Azure."""
        self.stage.support_moves_azure(self._customer(which))

    @rule(
        which=WHICH,
        item=WHICH,
        in_target=st.booleans(),
        change=st.sampled_from(("seats", "suspend", "reactivate", "no renewal")),
    )
    def portal(self, which: int, item: int, in_target: bool, change: str) -> None:
        """Somebody changes a subscription by hand."""
        source, customer = self._case(which)
        tenant = EUROPE if in_target else source
        held = self.stage.held(tenant, customer)
        if held:
            self.stage.change_by_hand(held[item % len(held)], change)

    @rule(which=WHICH, act=st.sampled_from(("accept", "accept", "reject", "withdraw")), most=st.sampled_from((1, 25)))
    def answer_a_request(self, which: int, act: str, most: int) -> None:
        """Somebody in a portal accepts a waiting transfer, in part or whole, rejects it, or takes it back."""
        waiting = self.stage.waiting_requests()
        if waiting:
            self.stage.answer(waiting[which % len(waiting)], act, most)

    @rule(which=WHICH, item=WHICH, in_target=st.booleans(), more=st.sampled_from((0, 1)))
    def buy_by_hand(self, which: int, item: int, in_target: bool, more: int) -> None:
        """Somebody buys by hand what the source has, with the same seats or others."""
        source, customer = self._case(which)
        held = [
            one for one in self.stage.held(source, customer) if ":" not in one.offer and not one.offer.startswith("ms-")
        ]
        if held:
            one = held[item % len(held)]
            self.stage.buy_by_hand(EUROPE if in_target else source, one, one.resource["quantity"] + more)

    @rule(offer=st.sampled_from(OFFERS), change=st.sampled_from(({"isAvailableForPurchase": False}, {"price": 99.0})))
    def offers_change(self, offer: str, change: dict[str, object]) -> None:
        """An offer leaves the catalogue, or becomes dear."""
        self.stage.change_offer(offer, **change)

    # Networks, clocks, other runners

    @rule(call=CALLS, fault=FAULTS, nth=st.sampled_from((1, 1, 2, 3)), times=TIMES)
    def fault(self, call: tuple[str, str], fault: dict[str, object], nth: int, times: int) -> None:
        """Something will go wrong with one of the next calls."""
        self.stage.arm({"method": call[0], "path": call[1], "nth": nth, "times": times, **fault})

    @rule(seconds=st.sampled_from((0, 0, 7200)))
    def provisioning(self, seconds: int) -> None:
        """Orders take their time from now on, or no longer."""
        self.stage.server.state.set_settings({"provisioning_seconds": seconds, "order_list_seconds": seconds})

    @rule(which=WHICH)
    def another_runner(self, which: int) -> None:
        """Another runner takes a customer."""
        self.stage.lease_to_another(self._customer(which))

    @rule()
    def all_is_well(self) -> None:
        """Every call works again, and the other runners are dead for long enough."""
        self.stage.arm()
        self.stage.leases_end()

    @rule(span=SPANS)
    def wait(self, span: timedelta | int) -> None:
        """Time passes, or it gets late: so many minutes to midnight."""
        if isinstance(span, int):
            self.stage.late_in_the_day(span)
        else:
            self.stage.advance(span)

    def teardown(self) -> None:
        """Once all trouble is over, what can be finished ends finished, and nothing is left open."""
        stage = getattr(self, "stage", None)
        if stage is None:
            return
        try:
            if not stage.failed:
                for words in sorted(stage.history.noteworthy()):
                    event(words)
                settle(stage)
        finally:
            stage.close()

    def _case(self, which: int) -> tuple[str, str]:
        return self.stage.cases[which % len(self.stage.cases)]

    def _customer(self, which: int) -> str:
        return self.stage.customers[which % len(self.stage.customers)]


@cache
def simulator() -> Server:
    """Return the one server of all scenarios; starting one takes as long as two phases."""
    folder = TemporaryDirectory(prefix="simulator-", dir=IN_MEMORY)
    server = Server(folder.name, portfolio="first").start()
    atexit.register(folder.cleanup)
    atexit.register(server.close)
    return server


FAULTS_PROFILE = "faults"
settings.register_profile("scenarios", max_examples=5, stateful_step_count=12, deadline=None, derandomize=True)
PARTS = 4
"""The scenarios of `make faults` are in parts, for the processes that run side by side."""
settings.register_profile(FAULTS_PROFILE, max_examples=1000 // PARTS, stateful_step_count=12, deadline=None)


def _profile() -> str:
    return (
        FAULTS_PROFILE
        if FAULTS_PROFILE in {os.environ.get("HYPOTHESIS_PROFILE"), settings.get_current_profile_name()}
        else "scenarios"
    )


TestConsolidation = Consolidation.TestCase
TestConsolidation.settings = settings.get_profile(_profile())

if _profile() == FAULTS_PROFILE:
    for number in range(2, PARTS + 1):
        part = type(f"Consolidation{number}", (Consolidation,), {}).TestCase
        part.settings = TestConsolidation.settings
        globals()[f"TestConsolidation{number}"] = part
    del part
