"""The cases that the fault grid walks, one entry for each route of the runbook.

A new route joins by one entry in ``SCENARIOS``: the portfolio that is planted, the customer whose case is walked, and
the steps in their order. A step is a notebook (``notebook``, with the domain of its customer, or without one for a
notebook of the engagement) or something that people do between two notebooks (``people``, a function of the world:
`answer_mails` lets customers and Microsoft's support act on what lies in the archive, `pass_time` moves Partner
Center's clock). Steps that only prepare other customers say ``struck=False``: their calls are not struck.

Nothing else has to be said. The first walk is fault-free and is the measure: it records every call, the outcome that
each step ends with, and how both tenants look at its end. Two steps may be the same notebook: give them two names.
A step must end with the same outcome each time it is run; a notebook that waits for somebody is a step of its own
before the people act.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ending_rows import choose, go_to, term_end
from mixed_world import seats_alone
from world import ALPINE, EUROPE, FABRIKAM, FRANCE, NORTHWIND, VANARSDEL, World

from consolidation.confirmations import record_confirmation
from partner_center_simulator.people.outside import play_the_people
from partner_center_simulator.portfolios.model import Portfolio


@dataclass(frozen=True)
class Step:
    """One step of a scenario.

    Attributes:
        name: Unique within the scenario; part of the ids of its points.
        notebook: The notebook that is executed.
        customer: Domain of its customer.
        people: What people do instead of a notebook.
        struck: Whether its calls are struck.
    """

    name: str
    notebook: str = ""
    customer: str = ""
    people: Callable[[World], None] | None = None
    struck: bool = True


@dataclass(frozen=True)
class Scenario:
    """How a case is walked.

    Attributes:
        name: Part of the ids of its points.
        portfolio: What is planted: one of the simulator's portfolios by its name, or one of its own.
        customer: Domain of the customer whose lease is lost.
        steps: In their order.
        settings: Settings of the simulator; see its `control.settings`.
        engagement: Keys of the engagement that differ from those of every test.
        whole: Whether the tests strike each of its purchases and suspensions with every fault; else a few of them, and
            the whole of it is left to the grid's own command.
    """

    name: str
    portfolio: str | Portfolio
    customer: str
    steps: tuple[Step, ...]
    settings: Mapping[str, float] = field(default_factory=dict)
    engagement: Mapping[str, object] = field(default_factory=dict)
    whole: bool = True


def answer_mails(world: World) -> None:
    """Let customers that have mail open its link and accept, and Microsoft's support read the Azure texts."""
    acts = list(play_the_people(world.engagement.archive_folder, world.server.home))
    assert any(act.acted for act in acts), f"nobody acted: {[act.sentence for act in acts]}"


def pass_time(seconds: float) -> Callable[[World], None]:
    """Return the step that moves Partner Center's clock by some seconds."""

    def people(world: World) -> None:
        world.control("POST", "clock", {"advance_seconds": seconds})

    return people


def prepared(customer: str, *others: str) -> tuple[Step, ...]:
    """Return the steps up to the invitation: everybody is listed and prepared, and this customer has its mail."""
    return (
        Step("00_connect", "00_connect"),
        Step("01_prepare", "01_prepare", customer),
        *(Step(f"01_prepare {other}", "01_prepare", other, struck=False) for other in others),
        Step("02_invite", "02_invite", customer),
        Step("the customer accepts", people=answer_mails),
        Step("02_invite again", "02_invite", customer),
    )


PREMIUM, BASIC = "Microsoft 365 Business Premium", "Microsoft 365 Business Basic"

PREPARING = ("00_connect", "01_prepare", "02_invite")
AFTER_TRANSFER = ("04_recreate", "05_suspend", "06_azure", "07_close")

LEGACY_CUT_OVER = Scenario(
    name="legacy-cut-over",
    portfolio="first",
    customer=FABRIKAM,
    steps=(
        *prepared(FABRIKAM, NORTHWIND, ALPINE),
        *(Step(phase, phase, FABRIKAM) for phase in ("03_transfer", *AFTER_TRANSFER)),
    ),
    # The ids of what was ordered come a moment later, so that the reads which wait for them are calls of the case too.
    settings={"provisioning_seconds": 0.1},
)
"""Two bases, one with an add-on: bought again in the target, then suspended in the source."""

TRANSFER = Scenario(
    name="transfer",
    portfolio=seats_alone(),
    customer=VANARSDEL,
    steps=(
        # The same calls as in the other case: they are struck there.
        *(Step(phase, phase, VANARSDEL if phase[:2] != "00" else "", struck=False) for phase in PREPARING),
        Step("03_transfer", "03_transfer", VANARSDEL),
        *(Step(phase, phase, VANARSDEL, struck=False) for phase in ("04_recreate", "05_suspend", "06_azure")),
        Step("07_close", "07_close", VANARSDEL),
    ),
    # Microsoft completes at once what was accepted, so that each step ends alike whenever it is run.
    settings={"transfer_seconds": 0},
    engagement={"transfers": {"accept": "api"}},
)
"""Two subscriptions of new-commerce seats: the target asks, the source accepts, the target shows them under new ids."""


def move_the_seats_by_hand(world: World) -> None:
    """Let people of both partners move the seats by a request of their own: the runbook's own one is needed no more."""
    held = world.subscriptions(FRANCE, VANARSDEL)
    asked = {"act": "request", "source": FRANCE, "targetProductTypes": ["OnlineServicesNCE"]}
    request = world.transfer_by_hand(EUROPE, VANARSDEL, **asked)
    accepted = [item["id"] for item in held.values()]
    world.transfer_by_hand(FRANCE, VANARSDEL, act="accept", transfer=request["id"], subscriptions=accepted)


WITHDRAWAL = Scenario(
    name="withdrawal",
    portfolio=seats_alone(),
    customer=VANARSDEL,
    steps=(
        *(Step(phase, phase, VANARSDEL if phase[:2] != "00" else "", struck=False) for phase in PREPARING),
        Step("03_transfer", "03_transfer", VANARSDEL, struck=False),
        Step("people move the seats", people=move_the_seats_by_hand, struck=False),
        Step("03_transfer plans anew", "03_transfer", VANARSDEL, struck=False),
        Step("03_transfer withdraws", "03_transfer", VANARSDEL),
        *(
            Step(phase, phase, VANARSDEL, struck=False)
            for phase in ("04_recreate", "05_suspend", "06_azure", "07_close")
        ),
    ),
    settings={"transfer_seconds": 0},
)
"""The target's request waits while people move the same seats by another one: it is withdrawn."""


def retire_the_smaller_base(world: World) -> None:
    """Let a person retire the base that has no add-on."""
    (base,) = [item for item in world.subscriptions(FRANCE, FABRIKAM).values() if item["quantity"] == 10]
    choose(world, FABRIKAM, base, "retire")


def let_seats_run_out(world: World) -> None:
    """Let a person choose that one subscription of seats runs out and the other one is retired."""
    held = world.subscriptions(FRANCE, VANARSDEL)
    choose(world, VANARSDEL, held[PREMIUM], "run_out")
    choose(world, VANARSDEL, held[BASIC], "retire")


def set_their_end(world: World) -> None:
    """Let a person set the cancellation at the end of each term in the portal, and say so."""
    for item in world.subscriptions(FRANCE, VANARSDEL).values():
        world.portal(FRANCE, VANARSDEL, subscription=item["id"], cancelAtTermEnd=True)
    record_confirmation(world.journal, world.case(VANARSDEL).chain, "manual_done", by="ana", how="command line")


def buy_when_it_has_run_out(world: World) -> None:
    """Let the terms be over, and the seats of one of them be bought in the target on the day after."""
    held = world.subscriptions(FRANCE, VANARSDEL)
    go_to(world, max(term_end(item) for item in held.values()) + timedelta(days=2))
    seats, offer = held[PREMIUM]["quantity"], held[PREMIUM]["offerId"]
    world.portal(EUROPE, VANARSDEL, offer=offer, quantity=seats, termDuration="P1Y")


RETIRE = Scenario(
    name="retire",
    portfolio="first",
    customer=FABRIKAM,
    steps=(
        # The same calls as in the other case: they are struck there.
        *(replace(step, struck=False) for step in prepared(FABRIKAM, NORTHWIND, ALPINE)),
        Step("one base is retired", people=retire_the_smaller_base, struck=False),
        *(Step(phase, phase, FABRIKAM, struck=False) for phase in ("03_transfer", "04_recreate")),
        Step("05_suspend", "05_suspend", FABRIKAM),
        *(Step(phase, phase, FABRIKAM, struck=False) for phase in ("06_azure", "07_close")),
    ),
    whole=False,
)
"""One base is suspended without a counterpart, the other one with its add-on after it was bought again."""

RUN_OUT = Scenario(
    name="run-out",
    portfolio=seats_alone(),
    customer=VANARSDEL,
    steps=(
        *(Step(phase, phase, VANARSDEL if phase[:2] != "00" else "", struck=False) for phase in PREPARING),
        Step("both end with their term", people=let_seats_run_out, struck=False),
        *(Step(phase, phase, VANARSDEL, struck=False) for phase in ("03_transfer", "04_recreate")),
        Step("05_suspend", "05_suspend", VANARSDEL),
        Step("06_azure", "06_azure", VANARSDEL, struck=False),
        Step("their end is set in the portal", people=set_their_end, struck=False),
        Step("07_close", "07_close", VANARSDEL, struck=False),
        Step("the terms are over", people=buy_when_it_has_run_out, struck=False),
        Step("07_close again", "07_close", VANARSDEL),
    ),
    whole=False,
)
"""Two subscriptions of new-commerce seats renew no more; for one of them something stands in the target afterwards."""


def just_bought() -> Portfolio:
    """Return the customer of seats, whose subscriptions were bought two days ago."""
    portfolio = seats_alone()
    (customer,) = portfolio.customers
    holdings = tuple(replace(each, bought_days_ago=2) for each in customer.holdings)
    return replace(portfolio, customers=(replace(customer, holdings=holdings),))


def replace_inside_the_window(world: World) -> None:
    """Let a person choose that one subscription of seats is bought again and cancelled; the other one stays."""
    held = world.subscriptions(FRANCE, VANARSDEL)
    choose(world, VANARSDEL, held[PREMIUM], "replace_in_window")
    choose(world, VANARSDEL, held[BASIC], "leave")


REPLACE_IN_WINDOW = Scenario(
    name="replace-in-window",
    portfolio=just_bought(),
    customer=VANARSDEL,
    steps=(
        *(Step(phase, phase, VANARSDEL if phase[:2] != "00" else "", struck=False) for phase in PREPARING),
        Step("one is replaced", people=replace_inside_the_window, struck=False),
        Step("03_transfer", "03_transfer", VANARSDEL, struck=False),
        *(Step(phase, phase, VANARSDEL) for phase in ("04_recreate", "05_suspend")),
        *(Step(phase, phase, VANARSDEL, struck=False) for phase in ("06_azure", "07_close")),
    ),
    whole=False,
)
"""One subscription of seats is bought again in the target and then cancelled in the source, inside its window."""

SCENARIOS = {
    scenario.name: scenario for scenario in (LEGACY_CUT_OVER, TRANSFER, WITHDRAWAL, RETIRE, RUN_OUT, REPLACE_IN_WINDOW)
}
